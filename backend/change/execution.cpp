#include "backend/change/execution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

#include "backend/netlink/kernel_failure.h"

namespace lbctl::change {

namespace {

/// Requests made and sent at a time; what goes into one datagram.
constexpr std::size_t piece = 400;

/// The answer was lost, so the step may have been carried out.
bool is_uncertain(int error) {
    return error == ENOBUFS || error == ETIMEDOUT;
}

/// Whether an error says no more than that there is already, or no longer, what the request is about.
bool is_so_already(const table::Request& request, int error) {
    const bool adds = std::holds_alternative<table::AddService>(request) ||
                      std::holds_alternative<table::AddDestination>(request) ||
                      std::holds_alternative<table::StartDaemon>(request);
    const bool deletes = std::holds_alternative<table::DeleteService>(request) ||
                         std::holds_alternative<table::DeleteDestination>(request) ||
                         std::holds_alternative<table::StopDaemon>(request);
    return (adds && error == EEXIST) || (deletes && (error == ENOENT || error == ESRCH));
}

}  // namespace

Result<void> Execution::run_to(std::size_t end, const Stop& stop) {
    std::vector<table::Request> requests;
    while (done_ < end) {
        if (auto why = stop ? stop() : std::nullopt) {
            why->message += fmt::format(" after {} of {} steps", done_, plan_.size());
            return tl::make_unexpected(give_up(std::move(*why)));
        }
        const std::size_t count = std::min(piece, end - done_);
        requests.clear();
        requests.reserve(count);
        for (std::size_t i = 0; i < count; ++i) requests.push_back(plan_.request(done_ + i));
        const netlink::Outcomes outcomes = client_.send(requests, netlink::OnFailure::stop);
        const auto failed = std::find_if(outcomes.begin(), outcomes.end(), [](const auto& outcome) { return outcome; });
        const auto good = static_cast<std::size_t>(failed - outcomes.begin());
        if (failed == outcomes.end()) {
            done_ += count;
            continue;
        }
        for (std::size_t i = good; i < count; ++i) {
            const bool uncertain = outcomes[i] && outcomes[i]->sent && is_uncertain(outcomes[i]->error);
            if (!outcomes[i] || uncertain) beyond_.push_back({done_ + i, uncertain});
        }
        done_ += good;
        Failure failed_step = netlink::change_failure(requests[good], (*failed)->error);
        failed_step.message = fmt::format("step {} of {}: {}", done_ + 1, plan_.size(), failed_step.message);
        return tl::make_unexpected(give_up(std::move(failed_step)));
    }
    return {};
}

Failure Execution::give_up(Failure why) {
    const Result<void> undone = undo();
    why.message += undone ? "; the table is as it was" : "; the table could NOT be put back: " + undone.error().message;
    return why;
}

Result<void> Execution::undo() {
    std::vector<table::Request> requests;
    std::vector<bool> maybe_needless;  // of each request
    std::optional<Failure> problem;
    const auto send = [&](bool all) {
        if (requests.empty() || (!all && requests.size() < piece)) return;
        netlink::Outcomes outcomes = client_.send(requests, netlink::OnFailure::go_on);
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            // Taking back what never happened fails, too, and many failures have more answers than there is room for.
            // One alone has room, and doing it twice does no harm.
            if (outcomes[i] && is_uncertain(outcomes[i]->error)) {
                if (outcomes[i]->sent) maybe_needless[i] = true;
                outcomes[i] = client_.send(std::span(&requests[i], 1), netlink::OnFailure::go_on).front();
            }
            if (!outcomes[i] || (maybe_needless[i] && is_so_already(requests[i], outcomes[i]->error))) continue;
            if (!problem) problem = netlink::change_failure(requests[i], outcomes[i]->error);
        }
        requests.clear();
        maybe_needless.clear();
    };
    const auto add = [&](const Carried& carried) {
        for (table::Request& request : plan_.undo(carried.step)) requests.push_back(std::move(request));
        maybe_needless.resize(requests.size(), carried.uncertain);
        send(false);
    };
    std::for_each(beyond_.rbegin(), beyond_.rend(), add);
    for (; done_ > 0; --done_) add({done_ - 1, false});
    beyond_.clear();
    send(true);
    if (!problem) return {};
    clean_ = false;
    return tl::make_unexpected(std::move(*problem));
}

}  // namespace lbctl::change
