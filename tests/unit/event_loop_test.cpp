#include "backend/health/event_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/unit/catch.h"

using lbctl::health::EventLoop;
using Clock = EventLoop::Clock;
using namespace std::chrono_literals;

namespace {

/// What a loop tells of until it has told of `count` times, each number as often as it was told.
std::vector<std::uint64_t> told(EventLoop& loop, std::size_t count) {
    std::vector<std::uint64_t> numbers;
    const EventLoop::Handlers handlers{[](std::uint64_t, std::uint32_t) {},
                                       [&](std::uint64_t number) { numbers.push_back(number); }};
    while (numbers.size() < count) loop.step(handlers);
    return numbers;
}

}  // namespace

TEST_CASE("times are told in their order, whatever the order in which they were set") {
    auto loop = EventLoop::make();
    REQUIRE(loop);
    const auto now = Clock::now();
    loop->set_time(1, now + 30ms);
    loop->set_time(2, now + 10ms);
    loop->set_time(3, now + 20ms);
    CHECK(told(*loop, 3) == std::vector<std::uint64_t>{2, 3, 1});
    CHECK(Clock::now() >= now + 30ms);
}

TEST_CASE("a time that was replaced or taken back is not told") {
    auto loop = EventLoop::make();
    REQUIRE(loop);
    const auto now = Clock::now();
    loop->set_time(1, now);
    loop->set_time(2, now + 1ms);
    loop->set_time(1, now + 40ms);
    loop->set_time(2, std::nullopt);
    loop->set_time(3, now + 2ms);
    CHECK(told(*loop, 2) == std::vector<std::uint64_t>{3, 1});
    CHECK(Clock::now() >= now + 40ms);
}

TEST_CASE("a time that is set to what it was before is told once") {
    auto loop = EventLoop::make();
    REQUIRE(loop);
    const auto now = Clock::now();
    loop->set_time(1, now + 5ms);
    loop->set_time(1, now + 9ms);
    loop->set_time(1, now + 5ms);
    loop->set_time(2, now + 30ms);
    CHECK(told(*loop, 2) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a time that is put off a million times is told once, at the last") {
    auto loop = EventLoop::make();
    REQUIRE(loop);
    const auto base = Clock::now();
    constexpr int times = 1'000'000;
    for (int i = 0; i < times; ++i) loop->set_time(1, base + std::chrono::nanoseconds(i));
    loop->set_time(2, base + 50ms);
    CHECK(told(*loop, 2) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("what is set while times are told waits for the next step") {
    auto loop = EventLoop::make();
    REQUIRE(loop);
    loop->set_time(1, Clock::now());
    int count = 0;
    const EventLoop::Handlers handlers{[](std::uint64_t, std::uint32_t) {},
                                       [&](std::uint64_t number) {
                                           ++count;
                                           loop->set_time(number, Clock::now());
                                       }};
    loop->step(handlers);
    CHECK(count == 1);
    loop->step(handlers);
    CHECK(count == 2);
}

TEST_CASE("descriptors are told by the number of their owner") {
    auto loop = EventLoop::make();
    REQUIRE(loop);
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    CHECK(loop->watch(ends[0], EPOLLIN, 77) == 0);
    REQUIRE(::write(ends[1], "x", 1) == 1);
    std::vector<std::uint64_t> ready;
    const EventLoop::Handlers handlers{[&](std::uint64_t number, std::uint32_t) { ready.push_back(number); },
                                       [](std::uint64_t) {}};
    loop->step(handlers);
    CHECK(ready == std::vector<std::uint64_t>{77});
    ::close(ends[0]);
    ::close(ends[1]);
}
