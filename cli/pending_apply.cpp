#include "cli/pending_apply.h"

#include <fmt/format.h>

#include "backend/doctor/check.h"
#include "cli/print.h"
#include "cli/reloading.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

/// Nothing when no apply waits.
Result<std::optional<Failure>> pending_failure(const change::RunState& state) {
    const auto pending = state.read_pending();
    if (!pending) return tl::make_unexpected(pending.error());
    if (!*pending) return std::nullopt;
    const auto how = state_of_deadline(state, (*pending)->deadline);
    if (!how) return tl::make_unexpected(how.error());
    const bool complete = (*pending)->complete;
    return Failure{
        (complete ? "an apply waits for its confirmation: " : "an apply has not done all of its steps: ") + *how,
        complete ? "`lbctl confirm' keeps it, `lbctl confirm --roll-back' takes it back"
                 : "`lbctl confirm --roll-back' takes back what it did"};
}

void note_failure(std::string_view what, const Failure& why, const Streams& streams) {
    print(streams.err, "lbctl: note: {}{}{}{}\n", what, why.message, why.hint.empty() ? "" : "; ", why.hint);
}

}  // namespace

std::string how_to_confirm(const std::string& net_namespace) {
    return net_namespace.empty() ? "lbctl confirm" : "lbctl confirm --netns " + doctor::shell_word(net_namespace);
}

Result<std::string> state_of_deadline(const change::RunState& state, change::BootClock::time_point deadline) {
    const auto watched = state.has_watcher();
    if (!watched) return tl::make_unexpected(watched.error());
    const auto left = deadline - change::BootClock::now();
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::abs(left)).count();
    std::string text = left.count() > 0 ? fmt::format("its time ends in {} s", seconds)
                                        : fmt::format("its time is over since {} s", seconds);
    if (!*watched) text += ", but the process that would take it back has ended, so nothing will happen by itself";
    return text;
}

Result<change::RunLock> lock_table(const change::RunState& state, std::chrono::seconds patience,
                                   const Streams& streams) {
    return state.lock(
        patience, [&streams] { print(streams.err, "lbctl: another lbctl is changing this table; waiting for it\n"); });
}

Result<change::RunLock> begin_change(const change::RunState& state, std::chrono::seconds patience,
                                     const Streams& streams) {
    auto lock = lock_table(state, patience, streams);
    if (!lock) return lock;
    if (auto free = check_nothing_pending(state); !free) return tl::make_unexpected(free.error());
    mention_unfinished(state, streams);
    return lock;
}

Result<void> check_nothing_pending(const change::RunState& state, bool completes) {
    auto pending = pending_failure(state);
    if (!pending) return tl::make_unexpected(pending.error());
    if (*pending) return tl::make_unexpected(std::move(**pending));
    const auto reload = state.read_reload();
    if (!reload) return tl::make_unexpected(reload.error());
    if (!*reload || !(*reload)->confirms || (completes && !(*reload)->complete)) return {};
    auto waits = reload_failure(state);
    if (!waits) return tl::make_unexpected(waits.error());
    if (*waits) return tl::make_unexpected(std::move(**waits));
    return {};
}

void mention_unfinished(const change::RunState& state, const Streams& streams) {
    const auto command = state.read_begun();
    if (!command) note_failure("cannot tell whether the last change was completed: ", command.error(), streams);
    if (!command || !*command) return;
    print(streams.err,
          "lbctl: note: the last change (`lbctl {}') was killed before all of its steps were done, so the table may be "
          "between two; `lbctl diff' shows it, and `lbctl apply' completes it\n",
          **command);
}

void mention_reload(const change::RunState& state, const Streams& streams) {
    const auto reload = reload_failure(state);
    if (!reload) note_failure("cannot tell whether a reload waits: ", reload.error(), streams);
    // One that runs holds the lock, and is not over. The process that takes a killed one back has it for a moment only.
    constexpr std::chrono::seconds moment{1};
    if (!reload || !*reload || !state.lock(moment, [] {})) return;
    print(streams.err, "lbctl: note: {}; {}\n", (*reload)->message, (*reload)->hint);
}

void mention_pending(const change::RunState& state, const Streams& streams) {
    // A change that runs holds the lock, and is not over.
    const auto begun = state.read_begun();
    if (!begun || (*begun && state.lock(std::chrono::seconds::zero(), [] {}))) mention_unfinished(state, streams);
    const auto pending = pending_failure(state);
    // What is read is right all the same.
    if (!pending) note_failure("cannot tell whether an apply waits: ", pending.error(), streams);
    if (pending && *pending) print(streams.err, "lbctl: note: {}; {}\n", (*pending)->message, (*pending)->hint);
    mention_reload(state, streams);
}

}  // namespace lbctl::cli
