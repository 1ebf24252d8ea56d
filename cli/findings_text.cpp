#include "cli/findings_text.h"
#include "cli/counted.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "grammar/ast/secret_text.h"
#include "grammar/base/shown_text.h"
#include "grammar/validate/variants.h"

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
    return fmt::format("{}:{}:{}", base::shown(sources.name(range.file)), range.begin.line, range.begin.column);
}

/// A part of a line that begins and ends between characters, and what of it is underlined.
struct Extract {
    std::string text;  ///< blanks in the place of tabs, no secret
    std::size_t mark_begin = 0;
    std::size_t mark_end = 0;
};

/// The beginning of the character that `at` is in.
std::size_t character_begin(std::string_view line, std::size_t at) {
    constexpr std::size_t longest = 3;
    for (std::size_t back = 0; back <= longest && back <= at && at < line.size(); ++back) {
        if ((line[at - back] & 0xc0) != 0x80) return at - back;
    }
    return at;
}

Extract extract(std::string_view line, const Range& range, std::size_t secret_from) {
    constexpr std::size_t widest = 160;
    std::size_t column = std::min<std::size_t>(range.begin.column - 1, line.size());
    const bool one_line = range.begin.line == range.end.line && range.end.column > range.begin.column;
    std::size_t end = one_line ? std::min<std::size_t>(range.end.column - 1, line.size()) : column + 1;
    // A very long line is shown from shortly before the place on.
    const bool in_secret = column >= secret_from;
    column = std::min(column, secret_from);
    const std::size_t from = character_begin(line, column > widest / 2 ? column - widest / 2 : 0);
    const std::size_t until = character_begin(line, std::min(from + widest, line.size()));
    Extract part;
    if (secret_from < until) {
        part.text = ast::without_secret(line.substr(from), secret_from - from);
        if (in_secret || end > secret_from) end = from + part.text.size();
    } else {
        part.text = line.substr(from, until - from);
    }
    std::ranges::replace(part.text, '\t', ' ');
    part.mark_begin = column - from;
    part.mark_end = std::clamp(end - from, part.mark_begin, part.text.size());
    return part;
}

void add_source_line(std::string& out, const Sources& sources, const Finding& finding, std::size_t secret_from,
                     const Style& style) {
    const Range& range = finding.where.range;
    const Extract part = extract(sources.line(range.file, range.begin.line), range, secret_from);
    const std::string before = base::shown(part.text, 0, part.mark_begin);
    const std::string marked = base::shown(part.text, part.mark_begin, part.mark_end);
    const std::string behind = base::shown(part.text, part.mark_end, part.text.size());
    const std::size_t length = std::max<std::size_t>(base::columns_of(marked), 1);
    const std::string number = fmt::format("{:>5}", range.begin.line);
    fmt::format_to(std::back_inserter(out), "{} | {}{}{}\n{:{}} | {}{}^{}{}", number, before, marked, behind, "",
                   number.size(), std::string(base::columns_of(before), ' '), style.underline,
                   std::string(length - 1, '~'), style.off);
    if (!finding.hint.empty()) fmt::format_to(std::back_inserter(out), " {}", base::shown(finding.hint));
    out += '\n';
}

void add_origins(std::string& out, const Sources& sources, const Finding& finding, const Style& style) {
    for (source::OriginId id = finding.where.origin; id != 0; id = sources.origin(id).parent) {
        const source::Origin& origin = sources.origin(id);
        if (origin.has_definition) {
            fmt::format_to(std::back_inserter(out), "{}: {}note:{} from ${}, defined here\n",
                           place(sources, origin.defined), style.note, style.off, base::shown(origin.name));
        } else {
            fmt::format_to(std::back_inserter(out), "{}: {}note:{} from ${}\n", place(sources, origin.used), style.note,
                           style.off, base::shown(origin.name));
        }
    }
    for (const Range& directive : source::inclusions(sources, finding.where.range.file)) {
        fmt::format_to(std::back_inserter(out), "{}: {}note:{} included here\n", place(sources, directive), style.note,
                       style.off);
    }
}

}  // namespace

std::string findings_text(const Sources& sources, const source::Findings& findings, bool colour) {
    std::string out;
    if (findings.empty()) return out;
    const ast::Secrets secrets(sources);
    for (const Finding& found : findings) {
        const Finding finding = secrets.shown(found);
        const Style style = style_of(finding.severity, colour);
        fmt::format_to(std::back_inserter(out), "{}{}:{} {}{}:{} {}{} [{}]\n", style.bold,
                       place(sources, finding.where.range), style.off, style.severity,
                       source::to_string(finding.severity), style.off, base::shown(finding.message),
                       base::shown(validate::ids_suffix(finding)), finding.rule);
        const Range& range = finding.where.range;
        add_source_line(out, sources, finding, secrets.in_line(range.file, range.begin.line), style);
        add_origins(out, sources, finding, style);
        for (const source::Note& note : finding.notes) {
            fmt::format_to(std::back_inserter(out), "{}: {}note:{} {}\n",
                           place(note.sources == nullptr ? sources : *note.sources, note.range), style.note, style.off,
                           base::shown(note.message));
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
