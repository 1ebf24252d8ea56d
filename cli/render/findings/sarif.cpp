#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/render/findings_format.h"
#include "cli/render/sarif_text.h"
#include "grammar/base/json_text.h"
#include "grammar/base/shown_text.h"
#include "grammar/base/utf8.h"
#include "grammar/validate/rule.h"

// SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
namespace lbctl::cli {

namespace {

using Json = nlohmann::ordered_json;
using source::Severity;
using validate::RulePage;

constexpr std::string_view schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What relative addresses are relative to: the folder in which lbctl ran.
constexpr std::string_view base = "SRCROOT";

std::string_view level_of(Severity severity) {
    return severity == Severity::info ? "note" : source::to_string(severity);
}

Json message_json(std::string_view text) {
    return {{"text", sarif_message(base::shown(text))}};
}

Json artifact_json(std::string_view file) {
    Json location = {{"uri", file_uri(file)}};
    if (!file.starts_with('/')) location["uriBaseId"] = base;
    return location;
}

/// Columns are counted in characters; the end is the column after the last one.
Json region_json(const ReportedPlace& place) {
    return {{"startLine", place.begin.line},
            {"startColumn", place.begin_character},
            {"endLine", place.end.line},
            {"endColumn", place.end_character}};
}

Json location_json(const ReportedPlace& place) {
    return {{"artifactLocation", artifact_json(place.file)}, {"region", region_json(place)}};
}

Json text_json(std::string_view text) {
    return {{"text", text}};
}

Json help_json(const RulePage& page) {
    std::string text(page.detail.empty() ? page.summary : page.detail);
    std::string markdown = in_markdown(text);
    if (!page.example.empty()) {
        text += fmt::format("\n\nFor example:\n\n{}", page.example);
        markdown += fmt::format("\n\nFor example:\n\n{}", code_block(page.example));
    }
    return {{"text", text}, {"markdown", markdown}};
}

Json rule_json(std::string_view id, const RulePage* page) {
    if (page == nullptr) return {{"id", id}};
    Json rule = {{"id", id}};
    // A name that differs from the id in its first letter only says nothing, and readers complain of it.
    if (id.find('-') != std::string_view::npos) rule["name"] = pascal_case(id);
    rule["shortDescription"] = text_json(page->summary);
    rule["fullDescription"] = text_json(page->detail.empty() ? page->summary : page->detail);
    rule["help"] = help_json(*page);
    rule["defaultConfiguration"] = {{"level", level_of(page->severity)}};
    rule["properties"] = {{"origin", to_string(page->origin)},
                          {"tags", Json::array({page->family, fmt::format("origin-{}", to_string(page->origin))})}};
    return rule;
}

/// The rules of the results, each with its number.
class Rules {
public:
    std::size_t index_of(const ReportedFinding& finding) {
        const auto [at, is_new] = indices_.try_emplace(finding.rule, indices_.size());
        if (is_new) rules_.push_back(rule_json(finding.rule, finding.page));
        return at->second;
    }

