#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>

#include "backend/change/execution.h"
#include "backend/keepalived/kept.h"
#include "backend/netlink/network_namespace.h"
#include "backend/table/names.h"
#include "cli/beside_keepalived.h"
#include "cli/change_record.h"
#include "cli/command.h"
#include "cli/counted.h"
#include "cli/drain_wait.h"
#include "cli/interruption.h"
#include "cli/keepalived_running.h"
#include "cli/kernel_settings.h"
#include "cli/pending_apply.h"
#include "cli/plan_file.h"
#include "cli/print.h"
#include "cli/render/plan_text.h"
#include "cli/report_failure.h"
#include "cli/rollback.h"
#include "cli/terminal.h"
#include "cli/wanted_source.h"

namespace lbctl::cli {

namespace {

struct Options {
    WantedSource source;
    std::string net_namespace;
    std::string format = "text";
    std::string out;
    std::vector<std::string> allow;
    std::optional<unsigned> drain;
    std::optional<unsigned> confirm;
    unsigned lock_patience = 30;
    bool dry_run = false;
    bool force = false;
    bool keep_failed = false;  ///< said for scripts: it is so anyway
    bool no_keep_failed = false;
    bool verbose = false;
    bool undrain = false;
    table::PlanOptions plan;
};

/// What an apply starts from: a configuration, or a plan that was made of one.
struct Start {
    table::Wanted wanted;
    std::string net_namespace;
    table::PlanOptions options;
    std::optional<SavedPlan> saved;  ///< its `wanted` is empty
};

/// The first of the given options that says how a plan is made, and would not be heeded for that saved one; "" for
/// none.
std::string_view settled_option(const Options& options, const table::PlanOptions& saved) {
    const ConfigurationOptions& configuration = options.source.configuration;
    if (options.plan.prune && !saved.prune) return "--prune";
    if (options.plan.keep_weights && !saved.keep_weights) return "--keep-weights";
    if (options.undrain) return "--undrain";
    if (options.source.checked) return "--checked";
    if (configuration.keep_going) return "--keep-going";
    if (configuration.analysis.has_target_version) return "--target-version";
    if (configuration.analysis.has_config_id) return "--config-id";
    if (!configuration.analysis.definitions.empty()) return "--define";
    return {};
}

bool changes_table(const Options& options) {
    return !options.dry_run && options.out.empty();
}

Result<void> check_options(const Options& options, const table::PlanOptions& saved) {
    const std::string& file = options.source.file;
    if (const auto option = settled_option(options, saved); !option.empty()) {
        return failure(
            fmt::format("{} comes too late for {}, whose steps are settled; nothing was changed", option, file),
            fmt::format("make a new plan with `lbctl apply {} --out'", option));
    }
    if (saved.drain && !options.drain && changes_table(options)) {
        return failure(
            fmt::format("{} drains what goes away, and does not say how long to wait; nothing was changed", file),
            "say it with --drain SECONDS, 0 for not at all");
    }
    return {};
}

/// How `apply' tells a plan from a configuration.
constexpr std::string_view plan_ending = ".json";

Result<Start> read_start(const Options& options, const Streams& streams) {
    Start start;
    if (!options.out.empty() && options.out != "-" && !options.out.ends_with(plan_ending)) {
        return failure(
            fmt::format("--out: {} does not end in {}, by which `lbctl apply' knows a plan", options.out, plan_ending),
            fmt::format("call it {}{}", options.out, plan_ending));
    }
    if (options.source.saved.empty() && options.source.file.ends_with(plan_ending)) {
        auto saved = read_plan_file(options.source.file);
        if (!saved) return tl::make_unexpected(saved.error());
        if (auto fit = check_options(options, saved->options); !fit) return tl::make_unexpected(fit.error());
        start.wanted = std::move(saved->wanted);
        start.net_namespace = saved->net_namespace;
        start.options = saved->options;
        start.options.drain = start.options.drain || options.drain.has_value();
        start.saved = std::move(*saved);
    } else {
        auto wanted = read_wanted(options.source, streams);
        if (!wanted) return tl::make_unexpected(wanted.error());
        start.wanted = std::move(*wanted);
        start.options = options.plan;
        start.options.drain = options.drain.has_value();
    }
    if (!options.net_namespace.empty()) {
        start.net_namespace = options.net_namespace;
    } else if (start.net_namespace.empty()) {
        start.net_namespace = start.wanted.net_namespace_ipvs;
    }
    return start;
}

Result<void> check_allowed(const table::Plan& plan, const std::vector<std::string>& allow) {
    if (allow.empty()) return {};
    for (std::size_t i = 0; i < plan.size(); ++i) {
        const std::string_view action = table::to_string(table::permission_for(plan.kind(i)));
        if (std::find(allow.begin(), allow.end(), action) != allow.end()) continue;
        return failure(fmt::format("the plan would {}, which --allow does not permit; nothing was changed",
                                   to_string(plan.request(i))),
                       fmt::format("look with --dry-run, or allow `{}'", action));
    }
    return {};
}

void report_foreign(const table::Plan& plan, const Streams& streams) {
    constexpr std::size_t shown = 5;
    const auto& foreign = plan.foreign();
    if (foreign.empty()) return;
    std::string names;
    for (std::size_t i = 0; i < std::min(shown, foreign.size()); ++i) {
        names += (i == 0 ? "" : ", ") + to_string(foreign[i]->key);
    }
    if (foreign.size() > shown) names += fmt::format(" and {} more", foreign.size() - shown);
    print(streams.err, "lbctl: {} in the table {} neither wanted nor made by lbctl, and {}: {}\n",
          counted(foreign.size(), "service"), foreign.size() == 1 ? "is" : "are",
          foreign.size() == 1 ? "stays" : "stay", names);
}

/// Drained servers get no traffic because somebody wanted it so: a file that does not know of that does not end it.
void report_kept(const std::vector<table::KeptDrain>& kept, const Streams& streams) {
    constexpr std::size_t shown = 5;
    if (kept.empty()) return;
    std::string names;
    for (std::size_t i = 0; i < std::min(shown, kept.size()); ++i) {
        const std::string told = to_string(kept[i].drained);
        names += fmt::format("{}{} of {}{}", i == 0 ? "" : ", ", to_string(kept[i].destination),
                             to_string(kept[i].service), told.empty() ? "" : " (" + told + ")");
    }
    if (kept.size() > shown) names += fmt::format(" and {} more", kept.size() - shown);
    print(streams.err, "lbctl: {} drained, with weight 0: {}; `lbctl enable' or --undrain ends that\n",
          counted(kept.size(), "server stays", "servers stay"), names);
}

ExitStatus show_plan(const table::Plan& plan, const std::set<table::ServiceKey>& owned, const Start& start,
                     const ActiveConnections& active, const Options& options, const Streams& streams) {
    if (options.format == "json") {
        print_text(streams.out, plan_json(plan, owned, start.options, start.net_namespace, active));
    } else if (options.out != "-") {
        print_text(streams.out, with_arrows(plan_text(plan, active), streams.unicode) + plan_summary(plan, false) +
                                    "\n" + cut_text(plan, active, start.options.drain));
    }
    // With --out it is the plan that was asked for, whatever is in it.
    return plan.size() == 0 || !options.dry_run ? ExitStatus::ok : ExitStatus::findings;
}

void report_done(const table::Plan& plan, const Options& options, const Streams& streams) {
    if (options.format == "json") {
        print_text(streams.out, done_json(plan));
    } else {
        print_text(streams.out, (options.verbose ? with_arrows(plan_text(plan), streams.unicode) : "") +
                                    plan_summary(plan, true) + "\n");
    }
}

/// The stages of the plan with the wait between them. When one fails or a signal comes, all are undone.
Result<void> carry_out(change::Execution& execution, netlink::Client& client, const table::Plan& plan,
                       const Options& options, const Streams& streams, HeldSignals& signals) {
    const auto stop = [&signals] { return signals.interruption(); };
    if (options.drain && plan.first_removal() < plan.size()) {
        if (auto done = execution.run_to(plan.first_removal(), stop); !done) return done;
        std::vector<DestinationOfService> going;
        for (std::size_t i = plan.first_removal(); i < plan.size(); ++i) {
            const auto pairs = plan.going(i);
            going.insert(going.end(), pairs.begin(), pairs.end());
        }
        const auto left = wait_for_connections(client, going, WaitFor::connections,
                                               std::chrono::seconds(*options.drain), streams, signals);
        if (!left) return tl::make_unexpected(execution.give_up(left.error()));
        if (auto why = signals.interruption()) {
            why->message += " while waiting for connections";
            return tl::make_unexpected(execution.give_up(std::move(*why)));
        }
        if (left->any()) {
            print(streams.err, "lbctl: {} not end in {} s, and {} cut now\n",
                  counted(left->connections, "connection did", "connections did"), *options.drain,
                  left->connections == 1 ? "is" : "are");
        }
    }
    return execution.run_to(plan.size(), stop);
}

/// A sync daemon that is to be started gets the role that its instance has now, which need not be that of the start.
void take_role(table::Wanted& wanted, const table::Difference& difference, const keepalived::Explanations& why,
               const keepalived::Circumstances& circumstances, const Streams& streams) {
    const bool starts = std::ranges::any_of(
        difference.daemons, [](const table::DaemonDifference& daemon) { return daemon.after != nullptr; });
    if (!starts && !why.role) return;
    if (const keepalived::Instance* instance = keepalived::give_role(wanted, circumstances.instances)) {
        print(streams.err, "lbctl: the sync daemon is {}, for vrrp_instance {} is {}\n",
              to_string(wanted.daemons->front().state), instance->name, to_string(instance->state));
    } else if (starts && !wanted.daemon_instance.empty() && !wanted.daemons->empty()) {
        print(streams.err,
              "lbctl: note: whether vrrp_instance {} is MASTER is not known: the sync daemon is started as {}, as "
              "keepalived does it at its start\n",
              wanted.daemon_instance, to_string(wanted.daemons->front().state));
    }
}

/// Beside keepalived: what it holds down stays down, what its checks have put in stays, and the sync daemon keeps the
/// role that VRRP gives it. keepalived does not look at the table again, so it would not mend any of that.
table::Wanted keep_failed(table::Wanted wanted, const table::Table& live, const std::set<table::ServiceKey>& owned,
                          const keepalived::Circumstances& circumstances, const Streams& streams) {
    using keepalived::DifferenceClass;
    constexpr std::array classes = {DifferenceClass::down, DifferenceClass::check, DifferenceClass::role};
    table::Difference difference = table::compare(live, wanted);
    table::take_foreign(difference, owned);
    const keepalived::Explanations why = keepalived::explain(difference, live, wanted, circumstances);
    keepalived::Kept kept = keepalived::keep_explained(wanted, live, difference, why, classes);
    std::vector<std::string> what;
    if (kept.servers != 0) what.push_back(counted(kept.servers, "server"));
    if (kept.sorry_servers != 0) what.push_back(counted(kept.sorry_servers, "server") + " beyond those of the file");
    if (kept.daemons) what.emplace_back("the sync daemon");
    if (!kept.daemons) take_role(kept.wanted, difference, why, circumstances, streams);
    if (what.empty()) return std::move(kept.wanted);
    print(streams.err, "lbctl: left as keepalived has them: {} (--no-keep-failed changes them, too)\n",
          fmt::join(what, ", "));
    return std::move(kept.wanted);
}

/// The weights that --drain sets to 0: whatever ends the process, `enable' has them. A later apply does not keep them
/// so, for nobody wanted these servers drained: see DrainedServer::is_wanted().
table::DrainedServers with_quiesced(table::DrainedServers drained, const table::Plan& plan) {
    for (const table::ServiceDifference& service : plan.difference().services) {
        for (const table::DestinationDifference& change : service.destinations) {
            if (change.after != nullptr || change.before->weight == 0) continue;
            drained[table::drained_key(service.before->key, change.before->key)] = {change.before->weight, {}, {}};
        }
    }
    return drained;
}

/// Whoever gives the servers of the file their weights ends the drains of these servers.
table::DrainedServers without_wanted(table::DrainedServers drained, const table::Wanted& wanted) {
    for (const table::WantedService& service : wanted.services) {
        if (drained.empty()) break;
        for (const table::Destination& destination : service.service.destinations)
            drained.erase(table::drained_key(service.service.key, destination.key));
    }
    return drained;
}

Result<void> change_table(netlink::Client& client, const change::RunState& state, const table::Plan& plan,
                          const std::set<table::ServiceKey>& owned, const table::DrainedServers& drained,
                          const std::string& net_namespace, const Options& options, const Streams& streams,
                          HeldSignals& signals) {
    std::set<table::ServiceKey> wanted;
    for (const table::WantedService& service_wanted : plan.wanted().services) wanted.insert(service_wanted.service.key);
    const std::chrono::seconds time_to_confirm(options.confirm.value_or(0));
    std::optional<change::PendingConfirmation> pending;
    if (options.confirm && plan.size() != 0) {
        // The time counts from the last step. This deadline is for an apply that never gets there.
        pending = pending_for(plan, owned, std::chrono::seconds(options.drain.value_or(0)) + time_to_confirm);
    }
    const bool confirms = pending.has_value();
    ChangeRecord record(state, plan.size() == 0 ? "" : "apply", owned, std::move(wanted));
    const table::DrainedServers still = table::still_drained(drained, plan.live());
    record.remember(drained, options.drain ? with_quiesced(still, plan) : still,
                    options.undrain ? without_wanted(still, plan.wanted()) : still);
    if (auto begun = record.begin(std::move(pending), net_namespace); !begun) return begun;
    change::Execution execution(client, plan);
    if (auto done = carry_out(execution, client, plan, options, streams, signals); !done) {
        Failure failed = done.error();
        if (execution.is_clean()) return tl::make_unexpected(record.withdraw(std::move(failed)));
        if (confirms) {
            failed.message += "; `lbctl confirm --roll-back' tries it again, and so does the end of --confirm's time";
        }
        return tl::make_unexpected(std::move(failed));
    }
    if (auto completed = record.complete(time_to_confirm); !completed) {
        Failure failed = prefixed("the table was changed, but ", completed.error());
        failed.hint = confirms ? "it is taken back when the time of --confirm is over; run it again when that is mended"
                               : "run it again when that is mended";
        return tl::make_unexpected(std::move(failed));
    }
    return {};
}

/// What a dry run says of the keepalived beside it.
void mention_keepalived(const KeepalivedSearch& search, const Options& options, const Streams& streams) {
    const std::string_view needs = options.force ? "" : ", so that apply needs --force";
    const std::string_view what = options.no_keep_failed ? "servers that it holds down would get traffic"
                                                         : "apply leaves what it holds down as it is";
    const auto note = keepalived_objection(search, fmt::format("does not look at it again{}; {}", needs, what), "");
    if (note) print(streams.err, "lbctl: note: {}\n", note->message);
}

ExitStatus run(const Options& options, const Streams& streams) {
    auto start = read_start(options, streams);
    if (!start) return report_failure(streams, start.error());
    const auto held_namespace = netlink::HeldNamespace::open(start->net_namespace);
    if (!held_namespace) return report_failure(streams, held_namespace.error());
    auto client = netlink::Client::open({held_namespace->path()});
    if (!client) return report_failure(streams, client.error());
    const auto identity = netlink::namespace_identity(held_namespace->path());
    if (!identity) return report_failure(streams, identity.error());
    const change::RunState state(identity->inode, identity->cookie);
    const bool changes = changes_table(options);

    std::optional<change::RunLock> lock;
    if (changes) {
        auto held = begin_change(state, std::chrono::seconds(options.lock_patience), streams);
        if (!held) return report_failure(streams, held.error());
        lock.emplace(std::move(*held));
    } else {
        mention_pending(state, streams);
    }
    mend_settings(state, held_namespace->path(), streams, lock ? &*lock : nullptr);
    auto live = client->dump();
    if (!live) return report_failure(streams, live.error());
    const BesideKeepalived beside = look_beside(
        {held_namespace->path(), identity->inode, start->wanted.net_namespace_ipvs,
         start->saved || !options.source.saved.empty() ? std::string() : options.source.file, live->daemons});
    const auto objection = keepalived_objection(
        beside.search, "does not look at it again, so servers that it holds down would get traffic",
        "`lbctl reload' lets it read its file; or apply with --force, which leaves what it holds down as it is");
    if (objection && changes && !options.force) return report_failure(streams, *objection);
    const auto kept = state.has_keeper();
    if (!kept) return report_failure(streams, kept.error());
    if (*kept && changes && !options.force) {
        return report_failure(streams,
                              {"`lbctl check --watch --apply' looks after this table, and would go on with its "
                               "own file; nothing was changed",
                               "let it read its file again (SIGHUP) instead, or apply with --force"});
    }
    if (!options.force) mention_unseen(beside.search, streams);
    mention_daemons(beside, streams);

    const ActiveConnections active = active_connections(*live);
    table::Table before = table::configuration_of(*live);
    auto owned = state.read_owned();
    if (!owned) return report_failure(streams, owned.error());
    if (start->saved) {
        if (start->saved->live_digest != table::digest(before)) {
            return report_failure(streams, {"the live table has changed since the plan was made; nothing was changed",
                                            "make a new plan with `lbctl apply --out'"});
        }
        if (start->saved->owned != *owned) {
            return report_failure(streams, {"other services are lbctl's own than when the plan was made; nothing was "
                                            "changed",
                                            "make a new plan with `lbctl apply --out'"});
        }
    }
    const bool says_nothing = start->wanted.says_nothing;
    if (start->saved) {
        // As it was made: what is said today, such as --drain, has no say in whether the file is what it was.
        const table::Plan made(before, start->wanted, *owned, start->saved->options);
        if (steps_json(made) != start->saved->steps) {
            return report_failure(streams,
                                  {"the steps in the plan file are not those that lead to its table; nothing was "
                                   "changed",
                                   "it was edited, or made by another version of lbctl: make a new one"});
        }
    }
    // The steps of a saved plan are those of a table that has not changed since, with the drains that it had then.
    const auto drained = state.read_drained();
    if (!drained) return report_failure(streams, drained.error());
    if (objection && !options.no_keep_failed && !start->saved)
        start->wanted = keep_failed(std::move(start->wanted), before, *owned, beside.circumstances(*drained), streams);
    // What keepalived holds down is left out by now: a drain of it may have ended since without lbctl's knowing.
    if (!start->saved && !options.undrain)
        report_kept(table::keep_drained(start->wanted, table::still_drained(*drained, before)), streams);
    const table::Plan plan(std::move(before), std::move(start->wanted), *owned, start->options);
    report_foreign(plan, streams);
    if (!options.out.empty()) {
        const std::string text = plan_json(plan, *owned, start->options, start->net_namespace, active);
        if (auto written = write_plan_file(options.out, text); !written)
            return report_failure(streams, written.error());
    }
    if (!changes) {
        if (objection) mention_keepalived(beside.search, options, streams);
        return show_plan(plan, *owned, *start, active, options, streams);
    }
    // More often a command in front of a pipe failed than all services are meant to go.
    if (says_nothing && plan.size() != 0 && options.allow.empty()) {
        return report_failure(streams, {fmt::format("there is nothing in {}, and everything that lbctl made would be "
                                                    "removed; nothing was changed",
                                                    name_of(options.source)),
                                        "look with --dry-run; if it is meant, say --allow remove"});
    }
    if (auto allowed = check_allowed(plan, options.allow); !allowed) return report_failure(streams, allowed.error());
    // The process that waits for the confirmation is started in the namespace.
    if (!options.confirm || held_namespace->path().empty()) keep_table_only();
    HeldSignals signals;
    if (auto done =
            change_table(*client, state, plan, *owned, *drained, held_namespace->path(), options, streams, signals);
        !done) {
        return signals.status(report_failure(streams, done.error()));
    }
    if (options.confirm && plan.size() != 0) {
        print(streams.err, "lbctl: run `{}' within {} s, or the table is put back\n",
              how_to_confirm(start->net_namespace), *options.confirm);
    }
    // What is said of the change may wait for its reader, and a signal for neither.
    signals.release(plan.size() == 0 ? Ending::nothing_changed : Ending::complete);
    report_done(plan, options, streams);
    return plan.size() == 0 ? ExitStatus::ok : after_report(streams, ExitStatus::ok);
}

void add_apply(Command program, Invocation& invocation) {
    auto options = std::make_shared<Options>();
    Command command = program.command("apply", "make the live table what a configuration asks for");
    add_wanted_source(command, options->source);
    add_checked_option(command, options->source);
    command.option("--netns", options->net_namespace, "network namespace, by name or path").type_name("NAME|PATH");
    const Option dry_run =
        command.flag("-n,--dry-run", options->dry_run, "show the plan and change nothing; exit 1 if there is any step");
    command.flag("-v,--verbose", options->verbose, "list the steps that were done, not only their number");
    command.flag("--force", options->force, "go on although keepalived looks after the table");
    const Option keep = command.flag("--keep-failed", options->keep_failed,
                                     "beside keepalived: leave what it holds down (the default)");
    command
        .flag("--no-keep-failed", options->no_keep_failed,
              "beside keepalived: also put back the servers that it holds down")
        .excludes(keep);
    command.flag("--prune", options->plan.prune, "remove services that lbctl did not make, too");
    command.flag("--keep-weights", options->plan.keep_weights, "leave the weights of destinations that are there");
    command.flag("--undrain", options->undrain, "give drained servers the weights of the file, too");
    command.option("--drain", options->drain, "set weight 0 on what goes away, and wait so long for its connections")
        .type_name("SECONDS");
    command.option("--allow", options->allow, "refuse a plan that would do anything else")
        .separated_by(',')
        .one_of({"add", "edit", "remove"})
        .type_name("ACTION,...");
    const Option out =
        command
            .option("--out", options->out, "write the plan to a file for `lbctl apply FILE.json', and change nothing")
            .type_name("FILE");
    command.option("--confirm", options->confirm, "put the table back unless `lbctl confirm' comes in time")
        .type_name("SECONDS")
        .within(1U, 86400U)
        .excludes(dry_run)
        .excludes(out);
    command.option("--lock-wait", options->lock_patience, "wait so long for another lbctl to finish (30)")
        .type_name("SECONDS");
    command.option("--format", options->format, "text or json").one_of({"text", "json"});
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace

extern const Registration apply_command{.name = "apply",
                                        .heading = Heading::changes,
                                        .rights = Rights::table_work,
                                        .add = add_apply,
                                        .changes_table = true};

}  // namespace lbctl::cli
