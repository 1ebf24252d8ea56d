#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"

namespace lbctl::doctor {

namespace {

constexpr std::uint32_t least_inet6_mtu = 1280;  // RFC 8200 section 5
constexpr std::uint32_t usual_mtu = 1500;

std::uint32_t ip_and_tcp_bytes(Family family) {
    return family == Family::inet ? 40 : 60;
}

/// A packet that IPv6 allows everywhere has to fit into the tunnel.
void director(const Look& look, Report& report) {
    const Machine& machine = look.machine;
    std::vector<IpAddress> seen;
    look.each_destination([&](const table::WantedService& wanted, const table::Destination& destination) {
        if (destination.method != table::ForwardingMethod::tunnel ||
            std::ranges::find(seen, destination.key.address) != seen.end())
            return;
        seen.push_back(destination.key.address);
        const Route* route = machine.route_to(destination.key.address);
        const Link* link = route == nullptr ? nullptr : machine.link(route->device);
        const Family family = table::family_of(wanted.service.key);
        if (link == nullptr || link->mtu == 0 || family != Family::inet6) return;
        const std::uint32_t bytes = emit::tunnel_bytes(destination.tunnel, destination.key.address.family(), family);
        if (link->mtu >= least_inet6_mtu + bytes) return;
        Finding& finding = report.add(fmt::format("the MTU {} of {} leaves no room for IPv6 in a tunnel to {}",
                                                  link->mtu, link->name, destination.key.address.to_string()),
                                      wanted.place_of(destination));
        finding.evidence.push_back({"ip link", "", fmt::format("the MTU of {} is {}", link->name, link->mtu)});
        finding.command =
            fmt::format("ip link set {} mtu {}", shell_word(link->name), std::max(usual_mtu, least_inet6_mtu + bytes));
    });
}

/// Segments of clients that fill their packets do not fit into a tunnel of the same MTU.
void real_server(const Look& look, Report& report) {
    const Machine& machine = look.machine;
    for (const OwnServer& own : look.servers) {
        const auto on = std::ranges::find(machine.addresses, own.server.address, &LocalAddress::address);
        const Link* link = on == machine.addresses.end() ? nullptr : machine.link(on->device);
        if (link == nullptr) continue;
        for (const emit::PlannedSegmentSize& planned : own.plan.segment_sizes) {
            const Family family = planned.address.family();
            const std::uint32_t bytes = planned.header_bytes - ip_and_tcp_bytes(family);
            // Where the network takes larger packets all is well.
            if (link->mtu >= usual_mtu + bytes) continue;
            if (!report.can_read("firewall", "whether clients are told of smaller segments for tunnels")) return;
            if (lowers_segment_size(machine.firewall, planned.address)) continue;
            const std::uint32_t size = link->mtu - planned.header_bytes;
            Finding& finding = report.add(
                fmt::format("clients of {} may send packets that do not fit into the tunnel: it takes {} bytes of {}",
                            planned.address.to_string(), bytes, link->mtu),
                own.server.deliveries.front().place);
            finding.evidence.push_back({"ip link", "", fmt::format("the MTU of {} is {}", link->name, link->mtu)});
            finding.evidence.push_back(
                {machine.prefers_nft ? "nft list ruleset" : "iptables-save", "", "no rule lowers the segment size"});
            const std::string address = planned.address.to_string();
            finding.command =
                machine.prefers_nft
                    ? fmt::format(
                          "nft add table inet lbctl_mss && nft add chain inet lbctl_mss output '{{ type route "
                          "hook output priority mangle; }}' && nft add rule inet lbctl_mss output {} saddr {} "
                          "tcp flags syn tcp option maxseg size set {}",
                          family == Family::inet ? "ip" : "ip6", address, size)
                    : fmt::format("{} -t mangle -A OUTPUT -s {} -p tcp --tcp-flags SYN SYN -j TCPMSS --set-mss {}",
                                  family == Family::inet ? "iptables" : "ip6tables", address, size);
        }
    }
}

}  // namespace

extern const Check tunnel_mtu_check{
    .page = {.id = "tunnel-mtu",
             .family = "doctor",
             .severity = Severity::warning,
             .summary = "Packets of clients do not fit into the tunnel",
             .detail = "large requests hang: the director can only ask clients for smaller packets by ICMP, which many "
                       "networks drop",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "Linux: net/netfilter/ipvs/ip_vs_xmit.c, ensure_mtu_is_adequate(); RFC 4459",
    .director = director,
    .real_server = real_server};

}  // namespace lbctl::doctor
