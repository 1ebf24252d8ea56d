#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "backend/doctor/check.h"
#include "backend/doctor/kernel_release.h"
#include "backend/table/names.h"

namespace lbctl::doctor {

namespace {

struct TunnelSince {
    table::TunnelType type;
    KernelRelease since;
};

/// The patches "ipvs: allow tunneling with gue encapsulation" of March and "... gre ..." of July 2019.
constexpr std::array tunnels{TunnelSince{table::TunnelType::gue, {5, 2}}, TunnelSince{table::TunnelType::gre, {5, 3}}};

void run(const Look& look, Report& report) {
    const auto release = release_of(look.machine.kernel);
    if (!release) return;
    for (const TunnelSince& tunnel : tunnels) {
        if (*release >= tunnel.since) continue;
        const table::SourcePlace place =
            look.first_place([&](const table::WantedService&, const table::Destination& destination) {
                return destination.method == table::ForwardingMethod::tunnel && destination.tunnel.type == tunnel.type;
            });
        if (place.line == 0) continue;
        Finding& finding = report.add(
            fmt::format("Linux {} has no {} tunnels for IPVS; they came with {}.{}", look.machine.kernel,
                        tunnel.type == table::TunnelType::gue ? "GUE" : "GRE", tunnel.since.major, tunnel.since.minor),
            place);
        finding.evidence.push_back({"uname -r", look.machine.kernel, fmt::format("it is {}", look.machine.kernel)});
        finding.what_to_do = "install a newer kernel";
    }
}

}  // namespace

extern const Check kernel_version_check{
    .page = {.id = "kernel-too-old",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "The kernel is older than what the file asks for",
             .detail = "the kernel takes the real server as one of an ipip tunnel, which it does not unpack",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "Linux: include/uapi/linux/ip_vs.h, IP_VS_CONN_F_TUNNEL_TYPE_GUE and _GRE",
    .director = run};

}  // namespace lbctl::doctor
