#include "grammar/syntax/source_lines.h"

#include "grammar/source/sources.h"
#include "grammar/syntax/text.h"

namespace lbctl::syntax {

namespace {

/// Where the comment begins: the first `#` or `!` outside double quotes that no backslash precedes.
std::size_t comment_begin(std::string_view line, bool& open_quote) {
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') {
            ++i;
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && (line[i] == '#' || line[i] == '!')) {
            return i;
        }
    }
    open_quote = quoted;
    return line.size();
}

SourceLine split_line(std::string_view line, std::string_view end) {
    SourceLine pieces;
    pieces.end = end;
    const std::size_t comment = comment_begin(line, pieces.open_quote);
    std::size_t begin = 0;
    while (begin < comment && is_blank(line[begin])) ++begin;
    std::size_t code_end = comment;
    while (code_end > begin && is_blank(line[code_end - 1])) --code_end;
    pieces.indentation = line.substr(0, begin);
    pieces.code = line.substr(begin, code_end - begin);
    pieces.gap = line.substr(code_end, comment - code_end);
    pieces.comment = line.substr(comment);
    return pieces;
}

}  // namespace

SourceLine take_source_line(std::string_view& text) {
    const std::string_view rest = text;
    const std::string_view line = source::take_line(text);
    return split_line(line, rest.substr(line.size(), rest.size() - text.size() - line.size()));
}

std::vector<SourceLine> split_source(std::string_view text) {
    std::vector<SourceLine> lines;
    while (!text.empty()) lines.push_back(take_source_line(text));
    return lines;
}

std::string join_source(const std::vector<SourceLine>& lines) {
    std::string text;
    for (const SourceLine& line : lines) {
        for (const std::string_view piece : {line.indentation, line.code, line.gap, line.comment, line.end})
            text += piece;
    }
    return text;
}

}  // namespace lbctl::syntax
