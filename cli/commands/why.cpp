#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>

#include "backend/change/run_state.h"
#include "backend/doctor/read_machine.h"
#include "backend/keepalived/daemon.h"
#include "backend/keepalived/held_servers.h"
#include "backend/listing/target.h"
#include "backend/netlink/client.h"
#include "backend/netlink/network_namespace.h"
#include "backend/procfs/connection_format.h"
#include "backend/procfs/connection_reader.h"
#include "backend/traffic/reasons.h"
#include "cli/beside_keepalived.h"
#include "cli/command.h"
#include "cli/configuration.h"
#include "cli/keepalived_running.h"
#include "cli/kernel_settings.h"
#include "cli/pending_apply.h"
#include "cli/print.h"
#include "cli/remembered.h"
#include "cli/report_failure.h"
#include "cli/wanted_source.h"
#include "grammar/base/json_text.h"

namespace lbctl::cli {

namespace {

using traffic::Effect;

struct Options {
    std::string target;
    std::string file;  ///< empty: the one of keepalived
    bool has_file = false;
    std::string net_namespace;
    std::string format = "text";
    ConfigurationOptions configuration;
};

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

KeepalivedSearch search_in(const std::string& net_namespace) {
    const auto inode = netlink::namespace_inode(net_namespace);
    return inode ? find_keepalived(net_namespace, *inode) : KeepalivedSearch();
}

/// The file of a keepalived that was found; where none was, the usual one.
std::string file_of_keepalived(const KeepalivedSearch& search) {
    std::string file = search.found ? keepalived::read_daemon(search.found->process).configuration : std::string();
    return file.empty() ? default_configuration : file;
}

/// What the configuration asks for. Where no file is given, that of keepalived is looked at without a word.
Result<std::optional<table::Wanted>> read_wanted_table(Options& options, const KeepalivedSearch& search,
                                                       const Streams& streams) {
    // What keepalived would take is what it has taken.
    options.configuration.keep_going = true;
    if (options.has_file) {
        auto wanted = load_wanted(options.configuration, options.file, streams);
        if (!wanted) return tl::make_unexpected(wanted.error());
        return std::optional(*std::move(wanted));
    }
    options.file = file_of_keepalived(search);
    if (::access(options.file.c_str(), R_OK) != 0) {
        if (const auto gone = unreadable_own_file(options.net_namespace, options.file))
            print(streams.err, "lbctl: note: {}; {}\n", gone->message, gone->hint);
        return std::optional<table::Wanted>();
    }
    const std::unique_ptr<std::FILE, CloseFile> nowhere(std::fopen("/dev/null", "we"));
    Streams quiet = streams;
    if (nowhere) quiet.err = nowhere.get();
    auto wanted = load_wanted(options.configuration, options.file, quiet);
    if (wanted) return std::optional(*std::move(wanted));
    print(streams.err, "lbctl: note: {} cannot be used: {}\n", options.file, wanted.error().message);
    return std::optional<table::Wanted>();
}

bool names_something(const table::LiveTable& live, const listing::Target& target) {
    return std::ranges::any_of(live.services, [&](const table::LiveService& service) {
        return target.names(service.service.key) ||
               std::ranges::any_of(service.destinations, [&](const table::LiveDestination& destination) {
                   return target.names(destination.destination.key);
               });
    });
}

/// The entries of the client, or of the real server, that the target names. The table is walked once, and nothing of it
/// is kept but numbers.
Result<std::vector<traffic::Entries>> read_entries(const listing::Target& target) {
    using Key = std::pair<table::ServiceKey, table::DestinationKey>;
    std::map<Key, traffic::Entries> entries;
    const auto names = [&target](const procfs::Endpoint& endpoint) {
        return target.names(endpoint.family, endpoint.bytes, endpoint.port);
    };
    const auto read = procfs::for_each_connection({"/proc/thread-self/net/ip_vs_conn", true}, [&](const procfs::
                                                                                                      Connection&
                                                                                                          connection,
                                                                                                  std::string_view) {
        if (!names(connection.client) && !names(connection.destination)) return true;
        const table::ServiceKey service = procfs::service_key(connection.protocol, connection.service);
        const table::DestinationKey server{connection.destination.address(), connection.destination.port};
        traffic::Entries& one = entries.try_emplace({service, server}, traffic::Entries{service, server}).first->second;
        if (procfs::kind_of(connection) == procfs::EntryKind::connection) {
            ++one.connections;
        } else {
            ++one.templates;
            one.longest_template = std::max(one.longest_template, connection.expires);
        }
        return true;
    });
    if (!read) return tl::make_unexpected(read.error());
    std::vector<traffic::Entries> all;
    for (auto& [key, one] : entries) all.push_back(std::move(one));
    // The most first.
    std::ranges::stable_sort(all, std::ranges::greater(),
                             [](const traffic::Entries& one) { return one.connections + one.templates; });
    return all;
}

std::string_view heading_of(std::string_view kind, Effect effect) {
    const bool is_client = kind == "client";
    switch (effect) {
        case Effect::none:
            return is_client ? "it has no connection:" : "it gets no new connections:";
        case Effect::less:
            return is_client ? "what holds it up:" : "it gets fewer, or only those of some clients:";
        case Effect::keeps:
            return "traffic goes on:";
        case Effect::fact:
            break;
    }
    return is_client ? "where it goes:" : "besides:";
}

void show_text(const std::vector<traffic::Subject>& subjects, const Streams& streams) {
    bool is_first = true;
    for (const traffic::Subject& subject : subjects) {
        if (!std::exchange(is_first, false)) print_text(streams.out, "\n");
        print(streams.out, "{}: {}\n", subject.name, subject.state);
        if (subject.reasons.empty()) {
            print(streams.out, "  nothing that lbctl can see stops or lessens its traffic\n");
            continue;
        }
        std::optional<Effect> last;
        std::size_t number = 0;
        for (const traffic::Reason& reason : subject.reasons) {
            if (last != reason.effect) print(streams.out, "  {}\n", heading_of(subject.kind, reason.effect));
            last = reason.effect;
            print(streams.out, "  {}. {}{}\n", ++number, reason.is_sure ? "" : "(may be) ", reason.text);
            for (const traffic::Evidence& evidence : reason.evidence)
                print(streams.out, "       {}: {}\n", evidence.where, evidence.says);
            if (!reason.next.empty()) print(streams.out, "     next: {}\n", reason.next);
        }
    }
}

ExitStatus run(Options options, const Streams& streams) {
    const auto target = listing::Target::parse(options.target);
    if (!target) return report_failure(streams, target.error());
    traffic::Facts facts;
    KeepalivedSearch keepalived = search_in(options.net_namespace);
    auto wanted = read_wanted_table(options, keepalived, streams);
    if (!wanted) return report_failure(streams, wanted.error());
    facts.wanted = *std::move(wanted);
    facts.file = options.file;
    const std::string net_namespace =
        options.net_namespace.empty() && facts.wanted ? facts.wanted->net_namespace_ipvs : options.net_namespace;
    auto client = netlink::Client::open({net_namespace});
    if (!client) return report_failure(streams, client.error());
    const auto identity = netlink::namespace_identity(net_namespace);
    if (!identity) return report_failure(streams, identity.error());
    const change::RunState state(identity->inode, identity->cookie);
    mention_pending(state, streams);
    mend_settings(state, net_namespace, streams);
    if (net_namespace != options.net_namespace) keepalived = find_keepalived(net_namespace, identity->inode);
    if (keepalived.found) facts.keepalived = keepalived.found->process;
    auto live = client->dump();
    if (!live) return report_failure(streams, live.error());
    facts.live = *std::move(live);
    facts.drained = Remembered().drained(state, streams);
    if (facts.keepalived) {
        const BesideKeepalived beside = look_beside({net_namespace, identity->inode,
                                                     facts.wanted ? facts.wanted->net_namespace_ipvs : std::string(),
                                                     std::string(), facts.live.daemons});
        if (beside.running) {
            facts.supervised =
                keepalived::supervised_servers(table::configuration_of(facts.live), *beside.running, facts.drained);
        }
    }
    const auto visit = netlink::NamespaceVisit::enter(net_namespace);
    if (!visit) return report_failure(streams, visit.error());
    if (!names_something(facts.live, *target) && !target->is_mark()) {
        auto entries = read_entries(*target);
        if (!entries) return report_failure(streams, entries.error());
        facts.entries = *std::move(entries);
    }
    auto machine = doctor::read_machine({});
    if (!machine) return report_failure(streams, machine.error());
    facts.machine = *std::move(machine);
    const auto subjects = traffic::explain(facts, *target, options.target);
    if (!subjects) return report_failure(streams, subjects.error());
    if (options.format == "json") {
        print_text(streams.out, base::json_text(traffic::to_json(*subjects, options.target), 1) + "\n");
    } else {
        show_text(*subjects, streams);
    }
    return ExitStatus::ok;
}

void add_why(Command program, Invocation& invocation) {
    auto options = std::make_shared<Options>();
    Command command = program.command("why", "why a real server, a service or a client gets no traffic, or so much");
    command
        .option("TARGET", options->target,
                "ADDRESS, ADDRESS:PORT, 'TCP ADDRESS:PORT', fwmark:N; of a server, a service or a client")
        .required();
    command.option("--config", options->file, "compare with this keepalived.conf (the one of the keepalived that runs)")
        .type_name("FILE")
        .tells(options->has_file);
    command.option("--netns", options->net_namespace, "network namespace, by name or path").type_name("NAME|PATH");
    command.option("--format", options->format, "text or json").one_of({"text", "json"});
    add_configuration_options(command, options->configuration);
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace

extern const Registration why_command{
    .name = "why", .heading = Heading::shows, .rights = Rights::machine, .add = add_why};

}  // namespace lbctl::cli
