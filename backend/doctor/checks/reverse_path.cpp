#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"
#include "backend/doctor/tunnel_links.h"

namespace lbctl::doctor {

namespace {

/// The larger of the device's and that of all counts.
std::int64_t filter_of(const Machine& machine, const std::string& device) {
    const auto own = machine.number(fmt::format("net/ipv4/conf/{}/rp_filter", device));
    return std::max(own.value_or(0), machine.number("net/ipv4/conf/all/rp_filter").value_or(0));
}

Finding& add_finding(const Look& look, Report& report, const std::string& device, std::string message, std::string why,
                     const table::SourcePlace& place) {
    Finding& finding = report.add(std::move(message), place);
    finding.why = std::move(why);
    const emit::HostSetting setting = emit::reverse_path_setting(device);
    for (const std::string& path : {setting.path, std::string("net/ipv4/conf/all/rp_filter")})
        finding.evidence.push_back(look.setting(path));
    finding.command = sysctl_command(setting.path, setting.value);
    return finding;
}

/// Where clients come in by a device by which nothing goes back to them.
void director(const Look& look, Report& report) {
    const Machine& machine = look.machine;
    std::vector<std::string> seen;
    for (const emit::VirtualAddress& moved : emit::virtual_addresses_of(look.configuration)) {
        if (moved.address.family() != Family::inet || machine.link(moved.device) == nullptr ||
            std::ranges::find(seen, moved.device) != seen.end())
            continue;
        seen.push_back(moved.device);
        // The address of a client is not known; most come by the default route. An inside address has no clients there.
        const bool has_service = std::ranges::any_of(look.services(), [&](const table::WantedService& wanted) {
            const auto* key = std::get_if<table::AddressKey>(&wanted.service.key);
            return key != nullptr && key->address == moved.address;
        });
        const Route* back = machine.route_to(IpAddress());
        if (!has_service || back == nullptr || back->prefix != 0 || back->device == moved.device ||
            filter_of(machine, moved.device) != 1)
            continue;
        Finding& finding =
            add_finding(look, report, moved.device,
                        fmt::format("rp_filter drops clients that come in by {}: the default route leaves by {}",
                                    moved.device, back->device),
                        "the kernel drops packets whose way back leads elsewhere, before IPVS sees them", moved.place);
        finding.evidence.push_back(
            {"/proc/net/route", "", fmt::format("the default route leaves by {}", back->device)});
    }
}

void real_server(const Look& look, Report& report) {
    for (const OwnServer& own : look.servers) {
        for (const emit::PlannedTunnel& tunnel : own.plan.tunnels) {
            if (!tunnel.takes_inet) continue;
            for (const Link* link : links_for(look.machine, tunnel)) {
                if (!link->up || filter_of(look.machine, link->name) != 1) continue;
                add_finding(look, report, link->name, fmt::format("rp_filter drops what comes out of {}", link->name),
                            std::string(emit::reverse_path_setting(link->name).why),
                            own.server.deliveries.front().place);
            }
        }
    }
}

}  // namespace

extern const Check reverse_path_check{
    .page = {.id = "reverse-path-filter",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "rp_filter drops packets of clients",
             .detail = "with 1 the kernel drops packets whose way back leads through another device",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "Linux: Documentation/networking/ip-sysctl.rst, rp_filter; RFC 3704",
    .director = director,
    .real_server = real_server};

}  // namespace lbctl::doctor
