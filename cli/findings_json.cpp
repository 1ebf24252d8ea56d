#include "cli/findings_json.h"

#include <nlohmann/json.hpp>
#include "grammar/ast/secret_text.h"
#include "grammar/base/json_text.h"
#include "grammar/validate/rule.h"

namespace lbctl::cli {

namespace {

using Json = nlohmann::ordered_json;
using source::Range;
using source::Severity;
using source::Sources;

void add_place(Json& object, const Sources& sources, const Range& range) {
    object["file"] = sources.name(range.file);
    object["line"] = range.begin.line;
    object["column"] = range.begin.column;
}

void add_end(Json& object, const Range& range) {
    object["end_line"] = range.end.line;
    object["end_column"] = range.end.column;
}

Json note(const Sources& sources, const Range& range, std::string message) {
    Json object;
    add_place(object, sources, range);
    object["message"] = std::move(message);
    return object;
}

Json to_json(const Sources& sources, const source::Finding& finding) {
    Json object;
    object["rule"] = finding.rule;
    object["severity"] = source::to_string(finding.severity);
    object["origin"] = to_string(validate::origin_of(finding));
    add_place(object, sources, finding.where.range);
    add_end(object, finding.where.range);
    object["message"] = finding.message;
    if (!finding.config_ids.empty()) object["config_ids"] = finding.config_ids;
    object["hint"] = finding.hint;
    object["notes"] = Json::array();
    for (const source::Note& each : finding.notes) {
        const Sources& place = each.sources == nullptr ? sources : *each.sources;
        object["notes"].push_back(note(place, each.range, each.message));
    }
    for (source::OriginId id = finding.where.origin; id != 0; id = sources.origin(id).parent) {
        const source::Origin& origin = sources.origin(id);
        object["notes"].push_back(note(sources, origin.has_definition ? origin.defined : origin.used,
                                       "from $" + origin.name + (origin.has_definition ? ", defined here" : "")));
    }
    for (const Range& directive : source::inclusions(sources, finding.where.range.file))
        object["notes"].push_back(note(sources, directive, "included here"));
    object["fixes"] = Json::array();
    for (const source::Fix& fix : finding.fixes) {
        Json edits = Json::array();
        for (const source::Edit& edit : fix.edits) {
            Json change;
            change["file"] = sources.name(edit.range.file);
            change["line"] = edit.range.begin.line;
            change["column"] = edit.range.begin.column;
            add_end(change, edit.range);
            change["text"] = edit.text;
            edits.push_back(std::move(change));
        }
        object["fixes"].push_back({{"title", fix.title}, {"edits", std::move(edits)}});
    }
    return object;
}

}  // namespace

std::string findings_json(const std::vector<validate::Analysis>& analyses, std::span<const UnreadFile> unread) {
    Json document;
    document["schema"] = "lbctl-findings/1";
    document["findings"] = Json::array();
    std::size_t errors = 0;
    std::size_t warnings = 0;
    std::size_t infos = 0;
    std::size_t untold = 0;
    for (const validate::Analysis& analysis : analyses) {
        const ast::Secrets secrets(analysis.sources);
        for (const source::Finding& finding : analysis.findings) {
            document["findings"].push_back(to_json(analysis.sources, secrets.shown(finding)));
            if (finding.severity == Severity::error) ++errors;
            if (finding.severity == Severity::warning) ++warnings;
            if (finding.severity == Severity::info) ++infos;
        }
        untold += analysis.findings.untold();
    }
    document["unreadable"] = Json::array();
    for (const UnreadFile& file : unread) {
        document["unreadable"].push_back(
            {{"file", file.name}, {"message", file.failure.message}, {"hint", file.failure.hint}});
    }
    document["summary"] = {{"files", analyses.size()},
                           {"errors", errors},
                           {"warnings", warnings},
                           {"infos", infos},
                           {"unreadable", unread.size()}};
    if (untold > 0) document["summary"]["not_shown"] = untold;
    return base::json_text(document, 2) + "\n";
}

}  // namespace lbctl::cli
