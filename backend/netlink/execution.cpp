#include "backend/netlink/execution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "backend/netlink/explain.h"

namespace lbctl::netlink {

namespace {

/// Requests made and sent at a time; what goes into one datagram.
constexpr std::size_t piece = 400;

/// The answer was lost, so the step may have been carried out.
bool is_uncertain(int error) {
    return error == ENOBUFS || error == ETIMEDOUT;
}

/// What undoing a step that perhaps never happened is answered with.
bool is_harmless(int error) {
    return error == ENOENT || error == ESRCH || error == EEXIST;
}

}  // namespace

Result<void> Execution::run_to(std::size_t end) {
    std::vector<table::Request> requests;
    while (done_ < end) {
        const std::size_t count = std::min(piece, end - done_);
        requests.clear();
        requests.reserve(count);
        for (std::size_t i = 0; i < count; ++i) requests.push_back(plan_.request(done_ + i));
        const Outcomes outcomes = client_.send(requests, OnFailure::stop);
        const auto failed = std::find_if(outcomes.begin(), outcomes.end(), [](const auto& outcome) { return outcome; });
        const auto good = static_cast<std::size_t>(failed - outcomes.begin());
        if (failed == outcomes.end()) {
            done_ += count;
            continue;
        }
        for (std::size_t i = good; i < count; ++i) {
            if (!outcomes[i] || (outcomes[i]->sent && is_uncertain(outcomes[i]->error))) beyond_.push_back(done_ + i);
        }
        done_ += good;
        const std::size_t step = done_;
        Failure failed_step = explain(requests[good], (*failed)->error);
        const Result<void> undone = undo();
        failed_step.message = fmt::format("step {} of {}: {}; {}", step + 1, plan_.size(), failed_step.message,
                                          undone ? std::string("the table is as it was")
                                                 : "the table could NOT be put back: " + undone.error().message);
        return tl::make_unexpected(std::move(failed_step));
    }
    return {};
}

Result<void> Execution::undo() {
    std::vector<table::Request> requests;
    std::optional<Failure> problem;
    const auto send = [&](bool all) {
        if (requests.empty() || (!all && requests.size() < piece)) return;
        Outcomes outcomes = client_.send(requests, OnFailure::go_on);
        for (std::size_t i = 0; i < outcomes.size() && !problem; ++i) {
            // Taking back what never happened fails, too, and many failures have more answers than there is room for.
            // One alone has room, and doing it twice does no harm.
            if (outcomes[i] && is_uncertain(outcomes[i]->error)) {
                outcomes[i] = client_.send(std::span(&requests[i], 1), OnFailure::go_on).front();
            }
            if (outcomes[i] && !is_harmless(outcomes[i]->error)) problem = explain(requests[i], outcomes[i]->error);
        }
        requests.clear();
    };
    const auto add = [&](std::size_t step) {
        for (table::Request& request : plan_.undo(step)) requests.push_back(std::move(request));
        send(false);
    };
    std::for_each(beyond_.rbegin(), beyond_.rend(), add);
    for (; done_ > 0; --done_) add(done_ - 1);
    beyond_.clear();
    send(true);
    if (problem) return tl::make_unexpected(std::move(*problem));
    return {};
}

}  // namespace lbctl::netlink
