#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        const Member& only = router.members.front();
        if (cluster.nodes.size() < 2 || router.members.size() > 1 || only.instance->addresses.empty()) continue;
        const bool clashes = std::ranges::any_of(
            cluster.routers, [&](const VirtualRouter& other) { return &other != &router && clash(router, other); });
        if (clashes) continue;
        std::vector<std::string> addresses;
        for (const model::VirtualAddress& address : only.instance->addresses) {
            addresses.push_back(address.address.address.to_string());
        }
        report(*only.node, "cluster-instance-missing", Severity::warning, only.instance->node->head.where(),
               fmt::format("{} is on {} only: nobody takes {} over when that node fails", router.name(),
                           only.node->name, joined(addresses)));
    }
}

}  // namespace

extern const Rule cluster_instance_missing{
    .page = {.id = "cluster-instance-missing",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "A virtual router of one node",
             .detail = "An instance that no other node has protects nothing: when its node fails, nobody takes its "
                       "addresses over (RFC 9568 section 1: a virtual router is shared by several routers). Give the "
                       "instance to another node, or take the addresses out of VRRP. Instances are known by their "
                       "addresses, their virtual_router_id and their names.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
