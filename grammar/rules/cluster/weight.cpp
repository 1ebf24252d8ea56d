#include <fmt/format.h>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/election.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        const Member* master = natural_master(router);
        if (master == nullptr) continue;
        const Member* next = nullptr;
        for (const Member& member : router.members) {
            if (member.node == master->node || never_preempts(member)) continue;
            if (next == nullptr || best_priority(member) > best_priority(*next)) next = &member;
        }
        if (next == nullptr || priority_without_all(*master) < best_priority(*next)) continue;
        const int before = best_priority(*master);
        const int other = best_priority(*next);
        for (const Tracker& tracker : weighted_trackers(*master)) {
            if (tracker.kind == "file") continue;
            const int after = priority_without(*master, tracker);
            source::Finding& finding = report(
                *master->node, "cluster-weight", Severity::error, tracker.where,
                fmt::format("when {} {} {}, its weight {} takes {} on {} from {} to {} only, {} {} on {}: the "
                            "address never moves",
                            tracker.kind, tracker.name, tracker.reverse ? "succeeds" : "fails", tracker.weight,
                            router.name(), master->node->name, before, after,
                            after == other ? "the same as the" : "still more than the", other, next->node->name));
            finding.hint = fmt::format("the weight must be more than {}", before - other);
            add_note(finding, *next->node, place_of(*next, "priority"_kw),
                     fmt::format("priority {} on {} while all is well", other, next->node->name));
        }
    }
}

}  // namespace

extern const Rule cluster_weight{
    .page = {.id = "cluster-weight",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "A tracker whose weight cannot move the address",
             .detail = "When what is tracked fails, the priority of the master falls by the weight. Only a backup whose"
                       " priority is then higher takes over: one with the same priority keeps quiet (RFC 9568 section "
                       "6.4.2). The weight has to be more than the distance of the two priorities while all is well. "
                       "Told when neither this tracker nor all of the node together reach that.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
