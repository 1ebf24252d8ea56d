#include <fmt/format.h>

#include <map>
#include <string_view>
#include <utility>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    std::map<std::string_view, std::pair<const ClusterNode*, source::Finding*>> names;
    for (const ClusterNode& node : cluster.nodes) {
        const ast::Node* line = global_line(node, "router_id"_kw);
        if (line == nullptr) continue;
        auto& [first, finding] = names[ast::text(*line, 0)];
        if (first == nullptr) {
            first = &node;
            continue;
        }
        if (finding == nullptr) {
            const ast::Node& its = *global_line(*first, "router_id"_kw);
            finding =
                &report(*first, "cluster-router-name", Severity::info, ast::place(its, 0),
                        fmt::format("both {} and {} have router_id {}: mails and SNMP cannot tell the same name apart",
                                    first->name, node.name, ast::text(its, 0)));
        }
        add_note(*finding, node, ast::place(*line, 0), fmt::format("{} has it, too", node.name));
    }
}

}  // namespace

extern const Rule cluster_router_name{
    .page = {.id = "cluster-router-name",
             .family = "cluster",
             .severity = Severity::info,
             .summary = "Two nodes with one router_id in global_defs",
             .detail = "router_id names the node in mails and for SNMP (keepalived.conf(5)); when two nodes share it, "
                       "nobody can tell which one wrote. Leave it out, and keepalived takes the name of the host. It is"
                       " not virtual_router_id, which the nodes have to share.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
