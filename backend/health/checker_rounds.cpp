#include "backend/health/checker_rounds.h"

#include <algorithm>

namespace lbctl::health {

namespace {

/// The first release whose TCP_CHECK makes no retries while it is down.
constexpr keywords::Version no_tcp_retries_while_down{2, 3, 0};

std::size_t url_count(const model::Checker& checker) {
    const auto* http = std::get_if<model::HttpCheck>(&checker.details);
    return http == nullptr ? 1 : std::max<std::size_t>(http->urls.size(), 1);
}

}  // namespace

CheckerRounds::CheckerRounds(const model::Checker& checker, keywords::Version target)
    : checker_(&checker),
      target_(target),
      // A file has a value from the start.
      up_(!checker.timing.alpha.value || checker.kind == model::CheckerKind::file),
      // The first failure of all counts without a retry, but with SMTP_CHECK.
      failures_(checker.kind == model::CheckerKind::smtp ? 0 : checker.timing.retry.value) {}

bool CheckerRounds::is_http() const {
    return checker_->kind == model::CheckerKind::http || checker_->kind == model::CheckerKind::https;
}

CheckerRounds::Next CheckerRounds::after(Microseconds pause) const {
    Next next;
    next.pause = pause;
    next.counts_from_start = checker_->kind == model::CheckerKind::misc;
    return next;
}

CheckerRounds::Next CheckerRounds::put_off() const {
    return after(checker_->timing.delay_loop.value);
}

CheckerRounds::Next CheckerRounds::tried(State state) {
    switch (state) {
        case State::up:
            return succeeded();
        case State::down:
            return failed();
        case State::none:
            break;
    }
    return put_off();
}

/// The state is known; it is told when it has changed, and the first time.
CheckerRounds::Next CheckerRounds::settle(bool up) {
    Next next = after(checker_->timing.delay_loop.value);
    if (up_ == up && has_run_) return next;
    next.report = Report{up, up_, !has_run_, false};
    up_ = up;
    has_run_ = true;
    return next;
}

CheckerRounds::Next CheckerRounds::succeeded() {
    failures_ = 0;
    if (!is_http()) return settle(true);
    // The pauses are left out up to the end of the first round, and of the round that brings it back.
    const bool is_fast = std::get<model::HttpCheck>(checker_->details).fast_recovery && (!has_run_ || !up_);
    const Microseconds pause = is_fast ? Microseconds::zero() : checker_->timing.delay_loop.value;
    if (url_failed_) {
        // Now all of them have to be good once more.
        url_failed_ = false;
        url_ = 0;
        return after(pause);
    }
    if (++url_ < url_count(*checker_)) return after(pause);
    url_ = 0;
    return settle(true);
}

CheckerRounds::Next CheckerRounds::failed() {
    const model::Timing& timing = checker_->timing;
    // News of a file or a session are no tries that could be repeated.
    if (checker_->kind == model::CheckerKind::file || checker_->kind == model::CheckerKind::bfd) return settle(false);
    const bool counts = up_ || !has_run_;
    const bool is_smtp = checker_->kind == model::CheckerKind::smtp;
    const bool retries_while_down =
        is_smtp || (checker_->kind == model::CheckerKind::tcp && target_ < no_tcp_retries_while_down);
    if ((counts || retries_while_down) && failures_ < timing.retry.value) {
        ++failures_;
        return after(timing.delay_before_retry.value);
    }
    if (is_http()) {
        const bool was_silent = !up_ && !has_run_;
        if (counts) url_failed_ = true;
        Next next = counts ? settle(false) : after(timing.delay_before_retry.value);
        if (next.report) next.report->is_silent = was_silent;
        next.pause = timing.delay_before_retry.value;
        if (url_failed_) next.pause = std::max(timing.delay_loop.value, next.pause);
        if (counts) failures_ = 0;
        return next;
    }
    failures_ = 0;
    return settle(false);
}

void CheckerRounds::take_over(const CheckerRounds& before) {
    up_ = before.up_;
    has_run_ = before.has_run_;
    failures_ = before.failures_;
    url_ = before.url_;
    url_failed_ = before.url_failed_;
}

}  // namespace lbctl::health
