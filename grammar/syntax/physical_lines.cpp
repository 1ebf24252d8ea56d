#include "grammar/syntax/physical_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "grammar/syntax/parameters.h"

namespace lbctl::syntax {

namespace {

using source::Location;
using source::Position;
using source::Severity;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Of a line that is too long this much is looked at, so that the finding is not the only one of a line that may have
/// been meant.
constexpr std::size_t longest_looked_at = 65536;

struct OddSpace {
    std::string_view bytes;
    std::string_view name;
};

/// Characters that look like a blank and are read as a part of a word.
constexpr std::array<OddSpace, 6> odd_spaces{{
    {"\xC2\xA0", "no-break space (U+00A0)"},
    {"\xE3\x80\x80", "full-width space (U+3000)"},
    {"\xE2\x80\x83", "em space (U+2003)"},
    {"\xE2\x80\x82", "en space (U+2002)"},
    {"\xE2\x80\xAF", "narrow no-break space (U+202F)"},
    {"\xE2\x80\x8B", "zero-width space (U+200B)"},
}};

const OddSpace* odd_space_at(std::string_view text) {
    for (const OddSpace& space : odd_spaces) {
        if (text.starts_with(space.bytes)) return &space;
    }
    return nullptr;
}

bool is_marker(std::string_view line, char c) {
    const std::size_t length = line.find_first_not_of(c);
    const std::size_t run = length == std::string_view::npos ? line.size() : length;
    return run == 7 && (line.size() == run || line[run] == ' ');
}

}  // namespace

bool PhysicalLines::conflict_follows() const {
    bool separator = false;
    std::string_view rest = rest_;
    while (!rest.empty()) {
        const std::string_view line = source::take_line(rest);
        separator = separator || is_marker(line, '=');
        if (is_marker(line, '>')) return separator;
    }
    return false;
}

source::Location PhysicalLines::end() const {
    const Position end{std::max<std::uint32_t>(line_, 1), length_ + 1};
    return {{file_, end, end}, 0};
}

bool PhysicalLines::skip_merge_marker(std::string_view line, source::Findings& findings) {
    if (merge_ == Merge::none && !line.starts_with('<')) return false;
    if (merge_ == Merge::other_side) {
        if (is_marker(line, '>')) merge_ = Merge::none;
        return true;
    }
    if (merge_ == Merge::first_side && (is_marker(line, '=') || is_marker(line, '|'))) {
        merge_ = Merge::other_side;
        return true;
    }
    if (merge_ == Merge::none && is_marker(line, '<') && conflict_follows()) {
        merge_ = Merge::first_side;
        const auto columns = static_cast<std::uint32_t>(line.size());
        findings.push_back({"merge-conflict",
                            Severity::error,
                            {{file_, {line_, 1}, {line_, columns + 1}}, 0},
                            "this is the marker of a merge that was not finished",
                            "keep one side and remove the markers; only the first side was checked",
                            {},
                            {}});
        return true;
    }
    return false;
}

/// What can be read of a line that holds bytes that no configuration should hold.
void PhysicalLines::correct(PhysicalLine& line, source::Findings& findings) const {
    const Position start = line.start;
    const auto report = [&](std::string_view rule, Severity severity, std::size_t from, std::size_t length,
                            std::string message, std::string hint) {
        const Position begin{start.line, start.column + static_cast<std::uint32_t>(from)};
        const Position end{start.line, begin.column + static_cast<std::uint32_t>(length)};
        findings.push_back({rule, severity, {{file_, begin, end}, 0}, std::move(message), std::move(hint), {}, {}});
    };
    std::string room(line.bytes);
    const std::size_t nul = room.find('\0');
    if (nul != std::string::npos) {
        report("nul-byte", Severity::error, nul, 1, "a NUL byte stands here; keepalived drops the line",
               "the file may be damaged, or saved as UTF-16");
        std::replace(room.begin(), room.end(), '\0', ' ');
    }
    bool quoted = false;
    bool reported = false;
    for (std::size_t i = 0; i < room.size(); ++i) {
        const char c = room[i];
        if (c == '"') quoted = !quoted;
        if (quoted || static_cast<unsigned char>(c) < 0x80) {
            if (!quoted && (c == '#' || c == '!') && (i == 0 || room[i - 1] != '\\')) break;
            continue;
        }
        const OddSpace* space = odd_space_at(std::string_view(room).substr(i));
        if (space == nullptr) continue;
        // In the first word it hides the keyword, which is read as it was meant, so that this is told once. In a value
        // it may even be wanted: that stays as keepalived has it.
        const std::size_t first = room.find_first_not_of(" \t");
        const bool in_keyword = room.find_first_of(" \t", first) > i;
        if (!reported) {
            report("odd-space", in_keyword ? Severity::error : Severity::warning, i, space->bytes.size(),
                   fmt::format("a {} stands here, which keepalived takes for a part of the word", space->name),
                   "write an ordinary blank");
        }
        reported = true;
        if (in_keyword) room.replace(i, space->bytes.size(), space->bytes.size(), ' ');
    }
    if (room != line.bytes) line.corrected = std::move(room);
}

bool PhysicalLines::next(PhysicalLine& line, source::Findings& findings) {
    line.file = file_;
    while (!rest_.empty()) {
        ++line_;
        std::string_view written = source::take_line(rest_);
        length_ = static_cast<std::uint32_t>(written.size());
        if (skip_merge_marker(written, findings)) continue;
        Position start{line_, 1};
        const auto report = [&](std::string_view rule, std::size_t from, std::size_t until, std::string message,
                                std::string hint) {
            const auto column = [](std::size_t offset) { return 1 + static_cast<std::uint32_t>(offset); };
            findings.push_back({rule,
                                Severity::error,
                                {{file_, {line_, column(from)}, {line_, column(until)}}, 0},
                                std::move(message),
                                std::move(hint),
                                {},
                                {}});
        };
        if (line_ == 1 && written.starts_with(byte_order_mark)) {
            report("byte-order-mark", 0, byte_order_mark.size(), "the file begins with a byte order mark",
                   "keepalived takes it for a part of the first word: save the file as UTF-8 without it");
            written.remove_prefix(byte_order_mark.size());
            start.column += static_cast<std::uint32_t>(byte_order_mark.size());
        }
        if (written.size() > longest_line) {
            report("line-too-long", longest_line, written.size(),
                   fmt::format("the line has {} bytes; keepalived reads at most {}", written.size(), longest_line),
                   "the rest, and since 2.3 the whole line, is lost");
            written = written.substr(0, longest_looked_at);
        }
        line.start = start;
        line.bytes = written;
        line.traits = LineTraits(written);
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
