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

/// Waits until the destinations have no active connections any more, at most `patience`, and shows on standard error
/// how many remain. Gives how many there were at the end; destinations that are gone have none. A signal that comes
/// ends the wait, too.
Result<std::uint64_t> wait_for_connections(netlink::Client& client, std::span<const DestinationOfService> destinations,
                                           std::chrono::seconds patience, const Streams& streams, HeldSignals& signals);

}  // namespace lbctl::cli
