#include "backend/doctor/tunnel_links.h"

#include <net/if_arp.h>

#include <array>
#include <utility>

namespace lbctl::doctor {

namespace {

constexpr std::uint16_t hardware_ip6gre = 823;  // linux/if_arp.h: ARPHRD_IP6GRE, which libc does not have

/// What kind of hardware the kernel gives a link of a type of ip-link(8).
constexpr std::array<std::pair<std::string_view, std::uint16_t>, 5> hardware_of_types{{{"ipip", ARPHRD_TUNNEL},
                                                                                       {"sit", ARPHRD_SIT},
                                                                                       {"ip6tnl", ARPHRD_TUNNEL6},
                                                                                       {"gre", ARPHRD_IPGRE},
                                                                                       {"ip6gre", hardware_ip6gre}}};

}  // namespace

std::vector<const Link*> links_for(const Machine& machine, const emit::PlannedTunnel& tunnel) {
    std::vector<const Link*> links;
    for (const auto& [type, hardware] : hardware_of_types) {
        if (type != tunnel.link_type) continue;
        for (const Link& link : machine.links) {
            if (link.hardware == hardware) links.push_back(&link);
        }
    }
    return links;
}

}  // namespace lbctl::doctor
