#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

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
    struct Due {
        Clock::time_point time;
        std::uint64_t number = 0;
        auto operator<=>(const Due&) const = default;
    };

    explicit EventLoop(base::Descriptor epoll) : epoll_(std::move(epoll)) {}
    [[nodiscard]] int control(int operation, int descriptor, std::uint32_t events, std::uint64_t number) const;
    [[nodiscard]] int patience();
    [[nodiscard]] bool counts(const Due& due) const;
    /// The first that counts; null when there is none.
    const Due* first();
    void take_first();

    base::Descriptor epoll_;
    /// The time of each number that ever had one; the end of time when it has none now.
    std::unordered_map<std::uint64_t, Clock::time_point> times_;
    /// A heap, the earliest at its front. What has been replaced stays until it comes there: a check sets its time
    /// three times, mostly to what is later than all others, and to add that at the end is all that it takes.
    std::vector<Due> dues_;
};

/// Every check may have a socket open: the process may open as many descriptors as the system lets it.
void allow_many_descriptors();

}  // namespace lbctl::health
