#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/render/findings_format.h"
#include "grammar/base/json_text.h"
#include "grammar/base/utf8.h"

// The Diagnostic Format of reviewdog: https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
// Columns are bytes of UTF-8 there.
namespace lbctl::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string_view severity_of(source::Severity severity) {
    switch (severity) {
        case source::Severity::error:
            return "ERROR";
        case source::Severity::warning:
            return "WARNING";
        case source::Severity::info:
            break;
    }
    return "INFO";
}

Json position_json(const source::Position& position) {
    return {{"line", position.line}, {"column", position.column}};
}

Json range_json(const ReportedPlace& place) {
    return {{"start", position_json(place.begin)}, {"end", position_json(place.end)}};
}

Json location_json(const ReportedPlace& place) {
    return {{"path", place.file}, {"range", range_json(place)}};
}

/// A suggestion is one edit in the file of the diagnostic.
Json suggestions_json(const ReportedFinding& finding) {
    Json suggestions = Json::array();
    for (const ReportedFix& fix : finding.fixes) {
        if (fix.edits.size() != 1) continue;
        const ReportedEdit& edit = fix.edits.front();
        if (edit.place.file != finding.place.file || !base::is_utf8(edit.text)) continue;
        suggestions.push_back({{"range", range_json(edit.place)}, {"text", edit.text}});
    }
    return suggestions;
}

std::string write(const FindingsReport& report, const FindingsStyle&) {
    Json diagnostics = Json::array();
    for (const ReportedFinding& finding : report.findings) {
        Json diagnostic = {{"message", finding.message_with_hint()},
                           {"location", location_json(finding.place)},
                           {"severity", severity_of(finding.severity)},
                           {"code", {{"value", finding.rule}}}};
        if (Json suggestions = suggestions_json(finding); !suggestions.empty())
            diagnostic["suggestions"] = std::move(suggestions);
        for (const ReportedNote& note : finding.related()) {
            diagnostic["relatedLocations"].push_back(
                {{"message", note.message}, {"location", location_json(note.place)}});
        }
        diagnostics.push_back(std::move(diagnostic));
    }
    for (const UnreadFile& file : report.unread) {
        diagnostics.push_back({{"message", file.failure.message},
                               {"location", {{"path", file.name}}},
                               {"severity", "ERROR"},
                               {"code", {{"value", unreadable_rule}}}});
    }
    const Json document = {{"source", {{"name", "lbctl"}}}, {"diagnostics", std::move(diagnostics)}};
    return base::json_text(document, 2) + "\n";
}

}  // namespace

extern const FindingsFormat rdjson_format{.name = "rdjson", .write = write};

}  // namespace lbctl::cli
