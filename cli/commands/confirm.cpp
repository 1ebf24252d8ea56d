#include <fmt/format.h>
#include <syslog.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <memory>
#include <thread>

#include "backend/netlink/network_namespace.h"
#include "cli/beside_keepalived.h"
#include "cli/command.h"
#include "cli/counted.h"
#include "cli/interruption.h"
#include "cli/kernel_settings.h"
#include "cli/pending_apply.h"
#include "cli/print.h"
#include "cli/reloading.h"
#include "cli/report_failure.h"
#include "cli/rollback.h"
#include "grammar/base/time_text.h"

namespace lbctl::cli {

namespace {

struct Options {
    std::string net_namespace;
    bool roll_back = false;
    std::string token;         ///< of the apply that this process takes back at its deadline
    std::string reload_token;  ///< the same of a reload
};

constexpr auto poll_interval = std::chrono::milliseconds(200);
constexpr std::chrono::milliseconds longest_pause = std::chrono::minutes(1);

Result<RolledBack> roll_back_now(const std::string& net_namespace, const change::RunState& state,
                                 const change::PendingConfirmation& pending) {
    auto client = netlink::Client::open({net_namespace});
    if (!client) return tl::make_unexpected(client.error());
    return roll_back(*client, state, pending);
}

/// The apply that the background process looks after, as its file said when it was last read.
struct Watched {
    change::FileStamp stamp;
    change::BootClock::time_point deadline;
};

/// What was left, a line each, and of very much the first lines only.
std::vector<std::string> lines_of_left(const RolledBack& done) {
    constexpr std::size_t most = 20;
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < std::min(most, done.left.size()); ++i) {
        lines.push_back("not as it was, for somebody else changed it since: " + done.left[i]);
    }
    if (done.left.size() > most) lines.push_back(fmt::format("and {} more", done.left.size() - most));
    return lines;
}

/// One look of the background process. Gives whether there is nothing left to look after.
Result<bool> look(const std::string& token, const change::RunState& state, std::optional<Watched>& watched) {
    const auto stamp = state.pending_stamp();
    if (!stamp) return tl::make_unexpected(stamp.error());
    if (!*stamp) return true;
    if (!watched || watched->stamp != **stamp) {
        const auto pending = state.read_pending();
        if (!pending) return tl::make_unexpected(pending.error());
        if (!*pending || (*pending)->token != token) return true;
        watched = {**stamp, (*pending)->deadline};
    }
    if (change::BootClock::now() < watched->deadline) return false;

    const auto lock = state.lock(usual_patience, [] {});
    if (!lock) return tl::make_unexpected(lock.error());
    // Who held the lock may have confirmed the apply, or have been the apply itself, whose time begins at its end.
    const auto latest = state.pending_stamp();
    if (!latest) return tl::make_unexpected(latest.error());
    if (*latest != watched->stamp) return false;
    const auto pending = state.read_pending();
    if (!pending) return tl::make_unexpected(pending.error());
    if (!*pending) return true;
    HeldSignals signals;
    const auto done = roll_back_now("", state, **pending);
    signals.release(Ending::silent);
    if (!done) return tl::make_unexpected(done.error());
    ::syslog(LOG_WARNING, "lbctl: the apply was not confirmed, and what it changed is taken back (%zu steps)",
             done->steps);
    for (const std::string& line : lines_of_left(*done)) ::syslog(LOG_WARNING, "lbctl: %s", line.c_str());
    return true;
}

/// A reload that runs holds the lock. Of one that is free and not complete the time begins now that it is seen. Gives
/// that there is something left to look after.
Result<bool> begin_time_of_killed(const std::string& token, const change::RunState& state) {
    const auto lock = state.lock(std::chrono::seconds::zero(), [] {});
    if (!lock) return false;
    auto reload = state.read_reload();
    if (!reload) return tl::make_unexpected(reload.error());
    if (!*reload || (*reload)->token != token || (*reload)->complete) return false;
    (*reload)->cut_short = true;
    (*reload)->deadline = std::min((*reload)->deadline, change::BootClock::now() + (*reload)->patience);
    if (auto written = state.write_reload(**reload); !written) return tl::make_unexpected(written.error());
    return false;
}

/// One look of the background process of a reload. Gives whether there is nothing left to look after.
Result<bool> look_at_reload(const std::string& token, const change::RunState& state, std::uint64_t namespace_inode) {
    const auto is_over = [&token](const std::optional<change::PendingReload>& reload) {
        return !reload || reload->token != token;
    };
    const auto seen = state.read_reload();
    if (!seen) return tl::make_unexpected(seen.error());
    if (is_over(*seen)) return true;
    if (change::BootClock::now() < (*seen)->deadline) {
        if (!(*seen)->complete && !(*seen)->cut_short) return begin_time_of_killed(token, state);
        return false;
    }
    const auto lock = state.lock(usual_patience, [] {});
    if (!lock) return tl::make_unexpected(lock.error());
    // Who held the lock may have confirmed the reload, or have been the reload itself, whose time begins at its end.
    const auto reload = state.read_reload();
    if (!reload) return tl::make_unexpected(reload.error());
    if (is_over(*reload)) return true;
    if (change::BootClock::now() < (*reload)->deadline) return false;
    HeldSignals signals;
    const auto back = take_reload_back(state, **reload, "", namespace_inode);
    signals.release(Ending::silent);
    if (!back) return tl::make_unexpected(back.error());
    ::syslog(LOG_WARNING, "lbctl: the reload was not confirmed: %s", back->said.c_str());
    return true;
}

/// What the background process does: looks until nothing is left to look after. Nobody reads its standard error, so it
/// speaks to the system log. It is the only way back of somebody who cannot reach the machine any more, so it never
/// gives up. `what`: "an apply" or "a reload".
ExitStatus watch(const char* what, const std::function<Result<bool>()>& look) {
    std::string last_said;
    for (auto pause = poll_interval;; std::this_thread::sleep_for(pause)) {
        const auto over = look();
        if (over && *over) return ExitStatus::ok;
        pause = over ? poll_interval : std::min(pause * 2, longest_pause);
        if (over || over.error().message == last_said) continue;
        last_said = over.error().message;
        ::syslog(LOG_ERR, "lbctl: of %s that is not confirmed: %s; trying again until `lbctl confirm' comes", what,
                 last_said.c_str());
    }
}

/// What became of the last one that waited, as far as it is remembered.
Failure nothing_waits(const change::RunState& state) {
    Failure nothing{"no apply waits for a confirmation, and no reload", "it was confirmed or taken back already"};
    const auto end = state.read_reload_end();
    if (end && *end) {
        nothing.hint = fmt::format("of the last reload, at {}: {}", base::local_text((*end)->when), (*end)->said);
    }
    return nothing;
}

/// Keeps or takes back a reload that is under way; nothing where there is none.
std::optional<ExitStatus> confirm_reload(const Options& options, const change::RunState& state,
                                         const std::string& net_namespace, std::uint64_t namespace_inode,
                                         const Streams& streams) {
    const auto reload = state.read_reload();
    if (!reload) return report_failure(streams, reload.error());
    if (!*reload) return std::nullopt;
    HeldSignals signals;
    if (options.roll_back) {
        const auto back = take_reload_back(state, **reload, net_namespace, namespace_inode);
        if (!back) return signals.status(report_failure(streams, back.error()));
        signals.release(Ending::taken_back);
        print(streams.out, "{}: {}\n", back->restored ? "taken back" : "not taken back", back->said);
        return after_report(streams, back->restored ? ExitStatus::ok : ExitStatus::failed);
    }
    if (!(*reload)->complete && !has_read(**reload, net_namespace, namespace_inode)) {
        return signals.status(report_failure(
            streams, {"the reload was killed before keepalived was seen to have read the file, so there is nothing to "
                      "keep yet",
                      "`lbctl reload' completes it, `lbctl confirm --roll-back' puts the former file back now"}));
    }
    if (auto removed = state.remove_reload(); !removed) {
        return signals.status(report_failure(
            streams, prefixed("the reload is NOT confirmed, and will be taken back: ", removed.error())));
    }
    (void)state.write_reload_end(
        {fmt::format("it was confirmed: keepalived goes on with {}", (*reload)->file), std::time(nullptr)});
    signals.release(Ending::confirmed);
    print(streams.out, "confirmed: keepalived goes on with {}\n", (*reload)->file);
    return after_report(streams, ExitStatus::ok);
}

/// Whether anything waits in that namespace, or that cannot be seen.
bool may_wait(const netlink::NamespaceIdentity& identity) {
    const change::RunState state(identity.inode, identity.cookie);
    const auto reload = state.read_reload();
    const auto pending = state.pending_stamp();
    return !reload || *reload || !pending || *pending;
}

/// The namespace that is meant where none is named: this one, or where nothing waits here that of the table of the
/// keepalived that runs here.
std::string meant_namespace(const Options& options) {
    const bool is_background = !options.token.empty() || !options.reload_token.empty();
    if (!options.net_namespace.empty() || is_background) return options.net_namespace;
    const auto here = netlink::namespace_identity("");
    return !here || may_wait(*here) ? std::string() : net_namespace_ipvs_of_keepalived(here->inode);
}

ExitStatus run(const Options& options, const Streams& streams) {
    const auto held_namespace = netlink::HeldNamespace::open(meant_namespace(options));
    if (!held_namespace) return report_failure(streams, held_namespace.error());
    const auto identity = netlink::namespace_identity(held_namespace->path());
    if (!identity) {
        if (!options.token.empty()) {
            ::syslog(LOG_ERR, "lbctl: an apply that is not confirmed will NOT be taken back: %s",
                     identity.error().message.c_str());
        }
        return report_failure(streams, identity.error());
    }
    const change::RunState state(identity->inode, identity->cookie);
    // To take an apply back another namespace is entered again.
    const bool stays_here = held_namespace->path().empty();
    if (!options.reload_token.empty()) {
        return watch("a reload", [&] { return look_at_reload(options.reload_token, state, identity->inode); });
    }
    if (!options.token.empty()) {
        if (stays_here) keep_table_only();
        std::optional<Watched> watched;
        return watch("an apply", [&] { return look(options.token, state, watched); });
    }

    const auto lock = lock_table(state, usual_patience, streams);
    if (!lock) return report_failure(streams, lock.error());
    mend_settings(state, held_namespace->path(), streams, &*lock);
    if (const auto done = confirm_reload(options, state, held_namespace->path(), identity->inode, streams))
        return *done;
    // Not before: of a folder that somebody else has made it is to be said whose it is.
    if (stays_here) keep_table_only();
    const auto pending = state.read_pending();
    if (!pending) return report_failure(streams, pending.error());
    if (!*pending) {
        mention_unfinished(state, streams);
        return report_failure(streams, nothing_waits(state));
    }
    // The lock is free, so that apply does not run any more.
    if (!options.roll_back && !(*pending)->complete) {
        return report_failure(streams, {"the apply ended before all of its steps were done; there is nothing to keep",
                                        "`lbctl confirm --roll-back' takes back now what it did"});
    }
    // Half a way back is worse than none: a signal waits for its end.
    HeldSignals signals;
    if (!options.roll_back) {
        if (auto removed = state.remove_pending(); !removed) {
            return report_failure(streams,
                                  prefixed("the apply is NOT confirmed, and will be taken back: ", removed.error()));
        }
        signals.release(Ending::confirmed);
        print(streams.out, "confirmed: the table stays as it is\n");
        return after_report(streams, ExitStatus::ok);
    }
    const auto done = roll_back_now(held_namespace->path(), state, **pending);
    if (!done) return signals.status(report_failure(streams, done.error()));
    signals.release(Ending::taken_back);
    print(streams.out, "taken back: what the apply changed is as it was before ({})\n", counted(done->steps, "step"));
    for (const std::string& line : lines_of_left(*done)) print(streams.out, "{}\n", line);
    return after_report(streams, ExitStatus::ok);
}

void add_confirm(Command program, Invocation& invocation) {
    auto options = std::make_shared<Options>();
    Command command = program.command("confirm", "keep what `lbctl apply --confirm' or `lbctl reload --confirm' did");
    command.option("--netns", options->net_namespace, "network namespace, by name or path").type_name("NAME|PATH");
    command.flag("--roll-back", options->roll_back, "take the apply back now instead");
    command.option("--roll-back-at-deadline", options->token, "").hidden();
    command.option(reload_back_option, options->reload_token, "").hidden();
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace

extern const Registration confirm_command{.name = "confirm",
                                          .heading = Heading::changes,
                                          .rights = Rights::table_work,
                                          .add = add_confirm,
                                          .changes_table = true};

}  // namespace lbctl::cli
