#include "backend/change/follow.h"

#include <algorithm>
#include <map>
#include <utility>

namespace lbctl::change {

namespace {

using Destinations = std::vector<table::Destination>;

const table::Destination* find(const Destinations& destinations, const table::DestinationKey& key) {
    const auto found = std::ranges::find(destinations, key, &table::Destination::key);
    return found == destinations.end() ? nullptr : &*found;
}

std::map<table::ServiceKey, const table::Service*> by_key(const table::Table& table) {
    std::map<table::ServiceKey, const table::Service*> services;
    for (const table::Service& service : table.services) services.emplace(service.key, &service);
    return services;
}

std::map<table::ServiceKey, const table::Service*> by_key(const table::Wanted& wanted) {
    std::map<table::ServiceKey, const table::Service*> services;
    for (const table::WantedService& service : wanted.services) services.emplace(service.service.key, &service.service);
    return services;
}

/// The live destinations with what has changed between the two others.
Destinations merged(Destinations live, const Destinations& before, const Destinations& after) {
    std::erase_if(live, [&](const table::Destination& one) {
        return find(before, one.key) != nullptr && find(after, one.key) == nullptr;
    });
    for (const table::Destination& wanted : after) {
        const table::Destination* earlier = find(before, wanted.key);
        if (earlier != nullptr && *earlier == wanted) continue;
        const auto present = std::ranges::find(live, wanted.key, &table::Destination::key);
        if (present == live.end()) {
            live.push_back(wanted);
        } else {
            *present = wanted;
        }
    }
    return live;
}

}  // namespace

table::Wanted followed(const table::Table& live, const table::Wanted& before, const table::Wanted& after) {
    const auto earlier = by_key(before);
    const auto present = by_key(live);
    table::Wanted changed;
    for (const table::WantedService& wanted : after.services) {
        const auto known = earlier.find(wanted.service.key);
        if (known != earlier.end() && known->second->destinations == wanted.service.destinations) continue;
        table::WantedService service = wanted;
        const auto there = present.find(wanted.service.key);
        if (known != earlier.end() && there != present.end()) {
            service.service = *there->second;
            service.service.destinations = merged(std::move(service.service.destinations), known->second->destinations,
                                                  wanted.service.destinations);
            service.destination_places = {};
            service.supervision = {};
        }
        changed.services.push_back(std::move(service));
    }
    return changed;
}

table::Wanted with_those_serving(table::Wanted wanted, const table::Table& live, const table::Wanted& configured) {
    const auto present = by_key(live);
    const auto known = by_key(configured);
    for (table::WantedService& service : wanted.services) {
        const auto there = present.find(service.service.key);
        const auto whole = known.find(service.service.key);
        if (there == present.end() || whole == known.end()) continue;
        const Destinations& before = there->second->destinations;
        Destinations& after = service.service.destinations;
        bool is_served = false;
        for (const table::Destination& destination : before) {
            const table::Destination* meant = find(whole->second->destinations, destination.key);
            if (meant == nullptr) continue;
            const auto own = std::ranges::find(after, destination.key, &table::Destination::key);
            if (own == after.end()) {
                after.push_back(*meant);
                after.back().weight = destination.weight;
                service.destination_places = {};
                service.supervision = {};
            } else if (own->weight == 0 && meant->weight != 0) {
                own->weight = destination.weight;  // inhibit_on_failure
            }
            is_served = is_served || destination.weight != 0;
        }
        if (!is_served) continue;
        const std::size_t count = std::erase_if(after, [&](const table::Destination& one) {
            return find(whole->second->destinations, one.key) == nullptr && find(before, one.key) == nullptr;
        });
        if (count == 0) continue;
        service.destination_places = {};
        service.supervision = {};
    }
    return wanted;
}

}  // namespace lbctl::change
