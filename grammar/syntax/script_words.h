#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/syntax/text.h"
#include "grammar/syntax/word.h"

/// The quoting of keywords that take a command.
namespace lbctl::syntax {

/// Splits a line by these rules: both kinds of quotes group, pieces are glued, a backslash takes the next character
/// with it and is kept (as 2.3 and later do) for the second splitting. What words are made of goes to the arena.
/// Nothing when a quote is never closed; `open_quote` then is its offset.
std::vector<Word> split_script_words(base::Arena& arena, const Text& line, std::size_t& open_quote);

/// Splits the command of such a keyword again into the program and its arguments, and replaces the escapes.
std::vector<std::string> split_command(std::string_view command);

/// The escapes of a word that is already free of quotes, replaced: `\\.' gives `\.'.
std::string replace_escapes(std::string_view word);

}  // namespace lbctl::syntax
