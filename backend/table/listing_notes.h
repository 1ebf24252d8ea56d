#pragma once

#include <map>
#include <string>
#include <vector>

#include "backend/table/wanted.h"

namespace lbctl::table {

/// What a configuration knows of the services and servers in a listing.
class ListingNotes {
public:
    /// A server that the file has and the kernel has not.
    struct Missing {
        DestinationKey key;
        SourcePlace place;
    };

    /// `wanted` must outlive the notes.
    explicit ListingNotes(const Wanted& wanted);

    /// The service as the file has it, null when it has not.
    [[nodiscard]] const WantedService* find(const ServiceKey& key) const;

    /// "virtual_server group web (keepalived.conf:12)", or "not in the file".
    [[nodiscard]] std::string about(const ServiceKey& key) const;

    /// Whether the file has that server; true for services that it has not.
    [[nodiscard]] bool knows(const ServiceKey& service, const DestinationKey& destination) const;

    /// Servers of the file that are not among `present`.
    [[nodiscard]] std::vector<Missing> missing(const ServiceKey& service,
                                               const std::vector<DestinationKey>& present) const;

    /// All services of the file, in its order.
    [[nodiscard]] const std::vector<WantedService>& services() const { return wanted_.services; }

private:
    const Wanted& wanted_;
    std::map<ServiceKey, const WantedService*> by_key_;
};

/// "keepalived.conf:12"
std::string to_string(const SourcePlace& place);

}  // namespace lbctl::table
