#pragma once

#include "grammar/ast/node.h"
#include "grammar/keywords/version.h"

/// What the running keepalived makes of the words of a line that does not fit its keyword. `keepalived -t`, and so
/// lint, is stricter: the daemon takes the digits that a number begins with.
namespace lbctl::ast {

enum class Taken {
    yes,     ///< the line counts, if only a part of it
    no,      ///< keepalived complains of the line and goes on without it
    ends_it  ///< keepalived ends here, by itself or by a crash, and nothing of the file is in force
};

/// `node` is a keyword with its arguments.
Taken taken_by_daemon(const Node& node, keywords::Version target);

/// The same for a line of the block of that keyword.
Taken entry_taken_by_daemon(const keywords::Keyword& block, const Node& entry, keywords::Version target);

}  // namespace lbctl::ast
