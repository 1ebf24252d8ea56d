#include <fmt/format.h>

#include <algorithm>

#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        const auto is_unicast = [](const Member& member) { return member.instance->unicast(); };
        const auto with = std::ranges::find_if(router.members, is_unicast);
        const auto without = std::ranges::find_if_not(router.members, is_unicast);
        if (with == router.members.end() || without == router.members.end()) continue;
        source::Finding& finding = report(
            *with->node, "cluster-cast", Severity::error, place_of(*with, "unicast_peer"_kw),
            fmt::format("{} sends unicast on {} (unicast_peer) and multicast on {}: neither takes what the other "
                        "sends, and both become MASTER",
                        router.name(), with->node->name, without->node->name));
        for (const Member& member : router.members) {
            if (is_unicast(member)) continue;
            add_note(finding, *member.node, member.instance->node->head.where(),
                     fmt::format("{} has no unicast_peer here, so it uses multicast", member.node->name));
        }
    }
}

}  // namespace

extern const Rule cluster_cast{
    .page = {.id = "cluster-cast",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "Unicast and multicast in one virtual router",
             .detail =
                 "A node with unicast_peer sends to its peers only, and throws away advertisements that came by "
                 "multicast; a node without does the opposite (vrrp_check_packet in vrrp.c: \"Expected unicast "
                 "packet but received multicast packet\"). Neither takes the other's, and both become MASTER. Give"
                 " unicast_peer to all nodes or to none.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
