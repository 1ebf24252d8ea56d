#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/health/checked_services.h"
#include "backend/health/first_round_outcome.h"
#include "backend/health/remarks.h"
#include "grammar/source/sources.h"

namespace lbctl::cli {

/// What one round of checks came to, for those who print it.
struct CheckReport {
    const health::CheckedServices& checked;
    std::span<const health::CheckResult> results;  ///< one a checker
    const health::FirstRoundOutcome& outcome;
    const source::Sources& sources;
    const health::CheckOptions& options;
    bool traces = false;
    bool strict = false;  ///< what would be wrong in later rounds is told, too
    bool colour = false;

    /// "keepalived.conf:41"
    [[nodiscard]] std::string place_of(const ast::Node& node) const;
    [[nodiscard]] health::ServerVerdict verdict_of(const health::CheckedServer& server) const;
    /// What is to be told beside a verdict: of later rounds only when `strict`.
    [[nodiscard]] std::vector<health::Remark> remarks_on(const health::CheckedService& service,
                                                         const health::CheckedServer& server,
                                                         std::size_t checker) const;
    /// How often something would be wrong in later rounds; 0 unless `strict`.
    [[nodiscard]] std::size_t count_later() const;
};

/// A way to print the report.
struct CheckFormat {
    std::string_view name;
    std::string (*write)(const CheckReport& report);
};
std::span<const CheckFormat> check_formats();

// A file each.
std::string check_text(const CheckReport& report);
std::string check_json(const CheckReport& report);    ///< schema "lbctl-check/1", lbctl-check(1)
std::string check_ndjson(const CheckReport& report);  ///< a line a real server
std::string check_junit(const CheckReport& report);
std::string check_prometheus(const CheckReport& report);

/// A line for each real server that is down or without verdict, with the reasons.
std::string servers_not_up(const CheckReport& report);

/// Bytes of a conversation for people: what is no printable ASCII as \r, \n or \x00, long ones cut.
std::string escaped_bytes(std::string_view bytes);

/// "keepalived.conf:41", where a block or line begins.
std::string place_of(const source::Sources& sources, const ast::Node& node);

/// The line of the file that a block begins on.
std::uint32_t line_of(const ast::Node& node);

/// "up", "down", "unknown"
std::string_view word_for(health::ServerState state);
/// What the other judge says of a check: "; as it was meant: down (...)", or of keepalived; empty when both agree.
std::string second_opinion(const health::CheckResult& result, const health::CheckOptions& options);

/// "up", "down", "none"
std::string_view word_for(health::State state);

}  // namespace lbctl::cli
