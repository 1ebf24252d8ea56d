#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <vector>

#include "backend/table/table.h"

namespace lbctl::table {

/// Puts destinations into the services of a table, each once. Most services are small and looked through; of one that
/// has many destinations their keys are kept, so that the time does not grow with their square.
class KnownDestinations {
public:
    /// Whether a service has no destination of that key yet; `service` is its number in the table. To be called before
    /// each destination that is put after the others.
    bool is_new(std::size_t service, const std::vector<Destination>& destinations, const DestinationKey& key) {
        if (destinations.size() < few) {
            return std::none_of(destinations.begin(), destinations.end(),
                                [&](const Destination& other) { return other.key == key; });
        }
        std::set<DestinationKey>& known = keys_[service];
        if (known.empty()) {
            for (const Destination& destination : destinations) known.insert(destination.key);
        }
        return known.insert(key).second;
    }

private:
    static constexpr std::size_t few = 32;

    std::map<std::size_t, std::set<DestinationKey>> keys_;  ///< of the large services
};

}  // namespace lbctl::table
