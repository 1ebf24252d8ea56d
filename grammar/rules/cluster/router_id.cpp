#include <string>

#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

std::string value(const Member& member) {
    return member.instance->vrid ? std::to_string(*member.instance->vrid) : std::string();
}

void check(const Cluster& cluster) {
    constexpr SharedSetting setting{"cluster-router-id",
                                    Severity::error,
                                    "virtual_router_id"_kw,
                                    {},
                                    "neither hears the other, and both become MASTER and answer for the address"};
    for (const VirtualRouter& router : cluster.routers) report_other_values(router, setting, value);
}

}  // namespace

extern const Rule cluster_router_id{
    .page = {.id = "cluster-router-id",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "One virtual router with two router ids",
             .detail = "Nodes that hold one virtual address find each other by virtual_router_id: an advertisement with"
                       " another number is not for this instance (RFC 9568 section 7.1). Both nodes become MASTER and "
                       "answer for the address. Write the same number on all of them. Instances on other networks may "
                       "have any number, also this one.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
