#pragma once

#include <string>
#include <vector>

#include "backend/listing/listing.h"
#include "backend/netlink/client.h"

namespace lbctl::cli {

/// Prints the services with their servers, in the style's order, each service as soon as its servers are known: a large
/// table is never held. `net_namespace` is the one that the client works in.
Result<void> write_services(listing::text::Output& out, netlink::Client& client, const std::string& net_namespace,
                            const std::vector<table::LiveService>& services, const listing::ListingStyle& style);

}  // namespace lbctl::cli
