#include "cli/rollback.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "backend/change/execution.h"
#include "backend/change/way_back.h"
#include "backend/netlink/network_namespace.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

/// Where the process finds the mark of its life, which it never closes.
constexpr int mark_descriptor = 3;

}  // namespace

change::PendingConfirmation pending_for(const table::Plan& plan, const std::set<table::ServiceKey>& owned,
                                        std::chrono::seconds patience) {
    const table::Difference& difference = plan.difference();
    change::PendingConfirmation pending;
    const auto now = change::BootClock::now();
    pending.token = fmt::format("{}-{}", ::getpid(), now.time_since_epoch().count());
    pending.deadline = now + patience;
    for (const table::ServiceDifference& service : difference.services) {
        if (service.before != nullptr) pending.before.services.push_back(*service.before);
        if (service.after != nullptr) pending.after.services.push_back(*service.after);
    }
    if (difference.timeouts_after) {
        pending.timeouts = true;
        pending.before.timeouts = plan.live().timeouts;
        pending.after.timeouts = *difference.timeouts_after;
    }
    if (!difference.daemons.empty()) {
        pending.daemons = true;
        pending.before.daemons = plan.live().daemons;
        pending.after.daemons = plan.wanted().daemons.value_or(std::vector<table::SyncDaemon>{});
    }
    pending.owned = owned;
    return pending;
}

Result<void> start_rollback_process(const change::RunState& state, const change::PendingConfirmation& pending,
                                    const std::string& net_namespace) {
    return start_watcher_process(state, "--roll-back-at-deadline", pending.token, net_namespace);
}

Result<void> start_watcher_process(const change::RunState& state, const std::string& option, const std::string& token,
                                   const std::string& net_namespace) {
    const auto mark = state.make_watcher_mark();
    if (!mark) return tl::make_unexpected(mark.error());
    // The process starts where this thread is, and so is in the namespace from its first moment on.
    const auto visit = netlink::NamespaceVisit::enter(net_namespace);
    if (!visit) return tl::make_unexpected(visit.error());

    std::array<std::string, 4> words = {"lbctl", "confirm", option, token};
    std::array<char*, words.size() + 1> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();

    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    // A session of its own: no terminal that hangs up, no key that interrupts.
    // The signals that are held back here are not its own.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    sigset_t taken_by_default;
    sigemptyset(&taken_by_default);
    sigaddset(&taken_by_default, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &taken_by_default);
    posix_spawn_file_actions_adddup2(&actions, mark->number(), mark_descriptor);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t process = 0;
    const int error = posix_spawn(&process, "/proc/self/exe", &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        return failure(fmt::format("cannot start the process that would put the table back: {}", std::strerror(error)));
    }
    return {};
}

Result<RolledBack> roll_back(netlink::Client& client, const change::RunState& state,
                             const change::PendingConfirmation& pending) {
    const auto live = client.dump();
    if (!live) return tl::make_unexpected(live.error());
    change::WayBack way = change::way_back(pending, table::configuration_of(*live));
    // None at all is a wish, too.
    std::vector<table::SyncDaemon> daemons = way.target.daemons;
    table::Wanted target = table::wanted_from(std::move(way.target), "the table before the apply");
    if (pending.daemons) target.daemons = std::move(daemons);
    const table::Plan plan(std::move(way.live), std::move(target), {}, {.prune = true});
    change::Execution execution(client, plan);
    if (auto done = execution.run_to(plan.size()); !done) {
        return tl::make_unexpected(prefixed("the apply is NOT taken back: ", done.error()));
    }
    const auto forgotten =
        state.write_owned(pending.owned).and_then([&state] { return state.remove_begun(); }).and_then([&state] {
            return state.remove_pending();
        });
    if (!forgotten) return tl::make_unexpected(prefixed("the apply is taken back, but ", forgotten.error()));
    return RolledBack{plan.size(), std::move(way.left)};
}

}  // namespace lbctl::cli
