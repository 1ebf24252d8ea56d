#include <fmt/format.h>

#include <string>
#include <string_view>

#include "cli/render/findings_format.h"
#include "grammar/base/append.h"
#include "grammar/base/shortened.h"
#include "grammar/base/shown_text.h"

// Workflow commands of GitHub Actions, which its runner turns into annotations.
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
// The runner shows ten of each level a step; the others stand in the log.
namespace lbctl::cli {

namespace {

/// The runner cuts a message after 4,096 characters, wherever that is.
constexpr std::size_t longest_message = 4000;

std::string_view level_of(source::Severity severity) {
    return severity == source::Severity::info ? "notice" : source::to_string(severity);
}

/// The text with the characters that end a command or, in a property, that one as %XX; `%' is always one of them.
std::string escaped(std::string_view text, std::string_view special) {
    std::string out;
    for (const char c : text) {
        if (c == '%' || special.find(c) != std::string_view::npos)
            base::append(out, "%{:02X}", static_cast<unsigned char>(c));
        else
            out += c;
    }
    return out;
}

std::string in_message(std::string_view text) {
    return escaped(base::shortened(text, longest_message), "\r\n");
}

std::string in_property(std::string_view text) {
    return escaped(base::shown(text), "\r\n:,");
}

std::string message_of(const ReportedFinding& finding) {
    std::string text = base::shown(finding.full_message());
    if (!finding.hint.empty()) base::append(text, "\n{}", base::shown(finding.hint));
    for (const ReportedNote& note : finding.related()) {
        base::append(text, "\n{}:{}: {}", base::shown(note.place.file), note.place.begin.line,
                     base::shown(note.message));
    }
    return text;
}

/// Columns are allowed in one line only.
std::string position_of(const ReportedPlace& place) {
    std::string text = fmt::format("line={},endLine={}", place.begin.line, place.end.line);
    if (place.is_in_one_line()) base::append(text, ",col={},endColumn={}", place.begin_character, place.end_character);
    return text;
}

std::string write(const FindingsReport& report, const FindingsStyle&) {
    std::string text;
    for (const ReportedFinding& finding : report.findings) {
        base::append(text, "::{} title=lbctl {},file={},{}::{}\n", level_of(finding.severity), finding.rule,
                     in_property(finding.place.file), position_of(finding.place), in_message(message_of(finding)));
    }
    for (const UnreadFile& file : report.unread) {
        base::append(text, "::error title=lbctl {},file={}::{}\n", unreadable_rule, in_property(file.name),
                     in_message(base::shown(file.failure.message)));
    }
    return text;
}

}  // namespace

extern const FindingsFormat github_format{.name = "github", .write = write};

}  // namespace lbctl::cli
