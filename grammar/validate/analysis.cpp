#include "grammar/validate/analysis.h"

#include <algorithm>

#include "grammar/ast/bind.h"
#include "grammar/ast/parser.h"
#include "grammar/syntax/reader.h"
#include "grammar/validate/consequences.h"
#include "grammar/validate/rule.h"

namespace lbctl::validate {

bool Analysis::has_errors() const {
    return std::any_of(findings.begin(), findings.end(),
                       [](const source::Finding& finding) { return finding.severity == source::Severity::error; });
}

namespace {

void read(Analysis& analysis, source::FileId file, const AnalysisOptions& options) {
    const syntax::ReaderOptions reading{options.target,
                                        options.config_id ? *options.config_id : syntax::default_config_id(),
                                        options.definitions, options.follow_includes, options.most_lines};
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
