#include <algorithm>
#include <memory>

#include "cli/analysis_options.h"
#include "cli/command.h"
#include "cli/findings_json.h"
#include "cli/findings_text.h"
#include "cli/lint_cluster.h"
#include "cli/print.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

struct LintArguments {
    AnalysisArguments analysis;
    std::vector<std::string> files;
    bool cluster = false;
    std::vector<std::string> nodes;  ///< NAME=FILE
    std::string format = "text";
    std::string fail_on = "warning";
    bool quiet = false;
};

bool at_least(source::Severity severity, const std::string& threshold) {
    if (threshold == "error") return severity == source::Severity::error;
    if (threshold == "warning") return severity != source::Severity::info;
    return true;
}

struct Linted {
    std::vector<validate::Analysis> analyses;
    std::vector<source::Findings> of_cluster;  ///< a list for each of them; empty: there is no cluster
    std::vector<UnreadFile> unread;
};

Linted lint_files(const LintArguments& arguments, validate::AnalysisOptions options, const Streams& streams) {
    options.take = [](const ast::Node&, const source::Sources&, bool) { return true; };
    Linted linted;
    for (const std::string& file : arguments.files) {
        auto analysis = validate::analyse_file(file, options);
        if (!analysis) {
            report_failure(streams, analysis.error());
            linted.unread.push_back({file, std::move(analysis.error())});
            continue;
        }
        linted.analyses.push_back(std::move(*analysis));
    }
    return linted;
}

Result<Linted> lint_cluster(const LintArguments& arguments, const validate::AnalysisOptions& options) {
    const auto nodes = cluster_nodes(arguments.files, arguments.nodes, options);
    if (!nodes) return tl::make_unexpected(nodes.error());
    auto analyses = analyse_nodes(*nodes, options);
    if (!analyses) return tl::make_unexpected(analyses.error());
    Linted linted{*std::move(analyses), {}, {}};
    linted.of_cluster = cluster_findings(*nodes, linted.analyses, options);
    return linted;
}

ExitStatus lint(const LintArguments& arguments, const Streams& streams) {
    const auto options = analysis_options(arguments.analysis);
    if (!options) return report_failure(streams, options.error());
    auto linted = arguments.cluster ? lint_cluster(arguments, *options) : lint_files(arguments, *options, streams);
    if (!linted) return report_failure(streams, linted.error());
    std::vector<validate::Analysis>& analyses = linted->analyses;
    std::string text;
    if (arguments.format == "text" && !arguments.quiet) {
        for (const validate::Analysis& analysis : analyses) {
            text += findings_text(analysis.sources, analysis.findings, streams.colour_out);
        }
    }
    // What nodes have against each other stands behind what each has by itself.
    for (std::size_t i = 0; i < linted->of_cluster.size(); ++i) {
        text += findings_text(analyses[i].sources, linted->of_cluster[i], streams.colour_out);
        analyses[i].findings.append(std::move(linted->of_cluster[i]));
    }
    if (arguments.format == "json") {
        print_text(streams.out, findings_json(analyses, linted->unread));
    } else if (!arguments.quiet) {
        print_text(streams.out, text);
        // On a terminal the summary shall stand below what it sums up.
        std::fflush(streams.out);
        const std::string summary = findings_summary(analyses);
        if (!summary.empty()) print(streams.err, "{}\n", summary);
    }
    if (!linted->unread.empty()) return ExitStatus::failed;
    const bool found = std::any_of(analyses.begin(), analyses.end(), [&](const validate::Analysis& analysis) {
        return std::any_of(analysis.findings.begin(), analysis.findings.end(), [&](const source::Finding& finding) {
            return at_least(finding.severity, arguments.fail_on);
        });
    });
    return found ? ExitStatus::findings : ExitStatus::ok;
}

}  // namespace

void add_lint(Command program, Invocation& invocation) {
    Command command = program.command("lint", "say what is wrong with a configuration");
    auto arguments = std::make_shared<LintArguments>();
    add_analysis_options(command, arguments->analysis);
    command.flag("--cluster", arguments->cluster, "hold the files against each other: each is a node of one cluster");
    command.option("--node", arguments->nodes, "a node of the cluster with its name, which is its --config-id, too")
        .type_name("NAME=FILE")
        .one_value_each();
    command.flag("--host", arguments->analysis.host, "check also what depends on this machine");
    command.option("--format", arguments->format, "text or json").one_of({"text", "json"});
    command.option("--fail-on", arguments->fail_on, "the least severity that makes the exit status 1 (warning)")
        .one_of({"error", "warning", "info"});
    command.flag("-q,--quiet", arguments->quiet, "print nothing, only set the exit status");
    command.option("FILE", arguments->files, "files to check; - is standard input").type_name("");
    command.on_chosen([&invocation, arguments] {
        if (!arguments->nodes.empty()) arguments->cluster = true;
        if (arguments->files.empty() && arguments->nodes.empty()) arguments->files.emplace_back(default_configuration);
        invocation.run = [arguments](const Streams& streams) { return lint(*arguments, streams); };
    });
}

}  // namespace lbctl::cli
