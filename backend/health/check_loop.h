#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "backend/health/check_attempt.h"
#include "backend/health/checker_rounds.h"
#include "backend/health/event_loop.h"
#include "grammar/model/checker.h"

namespace lbctl::health {

/// Tries every checker again and again, when its rounds say that it is due. The numbers of the event loop from 0 to the
/// number of checkers are its own.
class CheckLoop {
public:
    struct Owner {
        /// Nothing: the checker is tried now. Else it is put off.
        std::function<std::optional<CheckerRounds::Next>(std::size_t checker)> puts_off;
        /// Which url is asked.
        std::function<std::size_t(std::size_t checker)> url;
        /// A try is over; says when the next one is due.
        std::function<CheckerRounds::Next(std::size_t checker, const CheckResult& result)> tried;
    };

    /// All must outlive it.
    CheckLoop(EventLoop& loop, std::span<const model::Checker> checkers, CheckOptions options, Owner owner);

    /// What is known of a checker without trying it, see settled_result(); null when it is tried.
    [[nodiscard]] const CheckResult* settled(std::size_t checker) const;

    /// The first tries become due, each after first_pause and a random part of its warmup.
    void begin();
    /// The loop has something for one of its numbers.
    void ready(std::uint64_t number, std::uint32_t events);
    void expired(std::uint64_t number);

private:
    struct Watched {
        CheckCommand command;
        std::optional<CheckResult> settled;
        EventLoop::Clock::time_point began;
        std::unique_ptr<CheckResult> result;
        std::unique_ptr<CheckAttempt> attempt;
    };

    void try_once(std::size_t checker);
    void settle(std::size_t checker);
    void schedule(std::size_t checker, const CheckerRounds::Next& next);

    EventLoop& loop_;
    CheckMeans means_;
    std::span<const model::Checker> checkers_;
    Owner owner_;
    std::vector<Watched> watched_;
    std::mt19937_64 random_;
};

}  // namespace lbctl::health
