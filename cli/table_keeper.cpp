#include "cli/table_keeper.h"

#include <utility>

#include "backend/change/execution.h"
#include "backend/change/follow.h"
#include "backend/table/live.h"
#include "cli/change_record.h"
#include "cli/keepalived_running.h"
#include "cli/pending_apply.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

constexpr std::chrono::seconds lock_patience(5);

std::set<table::ServiceKey> keys_of(const table::Wanted& wanted) {
    std::set<table::ServiceKey> keys;
    for (const table::WantedService& service : wanted.services) keys.insert(service.service.key);
    return keys;
}

/// A plan, and which services are lbctl's own after it.
struct Change {
    table::Plan plan;
    std::set<table::ServiceKey> owned;
};

}  // namespace

TableKeeper::TableKeeper(netlink::HeldNamespace held, netlink::Client client, change::RunState state,
                         change::RunLock mark)
    : held_(std::move(held)), client_(std::move(client)), state_(std::move(state)), mark_(std::move(mark)) {}

Result<std::unique_ptr<TableKeeper>> TableKeeper::begin(const std::string& net_namespace, bool force,
                                                        const Streams& streams) {
    auto held = netlink::HeldNamespace::open(net_namespace);
    if (!held) return tl::make_unexpected(held.error());
    auto client = netlink::Client::open({held->path()});
    if (!client) return tl::make_unexpected(client.error());
    const auto identity = netlink::namespace_identity(held->path());
    if (!identity) return tl::make_unexpected(identity.error());
    change::RunState state(identity->inode, identity->cookie);
    auto mark = state.become_keeper();
    if (!mark) return tl::make_unexpected(mark.error());
    if (!*mark) return failure("another `lbctl check --watch --apply' looks after this table", "end that one first");
    if (auto free = check_nothing_pending(state); !free) return tl::make_unexpected(free.error());
    const KeepalivedSearch search = find_keepalived_of(held->path(), identity->inode, net_namespace);
    const auto objection = keepalived_objection(search, "would change it again", "stop it, or go on with --force");
    if (objection && !force) return tl::make_unexpected(*objection);
    if (!force) mention_unseen(search, streams);
    auto live = client->dump();
    if (!live) return tl::make_unexpected(live.error());
    std::unique_ptr<TableKeeper> keeper(
        new TableKeeper(std::move(*held), std::move(*client), std::move(state), std::move(**mark)));
    keeper->first_timeouts_ = table::configuration_of(*live).timeouts;
    return keeper;
}

/// One change under the lock, from the table as it is. All of it is done or nothing.
template <class Make>
Result<std::size_t> TableKeeper::change(const Make& make) {
    const auto lock = state_.lock(lock_patience, [] {});
    if (!lock) return tl::make_unexpected(lock.error());
    if (auto free = check_nothing_pending(state_); !free) return tl::make_unexpected(free.error());
    auto live = client_.dump();
    if (!live) return tl::make_unexpected(live.error());
    auto owned = state_.read_owned();
    if (!owned) return tl::make_unexpected(owned.error());
    const auto drained = state_.read_drained();
    if (!drained) return tl::make_unexpected(drained.error());
    const Change change = make(table::configuration_of(*live), *owned, table::still_drained(*drained, *live));
    const std::size_t steps = change.plan.size();
    if (steps == 0 && change.owned == *owned) return steps;
    ChangeRecord record(state_, steps == 0 ? "" : "check --watch", *owned, change.owned);
    if (auto begun = record.begin({}, held_.path()); !begun) return tl::make_unexpected(begun.error());
    change::Execution execution(client_, change.plan);
    if (auto done = execution.run_to(steps); !done) {
        if (execution.is_clean()) return tl::make_unexpected(record.withdraw(done.error()));
        return tl::make_unexpected(done.error());
    }
    if (auto completed = record.complete({}); !completed)
        return tl::make_unexpected(prefixed("the table was changed, but ", completed.error()));
    return steps;
}

Result<std::size_t> TableKeeper::install(table::Wanted wanted) {
    return install_beside(std::move(wanted), {});
}

Result<std::size_t> TableKeeper::install_beside(table::Wanted wanted, const table::Wanted& configured) {
    auto done =
        change([&](table::Table live, const std::set<table::ServiceKey>& owned, const table::DrainedServers& drained) {
            table::Wanted now = change::with_those_serving(wanted, live, configured);
            table::keep_drained(now, drained);
            return Change{table::Plan(std::move(live), std::move(now), owned, {}), keys_of(wanted)};
        });
    // What is empty already is not emptied a second time.
    wanted.flush = false;
    if (done) known_ = std::move(wanted);
    return done;
}

Result<std::size_t> TableKeeper::follow(table::Wanted wanted) {
    auto done =
        change([&](table::Table live, const std::set<table::ServiceKey>& owned, const table::DrainedServers& drained) {
            table::Wanted changed = change::followed(live, known_, wanted);
            table::keep_drained(changed, drained);
            return Change{table::Plan(std::move(live), std::move(changed), {}, {}), owned};
        });
    if (done) known_ = std::move(wanted);
    return done;
}

Result<std::size_t> TableKeeper::release(bool flush) {
    return change([&](table::Table live, const std::set<table::ServiceKey>& owned, const table::DrainedServers&) {
        const std::set<table::ServiceKey> ours = keys_of(known_);
        std::set<table::ServiceKey> left;
        for (const table::ServiceKey& key : owned) {
            if (!ours.contains(key)) left.insert(key);
        }
        table::Wanted nothing;
        if (known_.timeouts != table::Timeouts{}) nothing.timeouts = first_timeouts_;
        if (known_.daemons) nothing.daemons.emplace();
        table::PlanOptions options;
        options.prune = flush;
        return Change{table::Plan(std::move(live), std::move(nothing), ours, options),
                      flush ? std::set<table::ServiceKey>{} : left};
    });
}

}  // namespace lbctl::cli
