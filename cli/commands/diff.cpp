#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <thread>

#include "backend/change/run_state.h"
#include "backend/listing/target.h"
#include "backend/netlink/client.h"
#include "backend/netlink/network_namespace.h"
#include "backend/table/plan.h"
#include "cli/beside_keepalived.h"
#include "cli/command.h"
#include "cli/interruption.h"
#include "cli/kernel_settings.h"
#include "cli/pending_apply.h"
#include "cli/print.h"
#include "cli/remembered.h"
#include "cli/render/difference_text.h"
#include "cli/report_failure.h"
#include "cli/terminal.h"
#include "cli/wanted_source.h"
#include "grammar/base/time_text.h"

namespace lbctl::cli {

namespace {

struct Options {
    WantedSource source;
    std::string other_file;  ///< compare with this file instead of the live table
    std::string from;        ///< compare with this saved text instead of the live table
    std::string net_namespace;
    std::string format = "text";
    std::vector<std::string> ignore;
    std::vector<std::string> only_words;
    std::vector<listing::Target> only;  ///< services and real servers; all when empty
    bool prune = false;
    bool strict = false;
    bool watch = false;
    double interval = 1;
};

unsigned ignored_aspects(const Options& options) {
    unsigned ignored = 0;
    for (const std::string& word : options.ignore) ignored |= table::aspect_from(word).value_or(0);
    return ignored;
}

/// What the wanted table is compared with.
struct Before {
    table::Table table;
    std::string name;
    std::set<table::ServiceKey> owned;  ///< services whose absence from the wanted table is a difference
    /// Of a live table: what explains a difference, and the keepalived that runs.
    std::optional<keepalived::Circumstances> circumstances;
    const keepalived::Daemon* daemon = nullptr;

    /// A daemon that stands still keeps nothing as it should be.
    [[nodiscard]] bool stands_still() const { return daemon != nullptr && !daemon->standstills.empty(); }
};

void own_everything(Before& before) {
    for (const table::Service& service : before.table.services) before.owned.insert(service.key);
}

/// Reads the live table again and again over one connection.
class LiveSide {
public:
    /// The file is that of the configuration, or empty.
    static Result<LiveSide> open(const std::string& net_namespace, const std::string& net_namespace_ipvs,
                                 const std::string& file) {
        auto client = netlink::Client::open({net_namespace});
        if (!client) return tl::make_unexpected(client.error());
        const auto identity = netlink::namespace_identity(net_namespace);
        if (!identity) return tl::make_unexpected(identity.error());
        const auto daemons = client->daemons();
        if (!daemons) return tl::make_unexpected(daemons.error());
        BesideKeepalived beside = look_beside({net_namespace, identity->inode, net_namespace_ipvs, file, *daemons});
        return LiveSide(std::move(*client), change::RunState(identity->inode, identity->cookie), std::move(beside),
                        net_namespace);
    }

    Result<Before> read(const Streams& streams) {
        const auto live = client_.dump();
        if (!live) return tl::make_unexpected(live.error());
        return Before{
            table::configuration_of(*live), "the live table", beside_.kept_services(remembered_.owned(state_, streams)),
            beside_.circumstances(remembered_.drained(state_, streams)), beside_.daemon ? &*beside_.daemon : nullptr};
    }

