#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/render/digest.h"
#include "cli/render/findings_format.h"
#include "grammar/base/json_text.h"
#include "grammar/base/shown_text.h"

// GitLab's Code Quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
namespace lbctl::cli {

namespace {

using Json = nlohmann::ordered_json;

/// Of "info", "minor", "major", "critical" and "blocker".
std::string_view severity_of(source::Severity severity) {
    switch (severity) {
        case source::Severity::error:
            return "major";
        case source::Severity::warning:
            return "minor";
        case source::Severity::info:
            break;
    }
    return "info";
}

std::string write(const FindingsReport& report, const FindingsStyle&) {
    Json issues = Json::array();
    for (const ReportedFinding& finding : report.findings) {
        const ReportedPlace& place = finding.place;
        issues.push_back(
            {{"description", base::shown(finding.message_with_hint())},
             {"check_name", finding.rule},
             // GitLab knows no two issues of one fingerprint, and files may be alike.
             {"fingerprint", digest_of(fmt::format("{}\n{}", place.file, finding.fingerprint))},
             {"severity", severity_of(finding.severity)},
             {"location", {{"path", place.file}, {"lines", {{"begin", place.begin.line}, {"end", place.end.line}}}}}});
    }
    for (const UnreadFile& file : report.unread) {
        issues.push_back({{"description", base::shown(file.failure.message)},
                          {"check_name", unreadable_rule},
                          {"fingerprint", digest_of(fmt::format("{}\n{}", file.name, unreadable_rule))},
                          {"severity", "critical"},
                          {"location", {{"path", file.name}, {"lines", {{"begin", 1}}}}}});
    }
    return base::json_text(issues, 2) + "\n";
}

}  // namespace

extern const FindingsFormat gitlab_format{.name = "gitlab", .write = write, .needs_fingerprints = true};

}  // namespace lbctl::cli
