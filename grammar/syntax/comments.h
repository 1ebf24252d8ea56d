#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "grammar/keywords/version.h"
#include "grammar/syntax/text.h"

/// What is left of a line when its comment is gone.
namespace lbctl::syntax {

/// keepalived reads a file once itself and hands a copy to its child processes, which strip comments a second time; so
/// `\#` outside quotes is a plain `#` in global_defs, and begins a comment everywhere else.
enum class EscapedComment { literal, comment };

struct StrippedLine {
    Text text;  ///< without comment and without blanks at its ends; a final backslash is glued to what stands before it
    std::optional<std::size_t> open_quote;       ///< offset in the input of a double quote that nothing closes
    std::optional<std::size_t> escaped_comment;  ///< offset in the input of the first `\#` or `\!` outside quotes
};

/// Before 2.3 a comment that ended in a backslash left the backslash behind.
inline constexpr keywords::Version comment_keeps_no_backslash{2, 3, 0};

/// Removes comment and surrounding blanks as the reader of the target release does.
StrippedLine strip_comment(const Text& line, EscapedComment escaped, keywords::Version target);

}  // namespace lbctl::syntax
