#pragma once

#include <optional>

#include "backend/doctor/machine.h"

namespace lbctl::doctor {

struct ReadOptions {
    /// Listen for VRRP adverts that long; this sends nothing. Needs CAP_NET_RAW.
    std::optional<double> listen;
};

/// The machine on which this runs, as seen from the network namespace of the calling thread. Changes nothing, and loads
/// no module: firewalls are asked only where the kernel has rules. What cannot be read is in Machine::unread; fails
/// where /proc is not what it should be.
Result<Machine> read_machine(const ReadOptions& options);

}  // namespace lbctl::doctor
