#pragma once

#include <span>

#include "grammar/ast/node.h"
#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"
#include "grammar/syntax/reader.h"

namespace lbctl::ast {

/// Finds the blocks in the lines that the reader gives. The keyword table says which words open a block and where they
/// may stand. After an unknown block or a lost brace the parser finds its feet again: one mistake is one finding. What
/// comes back are the statements of the top level; they live in the arena of the sources. Their arguments are words
/// that nobody has read yet: see bind.
std::span<Node> parse(syntax::LineReader& lines, source::Sources& sources, source::Findings& findings);

}  // namespace lbctl::ast
