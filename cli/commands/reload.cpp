#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "backend/change/run_state.h"
#include "backend/doctor/check.h"
#include "backend/keepalived/part_changes.h"
#include "backend/keepalived/reload.h"
#include "backend/netlink/client.h"
#include "backend/netlink/network_namespace.h"
#include "backend/table/plan.h"
#include "cli/beside_keepalived.h"
#include "cli/command.h"
#include "cli/commands/reload_start.h"
#include "cli/counted.h"
#include "cli/interruption.h"
#include "cli/pending_apply.h"
#include "cli/print.h"
#include "cli/reloading.h"
#include "cli/remembered.h"
#include "cli/render/difference_text.h"
#include "cli/report_failure.h"
#include "cli/rollback.h"
#include "cli/terminal.h"
#include "grammar/base/replace_file.h"
#include "grammar/base/shown_text.h"

namespace lbctl::cli {

namespace {

/// The checkers are told of the new configuration in the moment after it was read.
constexpr auto table_patience = std::chrono::seconds(10);

/// What stands between the live table and the new file.
struct Outcome {
    std::string text;
    bool as_wanted = false;                                      ///< nothing but what is explained
    std::array<std::size_t, keepalived::class_count> classes{};  ///< how much there is of each

    [[nodiscard]] std::size_t count(keepalived::DifferenceClass what) const {
        return classes[static_cast<std::size_t>(what)];
    }
};

/// Whether the new file has taken its place.
enum class NewFile : std::uint8_t { not_yet, in_place };

Result<Outcome> compare(const ReloadStart& start, NewFile in_place, const change::RunState& state,
                        Remembered& remembered, const Streams& streams) {
    auto client = netlink::Client::open({start.table_namespace});
    if (!client) return tl::make_unexpected(client.error());
    const auto live = client->dump();
    if (!live) return tl::make_unexpected(live.error());
    const BesideKeepalived beside =
        look_beside({start.held_namespace.path(), start.identity.inode, start.read_fresh.wanted.net_namespace_ipvs,
                     start.file, live->daemons});
    const table::Wanted& wanted = start.read_fresh.wanted;
    const table::Table before = table::configuration_of(*live);
    // What keepalived ran with before is to go, too.
    std::set<table::ServiceKey> kept = beside.kept_services(remembered.owned(state, streams));
    if (start.running) {
        for (const table::WantedService& service : start.running->wanted.services) kept.insert(service.service.key);
    }
    table::Difference difference = table::compare(before, wanted);
    const auto foreign = table::take_foreign(difference, kept);
    keepalived::Circumstances circumstances = beside.circumstances(remembered.drained(state, streams));
    if (in_place == NewFile::not_yet) circumstances.in_step = keepalived::InStep::changed;
    const keepalived::Explanations why = keepalived::explain(difference, before, wanted, circumstances);
    DifferenceView view{difference, wanted, foreign, "the live table", start.file, 0, streams.colour_out};
    view.explanations = &why;
    view.daemon = beside.daemon ? &*beside.daemon : nullptr;
    view.in_step = beside.in_step;
    Outcome outcome{with_arrows(difference_text(view), streams.unicode), false, why.counts()};
    outcome.as_wanted = outcome.count(keepalived::DifferenceClass::drift) == 0 &&
                        outcome.count(keepalived::DifferenceClass::not_reloaded) == 0;
    return outcome;
}

/// Waits until the table is as the new file wants it, as far as keepalived can make it so.
Result<Outcome> wait_for_table(const ReloadStart& start, const change::RunState& state, const Streams& streams,
                               HeldSignals& signals) {
    const auto end = std::chrono::steady_clock::now() + table_patience;
    Remembered remembered;
    for (;;) {
        auto outcome = compare(start, NewFile::in_place, state, remembered, streams);
        if (!outcome || outcome->as_wanted || std::chrono::steady_clock::now() >= end) return outcome;
        if (signals.sleep_for(std::chrono::milliseconds(200))) return outcome;
    }
}

/// Waits for the end of a keepalived that ends of what it has read: its processes read the file one after the other.
Result<void> wait_for_end(const keepalived::Daemon& daemon, HeldSignals& signals) {
    constexpr auto patience = std::chrono::milliseconds(1000);
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        if (keepalived::start_ticks_of(daemon.process) != daemon.start_ticks)
            return tl::make_unexpected(keepalived::ended(daemon));
        if (std::chrono::steady_clock::now() >= end) return {};
        if (signals.sleep_for(std::chrono::milliseconds(50))) return {};
    }
}

/// Puts the new file in its place and lets keepalived read it.
Result<void> reload(const ReloadStart& start, const ReloadOptions& options, HeldSignals& signals) {
    if (start.replaces()) {
        if (auto written = base::replace_file(start.file, start.fresh); !written) return written;
    }
    if (auto sent = keepalived::send_reload(start.daemon); !sent) return sent;
    if (!start.daemon.read) return {};
    const auto read =
        keepalived::wait_for_reading(start.daemon, *start.daemon.read, std::chrono::seconds(options.patience),
                                     [&signals] { return signals.interruption(); });
    if (!read) return tl::make_unexpected(read.error());
    return {};
}

/// Fails with the first reason against the reload; with --force says them all, and goes on.
Result<void> refuse(const ReloadStart& start, const ReloadOptions& options, const Streams& streams) {
    if (start.against.empty()) return {};
    if (!options.force) {
        Failure reason = start.against.front();
        reason.message += "; keepalived was not touched";
        return tl::make_unexpected(std::move(reason));
    }
    for (const Failure& reason : start.against) print(streams.err, "lbctl: note: {}\n", reason.message);
    return {};
}

change::PendingReload pending_for(const ReloadStart& start, const ReloadOptions& options) {
    change::PendingReload pending;
    const auto now = change::BootClock::now();
    pending.token = fmt::format("{}-{}", ::getpid(), now.time_since_epoch().count());
    pending.deadline = now + std::chrono::seconds(options.patience) + table_patience +
                       std::chrono::seconds(options.confirm.value_or(0));
    pending.file = start.file;
    pending.former = start.former;
    pending.fresh = start.fresh;
    pending.confirms = options.confirm.has_value();
    pending.patience = std::chrono::seconds(options.confirm.value_or(0));
    pending.former_from_memory = start.former_from_memory;
    pending.included = start.included;
    pending.fresh_only_here = options.file.empty();
    return pending;
}

std::string restart_text(const std::string& instance) {
    return fmt::format("vrrp_instance {}: another one for keepalived: a MASTER gives up its addresses first", instance);
}

/// What a reload would change besides the table.
std::string changes_outside_table(const ReloadStart& start) {
    std::string text;
    if (!start.running) return text;
    const ast::Node& before = start.running->analysis.root;
    const ast::Node& after = start.read_fresh.analysis.root;
    for (const keepalived::PartChange& change : keepalived::part_changes(before, after)) {
        using enum keepalived::PartChange::Kind;
        const char mark = change.kind == add ? '+' : change.kind == remove ? '-' : '~';
        const std::string part = base::shown(change.part);
        const std::string detail = base::shown(change.detail);
        if (change.kind == edit) {
            text += fmt::format("{} {}: {}\n", mark, part, detail);
        } else {
            text += fmt::format("{} {}{}\n", mark, part, detail.empty() ? "" : fmt::format(" ({})", detail));
        }
    }
    for (const std::string& name : keepalived::restarted_instances(before, after))
        text += fmt::format("~ {}\n", base::shown(restart_text(name)));
    return text.empty() ? text : "besides the table:\n" + text;
}

ExitStatus dry_run(const ReloadStart& start, const ReloadOptions& options, const change::RunState& state,
                   const Streams& streams) {
    mention_pending(state, streams);
    Remembered remembered;
    const auto outcome =
        compare(start, start.replaces() ? NewFile::not_yet : NewFile::in_place, state, remembered, streams);
    if (!outcome) return report_failure(streams, outcome.error());
    print_text(streams.out, outcome->text);
    const std::string besides = changes_outside_table(start);
    print_text(streams.out, with_arrows(besides, streams.unicode));
    if (auto refused = refuse(start, options, streams); !refused) return report_failure(streams, refused.error());
    return outcome->as_wanted && besides.empty() ? ExitStatus::ok : ExitStatus::findings;
}

/// How the table is after the reload, and what to do where it is not as wanted.
std::string end_text(const Outcome& outcome, const ReloadStart& start) {
    using keepalived::DifferenceClass;
    if (outcome.count(DifferenceClass::drift) != 0) {
        return fmt::format(
            ", but the table is not as it wants it, and keepalived does not look at that again: `lbctl "
            "apply --force {}' mends it",
            doctor::shell_word(start.file));
    }
    if (outcome.count(DifferenceClass::not_reloaded) != 0)
        return ", but has not carried it out: `lbctl status' shows what is missing, its log says why";
    std::string text = ", and the table is as it wants it";
    const std::size_t drained = outcome.count(DifferenceClass::drained);
    const std::size_t down = outcome.count(DifferenceClass::down);
    if (drained != 0) text += fmt::format(", but for {} (see `lbctl drained')", counted(drained, "drained server"));
    if (down != 0)
        text += fmt::format("{} {} that {} down", drained != 0 ? " and" : ", but for", counted(down, "server"),
                            down == 1 ? "is" : "are");
    return text;
}

/// Before a file that keepalived has not read is replaced, what it holds is kept beside it.
Result<void> keep_unread(const ReloadStart& start, const ReloadOptions& options, const Streams& streams) {
    if (options.file.empty() || !start.in_file || start.cut_short || *start.in_file == start.former) return {};
    const auto kept = keep_beside(start.file, *start.in_file);
    if (!kept) return tl::make_unexpected(kept.error());
    print(streams.err, "lbctl: note: what {} holds was never read by keepalived, and is kept in {}\n", start.file,
          *kept);
    return {};
}

/// Whether the reload that this one completes still is the one that was killed.
Result<void> check_cut_short(const ReloadStart& start, const change::RunState& state) {
    const auto now = state.read_reload();
    if (!now) return tl::make_unexpected(now.error());
    const bool same = start.cut_short ? *now && (*now)->token == start.cut_short->token && !(*now)->complete : !*now;
    // One of another file, or of a file that somebody has changed since, is given up.
    if (same || (*now && !(*now)->complete && !start.cut_short)) return {};
    return failure("another lbctl has reloaded keepalived meanwhile; nothing was done", "look at it, and try again");
}

ExitStatus run(const ReloadOptions& options, const Streams& streams) {
    auto start = read_reload_start(options, streams);
    if (!start) return report_failure(streams, start.error());
    const change::RunState state(start->table_identity.inode, start->table_identity.cookie);
    if (options.dry_run) return dry_run(*start, options, state, streams);
    if (auto refused = refuse(*start, options, streams); !refused) return report_failure(streams, refused.error());
    if (options.confirm && options.file.empty() && !start->daemon.read && !start->cut_short) {
        return report_failure(streams, {"what keepalived has read before cannot be seen, so it could not be put back; "
                                        "keepalived was not touched",
                                        "leave its file as it was, and give the new one as FILE"});
    }
    const auto lock = lock_table(state, usual_patience, streams);
    if (!lock) return report_failure(streams, lock.error());
    if (auto free = check_nothing_pending(state, true); !free) return report_failure(streams, free.error());
    if (!check_cut_short(*start, state) || !still_holds(*start)) {
        // Somebody was at it when this one looked.
        const std::string table_namespace = start->table_namespace;
        start = read_reload_start(options, streams);
        if (!start) return report_failure(streams, start.error());
        if (start->table_namespace != table_namespace) {
            return report_failure(streams, {"keepalived has begun anew meanwhile, with a table in another network "
                                            "namespace; it was not touched",
                                            "look at it, and try again"});
        }
        if (auto refused = refuse(*start, options, streams); !refused) return report_failure(streams, refused.error());
        if (auto same = check_cut_short(*start, state); !same) return report_failure(streams, same.error());
    }
    if (auto kept = keep_unread(*start, options, streams); !kept)
        return report_failure(streams, prefixed("keepalived was not touched: ", kept.error()));

    if (start->running) {
        for (const std::string& name :
             keepalived::restarted_instances(start->running->analysis.root, start->read_fresh.analysis.root))
            print(streams.err, "lbctl: note: {}\n", restart_text(name));
    }

    HeldSignals signals;
    change::PendingReload pending = pending_for(*start, options);
    Result<void> begun = state.write_reload(pending);
    if (begun && options.confirm)
        begun = start_watcher_process(state, reload_back_option, pending.token, start->table_namespace);
    if (!begun) {
        (void)state.remove_reload();
        return signals.status(report_failure(streams, prefixed("keepalived was not touched: ", begun.error())));
    }
    const auto take_back = [&](const Failure& why) {
        report_failure(streams, why);
        const auto back = take_reload_back(state, pending, start->table_namespace, start->table_identity.inode);
        if (!back) return signals.status(report_failure(streams, back.error()));
        print(streams.err, "lbctl: {}\n", back->said);
        return signals.status(ExitStatus::failed);
    };
    // Where nothing was replaced, there is nothing to put back unless that was asked for.
    const bool can_go_back = options.confirm || start->replaces() || start->cut_short;
    const auto done = reload(*start, options, signals).and_then([&] { return wait_for_end(start->daemon, signals); });
    if (!done) {
        if (can_go_back) return take_back(done.error());
        (void)state.remove_reload();
        return signals.status(report_failure(streams, done.error()));
    }
    const auto outcome = wait_for_table(*start, state, streams, signals);
    // Older releases take their time to end.
    if (can_go_back && keepalived::start_ticks_of(start->daemon.process) != start->daemon.start_ticks)
        return take_back(keepalived::ended(start->daemon));
    if (!outcome) {
        // keepalived has read it, and nobody is waited for.
        if (!options.confirm) (void)state.remove_reload();
        return signals.status(report_failure(streams, outcome.error()));
    }
    print_text(streams.out, outcome->text);
    if (options.confirm) {
        pending.complete = true;
        pending.deadline = change::BootClock::now() + std::chrono::seconds(*options.confirm);
        if (auto written = state.write_reload(pending); !written) return take_back(written.error());
        print(streams.err, "lbctl: run `{}' within {} s, or the former configuration is put back\n",
              how_to_confirm(options.net_namespace), *options.confirm);
    } else if (auto removed = state.remove_reload(); !removed) {
        return signals.status(report_failure(streams, removed.error()));
    }
    remember_configuration(state, keepalived::read_daemon(start->daemon.process));
    signals.release(Ending::complete);
    print(streams.out, "keepalived (process {}) has {} {}{}\n", start->daemon.process,
          start->daemon.read ? "read" : "been told to read", start->file, end_text(*outcome, *start));
    return after_report(streams, outcome->as_wanted ? ExitStatus::ok : ExitStatus::findings);
}

void add_reload(Command program, Invocation& invocation) {
    auto options = std::make_shared<ReloadOptions>();
    Command command =
        program.command("reload", "let keepalived read its configuration again, when that is without errors");
    command.option("FILE", options->file, "takes the place of keepalived's own file first");
    add_analysis_options(command, options->analysis);
    command.option("--netns", options->net_namespace, "network namespace, by name or path").type_name("NAME|PATH");
    const Option dry = command.flag("-n,--dry-run", options->dry_run,
                                    "show how the table differs from the file, and touch nothing; exit 1 if it does");
    command.flag("--force", options->force,
                 "also what keepalived would not carry out or would lose all services or instances by");
    command.option("--confirm", options->confirm, "put the former file back unless `lbctl confirm' comes in time")
        .type_name("SECONDS")
        .within(1U, 86400U)
        .excludes(dry);
    command.option("--wait", options->patience, "wait so long for keepalived to read the file (30)")
        .type_name("SECONDS");
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace

extern const Registration reload_command{.name = "reload",
                                         .heading = Heading::changes,
                                         .rights = Rights::table_work,
                                         .add = add_reload,
                                         .changes_table = true};

}  // namespace lbctl::cli
