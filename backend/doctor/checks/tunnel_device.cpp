#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"
#include "backend/doctor/tunnel_links.h"

namespace lbctl::doctor {

namespace {

/// The first delivery by a tunnel.
table::SourcePlace place_of(const OwnServer& own) {
    const auto found =
        std::ranges::find(own.server.deliveries, table::ForwardingMethod::tunnel, &emit::Delivery::method);
    return found == own.server.deliveries.end() ? table::SourcePlace() : found->place;
}

std::string making(const emit::PlannedTunnel& tunnel, const IpAddress& own) {
    std::string words = fmt::format("ip link add {} type {} local {}", tunnel.name, tunnel.link_type, own.to_string());
    for (const std::string& option : emit::link_options(tunnel)) words += ' ' + option;
    return fmt::format("modprobe -q {}; {} && ip link set {} up", tunnel.module, words, tunnel.name);
}

void check_device(const Look& look, Report& report, const OwnServer& own, const emit::PlannedTunnel& tunnel) {
    const auto links = links_for(look.machine, tunnel);
    if (std::ranges::any_of(links, [](const Link* link) { return link->up; })) return;
    // What the module brings along is there without anybody's wish; the other one somebody made.
    const auto made = std::ranges::find_if(links, [&](const Link* link) { return link->name == tunnel.name; });
    const std::string server = own.server.address.to_string();
    Finding& finding =
        report.add(made == links.end() ? fmt::format("no {} device takes packets out of tunnels", tunnel.link_type)
                                       : fmt::format("{} is down, out of which packets of tunnels come", tunnel.name),
                   place_of(own));
    finding.evidence.push_back({"ip -d link", "",
                                made == links.end() ? fmt::format("no device of the type {} is up", tunnel.link_type)
                                                    : fmt::format("{} is down", tunnel.name)});
    finding.command =
        made == links.end() ? making(tunnel, own.server.address) : fmt::format("ip link set {} up", tunnel.name);
}

void check_port(const Look& look, Report& report, const OwnServer& own, std::uint16_t port) {
    // The kernel's own sockets are in the list, too.
    if (std::ranges::any_of(look.machine.listeners, [&](const Listener& each) {
            return each.protocol == table::Protocol::udp && each.port == port;
        }))
        return;
    Finding& finding = report.add(fmt::format("the kernel does not take GUE at the UDP port {}", port), place_of(own));
    finding.evidence.push_back({"/proc/net/udp", "", fmt::format("there is no socket at port {}", port)});
    finding.command = fmt::format("modprobe -q fou; ip {}fou add port {} gue",
                                  own.server.address.family() == Family::inet ? "" : "-6 ", port);
}

void run(const Look& look, Report& report) {
    for (const OwnServer& own : look.servers) {
        for (const emit::PlannedTunnel& tunnel : own.plan.tunnels) check_device(look, report, own, tunnel);
        for (const std::uint16_t port : own.plan.gue_ports) check_port(look, report, own, port);
    }
}

}  // namespace

extern const Check tunnel_device_check{
    .page = {.id = "tunnel-missing",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "A real server does not take packets out of tunnels",
             .detail = "what the director sends is dropped, or answered with `protocol unreachable'",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "ip-tunnel(8), ip-link(8), ip-fou(8)",
    .real_server = run};

}  // namespace lbctl::doctor