    [[nodiscard]] const change::RunState& state() const { return state_; }
    [[nodiscard]] const BesideKeepalived& beside() const { return beside_; }
    [[nodiscard]] const std::string& net_namespace() const { return net_namespace_; }

private:
    LiveSide(netlink::Client client, change::RunState state, BesideKeepalived beside, std::string net_namespace)
        : client_(std::move(client)),
          state_(std::move(state)),
          beside_(std::move(beside)),
          net_namespace_(std::move(net_namespace)) {}
    netlink::Client client_;
    change::RunState state_;
    BesideKeepalived beside_;
    std::string net_namespace_;
    Remembered remembered_;
};

Result<Before> read_file_side(const Options& options, const Streams& streams) {
    Before before;
    if (!options.from.empty()) {
        auto saved = read_saved_file(options.from);
        if (!saved) return tl::make_unexpected(saved.error());
        before.table = std::move(*saved);
        before.name = options.from;
    } else {
        // The order of the words is that of diff(1): the first file is the one that was.
        auto wanted = load_wanted(options.source.configuration, options.source.file, streams);
        if (!wanted) return tl::make_unexpected(wanted.error());
        before.table = table::table_of(*wanted);
        before.name = options.source.file;
    }
    own_everything(before);
    return before;
}

/// Leaves what the targets name: services whole, and of others those real servers. Fails for a target that names
/// nothing on either side.
Result<void> keep_named(const Options& options, const Before& before, const table::Table& wanted,
                        table::Difference& difference, std::vector<const table::Service*>& foreign) {
    if (options.only.empty()) return {};
    listing::NamingTargets targets(options.only);
    for (const table::Table* side : {&before.table, &wanted}) {
        for (const table::Service& service : side->services) {
            targets.name(service.key);
            for (const table::Destination& destination : service.destinations) targets.name(destination.key);
        }
    }
    if (const auto in_vain = targets.first_in_vain()) {
        return failure(
            fmt::format("no service and no real server is called `{}', there or here", options.only_words[*in_vain]),
            "without --only, lbctl diff shows all that differs");
    }
    difference.timeouts_before.reset();
    difference.timeouts_after.reset();
    difference.daemons.clear();
    std::erase_if(difference.services, [&](table::ServiceDifference& change) {
        if (targets.name((change.after != nullptr ? change.after : change.before)->key)) return false;
        change.edited = false;
        std::erase_if(change.destinations, [&](const table::DestinationDifference& server) {
            return !targets.name((server.after != nullptr ? server.after : server.before)->key);
        });
        return change.destinations.empty();
    });
    std::erase_if(foreign, [&](const table::Service* service) { return !targets.name(service->key); });
    return {};
}

struct Rendered {
    std::string text;
    bool different = false;
};

Result<Rendered> render(const Before& before, const table::Wanted& wanted, const std::string& name,
                        const Options& options, const Streams& streams) {
    const unsigned ignored = ignored_aspects(options);
    table::Difference difference = table::compare(before.table, wanted, ignored);
    std::vector<const table::Service*> foreign;
    if (!options.prune && !wanted.flush) foreign = table::take_foreign(difference, before.owned);
    if (auto kept = keep_named(options, before, table::table_of(wanted), difference, foreign); !kept)
        return tl::make_unexpected(kept.error());
    std::optional<keepalived::Explanations> why;
    if (before.circumstances) why = keepalived::explain(difference, before.table, wanted, *before.circumstances);
    DifferenceView view{difference, wanted, foreign, before.name, name, ignored, streams.colour_out};
    Rendered rendered;
    rendered.different = !difference.empty();
    if (why) {
        view.explanations = &*why;
        view.daemon = before.daemon;
        view.in_step = before.circumstances->in_step;
        if (before.daemon != nullptr && !options.strict)
            rendered.different = keepalived::calls_for_action(*why, view.in_step) || before.stands_still();
    }
    if (options.format == "json") {
        rendered.text = difference_json(view);
    } else if (options.format == "save") {
        rendered.text = difference_saved(view);
    } else if (options.format == "summary") {
        rendered.text = difference_summary(view);
    } else {
        rendered.text = with_arrows(difference_text(view), streams.unicode);
    }
    return rendered;
}

ExitStatus watch(LiveSide& live, const table::Wanted& wanted, const Options& options, const Streams& streams) {
    std::optional<std::string> last;
    for (;;) {
        const auto before = live.read(streams);
        if (!before) return report_failure(streams, before.error());
        auto rendered = render(*before, wanted, name_of(options.source), options, streams);
        if (!rendered) return report_failure(streams, rendered.error());
        if (rendered->text != last) {
            if (options.format == "json") {
                print_text(streams.out, rendered->text);
            } else {
                print(streams.out, "{} {}\n", base::local_text(std::time(nullptr)),
                      rendered->different ? "different" : "no difference");
                print_text(streams.out, rendered->text);
            }
            if (std::fflush(streams.out) != 0) return ExitStatus::failed;
            last = std::move(rendered->text);
        }
        std::this_thread::sleep_for(std::chrono::duration<double>(options.interval));
    }
}

ExitStatus show(const Before& before, const table::Wanted& wanted, const std::string& name, const Options& options,
                const Streams& streams) {
    const auto rendered = render(before, wanted, name, options, streams);
    if (!rendered) return report_failure(streams, rendered.error());
    print_text(streams.out, rendered->text);
    return rendered->different ? ExitStatus::findings : ExitStatus::ok;
}

ExitStatus run(Options options, const Streams& streams) {
    auto only = listing::parse_targets(options.only_words);
    if (!only) return report_failure(streams, prefixed("--only: ", only.error()));
    options.only = *std::move(only);
    if (options.watch) end_at_once_on_signals(Ending::silent);
    WantedSource source = options.source;
    const bool two_files = !options.other_file.empty();
    if (two_files) source.file = options.other_file;
    const auto wanted = read_wanted(source, streams);
    if (!wanted) {
        const auto gone = source.saved.empty() ? unreadable_own_file(options.net_namespace, source.file) : std::nullopt;
        return report_failure(streams, gone.value_or(wanted.error()));
    }
    Result<Before> before = failure("");
    if (two_files || !options.from.empty()) {
        if (options.watch)
            return report_failure(streams, {"--watch is for the live table", "leave the other side out"});
        before = read_file_side(options, streams);
    } else {
        auto live = LiveSide::open(options.net_namespace.empty() ? wanted->net_namespace_ipvs : options.net_namespace,
                                   wanted->net_namespace_ipvs, source.saved.empty() ? source.file : std::string());
        if (!live) return report_failure(streams, live.error());
        mention_stale(live->beside(), streams);
        mention_daemons(live->beside(), streams);
        mention_pending(live->state(), streams);
        mend_settings(live->state(), live->net_namespace(), streams);
        keep_table_only();
        if (options.watch) return watch(*live, *wanted, options, streams);
        const auto now = live->read(streams);
        if (!now) return report_failure(streams, now.error());
        return show(*now, *wanted, name_of(source), options, streams);
    }
    if (!before) return report_failure(streams, before.error());
    return show(*before, *wanted, name_of(source), options, streams);
}

void add_diff(Command program, Invocation& invocation) {
    auto options = std::make_shared<Options>();
    Command command = program.command("diff", "what a configuration would change in the live table, or in another's");
    add_wanted_source(command, options->source);
    add_checked_option(command, options->source);
    const Option other =
        command.option("OTHER", options->other_file, "a second configuration: what changes from FILE to it");
    command.option("--from", options->from, "compare with a table that `ipvsadm -S -n' saved, not with the live one")
        .type_name("FILE")
        .excludes(other);
    command.option("--netns", options->net_namespace, "network namespace, by name or path").type_name("NAME|PATH");
    command.option("--format", options->format, "how to print; save: lines for ipvsadm -R")
        .one_of({"text", "json", "save", "summary"});
    command.option("--ignore", options->ignore, "leave these out")
        .separated_by(',')
        .one_of({"weights", "thresholds", "schedulers", "persistence", "methods", "timeouts", "daemons"})
        .type_name("ASPECT,...");
    command
        .option("--only", options->only_words,
                "only these services and real servers: ADDRESS[/BITS][:PORT], :PORT, fwmark:N; * and ?")
        .separated_by(',')
        .type_name("TARGET,...");
    command.flag("--prune", options->prune, "services that lbctl did not make count as differences, too");
    command.flag("--strict", options->strict, "exit 1 also for what keepalived's checks, a drain or a role explains");
    command.flag("--watch", options->watch, "go on, and show the difference whenever it changes");
    command.option("--interval", options->interval, "seconds between two looks of --watch (1)")
        .type_name("SECONDS")
        .within(0.05, 86400.0);
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace

extern const Registration diff_command{
    .name = "diff", .heading = Heading::changes, .rights = Rights::table_work, .add = add_diff};

}  // namespace lbctl::cli
