#include <fmt/format.h>

#include <memory>

#include "backend/netlink/network_namespace.h"
#include "cli/commands/connections_options.h"
#include "cli/report_failure.h"
#include "grammar/base/ascii.h"

namespace lbctl::cli {

namespace {

/// Words of the command line before they are checked.
struct ConnectionsWords {
    std::vector<std::string> services, clients, real_servers, states, protocols;
    std::string family, format = "table", by = "client", sort;
    std::uint32_t min_expire = 0;
    std::size_t top = 0;
    double watch = 0;
    std::uint64_t looks = 0;
    std::string from;
    ConnectionsOptions options;
};

std::vector<std::string> upper_case(std::vector<std::string> words) {
    for (std::string& word : words) word = base::upper(word);
    return words;
}

Result<std::vector<listing::Target>> read_targets(std::string_view option, const std::vector<std::string>& words) {
    auto targets = listing::parse_targets(words);
    if (!targets) return tl::make_unexpected(prefixed(fmt::format("--{}: ", option), targets.error()));
    return targets;
}

/// A word that no connection can have would list nothing, as if all were well.
Result<void> check_words(const procfs::ConnectionFilter& filter) {
    for (const std::string& state : filter.states) {
        if (procfs::is_state(state)) continue;
        return failure(
            fmt::format("--state: no connection is ever in state `{}'", state),
            "states: ESTABLISHED SYN_SENT SYN_RECV SYNACK FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN "
            "UDP NONE ASSURED, and those of SCTP");
    }
    for (const std::string& protocol : filter.protocols) {
        if (procfs::is_protocol(protocol) || protocol == "ICMPV6") continue;
        return failure(fmt::format("--protocol: no protocol is called `{}'", protocol),
                       "protocols: tcp udp sctp icmp icmpv6, ip for templates of firewall marks, ip_N for the others");
    }
    return {};
}

/// Options that mean nothing beside others.
Result<void> check_together(const Command& command, const ConnectionsWords& words) {
    const bool rows = !words.options.count && !command.given("--top");
    if (words.options.count && command.given("--top")) return failure("--count and --top: give one of them");
    if (!rows && !words.sort.empty()) return failure("--sort has no meaning with --count or --top: they print no rows");
    if (command.given("--watch") && !(rows && words.sort.empty())) {
        return failure("--watch prints what changes; --count, --top and --sort have no meaning with it",
                       "watch(1) runs a command again and again");
    }
    if (!words.options.file.empty() && words.format == "csv")
        return failure("the format csv has no place for what --config says", "take table, json or ndjson");
    return {};
}

Result<ConnectionsOptions> check(const Command& command, const ConnectionsWords& words) {
    if (const auto good = check_together(command, words); !good) return tl::make_unexpected(good.error());
    ConnectionsOptions options = words.options;
    auto services = read_targets("service", words.services);
    if (!services) return tl::make_unexpected(services.error());
    auto clients = read_targets("client", words.clients);
    if (!clients) return tl::make_unexpected(clients.error());
    auto real_servers = read_targets("real-server", words.real_servers);
    if (!real_servers) return tl::make_unexpected(real_servers.error());
    options.filter.services = *std::move(services);
    options.filter.clients = *std::move(clients);
    options.filter.real_servers = *std::move(real_servers);
    options.filter.states = upper_case(words.states);
    options.filter.protocols = upper_case(words.protocols);
    if (const auto good = check_words(options.filter); !good) return tl::make_unexpected(good.error());
    options.filter.least_expires = words.min_expire;
    if (!words.family.empty()) options.filter.family = words.family.ends_with('6') ? Family::inet6 : Family::inet;
    if (words.format == "json") options.format = ConnectionsFormat::json;
    if (words.format == "ndjson") options.format = ConnectionsFormat::ndjson;
    if (words.format == "csv") options.format = ConnectionsFormat::csv;
    for (const auto by :
         {procfs::TallyBy::client, procfs::TallyBy::real_server, procfs::TallyBy::service, procfs::TallyBy::state}) {
        if (words.by == to_string(by)) options.by = by;
    }
    if (command.given("--top")) options.top = words.top;
    if (command.given("--watch")) options.watch = words.watch > 0 ? words.watch : 2;
    if (command.given("--looks")) options.looks = words.looks;
    if (command.given("--from")) options.from = words.from;
    if (!words.sort.empty()) {
        options.order = procfs::ConnectionOrder::parse(words.sort);
        if (!options.order) {
            return failure(
                fmt::format("--sort: no field `{}'", words.sort),
                "fields: client service real-server state expires protocol, with - in front for the greatest first");
        }
    }
    if (options.watch && options.from)
        return failure("--watch looks at the kernel, --from at a file: give one of them");
    if (options.from && !options.net_namespace.empty()) return failure("--netns has no meaning for a file (--from)");
    return options;
}

}  // namespace

procfs::Source connections_source(const ConnectionsOptions& options) {
    if (options.from) return {*options.from, false};
    const std::string_view file = options.origin ? "ip_vs_conn_sync" : "ip_vs_conn";
    // The path of a process is that of its first thread; a visit to a namespace is made by this one.
    const std::string_view folder = options.net_namespace.empty() ? "/proc/net" : "/proc/thread-self/net";
    return {fmt::format("{}/{}", folder, file), true};
}

namespace {

void add_connections(Command program, Invocation& invocation) {
    auto words = std::make_shared<ConnectionsWords>();
    Command command = program.command("connections", "the connection table, laid out as ipvsadm -Lcn lays it out");
    command.other_name("conns");
    command.option("--service", words->services, "only these services: ADDRESS[/BITS][:PORT], :PORT")
        .type_name("SERVICE,...")
        .separated_by(',');
    command.option("--client", words->clients, "only clients of these networks: ADDRESS[/BITS]")
        .type_name("NETWORK,...")
        .separated_by(',');
    command.option("--real-server", words->real_servers, "only these real servers")
        .type_name("SERVER,...")
        .separated_by(',');
    command.option("--state", words->states, "only these states: ESTABLISHED,TIME_WAIT")
        .type_name("STATE,...")
        .separated_by(',');
    command.option("--protocol", words->protocols, "only these protocols: tcp, udp, sctp, icmp, icmpv6, ip, ip_N")
        .type_name("PROTOCOL,...")
        .separated_by(',');
    command.option("--family", words->family, "only this address family")
        .one_of({"inet", "inet6", "ipv4", "ipv6", "4", "6"});
    command.option("--min-expire", words->min_expire, "only what lives at least so many seconds more")
        .type_name("SECONDS");
    command.flag("--count", words->options.count, "only how many there are");
    const Option top = command.option("--top", words->top, "only the N greatest groups").type_name("N").positive();
    command.option("--by", words->by, "what --top groups by")
        .one_of({"client", "real-server", "service", "state"})
        .needs(top);
    command
        .option("--sort", words->sort,
                "client, service, real-server, state, expires or protocol; -FIELD turns it round")
        .type_name("FIELD");
    command.flag("--resolve", words->options.resolve, "names instead of numbers, as ipvsadm -Lc");
    command.flag("--persistent", words->options.engine, "persistence engine and its data, as --persistent-conn");
    command.flag("--sync", words->options.origin, "who made the connection: this director or its master");
    command.option("--format", words->format, "how to print").one_of({"table", "json", "ndjson", "csv"});
    const Option watch =
        command.option("--watch", words->watch, "look every so many seconds (2) and print what changed")
            .type_name("SECONDS")
            .value_optional()
            .within(0.05, 86400.0);
    command.option("--looks", words->looks, "end --watch after so many looks").type_name("N").positive().needs(watch);
    command
        .option("--from", words->from, "a captured /proc/net/ip_vs_conn instead of the kernel's; - is standard input")
        .type_name("FILE");
    command.option("--netns", words->options.net_namespace, "in this network namespace: a name, or a path")
        .type_name("NAME|PATH");
    command.option("--config", words->options.file, "show the names that this keepalived.conf has for the services")
        .type_name("FILE")
        .value_optional();
    add_configuration_options(command, words->options.configuration);
    command.on_chosen([command, words, &invocation] {
        if (command.given("--config") && words->options.file.empty()) words->options.file = default_configuration;
        invocation.run = [command, words](const Streams& streams) {
            const auto options = check(command, *words);
            if (!options) return report_failure(streams, options.error());
            const auto visit = netlink::NamespaceVisit::enter(options->net_namespace);
            if (!visit) return report_failure(streams, visit.error());
            return options->watch ? watch_connections(streams, *options) : list_connections(streams, *options);
        };
    });
}

}  // namespace

extern const Registration connections_command{.name = "connections",
                                              .heading = Heading::shows,
                                              .rights = Rights::table_work,
                                              .add = add_connections,
                                              .other_name = "conns"};

}  // namespace lbctl::cli
