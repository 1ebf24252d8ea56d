#include <fmt/format.h>

#include <algorithm>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/election.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        if (router.members.size() < 2) continue;
        const Member master = *std::ranges::max_element(router.members, {}, best_priority);
        const auto is_other = [&](const Member& member) { return member.node != master.node; };
        const bool all_wait = std::ranges::all_of(
            router.members, [&](const Member& member) { return !is_other(member) || never_preempts(member); });
        if (!all_wait) continue;
        const Member& other = *std::ranges::find_if(router.members, is_other);
        for (const Tracker& tracker : weighted_trackers(master)) {
            source::Finding& finding = report(
                *master.node, "cluster-nopreempt-weight", Severity::error, tracker.where,
                fmt::format("when {} {} fails, its weight {} lowers {} on {} to {}, but {} has nopreempt and leaves a "
                            "master of lower priority alone: the address never moves",
                            tracker.kind, tracker.name, tracker.weight, router.name(), master.node->name,
                            tracker.kind == "file" ? master.instance->priority : priority_without(master, tracker),
                            other.node->name));
            finding.hint = "without weight the failing node goes to FAULT";
            add_note(finding, *other.node, place_of(other, "nopreempt"_kw),
                     fmt::format("nopreempt on {}", other.node->name));
        }
    }
}

}  // namespace

extern const Rule cluster_nopreempt_weight{
    .page = {.id = "cluster-nopreempt-weight",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "A tracker with a weight whose drop no node acts on, for nopreempt",
             .detail = "A weight lowers the priority of the master, and a backup with `nopreempt' leaves a master of "
                       "lower priority alone: the address never moves. Take the weight away: then a failure takes the "
                       "node to FAULT, and the others take over with or without `nopreempt' (keepalived.conf(5): "
                       "nopreempt, track_script). Or leave out `nopreempt'.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
