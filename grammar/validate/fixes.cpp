#include "grammar/validate/fixes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/syntax/physical_lines.h"

namespace lbctl::validate {

namespace {

using source::Applicability;
using source::Edit;
using source::Finding;
using source::Fix;
using source::Position;
using source::Range;
using source::Remedy;
using source::Severity;
using source::Sources;

constexpr std::string_view blanks = " \t";

/// One line of a file, and what an edit of it looks like. Offsets count from its begin.
class Line {
public:
    Line(const Sources& sources, source::FileId file, std::uint32_t number)
        : file_(file), number_(number), text_(sources.line(file, number)) {
        const std::string_view all = sources.text(file);
        const std::size_t begin =
            text_.data() == nullptr ? all.size() : static_cast<std::size_t>(text_.data() - all.data());
        const std::size_t feed = all.find('\n', begin);
        whole_ = all.substr(begin, feed == std::string_view::npos ? feed : feed + 1 - begin);
        const std::size_t first_feed = all.find('\n');
        const bool returns = first_feed != std::string_view::npos && first_feed > 0 && all[first_feed - 1] == '\r';
        end_of_line_ = returns ? "\r\n" : "\n";
    }

    /// Without its end.
    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] std::string_view end_of_line() const { return end_of_line_; }

    [[nodiscard]] std::string_view indentation() const {
        return text_.substr(0, std::min(text_.find_first_not_of(blanks), text_.size()));
    }

    [[nodiscard]] Edit edit(std::size_t begin, std::size_t end, std::string text) const {
        return {
            {file_, position(begin), position(end)}, std::string(text_.substr(begin, end - begin)), std::move(text)};
    }

    /// Takes the bytes out; with the blanks before them where something is left of the line, or else with the line.
    [[nodiscard]] Edit removal(std::size_t begin, std::size_t end) const {
        const std::size_t before = text_.substr(0, begin).find_last_not_of(blanks);
        const bool is_last = text_.find_first_not_of(blanks, end) == std::string_view::npos;
        if (before == std::string_view::npos && is_last) {
            const bool ends = whole_.ends_with('\n');
            return {{file_, {number_, 1}, ends ? Position{number_ + 1, 1} : position(text_.size())},
                    std::string(ends ? whole_ : text_),
                    {}};
        }
        return edit(before == std::string_view::npos ? begin : before + 1, end, {});
    }

private:
    [[nodiscard]] Position position(std::size_t offset) const {
        return {number_, static_cast<std::uint32_t>(offset) + 1};
    }

