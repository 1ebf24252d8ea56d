#include "grammar/validate/analysis.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "grammar/ast/bind.h"
#include "grammar/ast/parser.h"
#include "grammar/syntax/reader.h"
#include "grammar/validate/rule.h"

namespace lbctl::validate {

namespace {

using source::Finding;
using source::Position;
using source::Range;

using FilePosition = std::pair<source::FileId, Position>;

FilePosition begin_of(const Range& range) {
    return {range.file, range.begin};
}

/// The blocks that hold something, by the place of their keyword.
void collect_blocks(std::span<const ast::Node> nodes, std::map<FilePosition, const ast::Node*>& blocks) {
    for (const ast::Node& node : nodes) {
        if (node.children.empty()) continue;
        blocks.emplace(begin_of(node.head.where().range), &node);
        collect_blocks(node.children, blocks);
    }
}

bool speaks_of_lack(const Finding& finding) {
    return finding.rule.ends_with("-missing") || finding.rule.ends_with("-empty");
}

/// What a block lacks is a consequence when the line that was to give it could not be read: one mistake, one finding.
/// The first `read` findings are those of reading.
void drop_consequences(const ast::Node& root, source::Findings& findings, std::size_t read) {
    const auto first_of_rules = findings.begin() + static_cast<std::ptrdiff_t>(read);
    std::set<FilePosition> causes;
    for (auto finding = findings.begin(); finding != first_of_rules; ++finding) {
        if (finding->severity == source::Severity::error) causes.insert(begin_of(finding->where.range));
    }
    if (causes.empty() || std::none_of(first_of_rules, findings.end(), speaks_of_lack)) return;
    std::map<FilePosition, const ast::Node*> blocks;
    collect_blocks(root.children, blocks);
    const auto is_consequence = [&](const Finding& finding) {
        if (!speaks_of_lack(finding)) return false;
        const auto block = blocks.find(begin_of(finding.where.range));
        if (block == blocks.end()) return false;
        const auto cause = causes.upper_bound(block->first);
        return cause != causes.end() && cause->first == block->first.first &&
               cause->second < block->second->braces->close.location().range.end;
    };
    findings.erase(std::remove_if(first_of_rules, findings.end(), is_consequence), findings.end());
}

}  // namespace

bool Analysis::has_errors() const {
    return std::any_of(findings.begin(), findings.end(),
                       [](const source::Finding& finding) { return finding.severity == source::Severity::error; });
}

namespace {

void read(Analysis& analysis, source::FileId file, const AnalysisOptions& options) {
    const syntax::ReaderOptions reading{options.target,
                                        options.config_id ? *options.config_id : syntax::default_config_id(),
                                        options.definitions, true};
    syntax::LineReader lines(analysis.sources, file, reading, analysis.findings);
    analysis.root.children = ast::parse(lines, analysis.sources, analysis.findings);
    ast::bind(analysis.root.children, options.target, analysis.findings);
    const std::size_t read = analysis.findings.size();
    run_rules({analysis.root, options.target, options.host, analysis.findings});
    drop_consequences(analysis.root, analysis.findings, read);
    source::sort_findings(analysis.findings);
}

}  // namespace

Analysis analyse(std::string name, std::string_view text, const AnalysisOptions& options) {
    Analysis analysis;
    const source::FileId file = analysis.sources.add(std::move(name), text);
    read(analysis, file, options);
    return analysis;
}

Result<Analysis> analyse_file(const std::string& path, const AnalysisOptions& options) {
    Analysis analysis;
    const auto file = analysis.sources.add_file(path);
    if (!file) return tl::make_unexpected(file.error());
    read(analysis, *file, options);
    return analysis;
}

}  // namespace lbctl::validate
