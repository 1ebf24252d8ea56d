#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

bool is_known(const Cluster& cluster, const IpAddress& address) {
    return std::ranges::any_of(cluster.nodes, [&](const ClusterNode& node) {
        return std::ranges::any_of(node.vrrp.instances,
                                   [&](const model::VrrpInstance& instance) { return instance.source == address; });
    });
}

/// Whether the peers of the member say nothing wrong about the others, so that what is left is one too many.
bool names_all_others(const Member& member, const VirtualRouter& router) {
    return std::ranges::all_of(router.members, [&](const Member& other) {
        if (!other.instance->source) return false;
        return other.node == member.node ||
               std::ranges::any_of(member.instance->peers, [&](const model::UnicastPeer& peer) {
                   return peer.address == *other.instance->source;
               });
    });
}

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        if (router.members.size() < 2) continue;
        std::map<IpAddress, source::Finding> told;
        std::map<IpAddress, const ClusterNode*> first;
        for (const Member& member : router.members) {
            if (!member.instance->unicast() || !names_all_others(member, router)) continue;
            for (const model::UnicastPeer& peer : member.instance->peers) {
                if (is_known(cluster, peer.address)) continue;
                if (first.emplace(peer.address, member.node).second) {
                    told[peer.address] = {
                        "cluster-ghost-peer",
                        Severity::info,
                        ast::place(*peer.entry, 0),
                        fmt::format("peer {} of {} on {} is none of the nodes: a machine that is gone, "
                                    "or one whose file was not given",
                                    peer.address.to_string(), router.name(), member.node->name),
                        {},
                        {},
                        {}};
                } else {
                    add_note(told[peer.address], *member.node, ast::place(*peer.entry, 0),
                             fmt::format("it is a peer of {}, too", member.node->name));
                }
            }
        }
        for (auto& [address, finding] : told) first[address]->findings->push_back(std::move(finding));
    }
}

}  // namespace

extern const Rule cluster_ghost_peer{
    .page = {.id = "cluster-ghost-peer",
             .family = "cluster",
             .severity = Severity::info,
             .summary = "A unicast peer that is none of the nodes",
             .detail = "Adverts go to a machine that is gone, or the file of a node was not given to `lint --cluster'. "
                       "Told only when the addresses of all nodes are known by their unicast_src_ip and each node has "
                       "all others as peers.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
