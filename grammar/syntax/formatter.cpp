#include "grammar/syntax/formatter.h"

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "grammar/base/arena.h"
#include "grammar/syntax/line_grammar.h"
#include "grammar/syntax/line_traits.h"
#include "grammar/syntax/parameters.h"
#include "grammar/syntax/source_lines.h"
#include "grammar/syntax/text.h"

namespace lbctl::syntax {

namespace {

/// A line of the result.
struct OutputLine {
    enum class Kind { empty, comment, statement, open, close, fixed };
    Kind kind = Kind::empty;
    std::string_view code;  ///< without the brace of an `open`
    std::string_view comment;
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
    if (code.empty() || !LineTraits::begins_directive(code.front())) return false;
    return code.starts_with('@') || code.starts_with('~') || parse_definition(code) || parse_include(code);
}

/// A parameter may stand for anything, a comment character included, or for lines that must end the line they are on.
bool has_reference(std::string_view code) {
    for (std::size_t dollar = code.find('$'); dollar != std::string_view::npos; dollar = code.find('$', dollar + 1)) {
        if (dollar + 1 < code.size() && parse_reference(code, dollar)) return true;
    }
    return false;
}

/// Whether the words of a line could be others with a brace after them.
bool changes_before_brace(std::string_view code) {
    return has_reference(code) || code.ends_with('\\');
}

/// What an unfinished merge leaves behind counts only at the start of its line: such lines keep their place.
bool is_merge_marker(const SourceLine& line) {
    return line.code.starts_with("<<<<<<<") || line.code.starts_with("=======") || line.code.starts_with(">>>>>>>") ||
           line.code.starts_with("|||||||");
}

/// Lines are printed as soon as nothing that follows can change them any more: only a `{` reaches back, to the
/// statement before it, over comments and empty lines.
class Formatter {
public:
    FormattedText format(std::string_view text) {
        constexpr std::size_t byte_order_mark = 3;
        text_.reserve(text.size() + text.size() / 8);
        if (text.starts_with("\xEF\xBB\xBF")) {
            text_ = text.substr(0, byte_order_mark);
            text.remove_prefix(byte_order_mark);
        }
        while (!text.empty()) {
            if (lines_.size() >= most_waiting) print_settled();
            add(take_source_line(text));
        }
        print(lines_.size());
        return {std::move(text_), conditional_ || (depth_ == 0 && !too_many_closed_)};
    }

private:
    void add(SourceLine line) {
        // A carriage return that blanks follow is a part of the text; without them it would be one of the line's end.
        if (line.code.ends_with('\r') && line.comment.empty()) {
            line.code = {line.code.data(), line.code.size() + line.gap.size()};
            line.gap = {};
        }
        const std::string_view comment = trim_end(line.comment);
        if (in_definition_) {
            const bool blanks_only = line.code.empty() && comment.empty();
            push(OutputLine::Kind::fixed, blanks_only ? line.indentation : line.code, comment,
                 blanks_only ? 0 : depth_ + 1);
            // Comments and lines of blanks are passed over; an empty line, or one without a backslash, is the end.
            const bool passed_over = line.code.empty() && !(line.indentation.empty() && comment.empty());
            in_definition_ = passed_over || continues(line);
            return;
        }
        if (line.code.empty()) {
            push(comment.empty() ? OutputLine::Kind::empty : OutputLine::Kind::comment, {}, comment, depth_);
            return;
        }
        if (is_merge_marker(line)) {
            const std::string_view written(line.indentation.data(), line.indentation.size() + line.code.size());
            push(OutputLine::Kind::fixed, written, comment, 0);
            count_braces(line.code);
            return;
        }
        const LineTraits traits(line.code);
        if (must_stay(line, traits)) {
            conditional_ = conditional_ || (line.code.starts_with('@') && first_brace(line.code));
            push(OutputLine::Kind::fixed, line.code, comment, depth_);
            in_definition_ = parse_definition(line.code) && continues(line);
            count_braces(line.code);
            return;
        }
        add_statements(line.code, traits, comment);
    }

    static bool continues(const SourceLine& line) { return line.code.ends_with('\\') && line.comment.empty(); }

    static bool must_stay(const SourceLine& line, LineTraits traits) {
        const std::size_t length = line.indentation.size() + line.code.size() + line.gap.size() + line.comment.size();
        if (line.open_quote || length > longest_line) return true;
        if (traits.any(LineTraits::odd) &&
            line.code.find_first_of(std::string_view("\0\v\f\r", 4)) != std::string_view::npos) {
            return true;
        }
        std::string_view rest = line.code;
        if (is_directive(rest)) return true;
        // A quote after a backslash ends a string for words and braces, but not for comments: a comment that a brace
        // leaves on a line of its own could become text.
        const bool quoted_brace = traits.any(LineTraits::quote) && traits.any(LineTraits::brace);
        if (quoted_brace && traits.any(LineTraits::backslash)) return true;
        if (traits.any(LineTraits::dollar) && depends_on_reference(rest)) return true;
        // After a brace a directive takes the rest of its line.
        while (traits.any(LineTraits::brace)) {
            const auto brace = first_brace(rest);
            if (!brace) break;
            rest = trim(rest.substr(*brace + 1));
            if (is_directive(rest)) return true;
        }
        return traits.any(LineTraits::quote) && split_words(line.code).unmatched_quote.has_value();
    }

