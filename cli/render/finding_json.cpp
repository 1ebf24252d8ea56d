#include "cli/render/finding_json.h"

#include <nlohmann/json.hpp>

namespace lbctl::cli {

namespace {

using Json = nlohmann::ordered_json;
using source::Severity;

void add_begin(Json& object, const ReportedPlace& place) {
    object["file"] = place.file;
    object["line"] = place.begin.line;
    object["column"] = place.begin.column;
}

void add_range(Json& object, const ReportedPlace& place) {
    add_begin(object, place);
    object["end_line"] = place.end.line;
    object["end_column"] = place.end.column;
}

Json note_json(const ReportedNote& note) {
    Json object = Json::object();
    add_begin(object, note.place);
    object["message"] = note.message;
    return object;
}

Json fix_json(const ReportedFix& fix) {
    Json edits = Json::array();
    for (const ReportedEdit& edit : fix.edits) {
        Json change = Json::object();
        add_range(change, edit.place);
        change["text"] = edit.text;
        edits.push_back(std::move(change));
    }
    return {{"title", fix.title}, {"applicability", source::to_string(fix.applicability)}, {"edits", std::move(edits)}};
}

}  // namespace

Json finding_json(const ReportedFinding& finding) {
    Json object = Json::object();
    object["rule"] = finding.rule;
    object["severity"] = source::to_string(finding.severity);
    object["origin"] = to_string(finding.origin);
    add_range(object, finding.place);
    object["root"] = finding.roots.front();
    if (finding.roots.size() > 1) object["roots"] = finding.roots;
    object["message"] = finding.message;
    if (!finding.config_ids.empty()) object["config_ids"] = finding.config_ids;
    object["hint"] = finding.hint;
    if (finding.advice) {
        object["advice"] = {{"why", finding.advice->why},
                            {"command", finding.advice->command},
                            {"what_to_do", finding.advice->what_to_do},
                            {"source", finding.advice->source}};
    }
    object["notes"] = Json::array();
    for (const ReportedNote& note : finding.related()) object["notes"].push_back(note_json(note));
    object["fixes"] = Json::array();
    for (const ReportedFix& fix : finding.fixes) object["fixes"].push_back(fix_json(fix));
    return object;
}

Json unread_json(const UnreadFile& file) {
    return {{"file", file.name}, {"message", file.failure.message}, {"hint", file.failure.hint}};
}

Json summary_json(const FindingsReport& report) {
    Json summary = {{"files", report.files.size()},
                    {"errors", report.count(Severity::error)},
                    {"warnings", report.count(Severity::warning)},
                    {"infos", report.count(Severity::info)},
                    {"unreadable", report.unread.size()}};
    if (report.not_shown > 0) summary["not_shown"] = report.not_shown;
    if (report.below_threshold > 0) summary["below_min_severity"] = report.below_threshold;
    return summary;
}

}  // namespace lbctl::cli
