#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"

namespace lbctl::doctor {

namespace {

void run(const Look& look, Report& report) {
    std::vector<std::string> seen;
    for (const emit::VirtualAddress& moved : emit::virtual_addresses_of(look.configuration)) {
        if (moved.address.family() != Family::inet6 || !emit::is_device_name(moved.device) ||
            std::ranges::find(seen, moved.device) != seen.end())
            continue;
        seen.push_back(moved.device);
        const std::string path = fmt::format("net/ipv6/conf/{}/disable_ipv6", moved.device);
        if (look.machine.number(path).value_or(0) == 0) continue;
        Finding& finding = report.add(
            fmt::format("IPv6 is switched off on {}, which shall have {}", moved.device, moved.address.to_string()),
            moved.place);
        finding.evidence.push_back(look.setting(path));
        finding.command = sysctl_command(path, "0");
    }
}

}  // namespace

extern const Check ipv6_check{.page = {.id = "ipv6-disabled",
                                       .family = "doctor",
                                       .severity = Severity::error,
                                       .summary = "An IPv6 virtual address for an interface without IPv6",
                                       .detail = "the kernel refuses the address, and nobody has it",
                                       .example = "",
                                       .origin = validate::Origin::lbctl},
                              .source = "Linux: Documentation/networking/ip-sysctl.rst, disable_ipv6",
                              .director = run};

}  // namespace lbctl::doctor
