#include "cli/commands/live_listing.h"

namespace lbctl::cli {

namespace {

void add_rate(Command program, Invocation& invocation) {
    add_live_listing(program, invocation, "rate",
                     "averages a second of services and real servers, as ipvsadm -Ln --rate",
                     listing::ListingSubject::rates);
}

}  // namespace

extern const Registration rate_command{
    .name = "rate", .heading = Heading::shows, .rights = Rights::table_work, .add = add_rate};

}  // namespace lbctl::cli
