#include "cli/commands/live_listing.h"

namespace lbctl::cli {

namespace {

void add_stats(Command program, Invocation& invocation) {
    add_live_listing(program, invocation, "stats",
                     "what services and real servers have counted, as ipvsadm -Ln --stats",
                     listing::ListingSubject::statistics);
}

}  // namespace

extern const Registration stats_command{
    .name = "stats", .heading = Heading::shows, .rights = Rights::table_work, .add = add_stats};

}  // namespace lbctl::cli
