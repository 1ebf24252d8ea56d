#include "grammar/validate/analysis.h"

#include <algorithm>
#include <utility>

#include "grammar/ast/bind.h"
#include "grammar/ast/parser.h"
#include "grammar/syntax/reader.h"
#include "grammar/validate/fixes.h"
#include "grammar/validate/follow_on_findings.h"
#include "grammar/validate/other_format.h"
#include "grammar/validate/rule.h"

namespace lbctl::validate {

bool Analysis::has_errors() const {
    return std::any_of(findings.begin(), findings.end(), [](const source::Finding& finding) {
        if (finding.severity != source::Severity::error) return false;
        const RulePage* page = find_rule_page(finding.rule);
        return page == nullptr || page->origin != Origin::lbctl;
    });
}

namespace {

/// Reads and checks statement after statement. With a sink those that are needed no more are forgotten, and it ends
/// with false where that will not do: reading met an error, whose consequences can be told only with all of the tree at
/// hand, or made much out of little. Without one all are kept.
bool read_statements(Analysis& analysis, source::FileId file, const syntax::ReaderOptions& reading,
                     const AnalysisOptions& options, StatementSink* sink) {
    source::Findings of_reading;
    source::Findings of_rules;
    syntax::LineReader lines(analysis.sources, file, reading, of_reading);
    // Reading all of it twice is dear where much comes out of little.
    constexpr std::size_t many_lines = 2000;
    constexpr std::size_t many_files = 200;
    const auto gives_up = [&] {
        return sink != nullptr && (of_reading.errors() > 0 || lines.expanded_lines() > many_lines ||
                                   analysis.sources.file_count() > many_files);
    };
    ast::StatementReader statements(lines, analysis.tree, of_reading, gives_up);
    ast::Binder binder(options.target, analysis.tree, of_reading);
    RuleRun rules({analysis.root, analysis.sources, options.target, options.host, of_rules, options.of_cluster});
    std::vector<ast::Node> kept;
    for (;;) {
        const base::Arena::Mark mark = analysis.tree.mark();
        auto statement = statements.next();
        if (!statement) break;
        binder.bind(*statement);
        if (gives_up()) return false;
        const bool stays = !rules.check(*statement);
        const bool taken = sink != nullptr && sink->take(*statement, analysis.sources, stays);
        if (stays || !taken)
            kept.push_back(*statement);
        else
            analysis.tree.rewind(mark);
    }
    if (gives_up()) return false;
    analysis.conditions = lines.conditions();
    analysis.expanded_lines = lines.expanded_lines();
    analysis.root.children = analysis.tree.keep_all(std::span<const ast::Node>(kept));
    rules.finish();
    const std::size_t read = of_reading.size();
    analysis.findings = std::move(of_reading);
    analysis.findings.append(std::move(of_rules));
    drop_follow_on_findings(analysis.root, analysis.sources, analysis.findings, read);
    return true;
}

syntax::ReaderOptions reader_options(const AnalysisOptions& options) {
    return {options.target, options.config_id ? *options.config_id : syntax::default_config_id(), options.definitions,
            options.follow_includes, options.most_lines};
}

void read_all(Analysis& analysis, source::FileId file, const AnalysisOptions& options) {
    const std::string_view text = analysis.sources.text(file);
    if (auto other = other_format(text, file)) {
        if (options.sink != nullptr) options.sink->void_all();
        analysis.findings.push_back(*std::move(other));
        analysis.findings.facts().note_other_format();
        return;
    }
    const syntax::ReaderOptions reading = reader_options(options);
    if (!read_statements(analysis, file, reading, options, options.sink)) {
        options.sink->void_all();
        analysis.tree = {};
        analysis.sources.forget_reading();
        read_statements(analysis, file, reading, options, nullptr);
    }
    if (says_nothing(text)) {
        analysis.findings.push_back({"nothing-written",
                                     source::Severity::info,
                                     {{file, {1, 1}, {1, 1}}, 0},
                                     "nothing is written here: keepalived starts with it and does nothing",
                                     {},
                                     {},
                                     {}});
    }
    source::sort_findings(analysis.findings);
    offer_fixes(analysis.findings, analysis.sources);
}

void read(Analysis& analysis, source::FileId file, const AnalysisOptions& options) {
    analysis.sources.read_changed(options.changed);
    read_all(analysis, file, options);
    analysis.sources.read_changed(nullptr);
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
    analysis.sources.read_changed(options.changed);
    const auto file = analysis.sources.add_file(path);
    if (!file) return tl::make_unexpected(file.error());
    read(analysis, *file, options);
    return analysis;
}

void read_as_daemon(Analysis& analysis, const AnalysisOptions& options) {
    analysis.tree = {};
    analysis.sources.forget_reading();
    syntax::ReaderOptions reading = reader_options(options);
    reading.as_daemon = true;
    // They have been told.
    source::Findings findings;
    const syntax::ReadLines read = syntax::read_lines(analysis.sources, 0, reading, findings);
    ast::DaemonReading daemon = ast::read_as_daemon(read.lines, analysis.tree, options.target);
    analysis.root.children = daemon.statements;
    analysis.daemon_end = std::move(daemon.end);
    if (options.sink != nullptr) options.sink->void_all();
}

}  // namespace lbctl::validate
