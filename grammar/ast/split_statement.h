#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "grammar/keywords/keyword.h"
#include "grammar/keywords/version.h"
#include "grammar/syntax/line_grammar.h"
#include "grammar/syntax/word.h"

/// A statement is one line. These tell whether somebody has written one over two.
namespace lbctl::ast {

/// What the words say, one by one.
std::vector<std::string_view> texts_of(std::span<const syntax::Word> words);
std::vector<std::string_view> texts_of(std::span<const syntax::WordSpan> words);

/// Whether the words of a line were meant to go on in the next one: the last has a backslash at its end, and no blank
/// is left before that.
bool ends_in_backslash(std::span<const std::string_view> words);

/// Whether the words of the `next` line, which begin no statement of their own, complete what was `written` after a
/// keyword: together they are what it takes, and without them it lacks a word, ends in a backslash, or opens a block
/// whose brace stands after them.
bool completes(const keywords::Keyword& keyword, std::span<const std::string_view> written,
               std::span<const std::string_view> next);

/// The same for two lines of a line block, of which one at least is no entry.
bool completes_entry(const keywords::Keyword& block, std::span<const std::string_view> written,
                     std::span<const std::string_view> next, keywords::Version target);

}  // namespace lbctl::ast
