#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backend/health/conversation.h"
#include "backend/health/verdict.h"
#include "grammar/base/result.h"
#include "grammar/keywords/version.h"
#include "grammar/model/checker.h"

namespace lbctl::health {

/// Bytes that went to a server or came from it.
struct Traffic {
    bool sent = true;   ///< false: received
    std::string peer;   ///< ADDRESS:PORT
    std::string bytes;  ///< of what was received at most `most_traced' a checker
};
inline constexpr std::size_t most_traced = 65536;

/// What one run of a checker came to.
struct CheckResult {
    Verdict verdict;
    double seconds = 0;                  ///< from its start to the verdict; 0 when it did not run
    const ast::Node* line = nullptr;     ///< what in the file the verdict is about: a url, a command; else the checker
    std::optional<std::int64_t> weight;  ///< that misc_dynamic sets, before other checkers add to it
    std::int64_t added_weight = 0;       ///< of a FILE_CHECK
    bool is_removed = false;             ///< keepalived takes this checker away when it starts
    std::vector<Traffic> traffic;
};

struct RoundOptions {
    keywords::Version target = keywords::default_target;
    model::TlsIdentity tls;
    model::ScriptUser script_user;
    std::size_t most_at_once = 256;  ///< checkers that run at the same time
    bool runs_scripts = true;
    bool traces = false;
    std::function<void(std::size_t done)> progress;  ///< called after each verdict
};

/// The options that a configuration settles.
RoundOptions round_options(const ast::Node& root, keywords::Version target);

/// Runs every checker once, as keepalived's first round does: no retries but those of SMTP_CHECK, all urls of a checker
/// one after the other up to the first failure. One result a checker, in their order. The time of a checker counts
/// from its own start. Fails when the machine has no means for it (no epoll).
Result<std::vector<CheckResult>> run_first_round(std::span<const model::Checker> checkers, const RoundOptions& options);

}  // namespace lbctl::health
