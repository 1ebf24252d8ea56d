#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "backend/keepalived/difference_class.h"
#include "backend/table/table.h"
#include "backend/table/wanted.h"

/// The real servers that keepalived looks after, and which of them it keeps from new connections.
namespace lbctl::keepalived {

/// A real server of the configuration with which keepalived runs.
struct SupervisedServer {
    std::uint32_t weight = 0;  ///< of the configuration
    bool in_table = false;
    /// Why keepalived gives it no new connections: "its TCP_CHECK fails"; nothing: it does not keep it from them, or
    /// that is not known.
    std::optional<std::string> held;
    /// It has a check whose failure the table would not show now: it is drained, and a failed server has weight 0.
    bool may_be_down = false;
};

/// By service and server.
using SupervisedServers = std::map<std::pair<table::ServiceKey, table::DestinationKey>, SupervisedServer>;

/// The servers of `running`, the configuration that keepalived has read, as they stand in the live table; without sorry
/// servers that are not in the table from the start. A server that has a weight in the table is not held.
SupervisedServers supervised_servers(const table::Table& live, const table::Wanted& running,
                                     const table::DrainedServers& drained);

}  // namespace lbctl::keepalived
