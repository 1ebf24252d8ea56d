#pragma once

#include <memory>
#include <vector>

#include "grammar/ast/node.h"
#include "grammar/base/arena.h"
#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"

namespace lbctl::ast {

/// Holds the arguments of statements against the keyword table and marks those that do not fit. What does not fit, what
/// the target release does not know yet or any more, and what it only ignores goes to the findings.
class Binder {
public:
    /// Both must outlive it. `tree` holds the statements, and gets the values of their arguments. What reading found is
    /// in `findings`, too: of a line that was not read to its end no more is told.
    Binder(keywords::Version target, base::Arena& tree, source::Findings& findings);
    Binder(const Binder&) = delete;
    Binder& operator=(const Binder&) = delete;
    ~Binder();

    /// One statement with all that stands in it, which has just been read.
    void bind(Node& statement);

private:
    class Work;
    std::unique_ptr<Work> work_;
};

/// The arguments of a node as what they are, one value a word; words that do not fit are strings. `block` is the
/// keyword of the block that an entry stands in, and not looked at for nodes with a keyword.
std::vector<keywords::Value> values_of(const Node& node, const keywords::Keyword* block, keywords::Version target);

}  // namespace lbctl::ast
