#include "backend/table/way_back.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "backend/table/difference.h"
#include "backend/table/words.h"

namespace lbctl::table {

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
    return changes(left, right).empty();
}

/// One value that the apply changed goes back, unless it was changed again.
template <class Value>
void take_back(Value& now, const Value& before, const Value& after) {
    if (before != after && now == after) now = before;
}

Destination taken_back(Destination now, const Destination& before, const Destination& after) {
    const auto same_method = [](const Destination& left, const Destination& right) {
        return changes(left, right, aspect::weights | aspect::thresholds).empty();
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
bool is_drained(const Destination& now, const Destination& before) {
    Destination drained = before;
    drained.weight = 0;
    return equal(now, drained);
}

/// What a destination becomes; nothing when it goes, or is gone. Any side may lack it.
std::optional<Destination> destination_back(const Destination* before, const Destination* after, const Destination* now,
                                            bool complete) {
    if (before == nullptr && after != nullptr && now != nullptr && equal(*now, *after)) return std::nullopt;
    if (before != nullptr && after == nullptr) {
        if (now == nullptr || (!complete && is_drained(*now, *before))) return *before;
    }
    if (now == nullptr) return std::nullopt;
    if (before == nullptr || after == nullptr) return *now;
    return taken_back(*now, *before, *after);
}

/// The destinations of a service that is there before, after and now; a side without the service has none.
std::vector<Destination> destinations_back(const Service* before, const Service* after, const Service& now,
                                           bool complete) {
    const auto of = [](const Service* service) {
        return service == nullptr ? ByKey<Destination>{} : by_key(service->destinations);
    };
    const auto old = of(before);
    const auto made = of(after);
    const auto live = of(&now);
    std::vector<Destination> back;
    for (const DestinationKey& key : all_keys<Destination>({&old, &made, &live})) {
        auto destination = destination_back(find(old, key), find(made, key), find(live, key), complete);
        if (destination) back.push_back(std::move(*destination));
    }
    return back;
}

/// The same for a service.
std::optional<Service> service_back(const Service* before, const Service* after, const Service* now, bool complete) {
    if (now == nullptr) {
        if (before != nullptr && after == nullptr) return *before;
        return std::nullopt;
    }
    Service back = *now;
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

std::vector<SyncDaemon> daemons_back(const Table& before, const Table& after, const Table& live) {
    std::vector<SyncDaemon> back;
    for (const DaemonState state : {DaemonState::master, DaemonState::backup}) {
        const auto of = [state](const Table& table) {
            const auto found = std::ranges::find(table.daemons, state, &SyncDaemon::state);
            return found == table.daemons.end() ? nullptr : &*found;
        };
        // As a daemon runs, or as one is asked for: the second leaves things to the kernel.
        const auto same = [](const SyncDaemon* running, const SyncDaemon* wanted) {
            if (running == nullptr || wanted == nullptr) return running == wanted;
            return fulfils(*running, *wanted);
        };
        const SyncDaemon* old = of(before);
        const SyncDaemon* made = of(after);
        const SyncDaemon* now = of(live);
        const SyncDaemon* chosen = !same(old, made) && same(now, made) ? old : now;
        if (chosen != nullptr) back.push_back(*chosen);
    }
    return back;
}

/// What differs between the table before the apply and the one that it is put back to.
std::vector<std::string> left_between(const Table& before, const Table& target) {
    std::vector<std::string> left;
    const Difference difference = compare(before, target);
    for (const ServiceDifference& service : difference.services) {
        const std::string name = to_string(service.before != nullptr ? service.before->key : service.after->key);
        if (service.before == nullptr || service.after == nullptr) {
            left.push_back(fmt::format("{}: {}", name, service.after != nullptr ? "added" : "removed"));
            continue;
        }
        if (service.edited)
            left.push_back(fmt::format("{}: {}", name, to_string(changes(*service.before, *service.after))));
        for (const auto& [old, now] : service.destinations) {
            const std::string what = old == nullptr   ? "added"
                                     : now == nullptr ? "removed"
                                                      : to_string(changes(*old, *now));
            left.push_back(fmt::format("{} of {}: {}", to_string(old != nullptr ? old->key : now->key), name, what));
        }
    }
    if (difference.timeouts_after) {
        left.push_back("timeouts: " + to_string(changes(*difference.timeouts_before, *difference.timeouts_after)));
    }
    for (const auto& [old, now] : difference.daemons) {
        const std::string_view what = old == nullptr ? "added" : now == nullptr ? "removed" : "changed";
        left.push_back(fmt::format("sync daemon {}: {}", to_string((old != nullptr ? old : now)->state), what));
    }
    return left;
}

}  // namespace

WayBack way_back(const PendingConfirmation& pending, const Table& live) {
    WayBack way;
    const auto old = by_key(pending.before.services);
    const auto made = by_key(pending.after.services);
    const auto now = by_key(live.services);
    for (const ServiceKey& key : all_keys<Service>({&old, &made})) {
        const Service* running = find(now, key);
        if (running != nullptr) way.live.services.push_back(*running);
        auto back = service_back(find(old, key), find(made, key), running, pending.complete);
        if (back) way.target.services.push_back(std::move(*back));
    }
    if (pending.timeouts) {
        const Timeouts& before = pending.before.timeouts;
        const Timeouts& after = pending.after.timeouts;
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

}  // namespace lbctl::table
