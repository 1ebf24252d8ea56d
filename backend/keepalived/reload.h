#pragma once

#include <chrono>
#include <functional>

#include "backend/keepalived/daemon.h"
#include "grammar/base/result.h"

/// keepalived reads its configuration again when it gets SIGHUP, keepalived(8).
namespace lbctl::keepalived {

/// Sends SIGHUP to that process, and to no later one of that number.
Result<void> send_reload(const Daemon& daemon);

/// Waits until the daemon has read its configuration after that reading, for so long at most, and asks `stop` in
/// between. Gives what it has read; fails when it ends, when the time is over, and with what `stop` gives.
Result<ReadConfiguration> wait_for_reading(const Daemon& daemon, const ReadConfiguration& before,
                                           std::chrono::milliseconds patience,
                                           const std::function<std::optional<Failure>()>& stop = {});

}  // namespace lbctl::keepalived
