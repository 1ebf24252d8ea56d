#pragma once

#include <span>

#include "grammar/ast/node.h"
#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"

namespace lbctl::ast {

/// Reads the arguments of every statement by the keyword table. What does not fit, what the target release does not
/// know yet or any more, and what it only ignores goes to `findings`. The children of the node that comes back are the
/// statements of the top level.
Node bind(std::span<const syntax::Statement> statements, keywords::Version target, source::Findings& findings);

}  // namespace lbctl::ast
