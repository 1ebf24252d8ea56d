#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "backend/change/run_state.h"

namespace lbctl::cli {

/// What is written down around a change of the table, so that whatever ends the process half way, what it made by then
/// is known as lbctl's, and what has to be confirmed is taken back. begin() comes before the first step, and after the
/// last one complete(), or withdraw(). Where neither comes, it stays as it was in the middle. The caller holds the
/// lock.
class ChangeRecord {
public:
    /// The services that lbctl owns before the change and after it. `command` is what a later one calls this change
    /// when it was killed half way; "" for a change of no steps. The state must outlive the record.
    ChangeRecord(const change::RunState& state, std::string command, std::set<table::ServiceKey> before,
                 std::set<table::ServiceKey> after);

    /// The servers that are remembered as drained before the change, while it goes on, and after it. To be said before
    /// begin().
    void remember(table::DrainedServers before, table::DrainedServers meanwhile, table::DrainedServers after);

    /// With `pending`, starts the process that takes the change back. When it fails, nothing is left behind.
    Result<void> begin(std::optional<change::PendingConfirmation> pending, const std::string& net_namespace);

    /// Every step is done. Of a change that has to be confirmed, the time for that begins.
    Result<void> complete(std::chrono::seconds time_to_confirm);

    /// The table is as it was before, because of that failure. Gives it with what could not be written now.
    [[nodiscard]] Failure withdraw(Failure why);

private:
    Result<void> own(const std::set<table::ServiceKey>& services);
    Result<void> write(const table::DrainedServers& weights);

    const change::RunState& state_;
    std::string command_;
    std::set<table::ServiceKey> before_;
    std::set<table::ServiceKey> after_;
    std::set<table::ServiceKey> written_;
    table::DrainedServers drained_before_;
    table::DrainedServers drained_meanwhile_;
    table::DrainedServers drained_after_;
    table::DrainedServers drained_written_;
    std::optional<change::PendingConfirmation> pending_;
};

}  // namespace lbctl::cli
