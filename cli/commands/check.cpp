#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/health/checked_services.h"
#include "backend/health/event_loop.h"
#include "backend/health/first_round.h"
#include "backend/listing/target.h"
#include "backend/table/compile.h"
#include "cli/command.h"
#include "cli/commands/check_digest.h"
#include "cli/commands/check_watch.h"
#include "cli/configuration.h"
#include "cli/counted.h"
#include "cli/print.h"
#include "cli/render/check_report.h"
#include "cli/report_failure.h"
#include "cli/status_line.h"

namespace lbctl::cli {

namespace {

struct Options {
    AnalysisArguments analysis;
    std::string file;
    std::string format = "text";
    std::string service = "*";
    std::string server = "*";
    std::uint32_t jobs = 256;
    bool no_scripts = false;
    bool traces = false;
    bool strict = false;
    bool as_meant = false;
    bool watch = false;
    bool applies = false;
    bool leaves_table = false;
    bool plain = false;
    bool force = false;
    bool has_file = false;
    DigestOptions digest;
};

/// What --service or --server names. A word that names no address may still be the name of a group.
struct Chosen {
    const std::string& word;
    std::optional<listing::Target> target;
};

Chosen chosen(const std::string& word) {
    auto target = listing::Target::parse(word);
    return {word, target ? std::optional(*std::move(target)) : std::nullopt};
}

/// Whether --service names it. A group is named as it is printed, or by its name alone.
bool names_service(const Chosen& wanted, const health::CheckedService& service) {
    const auto& head = service.service.head;
    if (const auto* group = std::get_if<model::GroupHead>(&head))
        return listing::glob_matches(wanted.word, service.name) || listing::glob_matches(wanted.word, group->name);
    if (!wanted.target) return false;
    if (const auto* mark = std::get_if<model::FwmarkHead>(&head))
        return wanted.target->names(table::ServiceKey(table::FwmarkKey{Family::inet, mark->mark}));
    const auto& address = std::get<model::AddressHead>(head);
    return wanted.target->names(
        table::ServiceKey(table::AddressKey{table::protocol_of(service.service), address.address, address.port}));
}

/// The servers that --service and --server name.
Result<health::CheckedServices> select(health::CheckedServices all, const Options& options) {
    const Chosen service = chosen(options.service);
    const Chosen server = chosen(options.server);
    health::CheckedServices wanted =
        health::only(std::move(all), [&](const health::CheckedService& one, const health::CheckedServer& other) {
            return names_service(service, one) && server.target &&
                   server.target->names(table::DestinationKey{other.server.address, other.server.port});
        });
    const bool is_chosen = options.service != "*" || options.server != "*";
    if (!is_chosen || !wanted.services.empty()) return wanted;
    return failure(
        fmt::format("no virtual server that `{}' names has a real server `{}'", options.service, options.server),
        "`lbctl check' without --service and --server shows them");
}

ExitStatus watch(const Options& options, const Streams& streams) {
    if (options.format != "text" && options.format != "ndjson")
        return report_failure(streams,
                              {"--watch tells as text or ndjson", "leave --format out, or say --format ndjson"});
    return watch_checks(
        {options.analysis, options.file, options.format == "text" ? WatchFormat::text : WatchFormat::ndjson,
         !options.no_scripts, options.applies, options.leaves_table, options.plain, options.force},
        streams);
}

ExitStatus run(const Options& options, const Streams& streams) {
    if (options.watch) return watch(options, streams);
    if (!options.digest.url.empty()) {
        if (!options.has_file && options.service == "*" && options.format == "text")
            return print_digest(options.digest, options.server, streams);
        return report_failure(streams, {"--url asks one server for one page, and prints the digest alone",
                                        "leave the file, --service and --format out"});
    }
    // Nothing is changed, so a file with errors is taken as keepalived takes it.
    const auto analysis = load_analysis({options.analysis, true}, options.file, streams);
    if (!analysis) return report_failure(streams, analysis.error());
    const auto target = target_version(options.analysis.target_version);
    if (!target) return report_failure(streams, target.error());
    auto selected = select(health::checked_services(analysis->root, *target), options);
    if (!selected) return report_failure(streams, selected.error());
    const health::CheckedServices& checked = *selected;
    health::RoundOptions round{health::check_options(analysis->root, *target)};
    round.most_at_once = options.jobs;
    round.runs_scripts = !options.no_scripts;
    round.traces = options.traces;
    round.has_second_judge = true;
    round.judges_as_meant = options.as_meant;
    if (options.digest.wanted) return print_digests(checked, round, analysis->sources, options.format, streams);
    health::allow_many_descriptors();
    auto results = [&] {
        StatusLine line(streams.err);
        round.progress = [&line, all = checked.checkers.size()](std::size_t done) {
            line.show(fmt::format("checking: {} of {}", done, all));
        };
        return health::run_first_round(checked.checkers, round);
    }();
    if (!results) return report_failure(streams, results.error());
    const health::FirstRoundOutcome outcome = health::outcome_of(checked, *results, *target);
    const CheckReport report{checked, *results,       outcome,        analysis->sources,
                             round,   options.traces, options.strict, streams.colour_out};
    for (const CheckFormat& format : check_formats()) {
        if (format.name == options.format) print_text(streams.out, format.write(report));
    }
    std::size_t all = 0;
    std::size_t up = 0;
    for (const health::CheckedService& service : checked.services) {
        for (const health::CheckedServer& server : service.servers) {
            ++all;
            if (report.verdict_of(server).state == health::ServerState::up) ++up;
        }
    }
    if (options.format == "text") {
        std::fflush(streams.out);
        print(streams.err, "{} of {} real servers up\n", up, all);
    }
    const std::size_t later = report.count_later();
    if (options.format == "text" && later != 0)
        print(streams.err, "{} would be wrong in later rounds\n", counted(later, "thing"));
    return up == all && later == 0 ? ExitStatus::ok : ExitStatus::findings;
}

void add_check(Command program, Invocation& invocation) {
    auto options = std::make_shared<Options>();
    Command command = program.command("check", "run every health check once and say what keepalived would make of it");
    add_analysis_options(command, options->analysis);
    command.flag("--no-scripts", options->no_scripts, "run no commands (MISC_CHECK)");
    const Option traces = command.flag("--trace", options->traces, "show what was sent and what came");
    const Option strict =
        command.flag("--strict-once", options->strict, "say what would be wrong in later rounds, too, and fail for it");
    const Option meant =
        command.flag("--as-meant", options->as_meant, "judge as whoever wrote the checkers expects, not as keepalived");
    const Option service =
        command
            .option("--service", options->service, "only virtual servers of that name, such as 10.0.8.9:80 or 'TCP *'")
            .type_name("SERVICE");
    const Option server = command
                              .option("-s,--server", options->server,
                                      "only real servers of that name, ADDRESS or ADDRESS:PORT; * and ? as in a shell")
                              .type_name("SERVER");
    const Option watch =
        command.flag("--watch", options->watch, "go on with the timers of the file, and print a line for each change")
            .excludes(traces)
            .excludes(strict)
            .excludes(meant)
            .excludes(service)
            .excludes(server);
    Option applies = command.flag("--apply", options->applies,
                                  "with --watch: the live table follows, and notify scripts and FIFOs are told");
    applies.needs(watch);
    command.flag("--plain", options->plain, "with --watch: print lines on a terminal, too, instead of a screen")
        .needs(watch);
    command.flag("--leave-table", options->leaves_table, "with --apply: leave the table as it is at the end")
        .needs(applies);
    command.flag("--force", options->force, "with --apply: go on although keepalived looks after the table")
        .needs(applies);
    command.option("--jobs", options->jobs, "how many checks run at the same time (256)")
        .type_name("N")
        .within(1U, 10'000U);
    add_digest_options(command, options->digest).excludes(watch).excludes(traces).excludes(strict).excludes(meant);
    std::vector<std::string> formats;
    for (const CheckFormat& format : check_formats()) formats.emplace_back(format.name);
    command.option("--format", options->format, "text, json, ndjson, junit or prometheus").one_of(std::move(formats));
    command.option("FILE", options->file, "keepalived.conf; - is standard input").type_name("");
    command.on_chosen([options, &invocation] {
        options->has_file = !options->file.empty();
        if (!options->has_file) options->file = default_configuration;
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace

extern const Registration check_command{
    .name = "check", .heading = Heading::shows, .rights = Rights::everything, .add = add_check};

}  // namespace lbctl::cli
