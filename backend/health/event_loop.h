#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <ratio>
#include <utility>
#include <vector>

#include "grammar/base/descriptor.h"
#include "grammar/base/result.h"

namespace lbctl::health {

/// Waits for descriptors and for times, each under a number that its owner has chosen: from 0 on, for there is a place
/// for each up to the largest. What is watched is let go by closing the descriptor.
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
    /// How exact times are: keepalived's checks begin up to 30 ms after their time.
    using Tick = std::chrono::duration<std::int64_t, std::ratio<1, 100>>;
    struct Due {
        Clock::time_point time;
        std::uint64_t number = 0;
        auto operator<=>(const Due&) const = default;
    };

    explicit EventLoop(base::Descriptor epoll) : epoll_(std::move(epoll)) {}
    [[nodiscard]] int control(int operation, int descriptor, std::uint32_t events, std::uint64_t number) const;
    [[nodiscard]] int patience();
    [[nodiscard]] bool counts(const Due& due) const { return times_[due.number] == due.time; }
    void forget_replaced(std::vector<Due>& dues);
    void take_due(Clock::time_point now);

    base::Descriptor epoll_;
    std::vector<Clock::time_point> times_;  ///< of each number; the end of time where it has none
    /// By the end of the tick that they are in. A check sets its time three times, thousands of checks do, and of a
    /// tick all is taken at once; what has been replaced stays until then.
    std::map<Tick, std::vector<Due>> ticks_;
    std::size_t held_ = 0;  ///< in all ticks
    std::vector<Due> due_;  ///< those of this step
};

/// Every check may have a socket open: the process may open as many descriptors as the system lets it.
void allow_many_descriptors();

}  // namespace lbctl::health
