#pragma once

#include <string>
#include <vector>

#include "backend/netlink/client.h"
#include "backend/table/listing.h"

namespace lbctl::cli {

/// Prints the services with their servers, in the style's order, each service as soon as its servers are known: a large
/// table is never held. `net_namespace` is the one that the client works in.
Result<void> write_services(table::text::Output& out, netlink::Client& client, const std::string& net_namespace,
                            const std::vector<table::LiveService>& services, const table::ListingStyle& style);

}  // namespace lbctl::cli
