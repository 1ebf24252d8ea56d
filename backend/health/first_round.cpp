#include "backend/health/first_round.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "backend/health/checker_rounds.h"

namespace lbctl::health {

namespace {

using Clock = EventLoop::Clock;

/// How long one try may take. keepalived reads an answer as long as bytes of it come, for ever if need be; whoever asks
/// once wants an end. What gets a verdict has four steps at most, those of SMTP_CHECK; pages that take longer to read
/// get as long as keepalived would wait for its next check.
Microseconds longest_try(const model::Timing& timing) {
    constexpr int steps = 4;
    return std::max(timing.delay_loop.value, steps * timing.connect_timeout.value);
}

/// One checker up to its first verdict.
class Run {
public:
    /// `limit` is the number of the loop for the end of a try, and `longest` how long one may take.
    Run(CheckMeans& means, const model::Checker& checker, std::size_t index, std::size_t limit, Microseconds longest,
        CheckResult& result)
        : means_(means),
          rounds_(checker, means.options().target),
          index_(index),
          limit_(limit),
          longest_try_(longest),
          result_(result) {}

    void begin() {
        auto settled = settled_result(rounds_.checker(), means_.options(), command_);
        if (settled) {
            result_ = *std::move(settled);
            over_ = true;
        } else {
            try_now();
        }
    }

    void ready(std::uint32_t events) {
        if (!attempt_) return;
        attempt_->ready(events);
        settle();
    }

    void expired() {
        if (attempt_) {
            attempt_->expired();
            settle();
        } else {
            try_now();
        }
    }

    /// A try has gone on for as long as it may.
    void give_up() {
        if (!attempt_) return;
        if (attempt_->waits_for_place()) {
            means_.loop().set_time(limit_, Clock::now() + longest_try_);
            return;
        }
        attempt_->give_up(fmt::format("no end after {}, and keepalived goes on for as long as something comes",
                                      in_seconds(longest_try_)));
        settle();
    }

    [[nodiscard]] bool is_over() const { return over_; }

private:
    void try_now() {
        // A command has a time of its own.
        if (transport_of(rounds_.checker())) means_.loop().set_time(limit_, Clock::now() + longest_try_);
        attempt_ = std::make_unique<CheckAttempt>(means_, rounds_.checker(), command_, index_, result_);
        attempt_->begin(rounds_.url());
        settle();
    }

    /// After something has happened: the try may be over, and be the last one.
    void settle() {
        if (!attempt_->is_over()) return;
        attempt_.reset();
        means_.loop().set_time(limit_, std::nullopt);
        const State state = result_.verdict.state;
        const CheckerRounds::Next next = rounds_.tried(state);
        const bool has_more_tries = state == State::up || rounds_.checker().kind == model::CheckerKind::smtp;
        over_ = next.report || state == State::none || !has_more_tries;
        if (over_) {
            result_.seconds = std::chrono::duration<double>(Clock::now() - began_).count();
        } else {
            const Microseconds pause = state == State::up ? Microseconds::zero() : next.pause;
            means_.loop().set_time(index_, Clock::now() + pause);
        }
    }

    CheckMeans& means_;
    CheckerRounds rounds_;
    std::size_t index_;
    std::size_t limit_;
    Microseconds longest_try_;
    CheckResult& result_;
    Clock::time_point began_ = Clock::now();
    CheckCommand command_;
    std::unique_ptr<CheckAttempt> attempt_;
    bool over_ = false;
};

/// Keeps so many checkers running, and tells them what happens.
class Round {
public:
    Round(std::span<const model::Checker> checkers, const RoundOptions& options, EventLoop loop)
        : checkers_(checkers),
          options_(options),
          loop_(std::move(loop)),
          means_(loop_, options),
          results_(checkers.size()) {}

    std::vector<CheckResult> run() {
        const EventLoop::Handlers handlers{
            .ready = [this](std::uint64_t number,
                            std::uint32_t events) { tell(number, [events](Run& run) { run.ready(events); }); },
            .expired =
                [this](std::uint64_t number) {
                    if (number < checkers_.size()) {
                        tell(number, [](Run& run) { run.expired(); });
                    } else {
                        tell(number - checkers_.size(), [](Run& run) { run.give_up(); });
                    }
                },
        };
        while (done_ < checkers_.size()) {
            begin_more();
            if (done_ < checkers_.size()) loop_.step(handlers);
        }
        return std::move(results_);
    }

private:
    void begin_more() {
        while (next_ < checkers_.size() && running_.size() < std::max<std::size_t>(options_.most_at_once, 1)) {
            const std::size_t index = next_++;
            running_.try_emplace(index, means_, checkers_[index], index, checkers_.size() + index,
                                 longest_try(checkers_[index].timing), results_[index]);
            tell(index, [](Run& run) { run.begin(); });
        }
    }

    template <class Event>
    void tell(std::size_t index, const Event& event) {
        const auto found = running_.find(index);
        if (found == running_.end()) return;
        event(found->second);
        if (!found->second.is_over()) return;
        running_.erase(found);
        ++done_;
        if (options_.progress) options_.progress(done_);
    }

    std::span<const model::Checker> checkers_;
    const RoundOptions& options_;
    EventLoop loop_;
    CheckMeans means_;
    std::vector<CheckResult> results_;
    std::map<std::size_t, Run> running_;
    std::size_t next_ = 0;
    std::size_t done_ = 0;
};

}  // namespace

Result<std::vector<CheckResult>> run_first_round(std::span<const model::Checker> checkers,
                                                 const RoundOptions& options) {
    auto loop = EventLoop::make();
    if (!loop) return tl::make_unexpected(loop.error());
    return Round(checkers, options, std::move(*loop)).run();
}

}  // namespace lbctl::health
