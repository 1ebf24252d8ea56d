#pragma once

#include <string>
#include <vector>

#include "backend/health/check_attempt.h"
#include "backend/health/checked_services.h"
#include "grammar/ast/node.h"

namespace lbctl::health {

/// What is to be known of a check beyond its verdict.
struct Remark {
    bool is_later = false;  ///< true: what would go wrong in later rounds, or in others than this one
    const ast::Node* line = nullptr;
    std::string text;
};

/// In the order of their importance; empty for most. `server` and `checker` belong to `service`, `result` is what one
/// round came to. `with_later`: also those on later rounds, for which regular expressions are compiled and commands
/// looked for.
std::vector<Remark> remarks_on(const CheckedService& service, const CheckedServer& server,
                               const model::Checker& checker, const CheckResult& result, const CheckOptions& options,
                               bool with_later);

}  // namespace lbctl::health
