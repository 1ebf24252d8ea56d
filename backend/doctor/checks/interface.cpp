#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"

namespace lbctl::doctor {

namespace {

void run(const Look& look, Report& report) {
    // keepalived then runs elsewhere than the table is.
    if (!look.configuration.wanted.net_namespace_ipvs.empty()) return;
    std::vector<std::string> seen;
    for (const emit::VrrpInstance& instance : look.configuration.instances) {
        const std::string& device = instance.interface;
        if (device.empty() || std::ranges::find(seen, device) != seen.end()) continue;
        seen.push_back(device);
        const Link* link = look.machine.link(device);
        if (link != nullptr && link->up && link->running) continue;
        Finding& finding = report.add(fmt::format("{} {}", device,
                                                  link == nullptr ? "is not there"
                                                  : link->up      ? "has no carrier"
                                                                  : "is down"),
                                      instance.place);
        finding.evidence.push_back({"ip link", "",
                                    link == nullptr ? fmt::format("there is no {}", device)
                                    : link->up      ? fmt::format("{} is up and has no carrier", device)
                                                    : fmt::format("{} is down", device)});
        if (link == nullptr) {
            finding.what_to_do = "make it, or name another one in the file";
        } else if (link->up) {
            finding.what_to_do = "look at the cable and at what is at its other end";
        } else {
            finding.command = fmt::format("ip link set {} up", shell_word(device));
        }
    }
}

}  // namespace

extern const Check interface_check{
    .page = {.id = "interface-down",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "The interface of a vrrp_instance is missing or down",
             .detail = "the instance is in fault state: this director takes nothing over",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "keepalived.conf(5), vrrp_instance: interface",
    .director = run};

}  // namespace lbctl::doctor
