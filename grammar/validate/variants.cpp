#include "grammar/validate/variants.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "grammar/base/shortened.h"
#include "grammar/syntax/reader.h"
#include "grammar/validate/checks.h"

namespace lbctl::validate {

namespace {

using source::FileId;
using source::Finding;
using source::Findings;
using source::OriginId;
using source::Range;
using source::Sources;
using syntax::Conditions;

constexpr RulePage pages[] = {
    {"unread-condition",
     "parameters",
     Severity::warning,
     "A line behind a condition that can hold for no node",
     "`@lb2 ...' in a file that only `@lb1 include ...' reads is read for no id, whichever keepalived is started "
     "with, and nothing in it was checked. Take the condition off, or name the id that reads the file.",
     "",
     {},
     Origin::lbctl},
    {"unchecked-ids",
     "parameters",
     Severity::warning,
     "More ids than are checked one by one",
     "Without -i, lint checks a file once for every id that its @ID lines name, up to 64, and of very large files for "
     "fewer. Lines of the ids that are left were read for none of these. Check them with `lbctl lint -i ID'.",
     "",
     {},
     Origin::lbctl},
};

/// Once so many bytes were read, and three ids checked, no further one is.
constexpr std::size_t most_bytes = std::size_t{64} << 20U;
constexpr std::size_t least_variants = 3;
/// What a line out of a parameter or a sequence counts, and a finding: both take longer than to read a line.
constexpr std::size_t bytes_a_line = 1000;

std::size_t cost_of(const Analysis& analysis) {
    const source::Findings& findings = analysis.findings;
    std::size_t bytes = (analysis.expanded_lines + findings.size() + findings.not_shown()) * bytes_a_line;
    for (FileId file = 0; file < analysis.sources.file_count(); ++file) bytes += analysis.sources.text(file).size();
    return bytes;
}

/// Says of places in the sources of one variant where they are in those of the whole.
class Translation {
public:
    Translation(const Sources& from, Sources& to) : from_(from), to_(to), origins_{{0, 0}} {
        std::map<Key, FileId> known;
        for (FileId file = 0; file < to.file_count(); ++file)
            known.emplace(key_of(to, file, file_of_directive(to, file)), file);
        for (FileId file = 0; file < from.file_count(); ++file) {
            const FileId around = from.inclusion(file).included ? files_[from.inclusion(file).directive.file] : 0;
            const auto [at, is_new] = known.try_emplace(key_of(from, file, around), 0);
            if (is_new) {
                source::Inclusion inclusion = from.inclusion(file);
                inclusion.directive.file = around;
                at->second = to.add(from.name(file), from.text(file), inclusion);
            }
            files_.push_back(at->second);
        }
    }

    [[nodiscard]] FileId file(FileId id) const { return files_[id]; }

    [[nodiscard]] Range range(Range range) const {
        range.file = files_[range.file];
        return range;
    }

    Finding finding(Finding finding) {
        finding.where = {range(finding.where.range), origin(finding.where.origin)};
        for (source::Note& note : finding.notes) note.range = range(note.range);
        for (source::Fix& fix : finding.fixes) {
            for (source::Edit& edit : fix.edits) edit.range = range(edit.range);
        }
        return finding;
    }

private:
    /// A file is the same when it was included by the same line.
    using Key = std::tuple<std::string, bool, FileId, source::Position>;
    static Key key_of(const Sources& sources, FileId file, FileId around) {
        const source::Inclusion& inclusion = sources.inclusion(file);
        return {sources.name(file), inclusion.included, around, inclusion.directive.begin};
    }
    static FileId file_of_directive(const Sources& sources, FileId file) {
        return sources.inclusion(file).included ? sources.inclusion(file).directive.file : 0;
    }

    OriginId origin(OriginId id) {
        if (const auto known = origins_.find(id); known != origins_.end()) return known->second;
        source::Origin copy = from_.origin(id);
        if (copy.has_definition) copy.defined = range(copy.defined);
        copy.used = range(copy.used);
        copy.parent = origin(copy.parent);
        return origins_[id] = to_.add_origin(std::move(copy));
    }

    const Sources& from_;
    Sources& to_;
    std::vector<FileId> files_;
    std::map<OriginId, OriginId> origins_;
};

/// What was found for the ids so far, each finding once.
class Whole {
public:
    /// Adds what was found for an id. `translate` gives a finding with its places in the sources of the whole.
    template <class Translate>
    void add(Findings found, const std::string& id, const Translate& translate) {
        ++variants_;
        Findings fresh;
        for (Finding& finding : found) {
            Finding here = translate(std::move(finding));
            const auto [at, is_new] = known_.try_emplace(
                Key{here.rule, here.where.range.file, here.where.range.begin, here.where.range.end}, findings_.size());
            if (is_new) {
                here.config_ids = {id};
                findings_.push_back(std::move(here));
            } else if (Finding& told = findings_[at->second]; told.config_ids.back() != id) {
                told.severity = std::min(told.severity, here.severity);
                told.config_ids.push_back(id);
            }
        }
        found.erase(found.begin(), found.end());
        not_shown_.append(std::move(found));
    }

