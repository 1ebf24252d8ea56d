#include "cli/service_listing.h"

#include <optional>

#include "backend/netlink/network_namespace.h"
#include "backend/procfs/destinations.h"

namespace lbctl::cli {

namespace {

/// With fewer services their own netlink requests are fewer calls than reading the file.
constexpr std::size_t worth_the_file = 5;

/// The servers of all services at once, where that is quicker and says enough. A file that can't be read is no error,
/// for netlink knows the same.
std::optional<procfs::DestinationRows> read_rows(const std::string& net_namespace, std::size_t services,
                                                 const listing::ListingStyle& style) {
    if (style.columns != listing::ListingColumns::plain || services < worth_the_file) return std::nullopt;
    const auto visit = netlink::NamespaceVisit::enter(net_namespace);
    if (!visit) return std::nullopt;
    auto rows = procfs::DestinationRows::read();
    return rows ? std::optional(std::move(*rows)) : std::nullopt;
}

}  // namespace

Result<void> write_services(listing::text::Output& out, netlink::Client& client, const std::string& net_namespace,
                            const std::vector<table::LiveService>& services, const listing::ListingStyle& style) {
    const auto rows = read_rows(net_namespace, services.size(), style);
    for (const table::LiveService* service : listing::listing_order(services, style.sorted)) {
        auto destinations = rows ? rows->of(service->service.key) : std::nullopt;
        if (!destinations) {
            auto asked = client.destinations(service->service.key);
            if (!asked) return tl::make_unexpected(asked.error());
            destinations = std::move(*asked);
        }
        table::LiveService whole = *service;
        whole.destinations = std::move(*destinations);
        listing::write_listing(out, whole, style);
    }
    return {};
}

}  // namespace lbctl::cli
