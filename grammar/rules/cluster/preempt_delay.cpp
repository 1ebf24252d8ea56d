#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/election.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        const Member* master = natural_master(router);
        if (master == nullptr || line_of(*master, "preempt_delay"_kw) != nullptr || never_preempts(*master)) continue;
        for (const Member& member : router.members) {
            const ast::Node* line = line_of(member, "preempt_delay"_kw);
            if (line == nullptr || ast::microseconds(*line, 0).value_or(0) == 0) continue;
            source::Finding& finding = report(
                *member.node, "cluster-preempt-delay", Severity::info, line->head.where(),
                fmt::format("preempt_delay {} of {} has no effect on {} with priority {}: {} has the higher priority "
                            "{} and no delay, and takes the address back at once",
                            ast::text(*line, 0), router.name(), member.node->name, best_priority(member),
                            master->node->name, best_priority(*master)));
            add_note(finding, *master->node, place_of(*master, "priority"_kw),
                     fmt::format("{} has the higher priority", master->node->name));
            break;
        }
    }
}

}  // namespace

extern const Rule cluster_preempt_delay{
    .page = {.id = "cluster-preempt-delay",
             .family = "cluster",
             .severity = Severity::info,
             .summary = "preempt_delay on the node that never preempts",
             .detail = "Only the node with the higher priority takes the address from another, so only there a delay is"
                       " of use (keepalived.conf(5) preempt_delay). On the lower one it has no effect, and the higher "
                       "one takes the address back at once. Write it on the higher node, with `state BACKUP': "
                       "keepalived drops it for `state MASTER'.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
