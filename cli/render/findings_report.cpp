#include "cli/render/findings_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "cli/render/digest.h"
#include "cli/render/fingerprint.h"
#include "cli/render/relative_path.h"
#include "grammar/ast/secret_text.h"
#include "grammar/base/shown_text.h"
#include "grammar/source/files.h"
#include "grammar/validate/variants.h"

namespace lbctl::cli {

namespace {

using source::Finding;
using source::Range;
using source::Sources;

/// How many characters of a line stand before the byte of a column, and one.
std::uint32_t character_column(std::string_view line, std::uint32_t column) {
    const std::string_view before = line.substr(0, std::min<std::size_t>(column - 1, line.size()));
    std::uint32_t characters = 1;
    for (std::size_t at = 0; at < before.size(); ++characters) at += base::character_at(before, at).length;
    return characters;
}

/// The files of one configuration, under the names by which they are told.
class NamedFiles {
public:
    explicit NamedFiles(const Sources& sources) : sources_(sources), files_(sources.file_count()) {}

    const std::string& name(source::FileId file) { return look_up(file).name; }

    /// What is the same for all names of a file.
    const std::string& identity(source::FileId file) {
        Named& named = look_up(file);
        if (named.identity.empty()) named.identity = source::file_identity(sources_.name(file));
        if (named.identity.empty()) named.identity = named.name;
        return named.identity;
    }

    ReportedPlace place(const Range& range) {
        ReportedPlace place{name(range.file), range.begin, range.end};
        place.begin_character = character_column(sources_.line(range.file, range.begin.line), range.begin.column);
        place.end_character = character_column(sources_.line(range.file, range.end.line), range.end.column);
        return place;
    }

private:
    struct Named {
        std::string name;
        std::string identity;
    };

    Named& look_up(source::FileId file) {
        Named& named = files_[file];
        if (named.name.empty()) named.name = relative_path(sources_.name(file));
        return named;
    }

    const Sources& sources_;
    std::vector<Named> files_;
};

/// Makes what is told of the findings of one list.
class FindingTeller {
public:
    FindingTeller(const Sources& sources, const ReportOptions& options)
        : sources_(sources), options_(options), secrets_(sources), files_(sources) {}

    const std::string& root() { return files_.name(0); }

    /// What is the same for one finding however it is met.
    std::string key_of(const Finding& finding) {
        const Range& range = finding.where.range;
        return fmt::format("{}\n{} {} {} {}\n{} {}\n{}", files_.identity(range.file), range.begin.line,
                           range.begin.column, range.end.line, range.end.column, source::to_string(finding.severity),
                           finding.rule, finding.message);
    }

    ReportedFinding tell(const Finding& found) {
        const Finding finding = secrets_.shown(found);
        const Range& range = finding.where.range;
        ReportedFinding told;
        told.rule = finding.rule;
        told.severity = finding.severity;
        told.page = options_.page_of(finding.rule);
        told.origin = finding.advice && told.page != nullptr ? told.page->origin : validate::origin_of(finding);
        told.place = files_.place(range);
        told.message = finding.message;
        told.config_ids = finding.config_ids;
        told.only_for = validate::ids_suffix(finding);
        told.hint = finding.hint;
        told.advice = finding.advice;
        if (told.advice) told.hint = hint_of(*told.advice);
        told.line = quoted_line(sources_.line(range.file, range.begin.line), range,
                                secrets_.in_line(range.file, range.begin.line));
        for (const source::Note& note : finding.notes) told.notes.push_back({place_of(note), note.message});
        told.way = way_of(finding);
        for (const source::Fix& fix : finding.fixes) told.fixes.push_back(tell(fix));
        told.roots.push_back(root());
        if (options_.fingerprints) {
            if (!fingerprints_) fingerprints_.emplace(sources_);
            told.fingerprint = fingerprints_->of(found);
        }
        return told;
    }

private:
    static std::string hint_of(const source::Advice& advice) {
        std::string hint = advice.command.empty() ? "" : "run: " + advice.command;
        if (!advice.what_to_do.empty()) hint += (hint.empty() ? "" : "; ") + advice.what_to_do;
        return hint;
    }

    ReportedPlace place_of(const source::Note& note) {
        if (note.sources == nullptr || note.sources == &sources_) return files_.place(note.range);
        return others_.try_emplace(note.sources, *note.sources).first->second.place(note.range);
    }

