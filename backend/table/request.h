#pragma once

#include <optional>
#include <string>
#include <variant>

#include "backend/table/table.h"

/// The changes that the kernel can be asked for, one value each (commands of linux/ip_vs.h that are not reads).
namespace lbctl::table {

/// The destinations inside `service` are not part of the request.
struct AddService {
    Service service;
    bool operator==(const AddService&) const = default;
};

/// Replaces everything but the key; connections stay. The destinations inside `service` are not part of the request.
struct SetService {
    Service service;
    bool operator==(const SetService&) const = default;
};

/// Takes the destinations of the service with it.
struct DeleteService {
    ServiceKey key;
    bool operator==(const DeleteService&) const = default;
};

struct AddDestination {
    ServiceKey service;
    Destination destination;
    bool operator==(const AddDestination&) const = default;
};

/// Replaces everything but the key; connections stay.
struct SetDestination {
    ServiceKey service;
    Destination destination;
    bool operator==(const SetDestination&) const = default;
};

struct DeleteDestination {
    ServiceKey service;
    DestinationKey destination;
    bool operator==(const DeleteDestination&) const = default;
};

struct StartDaemon {
    SyncDaemon daemon;
    bool operator==(const StartDaemon&) const = default;
};

/// The kernel looks at the state alone.
struct StopDaemon {
    DaemonState state = DaemonState::master;
    bool operator==(const StopDaemon&) const = default;
};

/// Values of 0 stay as they are.
struct SetTimeouts {
    Timeouts timeouts;
    bool operator==(const SetTimeouts&) const = default;
};

struct Flush {
    bool operator==(const Flush&) const = default;
};

/// Zeroes the counters of one service and its destinations, or all counters.
struct Zero {
    std::optional<ServiceKey> service;
    bool operator==(const Zero&) const = default;
};

using Request = std::variant<AddService, SetService, DeleteService, AddDestination, SetDestination, DeleteDestination,
                             StartDaemon, StopDaemon, SetTimeouts, Flush, Zero>;

/// The request as the middle of a sentence: "add destination 10.0.0.2:80 to TCP 10.0.0.1:80".
std::string to_string(const Request& request);

}  // namespace lbctl::table
