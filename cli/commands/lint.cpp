#include <algorithm>
#include <memory>

#include "cli/analysis_options.h"
#include "cli/command.h"
#include "cli/lint/analyse.h"
#include "cli/lint/tell.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

struct LintArguments {
    AnalysisArguments analysis;
    std::vector<std::string> files;
    bool cluster = false;
    std::vector<std::string> nodes;  ///< NAME=FILE
    TellArguments tell;
    std::string fail_on = "warning";
};

ExitStatus exit_status(const Linted& linted, source::Severity fail_on) {
    if (!linted.unread.empty()) return ExitStatus::failed;
    const auto fails = [&](const source::Findings& findings) {
        return std::ranges::any_of(findings,
                                   [&](const source::Finding& finding) { return finding.severity <= fail_on; });
    };
    const bool found = std::ranges::any_of(linted.analyses, fails, &validate::Analysis::findings) ||
                       std::ranges::any_of(linted.of_cluster, fails);
    return found ? ExitStatus::findings : ExitStatus::ok;
}

ExitStatus lint(const LintArguments& arguments, const Streams& streams) {
    const auto options = analysis_options(arguments.analysis);
    if (!options) return report_failure(streams, options.error());
    const auto fail_on = source::severity_named(arguments.fail_on).value_or(source::Severity::warning);
    const auto telling = telling_of(arguments.tell, fail_on);
    if (!telling) return report_failure(streams, telling.error());
    auto linted = arguments.cluster ? analyse_cluster(arguments.files, arguments.nodes, *options)
                                    : Result<Linted>(analyse_files(arguments.files, *options));
    if (!linted) return report_failure(streams, linted.error());
    const ExitStatus status = exit_status(*linted, fail_on);
    if (const auto told = tell(*std::move(linted), *telling, streams); !told)
        return report_failure(streams, told.error());
    return status;
}

void add_lint(Command program, Invocation& invocation) {
    Command command = program.command("lint", "say what is wrong with a configuration");
    auto arguments = std::make_shared<LintArguments>();
    add_analysis_options(command, arguments->analysis);
    command.flag("--cluster", arguments->cluster, "hold the files against each other: each is a node of one cluster");
    command.option("--node", arguments->nodes, "a node of the cluster with its name, which is its --config-id, too")
        .type_name("NAME=FILE")
        .one_value_each();
    command.flag("--host", arguments->analysis.host, "check also what depends on this machine");
    add_tell_options(command, arguments->tell);
    command.option("--fail-on", arguments->fail_on, "the least severity that makes the exit status 1 (warning)")
        .one_of({"error", "warning", "info"});
    command.option("FILE", arguments->files, "files to check; - is standard input").type_name("");
    command.on_chosen([&invocation, arguments] {
        if (!arguments->nodes.empty()) arguments->cluster = true;
        if (arguments->files.empty() && arguments->nodes.empty()) arguments->files.emplace_back(default_configuration);
        invocation.run = [arguments](const Streams& streams) { return lint(*arguments, streams); };
    });
}

}  // namespace

extern const Registration lint_command{.name = "lint", .heading = Heading::configurations, .add = add_lint};

}  // namespace lbctl::cli
