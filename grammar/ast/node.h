#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/keyword.h"
#include "grammar/syntax/word.h"

/// The checked configuration: every keyword with its arguments read as what they are.
namespace lbctl::ast {

/// One argument: the word as written and what it means.
struct Argument {
    keywords::Value value;
    syntax::Word word;
};

/// A keyword with its arguments and, for blocks, what stands inside. Entries of line blocks (one address of
/// virtual_ipaddress) and of lists are nodes, too; they have no keyword.
struct Node {
    const keywords::Keyword* keyword = nullptr;
    syntax::Word head;                       ///< the keyword, or the first word of an entry
    std::vector<Argument> arguments;         ///< for entries: all words, the first included
    std::vector<syntax::Word> script_words;  ///< see syntax::Statement
    bool valid = true;      ///< false when the arguments did not fit: keepalived skips or changes this line
    source::Location open;  ///< the braces of a block
    source::Location close;
    std::vector<Node> children;

    /// The last child with that keyword (keepalived lets the last one count), or null.
    [[nodiscard]] const Node* last(std::string_view name) const;
    /// All children with that keyword, in order.
    [[nodiscard]] std::vector<const Node*> all(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return last(name) != nullptr; }
    [[nodiscard]] std::string_view name() const { return head.text; }
};

}  // namespace lbctl::ast
