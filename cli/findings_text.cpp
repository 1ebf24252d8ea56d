#include "cli/findings_text.h"
#include "cli/counted.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace lbctl::cli {

namespace {

using source::Finding;
using source::Range;
using source::Severity;
using source::Sources;

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

std::string place(const Sources& sources, const Range& range) {
    return fmt::format("{}:{}:{}", sources.name(range.file), range.begin.line, range.begin.column);
}

/// How many terminal columns the UTF-8 text up to a byte takes, every character counting one.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Control and foreign bytes must not reach the terminal as they are.
std::string printable(std::string_view line) {
    std::string text;
    for (const char c : line) {
        const auto byte = static_cast<unsigned char>(c);
        text += byte < 0x20 || byte == 0x7f ? (c == '\t' ? ' ' : '?') : c;
    }
    return text;
}

void add_source_line(std::string& out, const Sources& sources, const Finding& finding, const Style& style) {
    constexpr std::size_t widest = 160;
    const Range& range = finding.where.range;
    const std::string_view line = sources.line(range.file, range.begin.line);
    const std::size_t column = std::min<std::size_t>(range.begin.column - 1, line.size());
    // A very long line is shown from shortly before the place on.
    const std::size_t from = column > widest / 2 ? column - widest / 2 : 0;
    const std::string shown = printable(line.substr(from, widest));
    const bool one_line = range.begin.line == range.end.line && range.end.column > range.begin.column;
    const std::size_t end = one_line ? std::min<std::size_t>(range.end.column - 1, line.size()) : column + 1;
    const std::size_t length =
        std::max<std::size_t>(width(line.substr(column, std::min(std::max(end, column) - column, widest))), 1);
    const std::size_t indent = width(line.substr(from, column - from));
    fmt::format_to(std::back_inserter(out), "{:>5} | {}\n      | {}{}^{}{}", range.begin.line, shown,
                   std::string(indent, ' '), style.underline, std::string(std::min(length, widest) - 1, '~'),
                   style.off);
    if (!finding.hint.empty()) fmt::format_to(std::back_inserter(out), " {}", finding.hint);
    out += '\n';
}

void add_origins(std::string& out, const Sources& sources, const Finding& finding, const Style& style) {
    for (source::OriginId id = finding.where.origin; id != 0; id = sources.origin(id).parent) {
        const source::Origin& origin = sources.origin(id);
        if (origin.has_definition) {
            fmt::format_to(std::back_inserter(out), "{}: {}note:{} from ${}, defined here\n",
                           place(sources, origin.defined), style.note, style.off, origin.name);
        } else {
            fmt::format_to(std::back_inserter(out), "{}: {}note:{} from ${}\n", place(sources, origin.used), style.note,
                           style.off, origin.name);
        }
    }
    const source::Inclusion& inclusion = sources.inclusion(finding.where.range.file);
    if (inclusion.included) {
        fmt::format_to(std::back_inserter(out), "{}: {}note:{} included here\n", place(sources, inclusion.directive),
                       style.note, style.off);
    }
}

}  // namespace

std::string findings_text(const Sources& sources, const source::Findings& findings, bool colour) {
    std::string out;
    for (const Finding& finding : findings) {
        const Style style = style_of(finding.severity, colour);
        fmt::format_to(std::back_inserter(out), "{}{}:{} {}{}:{} {} [{}]\n", style.bold,
                       place(sources, finding.where.range), style.off, style.severity,
                       source::to_string(finding.severity), style.off, finding.message, finding.rule);
        add_source_line(out, sources, finding, style);
        add_origins(out, sources, finding, style);
        for (const source::Note& note : finding.notes) {
            fmt::format_to(std::back_inserter(out), "{}: {}note:{} {}\n", place(sources, note.range), style.note,
                           style.off, note.message);
        }
    }
    return out;
}

std::string findings_summary(std::span<const validate::Analysis> analyses) {
    std::size_t untold = 0;
    std::array<std::size_t, 3> counts{};
    for (const validate::Analysis& analysis : analyses) {
        untold += analysis.findings.untold();
        for (const Finding& finding : analysis.findings) ++counts[static_cast<std::size_t>(finding.severity)];
    }
    const auto count = [&](Severity severity) { return counts[static_cast<std::size_t>(severity)]; };
    if (std::ranges::all_of(counts, [](std::size_t number) { return number == 0; })) return {};
    std::string text =
        fmt::format("{}, {}, {}", counted(count(Severity::error), "error"),
                    counted(count(Severity::warning), "warning"), counted(count(Severity::info), "info"));
    if (untold > 0) text += fmt::format(", and {} more that are not shown", untold);
    return text;
}

}  // namespace lbctl::cli
