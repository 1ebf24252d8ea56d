#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

const VirtualRouter* router_of(const Cluster& cluster, const ClusterNode& node, const model::VrrpInstance* instance) {
    for (const VirtualRouter& router : cluster.routers) {
        const Member* member = router.member_of(node);
        if (member != nullptr && member->instance == instance) return &router;
    }
    return nullptr;
}

/// The instances of the other node that are the group's on this one.
std::vector<Member> counterparts(const Cluster& cluster, const ClusterNode& node, const model::SyncGroup& group,
                                 const ClusterNode& other) {
    std::vector<Member> found;
    for (const model::SyncGroupMember& entry : group.members) {
        if (entry.instance == nullptr || entry.elsewhere) continue;
        const VirtualRouter* router = router_of(cluster, node, entry.instance);
        const Member* member = router == nullptr ? nullptr : router->member_of(other);
        if (member != nullptr) found.push_back(*member);
    }
    return found;
}

/// Its group that has most of them; null: none is in one.
const model::SyncGroup* group_of_most(const std::vector<Member>& members) {
    std::map<const model::SyncGroup*, int> count;
    const model::SyncGroup* best = nullptr;
    for (const Member& member : members) {
        const model::SyncGroup* group = member.instance->sync_group;
        if (group != nullptr && (++count[group] > count[best] || best == nullptr)) best = group;
    }
    return best;
}

void compare(const Cluster& cluster, const ClusterNode& node, const model::SyncGroup& group, const ClusterNode& other) {
    const std::vector<Member> members = counterparts(cluster, node, group, other);
    if (members.size() < 2) return;
    const model::SyncGroup* its = group_of_most(members);
    std::vector<std::string> alone;
    const Member* first = nullptr;
    for (const Member& member : members) {
        if (its != nullptr && member.instance->sync_group == its) continue;
        if (first == nullptr) first = &member;
        alone.emplace_back(member.instance->name);
    }
    if (first == nullptr) return;
    const std::string title = fmt::format("vrrp_sync_group {}", group.name);
    source::Finding& finding =
        report(node, "cluster-sync-group", Severity::warning, group.node->head.where(),
               its == nullptr
                   ? fmt::format("{} is on {} only, not on {}: there each of {} can move alone, and traffic goes in by "
                                 "one node and out by the other",
                                 title, node.name, other.name, joined(alone))
                   : fmt::format("{} has {} on {}, but not on {}: there it does not move with the others", title,
                                 joined(alone), node.name, other.name));
    if (its != nullptr) {
        add_note(finding, other, its->node->head.where(), fmt::format("the group on {}", other.name));
    } else {
        add_note(finding, other, first->instance->node->head.where(), fmt::format("in no group on {}", other.name));
    }
}

void check(const Cluster& cluster) {
    for (const ClusterNode& node : cluster.nodes) {
        for (const model::SyncGroup& group : node.vrrp.sync_groups) {
            if (group.duplicate_of != nullptr || group.member_count() < 2) continue;
            for (const ClusterNode& other : cluster.nodes) {
                if (&other != &node) compare(cluster, node, group, other);
            }
        }
    }
}

}  // namespace

extern const Rule cluster_sync_group{
    .page = {.id = "cluster-sync-group",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "A sync group that is another one on another node",
             .detail = "The instances of a vrrp_sync_group change state together. On a node where one of them is not in"
                       " the group it moves alone, and traffic goes in by one node and out by the other. Write the same"
                       " group, with the same members, on all nodes (keepalived.conf(5) vrrp_sync_group).",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
