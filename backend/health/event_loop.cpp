#include "backend/health/event_loop.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <ratio>

namespace lbctl::health {

namespace {

/// How exact times are: keepalived's checks begin up to 30 ms after their time.
using Tick = std::chrono::duration<std::int64_t, std::ratio<1, 100>>;

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
    Clock::time_point& known = times_.try_emplace(number, never).first->second;
    const Clock::time_point wanted = time.value_or(never);
    if (known == wanted) return;
    known = wanted;
    if (!time) return;
    // A server that sends byte after byte has its time set with each of them.
    if (dues_.size() > 2 * times_.size() + most_replaced) {
        std::erase_if(dues_, [this](const Due& due) { return !counts(due); });
        std::ranges::make_heap(dues_, std::greater<>());
    }
    dues_.push_back({wanted, number});
    std::ranges::push_heap(dues_, std::greater<>());
}

bool EventLoop::counts(const Due& due) const {
    const auto known = times_.find(due.number);
    return known != times_.end() && known->second == due.time;
}

const EventLoop::Due* EventLoop::first() {
    while (!dues_.empty() && !counts(dues_.front())) take_first();
    return dues_.empty() ? nullptr : &dues_.front();
}

void EventLoop::take_first() {
    std::ranges::pop_heap(dues_, std::greater<>());
    dues_.pop_back();
}

/// Milliseconds up to the first time, rounded up to the next tick of the loop; -1 for ever.
int EventLoop::patience() {
    const Due* due = first();
    if (due == nullptr) return -1;
    const auto now = Clock::now();
    if (due->time <= now) return 0;
    // Where thousands of checks are made, waking up for each of them costs as much as the check.
    const auto tick = std::chrono::ceil<Tick>(due->time.time_since_epoch());
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(tick - now.time_since_epoch());
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
    for (const Due* due = first(); due != nullptr && due->time <= now; due = first()) {
        const std::uint64_t number = due->number;
        take_first();
        times_[number] = never;
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
