#include "cli/commands/live_listing.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <thread>

#include "backend/ipvsadm/address.h"
#include "backend/listing/target.h"
#include "backend/netlink/client.h"
#include "backend/netlink/network_namespace.h"
#include "backend/procfs/connections.h"
#include "backend/procfs/statistics.h"
#include "cli/capabilities.h"
#include "cli/configuration.h"
#include "cli/interruption.h"
#include "cli/kernel_settings.h"
#include "cli/pending_apply.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "cli/service_listing.h"
#include "grammar/base/append.h"
#include "grammar/base/time_text.h"

namespace lbctl::cli {

namespace {

using listing::ListingColumns;
using listing::ListingSubject;
using listing::text::Output;
using table::LiveTable;

/// The command line of `lbctl list`, `stats` and `rate`.
struct LiveListingOptions {
    ListingSubject subject = ListingSubject::table;
    bool stats = false, rate = false, thresholds = false, persistent = false, tunnels = false;
    bool timeouts = false, daemons = false;
    bool exact = false, nosort = false, resolve = false, numeric = false;
    std::vector<std::string> targets;
    std::string tcp, udp, sctp;
    std::uint32_t fwmark = 0;
    bool ipv6 = false;
    std::string format = "table";
    std::string net_namespace;
    std::string file;  ///< a configuration whose names are shown
    ConfigurationOptions configuration;
    std::optional<double> watch;         ///< seconds between looks
    std::optional<std::uint64_t> looks;  ///< end after so many; for ever without
};

/// What a look shows of the table.
struct Shown {
    std::optional<table::ServiceKey> only;  ///< as ipvsadm takes it
    std::vector<listing::Target> targets;   ///< of services and servers; all when empty

