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

/// The way from the lines of a configuration over its statements to their findings, gone once.
class StatementWalk {
public:
    StatementWalk(Analysis& analysis, source::FileId file, const syntax::ReaderOptions& reading,
                  const AnalysisOptions& options)
        : analysis_(analysis),
          lines_(analysis.sources, file, reading, of_reading_),
          binder_(options.target, analysis.tree, of_reading_),
          rules_({analysis.root, analysis.sources, options.target, options.host, of_rules_, options.of_cluster}) {}

    /// Shows each statement to the sink, and forgets those that are needed no more. False where that will not do:
    /// reading met an error, whose consequences can be told only with all of the tree at hand, or made much out of
    /// little.
    bool pass_to(StatementSink& sink) {
        ast::StatementReader statements(lines_, analysis_.tree, of_reading_, [this] { return gives_up(); });
        std::vector<ast::Node> kept;
        for (;;) {
            const base::Arena::Mark mark = analysis_.tree.mark();
            auto statement = statements.next();
            if (!statement) break;
            binder_.bind(*statement);
            if (gives_up()) return false;
            const bool stays = !rules_.check(*statement);
            const bool taken = sink.take(*statement, analysis_.sources, stays);
            if (stays || !taken)
                kept.push_back(*statement);
            else
                analysis_.tree.rewind(mark);
        }
        if (gives_up()) return false;
        analysis_.root.children = analysis_.tree.keep_all(std::span<const ast::Node>(kept));
        finish();
        return true;
    }

    /// Keeps all statements. One line may give several, and a fault of it spoils what the others say: so all is read
    /// before anything is judged.
    void keep_all() {
        analysis_.root.children = ast::parse(lines_, analysis_.tree, of_reading_);
        for (ast::Node& statement : analysis_.root.children) binder_.bind(statement);
        for (const ast::Node& statement : analysis_.root.children) rules_.check(statement);
        finish();
    }

private:
    [[nodiscard]] bool gives_up() const {
        // Reading all of it twice is dear where much comes out of little.
        constexpr std::size_t many_lines = 2000;
        constexpr std::size_t many_files = 200;
        return of_reading_.errors() > 0 || lines_.expanded_lines() > many_lines ||
               analysis_.sources.file_count() > many_files;
    }

    void finish() {
        analysis_.conditions = lines_.conditions();
        analysis_.expanded_lines = lines_.expanded_lines();
        rules_.finish();
        const std::size_t read = of_reading_.size();
        analysis_.findings = std::move(of_reading_);
        analysis_.findings.append(std::move(of_rules_));
        drop_follow_on_findings(analysis_.root, analysis_.sources, analysis_.findings, read);
    }

    Analysis& analysis_;
    source::Findings of_reading_;
    source::Findings of_rules_;
    syntax::LineReader lines_;
    ast::Binder binder_;
    RuleRun rules_;
};

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
    if (options.sink == nullptr || !StatementWalk(analysis, file, reading, options).pass_to(*options.sink)) {
        if (options.sink != nullptr) options.sink->void_all();
        analysis.tree = {};
        analysis.sources.forget_reading();
        StatementWalk(analysis, file, reading, options).keep_all();
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
