#include "cli/commands/live_listing.h"

namespace lbctl::cli {

void add_stats(Command program, Invocation& invocation) {
    add_live_listing(program, invocation, "stats",
                     "what services and real servers have counted, as ipvsadm -Ln --stats",
                     listing::ListingSubject::statistics);
}

}  // namespace lbctl::cli
