#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "backend/health/check_attempt.h"
#include "grammar/base/result.h"
#include "grammar/model/checker.h"

namespace lbctl::health {

struct RoundOptions : CheckOptions {
    std::size_t most_at_once = 256;                    ///< checkers that run at the same time
    std::function<void(std::size_t done)> progress{};  ///< called after each verdict
};

/// Runs every checker once, as keepalived's first round does: no retries but those of SMTP_CHECK, all urls of a checker
/// one after the other up to the first failure, without the pauses between them. One result a checker, in their order.
/// A try that goes on for longer than its delay_loop, and than four times its connect_timeout, ends without verdict.
/// The time of a checker counts from its own start. Fails when the machine has no means for it (no epoll).
Result<std::vector<CheckResult>> run_first_round(std::span<const model::Checker> checkers, const RoundOptions& options);

}  // namespace lbctl::health
