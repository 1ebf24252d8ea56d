#include "backend/change/way_back.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "backend/table/difference.h"
#include "backend/table/names.h"

namespace lbctl::change {

namespace {

/// Values of one side by key.
template <class Value>
using ByKey = std::map<decltype(Value::key), const Value*>;

template <class Value>
ByKey<Value> by_key(const std::vector<Value>& values) {
    ByKey<Value> found;
    for (const Value& value : values) found.emplace(value.key, &value);
    return found;
}

template <class Value>
const Value* find(const ByKey<Value>& values, const decltype(Value::key)& key) {
    const auto found = values.find(key);
    return found == values.end() ? nullptr : found->second;
}

/// The keys of all sides, in one order.
template <class Value>
std::vector<decltype(Value::key)> all_keys(std::initializer_list<const ByKey<Value>*> sides) {
    std::vector<decltype(Value::key)> keys;
    for (const ByKey<Value>* side : sides) {
        for (const auto& [key, value] : *side) keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

template <class Value>
bool equal(const Value& left, const Value& right) {
    return table::changes(left, right).empty();
}

/// One value that the apply changed goes back, unless it was changed again.
template <class Value>
void take_back(Value& now, const Value& before, const Value& after) {
    if (before != after && now == after) now = before;
}

table::Destination taken_back(table::Destination now, const table::Destination& before,
                              const table::Destination& after) {
    const auto same_method = [](const table::Destination& left, const table::Destination& right) {
        return table::changes(left, right, table::aspect::weights | table::aspect::thresholds).empty();
    };
    if (!same_method(before, after) && same_method(now, after)) {
        now.method = before.method;
        now.tunnel = before.tunnel;
    }
    take_back(now.weight, before.weight, after.weight);
    take_back(now.upper_threshold, before.upper_threshold, after.upper_threshold);
    take_back(now.lower_threshold, before.lower_threshold, after.lower_threshold);
    return now;
}

/// Whether a destination that was to go has been drained, and not yet removed.
bool is_drained(const table::Destination& now, const table::Destination& before) {
    table::Destination drained = before;
    drained.weight = 0;
    return equal(now, drained);
}

/// What a destination becomes; nothing when it goes, or is gone. Any side may lack it.
std::optional<table::Destination> destination_back(const table::Destination* before, const table::Destination* after,
                                                   const table::Destination* now, bool complete) {
    if (before == nullptr && after != nullptr && now != nullptr && equal(*now, *after)) return std::nullopt;
    if (before != nullptr && after == nullptr) {
        if (now == nullptr || (!complete && is_drained(*now, *before))) return *before;
    }
    if (now == nullptr) return std::nullopt;
    if (before == nullptr || after == nullptr) return *now;
    return taken_back(*now, *before, *after);
}

/// The destinations of a service that is there before, after and now; a side without the service has none.
std::vector<table::Destination> destinations_back(const table::Service* before, const table::Service* after,
                                                  const table::Service& now, bool complete) {
    const auto of = [](const table::Service* service) {
        return service == nullptr ? ByKey<table::Destination>{} : by_key(service->destinations);
    };
    const auto old = of(before);
    const auto made = of(after);
    const auto live = of(&now);
    std::vector<table::Destination> back;
    for (const table::DestinationKey& key : all_keys<table::Destination>({&old, &made, &live})) {
        auto destination = destination_back(find(old, key), find(made, key), find(live, key), complete);
        if (destination) back.push_back(std::move(*destination));
    }
    return back;
}

/// The same for a service.
std::optional<table::Service> service_back(const table::Service* before, const table::Service* after,
                                           const table::Service* now, bool complete) {
    if (now == nullptr) {
        if (before != nullptr && after == nullptr) return *before;
        return std::nullopt;
    }
    table::Service back = *now;
    if (before == nullptr) {
        // Whoever edited the service itself has use for it, and without its destinations it would serve nobody.
        if (!equal(*now, *after)) return back;
        back.destinations = destinations_back(nullptr, after, *now, complete);
        if (back.destinations.empty()) return std::nullopt;
        return back;
    }
    if (after == nullptr) {
        // What is there although it was removed was made by somebody else; or it was not removed yet.
        if (!complete) back.destinations = destinations_back(before, nullptr, *now, complete);
        return back;
    }
    take_back(back.scheduler, before->scheduler, after->scheduler);
    take_back(back.flags, before->flags, after->flags);
    take_back(back.persistence, before->persistence, after->persistence);
    take_back(back.netmask, before->netmask, after->netmask);
    back.destinations = destinations_back(before, after, *now, complete);
    return back;
}

std::uint32_t timeout_back(std::uint32_t now, std::uint32_t before, std::uint32_t after) {
    return after != 0 && now == after ? before : now;
}

std::vector<table::SyncDaemon> daemons_back(const table::Table& before, const table::Table& after,
                                            const table::Table& live) {
    std::vector<table::SyncDaemon> back;
    for (const table::DaemonState state : {table::DaemonState::master, table::DaemonState::backup}) {
        const auto of = [state](const table::Table& table) {
            const auto found = std::ranges::find(table.daemons, state, &table::SyncDaemon::state);
            return found == table.daemons.end() ? nullptr : &*found;
        };
        // As a daemon runs, or as one is asked for: the second leaves things to the kernel.
        const auto same = [](const table::SyncDaemon* running, const table::SyncDaemon* wanted) {
            if (running == nullptr || wanted == nullptr) return running == wanted;
            return table::fulfils(*running, *wanted);
        };
        const table::SyncDaemon* old = of(before);
        const table::SyncDaemon* made = of(after);
        const table::SyncDaemon* now = of(live);
        const table::SyncDaemon* chosen = !same(old, made) && same(now, made) ? old : now;
        if (chosen != nullptr) back.push_back(*chosen);
    }
    return back;
}

/// What differs between the table before the apply and the one that it is put back to.
std::vector<std::string> left_between(const table::Table& before, const table::Table& target) {
    std::vector<std::string> left;
    const table::Difference difference = table::compare(before, target);
    for (const table::ServiceDifference& service : difference.services) {
        const std::string name = to_string(service.before != nullptr ? service.before->key : service.after->key);
        if (service.before == nullptr || service.after == nullptr) {
            left.push_back(fmt::format("{}: {}", name, service.after != nullptr ? "added" : "removed"));
            continue;
        }
        if (service.edited)
            left.push_back(fmt::format("{}: {}", name, to_string(table::changes(*service.before, *service.after))));
        for (const auto& [old, now] : service.destinations) {
            const std::string what = old == nullptr   ? "added"
                                     : now == nullptr ? "removed"
                                                      : to_string(table::changes(*old, *now));
            left.push_back(fmt::format("{} of {}: {}", to_string(old != nullptr ? old->key : now->key), name, what));
        }
    }
    if (difference.timeouts_after) {
        left.push_back("timeouts: " +
                       to_string(table::changes(*difference.timeouts_before, *difference.timeouts_after)));
    }
    for (const auto& [old, now] : difference.daemons) {
        const std::string_view what = old == nullptr ? "added" : now == nullptr ? "removed" : "changed";
        left.push_back(fmt::format("sync daemon {}: {}", to_string((old != nullptr ? old : now)->state), what));
    }
    return left;
}

}  // namespace

WayBack way_back(const PendingConfirmation& pending, const table::Table& live) {
    WayBack way;
    const auto old = by_key(pending.before.services);
    const auto made = by_key(pending.after.services);
    const auto now = by_key(live.services);
    for (const table::ServiceKey& key : all_keys<table::Service>({&old, &made})) {
        const table::Service* running = find(now, key);
        if (running != nullptr) way.live.services.push_back(*running);
        auto back = service_back(find(old, key), find(made, key), running, pending.complete);
        if (back) way.target.services.push_back(std::move(*back));
    }
    if (pending.timeouts) {
        const table::Timeouts& before = pending.before.timeouts;
        const table::Timeouts& after = pending.after.timeouts;
        way.live.timeouts = live.timeouts;
        way.target.timeouts = {timeout_back(live.timeouts.tcp, before.tcp, after.tcp),
                               timeout_back(live.timeouts.tcp_fin, before.tcp_fin, after.tcp_fin),
                               timeout_back(live.timeouts.udp, before.udp, after.udp)};
    }
    if (pending.daemons) {
        way.live.daemons = live.daemons;
        way.target.daemons = daemons_back(pending.before, pending.after, live);
    }
    way.left = left_between(pending.before, way.target);
    return way;
}

}  // namespace lbctl::change
