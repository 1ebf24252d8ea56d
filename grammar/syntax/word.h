#pragma once

#include <string>
#include <vector>

#include "grammar/source/sources.h"

namespace lbctl::keywords {
struct Keyword;
}

namespace lbctl::syntax {

/// A word as keepalived reads it: quotes removed, parameters replaced.
struct Word {
    std::string text;
    source::Location where;
    bool quoted = false;
};

struct Statement;

/// What stands between the braces of a statement.
struct Block {
    source::Location open;   ///< the `{`, or the keyword when it is missing
    source::Location close;  ///< the `}`, or the last thing read when it is missing
    std::vector<Statement> statements;
};

/// One line of the configuration with the block that belongs to it.
struct Statement {
    std::vector<Word> words;         ///< at least one; in a block of keywords the first is the keyword
    std::vector<Word> script_words;  ///< for keywords that take a command: the words by the rules of their own quoting
    const keywords::Keyword* keyword = nullptr;  ///< null for unknown words and for entries of line blocks and lists
    std::vector<Block> blocks;                   ///< none or one

    [[nodiscard]] const Word& head() const { return words.front(); }
    [[nodiscard]] const Block* block() const { return blocks.empty() ? nullptr : &blocks.front(); }
};

}  // namespace lbctl::syntax
