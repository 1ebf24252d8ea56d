#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/render/quoted_line.h"
#include "grammar/base/result.h"
#include "grammar/source/finding.h"
#include "grammar/source/sources.h"
#include "grammar/validate/rule.h"

/// Findings as they are told: what every format is made from. Secrets are masked here, once for all formats, and a
/// format sees nothing of the files but what is in here.
namespace lbctl::cli {

/// A file that was to be checked and could not be read.
struct UnreadFile {
    std::string name;
    Failure failure;
};

/// What formats without a place for such files call it.
inline constexpr std::string_view unreadable_rule = "unreadable-file";

/// A place in a file.
struct ReportedPlace {
    std::string file;                   ///< see relative_path()
    source::Position begin;             ///< columns in bytes
    source::Position end;               ///< the place after the last byte
    std::uint32_t begin_character = 1;  ///< the columns of both in characters of Unicode
    std::uint32_t end_character = 1;

    [[nodiscard]] bool is_in_one_line() const { return begin.line == end.line; }
};

struct ReportedNote {
    ReportedPlace place;
    std::string message;
};

struct ReportedEdit {
    ReportedPlace place;
    std::string text;
};

struct ReportedFix {
    std::string title;
    source::Applicability applicability = source::Applicability::needs_review;
    std::vector<ReportedEdit> edits;
};

struct ReportedFinding {
    std::string_view rule;
    source::Severity severity = source::Severity::error;
    validate::Origin origin = validate::Origin::keepalived;
    ReportedPlace place;
    std::string message;
    std::vector<std::string> config_ids;  ///< see source::Finding
    std::string only_for;                 ///< the same after the message: " (only for lb1, lb2)"; empty: for all ids
    std::string hint;                     ///< may be empty
    QuotedLine line;                      ///< that it begins in
    std::vector<ReportedNote> notes;      ///< the other places that it speaks of
    std::vector<ReportedNote> way;  ///< how its text came there: parameters, then include lines, the innermost first
    std::vector<ReportedFix> fixes;
    std::vector<std::string> roots;  ///< the files that a person named through which its file was read, at least one
    std::string fingerprint;         ///< see Fingerprints; empty when none was asked for
    const validate::RulePage* page = nullptr;  ///< of the rule; null: it has none
    std::optional<source::Advice> advice;      ///< its commands are in `hint', too

    /// The message with the ids for which it holds.
    [[nodiscard]] std::string full_message() const { return message + only_for; }

    /// The same with the hint, in one line.
    [[nodiscard]] std::string message_with_hint() const;

    /// The other places of both kinds: notes, then the way.
    [[nodiscard]] std::vector<ReportedNote> related() const;
};

struct FindingsReport {
    std::string_view command = "lint";  ///< of lbctl, which found them
    std::vector<ReportedFinding> findings;
    std::vector<std::string> files;  ///< that a person named and that were read
    std::vector<UnreadFile> unread;
    std::size_t not_shown = 0;                             ///< beyond the limit of Findings
    std::size_t below_threshold = 0;                       ///< less severe than what was asked for
    source::Severity fail_on = source::Severity::warning;  ///< the least severity that makes a check fail

    [[nodiscard]] std::size_t count(source::Severity severity) const;
    [[nodiscard]] bool fails(const ReportedFinding& finding) const { return finding.severity <= fail_on; }
};

/// Findings with the files that they stand in. The list may be that of a cluster's node.
struct FindingsOfFile {
    const source::Sources& sources;
    const source::Findings& findings;
};

struct ReportOptions {
    source::Severity least_severity = source::Severity::info;  ///< of what is shown
    source::Severity fail_on = source::Severity::warning;
    bool fingerprints = false;
    std::string_view command = "lint";  ///< of lbctl, which found them
    const validate::RulePage* (*page_of)(std::string_view rule) = validate::find_rule_page;
};

/// Makes the report of some lists of findings, in their order. What several of them say of one place of one file is
/// told once, with all the roots.
[[nodiscard]] FindingsReport findings_report(std::span<const FindingsOfFile> lists, std::vector<UnreadFile> unread,
                                             const ReportOptions& options);

/// The findings of one file, in the order of the report.
struct FileFindings {
    std::string_view file;
    std::vector<const ReportedFinding*> findings;
};

/// The findings file by file, for formats that are laid out so; files without findings come, too.
[[nodiscard]] std::vector<FileFindings> by_file(const FindingsReport& report);

}  // namespace lbctl::cli
