#include "cli/render/quoted_line.h"

#include <algorithm>

#include "grammar/ast/secret_text.h"

namespace lbctl::cli {

namespace {

/// The beginning of the character that `at` is in.
std::size_t character_begin(std::string_view line, std::size_t at) {
    constexpr std::size_t longest = 3;
    for (std::size_t back = 0; back <= longest && back <= at && at < line.size(); ++back) {
        if ((line[at - back] & 0xc0) != 0x80) return at - back;
    }
    return at;
}

}  // namespace

QuotedLine quoted_line(std::string_view line, const source::Range& range, std::size_t secret_from) {
    constexpr std::size_t widest = 160;
    std::size_t column = std::min<std::size_t>(range.begin.column - 1, line.size());
    const bool one_line = range.begin.line == range.end.line && range.end.column > range.begin.column;
    std::size_t end = one_line ? std::min<std::size_t>(range.end.column - 1, line.size()) : column + 1;
    // A very long line is shown from shortly before the place on.
    const bool in_secret = column >= secret_from;
    column = std::min(column, secret_from);
    const std::size_t from = character_begin(line, column > widest / 2 ? column - widest / 2 : 0);
    const std::size_t until = character_begin(line, std::min(from + widest, line.size()));
    QuotedLine part;
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

}  // namespace lbctl::cli
