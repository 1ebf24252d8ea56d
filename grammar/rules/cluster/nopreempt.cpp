#include <fmt/format.h>

#include <algorithm>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/election.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        const Member* master = natural_master(router);
        if (master == nullptr || master->instance->nopreempt) continue;  // with state MASTER it is told by itself
        // Where none of the others preempts, weights that move nothing are the worse fault, of another rule.
        const bool all_wait = std::ranges::all_of(router.members, [&](const Member& member) {
            return member.node == master->node || never_preempts(member);
        });
        if (all_wait && !weighted_trackers(*master).empty()) continue;
        const auto lower = std::ranges::find_if(router.members, never_preempts);
        if (lower == router.members.end()) continue;
        source::Finding& finding =
            report(*lower->node, "cluster-nopreempt", Severity::warning, place_of(*lower, "nopreempt"_kw),
                   fmt::format("nopreempt of {} stands on {} with priority {}, not on {} with the higher priority {}, "
                               "which takes the address back whenever it returns",
                               router.name(), lower->node->name, best_priority(*lower), master->node->name,
                               best_priority(*master)));
        finding.hint = "all nodes want state BACKUP and nopreempt";
        add_note(finding, *master->node, master->instance->node->head.where(),
                 fmt::format("{} has no nopreempt", master->node->name));
    }
}

}  // namespace

extern const Rule cluster_nopreempt{
    .page = {.id = "cluster-nopreempt",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "nopreempt on the node that never preempts",
             .detail = "It is the node with the higher priority that takes the address back when it returns, and "
                       "`nopreempt' tells a node not to (keepalived.conf(5)). On the lower node alone it does nothing, "
                       "and the higher one preempts as ever. Write `state BACKUP' and `nopreempt' on all nodes.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