    [[nodiscard]] const Json& all() const { return rules_; }

private:
    std::map<std::string_view, std::size_t> indices_;
    Json rules_ = Json::array();
};

Json related_json(const ReportedFinding& finding) {
    Json related = Json::array();
    for (const ReportedNote& note : finding.related()) {
        related.push_back({{"id", related.size()},
                           {"physicalLocation", location_json(note.place)},
                           {"message", message_json(note.message)}});
    }
    return related;
}

/// Whether all of its text arrives: JSON holds no other bytes than UTF-8.
bool can_be_told(const ReportedFix& fix) {
    return std::ranges::all_of(fix.edits, base::is_utf8, &ReportedEdit::text);
}

Json fix_json(const ReportedFix& fix) {
    std::map<std::string, Json> replacements;  // by file
    for (const ReportedEdit& edit : fix.edits) {
        Json replacement = {{"deletedRegion", region_json(edit.place)}};
        if (!edit.text.empty()) replacement["insertedContent"] = {{"text", edit.text}};
        replacements[edit.place.file].push_back(std::move(replacement));
    }
    Json changes = Json::array();
    for (auto& [file, of_file] : replacements)
        changes.push_back({{"artifactLocation", artifact_json(file)}, {"replacements", std::move(of_file)}});
    return {{"description", message_json(fix.title)},
            {"artifactChanges", std::move(changes)},
            {"properties", {{"applicability", source::to_string(fix.applicability)}}}};
}

Json result_json(const ReportedFinding& finding, Rules& rules) {
    Json result = {{"ruleId", finding.rule},
                   {"ruleIndex", rules.index_of(finding)},
                   {"level", level_of(finding.severity)},
                   {"message", message_json(finding.message_with_hint())},
                   {"locations", Json::array({{{"physicalLocation", location_json(finding.place)}}})},
                   {"partialFingerprints", {{"lbctlFinding/v1", finding.fingerprint}}}};
    if (Json related = related_json(finding); !related.empty()) result["relatedLocations"] = std::move(related);
    Json fixes = Json::array();
    for (const ReportedFix& fix : finding.fixes) {
        if (can_be_told(fix)) fixes.push_back(fix_json(fix));
    }
    if (!fixes.empty()) result["fixes"] = std::move(fixes);
    Json& properties = result["properties"];
    properties = {{"origin", to_string(finding.origin)}, {"root", finding.roots.front()}};
    if (finding.roots.size() > 1) properties["roots"] = finding.roots;
    return result;
}

Json notification_json(const UnreadFile& file) {
    return {{"level", "error"},
            {"message", message_json(file.failure.message)},
            {"descriptor", {{"id", unreadable_rule}}},
            {"locations", Json::array({{{"physicalLocation", {{"artifactLocation", artifact_json(file.name)}}}}})}};
}

Json invocation_json(const FindingsReport& report) {
    Json invocation = {{"executionSuccessful", report.unread.empty()}};
    for (const UnreadFile& file : report.unread)
        invocation["toolExecutionNotifications"].push_back(notification_json(file));
    if (report.not_shown > 0) {
        invocation["toolExecutionNotifications"].push_back(
            {{"level", "warning"},
             {"message", message_json(fmt::format("{} more findings are not shown", report.not_shown))}});
    }
    return invocation;
}

Json artifacts_json(const FindingsReport& report) {
    Json artifacts = Json::array();
    for (const std::string& file : report.files)
        artifacts.push_back({{"location", artifact_json(file)}, {"roles", Json::array({"analysisTarget"})}});
    return artifacts;
}

std::string write(const FindingsReport& report, const FindingsStyle&) {
    Rules rules;
    Json results = Json::array();
    for (const ReportedFinding& finding : report.findings) results.push_back(result_json(finding, rules));
    Json driver = {{"name", "lbctl"}, {"version", LBCTL_VERSION}, {"rules", rules.all()}};
    if (!report.unread.empty()) {
        driver["notifications"] =
            Json::array({{{"id", unreadable_rule}, {"shortDescription", text_json("A file could not be read")}}});
    }
    Json run = {{"tool", {{"driver", std::move(driver)}}},
                {"invocations", Json::array({invocation_json(report)})},
                {"columnKind", "unicodeCodePoints"},
                {"originalUriBaseIds", {{base, {{"description", text_json("The folder in which lbctl ran")}}}}},
                {"artifacts", artifacts_json(report)},
                {"results", std::move(results)}};
    const Json document = {{"$schema", schema}, {"version", "2.1.0"}, {"runs", Json::array({std::move(run)})}};
    return base::json_text(document, 2) + "\n";
}

}  // namespace

extern const FindingsFormat sarif_format{.name = "sarif", .write = write, .needs_fingerprints = true};

}  // namespace lbctl::cli
