#include <array>
#include <string_view>

#include "cli/command.h"

namespace lbctl::cli {

bool add_listing_alone(std::string_view name, CLI::App& app, Invocation& invocation) {
    struct Listing {
        std::string_view name;
        void (*add)(CLI::App&, Invocation&);
    };
    constexpr std::array<Listing, 5> listings{{{"list", add_list},
                                               {"stats", add_stats},
                                               {"rate", add_rate},
                                               {"connections", add_connections},
                                               {"conns", add_connections}}};
    for (const Listing& listing : listings) {
        if (listing.name != name) continue;
        listing.add(app, invocation);
        return true;
    }
    return false;
}

}  // namespace lbctl::cli
