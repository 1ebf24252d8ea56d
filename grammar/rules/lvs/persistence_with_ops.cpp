#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

void check(const Context& context, const model::VirtualServer& service) {
    if (!service.one_packet) return;
    // For another protocol keepalived clears it, and says so.
    if (service.protocol && *service.protocol != model::Protocol::udp) return;
    const ast::Node* ops = ast::last_valid(*service.node, "ops"_kw);
    const ast::Node* persistence = ast::last_valid(*service.node, "persistence_timeout"_kw);
    if (persistence == nullptr) persistence = ast::last_valid(*service.node, "persistence_granularity"_kw);
    if (ops == nullptr || persistence == nullptr) return;
    auto& finding = context.report("persistence-with-ops", Severity::info, ops->head.where(),
                                   "ops schedules each packet on its own, and the persistence of this service "
                                   "(persistence_timeout) sends all packets of a client to one server");
    finding.hint = "leave one of the two out";
    validate::add_note(finding, persistence->head.where(), "persistence is switched on here");
}

}  // namespace

extern const Rule persistence_with_ops{
    .page =
        {.id = "persistence-with-ops",
         .family = "lvs",
         .severity = Severity::info,
         .summary = "One-packet scheduling for a persistent virtual server",
         .detail =
             "`ops' has the kernel choose a real server for every single packet; with persistence it then finds the "
             "client's template and takes the server of its first packet (ip_vs_sched_persist() in the kernel's "
             "net/netfilter/ipvs/ip_vs_core.c). Clients stay where they are, and what ops was to bring, a spread of "
             "the load of a few busy clients, does not come. Leave out what was not meant.",
         .example = "virtual_server 10.0.0.1 53 {\n    protocol UDP\n    ops\n    persistence_timeout 60\n    "
                    "real_server 10.0.0.2 53 { }\n}",
         .origin = Origin::lbctl},
    .service = check};

}  // namespace lbctl::rules
