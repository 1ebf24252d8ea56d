#include "backend/doctor/check.h"

namespace lbctl::doctor {

namespace {

void run(const Look& look, Report& report) {
    for (const emit::HostSetting& setting : emit::forwarding_settings(look.needs)) {
        const Family family = setting.path.starts_with("net/ipv6") ? Family::inet6 : Family::inet;
        report.add_setting(
            setting, look.first_place([&](const table::WantedService& wanted, const table::Destination& destination) {
                return table::family_of(wanted.service.key) == family &&
                       (destination.method == table::ForwardingMethod::nat ||
                        destination.method == table::ForwardingMethod::tunnel);
            }));
    }
}

}  // namespace

extern const Check forwarding_check{
    .page = {.id = "forwarding-off",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "NAT or tunnels on a director that does not forward",
             .detail = "packets between clients and real servers pass through the director, and the kernel drops them",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "Linux: Documentation/networking/ip-sysctl.rst, ip_forward",
    .director = run};

}  // namespace lbctl::doctor
