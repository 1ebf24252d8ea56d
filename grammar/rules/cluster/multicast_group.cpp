#include <algorithm>
#include <string>
#include <string_view>

#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

bool is_set_here(const Member& member) {
    return member.instance->multicast_group.has_value();
}

std::string value(const Member& member) {
    const model::VrrpInstance& instance = *member.instance;
    if (instance.unicast()) return {};
    const bool inet = instance.family == Family::inet;
    const auto& global = inet ? member.node->vrrp.globals.group4 : member.node->vrrp.globals.group6;
    if (instance.multicast_group) return instance.multicast_group->to_string();
    return global ? global->to_string() : inet ? "224.0.0.18" : "ff02::12";
}

void check(const Cluster& cluster) {
    constexpr std::string_view consequence = "neither hears the other's multicast, and both become MASTER";
    for (const VirtualRouter& router : cluster.routers) {
        const bool inet = router.members.front().instance->family == Family::inet;
        const keywords::KeywordName global = inet ? "vrrp_mcast_group4"_kw : "vrrp_mcast_group6"_kw;
        const bool here = std::ranges::any_of(router.members, is_set_here);
        report_other_values(
            router,
            {"cluster-multicast-group", Severity::error, here ? "mcast_dst_ip"_kw : global, global, consequence},
            value);
    }
}

}  // namespace

extern const Rule cluster_multicast_group{
    .page = {.id = "cluster-multicast-group",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "Nodes of one virtual router that use two multicast groups",
             .detail = "A node sends its advertisements to one multicast group and listens only there: that of "
                       "mcast_dst_ip in the instance, else of vrrp_mcast_group4 or vrrp_mcast_group6, else 224.0.0.18 "
                       "or ff02::12. With two groups neither hears the other, and both become MASTER. Write the same "
                       "group on all nodes.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
