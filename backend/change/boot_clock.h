#pragma once

#include <chrono>
#include <ctime>
#include <ratio>

namespace lbctl::change {

/// Time since the machine was started, with the time that it slept: CLOCK_BOOTTIME, clock_gettime(2). Nobody can set
/// it, and every process reads the same, so that a moment of it can be written down for another one.
struct BootClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept {
        timespec time{};
        ::clock_gettime(CLOCK_BOOTTIME, &time);
        return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
    }
};

}  // namespace lbctl::change
