#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

/// The forms that one line can have before keywords are looked up. All views point into the given line.
namespace lbctl::syntax {

/// `$NAME=VALUE` at the start of a line.
struct DefinitionHead {
    std::string_view name;
    std::size_t value = 0;  ///< offset after the `=`
};
std::optional<DefinitionHead> parse_definition(std::string_view line);

/// `$NAME` (before a blank, a comma, a closing parenthesis or the end) or `${NAME ARGUMENT...}`.
struct Reference {
    std::string_view name;
    std::vector<std::string_view> arguments;
    bool braced = false;
    bool blank_before_close = false;  ///< `${NAME }`: keepalived replaces it one byte short
    std::size_t end = 0;              ///< offset after the reference
};
/// `line[dollar]` must be `$`.
std::optional<Reference> parse_reference(std::string_view line, std::size_t dollar);

/// `@ID text` or `@^ID text`.
struct ConditionHead {
    bool negated = false;
    std::string_view id;
    std::optional<std::size_t> text;  ///< offset of the text; nothing when none follows
};
/// Nothing when the line does not start with `@`.
std::optional<ConditionHead> parse_condition(std::string_view line);

/// `~SEQ(NAME, [START, [STEP,]] END) text` and `~SEQx(...)`; `~LST(NAME, VALUE, ...) text` and
/// `~LST({N1, N2}, {V1, V2}, ...) text`.
struct SequenceHead {
    bool hexadecimal = false;
    std::string_view name;
    std::vector<std::string_view> numbers;  ///< one to three, as written, blanks removed, maybe empty
    std::size_t body = 0;                   ///< offset of the text that is repeated
};
struct ListHead {
    std::vector<std::string_view> names;
    std::vector<std::vector<std::string_view>> tuples;
    std::size_t body = 0;
};

/// Which of the two a line that starts with `~` is.
enum class RepetitionKind { none, sequence, list };
RepetitionKind repetition_kind(std::string_view line);
/// Nothing when the parentheses do not hold what they must.
std::optional<SequenceHead> parse_sequence(std::string_view line);
std::optional<ListHead> parse_list(std::string_view line);

/// `include PATTERN` and its variants with checks.
struct IncludeHead {
    char variant = '\0';  ///< r m w b a, or NUL for plain include
    std::string_view pattern;
};
std::optional<IncludeHead> parse_include(std::string_view line);

/// A word of a line: white space and double quotes separate, quotes are removed and end the word before them.
struct WordSpan {
    std::string_view text;
    std::size_t begin = 0;  ///< with the opening quote
    std::size_t end = 0;    ///< after the closing quote
    bool quoted = false;
};
struct WordSpans {
    std::vector<WordSpan> words;
    std::optional<std::size_t> unmatched_quote;  ///< the text from there on is lost
};
WordSpans split_words(std::string_view line);
/// The same into a result that is used again and again.
void split_words(std::string_view line, WordSpans& spans);

/// keepalived takes the braces of a `${NAME}` that it could not replace for those of a block.
enum class BracesOfReferences { pass_over, count };

/// Offset of the first brace outside double quotes, which is not one of a `${NAME}` unless these count.
std::optional<std::size_t> first_brace(std::string_view line,
                                       BracesOfReferences references = BracesOfReferences::pass_over);

}  // namespace lbctl::syntax