    [[nodiscard]] bool is_everything() const { return !only && targets.empty(); }
};

/// The services that a target names, whole, and of the others those servers that one names.
Result<LiveTable> select_targets(LiveTable live, const LiveListingOptions& options, const Shown& shown) {
    listing::NamingTargets targets(shown.targets);
    std::erase_if(live.services, [&](table::LiveService& service) {
        if (targets.name(service.service.key)) return false;
        std::erase_if(service.destinations,
                      [&](const table::LiveDestination& server) { return !targets.name(server.destination.key); });
        return service.destinations.empty();
    });
    if (const auto in_vain = targets.first_in_vain()) {
        return failure(fmt::format("no service and no real server is called `{}'", options.targets[*in_vain]),
                       "`lbctl list' shows them");
    }
    return live;
}

Result<std::optional<table::ServiceKey>> selected_service(const LiveListingOptions& options) {
    if (options.fwmark != 0) {
        return table::ServiceKey{table::FwmarkKey{options.ipv6 ? Family::inet6 : Family::inet, options.fwmark}};
    }
    if (options.ipv6) return failure("-6 belongs to a firewall mark", "give the mark with -f");
    struct Choice {
        const std::string& text;
        table::Protocol protocol;
    };
    for (const Choice& choice : {Choice{options.tcp, table::Protocol::tcp}, Choice{options.udp, table::Protocol::udp},
                                 Choice{options.sctp, table::Protocol::sctp}}) {
        if (choice.text.empty()) continue;
        const auto read = lbctl::ipvsadm::read_host_and_port(choice.text, choice.protocol);
        if (!read)
            return failure(fmt::format("`{}' is no address of a service", choice.text),
                           "write HOST:PORT or [IPV6]:PORT");
        if (!read->port) {
            return failure(fmt::format("`{}' has no port", choice.text),
                           "write HOST:PORT; HOST:0 is the service of all ports");
        }
        return table::ServiceKey{table::AddressKey{choice.protocol, read->address, *read->port}};
    }
    return std::nullopt;
}

ListingColumns columns_of(const LiveListingOptions& options) {
    if (options.stats || options.subject == ListingSubject::statistics) return ListingColumns::statistics;
    if (options.rate || options.subject == ListingSubject::rates) return ListingColumns::rates;
    if (options.thresholds) return ListingColumns::thresholds;
    if (options.persistent) return ListingColumns::persistence;
    return options.tunnels ? ListingColumns::tunnels : ListingColumns::plain;
}

ListingSubject subject_of(const LiveListingOptions& options) {
    const ListingColumns columns = columns_of(options);
    if (columns == ListingColumns::statistics) return ListingSubject::statistics;
    return columns == ListingColumns::rates ? ListingSubject::rates : ListingSubject::table;
}

Result<LiveTable> read_table(netlink::Client& client, const LiveListingOptions& options, const Shown& shown) {
    const auto& only = shown.only;
    if (!only) {
        auto live = client.dump();
        if (!live || shown.targets.empty()) return live;
        return select_targets(*std::move(live), options, shown);
    }
    LiveTable live;
    auto service = client.service(*only);
    if (!service) return tl::make_unexpected(service.error());
    auto destinations = client.destinations(*only);
    if (!destinations) return tl::make_unexpected(destinations.error());
    service->destinations = std::move(*destinations);
    live.services.push_back(std::move(*service));
    return live;
}

/// Totals of the namespace that this thread is in; nothing where the kernel has no such file.
std::optional<table::Counters> namespace_totals() {
    std::string text;
    const auto read = procfs::read_text({"/proc/thread-self/net/ip_vs_stats", true}, [&text](std::string_view piece) {
        text += piece;
        return true;
    });
    if (!read) return std::nullopt;
    const auto statistics = procfs::parse_statistics(text);
    if (!statistics) return std::nullopt;
    return statistics->counters;
}

Result<void> write_table(Output& out, netlink::Client& client, const LiveListingOptions& options, const Shown& shown,
                         const listing::ListingNotes* notes, const table::DrainedServers& drained) {
    listing::NameCache names;
    listing::ListingStyle style;
    style.columns = columns_of(options);
    style.exact = options.exact;
    style.sorted = !options.nosort;
    style.names = options.resolve ? &names : nullptr;
    style.notes = notes;
    style.drained = &drained;
    LiveTable live;
    if (!shown.targets.empty()) {
        const auto named = read_table(client, options, shown);
        if (!named) return tl::make_unexpected(named.error());
        out.write(listing::listing_title(style));
        for (const table::LiveService* service : listing::listing_order(named->services, style.sorted))
            listing::write_listing(out, *service, style);
        return {};
    }
    if (shown.only) {
        auto service = client.service(*shown.only);
        if (!service) return tl::make_unexpected(service.error());
        live.services.push_back(std::move(*service));
    } else {
        const auto info = client.info();
        if (!info) return tl::make_unexpected(info.error());
        auto services = client.services();
        if (!services) return tl::make_unexpected(services.error());
        live.services = std::move(*services);
        out.write(listing::listing_version(*info));
    }
    out.write(listing::listing_title(style));
    const auto written = write_services(out, client, options.net_namespace, live.services, style);
    if (!written) return tl::make_unexpected(written.error());
    if (notes != nullptr && !shown.only) listing::write_missing_services(out, live, style);
    return {};
}

Result<std::string> read_other(netlink::Client& client, const LiveListingOptions& options) {
    const bool json = options.format == "json";
    if (!json && options.format != "table")
        return failure("timeouts and daemons have no format " + options.format, "take table or json");
    if (options.timeouts) {
        const auto timeouts = client.timeouts();
        if (!timeouts) return tl::make_unexpected(timeouts.error());
        return json ? listing::timeouts_json(*timeouts) : listing::listing_timeouts(*timeouts);
    }
    const auto daemons = client.daemons();
    if (!daemons) return tl::make_unexpected(daemons.error());
    return json ? listing::daemons_json(*daemons) : listing::listing_daemons(*daemons);
}

/// What does not change between two looks.
struct Setting {
    const LiveListingOptions& options;
    const Shown& shown;
    const listing::ListingNotes* notes;
    const table::DrainedServers& drained;
};

/// One of several looks.
struct Moment {
    std::time_t time = 0;
    bool is_first = false;
};

/// A first column for the time, and no titles after the first look.
std::string timed_csv(std::string_view rows, const Moment& moment) {
    const std::string time = base::utc_text(moment.time);
    std::string text;
    for (bool is_title = true; !rows.empty(); is_title = false) {
        const std::string_view row = rows.substr(0, rows.find('\n') + 1);
        rows.remove_prefix(row.size());
        if (is_title && !moment.is_first) continue;
        base::append(text, "{},{}", is_title ? std::string_view("time") : time, row);
    }
    return text;
}

/// One look at the table; with a moment, of several.
Result<void> look(Output& out, netlink::Client& client, const Setting& setting, const Moment* moment) {
    const LiveListingOptions& options = setting.options;
    if (options.timeouts || options.daemons) {
        const auto text = read_other(client, options);
        if (!text) return tl::make_unexpected(text.error());
        out.write(*text);
        return {};
    }
    if (options.format == "table") {
        return write_table(out, client, options, setting.shown, setting.notes, setting.drained);
    }
    const auto live = read_table(client, options, setting.shown);
    if (!live) return tl::make_unexpected(live.error());
    const bool everything = setting.shown.is_everything();
    if (options.format == "json") {
        const auto scope = everything ? listing::ListingScope::everything : listing::ListingScope::one_service;
        const std::string time = moment == nullptr ? std::string() : base::utc_text(moment->time);
        out.write(listing::listing_json(*live, subject_of(options), setting.notes, scope, setting.drained, time));
    } else if (options.format == "csv") {
        const std::string rows = listing::listing_csv(*live, subject_of(options), setting.notes);
        out.write(moment == nullptr ? rows : timed_csv(rows, *moment));
    } else {
        const auto visit = netlink::NamespaceVisit::enter(options.net_namespace);
        if (!visit) return tl::make_unexpected(visit.error());
        const auto totals = everything ? namespace_totals() : std::nullopt;
        out.write(listing::listing_prometheus(*live, subject_of(options), totals, setting.notes));
    }
    return {};
}

/// Looks again and again, until a signal comes or nobody reads any more.
ExitStatus watch(Output& out, netlink::Client& client, const Setting& setting, const Streams& streams) {
    end_at_once_on_signals(Ending::silent);
    const LiveListingOptions& options = setting.options;
    for (std::uint64_t count = 1;; ++count) {
        const Moment now{std::time(nullptr), count == 1};
        if (options.format == "table")
            out.write(fmt::format("{}{}\n", now.is_first ? "" : "\n", base::local_text(now.time)));
        if (const auto looked = look(out, client, setting, &now); !looked)
            return report_failure(streams, looked.error());
        if (!out.flush() || std::fflush(streams.out) != 0) return ExitStatus::failed;
        if (options.looks && count >= *options.looks) return ExitStatus::ok;
        std::this_thread::sleep_for(std::chrono::duration<double>(*options.watch));
    }
}

ExitStatus run_live_listing(const Streams& streams, const LiveListingOptions& options) {
    auto only = selected_service(options);
    if (!only) return report_failure(streams, only.error());
    auto targets = listing::parse_targets(options.targets);
    if (!targets) return report_failure(streams, targets.error());
    if (*only && !targets->empty())
        return report_failure(streams,
                              {"a TARGET and the options of ipvsadm name services in two ways", "leave one out"});
    const Shown shown{*std::move(only), *std::move(targets)};
    auto client = netlink::Client::open({options.net_namespace});
    if (!client) return report_failure(streams, client.error());
    std::optional<listing::ListingNotes> notes;
    if (!options.file.empty()) {
        auto loaded = load_notes(options.configuration, options.file, streams);
        if (!loaded) return report_failure(streams, loaded.error());
        notes.emplace(*std::move(loaded));
    }
    // The other two show counters and nothing else.
    table::DrainedServers drained;
    const auto identity = netlink::namespace_identity(options.net_namespace);
    if (identity && options.subject == ListingSubject::table) {
        const change::RunState state(identity->inode, identity->cookie);
        mend_settings(state, options.net_namespace, streams);
        if (auto read = state.read_drained()) {
            drained = *std::move(read);
        } else {
            print(streams.err, "lbctl: note: cannot tell which servers are drained: {}\n", read.error().message);
        }
    }
    // Another namespace is entered again below.
    if (options.net_namespace.empty()) keep_table_only();
    const Setting setting{options, shown, notes ? &*notes : nullptr, drained};
    Output out(streams.out);
    if (options.watch) return watch(out, *client, setting, streams);
    if (const auto looked = look(out, *client, setting, nullptr); !looked)
        return report_failure(streams, looked.error());
    if (!out.flush()) return ExitStatus::failed;
    if (options.subject == ListingSubject::table && identity)
        mention_pending(change::RunState(identity->inode, identity->cookie), streams);
    return ExitStatus::ok;
}

}  // namespace

void add_live_listing(Command program, Invocation& invocation, std::string_view name, std::string_view description,
                      ListingSubject subject) {
    struct Words {
        bool is_watch = false;
        double watch = 0;
        std::uint64_t looks = 0;
    };
    auto options = std::make_shared<LiveListingOptions>();
    auto words = std::make_shared<Words>();
    options->subject = subject;
    words->is_watch = subject != ListingSubject::table;
    Command command = program.command(name, description);
    command.option("TARGET", options->targets,
                   "only these services and real servers: ADDRESS[/BITS][:PORT], :PORT, fwmark:N; * and ?");
    Command services = command.at_most_one("Only one service");
    services.option("-t,--tcp-service", options->tcp, "the TCP service").type_name("HOST:PORT");
    services.option("-u,--udp-service", options->udp, "the UDP service").type_name("HOST:PORT");
    services.option("--sctp-service", options->sctp, "the SCTP service").type_name("HOST:PORT");
    services.option("-f,--fwmark-service", options->fwmark, "the service of a firewall mark")
        .type_name("MARK")
        .positive();
    command.flag("-6,--ipv6", options->ipv6, "with -f: the mark's IPv6 service");
    if (subject == ListingSubject::table) {
        const Option stats = command.flag("--stats", options->stats, "totals");
        const Option rate = command.flag("--rate", options->rate, "averages a second");
        const Option thresholds = command.flag("--thresholds", options->thresholds, "limits of connections");
        const Option persistent = command.flag("--persistent-conn", options->persistent, "persistent connections");
        command.flag("--tun-info", options->tunnels, "tunnels");
        Option timeouts = command.flag("--timeout", options->timeouts, "the timeouts instead");
        Option daemons = command.flag("--daemon", options->daemons, "the sync daemons instead");
        for (Option other : {timeouts, daemons}) {
            for (const Option& columns : {stats, rate, thresholds, persistent}) other.excludes(columns);
        }
        timeouts.excludes(daemons);
    }
    command.flag("-X,--exact", options->exact, "large numbers in full");
    command.flag("--nosort", options->nosort, "the kernel's order");
    command.flag("--resolve", options->resolve, "names instead of numbers");
    command.flag("-n,--numeric", options->numeric, "numbers, which is the default");
    command.option("--format", options->format, "how to print").one_of({"table", "json", "csv", "prometheus"});
    if (subject != ListingSubject::table) {
        const Option watch = command.option("--watch", words->watch, "look every so many seconds (2)")
                                 .type_name("SECONDS")
                                 .value_optional()
                                 .within(0.05, 86400.0);
        command.option("--looks", words->looks, "end --watch after so many looks")
            .type_name("N")
            .positive()
            .needs(watch);
    }
    command.option("--netns", options->net_namespace, "in this network namespace: a name, or a path")
        .type_name("NAME|PATH");
    command.option("--config", options->file, "show the names of this keepalived.conf, and what only one of both has")
        .type_name("FILE")
        .value_optional();
    add_configuration_options(command, options->configuration);
    command.on_chosen([options, words, command, &invocation] {
        if (command.given("--config") && options->file.empty()) options->file = default_configuration;
        constexpr double usual_interval = 2;
        if (words->is_watch && command.given("--watch"))
            options->watch = words->watch > 0 ? words->watch : usual_interval;
        if (words->is_watch && command.given("--looks")) options->looks = words->looks;
        invocation.run = [options](const Streams& streams) { return run_live_listing(streams, *options); };
    });
}

}  // namespace lbctl::cli
