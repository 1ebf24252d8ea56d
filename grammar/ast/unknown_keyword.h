#pragma once

#include <string_view>

#include "grammar/keywords/keyword.h"
#include "grammar/source/finding.h"
#include "grammar/syntax/word.h"

namespace lbctl::ast {

/// What is to be told of a word that is no keyword in `around` (null: at the top level): what was meant, or where it
/// belongs. `next` is the word after it, if there is one. `has_block`: a `{` follows.
source::Finding unknown_keyword(const syntax::Word& word, std::string_view next, const keywords::Keyword* around,
                                bool has_block);

}  // namespace lbctl::ast