    source::FileId file_;
    std::uint32_t number_;
    std::string_view text_;
    std::string_view whole_;
    std::string_view end_of_line_;
};

/// A stretch of one line.
struct Stretch {
    Line line;
    std::size_t begin = 0;
    std::size_t end = 0;
    [[nodiscard]] std::string_view text() const { return line.text().substr(begin, end - begin); }
};

/// Nothing for what is not written as it is read.
std::optional<Stretch> stretch_of(const Sources& sources, const source::Location& where) {
    const Range& range = where.range;
    if (where.origin != 0 || range.begin.line != range.end.line) return std::nullopt;
    Stretch stretch{Line(sources, range.file, range.begin.line), range.begin.column - 1U, range.end.column - 1U};
    if (stretch.begin > stretch.end || stretch.end > stretch.line.text().size()) return std::nullopt;
    return stretch;
}

Fix fix(std::string title, Edit edit, Applicability applicability) {
    return {std::move(title), {std::move(edit)}, applicability};
}

/// Where a statement that begins at `begin` ends; nothing when more than it stands on its line.
std::optional<std::size_t> end_of_statement(const Line& line, std::size_t begin) {
    const std::string_view text = line.text();
    if (text.substr(0, begin).find_first_not_of(blanks) != std::string_view::npos) return std::nullopt;
    if (text.find_first_of("{}#!\"", begin) != std::string_view::npos) return std::nullopt;
    return text.find_last_not_of(blanks) + 1;
}

std::optional<Fix> write_instead(const Stretch& found, const Remedy& remedy) {
    // A word of which a part came from a parameter is not the word that was read.
    const bool has_reference = found.text().find('$', 1) != std::string_view::npos ||
                               (found.text().starts_with('$') && !remedy.text.starts_with("${"));
    if (has_reference) return std::nullopt;
    return fix(fmt::format("write `{}'", remedy.text), found.line.edit(found.begin, found.end, remedy.text),
               remedy.applicability);
}

std::optional<Fix> leave_line_out(const Stretch& found, const Remedy& remedy) {
    const auto end = end_of_statement(found.line, found.begin);
    if (!end) return std::nullopt;
    return fix("leave the line out", found.line.removal(found.begin, *end), remedy.applicability);
}

std::optional<Fix> begin_line(const Stretch& found, const Remedy& remedy) {
    const std::size_t before = found.line.text().substr(0, found.begin).find_last_not_of(blanks);
    if (before == std::string_view::npos) return std::nullopt;
    std::string text(found.line.end_of_line());
    text += found.line.indentation();
    return fix(fmt::format("begin a line with `{}'", found.text()),
               found.line.edit(before + 1, found.begin, std::move(text)), remedy.applicability);
}

std::optional<Fix> join_with_next(const Stretch& found, const Remedy& remedy) {
    const std::size_t next = found.line.text().find_first_not_of(blanks, found.end);
    if (next == std::string_view::npos || next == found.end) return std::nullopt;
    return fix(fmt::format("write `{}' for the blank", remedy.text), found.line.edit(found.end, next, remedy.text),
               remedy.applicability);
}

/// As far in as the blocks begin, and with the line end of the file; nothing where one begins in another file.
std::optional<std::string> closing_lines(const Sources& sources, const Stretch& found, const Remedy& remedy,
                                         bool line_end_first) {
    std::string text;
    for (const source::Location& header : remedy.blocks) {
        const auto block = stretch_of(sources, header);
        if (!block || header.range.file != remedy.where->range.file) return std::nullopt;
        if (line_end_first) text.append(found.line.end_of_line());
        text.append(block->line.indentation()).append("}");
        if (!line_end_first) text.append(found.line.end_of_line());
    }
    return text;
}

std::string closing_title(const Remedy& remedy) {
    const std::size_t count = remedy.blocks.size();
    return count == 1 ? std::string("close the block") : fmt::format("close the {} blocks", count);
}

std::optional<Fix> close_before(const Sources& sources, const Stretch& found, const Remedy& remedy) {
    auto lines = closing_lines(sources, found, remedy, false);
    if (!lines) return std::nullopt;
    return fix(closing_title(remedy), found.line.edit(0, 0, *std::move(lines)), remedy.applicability);
}

std::optional<Fix> close_after(const Sources& sources, const Stretch& found, const Remedy& remedy) {
    auto lines = closing_lines(sources, found, remedy, true);
    if (!lines) return std::nullopt;
    const std::size_t end = found.line.text().size();
    return fix(closing_title(remedy), found.line.edit(end, end, *std::move(lines)), remedy.applicability);
}

std::optional<Fix> fix_of(const Sources& sources, const Remedy& remedy) {
    const auto found = stretch_of(sources, *remedy.where);
    if (!found) return std::nullopt;
    switch (remedy.kind) {
        case Remedy::Kind::write:
            return write_instead(*found, remedy);
        case Remedy::Kind::leave_out:
            return fix(fmt::format("leave out `{}'", found->text()), found->line.removal(found->begin, found->end),
                       remedy.applicability);
        case Remedy::Kind::leave_out_line:
            return leave_line_out(*found, remedy);
        case Remedy::Kind::join_with_next:
            return join_with_next(*found, remedy);
        case Remedy::Kind::begin_line:
            return begin_line(*found, remedy);
        case Remedy::Kind::open_block:
            return fix("write the `{'", found->line.edit(found->end, found->end, " {"), remedy.applicability);
        case Remedy::Kind::close_before:
            return close_before(sources, *found, remedy);
        case Remedy::Kind::close_after:
            return close_after(sources, *found, remedy);
    }
    return std::nullopt;
}

std::optional<Fix> without_byte_order_mark(const Sources& /*sources*/, const Finding& /*finding*/,
                                           const Stretch& found) {
    return fix("leave out the byte order mark", found.line.edit(found.begin, found.end, {}), Applicability::safe);
}

/// What keepalived takes for a part of a word that fits may be meant.
Applicability only_errors(const Finding& finding) {
    return finding.severity == Severity::error ? Applicability::safe : Applicability::needs_review;
}

std::optional<Fix> with_blank(const Sources& /*sources*/, const Finding& finding, const Stretch& found) {
    return fix("write a blank", found.line.edit(found.begin, found.end, " "), only_errors(finding));
}

/// All curly quotes of the line at once: one alone would not be closed.
std::optional<Fix> with_plain_quotes(const Sources& /*sources*/, const Finding& finding, const Stretch& found) {
    constexpr std::array<std::string_view, 3> double_quotes{"\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x9E"};
    const std::string_view text = found.line.text();
    if (text.find('"') != std::string_view::npos) return std::nullopt;
    Fix result{"write ordinary quotes", {}, only_errors(finding)};
    for (std::size_t at = found.begin; at < text.size(); ++at) {
        for (const std::string_view quote : double_quotes) {
            if (text.substr(at).starts_with(quote))
                result.edits.push_back(found.line.edit(at, at + quote.size(), "\""));
        }
    }
    if (result.edits.size() != 2) return std::nullopt;
    return result;
}

/// The sign that ends what was found.
template <char sign>
std::optional<Fix> without_last(const Sources& /*sources*/, const Finding& finding, const Stretch& found) {
    if (!found.text().ends_with(sign)) return std::nullopt;
    // The line after a backslash was meant to go on.
    const auto applicability = sign == ';' ? only_errors(finding) : Applicability::needs_review;
    return fix(fmt::format("leave out the `{}'", sign), found.line.removal(found.end - 1, found.end), applicability);
}

/// The file is read as if all carriage returns that end lines were line feeds; it is told once.
std::optional<Fix> with_line_feeds(const Sources& sources, const Finding& finding, const Stretch& /*found*/) {
    Fix result{"end the lines with line feeds", {}, Applicability::safe};
    const source::FileId file = finding.where.range.file;
    std::string_view rest = sources.text(file);
    for (std::uint32_t number = 1; !rest.empty(); ++number) {
        const std::string_view text = source::take_line(rest);
        if (text.find('\r') == std::string_view::npos) continue;
        const Line line(sources, file, number);
        for (std::size_t from = 0;;) {
            const std::size_t at = syntax::carriage_return_in(text.substr(from));
            if (at == std::string_view::npos) break;
            const std::size_t behind = std::min(text.find_first_not_of('\r', from + at), text.size());
            result.edits.push_back(line.edit(from + at, behind, "\n"));
            from = behind;
        }
    }
    if (result.edits.empty()) return std::nullopt;
    return result;
}

/// Rules of which the text alone says how it is mended.
struct FixOfRule {
    std::string_view rule;
    std::optional<Fix> (*make)(const Sources& sources, const Finding& finding, const Stretch& found);
};

constexpr auto fixes_of_rules = std::to_array<FixOfRule>({
    {"byte-order-mark", without_byte_order_mark},
    {"carriage-return", with_line_feeds},
    {"odd-quote", with_plain_quotes},
    {"odd-space", with_blank},
    {"trailing-backslash", without_last<'\\'>},
    {"trailing-semicolon", without_last<';'>},
});

std::optional<Fix> fix_of(const Sources& sources, const Finding& finding) {
    if (finding.remedy) {
        Remedy remedy = *finding.remedy;
        if (!remedy.where) remedy.where = finding.where;
        return fix_of(sources, remedy);
    }
    const auto* const known = std::ranges::find(fixes_of_rules, finding.rule, &FixOfRule::rule);
    if (known == fixes_of_rules.end()) return std::nullopt;
    const auto found = stretch_of(sources, finding.where);
    return found ? known->make(sources, finding, *found) : std::nullopt;
}

}  // namespace

void offer_fixes(source::Findings& findings, const source::Sources& sources) {
    for (Finding& finding : findings) {
        if (auto fix = fix_of(sources, finding)) finding.fixes.push_back(*std::move(fix));
    }
}

}  // namespace lbctl::validate
