#include "grammar/syntax/comments.h"

namespace lbctl::syntax {

StrippedLine strip_comment(const Text& line, EscapedComment escaped, keywords::Version target) {
    StrippedLine result;
    const std::string_view bytes = line.bytes();
    std::size_t end = bytes.size();
    while (end > 0 && is_blank(bytes[end - 1])) --end;
    std::size_t begin = 0;
    while (begin < end && is_blank(bytes[begin])) ++begin;

    std::vector<std::size_t> dropped_backslashes;
    bool quoted = false;
    std::size_t quote = 0;
    bool continued = false;
    std::size_t at = begin;
    for (; at < end; ++at) {
        const char c = bytes[at];
        if (c == '\\') {
            if (at + 1 == end) {
                continued = true;
                break;
            }
            const char next = bytes[at + 1];
            if (!quoted && (next == '#' || next == '!')) {
                if (!result.escaped_comment) result.escaped_comment = at;
                if (escaped == EscapedComment::comment) break;
                dropped_backslashes.push_back(at);
            }
            ++at;
        } else if (c == '"') {
            quoted = !quoted;
            quote = at;
        } else if (!quoted && (c == '#' || c == '!')) {
            continued = target < comment_keeps_no_backslash && bytes[end - 1] == '\\';
            break;
        }
    }
    if (quoted) result.open_quote = quote;

    std::size_t text_end = std::min(at, end);
    while (text_end > begin && is_blank(bytes[text_end - 1])) --text_end;
    const bool whole = dropped_backslashes.empty();
    if (whole && (!continued || text_end + 1 == end)) {
        result.text = line.slice(begin, continued ? end : text_end);
        return result;
    }
    std::vector<Text> kept;
    std::size_t from = begin;
    for (const std::size_t backslash : dropped_backslashes) {
        if (backslash >= text_end) break;
        kept.push_back(line.slice(from, backslash));
        from = backslash + 1;
    }
    kept.push_back(line.slice(from, text_end));
    if (continued) kept.push_back(line.slice(end - 1, end));
    result.text = Text::joined(kept);
    return result;
}

}  // namespace lbctl::syntax
