#include "grammar/syntax/formatter.h"

#include <algorithm>
#include <vector>

#include "grammar/syntax/line_grammar.h"
#include "grammar/syntax/parameters.h"
#include "grammar/syntax/source_lines.h"
#include "grammar/syntax/text.h"

namespace lbctl::syntax {

namespace {

/// A line of the result.
struct OutputLine {
    enum class Kind { empty, comment, statement, open, close, fixed };
    Kind kind = Kind::empty;
    std::string code;
    std::string comment;
    std::size_t depth = 0;
};

std::string_view trim_end(std::string_view text) {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string_view trim(std::string_view text) {
    text = trim_end(text);
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    return text;
}

/// Lines that mean something as a whole before words and braces are looked at.
bool is_directive(std::string_view code) {
    return code.starts_with('@') || code.starts_with('~') || parse_definition(code) || parse_include(code);
}

/// A parameter may stand for anything, a comment character included, or for lines that must end the line they are on.
bool has_reference(std::string_view code) {
    for (std::size_t dollar = code.find('$'); dollar != std::string_view::npos; dollar = code.find('$', dollar + 1)) {
        if (dollar + 1 < code.size() && parse_reference(code, dollar)) return true;
    }
    return false;
}

/// What an unfinished merge leaves behind counts only at the start of its line: such lines keep their place.
bool is_merge_marker(const SourceLine& line) {
    return line.code.starts_with("<<<<<<<") || line.code.starts_with("=======") || line.code.starts_with(">>>>>>>") ||
           line.code.starts_with("|||||||");
}

class Formatter {
public:
    std::string format(std::string_view text) {
        if (text.starts_with("\xEF\xBB\xBF")) {
            prefix_ = text.substr(0, 3);
            text.remove_prefix(3);
        }
        for (const SourceLine& line : split_source(text)) add(line);
        return print();
    }

private:
    void add(const SourceLine& line) {
        const std::string comment(trim_end(line.comment));
        if (in_definition_) {
            const bool blanks_only = line.code.empty() && comment.empty();
            push(OutputLine::Kind::fixed, std::string(blanks_only ? line.indentation : line.code), comment,
                 blanks_only ? 0 : depth_ + 1);
            // Comments and lines of blanks are passed over; an empty line, or one without a backslash, is the end.
            const bool passed_over = line.code.empty() && !(line.indentation.empty() && comment.empty());
            in_definition_ = passed_over || continues(line);
            return;
        }
        if (is_merge_marker(line)) {
            push(OutputLine::Kind::fixed, std::string(line.indentation) + std::string(line.code), comment, 0);
            count_braces(line.code);
            return;
        }
        if (line.code.empty()) {
            push(comment.empty() ? OutputLine::Kind::empty : OutputLine::Kind::comment, {}, comment, depth_);
            return;
        }
        if (must_stay(line)) {
            push(OutputLine::Kind::fixed, std::string(line.code), comment, depth_);
            in_definition_ = parse_definition(line.code) && continues(line);
            count_braces(line.code);
            return;
        }
        add_statements(line.code, comment);
    }

    static bool continues(const SourceLine& line) { return line.code.ends_with('\\') && line.comment.empty(); }

    static bool must_stay(const SourceLine& line) {
        const std::size_t length = line.indentation.size() + line.code.size() + line.gap.size() + line.comment.size();
        if (line.open_quote || length > longest_line || line.code.find('\0') != std::string_view::npos) return true;
        std::string_view rest = line.code;
        if (is_directive(rest)) return true;
        // A blank before its brace would make a reference of `$NAME{`.
        const std::size_t dollar = rest.find('$');
        const bool glued =
            dollar != std::string_view::npos && rest.find_first_of("{}", dollar) != std::string_view::npos;
        const auto first = first_brace(rest);
        if (first && glued && *first > 0 && !is_space(rest[*first - 1])) return true;
        const bool opens_at_end = first && *first + 1 == rest.size() && rest[*first] == '{';
        if (first && !opens_at_end && has_reference(rest)) return true;
        // Behind a brace a directive takes the rest of its line.
        while (const auto brace = first_brace(rest)) {
            rest = trim(rest.substr(*brace + 1));
            if (is_directive(rest)) return true;
        }
        return split_words(line.code).unmatched_quote.has_value() ||
               line.code.find_first_of("\v\f\r") != std::string_view::npos;
    }

    void count_braces(std::string_view code) {
        while (const auto brace = first_brace(code)) {
            if (code[*brace] == '{')
                ++depth_;
            else if (depth_ > 0)
                --depth_;
            code.remove_prefix(*brace + 1);
        }
    }

    void add_statements(std::string_view code, const std::string& comment) {
        const std::size_t first = lines_.size();
        std::size_t joined = lines_.size();
        for (;;) {
            const auto brace = first_brace(code);
            const std::string_view head = trim(code.substr(0, brace.value_or(code.size())));
            if (!head.empty()) push(OutputLine::Kind::statement, one_blank(head), {}, depth_);
            if (!brace) break;
            if (code[*brace] == '{')
                joined = open_block(!head.empty());
            else
                close_block();
            code = trim(code.substr(*brace + 1));
        }
        if (comment.empty()) return;
        // The comment goes to the first thing that its line gave, where that can take one.
        const std::size_t target = lines_.size() > first ? first : joined;
        if (target < lines_.size() && lines_[target].comment.empty())
            lines_[target].comment = comment;
        else
            push(OutputLine::Kind::comment, {}, comment, depth_);
    }

    /// Puts the brace behind its keyword, over comments and empty lines between the two. Gives the line it went to.
    std::size_t open_block(bool on_its_line) {
        std::size_t header = lines_.size();
        while (header > 0 && (lines_[header - 1].kind == OutputLine::Kind::empty ||
                              lines_[header - 1].kind == OutputLine::Kind::comment))
            --header;
        const bool joins = header > 0 && lines_[header - 1].kind == OutputLine::Kind::statement &&
                           (on_its_line || !has_reference(lines_[header - 1].code));
        if (!joins) {
            push(OutputLine::Kind::open, "{", {}, depth_);
            ++depth_;
            return lines_.size() - 1;
        }
        lines_[header - 1].code += " {";
        lines_[header - 1].kind = OutputLine::Kind::open;
        ++depth_;
        for (std::size_t i = header; i < lines_.size(); ++i) lines_[i].depth = depth_;
        return header - 1;
    }

    void close_block() {
        if (depth_ > 0) --depth_;
        push(OutputLine::Kind::close, "}", {}, depth_);
    }

    void push(OutputLine::Kind kind, std::string code, std::string comment, std::size_t depth) {
        lines_.push_back({kind, std::move(code), std::move(comment), depth});
    }

    std::string print() {
        std::string text(prefix_);
        bool gap = false;
        bool edge = true;
        bool fixed = false;
        for (const OutputLine& line : lines_) {
            const bool empty = line.code.empty() && line.comment.empty();
            // Behind the last line of a definition an empty line may be what ends it.
            if (empty && fixed && line.kind == OutputLine::Kind::fixed) {
                text += '\n';
                gap = false;
                continue;
            }
            if (empty) {
                gap = !edge;
                continue;
            }
            if (gap && line.kind != OutputLine::Kind::close) text += '\n';
            gap = false;
            text += std::string(line.depth * 4, ' ') + line.code;
            if (!line.comment.empty()) text += (line.code.empty() ? "" : " ") + line.comment;
            text += '\n';
            edge = line.kind == OutputLine::Kind::open;
            fixed = line.kind == OutputLine::Kind::fixed;
        }
        return text;
    }

    std::string_view prefix_;
    std::vector<OutputLine> lines_;
    std::size_t depth_ = 0;
    bool in_definition_ = false;
};

}  // namespace

std::string one_blank(std::string_view code) {
    if (code.find_first_of("'\\") != std::string_view::npos) return std::string(code);
    const WordSpans spans = split_words(code);
    if (spans.unmatched_quote) return std::string(code);
    std::string text;
    for (const WordSpan& word : spans.words) {
        // Words that touch (a quote ends a word) stay touching: keywords with commands glue them.
        const bool touches = word.begin > 0 && !is_space(code[word.begin - 1]);
        if (!text.empty() && !touches) text += ' ';
        text += code.substr(word.begin, word.end - word.begin);
    }
    return text;
}

std::string format_text(std::string_view text) {
    return Formatter().format(text);
}

}  // namespace lbctl::syntax
