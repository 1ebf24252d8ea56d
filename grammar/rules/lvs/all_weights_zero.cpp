#include <fmt/format.h>

#include <algorithm>

#include "grammar/model/lvs_effective.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

/// Whether the exit status of a command becomes its weight.
bool has_dynamic_weight(const model::RealServer& server) {
    return std::ranges::any_of(server.node->children, [](const ast::Node& line) {
        return line.is("MISC_CHECK"_kw) && line.has("misc_dynamic"_kw);
    });
}

void check(const Context& context, const model::VirtualServer& service) {
    bool any = false;
    for (const model::RealServer& server : service.real_servers) {
        if (!server.is_taken()) continue;
        any = true;
        if (model::weight_of(service, server) != 0) return;
        // A command or a file may give it a weight.
        if (server.tracks_others || has_dynamic_weight(server)) return;
    }
    if (!any) return;
    context.report("all-weights-zero", Severity::warning, service.node->head.where(),
                   "every real server has weight 0: no new connection is sent to any of them");
}

}  // namespace

extern const Rule all_weights_zero{
    .page =
        {.id = "all-weights-zero",
         .family = "lvs",
         .severity = Severity::warning,
         .summary = "A virtual server all of whose real servers have weight 0",
         .detail =
             "IPVS sends new connections only to real servers with a weight above 0 (ipvsadm(8), --weight), so this "
             "service answers nobody. Give at least one of them a weight, or leave the service out while it is "
             "not to serve.",
         .example = "virtual_server 10.0.0.1 80 {\n    real_server 10.0.0.2 80 {\n        weight 0\n    }\n}",
         .origin = Origin::lbctl},
    .service = check};

}  // namespace lbctl::rules
