#include "grammar/syntax/physical_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "grammar/keywords/keyword.h"
#include "grammar/syntax/parameters.h"
#include "grammar/syntax/template_tag.h"

namespace lbctl::syntax {

namespace {

using source::Position;
using source::Severity;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Of a line that is too long this much is looked at, so that the finding is not the only one of a line that may have
/// been meant.
constexpr std::size_t longest_looked_at = 4096;

struct OddCharacter {
    std::string_view bytes;
    std::string_view name;
    bool is_quote = false;
};

/// Characters that look like a blank or like a quote and are read as a part of a word.
constexpr std::array<OddCharacter, 13> odd_characters{{
    {"\xC2\xA0", "no-break space (U+00A0)"},
    {"\xE3\x80\x80", "full-width space (U+3000)"},
    {"\xE2\x80\x83", "em space (U+2003)"},
    {"\xE2\x80\x82", "en space (U+2002)"},
    {"\xE2\x80\xAF", "narrow no-break space (U+202F)"},
    {"\xE2\x80\x8B", "zero-width space (U+200B)"},
    {"\xE2\x80\xA8", "line separator (U+2028)"},
    {"\xEF\xBB\xBF", "byte order mark (U+FEFF)"},
    {"\xE2\x80\x9C", "curly quote (U+201C)", true},
    {"\xE2\x80\x9D", "curly quote (U+201D)", true},
    {"\xE2\x80\x9E", "low quote (U+201E)", true},
    {"\xE2\x80\x98", "curly quote (U+2018)", true},
    {"\xE2\x80\x99", "curly quote (U+2019)", true},
}};

const OddCharacter* odd_character_at(std::string_view text) {
    for (const OddCharacter& character : odd_characters) {
        if (text.starts_with(character.bytes)) return &character;
    }
    return nullptr;
}

/// What git and others put around the sides of a merge: seven of one sign at the start of a line.
bool is_merge_marker(std::string_view line) {
    constexpr std::size_t length = 7;
    constexpr auto is_sign = [](char c) { return c == '<' || c == '|' || c == '=' || c == '>'; };
    if (line.empty() || !is_sign(line.front())) return false;
    const std::size_t run = std::min(line.find_first_not_of(line.front()), line.size());
    return run == length && (line.size() == run || line[run] == ' ');
}

}  // namespace

std::size_t carriage_return_in(std::string_view line) {
    bool quoted = false;
    bool comment = false;
    for (std::size_t i = line.find_first_not_of(" \t\r"); i < line.size(); ++i) {
        const char c = line[i];
        if (c == '"' && !comment) quoted = !quoted;
        if ((c == '#' || c == '!') && !quoted && line[i - (i > 0 ? 1 : 0)] != '\\') comment = true;
        if (c != '\r' || quoted) continue;
        const std::size_t next = line.find_first_not_of(" \t\r", i);
        if (next == std::string_view::npos) break;
        // No comment is lost in a comment.
        if (line[next] != '#' && line[next] != '!') return i;
        i = next - 1;
    }
    return std::string_view::npos;
}

bool is_utf16(std::string_view text) {
    constexpr std::size_t looked_at = 256;
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
    const std::string_view begin = text.substr(0, looked_at);
    std::array<std::size_t, 2> nuls{};
    for (std::size_t i = 0; i < begin.size(); ++i) nuls[i % 2] += begin[i] == '\0' ? 1U : 0U;
    // Of ASCII one byte of two is NUL; other letters have both.
    const auto [few, many] = std::minmax(nuls[0], nuls[1]);
    return few == 0 && many >= 3 && many >= begin.size() / 4;
}

void PhysicalLines::report(source::Findings& findings, std::string_view rule, Severity severity, std::size_t from,
                           std::size_t length, std::string message, std::string hint) const {
    const Position begin{line_, column_ + static_cast<std::uint32_t>(from)};
    const Position end{line_, begin.column + static_cast<std::uint32_t>(length)};
    findings.push_back({rule, severity, {{file_, begin, end}, 0}, std::move(message), std::move(hint), {}, {}});
}

PhysicalLines::Merge PhysicalLines::merge_after(char marker) const {
    bool separator = marker != '<';
    std::string_view rest = rest_;
    while (!rest.empty()) {
        const std::string_view line = source::take_line(rest);
        if (!is_merge_marker(line)) continue;
        // The next merge begins.
        if (line.front() == '<') break;
        if (line.front() == '>') {
            if (!separator) return Merge::incomplete;
            return marker == '<' ? Merge::first_side : Merge::other_side;
        }
        separator = true;
    }
    return marker == '<' && separator ? Merge::lost_end : Merge::incomplete;
}

source::Location PhysicalLines::end() const {
    const Position end{std::max<std::uint32_t>(line_, 1), column_ + length_};
    return {{file_, end, end}, 0};
}

bool PhysicalLines::skip_merge_marker(std::string_view line, source::Findings& findings) {
    const char marker = is_merge_marker(line) ? line.front() : '\0';
    switch (merge_) {
        case Merge::none:
            break;
        case Merge::first_side:
            if (marker == '=' || marker == '|') merge_ = Merge::other_side;
            return marker == '=' || marker == '|';
        case Merge::other_side:
            if (marker == '>') merge_ = Merge::none;
            return true;
        case Merge::lost_end:
            if (marker == '=') merge_ = Merge::incomplete;
            return true;
        case Merge::incomplete:
            if (marker == '>') merge_ = Merge::none;
            return marker != '\0';
    }
    if (marker == '\0') return false;
    if (marker != '>') merge_ = merge_after(marker);
    const bool reads_both = merge_ == Merge::none || merge_ == Merge::incomplete;
    report(findings, "merge-conflict", Severity::error, 0, line.size(),
           "this is the marker of a merge that was not finished",
           reads_both
               ? "keep one side and remove the markers; others of this merge are missing, and both sides were read"
               : "keep one side and remove the markers; only one side was checked");
    return true;
}

/// The line of the file that comes next, or what a carriage return leaves of the last one.
std::string_view PhysicalLines::take_line(source::Findings& findings) {
    std::string_view line;
    if (same_line_.empty()) {
        ++line_;
        column_ = 1;
        line = source::take_line(rest_);
        if (line.find('\r') == std::string_view::npos) return line;
    } else {
        line = std::exchange(same_line_, {});
        const std::size_t returns = line.find_first_not_of('\r');
        line.remove_prefix(returns);
        column_ += length_ + static_cast<std::uint32_t>(returns);
    }
    const std::size_t end = carriage_return_in(line);
    if (end == std::string_view::npos) return line;
    if (!std::exchange(told_return_, true)) {
        report(findings, "carriage-return", Severity::error, end, 1,
               "a carriage return alone stands here, which ends no line",
               "keepalived reads on in the same line: save the file with line feeds");
    }
    same_line_ = line.substr(end);
    return line.substr(0, end);
}

/// What can be read of a line that holds bytes that no configuration should hold.
void PhysicalLines::correct(PhysicalLine& line, source::Findings& findings) const {
    std::string room(line.bytes);
    const std::size_t nul = room.find('\0');
    if (nul != std::string::npos) {
        report(findings, "nul-byte", Severity::error, nul, 1,
               "a NUL byte stands here: keepalived drops the line, older releases what follows",
               "the file may be damaged");
        // What is left of the line may have a quote too many.
        findings.facts().note_open_string(findings.back().where);
        // Braces and keywords are read as they are, so that this is all that is told of the line.
        std::ranges::replace(room, '\0', ' ');
    }
    bool quoted = false;
    bool reported = false;
    // What stands before, with the blanks in it that this loop has put there.
    constexpr std::size_t none = std::string::npos;
    std::size_t before = none;  ///< the last character that is no blank
    bool first_word_ended = false;
    for (std::size_t i = 0; i < room.size(); ++i) {
        if (i > 0 && !is_blank(room[i - 1]))
            before = i - 1;
        else if (before != none)
            first_word_ended = true;
        const char c = room[i];
        if (c == '"') quoted = !quoted;
        if (quoted || static_cast<unsigned char>(c) < 0x80) {
            if (!quoted && (c == '#' || c == '!') && (i == 0 || room[i - 1] != '\\')) break;
            continue;
        }
        const OddCharacter* odd = odd_character_at(std::string_view(room).substr(i));
        if (odd == nullptr) continue;
        // In the first word of a statement it hides the keyword, which is read as it was meant, so that this is told
        // once. In a value it may even be wanted: that stays as keepalived has it.
        const bool after_brace = before != none && (room[before] == '{' || room[before] == '}');
        const bool hides_word = !first_word_ended || after_brace;
        const bool stands_alone = before != i - 1 && room.find_first_not_of(" \t", i + odd->bytes.size()) == none;
        if (!reported) {
            report(findings, odd->is_quote ? "odd-quote" : "odd-space",
                   hides_word && !odd->is_quote ? Severity::error : Severity::warning, i, odd->bytes.size(),
                   fmt::format("a {} stands here, which keepalived takes for a part of the word", odd->name),
                   odd->is_quote ? "write an ordinary `\"'" : "write an ordinary blank");
            findings.facts().note_odd_character(findings.back().where, findings.index_of_last());
        }
        reported = true;
        if ((hides_word || stands_alone) && !odd->is_quote) room.replace(i, odd->bytes.size(), odd->bytes.size(), ' ');
    }
    if (room != line.bytes) line.corrected = std::move(room);
}

std::optional<source::Range> PhysicalLines::end_of_string() const {
    constexpr std::uint32_t most_lines = 20;
    std::string_view rest = rest_;
    for (std::uint32_t number = line_ + 1; number <= line_ + most_lines && !rest.empty(); ++number) {
        const std::string_view line = source::take_line(rest);
        const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
        const std::string_view word = line.substr(begin, line.find_first_of(" \t\r\"", begin) - begin);
        const bool is_text = line.find_first_of("{}") == std::string_view::npos && begin < line.size();
        if (!is_text || !keywords::find_everywhere(word).empty()) return std::nullopt;
        if (std::ranges::count(line, '"') % 2 == 0) continue;
        const Position quote{number, static_cast<std::uint32_t>(line.rfind('"')) + 1};
        return source::Range{file_, quote, {number, quote.column + 1}};
    }
    return std::nullopt;
}

/// What a tag will become is not known, and so neither is what any other line means. Nothing is read on.
bool PhysicalLines::is_template(std::string_view line, source::Findings& findings) {
    const auto tag = template_tag(line);
    if (!tag) return false;
    report(findings, "template", Severity::error, tag->begin, tag->text.size(),
           "this file is a template that has not been filled in, and nothing else in it is checked",
           "check what the template becomes: `lbctl lint -' reads it from a pipe");
    findings.facts().note_template();
    rest_ = {};
    same_line_ = {};
    return true;
}

/// What fgets(3) gives keepalived at once: a line, or as much of it as its buffer holds. True when the line ends there.
bool PhysicalLines::take_piece(std::string_view& piece) {
    constexpr std::size_t longest_piece = longest_line + 1;
    if (length_ == 0) {
        ++line_;
        column_ = 1;
    } else {
        column_ += length_;
    }
    const std::size_t feed = rest_.substr(0, longest_piece).find('\n');
    const bool ends = feed != std::string_view::npos;
    piece = rest_.substr(0, ends ? feed : longest_piece);
    rest_.remove_prefix(ends ? feed + 1 : piece.size());
    length_ = ends ? 0 : static_cast<std::uint32_t>(piece.size());
    return ends || rest_.empty();
}

bool PhysicalLines::next_as_daemon(PhysicalLine& line, keywords::Version target) {
    constexpr keywords::Version drops_damaged_lines{2, 3, 0};
    const bool drops = target >= drops_damaged_lines;
    while (!rest_.empty()) {
        std::string_view piece;
        const bool ends = take_piece(piece);
        const std::size_t nul = piece.find('\0');
        const bool last = rest_.empty() && length_ != 0;
        if (drops && (!ends || (nul != std::string_view::npos && !last))) continue;
        piece = piece.substr(0, nul);
        while (piece.ends_with('\r')) piece.remove_suffix(1);
        line.file = file_;
        line.start = {line_, column_};
        line.bytes = piece;
        line.corrected.clear();
        line.traits = LineTraits(piece);
        const auto first = std::find_if_not(piece.begin(), piece.end(), is_blank);
        line.indentation = first == piece.end() ? 1 : static_cast<std::uint32_t>(first - piece.begin()) + 1;
        return true;
    }
    return false;
}

bool PhysicalLines::next(PhysicalLine& line, source::Findings& findings) {
    line.file = file_;
    if (line_ == 0 && is_utf16(rest_)) {
        line_ = 1;
        rest_ = {};
        report(findings, "nul-byte", Severity::error, 0, 1, "the file is saved as UTF-16, of which nothing can be read",
               "save it as UTF-8");
        findings.facts().note_open_string(findings.back().where);
    }
    while (!rest_.empty() || !same_line_.empty()) {
        std::string_view written = take_line(findings);
        length_ = static_cast<std::uint32_t>(written.size());
        if (skip_merge_marker(written, findings)) continue;
        if (line_ == 1 && column_ == 1 && written.starts_with(byte_order_mark)) {
            report(findings, "byte-order-mark", Severity::error, 0, byte_order_mark.size(),
                   "the file begins with a byte order mark",
                   "keepalived takes it for a part of the first word: save the file as UTF-8 without it");
            written.remove_prefix(byte_order_mark.size());
            column_ += static_cast<std::uint32_t>(byte_order_mark.size());
            length_ -= static_cast<std::uint32_t>(byte_order_mark.size());
        }
        if (written.size() > longest_line) {
            report(findings, "line-too-long", Severity::error, longest_line, written.size() - longest_line,
                   fmt::format("the line has {} bytes; keepalived reads at most {}", written.size(), longest_line),
                   "the rest, and since 2.3 the whole line, is lost");
            findings.facts().note_spoilt(findings.back().where);
            written = written.substr(0, longest_looked_at);
        }
        line.start = {line_, column_};
        line.bytes = written;
        line.traits = LineTraits(written);
        if (line.traits.any(LineTraits::brace | LineTraits::angle) && is_template(written, findings)) return false;
        line.corrected.clear();
        if (line.traits.any(LineTraits::odd)) correct(line, findings);
        const std::string_view readable = line.corrected.empty() ? written : std::string_view(line.corrected);
        const auto first = std::find_if_not(readable.begin(), readable.end(), is_blank);
        line.indentation = first == readable.end() ? 1 : static_cast<std::uint32_t>(first - readable.begin()) + 1;
        return true;
    }
    return false;
}

}  // namespace lbctl::syntax
