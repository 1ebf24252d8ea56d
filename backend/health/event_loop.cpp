#include "backend/health/event_loop.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace lbctl::health {

namespace {

/// The time of what has none.
constexpr auto never = EventLoop::Clock::time_point::max();

/// So many times that have been replaced may wait beside the others.
constexpr std::size_t most_replaced = 1024;

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
    if (number >= times_.size()) times_.resize(number + 1, never);
    const Clock::time_point wanted = time.value_or(never);
    if (times_[number] == wanted) return;
    times_[number] = wanted;
    if (!time) return;
    // A server that sends byte after byte has its time set with each of them.
    if (held_ > 2 * times_.size() + most_replaced) {
        for (auto tick = ticks_.begin(); tick != ticks_.end();) {
            forget_replaced(tick->second);
            tick = tick->second.empty() ? ticks_.erase(tick) : std::next(tick);
        }
    }
    ticks_[std::chrono::ceil<Tick>(wanted.time_since_epoch())].push_back({wanted, number});
    ++held_;
}

void EventLoop::forget_replaced(std::vector<Due>& dues) {
    held_ -= std::erase_if(dues, [this](const Due& due) { return !counts(due); });
}

/// Milliseconds up to the first time, rounded up to the end of its tick; -1 for ever.
int EventLoop::patience() {
    while (!ticks_.empty()) {
        auto& [tick, dues] = *ticks_.begin();
        forget_replaced(dues);
        if (dues.empty()) {
            ticks_.erase(ticks_.begin());
            continue;
        }
        const auto now = Clock::now();
        if (std::ranges::min_element(dues)->time <= now) return 0;
        // Where thousands of checks are made, waking up for each of them costs as much as the check.
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(tick - now.time_since_epoch());
        constexpr std::int64_t most = 60'000;
        return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, most));
    }
    return -1;
}

/// Takes what is due out of the ticks, in order.
void EventLoop::take_due(Clock::time_point now) {
    due_.clear();
    const auto last = std::chrono::ceil<Tick>(now.time_since_epoch());
    for (auto tick = ticks_.begin(); tick != ticks_.end() && tick->first <= last;) {
        std::vector<Due>& dues = tick->second;
        const auto later = std::partition(dues.begin(), dues.end(), [now](const Due& due) { return due.time > now; });
        due_.insert(due_.end(), later, dues.end());
        dues.erase(later, dues.end());
        tick = dues.empty() ? ticks_.erase(tick) : std::next(tick);
    }
    held_ -= due_.size();
    std::ranges::sort(due_);
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
    take_due(Clock::now());
    for (const Due& due : due_) {
        if (!counts(due)) continue;
        times_[due.number] = never;
        handlers.expired(due.number);
    }
}

void allow_many_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace lbctl::health
