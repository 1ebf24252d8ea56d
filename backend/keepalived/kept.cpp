#include "backend/keepalived/kept.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace lbctl::keepalived {

namespace {

/// A service whose destinations are put together anew, with what goes with each of them.
class Destinations {
public:
    explicit Destinations(const table::WantedService& before) : before_(before) {}

    void take(const table::Destination& destination) { take(destination, destination.weight); }
    void take(const table::Destination& destination, std::uint32_t weight) {
        table::Destination& added = destinations_.emplace_back(destination);
        added.weight = weight;
        places_.push_back(before_.place_of(destination));
        supervision_.push_back(before_.supervision_of(destination));
    }
    void add(const table::Destination& live) {
        destinations_.push_back(live);
        places_.push_back(before_.place);
        supervision_.emplace_back();
    }

    void put_into(table::WantedService& service) {
        service.service.destinations = std::move(destinations_);
        service.destination_places = std::move(places_);
        service.supervision = std::move(supervision_);
    }

private:
    const table::WantedService& before_;
    std::vector<table::Destination> destinations_;
    table::DestinationPlaces places_;
    std::vector<table::Supervision> supervision_;
};

}  // namespace

Kept keep_explained(const table::Wanted& wanted, const table::Table& live, const table::Difference& difference,
                    const Explanations& explanations, std::span<const DifferenceClass> classes) {
    const auto stays = [&classes](const Explanation& why) {
        return std::ranges::find(classes, why.what) != classes.end();
    };
    Kept kept;
    kept.wanted = wanted;
    for (std::size_t i = 0; i < difference.services.size(); ++i) {
        const table::ServiceDifference& service = difference.services[i];
        const auto& why = explanations.services[i].destinations;
        if (service.before == nullptr || service.after == nullptr || std::ranges::none_of(why, stays)) continue;
        const table::WantedService& before = wanted.services[service.after_index];
        // What differs and stays, by its place among the wanted ones.
        std::vector<const table::DestinationDifference*> at(before.service.destinations.size(), nullptr);
        Destinations destinations(before);
        std::vector<const table::Destination*> more;
        for (std::size_t j = 0; j < why.size(); ++j) {
            if (!stays(why[j])) continue;
            const table::DestinationDifference& change = service.destinations[j];
            if (change.after == nullptr) {
                more.push_back(change.before);
                ++kept.sorry_servers;
            } else {
                at[static_cast<std::size_t>(change.after - before.service.destinations.data())] = &change;
                ++kept.servers;
            }
        }
        for (std::size_t j = 0; j < at.size(); ++j) {
            const table::Destination& destination = before.service.destinations[j];
            if (at[j] == nullptr) {
                destinations.take(destination);
            } else if (at[j]->before != nullptr) {
                destinations.take(destination, at[j]->before->weight);
            }
        }
        for (const table::Destination* each : more) destinations.add(*each);
        destinations.put_into(kept.wanted.services[service.after_index]);
    }
    if (std::ranges::any_of(explanations.daemons, stays)) {
        kept.wanted.daemons = live.daemons;
        kept.daemons = true;
    }
    return kept;
}

const Instance* give_role(table::Wanted& wanted, const std::vector<Instance>& instances) {
    if (wanted.daemon_instance.empty() || !wanted.daemons || wanted.daemons->size() != 1) return nullptr;
    const Instance* instance = find_instance(instances, wanted.daemon_instance);
    if (instance == nullptr || instance->state == InstanceState::unknown) return nullptr;
    const bool is_master = instance->state == InstanceState::master;
    wanted.daemons->front().state = is_master ? table::DaemonState::master : table::DaemonState::backup;
    return instance;
}

}  // namespace lbctl::keepalived
