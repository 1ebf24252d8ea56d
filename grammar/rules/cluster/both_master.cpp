#include <fmt/format.h>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/election.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        const auto tie = tied_members(router);
        if (tie.size() < 2 || !all_written_master(tie)) continue;
        const Member& first = tie.front();
        source::Finding& finding = report(
            *first.node, "cluster-both-master", Severity::warning, place_of(first, "state"_kw),
            fmt::format("{} has state MASTER and the same priority {} on {} and {}: which one is master is left to "
                        "who starts first or has the higher address",
                        router.name(), best_priority(first), first.node->name, tie[1].node->name));
        finding.hint = "one is meant to be BACKUP with a lower priority";
        for (std::size_t i = 1; i < tie.size(); ++i) {
            add_note(finding, *tie[i].node, place_of(tie[i], "state"_kw),
                     fmt::format("state MASTER with priority {} on {}, too", best_priority(tie[i]), tie[i].node->name));
        }
    }
}

}  // namespace

extern const Rule cluster_both_master{
    .page = {.id = "cluster-both-master",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "Two nodes with state MASTER and one priority",
             .detail = "`state MASTER' does not make a node master: the priority does. With equal priorities the node "
                       "that starts first stays, and when both run, the higher address wins (RFC 9568 section 6.4.3). "
                       "Mostly the file was copied. Write `state BACKUP' and a lower priority on the node that is to "
                       "wait.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
