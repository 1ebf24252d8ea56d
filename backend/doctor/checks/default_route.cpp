#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"

namespace lbctl::doctor {

namespace {

void run(const Look& look, Report& report) {
    for (const OwnServer& own : look.servers) {
        if (!own.plan.gateway) continue;
        const IpAddress& gateway = own.plan.gateway->address;
        const IpAddress any = gateway.family() == Family::inet ? IpAddress() : *IpAddress::parse("::");
        const Route* route = look.machine.route_to(any);
        const bool is_default = route != nullptr && route->prefix == 0;
        if (is_default && route->gateway == gateway) continue;
        const auto nat =
            std::ranges::find(own.server.deliveries, table::ForwardingMethod::nat, &emit::Delivery::method);
        Finding& finding = report.add(
            !is_default ? fmt::format("there is no default route, and answers shall go through {}", gateway.to_string())
                        : fmt::format("the default route leads {}, and not through {}",
                                      route->gateway ? fmt::format("through {}", route->gateway->to_string())
                                                     : fmt::format("to {}", route->device),
                                      gateway.to_string()),
            nat->place);
        const bool inet = gateway.family() == Family::inet;
        finding.evidence.push_back(
            {inet ? "/proc/net/route" : "/proc/net/ipv6_route", "",
             !is_default ? "it has no default route"
                         : fmt::format("default {}dev {}",
                                       route->gateway ? fmt::format("via {} ", route->gateway->to_string()) : "",
                                       route->device)});
        finding.evidence.push_back({own.plan.gateway->from, "", "the directors' inside address stands there"});
        // Of IPv6 routes the metric tells one from the other.
        finding.command = fmt::format("ip {} route replace default via {}{}", inet ? "-4" : "-6", gateway.to_string(),
                                      !inet && is_default ? fmt::format(" metric {}", route->metric) : "");
    }
}

}  // namespace

extern const Check default_route_check{
    .page = {.id = "default-route",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "Answers of a real server behind NAT do not go back through the director",
             .detail = "clients get answers from an address that they never asked, and drop them",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "ipvsadm(8), --masquerading",
    .real_server = run};

}  // namespace lbctl::doctor
