#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/procfs/connections.h"

namespace lbctl::procfs {

/// What connections can be sorted by.
enum class SortField { client, service, real_server, state, expires, protocol };

struct ConnectionOrder {
    SortField field = SortField::client;
    bool descending = false;

    /// "client", "-expires"; nothing for other words.
    static std::optional<ConnectionOrder> parse(std::string_view word);
};

/// Connections that outlive the text they were read from.
class ConnectionStore {
public:
    /// Takes a copy of the line, which parse_connection() must accept.
    void add(std::string_view line);
    void sort(const ConnectionOrder& order);
    [[nodiscard]] const std::vector<Connection>& connections() const { return connections_; }

private:
    std::deque<std::string> blocks_;  ///< never grow beyond their first capacity, so that views stay valid
    std::vector<Connection> connections_;
};

}  // namespace lbctl::procfs