    /// All of it, unsorted.
    Findings take() {
        Findings all = std::move(not_shown_);
        for (Finding& finding : findings_) {
            if (finding.config_ids.size() == variants_) finding.config_ids.clear();
            all.push_back(std::move(finding));
        }
        return all;
    }

private:
    using Key = std::tuple<std::string_view, FileId, source::Position, source::Position>;
    std::map<Key, std::size_t> known_;
    std::vector<Finding> findings_;
    Findings not_shown_;  ///< only their number
    std::size_t variants_ = 0;
};

/// Says which lines none of the readings read.
void report_unread(const Conditions& conditions, const Sources& sources, Findings& findings) {
    std::vector<Conditions::Line> read = conditions.read();
    std::vector<Conditions::Line> passed_over = conditions.passed_over();
    std::ranges::sort(read);
    std::ranges::sort(passed_over);
    passed_over.erase(std::unique(passed_over.begin(), passed_over.end()), passed_over.end());
    std::vector<Conditions::Line> unread;
    std::ranges::set_difference(passed_over, read, std::back_inserter(unread));
    for (const Conditions::Line& line : unread) {
        const auto length = static_cast<std::uint32_t>(sources.line(line.file, line.line).size());
        const Range range{line.file, {line.line, line.column}, {line.line, std::max(line.column, length + 1)}};
        findings.push_back({"unread-condition",
                            Severity::warning,
                            {range, 0},
                            "no node reads this line: its condition holds for no id for which this place is read",
                            "nothing in it was checked",
                            {},
                            {}});
    }
}

/// An id that none of the lines names.
std::string other_id(const std::vector<std::string>& ids) {
    std::string id = "another-node";
    while (std::ranges::find(ids, id) != ids.end()) id += '-';
    return id;
}

void report_unchecked(const Conditions& conditions, std::size_t checked, Findings& findings) {
    const std::size_t all = conditions.ids().size();
    const std::string& id = conditions.ids()[checked];
    const Conditions::Line& line = conditions.first_lines()[checked];
    const auto length = static_cast<std::uint32_t>(id.size());
    const Range range{line.file, {line.line, line.column}, {line.line, line.column + 1 + length}};
    findings.push_back({"unchecked-ids",
                        Severity::warning,
                        {range, 0},
                        fmt::format("{} of the {}{} ids that this file names {} not checked, `{}' the first of them",
                                    all - checked, all >= Conditions::most_ids ? "more than " : "", all,
                                    all - checked == 1 ? "was" : "were", base::shortened(id)),
                        "check them with -i ID",
                        {},
                        {}});
}

}  // namespace

Result<Analysis> analyse_variants(const std::string& path, const AnalysisOptions& options) {
    auto first = analyse_file(path, options);
    if (!first || first->conditions.ids().empty()) return first;
    Analysis whole = *std::move(first);
    const std::string text(whole.sources.text(0));
    AnalysisOptions its = options;
    std::size_t cost = cost_of(whole);
    if (std::ranges::find(whole.conditions.ids(), syntax::default_config_id()) != whole.conditions.ids().end()) {
        // The name of this machine is one of the ids.
        its.config_id = other_id(whole.conditions.ids());
        whole = analyse(path, text, its);
    }
    Whole findings;
    findings.add(std::move(whole.findings), std::string(source::any_other_id), [](Finding finding) { return finding; });
    std::size_t checked = 0;
    // What an id reads may name further ones.
    for (; checked < whole.conditions.ids().size() && checked < most_variants; ++checked) {
        if (checked + 1 >= least_variants && cost > most_bytes) break;
        const std::string id = whole.conditions.ids()[checked];
        its.config_id = id;
        Analysis analysis = analyse(path, text, its);
        cost += cost_of(analysis);
        Translation translation(analysis.sources, whole.sources);
        whole.conditions.merge(analysis.conditions, [&](FileId file) { return translation.file(file); });
        findings.add(std::move(analysis.findings), id,
                     [&](Finding finding) { return translation.finding(std::move(finding)); });
    }
    whole.findings = findings.take();
    if (checked < whole.conditions.ids().size())
        report_unchecked(whole.conditions, checked, whole.findings);
    else
        report_unread(whole.conditions, whole.sources, whole.findings);
    source::sort_findings(whole.findings);
    return whole;
}

std::string ids_suffix(const Finding& finding) {
    if (finding.config_ids.empty()) return {};
    constexpr std::size_t most = 4;
    std::string names;
    for (std::size_t i = 0; i < std::min(most, finding.config_ids.size()); ++i) {
        const std::string& id = finding.config_ids[i];
        if (i > 0) names += ", ";
        names += id == source::any_other_id ? "ids that no line names" : base::shortened(id);
    }
    if (finding.config_ids.size() > most) names += fmt::format(" and {} more", finding.config_ids.size() - most);
    return fmt::format(" (only for {})", names);
}

bool is_of_named_ids(const Finding& finding) {
    return !finding.config_ids.empty() &&
           std::ranges::find(finding.config_ids, source::any_other_id) == finding.config_ids.end();
}

std::span<const RulePage> variant_pages() {
    return pages;
}

}  // namespace lbctl::validate
