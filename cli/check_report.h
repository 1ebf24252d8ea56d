#pragma once

#include <span>
#include <string>

#include "backend/health/checked_services.h"
#include "backend/health/first_round.h"
#include "grammar/source/sources.h"

namespace lbctl::cli {

/// What one round of checks came to, for those who print it.
struct CheckReport {
    const health::CheckedServices& checked;
    std::span<const health::CheckResult> results;  ///< one a checker
    const source::Sources& sources;
    bool traces = false;

    /// "keepalived.conf:41"
    [[nodiscard]] std::string place_of(const ast::Node& node) const;
};

/// A line a server with the reason, a line a checker where a server has several.
std::string check_text(const CheckReport& report, bool colour);

/// One JSON object, schema "lbctl-check/1" (lbctl-check(1)).
std::string check_json(const CheckReport& report);

/// "up", "down", "unknown"
std::string_view word_for(health::ServerState state);
/// "up", "down", "none"
std::string_view word_for(health::State state);

}  // namespace lbctl::cli
