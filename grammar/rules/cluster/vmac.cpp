#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

bool is_on(const Member& member) {
    return member.instance->uses_vmac;
}

void check(const Cluster& cluster) {
    constexpr SharedSetting setting{
        "cluster-vmac",
        Severity::warning,
        "use_vmac"_kw,
        {},
        "at every failover the MAC address of the virtual address changes, which a virtual MAC is there to avoid"};
    for (const VirtualRouter& router : cluster.routers) report_flag_of_some(router, setting, is_on);
}

}  // namespace

extern const Rule cluster_vmac{
    .page = {.id = "cluster-vmac",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "use_vmac on some nodes of a virtual router only",
             .detail = "With use_vmac the virtual address has the MAC address 00:00:5e:00:01:ID of the standard (RFC "
                       "9568 section 7.3), which moves with it; without, it has that of the interface. When nodes "
                       "differ, it changes at every failover, and hosts and switches that miss the gratuitous ARP keep "
                       "the old one. Use it on all nodes or on none.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