    std::vector<ReportedNote> way_of(const Finding& finding) {
        std::vector<ReportedNote> way;
        for (source::OriginId id = finding.where.origin; id != 0; id = sources_.origin(id).parent) {
            const source::Origin& origin = sources_.origin(id);
            way.push_back({files_.place(origin.has_definition ? origin.defined : origin.used),
                           fmt::format("from ${}{}", origin.name, origin.has_definition ? ", defined here" : "")});
        }
        for (const Range& directive : source::inclusions(sources_, finding.where.range.file))
            way.push_back({files_.place(directive), "included here"});
        return way;
    }

    ReportedFix tell(const source::Fix& fix) {
        ReportedFix told{fix.title, fix.applicability, {}};
        for (const source::Edit& edit : fix.edits) told.edits.push_back({files_.place(edit.range), edit.text});
        return told;
    }

    const Sources& sources_;
    const ReportOptions& options_;
    ast::Secrets secrets_;
    std::optional<Fingerprints> fingerprints_;  ///< once one is asked for
    NamedFiles files_;
    std::map<const Sources*, NamedFiles> others_;  ///< of the other nodes of a cluster
};

/// Gives those of one file that have the same fingerprint, because they are of one rule and in one place, another one
/// each. Readers take two of one fingerprint for one.
void tell_apart(std::vector<ReportedFinding>& findings) {
    std::unordered_map<std::string, unsigned> seen;
    for (ReportedFinding& finding : findings) {
        const unsigned count = ++seen[fmt::format("{}\n{}", finding.place.file, finding.fingerprint)];
        if (count > 1) finding.fingerprint = digest_of(fmt::format("{}\n{}", finding.fingerprint, count));
    }
}

}  // namespace

std::string ReportedFinding::message_with_hint() const {
    return hint.empty() ? full_message() : fmt::format("{}; {}", full_message(), hint);
}

std::vector<ReportedNote> ReportedFinding::related() const {
    std::vector<ReportedNote> all = notes;
    all.insert(all.end(), way.begin(), way.end());
    return all;
}

std::size_t FindingsReport::count(source::Severity severity) const {
    return static_cast<std::size_t>(std::ranges::count(findings, severity, &ReportedFinding::severity));
}

FindingsReport findings_report(std::span<const FindingsOfFile> lists, std::vector<UnreadFile> unread,
                               const ReportOptions& options) {
    FindingsReport report;
    report.unread = std::move(unread);
    report.fail_on = options.fail_on;
    report.command = options.command;
    for (UnreadFile& file : report.unread) file.name = relative_path(file.name);
    std::unordered_map<std::string, std::size_t> told;  // by key: where it stands in the report
    std::unordered_set<std::string> files;
    // The files of a cluster stand in two lists each.
    const auto add_file = [&](const std::string& file) {
        if (files.insert(file).second) report.files.push_back(file);
    };
    for (const auto& [sources, findings] : lists) {
        report.not_shown += findings.not_shown();
        if (findings.empty()) {
            add_file(relative_path(sources.name(0)));
            continue;
        }
        FindingTeller teller(sources, options);
        add_file(teller.root());
        for (const Finding& finding : findings) {
            const auto [at, is_new] = told.try_emplace(teller.key_of(finding), report.findings.size());
            if (finding.severity > options.least_severity) {
                if (is_new) ++report.below_threshold;
            } else if (is_new) {
                report.findings.push_back(teller.tell(finding));
            } else {
                std::vector<std::string>& roots = report.findings[at->second].roots;
                if (std::ranges::find(roots, teller.root()) == roots.end()) roots.push_back(teller.root());
            }
        }
    }
    if (options.fingerprints) tell_apart(report.findings);
    return report;
}

std::vector<FileFindings> by_file(const FindingsReport& report) {
    std::vector<FileFindings> files;
    std::unordered_map<std::string_view, std::size_t> index;
    const auto at = [&](std::string_view file) -> FileFindings& {
        const auto [found, is_new] = index.try_emplace(file, files.size());
        if (is_new) files.push_back({file, {}});
        return files[found->second];
    };
    for (const std::string& file : report.files) at(file);
    for (const ReportedFinding& finding : report.findings) at(finding.place.file).findings.push_back(&finding);
    return files;
}

}  // namespace lbctl::cli
