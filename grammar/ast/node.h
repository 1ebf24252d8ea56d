#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/keyword.h"
#include "grammar/syntax/word.h"

/// The checked configuration: every keyword with its arguments, which are known to fit or not to fit it.
namespace lbctl::ast {

/// The braces of a block; where one is missing, the place at which it was missed.
struct Braces {
    source::Place open;
    source::Place close;
};

/// A keyword with its arguments and, for blocks, what stands inside. Entries of line blocks (one address of
/// virtual_ipaddress) and of lists are nodes, too; they have no keyword. Arguments, values and children lie in one
/// arena, so a node is copied as a reference is: both copies are the same node.
struct Node {
    const keywords::Keyword* keyword = nullptr;
    syntax::Word head;                  ///< the keyword, or the first word of an entry
    std::span<syntax::Word> arguments;  ///< for entries: all words, the first included
    std::span<Node> children;
    const Braces* braces = nullptr;  ///< null: no block
    bool takes_command = false;      ///< the arguments are split by the quoting of commands
    bool valid = true;               ///< false when the arguments did not fit: keepalived skips or changes this line
    /// What the arguments are, values[i] of arguments[i]. Empty before a Binder has seen them, where they do not fit,
    /// and where all are but text: argument_values.h reads both.
    std::span<const keywords::Value> values = {};

    /// Which keyword it is; none for entries.
    [[nodiscard]] keywords::KeywordId id() const {
        return keyword == nullptr ? keywords::KeywordId::none : keyword->id;
    }
    [[nodiscard]] bool is(keywords::KeywordId keyword_id) const { return id() == keyword_id; }
    /// The last child with that keyword (keepalived lets the last one count), or null.
    [[nodiscard]] const Node* last(keywords::KeywordId keyword_id) const;
    /// All children with that keyword, in order.
    [[nodiscard]] std::vector<const Node*> all(keywords::KeywordId keyword_id) const;
    [[nodiscard]] bool has(keywords::KeywordId keyword_id) const { return last(keyword_id) != nullptr; }
    [[nodiscard]] std::string_view name() const { return head.text(); }
};

}  // namespace lbctl::ast
