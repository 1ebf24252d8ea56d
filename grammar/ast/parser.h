#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "grammar/ast/node.h"
#include "grammar/base/arena.h"
#include "grammar/source/finding.h"
#include "grammar/syntax/reader.h"

namespace lbctl::ast {

class StatementParser;

/// Finds the blocks in the lines that a reader gives, statement by statement. The keyword table says which words open a
/// block and where they may stand. After an unknown block or a lost brace the parser finds its feet again: one mistake
/// is one finding. The arguments of a statement are words that nobody has read yet: see Binder.
class StatementReader {
public:
    /// All must outlive it. What is read goes to `tree`. `give_up` is asked every few hundred lines: once it says so,
    /// the rest is not read, and what has been found is worth nothing.
    StatementReader(syntax::LineReader& lines, base::Arena& tree, source::Findings& findings,
                    std::function<bool()> give_up = {});
    StatementReader(const StatementReader&) = delete;
    StatementReader& operator=(const StatementReader&) = delete;
    ~StatementReader();

    /// The next statement of the top level, or nothing at the end. All that a call puts into the tree belongs to the
    /// statement that it gives, so between two calls the tree may be rewound to what it was before the first.
    std::optional<Node> next();

private:
    std::unique_ptr<StatementParser> parser_;
};

/// All statements of the top level.
std::span<Node> parse(syntax::LineReader& lines, base::Arena& tree, source::Findings& findings);

}  // namespace lbctl::ast
