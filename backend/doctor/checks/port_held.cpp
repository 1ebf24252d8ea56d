#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"
#include "backend/table/names.h"

namespace lbctl::doctor {

namespace {

bool is_any(const IpAddress& address) {
    return std::ranges::all_of(address.bytes(), [](std::uint8_t byte) { return byte == 0; });
}

/// Whether packets to the service would reach the socket if IPVS did not take them.
bool takes(const Listener& listener, const table::AddressKey& key) {
    if (listener.protocol != key.protocol || listener.port != key.port) return false;
    // A socket for all of IPv6 mostly takes IPv4, too.
    if (is_any(listener.address))
        return listener.address.family() == Family::inet6 || key.address.family() == Family::inet;
    return listener.address == key.address;
}

/// What ends it, where it is known.
void add_mending(Finding& finding, const Listener& listener) {
    if (!listener.unit.empty()) {
        finding.command = fmt::format("systemctl disable --now {}", shell_word(listener.unit));
    } else if (listener.process != 0) {
        finding.command = fmt::format("kill {}", listener.process);
    }
    finding.what_to_do = "or let it listen at the addresses that it is for";
    if (finding.command.empty())
        finding.what_to_do = fmt::format("as root, `ss -lnp sport = :{}' shows which; stop it", listener.port);
}

void run(const Look& look, Report& report) {
    std::vector<const Listener*> told;  // one that listens everywhere may stand in the way of several services
    for (const table::WantedService& wanted : look.services()) {
        const auto* key = std::get_if<table::AddressKey>(&wanted.service.key);
        if (key == nullptr || key->port == 0) continue;
        // A director that is a real server of it shall listen.
        const bool own = std::ranges::any_of(wanted.service.destinations, [&](const table::Destination& destination) {
            return destination.key.port == key->port && look.machine.has_address(destination.key.address);
        });
        if (own) continue;
        const auto found =
            std::ranges::find_if(look.machine.listeners, [&](const Listener& each) { return takes(each, *key); });
        if (found == look.machine.listeners.end() || std::ranges::find(told, &*found) != told.end()) continue;
        told.push_back(&*found);
        const std::string who = found->program.empty() ? "a program" : found->program;
        Finding& finding =
            report.add(fmt::format("{} listens at port {} of {}, which is a service's", who, key->port,
                                   is_any(found->address) ? "all addresses" : found->address.to_string()),
                       wanted.place);
        const std::string at = with_port(found->address, found->port);
        finding.evidence.push_back({found->protocol == table::Protocol::tcp ? "/proc/net/tcp" : "/proc/net/udp", "",
                                    found->process == 0
                                        ? fmt::format("there is a socket at {}", at)
                                        : fmt::format("process {} ({}) has a socket at {}", found->process, who, at)});
        add_mending(finding, *found);
    }
}

}  // namespace

extern const Check port_held_check{
    .page = {.id = "port-held",
             .family = "doctor",
             .severity = Severity::warning,
             .summary = "A program of the director listens at the port of a service",
             .detail =
                 "IPVS takes the packets before the program sees them; but without the table, before it is made or "
                 "after keepalived has stopped, clients reach this program in the place of the real servers",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "Linux: net/netfilter/ipvs/ip_vs_core.c, ip_vs_ops4: NF_INET_LOCAL_IN",
    .director = run};

}  // namespace lbctl::doctor
