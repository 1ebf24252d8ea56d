#pragma once

#include <chrono>
#include <string>

#include "backend/netlink/client.h"
#include "backend/table/plan.h"
#include "backend/table/run_state.h"

/// The way back for an apply that waits for its confirmation.
namespace lbctl::cli {

/// The deadline of a pending confirmation that far from now.
std::int64_t deadline_in(std::chrono::seconds patience);

/// What would take a plan back, with a token of its own and a deadline that far from now.
table::PendingConfirmation pending_for(const table::Plan& plan, const std::set<table::ServiceKey>& owned,
                                       std::chrono::seconds patience);

/// Starts a process in a session of its own that takes the apply back at the deadline, unless the pending confirmation
/// is gone by then. It survives the end of the terminal and of the connection.
Result<void> start_rollback_process(const table::PendingConfirmation& pending, const std::string& net_namespace);

/// Makes the services that the apply touched what they were before. Gives how many steps that took. The caller holds
/// the lock.
Result<std::size_t> roll_back(netlink::Client& client, const table::RunState& state,
                              const table::PendingConfirmation& pending);

}  // namespace lbctl::cli
