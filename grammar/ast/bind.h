#pragma once

#include <span>
#include <vector>

#include "grammar/ast/node.h"
#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"

namespace lbctl::ast {

/// Holds the arguments of every statement against the keyword table and marks those that do not fit. What does not fit,
/// what the target release does not know yet or any more, and what it only ignores goes to `findings`.
void bind(std::span<Node> statements, keywords::Version target, source::Findings& findings);

/// The arguments of a node as what they are, one value a word; words that do not fit are strings. `block` is the
/// keyword of the block that an entry stands in, and not looked at for nodes with a keyword.
std::vector<keywords::Value> values_of(const Node& node, const keywords::Keyword* block, keywords::Version target);

}  // namespace lbctl::ast
