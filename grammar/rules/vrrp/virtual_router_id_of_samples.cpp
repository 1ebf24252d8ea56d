#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

void check(const Whole& whole) {
    constexpr std::uint8_t of_samples = 51;
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        // Unicast adverts reach nobody but the peers; a virtual MAC address is made of the number, too.
        if (instance.vrid != of_samples || (instance.unicast() && !instance.uses_vmac)) continue;
        const ast::Node* line = ast::last_valid(*instance.node, "virtual_router_id"_kw);
        if (line == nullptr) continue;
        auto& finding = whole.context.report("virtual-router-id-of-samples", Severity::info, ast::place(*line, 0),
                                             "virtual_router_id 51 is the number of the samples and most tutorials: "
                                             "another cluster on this network may well have it, too");
        finding.hint = "choose a number that no other VRRP router on the network has";
        return;  // once a file is enough
    }
}

}  // namespace

extern const Rule virtual_router_id_of_samples{
    .page = {.id = "virtual-router-id-of-samples",
             .family = "vrrp",
             .severity = Severity::info,
             .summary = "virtual_router_id 51, the number of all samples",
             .detail =
                 "Routers on one network tell their groups apart by this number alone (RFC 9568 section 5.2.3), and "
                 "the virtual MAC address is made of it. 51 stands in the sample that comes with keepalived "
                 "(keepalived.conf.sample) and was copied from there into many tutorials and installers. Two clusters "
                 "with one number on one network reject or follow each other's adverts. Told once a file, and not of "
                 "instances with unicast peers.",
             .example = "vrrp_instance A {\n    interface eth0\n    virtual_router_id 51\n}",
             .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
