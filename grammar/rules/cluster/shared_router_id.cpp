#include <fmt/format.h>

#include <string>
#include <vector>

#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

std::string nodes_of(const VirtualRouter& router) {
    std::vector<std::string> names;
    for (const Member& member : router.members) names.push_back(member.node->name);
    return joined(names);
}

std::string addresses_of(const VirtualRouter& router) {
    std::vector<std::string> addresses;
    for (const model::VirtualAddress& address : router.members.front().instance->addresses) {
        addresses.push_back(address.address.address.to_string());
    }
    return joined(addresses);
}

void check(const Cluster& cluster) {
    const auto& routers = cluster.routers;
    for (std::size_t i = 0; i < routers.size(); ++i) {
        for (std::size_t j = i + 1; j < routers.size(); ++j) {
            if (!clash(routers[i], routers[j])) continue;
            const Member& first = routers[i].members.front();
            const Member& other = routers[j].members.front();
            source::Finding& finding = report(
                *first.node, "cluster-shared-router-id", Severity::error, place_of(first, "virtual_router_id"_kw),
                fmt::format("virtual_router_id {} is that of {} ({}, on {}) and of {} ({}, on {}) on one network: "
                            "each hears the other's adverts as its own, and one of the two has no master",
                            *first.instance->vrid, routers[i].name(), addresses_of(routers[i]), nodes_of(routers[i]),
                            routers[j].name(), addresses_of(routers[j]), nodes_of(routers[j])));
            add_note(finding, *other.node, place_of(other, "virtual_router_id"_kw),
                     fmt::format("{} has it on {}", routers[j].name(), other.node->name));
        }
    }
}

}  // namespace

extern const Rule cluster_shared_router_id{
    .page = {.id = "cluster-shared-router-id",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "Two virtual routers with one router id on one network",
             .detail = "Each hears the other's advertisements as its own, so that of all nodes one becomes master; the "
                       "addresses of the other virtual router are on nobody. virtual_router_id has to be unique on a "
                       "network (RFC 9568 section 5.2.3). That two virtual routers are on one network is concluded from"
                       " their addresses.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
