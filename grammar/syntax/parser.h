#pragma once

#include <vector>

#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"
#include "grammar/syntax/reader.h"
#include "grammar/syntax/word.h"

namespace lbctl::syntax {

/// Finds the blocks in the lines that were read. The keyword table says which words open a block and where they may
/// stand. After an unknown block or a lost brace the parser finds its feet again: one mistake is one finding.
std::vector<Statement> parse_lines(const ReadLines& lines, keywords::Version target, source::Findings& findings);

/// Splits a line by the rules for keywords that take a command: both kinds of quotes group, pieces are glued, a
/// backslash takes the next character with it and is kept (as 2.3 and later do) for the second splitting.
/// Nothing when a quote is never closed; `open_quote` then is its offset.
std::vector<Word> split_script_words(const Text& line, std::size_t& open_quote);

/// Splits the command of such a keyword again into the program and its arguments, and replaces the escapes.
std::vector<std::string> split_command(std::string_view command);

}  // namespace lbctl::syntax
