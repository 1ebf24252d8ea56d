#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/table/table.h"

/// The table that a configuration asks for.
namespace lbctl::table {

/// Where in the configuration something is asked for.
class SourcePlace {
public:
    std::uint32_t line = 0;

    SourcePlace() = default;
    SourcePlace(std::shared_ptr<const std::string> file, std::uint32_t number) : line(number), file_(std::move(file)) {}

    /// Empty when there is no place.
    [[nodiscard]] std::string_view file() const { return file_ == nullptr ? std::string_view() : *file_; }

private:
    friend class DestinationPlaces;

    std::shared_ptr<const std::string> file_;  ///< one string for all places of a file
};

/// "keepalived.conf:12"; empty for what has no line.
std::string to_string(const SourcePlace& place);

/// Where the destinations of one service are asked for, in their order. Most stand in one file, which is kept once: a
/// table has ten times as many of them as it has services.
class DestinationPlaces {
public:
    void reserve(std::size_t count) { lines_.reserve(count); }

    void push_back(const SourcePlace& place) {
        if (files_.empty() || files_.back().file != place.file_) files_.push_back({lines_.size(), place.file_});
        lines_.push_back(place.line);
    }

    [[nodiscard]] std::size_t size() const { return lines_.size(); }

    [[nodiscard]] SourcePlace operator[](std::size_t destination) const {
        const auto next = std::ranges::upper_bound(files_, destination, {}, &File::first);
        return {std::prev(next)->file, lines_[destination]};
    }

private:
    /// A file, and the first of the destinations that stand in it.
    struct File {
        std::size_t first;
        std::shared_ptr<const std::string> file;
    };

    std::vector<std::uint32_t> lines_;
    std::vector<File> files_;
};

/// Addresses, from the first to the last, whose packets keepalived itself marks for a service (nftables_ipvs).
struct MarkedAddresses {
    Protocol protocol = Protocol::tcp;
    IpAddress first;
    IpAddress last;
    std::uint16_t port = 0;
};

/// What keepalived's checks may make of a destination while it runs.
struct Supervision {
    std::uint16_t checks = 0;   ///< kinds of its checkers, a bit each: 1 << model::CheckerKind
    bool inhibited = false;     ///< inhibit_on_failure: a failed server has weight 0 and stays
    bool sets_weight = false;   ///< one of its checkers sets its weight
    bool sorry_server = false;  ///< no real server: it serves while the quorum is lost

    bool operator==(const Supervision&) const = default;
};

/// A destination that is not wanted from the start, and that keepalived puts into the service for a reason.
struct Reserve {
    enum class Reason : std::uint8_t {
        sorry_server,  ///< serves while the quorum is lost
        awaits_check,  ///< alpha, or a file that says so: serves once its checks succeed
    };
    Destination destination;
    Reason reason = Reason::sorry_server;
    Supervision supervision;
};

struct WantedService {
    Service service;
    std::string name;  ///< as the file names it: "virtual_server 10.0.8.9 80"
    SourcePlace place;
    DestinationPlaces destination_places;  ///< one for each destination, or none
    std::vector<MarkedAddresses> marked;   ///< of a service with a mark of nftables_ipvs
    std::vector<Supervision> supervision;  ///< one for each destination, or none: keepalived checks none of them
    std::vector<Reserve> reserves;

    /// Where the file asks for one of the destinations; where it asks for the service when nothing closer is known.
    [[nodiscard]] SourcePlace place_of(const Destination& destination) const;
    /// What keepalived may make of one of the destinations.
    [[nodiscard]] Supervision supervision_of(const Destination& destination) const;
};

struct Wanted {
    std::vector<WantedService> services;
    Timeouts timeouts;                               ///< 0: leave the kernel's value alone
    std::optional<std::vector<SyncDaemon>> daemons;  ///< nothing: the file does not speak of them
    std::string daemon_instance;                     ///< vrrp_instance whose state is that of the daemon; empty: none
    bool flush = false;                              ///< clear the table first (lvs_flush)
    std::string net_namespace_ipvs;                  ///< name of the namespace that holds the table; empty: the own one
    bool says_nothing = false;  ///< its text holds nothing but blanks and comments, or ends keepalived
};

/// The table as plain values.
Table table_of(const Wanted& wanted);

/// A table as a wish for exactly it, with `file` as the place of every service.
Wanted wanted_from(Table table, const std::string& file);

}  // namespace lbctl::table
