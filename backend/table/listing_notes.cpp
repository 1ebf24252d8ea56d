#include "backend/table/listing_notes.h"

#include <fmt/format.h>

#include <algorithm>

namespace lbctl::table {

ListingNotes::ListingNotes(const Wanted& wanted) : wanted_(wanted) {
    for (const WantedService& service : wanted.services) by_key_.emplace(service.service.key, &service);
}

const WantedService* ListingNotes::find(const ServiceKey& key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : found->second;
}

std::string ListingNotes::about(const ServiceKey& key) const {
    const WantedService* service = find(key);
    return service == nullptr ? "not in the file" : fmt::format("{} ({})", service->name, to_string(service->place));
}

bool ListingNotes::knows(const ServiceKey& service, const DestinationKey& destination) const {
    const WantedService* wanted = find(service);
    if (wanted == nullptr) return true;
    const auto& destinations = wanted->service.destinations;
    return std::any_of(destinations.begin(), destinations.end(),
                       [&](const Destination& one) { return one.key == destination; });
}

std::vector<ListingNotes::Missing> ListingNotes::missing(const ServiceKey& service,
                                                         const std::vector<DestinationKey>& present) const {
    std::vector<Missing> rows;
    const WantedService* wanted = find(service);
    if (wanted == nullptr) return rows;
    for (std::size_t i = 0; i < wanted->service.destinations.size(); ++i) {
        const DestinationKey& key = wanted->service.destinations[i].key;
        if (std::find(present.begin(), present.end(), key) != present.end()) continue;
        rows.push_back({key, i < wanted->destination_places.size() ? wanted->destination_places[i] : wanted->place});
    }
    return rows;
}

std::string to_string(const SourcePlace& place) {
    return fmt::format("{}:{}", place.file, place.line);
}

}  // namespace lbctl::table
