#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "backend/change/run_state.h"
#include "backend/netlink/client.h"
#include "backend/table/plan.h"

/// The way back for an apply that waits for its confirmation.
namespace lbctl::cli {

/// What would take a plan back, with a token of its own and a deadline that far from now.
change::PendingConfirmation pending_for(const table::Plan& plan, const std::set<table::ServiceKey>& owned,
                                        std::chrono::seconds patience);

/// Starts `lbctl confirm OPTION TOKEN' in a session of its own. It survives the end of the terminal and of the
/// connection, and it lives in the network namespace, which therefore does not end before it, whatever becomes of the
/// name. It holds the watcher's mark.
Result<void> start_watcher_process(const change::RunState& state, const std::string& option, const std::string& token,
                                   const std::string& net_namespace);

/// Starts a process in a session of its own that takes the apply back at the deadline, unless the pending confirmation
/// is gone by then.
Result<void> start_rollback_process(const change::RunState& state, const change::PendingConfirmation& pending,
                                    const std::string& net_namespace);

/// What taking an apply back came to.
struct RolledBack {
    std::size_t steps = 0;
    std::vector<std::string> left;  ///< see change::WayBack
};

/// Takes back what the apply changed, but not what was changed after it. The caller holds the lock.
Result<RolledBack> roll_back(netlink::Client& client, const change::RunState& state,
                             const change::PendingConfirmation& pending);

}  // namespace lbctl::cli
