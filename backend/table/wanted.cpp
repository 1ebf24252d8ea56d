#include "backend/table/wanted.h"

#include <fmt/format.h>

#include "backend/table/names.h"

namespace lbctl::table {

std::string to_string(const SourcePlace& place) {
    return place.line == 0 ? std::string() : fmt::format("{}:{}", place.file(), place.line);
}

SourcePlace WantedService::place_of(const Destination& destination) const {
    const auto at = static_cast<std::size_t>(&destination - service.destinations.data());
    return at < destination_places.size() ? destination_places[at] : place;
}

Supervision WantedService::supervision_of(const Destination& destination) const {
    const auto at = static_cast<std::size_t>(&destination - service.destinations.data());
    return at < supervision.size() ? supervision[at] : Supervision{};
}

Table table_of(const Wanted& wanted) {
    Table table;
    for (const WantedService& service : wanted.services) table.services.push_back(service.service);
    table.timeouts = wanted.timeouts;
    if (wanted.daemons) table.daemons = *wanted.daemons;
    return table;
}

Wanted wanted_from(Table table, const std::string& file) {
    Wanted wanted;
    const auto name = std::make_shared<const std::string>(file);
    wanted.services.reserve(table.services.size());
    for (Service& service : table.services) {
        WantedService& service_wanted = wanted.services.emplace_back();
        service_wanted.name = to_string(service.key);
        service_wanted.place = {name, 0};
        service_wanted.service = std::move(service);
    }
    wanted.timeouts = table.timeouts;
    if (!table.daemons.empty()) wanted.daemons = std::move(table.daemons);
    return wanted;
}

}  // namespace lbctl::table
