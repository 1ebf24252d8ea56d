#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"

namespace lbctl::doctor {

namespace {

/// Whether a device asks and answers for addresses on a network: not a loopback, nor what only sends on.
bool talks_to_neighbours(const Machine& machine, const std::string& device) {
    const Link* link = machine.link(device);
    constexpr std::uint16_t ethernet = 1;  // ARPHRD_ETHER
    return link != nullptr && !link->loopback && link->hardware == ethernet && device.find("dummy") != 0;
}

/// Whether the machine has one of those IPv4 addresses where no neighbour asks for it.
const LocalAddress* hidden_address(const Look& look, const std::vector<IpAddress>& addresses) {
    for (const LocalAddress& local : look.machine.addresses) {
        if (local.address.family() == Family::inet && std::ranges::find(addresses, local.address) != addresses.end() &&
            !talks_to_neighbours(look.machine, local.device))
            return &local;
    }
    return nullptr;
}

void check_settings(const Look& look, Report& report, const LocalAddress& local, const table::SourcePlace& place) {
    for (emit::HostSetting setting : emit::arp_settings()) {
        // The kernel takes the larger of `all' and the device's own: those of all devices may do it, too.
        const std::string name = setting.path.substr(setting.path.rfind('/') + 1);
        const bool each = std::ranges::all_of(look.machine.links, [&](const Link& link) {
            if (!link.up || !talks_to_neighbours(look.machine, link.name)) return true;
            const std::string* value = look.machine.setting(fmt::format("net/ipv4/conf/{}/{}", link.name, name));
            return value != nullptr && setting.is_good(*value);
        });
        if (each) continue;
        const std::string* value = look.machine.setting(setting.path);
        if (value == nullptr || setting.is_good(*value)) continue;
        Finding& finding = report.add(fmt::format("{} has {}, and net.ipv4.conf.all.{} is {} instead of {}",
                                                  local.device, local.address.to_string(), name, *value, setting.value),
                                      place);
        finding.why = setting.why;
        finding.evidence.push_back(look.setting(setting.path));
        finding.evidence.push_back(
            {"ip address", "", fmt::format("{} is on {}", local.address.to_string(), local.device)});
        finding.command = sysctl_command(setting.path, setting.value);
    }
}

void director(const Look& look, Report& report) {
    std::vector<IpAddress> addresses;
    for (const emit::VirtualAddress& each : look.virtual_addresses()) addresses.push_back(each.address);
    const LocalAddress* local = hidden_address(look, addresses);
    if (local == nullptr) return;
    const auto all = look.virtual_addresses();
    check_settings(look, report, *local, std::ranges::find(all, local->address, &emit::VirtualAddress::address)->place);
}

void real_server(const Look& look, Report& report) {
    for (const OwnServer& own : look.servers) {
        const auto addresses = own.server.virtual_addresses();
        const table::SourcePlace place = own.server.deliveries.front().place;
        if (const LocalAddress* local = hidden_address(look, addresses)) {
            check_settings(look, report, *local, place);
            // They are the machine's, however many real servers it is.
            return;
        }
    }
}

}  // namespace

extern const Check arp_check{.page = {.id = "arp-answered",
                                      .family = "doctor",
                                      .severity = Severity::error,
                                      .summary = "A machine that has a virtual address for itself answers ARP for it",
                                      .detail = "neighbours send to this machine what the director shall distribute",
                                      .example = "",
                                      .origin = validate::Origin::lbctl},
                             .source = "Linux: Documentation/networking/ip-sysctl.rst, arp_ignore and arp_announce",
                             .director = director,
                             .real_server = real_server};

}  // namespace lbctl::doctor
