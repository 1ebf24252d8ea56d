#include <algorithm>
#include <memory>

#include "cli/analysis_options.h"
#include "cli/command.h"
#include "cli/counted.h"
#include "cli/lint/analyse.h"
#include "cli/lint/cluster.h"
#include "cli/lint/fix.h"
#include "cli/lint/tell.h"
#include "cli/print.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

struct LintArguments {
    AnalysisArguments analysis;
    std::vector<std::string> files;
    bool cluster = false;
    std::vector<std::string> nodes;  ///< NAME=FILE
    TellArguments tell;
    FixArguments fix;
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

/// What --diff ends with: its findings are what would be changed.
ExitStatus show_changes(const Fixed& fixed, const Streams& streams) {
    for (const UnreadFile& file : fixed.unread) report_failure(streams, file.failure);
    print_changes(fixed, streams);
    if (!fixed.unread.empty()) return ExitStatus::failed;
    return changed_files(fixed) == 0 ? ExitStatus::ok : ExitStatus::findings;
}

Result<Linted> analyse(const LintArguments& arguments, const validate::AnalysisOptions& options) {
    if (arguments.cluster) return analyse_cluster(arguments.files, arguments.nodes, options);
    return analyse_files(arguments.files, options);
}

/// Nodes of a cluster are mended each for itself: what they have against each other has no fix.
Result<std::vector<std::string>> files_to_fix(const LintArguments& arguments,
                                              const validate::AnalysisOptions& options) {
    if (!arguments.cluster) return arguments.files;
    return cluster_nodes(arguments.files, arguments.nodes, options).map([](const std::vector<NodeFile>& nodes) {
        std::vector<std::string> paths;
        for (const NodeFile& node : nodes) {
            if (std::ranges::find(paths, node.path) == paths.end()) paths.push_back(node.path);
        }
        return paths;
    });
}

Result<Fixed> fix(const LintArguments& arguments, validate::AnalysisOptions options) {
    if (!arguments.fix.is_wanted()) {
        if (arguments.fix.with_unsafe) return failure("--unsafe-fixes says which fixes --fix or --diff makes");
        return Fixed{};
    }
    const auto files = files_to_fix(arguments, options);
    if (!files) return tl::make_unexpected(files.error());
    if (!arguments.fix.diff && std::ranges::find(*files, "-") != files->end())
        return failure("standard input cannot be mended", "--diff shows what would be changed");
    options.config_id.reset();
    return fix_files(*files, options, arguments.fix.with_unsafe);
}

ExitStatus lint(const LintArguments& arguments, const Streams& streams) {
    const auto options = analysis_options(arguments.analysis);
    if (!options) return report_failure(streams, options.error());
    const auto fail_on = source::severity_named(arguments.fail_on).value_or(source::Severity::warning);
    const auto telling = telling_of(arguments.tell, fail_on);
    if (!telling) return report_failure(streams, telling.error());
    const auto fixed = fix(arguments, *options);
    if (!fixed) return report_failure(streams, fixed.error());
    if (arguments.fix.diff) return show_changes(*fixed, streams);
    if (auto written = write_changes(*fixed); !written) return report_failure(streams, written.error());
    auto linted = analyse(arguments, *options);
    if (!linted) return report_failure(streams, linted.error());
    const ExitStatus status = exit_status(*linted, fail_on);
    if (const auto told = tell(*std::move(linted), *telling, streams); !told)
        return report_failure(streams, told.error());
    if (fixed->fixes > 0 && !arguments.tell.quiet) {
        print(streams.err, "{} mended in {}\n", counted(fixed->fixes, "fault"), counted(changed_files(*fixed), "file"));
    }
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
    add_fix_options(command, arguments->fix);
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
