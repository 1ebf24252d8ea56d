#include <fmt/format.h>

#include <algorithm>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/vrrp/accept_mode.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

bool drops_packets(const model::VrrpInstance& instance) {
    if (!instance.strict || instance.duplicate_of != nullptr || instance.is_address_owner()) return false;
    // Peers end VRRP in strict mode, accept with version 2 is cleared, and no_accept was meant: told elsewhere.
    return !instance.unicast() && instance.has_virtual_address() && accept_line(instance) == nullptr;
}

/// The one that people know it by: link-local addresses of IPv6 are seldom what clients use.
const IpAddress& main_address(const model::VrrpInstance& instance) {
    const auto found = std::ranges::find_if(instance.addresses, [](const model::VirtualAddress& each) {
        return each.fits_family && !ast::is_link_local(each.address.address);
    });
    return (found == instance.addresses.end() ? instance.addresses.front() : *found).address.address;
}

void check(const Whole& whole) {
    source::Finding* told = nullptr;  // mostly one line of global_defs does it to all: told once
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        if (!drops_packets(instance)) continue;
        if (told != nullptr) {
            validate::add_note(*told, instance.node->head.where(), "so it is in this instance");
            continue;
        }
        IpAddress address = main_address(instance);
        const ServiceSummary* service = service_on(whole, instance, address);
        told = &whole.context.report(
            "strict-without-accept", Severity::warning, instance.node->head.where(),
            fmt::format("in strict mode packets to {} are dropped, as there is no `accept': nothing answers on it, "
                        "neither ping nor a service",
                        address.to_string()));
        told->hint = instance.version == 3 ? "write `accept' in this instance, or turn strict mode off"
                                           : "turn strict mode off; it has `accept' with `version 3' only";
        if (service != nullptr)
            validate::add_note(*told, service->where, "this virtual server gets none of its packets");
    }
}

}  // namespace

extern const Rule strict_without_accept{
    .page = {.id = "strict-without-accept",
             .family = "vrrp",
             .severity = Severity::warning,
             .summary = "Strict mode without `accept': the virtual address answers nobody",
             .detail =
                 "With vrrp_strict or strict_mode a router whose priority is not 255 has a firewall rule that drops "
                 "all packets to its virtual addresses (keepalived.conf(5), priority and vrrp_strict; Accept_Mode in "
                 "RFC 9568 section 6.1). The rule stands before IPVS: virtual servers on these addresses get nothing. "
                 "That is right for an address that is only a gateway; say so with `no_accept'. Otherwise turn strict "
                 "mode off, which few need, or write `accept', which version 3 allows. Told once a file.",
             .example = "global_defs {\n    vrrp_strict\n}\nvrrp_instance A {\n    interface eth0\n    "
                        "virtual_router_id 7\n    virtual_ipaddress {\n        10.0.0.1/24\n    }\n}",
             .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
