#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "grammar/base/descriptor.h"
#include "grammar/base/result.h"

namespace lbctl::health {

/// Waits for descriptors and for times, each under a number that its owner has chosen. What is watched is let go by
/// closing the descriptor.
class EventLoop {
public:
    using Clock = std::chrono::steady_clock;

    /// Fails when the machine has no means for it.
    static Result<EventLoop> make();

    /// `events` as of epoll. Fails with an errno, else 0.
    [[nodiscard]] int watch(int descriptor, std::uint32_t events, std::uint64_t number) const;
    /// For one that is watched already.
    [[nodiscard]] int change(int descriptor, std::uint32_t events, std::uint64_t number) const;

    /// A number has one time at most, and is told of it up to 10 ms later.
    void set_time(std::uint64_t number, std::optional<Clock::time_point> time);

    struct Handlers {
        std::function<void(std::uint64_t number, std::uint32_t events)> ready;
        std::function<void(std::uint64_t number)> expired;
    };
    /// Waits for the next thing to happen, and lets it happen, with all that is due then.
    void step(const Handlers& handlers);

private:
    using Times = std::multimap<Clock::time_point, std::uint64_t>;

    explicit EventLoop(base::Descriptor epoll) : epoll_(std::move(epoll)) {}
    [[nodiscard]] int control(int operation, int descriptor, std::uint32_t events, std::uint64_t number) const;
    [[nodiscard]] int patience() const;
    Times::iterator insert(Clock::time_point time, std::uint64_t number);

    base::Descriptor epoll_;
    Times times_;
    Times::node_type spare_;  ///< one that was taken out of them
    std::unordered_map<std::uint64_t, Times::iterator> known_;
};

/// Every check may have a socket open: the process may open as many descriptors as the system lets it.
void allow_many_descriptors();

}  // namespace lbctl::health
