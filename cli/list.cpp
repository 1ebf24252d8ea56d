#include "cli/live_listing.h"

namespace lbctl::cli {

void add_list(CLI::App& app, Invocation& invocation) {
    add_live_listing(app, invocation, "list", "the live table, laid out as ipvsadm -Ln lays it out",
                     table::ListingSubject::table);
}

}  // namespace lbctl::cli
