#include "cli/change_record.h"

#include <utility>

#include "cli/rollback.h"

namespace lbctl::cli {

ChangeRecord::ChangeRecord(const change::RunState& state, std::string command, std::set<table::ServiceKey> before,
                           std::set<table::ServiceKey> after)
    : state_(state),
      command_(std::move(command)),
      before_(std::move(before)),
      after_(std::move(after)),
      written_(before_) {}

Result<void> ChangeRecord::own(const std::set<table::ServiceKey>& services) {
    if (services == written_) return {};
    auto written = state_.write_owned(services);
    if (written) written_ = services;
    return written;
}

void ChangeRecord::remember(table::DrainedServers before, table::DrainedServers meanwhile,
                            table::DrainedServers after) {
    drained_written_ = before;
    drained_before_ = std::move(before);
    drained_meanwhile_ = std::move(meanwhile);
    drained_after_ = std::move(after);
}

Result<void> ChangeRecord::write(const table::DrainedServers& drained) {
    if (drained == drained_written_) return {};
    auto written = state_.write_drained(drained);
    if (written) drained_written_ = drained;
    return written;
}

Result<void> ChangeRecord::begin(std::optional<change::PendingConfirmation> pending, const std::string& net_namespace) {
    pending_ = std::move(pending);
    std::set<table::ServiceKey> in_the_middle = before_;
    in_the_middle.insert(after_.begin(), after_.end());
    Result<void> begun;
    if (pending_) {
        begun = state_.write_pending(*pending_).and_then(
            [&] { return start_rollback_process(state_, *pending_, net_namespace); });
    }
    if (begun) begun = own(in_the_middle);
    if (begun) begun = write(drained_meanwhile_);
    if (begun && !command_.empty()) begun = state_.write_begun(command_);
    if (begun) return {};
    Failure failed = begun.error();
    failed.message += "; nothing was changed";
    return tl::make_unexpected(withdraw(std::move(failed)));
}

Result<void> ChangeRecord::complete(std::chrono::seconds time_to_confirm) {
    Result<void> confirmable;
    if (pending_) {
        pending_->deadline = change::BootClock::now() + time_to_confirm;
        pending_->complete = true;
        confirmable = state_.write_pending(*pending_);
    }
    // Each is tried, whatever became of the others.
    Result<void> first_failure;
    for (const Result<void>& done : {std::move(confirmable), own(after_), write(drained_after_),
                                     command_.empty() ? Result<void>{} : state_.remove_begun()}) {
        if (first_failure && !done) first_failure = done;
    }
    return first_failure;
}

Failure ChangeRecord::withdraw(Failure why) {
    const auto add = [&why](const Result<void>& done) {
        if (!done) why.message += "; " + done.error().message;
    };
    add(own(before_));
    add(write(drained_before_));
    if (!command_.empty()) add(state_.remove_begun());
    if (pending_) add(state_.remove_pending());
    return why;
}

}  // namespace lbctl::cli
