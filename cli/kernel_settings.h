#pragma once

#include <string>

#include "backend/change/run_state.h"
#include "cli/command.h"

namespace lbctl::cli {

/// Puts back a setting of the kernel that a killed command left changed (`drain --break-persistence`), and says so on
/// standard error. For every command that works with the table of that network namespace, before it gives the privilege
/// to enter it up. `lock`: the lock of the table, where the caller holds it; without it, a table that is being changed
/// is left alone.
void mend_settings(const change::RunState& state, const std::string& net_namespace, const Streams& streams,
                   const change::RunLock* lock = nullptr);

}  // namespace lbctl::cli
