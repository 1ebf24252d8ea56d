#include "cli/rollback.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "backend/netlink/execution.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

/// The services of a table that an apply touched, and of the rest what it touched.
table::Table touched_part(const table::Table& table, const table::PendingConfirmation& pending) {
    table::Table part;
    for (const table::Service& service : table.services) {
        if (pending.touched.contains(service.key)) part.services.push_back(service);
    }
    if (pending.timeouts) part.timeouts = table.timeouts;
    if (pending.daemons) part.daemons = table.daemons;
    return part;
}

}  // namespace

std::int64_t deadline_in(std::chrono::seconds patience) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::ceil<std::chrono::seconds>(now + patience).count();
}

table::PendingConfirmation pending_for(const table::Plan& plan, const std::set<table::ServiceKey>& owned,
                                       std::chrono::seconds patience) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    table::PendingConfirmation pending;
    pending.token = fmt::format("{}-{}", ::getpid(), std::chrono::nanoseconds(now).count());
    pending.deadline = deadline_in(patience);
    pending.timeouts = plan.difference().timeouts_after.has_value();
    pending.daemons = !plan.difference().daemons.empty();
    for (const table::ServiceDifference& service : plan.difference().services) {
        pending.touched.insert(service.before != nullptr ? service.before->key : service.after->key);
    }
    pending.before = touched_part(plan.live(), pending);
    pending.owned = owned;
    return pending;
}

Result<void> start_rollback_process(const table::PendingConfirmation& pending, const std::string& net_namespace) {
    std::vector<std::string> words = {"lbctl", "confirm", "--roll-back-at-deadline", pending.token};
    if (!net_namespace.empty()) words.insert(words.end(), {"--netns", net_namespace});
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

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

Result<std::size_t> roll_back(netlink::Client& client, const table::RunState& state,
                              const table::PendingConfirmation& pending) {
    const auto live = client.dump();
    if (!live) return tl::make_unexpected(live.error());
    table::Wanted before = table::wanted_from(pending.before, "the table before the apply");
    if (pending.daemons) before.daemons = pending.before.daemons;
    const table::Plan plan(touched_part(table::configuration_of(*live), pending), std::move(before), {},
                           {.prune = true});
    netlink::Execution execution(client, plan);
    if (auto done = execution.run_to(plan.size()); !done) {
        return tl::make_unexpected(prefixed("the apply is NOT taken back: ", done.error()));
    }
    const auto forgotten = state.write_owned(pending.owned).and_then([&state] { return state.remove_pending(); });
    if (!forgotten) return tl::make_unexpected(prefixed("the apply is taken back, but ", forgotten.error()));
    return plan.size();
}

}  // namespace lbctl::cli
