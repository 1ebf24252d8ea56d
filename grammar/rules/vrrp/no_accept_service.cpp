#include <fmt/format.h>

#include "grammar/rules/vrrp/accept_mode.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

void check(const Whole& whole) {
    if (whole.services.empty()) return;
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        if (instance.duplicate_of != nullptr || instance.is_address_owner()) continue;
        const ast::Node* line = accept_line(instance);
        if (line == nullptr || line->keyword->id != "no_accept"_kw) continue;
        IpAddress address;
        const ServiceSummary* service = service_on(whole, instance, address);
        if (service == nullptr) continue;
        auto& finding =
            whole.context.report("no-accept-service", Severity::warning, line->head.where(),
                                 fmt::format("no_accept drops all packets to {}, so the virtual server on it gets none",
                                             address.to_string()));
        finding.hint = "leave no_accept out";
        validate::add_note(finding, service->where, "the virtual server");
    }
}

}  // namespace

extern const Rule no_accept_service{
    .page = {.id = "no-accept-service",
             .family = "vrrp",
             .severity = Severity::warning,
             .summary = "A virtual server on an address of an instance with no_accept",
             .detail =
                 "no_accept makes a firewall rule that drops packets to the addresses of the instance, those of "
                 "virtual_ipaddress_excluded as well, unless its priority is 255 (keepalived.conf(5), no_accept and "
                 "priority). IPVS takes packets behind the input filter (NF_INET_LOCAL_IN in the kernel's "
                 "net/netfilter/ipvs/ip_vs_core.c), so the virtual server never sees one. Leave no_accept out, or "
                 "serve on another address.",
             .example = "vrrp_instance A {\n    interface eth0\n    virtual_router_id 7\n    no_accept\n    "
                        "virtual_ipaddress {\n        10.0.0.1/24\n    }\n}\nvirtual_server 10.0.0.1 80 { ... }",
             .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
