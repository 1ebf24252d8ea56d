#include "backend/listing/notes.h"

#include <fmt/format.h>

#include <algorithm>

namespace lbctl::listing {

ListingNotes::ListingNotes(table::Wanted wanted, ListingLabels labels)
    : wanted_(std::move(wanted)), labels_(std::move(labels)) {
    for (const table::WantedService& service : wanted_.services) by_key_.emplace(service.service.key, &service);
}

const table::WantedService* ListingNotes::find(const table::ServiceKey& key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : found->second;
}

std::string ListingNotes::about(const table::ServiceKey& key) const {
    const table::WantedService* service = find(key);
    if (service == nullptr) return "not in the file";
    const ListingLabel* known = label(service->place);
    const std::string beside = known == nullptr ? std::string() : ", " + to_string(*known);
    return fmt::format("{}{} ({})", service->name, beside, to_string(service->place));
}

const table::Destination* ListingNotes::find(const table::ServiceKey& service,
                                             const table::DestinationKey& destination) const {
    const table::WantedService* wanted = find(service);
    if (wanted == nullptr) return nullptr;
    const auto& destinations = wanted->service.destinations;
    const auto found = std::ranges::find(destinations, destination, &table::Destination::key);
    return found == destinations.end() ? nullptr : &*found;
}

std::optional<table::SourcePlace> ListingNotes::place(const table::ServiceKey& service,
                                                      const table::DestinationKey& destination) const {
    const table::Destination* found = find(service, destination);
    return found == nullptr ? std::nullopt : std::optional(find(service)->place_of(*found));
}

const ListingLabel* ListingNotes::label(const table::ServiceKey& service) const {
    const table::WantedService* wanted = find(service);
    return wanted == nullptr ? nullptr : label(wanted->place);
}

const ListingLabel* ListingNotes::label(const table::ServiceKey& service,
                                        const table::DestinationKey& destination) const {
    const auto where = place(service, destination);
    return where ? label(*where) : nullptr;
}

bool ListingNotes::knows(const table::ServiceKey& service, const table::DestinationKey& destination) const {
    return find(service) == nullptr || place(service, destination).has_value();
}

std::vector<ListingNotes::Missing> ListingNotes::missing(const table::ServiceKey& service,
                                                         const std::vector<table::DestinationKey>& present) const {
    std::vector<Missing> rows;
    const table::WantedService* wanted = find(service);
    if (wanted == nullptr) return rows;
    for (const table::Destination& destination : wanted->service.destinations) {
        if (std::find(present.begin(), present.end(), destination.key) != present.end()) continue;
        rows.push_back({destination.key, wanted->place_of(destination)});
    }
    return rows;
}

}  // namespace lbctl::listing
