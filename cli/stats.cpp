#include "cli/live_listing.h"

namespace lbctl::cli {

void add_stats(CLI::App& app, Invocation& invocation) {
    add_live_listing(app, invocation, "stats", "what services and real servers have counted, as ipvsadm -Ln --stats",
                     table::ListingSubject::statistics);
}

}  // namespace lbctl::cli
