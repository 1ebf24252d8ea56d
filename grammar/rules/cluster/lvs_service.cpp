#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/services.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    std::set<const ClusterNode*> empty;  // told once: it has no virtual server at all
    for (const SharedService& service : pair_services(cluster)) {
        std::vector<std::string> missing;
        for (const ClusterNode* node : service.missing) {
            if (!node->services.empty() || empty.insert(node).second) missing.push_back(node->name);
        }
        if (missing.empty()) continue;
        std::vector<std::string> with;
        for (const ServiceOn& on : service.on) with.push_back(on.node->name);
        const ServiceOn& first = service.on.front();
        report(*first.node, "cluster-lvs-service", Severity::warning, first.service->node->head.where(),
               fmt::format("virtual_server {} is on {} only, not on {}: after a failover nobody answers for it",
                           title_of(*first.service), joined(with), joined(missing)));
    }
}

}  // namespace

extern const Rule cluster_lvs_service{
    .page = {.id = "cluster-lvs-service",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "A virtual server that another node of its address does not have",
             .detail = "After a failover the other node holds the address, and nobody answers for the service. "
                       "Directors that take each other's place need the same virtual servers. Services are known by "
                       "address, port and protocol, by mark, or by what their group holds; one whose address belongs to"
                       " a vrrp_instance has to be on the nodes of that virtual router.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
