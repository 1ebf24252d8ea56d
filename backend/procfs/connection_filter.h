#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/listing/target.h"
#include "backend/procfs/connections.h"
#include "backend/procfs/known_servers.h"

namespace lbctl::procfs {

/// What a field is to be, and what it must not be.
template <class Value>
struct Wish {
    std::vector<Value> any;   ///< one of these, or anything when empty
    std::vector<Value> none;  ///< none of these

    [[nodiscard]] bool empty() const { return any.empty() && none.empty(); }

    /// Whether a field is so, where `is` says what it is. Most filters are empty, and are asked for each connection.
    template <class Is>
    [[nodiscard]] bool accepts(const Is& is) const {
        if (empty()) return true;
        return (any.empty() || std::ranges::any_of(any, is)) && std::ranges::none_of(none, is);
    }
};

/// Which connections are wanted: those that every given condition accepts.
struct ConnectionFilter {
    Wish<listing::Target> services;
    Wish<listing::Target> clients;
    Wish<listing::Target> real_servers;
    Wish<std::string> states;         ///< upper case
    Wish<std::string> protocols;      ///< upper case
    std::optional<Family> family;     ///< of client and service
    std::optional<EntryKind> kind;    ///< only these
    std::optional<bool> orphaned;     ///< whose real server is not in `known`, or only those of which it is
    std::uint32_t least_expires = 0;  ///< seconds
    std::uint32_t most_expires = std::numeric_limits<std::uint32_t>::max();
    std::shared_ptr<const KnownServers> known;  ///< for `orphaned`, and for services by mark; may be null

    [[nodiscard]] bool accepts(const Connection& connection) const {
        return accepts_numbers(connection) && accepts_names(connection);
    }
    /// What costs nearly nothing to ask: expiry, family, kind.
    [[nodiscard]] bool accepts_numbers(const Connection& connection) const {
        return connection.expires >= least_expires && connection.expires <= most_expires &&
               (!family || *family == connection.client.family) && (!kind || *kind == kind_of(connection));
    }
    /// All other conditions.
    [[nodiscard]] bool accepts_names(const Connection& connection) const;
    [[nodiscard]] bool has_names() const;
};

/// A filter that is asked for each of millions of connections: whether it names anything is found out once.
class FilterRun {
public:
    /// The filter must outlive it, and stay as it is.
    explicit FilterRun(const ConnectionFilter& filter) : filter_(filter), has_names_(filter.has_names()) {}

    [[nodiscard]] bool accepts(const Connection& connection) const {
        return filter_.accepts_numbers(connection) && (!has_names_ || filter_.accepts_names(connection));
    }

private:
    const ConnectionFilter& filter_;
    bool has_names_;
};

}  // namespace lbctl::procfs
