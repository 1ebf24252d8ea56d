#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "backend/doctor/check.h"
#include "backend/doctor/read_machine.h"
#include "backend/emit/configuration.h"
#include "backend/emit/gateway.h"
#include "backend/emit/real_servers.h"
#include "backend/netlink/network_namespace.h"
#include "cli/command.h"
#include "cli/configuration.h"
#include "cli/lint/tell.h"
#include "cli/print.h"
#include "cli/render/machine_findings.h"
#include "cli/report_failure.h"
#include "cli/wanted_source.h"
#include "grammar/source/files.h"

namespace lbctl::cli {

namespace {

constexpr double longest_listening = 3600;

struct Options {
    AnalysisArguments analysis;
    TellArguments tell;
    std::string file;
    std::string role = "director";
    std::string from;  ///< what --collect wrote
    bool collect = false;
    double listen = 0;  ///< seconds; 0: not
    std::string vips;
    std::string gateway;
};

doctor::ReadOptions read_options(const Options& options) {
    doctor::ReadOptions read;
    if (options.listen > 0) read.listen = options.listen;
    return read;
}

Result<doctor::Machine> read_collected(const std::string& file) {
    base::Arena room;
    const auto text = source::read_file(file, room, source::NamedBy::person, doctor::most_machine_bytes);
    if (!text) return tl::make_unexpected(text.error());
    auto machine = doctor::machine_from_json(*text);
    if (!machine) return tl::make_unexpected(prefixed(input_name(file) + ": ", machine.error()));
    return machine;
}

/// This machine where the table is, or the one that was collected.
Result<doctor::Machine> machine_for(const Options& options, const emit::Configuration& configuration) {
    if (!options.from.empty()) return read_collected(options.from);
    const auto visit = netlink::NamespaceVisit::enter(configuration.wanted.net_namespace_ipvs);
    if (!visit) return tl::make_unexpected(visit.error());
    return doctor::read_machine(read_options(options));
}

emit::Choices choices_of(const Options& options) {
    std::map<std::string, std::string, std::less<>> given;
    if (!options.vips.empty()) given.emplace(emit::vip_option.name, options.vips);
    if (!options.gateway.empty()) given.emplace(emit::gateway_option.name, options.gateway);
    return emit::Choices(std::move(given));
}

ExitStatus collect(const Options& options, const Streams& streams) {
    if (!options.file.empty())
        return report_failure(streams, {"--collect looks at the machine only, whatever the configuration",
                                        "name the file with --from, where it is examined"});
    const auto machine = doctor::read_machine(read_options(options));
    if (!machine) return report_failure(streams, machine.error());
    for (const doctor::Unread& unread : machine->unread)
        print(streams.err, "lbctl: not in it: {}: {}\n", unread.what, unread.why);
    print_text(streams.out, doctor::machine_json(*machine));
    return ExitStatus::ok;
}

ExitStatus run(const Options& options, const Streams& streams) {
    if (options.collect) return collect(options, streams);
    auto telling = telling_of(options.tell, source::Severity::warning);
    if (!telling) return report_failure(streams, telling.error());
    telling->command = "doctor";
    telling->page_of = doctor::find_page;
    const std::string file = options.file.empty() ? default_configuration : options.file;
    // Nothing is changed, so a file with errors is taken as keepalived takes it.
    auto analysis = load_analysis({options.analysis, true}, file, streams);
    if (!analysis) return report_failure(streams, analysis.error());
    const auto configuration = emit::configuration_of(analysis->root, analysis->sources, input_name(file));
    if (!configuration) return report_failure(streams, configuration.error());
    const auto machine = machine_for(options, *configuration);
    if (!machine) return report_failure(streams, machine.error());
    const auto role = options.role == "director" ? doctor::Role::director : doctor::Role::real_server;
    const auto found = doctor::examine(*machine, *configuration, choices_of(options), role);
    if (!found) return report_failure(streams, found.error());
    Linted linted;
    linted.analyses.push_back(*std::move(analysis));
    linted.analyses.front().findings = machine_findings(*found, linted.analyses.front().sources);
    if (const auto told = tell(std::move(linted), *telling, streams); !told)
        return report_failure(streams, told.error());
    const bool fails = std::ranges::any_of(
        *found, [](const doctor::Finding& finding) { return finding.severity <= source::Severity::warning; });
    return fails ? ExitStatus::findings : ExitStatus::ok;
}

void add_doctor(Command program, Invocation& invocation) {
    auto options = std::make_shared<Options>();
    Command command = program.command("doctor", "say what on this machine will hurt the services of a configuration");
    add_analysis_options(command, options->analysis);
    command.option("--role", options->role, "what the machine is (director)").one_of({"director", "real-server"});
    command
        .option("--listen", options->listen,
                "listen for VRRP that long, and say so when there are two masters; sends nothing")
        .type_name("SECONDS")
        .within(0.1, longest_listening);
    const Option collect =
        command.flag("--collect", options->collect, "print what is read of this machine, to be examined elsewhere");
    command.option("--from", options->from, "examine the machine that --collect was run on; - is standard input")
        .type_name("FILE")
        .excludes(collect);
    command.option(emit::vip_option.name, options->vips, emit::vip_option.what).type_name(emit::vip_option.value_name);
    command.option(emit::gateway_option.name, options->gateway, emit::gateway_option.what)
        .type_name(emit::gateway_option.value_name);
    add_tell_options(command, options->tell);
    command.option("FILE", options->file, "keepalived.conf; - is standard input").type_name("");
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace

extern const Registration doctor_command{
    .name = "doctor", .heading = Heading::shows, .rights = Rights::machine, .add = add_doctor};

}  // namespace lbctl::cli
