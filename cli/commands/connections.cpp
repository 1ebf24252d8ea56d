#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "backend/netlink/network_namespace.h"
#include "cli/commands/connections_options.h"
#include "cli/report_failure.h"
#include "grammar/base/ascii.h"

namespace lbctl::cli {

namespace {

/// Words of the command line before they are checked. Of what may be given several times there is one for each time.
struct ConnectionsWords {
    std::vector<std::string> services, clients, real_servers, states, protocols;
    std::string family, format = "table", sort, by;
    bool negates = false, templates = false, orphaned = false;
    std::uint32_t min_expire = 0;
    std::uint32_t max_expire = 0;
    std::size_t top = 0;
    std::uint64_t limit = 0;
    double watch = 0;
    std::uint64_t looks = 0;
    std::string from;
    ConnectionsOptions options;
};

std::vector<std::string> parts_of(const std::string& list) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0;;) {
        const std::size_t end = std::min(list.find(',', begin), list.size());
        parts.push_back(list.substr(begin, end - begin));
        if (end == list.size()) return parts;
        begin = end + 1;
    }
}

Result<void> add_targets(procfs::Wish<listing::Target>& wish, std::string_view option, const std::string& list,
                         bool negated) {
    auto targets = listing::parse_targets(parts_of(list));
    if (!targets) return tl::make_unexpected(prefixed(fmt::format("{}: ", option), targets.error()));
    auto& into = negated ? wish.none : wish.any;
    into.insert(into.end(), targets->begin(), targets->end());
    return {};
}

/// A word that no connection can have would list nothing, as if all were well.
Result<void> check_state(const std::string& state) {
    if (procfs::is_state(state)) return {};
    return failure(fmt::format("--state: no connection is ever in state `{}'", state),
                   "states: ESTABLISHED SYN_SENT SYN_RECV SYNACK FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN "
                   "UDP NONE ASSURED, and those of SCTP");
}

Result<void> check_protocol(const std::string& protocol) {
    if (procfs::is_protocol(protocol) || protocol == "ICMPV6") return {};
    return failure(fmt::format("--protocol: no protocol is called `{}'", protocol),
                   "protocols: tcp udp sctp icmp icmpv6, ip for templates of firewall marks, ip_N for the others");
}

Result<void> add_words(procfs::Wish<std::string>& wish, const std::string& list, bool negated,
                       Result<void> (*check)(const std::string&)) {
    for (const std::string& part : parts_of(list)) {
        std::string word = base::upper(part);
        if (auto good = check(word); !good) return good;
        (negated ? wish.none : wish.any).push_back(std::move(word));
    }
    return {};
}

/// The filters, in their order: --not turns the one after it round.
class FilterReader {
public:
    FilterReader(const ConnectionsWords& words, procfs::ConnectionFilter& filter) : words_(words), filter_(filter) {}

    Result<void> read(const std::vector<std::string>& order) {
        for (const std::string& option : order) {
            if (option == "--not") {
                if (negated_) return wrong_not();
                negated_ = true;
                continue;
            }
            if (auto taken = take(option); !taken) return taken;
            negated_ = false;
        }
        return negated_ ? wrong_not() : Result<void>();
    }

private:
    static Result<void> wrong_not() {
        return failure("--not stands in front of a filter, and turns that one round",
                       "filters: --service --client --real-server --state --protocol --family --templates --orphaned");
    }

    Result<void> take(const std::string& option) {
        const std::size_t nth = seen_[option]++;
        if (option == "--service") return add_targets(filter_.services, option, words_.services[nth], negated_);
        if (option == "--client") return add_targets(filter_.clients, option, words_.clients[nth], negated_);
        if (option == "--real-server")
            return add_targets(filter_.real_servers, option, words_.real_servers[nth], negated_);
        if (option == "--state") return add_words(filter_.states, words_.states[nth], negated_, check_state);
        if (option == "--protocol")
            return add_words(filter_.protocols, words_.protocols[nth], negated_, check_protocol);
        if (option == "--family") {
            const bool inet6 = words_.family.ends_with('6') != negated_;
            filter_.family = inet6 ? Family::inet6 : Family::inet;
        } else if (option == "--templates") {
            filter_.kind = negated_ ? procfs::EntryKind::connection : procfs::EntryKind::persistence_template;
        } else if (option == "--orphaned") {
            filter_.orphaned = !negated_;
        } else if (negated_) {
            return wrong_not();
        }
        return {};
    }

    const ConnectionsWords& words_;
    procfs::ConnectionFilter& filter_;
    std::map<std::string, std::size_t> seen_;
    bool negated_ = false;
};

