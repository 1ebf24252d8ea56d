#include "backend/table/live.h"

namespace lbctl::table {

Table configuration_of(const LiveTable& live) {
    Table table;
    table.timeouts = live.timeouts;
    table.daemons = live.daemons;
    table.services.reserve(live.services.size());
    for (const LiveService& from : live.services) {
        Service& service = table.services.emplace_back(from.service);
        service.destinations.reserve(from.destinations.size());
        for (const LiveDestination& destination : from.destinations) {
            service.destinations.push_back(destination.destination);
        }
    }
    return table;
}

}  // namespace lbctl::table
