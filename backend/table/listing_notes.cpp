#include "backend/table/listing_notes.h"

#include <fmt/format.h>

#include <algorithm>

namespace lbctl::table {

ListingNotes::ListingNotes(Wanted wanted, ListingLabels labels)
    : wanted_(std::move(wanted)), labels_(std::move(labels)) {
    for (const WantedService& service : wanted_.services) by_key_.emplace(service.service.key, &service);
}

const WantedService* ListingNotes::find(const ServiceKey& key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : found->second;
}

std::string ListingNotes::about(const ServiceKey& key) const {
    const WantedService* service = find(key);
    if (service == nullptr) return "not in the file";
    const ListingLabel* known = label(service->place);
    const std::string beside = known == nullptr ? std::string() : ", " + to_string(*known);
    return fmt::format("{}{} ({})", service->name, beside, to_string(service->place));
}

const Destination* ListingNotes::find(const ServiceKey& service, const DestinationKey& destination) const {
    const WantedService* wanted = find(service);
    if (wanted == nullptr) return nullptr;
    const auto& destinations = wanted->service.destinations;
    const auto found = std::ranges::find(destinations, destination, &Destination::key);
    return found == destinations.end() ? nullptr : &*found;
}

std::optional<SourcePlace> ListingNotes::place(const ServiceKey& service, const DestinationKey& destination) const {
    const Destination* found = find(service, destination);
    return found == nullptr ? std::nullopt : std::optional(find(service)->place_of(*found));
}

const ListingLabel* ListingNotes::label(const ServiceKey& service) const {
    const WantedService* wanted = find(service);
    return wanted == nullptr ? nullptr : label(wanted->place);
}

const ListingLabel* ListingNotes::label(const ServiceKey& service, const DestinationKey& destination) const {
    const auto where = place(service, destination);
    return where ? label(*where) : nullptr;
}

bool ListingNotes::knows(const ServiceKey& service, const DestinationKey& destination) const {
    return find(service) == nullptr || place(service, destination).has_value();
}

std::vector<ListingNotes::Missing> ListingNotes::missing(const ServiceKey& service,
                                                         const std::vector<DestinationKey>& present) const {
    std::vector<Missing> rows;
    const WantedService* wanted = find(service);
    if (wanted == nullptr) return rows;
    for (const Destination& destination : wanted->service.destinations) {
        if (std::find(present.begin(), present.end(), destination.key) != present.end()) continue;
        rows.push_back({destination.key, wanted->place_of(destination)});
    }
    return rows;
}

}  // namespace lbctl::table
