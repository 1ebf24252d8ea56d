#include "grammar/validate/analysis.h"

#include <algorithm>

#include "grammar/ast/bind.h"
#include "grammar/source/files.h"
#include "grammar/syntax/parser.h"
#include "grammar/syntax/reader.h"
#include "grammar/validate/rule.h"

namespace lbctl::validate {

namespace {

using source::Finding;
using source::Position;
using source::Range;

/// The block whose keyword stands at a place.
const ast::Node* block_at(const ast::Node& node, const Range& head) {
    for (const ast::Node& child : node.children) {
        if (child.head.where.range == head && !child.children.empty()) return &child;
        if (const ast::Node* found = block_at(child, head)) return found;
    }
    return nullptr;
}

/// What a block lacks is a consequence when the line that was to give it could not be read: one mistake, one finding.
void drop_consequences(const ast::Node& root, source::Findings& findings, std::size_t read) {
    const auto is_consequence = [&](const Finding& finding) {
        if (!finding.rule.ends_with("-missing") && !finding.rule.ends_with("-empty")) return false;
        const ast::Node* block = block_at(root, finding.where.range);
        if (block == nullptr) return false;
        const Range& open = block->head.where.range;
        const Position close = block->close.range.end;
        return std::any_of(
            findings.begin(), findings.begin() + static_cast<std::ptrdiff_t>(read), [&](const Finding& cause) {
                return cause.severity == source::Severity::error && cause.where.range.file == open.file &&
                       open.begin < cause.where.range.begin && cause.where.range.begin < close;
            });
    };
    source::Findings kept;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        if (i < read || !is_consequence(findings[i])) kept.push_back(findings[i]);
    }
    findings = std::move(kept);
}

}  // namespace

bool Analysis::has_errors() const {
    return std::any_of(findings.begin(), findings.end(),
                       [](const source::Finding& finding) { return finding.severity == source::Severity::error; });
}

Analysis analyse(std::string name, std::string text, const AnalysisOptions& options) {
    Analysis analysis;
    const source::FileId file = analysis.sources.add(std::move(name), std::move(text));
    const syntax::ReaderOptions reading{options.target,
                                        options.config_id ? *options.config_id : syntax::default_config_id(),
                                        options.definitions, true};
    const syntax::ReadLines lines = syntax::read_lines(analysis.sources, file, reading, analysis.findings);
    const std::vector<syntax::Statement> statements = syntax::parse_lines(lines, options.target, analysis.findings);
    analysis.root = ast::bind(statements, options.target, analysis.findings);
    const std::size_t read = analysis.findings.size();
    run_rules({analysis.root, options.target, options.host, analysis.findings});
    drop_consequences(analysis.root, analysis.findings, read);
    source::sort_findings(analysis.findings);
    return analysis;
}

Result<Analysis> analyse_file(const std::string& path, const AnalysisOptions& options) {
    auto text = source::read_file(path);
    if (!text) return tl::make_unexpected(text.error());
    return analyse(path, std::move(*text), options);
}

}  // namespace lbctl::validate
