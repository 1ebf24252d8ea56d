#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "cli/counted.h"
#include "cli/render/findings_format.h"
#include "cli/render/findings_text.h"
#include "grammar/base/append.h"
#include "grammar/base/shown_text.h"

namespace lbctl::cli {

namespace {

using source::Severity;

struct Style {
    std::string_view bold, severity, note, underline, off;
};

Style style_of(Severity severity, bool colour) {
    if (!colour) return {};
    switch (severity) {
        case Severity::error:
            return {"\x1b[1m", "\x1b[1;31m", "\x1b[1;36m", "\x1b[1;32m", "\x1b[0m"};
        case Severity::warning:
            return {"\x1b[1m", "\x1b[1;35m", "\x1b[1;36m", "\x1b[1;32m", "\x1b[0m"};
        case Severity::info:
            break;
    }
    return {"\x1b[1m", "\x1b[1;34m", "\x1b[1;36m", "\x1b[1;32m", "\x1b[0m"};
}

std::string text_of(const ReportedPlace& place) {
    return fmt::format("{}:{}:{}", base::shown(place.file), place.begin.line, place.begin.column);
}

void add_quoted_line(std::string& out, const ReportedFinding& finding, const Style& style) {
    const QuotedLine& line = finding.line;
    const std::string before = base::shown(line.text, 0, line.mark_begin);
    const std::string marked = base::shown(line.text, line.mark_begin, line.mark_end);
    const std::string behind = base::shown(line.text, line.mark_end, line.text.size());
    const std::size_t length = std::max<std::size_t>(base::columns_of(marked), 1);
    const std::string number = fmt::format("{:>5}", finding.place.begin.line);
    base::append(out, "{} | {}{}{}\n{:{}} | {}{}^{}{}", number, before, marked, behind, "", number.size(),
                 std::string(base::columns_of(before), ' '), style.underline, std::string(length - 1, '~'), style.off);
    if (!finding.hint.empty() && !finding.advice) base::append(out, " {}", base::shown(finding.hint));
    out += '\n';
}

/// Each of its parts in a line.
void add_advice(std::string& out, const source::Advice& advice, const Style& style) {
    const auto add = [&](std::string_view title, const std::string& text) {
        if (!text.empty()) base::append(out, "{}{:>9}:{} {}\n", style.note, title, style.off, base::shown(text));
    };
    add("why", advice.why);
    add("run", advice.command);
    add("do", advice.what_to_do);
    add("source", advice.source);
}

void add_notes(std::string& out, std::span<const ReportedNote> notes, const Style& style) {
    for (const ReportedNote& note : notes) {
        base::append(out, "{}: {}note:{} {}\n", text_of(note.place), style.note, style.off, base::shown(note.message));
    }
}

/// The other files that include the one with the finding; three of them by name.
std::string other_roots(const ReportedFinding& finding) {
    constexpr std::size_t most = 3;
    std::string text;
    const std::size_t others = finding.roots.size() - 1;
    for (std::size_t i = 0; i < std::min(others, most); ++i)
        base::append(text, "{}{}", i == 0 ? "" : ", ", base::shown(finding.roots[i + 1]));
    if (others > most) base::append(text, " and {} more", others - most);
    return text;
}

std::string write(const FindingsReport& report, const FindingsStyle& style) {
    return findings_text(report, style.colour);
}

}  // namespace

extern const FindingsFormat text_format{.name = "text", .write = write, .is_for_people = true};

std::string findings_text(const FindingsReport& report, bool colour) {
    std::string out;
    for (const ReportedFinding& finding : report.findings) {
        const Style style = style_of(finding.severity, colour);
        base::append(out, "{}{}:{} {}{}:{} {} [{}]\n", style.bold, text_of(finding.place), style.off, style.severity,
                     source::to_string(finding.severity), style.off, base::shown(finding.full_message()), finding.rule);
        add_quoted_line(out, finding, style);
        add_notes(out, finding.way, style);
        if (finding.roots.size() > 1) {
            base::append(out, "{}: {}note:{} the same through {}\n", text_of(finding.place), style.note, style.off,
                         other_roots(finding));
        }
        add_notes(out, finding.notes, style);
        if (finding.advice) add_advice(out, *finding.advice, style);
    }
    return out;
}

std::string findings_text(const source::Sources& sources, const source::Findings& findings, bool colour) {
    if (findings.empty()) return {};
    const FindingsOfFile list{sources, findings};
    return findings_text(findings_report({&list, 1}, {}, {}), colour);
}

std::string findings_summary(const FindingsReport& report) {
    if (report.findings.empty() && report.below_threshold == 0) return {};
    std::string text =
        fmt::format("{}, {}, {}", counted(report.count(Severity::error), "error"),
                    counted(report.count(Severity::warning), "warning"), counted(report.count(Severity::info), "info"));
    if (report.not_shown > 0) text += fmt::format(", and {} more that are not shown", report.not_shown);
    if (report.below_threshold > 0) text += fmt::format("; {} below --min-severity", report.below_threshold);
    return text;
}

}  // namespace lbctl::cli
