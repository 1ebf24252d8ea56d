#pragma once

#include <chrono>
#include <string>

#include "backend/change/run_state.h"
#include "cli/command.h"
#include "grammar/base/result.h"

/// What is said of an apply that waits for its confirmation.
namespace lbctl::cli {

/// How long a command waits for another one to finish, where nothing else is said.
inline constexpr std::chrono::seconds usual_patience{30};

/// The lock of the table. Says on standard error when another lbctl has it.
Result<change::RunLock> lock_table(const change::RunState& state, std::chrono::seconds patience,
                                   const Streams& streams);

/// The same for who is about to change the table: check_nothing_pending() and mention_unfinished().
Result<change::RunLock> begin_change(const change::RunState& state, std::chrono::seconds patience,
                                     const Streams& streams);

/// For who is about to change the table: a failure while an apply waits, for taking that back afterwards would take the
/// change back, too, or leave a table that nobody wanted. The caller holds the lock. Who `completes` a reload that was
/// killed is not in its way.
Result<void> check_nothing_pending(const change::RunState& state, bool completes = false);

/// Says on standard error that the change before this one was killed half way. The caller holds the lock, or a change
/// may run.
void mention_unfinished(const change::RunState& state, const Streams& streams);

/// For who only reads the table: says on standard error that an apply waits, and what becomes of it; and what
/// mention_unfinished() says.
void mention_pending(const change::RunState& state, const Streams& streams);

/// For who only reads: says that a reload of keepalived was killed half way, or waits for its confirmation.
void mention_reload(const change::RunState& state, const Streams& streams);

/// "lbctl confirm", with --netns where one was named.
std::string how_to_confirm(const std::string& net_namespace);

/// "its time ends in 40 s", "its time is over since 7 s, and the process that would take it back has ended".
Result<std::string> state_of_deadline(const change::RunState& state, change::BootClock::time_point deadline);

}  // namespace lbctl::cli
