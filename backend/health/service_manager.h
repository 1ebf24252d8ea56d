#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace lbctl::health {

/// Tells the service manager how a daemon is, as sd_notify(3) describes it: a datagram to $NOTIFY_SOCKET. Without one
/// nothing is told.
void tell_service_manager(std::string_view state);

/// How often the service manager wants to hear WATCHDOG=1 of this process ($WATCHDOG_USEC, $WATCHDOG_PID); half of that
/// is the usual interval. Nothing: it does not.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace lbctl::health
