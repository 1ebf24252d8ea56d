#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace lbctl::tests {

using Microseconds = std::chrono::microseconds;

/// A clock that stands still until the next thing is due.
class SimulatedTime {
public:
    [[nodiscard]] Microseconds now() const { return now_; }

    /// Things of one time happen in the order in which they were asked for.
    void after(Microseconds delay, std::function<void()> what) {
        due_.emplace(std::pair(now_ + delay, order_++), std::move(what));
    }

    /// Lets everything happen that is due up to that time, which is then.
    void run_to(Microseconds end) {
        while (!due_.empty() && due_.begin()->first.first <= end) {
            now_ = due_.begin()->first.first;
            const std::function<void()> what = std::move(due_.begin()->second);
            due_.erase(due_.begin());
            what();
        }
        now_ = end;
    }

private:
    Microseconds now_{};
    std::uint64_t order_ = 0;
    std::map<std::pair<Microseconds, std::uint64_t>, std::function<void()>> due_;
};

}  // namespace lbctl::tests
