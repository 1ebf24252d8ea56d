#include <algorithm>
#include <memory>

#include "cli/analysis_options.h"
#include "cli/command.h"
#include "cli/findings_json.h"
#include "cli/findings_text.h"
#include "cli/print.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

struct LintArguments {
    AnalysisArguments analysis;
    std::vector<std::string> files;
    std::string format = "text";
    std::string fail_on = "warning";
    bool quiet = false;
};

bool at_least(source::Severity severity, const std::string& threshold) {
    if (threshold == "error") return severity == source::Severity::error;
    if (threshold == "warning") return severity != source::Severity::info;
    return true;
}

ExitStatus lint(const LintArguments& arguments, const Streams& streams) {
    auto options = analysis_options(arguments.analysis);
    if (!options) return report_failure(streams, options.error());
    options->take = [](const ast::Node&, const source::Sources&, bool) { return true; };
    std::vector<validate::Analysis> analyses;
    std::vector<UnreadFile> unread;
    for (const std::string& file : arguments.files) {
        auto analysis = validate::analyse_file(file, *options);
        if (!analysis) {
            report_failure(streams, analysis.error());
            unread.push_back({file, std::move(analysis.error())});
            continue;
        }
        analyses.push_back(std::move(*analysis));
    }
    if (arguments.format == "json") {
        print_text(streams.out, findings_json(analyses, unread));
    } else if (!arguments.quiet) {
        for (const validate::Analysis& analysis : analyses) {
            print_text(streams.out, findings_text(analysis.sources, analysis.findings, streams.colour_out));
        }
        // On a terminal the summary shall stand below what it sums up.
        std::fflush(streams.out);
        const std::string summary = findings_summary(analyses);
        if (!summary.empty()) print(streams.err, "{}\n", summary);
    }
    if (!unread.empty()) return ExitStatus::failed;
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
    command.flag("--host", arguments->analysis.host, "check also what depends on this machine");
    command.option("--format", arguments->format, "text or json").one_of({"text", "json"});
    command.option("--fail-on", arguments->fail_on, "the least severity that makes the exit status 1 (warning)")
        .one_of({"error", "warning", "info"});
    command.flag("-q,--quiet", arguments->quiet, "print nothing, only set the exit status");
    command.option("FILE", arguments->files, "files to check; - is standard input").type_name("");
    command.on_chosen([&invocation, arguments] {
        if (arguments->files.empty()) arguments->files.emplace_back(default_configuration);
        invocation.run = [arguments](const Streams& streams) { return lint(*arguments, streams); };
    });
}

}  // namespace lbctl::cli
