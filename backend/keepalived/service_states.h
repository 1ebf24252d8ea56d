#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/keepalived/difference_class.h"
#include "backend/table/drained.h"
#include "backend/table/live.h"
#include "backend/table/wanted.h"

/// How the servers of a configuration stand in the live table.
namespace lbctl::keepalived {

enum class ServerState : std::uint8_t {
    up,       ///< takes new connections
    down,     ///< keepalived holds it down
    drained,  ///< lbctl holds it at weight 0
    off,      ///< the file itself says weight 0
    sorry,    ///< the sorry server, which serves
    differs,  ///< takes no connections, for another reason
};

/// "up", "down", "drained", "off", "sorry", "differs".
std::string_view to_string(ServerState state);

struct ServerStatus {
    table::DestinationKey key;
    ServerState state = ServerState::up;
    std::string reason;  ///< empty where the state says all
    bool told = false;   ///< keepalived told it; otherwise it is inferred from the table
    bool in_table = false;
    std::uint32_t weight = 0;  ///< in the table
    std::uint32_t active = 0;
    std::uint32_t inactive = 0;
    std::uint32_t persistent = 0;
    std::optional<table::DrainedServer> drained = {};  ///< where lbctl remembers that, and it takes no connections
};

struct ServiceStatus {
    table::ServiceKey key;
    std::string scheduler;
    bool in_table = false;
    std::vector<ServerStatus> servers;

    [[nodiscard]] std::size_t count(ServerState state) const;
    [[nodiscard]] std::uint64_t active() const;
    [[nodiscard]] std::uint64_t inactive() const;
};

/// The services of the wanted table in its order, each with the real servers of the file, and with the sorry server
/// while that serves. The difference is that from the live table to the wanted one.
std::vector<ServiceStatus> service_states(const table::LiveTable& live, const table::Wanted& wanted,
                                          const table::Difference& difference, const Explanations& explanations);

/// Puts to each server that takes no connections by whom it was drained, and when. Of one that does, the reason says
/// that something else has ended the drain.
void take_drained(const table::DrainedServers& drained, std::vector<ServiceStatus>& services);

}  // namespace lbctl::keepalived