/// Options that mean nothing beside others.
Result<void> check_together(const Command& command, const ConnectionsWords& words) {
    const bool rows = !words.options.count && !command.given("--top");
    if (words.options.count && command.given("--top")) return failure("--count and --top: give one of them");
    if (!rows && !words.sort.empty()) return failure("--sort has no meaning with --count or --top: they print no rows");
    if (!rows && command.given("--limit"))
        return failure("--limit has no meaning with --count or --top: they print no rows",
                       "--top itself says how many");
    if (command.given("--watch") && (words.options.count || !words.sort.empty() || command.given("--limit"))) {
        return failure("--watch prints what changes; --count, --sort and --limit have no meaning with it",
                       "--watch with --top shows the greatest groups again and again");
    }
    if (command.given("--min-expire") && command.given("--max-expire") && words.min_expire > words.max_expire)
        return failure("--min-expire is greater than --max-expire: nothing can be both");
    return {};
}

Result<std::vector<procfs::TallyBy>> read_keys(const std::vector<std::string>& words) {
    std::vector<procfs::TallyBy> keys;
    for (const std::string& word : words) {
        auto key = procfs::TallyBy::parse(word);
        if (!key) return tl::make_unexpected(prefixed("--by: ", key.error()));
        if (std::ranges::find(keys, key->field, &procfs::TallyBy::field) != keys.end())
            return failure(fmt::format("--by: `{}': {} is a key already", word, to_string(key->field)));
        keys.push_back(*key);
    }
    if (keys.size() > procfs::most_tally_keys)
        return failure(fmt::format("--by: at most {} keys", procfs::most_tally_keys));
    return keys;
}

Result<ConnectionsOptions> check(const Command& command, const ConnectionsWords& words) {
    if (const auto good = check_together(command, words); !good) return tl::make_unexpected(good.error());
    ConnectionsOptions options = words.options;
    if (auto read = FilterReader(words, options.filter).read(command.given_order()); !read)
        return tl::make_unexpected(read.error());
    options.filter.least_expires = words.min_expire;
    if (command.given("--max-expire")) options.filter.most_expires = words.max_expire;
    // A template binds a client, and is no connection of it.
    if ((options.count || command.given("--top")) && !options.filter.kind)
        options.filter.kind = procfs::EntryKind::connection;
    if (words.format == "json") options.format = ConnectionsFormat::json;
    if (words.format == "ndjson") options.format = ConnectionsFormat::ndjson;
    if (words.format == "csv") options.format = ConnectionsFormat::csv;
    if (command.given("--by")) {
        auto keys = read_keys(parts_of(words.by));
        if (!keys) return tl::make_unexpected(keys.error());
        options.by = *std::move(keys);
    }
    if (command.given("--limit")) options.limit = words.limit;
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
    command.option("--service", words->services, "only these services: ADDRESS[/BITS][:PORT], :PORT, fwmark:N; * and ?")
        .type_name("SERVICE,...")
        .one_value_each();
    command.option("--client", words->clients, "only clients of these networks: ADDRESS[/BITS]")
        .type_name("NETWORK,...")
        .one_value_each();
    command.option("--real-server", words->real_servers, "only these real servers, named as services are")
        .type_name("SERVER,...")
        .one_value_each();
    command.option("--state", words->states, "only these states: ESTABLISHED,TIME_WAIT")
        .type_name("STATE,...")
        .one_value_each();
    command.option("--protocol", words->protocols, "only these protocols: tcp, udp, sctp, icmp, icmpv6, ip, ip_N")
        .type_name("PROTOCOL,...")
        .one_value_each();
    command.option("--family", words->family, "only this address family")
        .one_of({"inet", "inet6", "ipv4", "ipv6", "4", "6"});
    command.flag("--templates", words->templates,
                 "only templates of persistent services; they are not counted otherwise");
    command.flag("--orphaned", words->orphaned, "only what leads to a real server that is not in the table");
    command.flag("--not", words->negates, "turns the filter after it round: --not --state TIME_WAIT");
    command.option("--min-expire", words->min_expire, "only what lives at least so many seconds more")
        .type_name("SECONDS");
    command.option("--max-expire", words->max_expire, "only what lives at most so many seconds more")
        .type_name("SECONDS");
    command.flag("--count", words->options.count, "only how many there are");
    const Option top = command.option("--top", words->top, "only the N greatest groups").type_name("N").positive();
    command.option("--by", words->by, "what --top groups by: client, client/24, real-server, service, state, protocol")
        .type_name("KEY[,KEY]")
        .needs(top);
    command.option("--limit", words->limit, "at most so many rows").type_name("N").positive();
    command
        .option("--sort", words->sort,
                "client, service, real-server, state, expires or protocol; -FIELD turns it round")
        .type_name("FIELD");
    command.flag("--resolve", words->options.resolve, "names instead of numbers, as ipvsadm -Lc");
    command.flag("--persistent", words->options.engine, "persistence engine and its data, as --persistent-conn");
    command.flag("--sync", words->options.origin, "who made the connection: this director or its master");
    command.option("--format", words->format, "how to print").one_of({"table", "json", "ndjson", "csv"});
    const Option watch = command
                             .option("--watch", words->watch,
                                     "look every so many seconds (2) and print what changed; with --top, a screen")
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
            if (options->top) return top_connections(streams, *options);
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
