#include "grammar/ast/parser.h"

#include <utility>
#include <vector>

#include "grammar/ast/statement_parser.h"

namespace lbctl::ast {

StatementReader::StatementReader(syntax::LineReader& lines, base::Arena& tree, source::Findings& findings,
                                 std::function<bool()> give_up)
    : parser_(std::make_unique<StatementParser>(lines, tree, findings, std::move(give_up))) {}

StatementReader::~StatementReader() = default;

std::optional<Node> StatementReader::next() {
    return parser_->next();
}

std::span<Node> parse(syntax::LineReader& lines, base::Arena& tree, source::Findings& findings) {
    StatementReader reader(lines, tree, findings);
    std::vector<Node> statements;
    while (const auto statement = reader.next()) statements.push_back(*statement);
    return tree.keep_all(std::span<const Node>(statements));
}

}  // namespace lbctl::ast
