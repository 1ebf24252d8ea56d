#include "cli/configuration.h"

#include <fmt/format.h>

#include <algorithm>

#include "backend/health/checked_services.h"
#include "backend/health/first_round.h"
#include "backend/table/compile.h"
#include "cli/print.h"
#include "cli/render/check_report.h"
#include "cli/render/findings_text.h"
#include "grammar/validate/other_format.h"

namespace lbctl::cli {

void add_configuration_options(Command command, ConfigurationOptions& options) {
    add_analysis_options(command, options.analysis);
    command.flag("--keep-going", options.keep_going, "take a file with errors as keepalived would take it");
}

namespace {

Result<validate::Analysis> load(const ConfigurationOptions& options, const std::string& file, const Streams& streams,
                                validate::StatementSink* sink) {
    auto analysis_option = analysis_options(options.analysis);
    if (!analysis_option) return tl::make_unexpected(analysis_option.error());
    analysis_option->sink = sink;
    auto analysis = validate::analyse_file(file, *analysis_option);
    if (!analysis) return analysis;
    source::Findings serious;
    for (const source::Finding& finding : analysis->findings) {
        if (finding.severity != source::Severity::info) serious.push_back(finding);
    }
    if (!options.silent) print_text(streams.err, findings_text(analysis->sources, serious, streams.colour_err));
    if (auto whole = refuse_template(*analysis, file); !whole) return tl::make_unexpected(whole.error());
    if (analysis->findings.facts().is_other_format())
        return failure(fmt::format("{} is no keepalived.conf, so nothing was done with it", file));
    if (!options.keep_going) {
        if (!analysis->has_errors()) return analysis;
        return failure(fmt::format("{} has errors, so nothing was done with it", file),
                       "mend them, or take it as keepalived would with --keep-going");
    }
    if (analysis->findings.empty()) return analysis;
    take_as_daemon(*analysis, *analysis_option, streams);
    // keepalived leaves the table of a file with which it does not run as if the file were empty.
    if (analysis->daemon_end) analysis->root.children = {};
    return analysis;
}

}  // namespace

Result<validate::Analysis> load_analysis(const ConfigurationOptions& options, const std::string& file,
                                         const Streams& streams) {
    return load(options, file, streams, nullptr);
}

Result<void> refuse_template(const validate::Analysis& analysis, const std::string& file) {
    if (!analysis.findings.facts().is_template()) return {};
    return failure(fmt::format("{} is a template, so nothing was done with it", file),
                   "give it what the template becomes");
}

void take_as_daemon(validate::Analysis& analysis, const validate::AnalysisOptions& options, const Streams& streams) {
    validate::read_as_daemon(analysis, options);
    if (!analysis.daemon_end) return;
    const source::Range where = analysis.daemon_end->where.range;
    print(streams.err, "lbctl: keepalived ends at {}:{}, and nothing of the file is in force: {}\n",
          analysis.sources.name(where.file), where.begin.line, analysis.daemon_end->reason);
}

Result<table::Wanted> load_wanted(const ConfigurationOptions& options, const std::string& file,
                                  const Streams& streams) {
    table::Compilation compilation;
    const auto analysis = load(options, file, streams, &compilation);
    if (!analysis) return tl::make_unexpected(analysis.error());
    auto wanted = compilation.finish(analysis->root, analysis->sources);
    if (wanted) wanted->says_nothing = analysis->daemon_end || validate::says_nothing(analysis->sources.text(0));
    return wanted;
}

Result<table::Wanted> load_checked_wanted(const ConfigurationOptions& options, const std::string& file,
                                          const Streams& streams) {
    const auto analysis = load(options, file, streams, nullptr);
    if (!analysis) return tl::make_unexpected(analysis.error());
    const auto target = target_version(options.analysis.target_version);
    if (!target) return tl::make_unexpected(target.error());
    const health::CheckedServices checked = health::checked_services(analysis->root, *target);
    const health::RoundOptions round{health::check_options(analysis->root, *target)};
    const auto results = health::run_first_round(checked.checkers, round);
    if (!results) return tl::make_unexpected(results.error());
    const health::FirstRoundOutcome outcome = health::outcome_of(checked, *results, *target);
    print_text(streams.err, servers_not_up({checked, *results, outcome, analysis->sources, round}));
    auto wanted = table::compile(analysis->root, analysis->sources, &outcome.servings);
    if (wanted) wanted->says_nothing = analysis->daemon_end || validate::says_nothing(analysis->sources.text(0));
    return wanted;
}

Result<listing::ListingNotes> load_notes(const ConfigurationOptions& options, const std::string& file,
                                         const Streams& streams) {
    const auto analysis = load(options, file, streams, nullptr);
    if (!analysis) return tl::make_unexpected(analysis.error());
    auto wanted = table::compile(analysis->root, analysis->sources);
    if (!wanted) return tl::make_unexpected(wanted.error());
    return listing::ListingNotes(*std::move(wanted), listing::ListingLabels(analysis->root, analysis->sources));
}

}  // namespace lbctl::cli
