#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "grammar/model/lvs.h"

namespace lbctl::table {

/// How a real server stands.
struct ServerStanding {
    bool alive = true;
    std::int64_t weight = 0;  ///< as configured, with what commands and files add

    bool operator==(const ServerStanding&) const = default;
    /// What the kernel is told, and what counts for the quorum: keepalived keeps a weight within 0 and 2147483647.
    [[nodiscard]] std::uint32_t weight_in_force() const;
};

/// Who stands in the table for a virtual server, with which weight.
struct Serving {
    std::vector<std::optional<std::uint32_t>> servers;  ///< of each real server; nothing: it is not in the table
    std::optional<std::uint32_t> sorry;                 ///< of the sorry server, where it has an entry of its own
    bool operator==(const Serving&) const = default;
};
/// By virtual_server block of the tree.
using Servings = std::unordered_map<const ast::Node*, Serving>;

/// What the weights of the servers that are alive come to: the quorum is held against it.
std::int64_t weight_alive(std::span<const ServerStanding> servers);

/// Who serves. With a quorum, or without a sorry server, these are the servers that are alive, otherwise the sorry
/// server with weight 1. inhibit_on_failure keeps a server that does not serve in the table with weight 0, and
/// sorry_server_inhibit the sorry server. One that is a real server as well has one entry. A standing for each real
/// server of the service, from which dropped ones have been taken out.
Serving serving(const model::VirtualServer& service, std::span<const ServerStanding> servers, bool has_quorum);

}  // namespace lbctl::table
