#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "cli/analysis_options.h"
#include "cli/command.h"
#include "cli/counted.h"
#include "cli/interruption.h"
#include "cli/lint/analyse.h"
#include "cli/lint/baseline_options.h"
#include "cli/lint/choose.h"
#include "cli/lint/cluster.h"
#include "cli/lint/file_watch.h"
#include "cli/lint/files.h"
#include "cli/lint/fix.h"
#include "cli/lint/settings.h"
#include "cli/lint/tell.h"
#include "cli/print.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

constexpr std::uint32_t most_jobs = 256;

struct LintArguments {
    SettingsArguments settings;
    std::vector<std::string> files;
    bool cluster = false;
    std::vector<std::string> nodes;  ///< NAME=FILE
    TellArguments tell;
    FixArguments fix;
    std::string fail_on = "warning";
    bool has_fail_on = false;
    BaselineArguments baseline;
    std::uint32_t jobs = 0;  ///< 0: as many as there are processors
    bool watch = false;
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

/// The file whose project file says what holds for the whole run.
std::string first_file(const LintArguments& arguments) {
    if (!arguments.files.empty()) return arguments.files.front();
    const std::string& node = arguments.nodes.front();
    return node.substr(node.find('=') + 1);
}

/// What holds for all files of a run.
struct RunSettings {
    TellArguments tell;
    source::Severity fail_on = source::Severity::warning;
};

/// What the command line says counts more than the project file, which may be null.
RunSettings run_settings(const LintArguments& arguments, const ProjectFile* project) {
    RunSettings run{arguments.tell, source::severity_named(arguments.fail_on).value_or(source::Severity::warning)};
    if (project == nullptr) return run;
    if (!arguments.has_fail_on) run.fail_on = project->fail_on.value_or(run.fail_on);
    if (!run.tell.has_min_severity && project->min_severity)
        run.tell.min_severity = std::string(source::to_string(*project->min_severity));
    return run;
}

std::size_t jobs_of(const LintArguments& arguments) {
    return arguments.jobs > 0 ? arguments.jobs : std::max(std::thread::hardware_concurrency(), 1U);
}

Result<Linted> analyse(const LintArguments& arguments, SettingsByFile& settings, const Streams& streams) {
    if (arguments.cluster) return analyse_cluster(arguments.files, arguments.nodes, settings);
    const auto files = files_to_lint(arguments.files);
    if (!files) return tl::make_unexpected(files.error());
    return analyse_files(*files, settings, jobs_of(arguments), streams);
}

/// Nodes of a cluster are mended each for itself: what they have against each other has no fix.
Result<FilesToLint> files_to_fix(const LintArguments& arguments, SettingsByFile& settings) {
    if (!arguments.cluster) return files_to_lint(arguments.files);
    const auto its = settings.of(first_file(arguments));
    if (!its) return tl::make_unexpected(its.error());
    return cluster_nodes(arguments.files, arguments.nodes, (*its)->options).map([](const std::vector<NodeFile>& nodes) {
        FilesToLint files;
        for (const NodeFile& node : nodes) {
            if (std::ranges::find(files.files, node.path) == files.files.end()) files.files.push_back(node.path);
        }
        return files;
    });
}

Result<Fixed> fix(const LintArguments& arguments, SettingsByFile& settings, const Streams& streams) {
    if (!arguments.fix.is_wanted()) {
        if (arguments.fix.with_unsafe) return failure("--unsafe-fixes says which fixes --fix or --diff makes");
        return Fixed{};
    }
    if (arguments.watch) return failure("--watch cannot be used with --fix or --diff", "leave one of them out");
    const auto files = files_to_fix(arguments, settings);
    if (!files) return tl::make_unexpected(files.error());
    if (!arguments.fix.diff && std::ranges::find(files->files, "-") != files->files.end())
        return failure("standard input cannot be mended", "--diff shows what would be changed");
    return fix_files(*files, settings, jobs_of(arguments), streams, arguments.fix.with_unsafe);
}

/// What --diff ends with: its findings are what would be changed.
ExitStatus show_changes(const Fixed& fixed, const Streams& streams) {
    for (const UnreadFile& file : fixed.unread) report_failure(streams, file.failure);
    print_changes(fixed, streams);
    if (!fixed.unread.empty()) return ExitStatus::failed;
    return changed_files(fixed) == 0 ? ExitStatus::ok : ExitStatus::findings;
}

/// All files that had to do with what was found.
std::vector<std::string> files_read(const Linted& linted, const SettingsByFile& settings) {
    std::vector<std::string> files = settings.project_files();
    for (const validate::Analysis& analysis : linted.analyses) {
        for (source::FileId file = 0; file < analysis.sources.file_count(); ++file)
            files.push_back(analysis.sources.name(file));
    }
    for (const UnreadFile& file : linted.unread) files.push_back(file.name);
    return files;
}

struct Outcome {
    ExitStatus status = ExitStatus::ok;
    std::vector<std::string> files;  ///< that were read
};

Result<Outcome> lint_once(const LintArguments& arguments, const Streams& streams) {
    auto settings = SettingsByFile::make(arguments.settings);
    if (!settings) return tl::make_unexpected(settings.error());
    const auto project = settings->project_of(first_file(arguments));
    if (!project) return tl::make_unexpected(project.error());
    const RunSettings run = run_settings(arguments, *project);
    const auto telling = telling_of(run.tell, run.fail_on);
    if (!telling) return tl::make_unexpected(telling.error());
    const auto fixed = fix(arguments, *settings, streams);
    if (!fixed) return tl::make_unexpected(fixed.error());
    if (arguments.fix.diff) return Outcome{show_changes(*fixed, streams), {}};
    if (auto written = write_changes(*fixed); !written) return tl::make_unexpected(written.error());
    auto linted = analyse(arguments, *settings, streams);
    if (!linted) return tl::make_unexpected(linted.error());
    choose(*linted, !arguments.settings.analysis.has_config_id);
    if (auto done = take_baseline_off(*linted, arguments.baseline, *project, streams); !done)
        return tl::make_unexpected(done.error());
    Outcome outcome{ExitStatus::ok, files_read(*linted, *settings)};
    for (validate::Analysis& faults : settings->take_faults()) linted->analyses.push_back(std::move(faults));
    outcome.status = exit_status(*linted, run.fail_on);
    if (auto told = tell(*std::move(linted), *telling, streams); !told) return tl::make_unexpected(told.error());
    if (fixed->fixes > 0 && !arguments.tell.quiet) {
        print(streams.err, "{} mended in {}\n", counted(fixed->fixes, "fault"), counted(changed_files(*fixed), "file"));
    }
    return outcome;
}

/// Checks again and again, whenever a file has changed. Only a signal ends it.
ExitStatus watch(const LintArguments& arguments, const Streams& streams) {
    end_at_once_on_signals(Ending::silent);
    if (std::ranges::find(arguments.files, "-") != arguments.files.end())
        return report_failure(streams, {"--watch: standard input cannot be read twice", "name a file"});
    auto changes = FileWatch::make();
    if (!changes) return report_failure(streams, changes.error());
    changes->add(arguments.files);
    for (;;) {
        std::vector<std::string> files = arguments.files;
        if (const auto outcome = lint_once(arguments, streams); outcome)
            files.insert(files.end(), outcome->files.begin(), outcome->files.end());
        else
            report_failure(streams, outcome.error());
        std::fflush(streams.out);
        changes->add(files);
        const std::string state = FileWatch::state_of(files);
        print(streams.err, "waiting for changes\n");
        do changes->wait();
        while (FileWatch::state_of(files) == state);
    }
}

ExitStatus lint(const LintArguments& arguments, const Streams& streams) {
    if (arguments.watch) return watch(arguments, streams);
    const auto outcome = lint_once(arguments, streams);
    return outcome ? outcome->status : report_failure(streams, outcome.error());
}

void add_lint(Command program, Invocation& invocation) {
    Command command = program.command("lint", "say what is wrong with a configuration");
    auto arguments = std::make_shared<LintArguments>();
    add_analysis_options(command, arguments->settings.analysis);
    command.flag("--cluster", arguments->cluster, "hold the files against each other: each is a node of one cluster");
    command.option("--node", arguments->nodes, "a node of the cluster with its name, which is its --config-id, too")
        .type_name("NAME=FILE")
        .one_value_each();
    command.flag("--host", arguments->settings.analysis.host, "check also what depends on this machine");
    add_settings_options(command, arguments->settings);
    add_baseline_options(command, arguments->baseline);
    add_tell_options(command, arguments->tell);
    add_fix_options(command, arguments->fix);
    command.option("--fail-on", arguments->fail_on, "the least severity that makes the exit status 1 (warning)")
        .one_of({"error", "warning", "info"})
        .tells(arguments->has_fail_on);
    command.option("-j,--jobs", arguments->jobs, "how many files are checked at a time (one for each processor)")
        .type_name("NUMBER")
        .within(std::uint32_t{1}, most_jobs);
    command.flag("--watch", arguments->watch, "check again whenever a file changes");
    command.option("FILE", arguments->files, "files, folders or patterns to check; - is standard input").type_name("");
    command.on_chosen([&invocation, arguments] {
        if (!arguments->nodes.empty()) arguments->cluster = true;
        if (arguments->files.empty() && arguments->nodes.empty()) arguments->files.emplace_back(default_configuration);
        invocation.run = [arguments](const Streams& streams) { return lint(*arguments, streams); };
    });
}

}  // namespace

extern const Registration lint_command{
    .name = "lint", .heading = Heading::configurations, .rights = Rights::files, .add = add_lint};

}  // namespace lbctl::cli
