#pragma once

#include <optional>
#include <span>
#include <string>

#include "grammar/ast/node.h"
#include "grammar/base/arena.h"
#include "grammar/keywords/version.h"
#include "grammar/source/sources.h"
#include "grammar/syntax/reader.h"

/// A configuration as the running keepalived reads it, with all its faults: no lines are joined, no brace is supplied,
/// no word is taken for another. What StatementReader makes of faults is what somebody meant; this is what happens.
namespace lbctl::ast {

/// Where keepalived ends, and why. Nothing of the file is in force then.
struct DaemonEnd {
    source::Location where;
    std::string reason;  ///< "weight has no value"
};

struct DaemonReading {
    std::span<Node> statements;    ///< of the top level, in their order, bound: Node::valid says what counts
    std::optional<DaemonEnd> end;  ///< keepalived does not run with this file
};

/// Reads lines that were read with ReaderOptions::as_daemon. Each of keepalived's processes reads all lines and takes
/// the blocks that are its own; the others it passes over by counting braces. Unknown words are not in the result.
DaemonReading read_as_daemon(std::span<const syntax::Line> lines, base::Arena& tree, keywords::Version target);

}  // namespace lbctl::ast