    /// Whether a reference and the braces of a line could mean something else in another layout.
    static bool depends_on_reference(std::string_view code) {
        const auto first = first_brace(code);
        if (!first) return false;
        // A blank before its brace would make a reference of `$NAME{`.
        const std::size_t dollar = code.find('$');
        const bool glued = code.find_first_of("{}", dollar) != std::string_view::npos;
        if (glued && *first > 0 && !is_space(code[*first - 1])) return true;
        const bool opens_at_end = *first + 1 == code.size() && code[*first] == '{';
        return !opens_at_end && has_reference(code);
    }

    void count_braces(std::string_view code) {
        while (const auto brace = first_brace(code)) {
            if (code[*brace] == '{')
                ++depth_;
            else
                leave_block();
            code.remove_prefix(*brace + 1);
        }
    }

    void add_statements(std::string_view code, LineTraits traits, std::string_view comment) {
        const std::size_t first = lines_.size();
        std::size_t joined = lines_.size();
        for (;;) {
            const auto brace = traits.any(LineTraits::brace) ? first_brace(code) : std::nullopt;
            const std::string_view head = trim(code.substr(0, brace.value_or(code.size())));
            if (!head.empty()) push(OutputLine::Kind::statement, laid_out(head), {}, depth_);
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

    /// One blank between the words: the text itself where it is so already.
    std::string_view laid_out(std::string_view head) {
        bool ready = true;
        for (std::size_t i = 0; i < head.size() && ready; ++i) {
            ready = !is_space(head[i]) || (head[i] == ' ' && !is_space(head[i + 1]));
        }
        return ready ? head : room_.keep(one_blank(head));
    }

    /// Puts the brace after its keyword, over comments and empty lines between the two. Gives the line it went to.
    std::size_t open_block(bool on_its_line) {
        const std::size_t header = after_last_code_;
        const bool joins = header > 0 && lines_[header - 1].kind == OutputLine::Kind::statement &&
                           (on_its_line || !changes_before_brace(lines_[header - 1].code));
        if (!joins) {
            push(OutputLine::Kind::open, {}, {}, depth_);
            ++depth_;
            return lines_.size() - 1;
        }
        lines_[header - 1].kind = OutputLine::Kind::open;
        ++depth_;
        for (std::size_t i = header; i < lines_.size(); ++i) lines_[i].depth = depth_;
        return header - 1;
    }

    void leave_block() {
        if (depth_ > 0)
            --depth_;
        else
            too_many_closed_ = true;
    }

    void close_block() {
        leave_block();
        push(OutputLine::Kind::close, "}", {}, depth_);
    }

    void push(OutputLine::Kind kind, std::string_view code, std::string_view comment, std::size_t depth) {
        lines_.push_back({kind, code, comment, depth});
        if (kind != OutputLine::Kind::empty && kind != OutputLine::Kind::comment) after_last_code_ = lines_.size();
    }

    void print_settled() {
        if (after_last_code_ > 1) print(after_last_code_ - 1);
    }

    /// Prints the first lines of those that wait.
    void print(std::size_t count) {
        for (const OutputLine& line : std::span(lines_).first(count)) print_line(line);
        lines_.erase(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(count));
        after_last_code_ -= std::min(after_last_code_, count);
    }

    void print_line(const OutputLine& line) {
        using Kind = OutputLine::Kind;
        const bool empty = line.code.empty() && line.comment.empty() && line.kind != Kind::open;
        // After the last line of a definition an empty line may be what ends it.
        if (empty && fixed_ && line.kind == Kind::fixed) {
            text_ += '\n';
            gap_ = false;
            return;
        }
        if (empty) {
            gap_ = !edge_;
            return;
        }
        if (gap_ && line.kind != Kind::close) text_ += '\n';
        gap_ = false;
        text_.append(indentation(line.depth), ' ').append(line.code);
        if (line.kind == Kind::open) text_ += line.code.empty() ? "{" : " {";
        if (!line.comment.empty()) {
            if (!line.code.empty() || line.kind == Kind::open) text_ += ' ';
            text_ += line.comment;
        }
        text_ += '\n';
        edge_ = line.kind == Kind::open;
        fixed_ = line.kind == Kind::fixed;
    }

    static constexpr std::size_t most_waiting = 256;

    std::string text_;  ///< what is printed
    base::Arena room_;
    std::vector<OutputLine> lines_;    ///< what waits
    std::size_t after_last_code_ = 0;  ///< the place after the last of them that is neither empty nor a comment
    std::size_t depth_ = 0;
    bool too_many_closed_ = false;
    bool conditional_ = false;  ///< some lines count only for some machines
    bool in_definition_ = false;
    bool gap_ = false;    ///< an empty line stands before the next
    bool edge_ = true;    ///< the last line opened a block, or there was none
    bool fixed_ = false;  ///< the last line was a fixed one
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

FormattedText format_text(std::string_view text) {
    return Formatter().format(text);
}

}  // namespace lbctl::syntax
