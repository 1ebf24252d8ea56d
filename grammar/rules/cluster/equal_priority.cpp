#include <fmt/format.h>

#include <algorithm>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/election.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        const auto tie = tied_members(router);
        if (tie.size() < 2 || all_written_master(tie) || std::ranges::all_of(tie, never_preempts)) continue;
        const Member& first = tie.front();
        source::Finding& finding = report(
            *first.node, "cluster-equal-priority", Severity::info, place_of(first, "priority"_kw),
            fmt::format("{} has the same priority {} on {} and {}: which one is master is left to who starts first "
                        "or has the higher address",
                        router.name(), best_priority(first), first.node->name, tie[1].node->name));
        for (std::size_t i = 1; i < tie.size(); ++i) {
            add_note(finding, *tie[i].node, place_of(tie[i], "priority"_kw),
                     fmt::format("priority {} on {}, too", best_priority(tie[i]), tie[i].node->name));
        }
    }
}

}  // namespace

extern const Rule cluster_equal_priority{
    .page = {.id = "cluster-equal-priority",
             .family = "cluster",
             .severity = Severity::info,
             .summary = "Two nodes with one priority",
             .detail = "When both start together the node with the higher address becomes master, else the first one "
                       "stays (RFC 9568 section 6.4.3): nobody can tell from the files which node is to be master. What"
                       " trackers add while all is well is counted in. Give every node its own priority. Nodes that all"
                       " have `nopreempt' are meant so, and not told.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
