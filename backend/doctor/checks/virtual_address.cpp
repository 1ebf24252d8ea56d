#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"
#include "grammar/ast/argument_values.h"

namespace lbctl::doctor {

namespace {

constexpr std::uint16_t ethernet = 1;  // ARPHRD_ETHER

/// The device on which the address belongs, if the machine has it; the loopback takes all.
std::string device_for(const Look& look, const emit::RealServerPlan& plan, const IpAddress& address) {
    for (const emit::PlannedAddress& planned : plan.addresses) {
        if (planned.address == address && look.machine.link(planned.device) != nullptr)
            return std::string(planned.device);
    }
    return "lo";
}

std::string adding(const IpAddress& address, const std::string& device) {
    const bool nodad = address.family() == Family::inet6 && device != "lo";
    return fmt::format("ip address add {} dev {}{}", emit::with_full_length(address), shell_word(device),
                       nodad ? " nodad" : "");
}

void check_address(const Look& look, Report& report, const OwnServer& own, const IpAddress& address) {
    const table::SourcePlace place = own.server.deliveries.front().place;
    const std::string text = address.to_string();
    const std::string device = device_for(look, own.plan, address);
    bool found = false;
    for (const LocalAddress& local : look.machine.addresses) {
        if (local.address != address) continue;
        found = true;
        const Link* link = look.machine.link(local.device);
        const std::string here = fmt::format("{}/{}", text, local.prefix);
        const std::string moving =
            fmt::format("ip address delete {} dev {} && {}", here, shell_word(local.device), adding(address, device));
        if (link != nullptr && link->hardware == ethernet && !local.device.starts_with("dummy") &&
            local.device.find("dummy") == std::string::npos) {
            Finding& finding = report.add(
                fmt::format("the virtual address {} is on {}, which answers for it", text, local.device), place);
            finding.why = "neighbours find this machine in the place of the director, so that all come here or none";
            finding.evidence.push_back({"ip address", "", fmt::format("{} is on {}", here, local.device)});
            finding.command = moving;
        } else if (local.prefix != ast::full_length(address.family())) {
            Finding& finding = report.add(
                fmt::format("the virtual address {} is on {} with all of its network", here, local.device), place);
            finding.why = "the machine takes every address of the network for its own, also its neighbours'";
            finding.evidence.push_back({"ip address", "", fmt::format("{} is on {}", here, local.device)});
            finding.command = moving;
        }
    }
    if (found) return;
    Finding& finding = report.add(fmt::format("the virtual address {} is not here", text), place);
    finding.evidence.push_back({"ip address", "", fmt::format("no device has {}", text)});
    finding.command = adding(address, device);
}

void run(const Look& look, Report& report) {
    for (const OwnServer& own : look.servers) {
        for (const IpAddress& address : own.server.virtual_addresses()) check_address(look, report, own, address);
    }
}

}  // namespace

extern const Check virtual_address_check{
    .page = {.id = "virtual-address-not-local",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "A real server has not the virtual address, or has it so that others see it",
             .detail = "packets come with that address, and the machine drops what is not for itself",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "ipvsadm(8), --gatewaying and --ipip; Linux: Documentation/networking/ip-sysctl.rst, arp_ignore",
    .real_server = run};

}  // namespace lbctl::doctor
