#include "backend/keepalived/held_servers.h"

namespace lbctl::keepalived {

namespace {

using table::DestinationKey;

/// Whether its failed check would leave it in the table with weight 0, as a drain does.
bool may_be_down(const table::Supervision& supervision) {
    return supervision.inhibited && supervision.checks != 0;
}

}  // namespace

SupervisedServers supervised_servers(const table::Table& live, const table::Wanted& running,
                                     const table::DrainedServers& drained) {
    SupervisedServers servers;
    for (const table::WantedService& service : running.services) {
        for (const table::Destination& server : service.service.destinations)
            servers.try_emplace({service.service.key, server.key},
                                SupervisedServer{server.weight, false, std::nullopt, false});
        for (const table::Reserve& reserve : service.reserves) {
            if (reserve.reason != table::Reserve::Reason::awaits_check) continue;
            servers.try_emplace({service.service.key, reserve.destination.key},
                                SupervisedServer{reserve.destination.weight, false, not_checked_yet, false});
        }
    }
    for (const table::Service& service : live.services) {
        for (const table::Destination& server : service.destinations) {
            const auto found = servers.find({service.key, server.key});
            if (found == servers.end()) continue;
            found->second.in_table = true;
            found->second.held.reset();
        }
    }
    Circumstances circumstances;
    circumstances.keepalived_runs = true;
    circumstances.running = &running;
    circumstances.drained = drained;
    const table::Difference difference = table::compare(live, running);
    const Explanations why = explain(difference, live, running, circumstances);
    for (std::size_t i = 0; i < difference.services.size(); ++i) {
        const table::ServiceDifference& service = difference.services[i];
        if (service.before == nullptr || service.after == nullptr) continue;
        const table::WantedService& asked = running.services[service.after_index];
        for (std::size_t j = 0; j < service.destinations.size(); ++j) {
            const table::DestinationDifference& change = service.destinations[j];
            const DestinationKey& key = (change.before != nullptr ? change.before : change.after)->key;
            const auto found = servers.find({service.after->key, key});
            if (found == servers.end() || (change.before != nullptr && change.before->weight != 0)) continue;
            const Explanation& explained = why.services[i].destinations[j];
            if (explained.what == DifferenceClass::down || explained.what == DifferenceClass::check)
                found->second.held = explained.reason;
            if (explained.what == DifferenceClass::drained && change.after != nullptr)
                found->second.may_be_down = may_be_down(asked.supervision_of(*change.after));
        }
    }
    return servers;
}

}  // namespace lbctl::keepalived
