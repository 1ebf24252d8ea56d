#include "backend/health/event_loop.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ratio>

namespace lbctl::health {

namespace {

/// How exact times are: keepalived's checks begin up to 30 ms after their time.
using Tick = std::chrono::duration<std::int64_t, std::ratio<1, 100>>;

}  // namespace

Result<EventLoop> EventLoop::make() {
    base::Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll.is_open()) return failure(fmt::format("the checks cannot be watched: {}", std::strerror(errno)));
    return EventLoop(std::move(epoll));
}

int EventLoop::control(int operation, int descriptor, std::uint32_t events, std::uint64_t number) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = number;
    return ::epoll_ctl(epoll_.number(), operation, descriptor, &event) == 0 ? 0 : errno;
}

int EventLoop::watch(int descriptor, std::uint32_t events, std::uint64_t number) const {
    return control(EPOLL_CTL_ADD, descriptor, events, number);
}

int EventLoop::change(int descriptor, std::uint32_t events, std::uint64_t number) const {
    return control(EPOLL_CTL_MOD, descriptor, events, number);
}

void EventLoop::set_time(std::uint64_t number, std::optional<Clock::time_point> time) {
    const auto known = known_.find(number);
    if (known != known_.end()) {
        if (time && known->second->first == *time) return;
        spare_ = times_.extract(known->second);
    }
    if (!time) {
        if (known != known_.end()) known_.erase(known);
        return;
    }
    const Times::iterator place = insert(*time, number);
    if (known != known_.end()) {
        known->second = place;
    } else {
        known_.emplace(number, place);
    }
}

/// A check sets its time again and again, so the place of the one before is used again.
EventLoop::Times::iterator EventLoop::insert(Clock::time_point time, std::uint64_t number) {
    if (!spare_) return times_.emplace(time, number);
    spare_.key() = time;
    spare_.mapped() = number;
    return times_.insert(std::move(spare_));
}

/// Milliseconds up to the first time, rounded up to the next tick of the loop; -1 for ever.
int EventLoop::patience() const {
    if (times_.empty()) return -1;
    const auto now = Clock::now();
    if (times_.begin()->first <= now) return 0;
    // Where thousands of checks are made, waking up for each of them costs as much as the check.
    const auto first = std::chrono::ceil<Tick>(times_.begin()->first.time_since_epoch());
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - now.time_since_epoch());
    constexpr std::int64_t most = 60'000;
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, most));
}

void EventLoop::step(const Handlers& handlers) {
    std::array<epoll_event, 256> events;  // NOLINT(cppcoreguidelines-pro-type-member-init): the kernel fills it
    const int count = ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), patience());
    for (int i = 0; i < count; ++i) {
        // A copy: the kernel's epoll_event is packed, and a reference into it may not be aligned.
        const auto [happened, data] = events.at(static_cast<std::size_t>(i));
        const std::uint64_t number = data.u64;
        handlers.ready(number, happened);
    }
    // What is due now; a time that is set meanwhile waits, for it may be due at once for ever.
    const auto now = Clock::now();
    while (!times_.empty() && times_.begin()->first <= now) {
        const std::uint64_t number = times_.begin()->second;
        known_.erase(number);
        spare_ = times_.extract(times_.begin());
        handlers.expired(number);
    }
}

void allow_many_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace lbctl::health
