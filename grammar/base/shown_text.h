#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Text that lbctl did not write itself (out of a file, a file's name, an argument, the environment, the kernel), as it
/// is shown to people. On a terminal such bytes would move the cursor, change colours or the title, or turn the order
/// of what stands on the line; in a pipe they would do so later.
namespace lbctl::base {

/// Whether a character is not to be written as it is: controls (C0, DEL, C1), line and paragraph separators, what
/// changes the direction of text, what has no width and no shape of its own (zero-width space, byte order mark, tags),
/// surrogates. The categories are Unicode's (Cc, Cf, Zl, Zp, Cs, Default_Ignorable).
[[nodiscard]] bool is_unshowable(std::uint32_t code_point);

/// The text in one line, in which every such character stands as `\x1b` (below 128, and bytes that are no UTF-8),
/// `\u202e` or `\U000e0001`. A backslash stays as it is, unless what follows would read as one of these: `\x1b` in the
/// text itself becomes `\\x1b`, so that one can be told from the other.
[[nodiscard]] std::string shown(std::string_view text);

/// What the bytes from `begin` to `end` of a text are in shown(text).
[[nodiscard]] std::string shown(std::string_view text, std::size_t begin, std::size_t end);

/// How many columns of a terminal what shown() gives takes: two for wide characters, none for combining ones.
[[nodiscard]] std::size_t columns_of(std::string_view shown_text);

/// The next character of a text that begins at `at`.
struct Character {
    std::size_t length = 1;  ///< in bytes, at least 1
    std::uint32_t code_point = 0;
    bool is_valid = false;  ///< false: the byte belongs to no UTF-8 character
};
[[nodiscard]] Character character_at(std::string_view text, std::size_t at);

}  // namespace lbctl::base
