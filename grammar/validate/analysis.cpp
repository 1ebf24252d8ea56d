#include "grammar/validate/analysis.h"

#include <algorithm>

#include "grammar/ast/bind.h"
#include "grammar/source/files.h"
#include "grammar/syntax/parser.h"
#include "grammar/syntax/reader.h"
#include "grammar/validate/rule.h"

namespace lbctl::validate {

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
    run_rules({analysis.root, options.target, options.host, analysis.findings});
    source::sort_findings(analysis.findings);
    return analysis;
}

Result<Analysis> analyse_file(const std::string& path, const AnalysisOptions& options) {
    auto text = source::read_file(path);
    if (!text) return tl::make_unexpected(text.error());
    return analyse(path, std::move(*text), options);
}

}  // namespace lbctl::validate
