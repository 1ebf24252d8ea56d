#include "cli/commands/live_listing.h"

namespace lbctl::cli {

void add_list(Command program, Invocation& invocation) {
    add_live_listing(program, invocation, "list", "the live table, laid out as ipvsadm -Ln lays it out",
                     listing::ListingSubject::table);
}

}  // namespace lbctl::cli
