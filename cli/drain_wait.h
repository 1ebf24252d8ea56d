#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <utility>

#include "backend/netlink/client.h"
#include "cli/command.h"
#include "cli/interruption.h"

namespace lbctl::cli {

using DestinationOfService = std::pair<table::ServiceKey, table::DestinationKey>;

/// What a wait is for.
enum class WaitFor {
    connections,              ///< the active ones
    connections_and_clients,  ///< and the persistence templates, each of which binds a client
};

/// What still leads to destinations.
struct Remaining {
    std::uint64_t connections = 0;  ///< active ones
    std::uint64_t templates = 0;    ///< persistence templates; 0 where nobody waits for them
    std::size_t destinations = 0;   ///< that have any of either
    [[nodiscard]] bool any() const { return connections + templates != 0; }
};

/// "3 active connections and 12 persistence templates"; without templates only the former.
std::string to_string(const Remaining& remaining);

/// Waits until nothing leads to the destinations any more, at most `patience`, and shows on standard error how much
/// remains. Gives what there was at the end; destinations that are gone have nothing. A signal that comes ends the
/// wait, too.
Result<Remaining> wait_for_connections(netlink::Client& client, std::span<const DestinationOfService> destinations,
                                       WaitFor what, std::chrono::seconds patience, const Streams& streams,
                                       HeldSignals& signals);

}  // namespace lbctl::cli
