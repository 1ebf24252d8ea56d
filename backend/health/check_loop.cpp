#include "backend/health/check_loop.h"

#include <algorithm>
#include <utility>

namespace lbctl::health {

using Clock = EventLoop::Clock;

CheckLoop::CheckLoop(EventLoop& loop, std::span<const model::Checker> checkers, CheckOptions options, Owner owner)
    : loop_(loop),
      means_(loop, std::move(options)),
      checkers_(checkers),
      owner_(std::move(owner)),
      watched_(checkers.size()),
      random_(std::random_device{}()) {
    for (std::size_t i = 0; i < checkers.size(); ++i)
        watched_[i].settled = settled_result(checkers[i], means_.options(), watched_[i].command);
}

const CheckResult* CheckLoop::settled(std::size_t checker) const {
    return watched_[checker].settled ? &*watched_[checker].settled : nullptr;
}

void CheckLoop::begin() {
    const auto now = Clock::now();
    for (std::size_t i = 0; i < checkers_.size(); ++i) {
        if (watched_[i].settled) continue;
        std::uniform_int_distribution<Microseconds::rep> part(0, checkers_[i].timing.warmup.value.count());
        loop_.set_time(i, now + first_pause + Microseconds(part(random_)));
    }
}

void CheckLoop::ready(std::uint64_t number, std::uint32_t events) {
    const auto checker = static_cast<std::size_t>(number);
    if (watched_[checker].attempt == nullptr) return;
    watched_[checker].attempt->ready(events);
    settle(checker);
}

void CheckLoop::expired(std::uint64_t number) {
    const auto checker = static_cast<std::size_t>(number);
    if (watched_[checker].attempt == nullptr) {
        try_once(checker);
    } else {
        watched_[checker].attempt->expired();
        settle(checker);
    }
}

void CheckLoop::try_once(std::size_t checker) {
    Watched& watched = watched_[checker];
    watched.began = Clock::now();
    if (const auto next = owner_.puts_off(checker)) {
        schedule(checker, *next);
        return;
    }
    watched.result = std::make_unique<CheckResult>();
    watched.attempt =
        std::make_unique<CheckAttempt>(means_, checkers_[checker], watched.command, checker, *watched.result);
    watched.attempt->begin(owner_.url(checker));
    settle(checker);
}

/// After something has happened: the try may be over.
void CheckLoop::settle(std::size_t checker) {
    Watched& watched = watched_[checker];
    if (!watched.attempt->is_over()) return;
    watched.attempt.reset();
    const std::unique_ptr<CheckResult> result = std::move(watched.result);
    result->seconds = std::chrono::duration<double>(Clock::now() - watched.began).count();
    schedule(checker, owner_.tried(checker, *result));
}

void CheckLoop::schedule(std::size_t checker, const CheckerRounds::Next& next) {
    const auto now = Clock::now();
    const auto from = next.counts_from_start ? watched_[checker].began : now;
    loop_.set_time(checker, std::max(now, from + next.pause));
}

}  // namespace lbctl::health
