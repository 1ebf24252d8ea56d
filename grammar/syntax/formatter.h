#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lbctl::syntax {

/// How many blanks stand before a line that many blocks deep. No configuration is as deep as the limit.
constexpr std::size_t indentation(std::size_t depth) {
    constexpr std::size_t deepest = 16;
    return (depth < deepest ? depth : deepest) * 4;
}

/// One blank between the words of a line. Left alone where single quotes or backslashes may protect blanks from
/// keywords that take a command, and where a quote is not closed.
std::string one_blank(std::string_view code);

/// A configuration in its one layout.
struct FormattedText {
    std::string text;
    /// As many blocks are closed as opened, each after its opening; always true where lines count on some machines
    /// only.
    bool braces_match = true;
};

/// Lays the text of one file out: four blanks a block, one blank between words, a block's `{` after its keyword and
/// its
/// `}` on a line of its own, at most one empty line together and none at the edges of blocks. Comments stay where they
/// belong. What keepalived reads stays the same: lines with conditions, definitions, sequences, includes and uneven
/// quotes keep their words as they are written. Formatting the result again changes nothing.
FormattedText format_text(std::string_view text);

}  // namespace lbctl::syntax
