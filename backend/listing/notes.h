#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backend/listing/labels.h"
#include "backend/table/wanted.h"

namespace lbctl::listing {

/// What a configuration knows of the services and servers in a listing.
class ListingNotes {
public:
    /// A server that the file has and the kernel has not.
    struct Missing {
        table::DestinationKey key;
        table::SourcePlace place;
    };

    ListingNotes(table::Wanted wanted, ListingLabels labels);
    ListingNotes(ListingNotes&&) = default;
    ListingNotes& operator=(ListingNotes&&) = default;
    // A copy would still look into the original.
    ListingNotes(const ListingNotes&) = delete;
    ListingNotes& operator=(const ListingNotes&) = delete;
    ~ListingNotes() = default;

    /// The service as the file has it, null when it has not.
    [[nodiscard]] const table::WantedService* find(const table::ServiceKey& key) const;

    /// `virtual_server group web, virtualhost www.example.com, "the shop" (keepalived.conf:12)`, or "not in the file".
    [[nodiscard]] std::string about(const table::ServiceKey& key) const;

    /// Whether the file has that server; true for services that it has not.
    [[nodiscard]] bool knows(const table::ServiceKey& service, const table::DestinationKey& destination) const;

    /// The server as the file has it, null when it has not.
    [[nodiscard]] const table::Destination* find(const table::ServiceKey& service,
                                                 const table::DestinationKey& destination) const;

    /// By what the file knows a service, or a server that it has; null when it says nothing of it but the address.
    [[nodiscard]] const ListingLabel* label(const table::ServiceKey& service) const;
    [[nodiscard]] const ListingLabel* label(const table::ServiceKey& service,
                                            const table::DestinationKey& destination) const;
    [[nodiscard]] const ListingLabel* label(const table::SourcePlace& place) const { return labels_.find(place); }

    /// Servers of the file that are not among `present`.
    [[nodiscard]] std::vector<Missing> missing(const table::ServiceKey& service,
                                               const std::vector<table::DestinationKey>& present) const;

    /// All services of the file, in its order.
    [[nodiscard]] const std::vector<table::WantedService>& services() const { return wanted_.services; }

private:
    /// Where the file asks for the server; nothing when it does not.
    [[nodiscard]] std::optional<table::SourcePlace> place(const table::ServiceKey& service,
                                                          const table::DestinationKey& destination) const;

    table::Wanted wanted_;
    ListingLabels labels_;
    std::map<table::ServiceKey, const table::WantedService*> by_key_;
};

}  // namespace lbctl::listing
