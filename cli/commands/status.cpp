#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <thread>

#include "backend/change/run_state.h"
#include "backend/keepalived/asking.h"
#include "backend/keepalived/service_states.h"
#include "backend/keepalived/told.h"
#include "backend/netlink/client.h"
#include "backend/netlink/network_namespace.h"
#include "backend/table/plan.h"
#include "cli/beside_keepalived.h"
#include "cli/command.h"
#include "cli/configuration.h"
#include "cli/interruption.h"
#include "cli/keepalived_running.h"
#include "cli/kernel_settings.h"
#include "cli/pending_apply.h"
#include "cli/print.h"
#include "cli/remembered.h"
#include "cli/render/status_report.h"
#include "cli/report_failure.h"
#include "grammar/base/time_text.h"

namespace lbctl::cli {

namespace {

struct Options {
    std::string file;  ///< empty: that of the keepalived that runs
    ConfigurationOptions configuration;
    std::string net_namespace;
    std::string format = "text";
    bool ask = false;
    bool watch = false;
    double interval = 2;
};

struct Look {
    std::string text;
    std::string state;  ///< all but the time and the connections: two looks with the same show the same
    bool well = true;
    bool seen = true;  ///< whether keepalived runs, and how, could be looked at
};

constexpr std::chrono::seconds patience_of_asking(5);

/// Puts what keepalived tells into the place of what was inferred.
Result<void> ask_keepalived(BesideKeepalived& beside, std::vector<keepalived::ServiceStatus>& services) {
    if (!beside.daemon) return failure("none runs here, or none was seen");
    const bool vrrp = beside.daemon->command_line.vrrp && !beside.instances.empty();
    const bool checkers = beside.daemon->command_line.checkers && !services.empty();
    const auto told = keepalived::ask(*beside.daemon, beside.dumps, checkers, vrrp, patience_of_asking);
    if (!told) return tl::make_unexpected(told.error());
    keepalived::take_told(keepalived::read_told_services(told->checkers), services);
    keepalived::take_told(keepalived::read_told_instances(told->vrrp), beside.instances);
    std::string missing = told->failure;
    if (!told->json.empty()) {
        if (const auto instances = keepalived::read_told_instances_json(told->json)) {
            keepalived::take_told(*instances, beside.instances);
        } else {
            missing += fmt::format("{}cannot read {}: {}", missing.empty() ? "" : "; ", beside.dumps.json,
                                   instances.error().message);
        }
    }
    if (!missing.empty()) return failure(missing);
    return {};
}

/// What a look shows, without what is another at every look.
std::string lasting_state(const StatusReport& report) {
    std::vector<keepalived::ServiceStatus> services = report.services;
    for (keepalived::ServiceStatus& service : services) {
        for (keepalived::ServerStatus& server : service.servers)
            server.active = server.inactive = server.persistent = 0;
    }
    return status_json({report.beside, services, report.difference, report.explanations, report.file, report.foreign, 0,
                        report.ask_failure});
}

/// One look at everything, from the processes to the table.
Result<Look> look(const Options& options, Remembered& remembered, const Streams& streams) {
    const auto held_namespace = netlink::HeldNamespace::open(options.net_namespace);
    if (!held_namespace) return tl::make_unexpected(held_namespace.error());
    std::string net_namespace = held_namespace->path();
    auto identity = netlink::namespace_identity(net_namespace);
    if (!identity) return tl::make_unexpected(identity.error());
    std::string file = options.file;
    ConfigurationOptions configuration = options.configuration;
    configuration.keep_going = true;
    configuration.silent = true;
    // What is not said is taken from the keepalived that runs.
    const auto found = keepalived::find_keepalived(net_namespace, identity->inode);
    if (found.found) {
        const keepalived::Daemon daemon = keepalived::read_daemon(found.found->process);
        if (file.empty()) file = daemon.configuration;
        read_as(daemon, configuration.analysis);
    }
    if (file.empty()) file = default_configuration;
    const auto wanted = load_wanted(configuration, file, streams);
    if (!wanted) return tl::make_unexpected(unreadable_own_file(net_namespace, file).value_or(wanted.error()));
    if (options.net_namespace.empty() && !wanted->net_namespace_ipvs.empty()) {
        net_namespace = wanted->net_namespace_ipvs;
        identity = netlink::namespace_identity(net_namespace);
        if (!identity) return tl::make_unexpected(identity.error());
    }
    auto client = netlink::Client::open({net_namespace});
    if (!client) return tl::make_unexpected(client.error());
    const auto live = client->dump();
    if (!live) return tl::make_unexpected(live.error());
    const change::RunState state(identity->inode, identity->cookie);
    mention_pending(state, streams);
    mend_settings(state, net_namespace, streams);
    const auto owned = remembered.owned(state, streams);
    const auto drained = remembered.drained(state, streams);
    BesideKeepalived beside =
        look_beside({net_namespace, identity->inode, wanted->net_namespace_ipvs, file, live->daemons});
    if (!beside.daemon) mention_unseen(beside.search, streams);

    const table::Table before = table::configuration_of(*live);
    table::Difference difference = table::compare(before, *wanted);
    const std::set<table::ServiceKey> kept = beside.kept_services(owned);
    const auto foreign = wanted->flush ? std::vector<const table::Service*>{} : table::take_foreign(difference, kept);
    const keepalived::Explanations why =
        keepalived::explain(difference, before, *wanted, beside.circumstances(drained));
    auto services = keepalived::service_states(*live, *wanted, difference, why);
    keepalived::take_drained(drained, services);
    std::string ask_failure;
    if (options.ask) {
        if (auto told = ask_keepalived(beside, services); !told) ask_failure = told.error().message;
    }
    const StatusReport report{beside, services, difference, why, file, foreign.size(), std::time(nullptr), ask_failure};
    return Look{options.format == "json" ? status_json(report) : status_text(report, streams.unicode),
                options.watch ? lasting_state(report) : std::string(), report.is_well(), report.hidden().empty()};
}

ExitStatus watch(const Options& options, const Streams& streams) {
    std::string last;
    Remembered remembered;
    for (;;) {
        const auto now = look(options, remembered, streams);
        if (!now) return report_failure(streams, now.error());
        if (now->state != last) {
            const bool is_text = options.format != "json";
            if (is_text) {
                print(streams.out, "{} {}\n", base::local_text(std::time(nullptr)), now->well ? "well" : "not well");
            }
            print_text(streams.out, is_text ? now->text + "\n" : now->text);
            last = now->state;
        }
        if (std::fflush(streams.out) != 0) return ExitStatus::failed;
        std::this_thread::sleep_for(std::chrono::duration<double>(options.interval));
    }
}

ExitStatus run(const Options& options, const Streams& streams) {
    if (options.watch) {
        end_at_once_on_signals(Ending::silent);
        return watch(options, streams);
    }
    Remembered remembered;
    const auto now = look(options, remembered, streams);
    if (!now) return report_failure(streams, now.error());
    print_text(streams.out, now->text);
    if (!now->seen) return ExitStatus::failed;
    return now->well ? ExitStatus::ok : ExitStatus::findings;
}

void add_status(Command program, Invocation& invocation) {
    auto options = std::make_shared<Options>();
    Command command = program.command("status", "keepalived, its instances, and how the servers stand in the table");
    command.option("FILE", options->file, "keepalived.conf (that of the keepalived that runs)");
    add_analysis_options(command, options->configuration.analysis);
    command.option("--netns", options->net_namespace, "network namespace, by name or path").type_name("NAME|PATH");
    command.option("--format", options->format, "text or json").one_of({"text", "json"});
    const Option ask = command.flag("--ask", options->ask, "ask keepalived itself, by SIGUSR1");
    command.flag("--watch", options->watch, "go on, and show it again whenever it changes").excludes(ask);
    command.option("--interval", options->interval, "seconds between two looks of --watch (2)")
        .type_name("SECONDS")
        .within(0.2, 86400.0);
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace

extern const Registration status_command{
    .name = "status", .heading = Heading::shows, .rights = Rights::table_work, .add = add_status};

}  // namespace lbctl::cli
