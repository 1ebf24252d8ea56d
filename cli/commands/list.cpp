#include "cli/commands/live_listing.h"

namespace lbctl::cli {

namespace {

void add_list(Command program, Invocation& invocation) {
    add_live_listing(program, invocation, "list", "the live table, laid out as ipvsadm -Ln lays it out",
                     listing::ListingSubject::table);
}

}  // namespace

extern const Registration list_command{
    .name = "list", .heading = Heading::shows, .rights = Rights::table_work, .add = add_list};

}  // namespace lbctl::cli
