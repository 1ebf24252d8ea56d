#include <fmt/format.h>

#include <cstdint>

#include "grammar/model/lvs_effective.h"
#include "grammar/model/lvs_quorum.h"
#include "grammar/rules/rule.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

void check(const Context& context, const model::VirtualServer& service) {
    if (!service.sorry_server || !service.sorry_server->fits_family || model::is_dropped(service)) return;
    std::int64_t unchecked = 0;
    const model::RealServer* first_unchecked = nullptr;
    bool any_checked = false;
    for (const model::RealServer& server : service.real_servers) {
        if (!server.is_taken()) continue;
        const std::int64_t weight = model::weight_of(service, server);
        if (server.checker_count != 0 || server.tracks_others) {
            any_checked = true;
            continue;
        }
        unchecked += weight;
        if (first_unchecked == nullptr && weight != 0) first_unchecked = &server;
    }
    // That none of them has a weight is another mistake.
    if (first_unchecked == nullptr) return;
    const model::Quorum quorum = model::quorum_of(service);
    if (quorum.is_lost(unchecked)) return;
    auto& finding = context.report(
        "sorry-server-never-used", Severity::warning, service.sorry_server->node->head.where(),
        any_checked
            ? fmt::format("the sorry_server is never used: real servers without a check never go down, and they "
                          "alone weigh {}, enough for the quorum of {}",
                          unchecked, quorum.needed)
            : std::string("the sorry_server is never used: no real server has a check, so none ever goes down"));
    finding.hint = "give every real server a check, such as TCP_CHECK, or leave the sorry_server out";
    validate::add_note(finding, first_unchecked->node->head.where(), "has no check");
}

}  // namespace

extern const Rule sorry_server_never_used{
    .page = {.id = "sorry-server-never-used",
             .family = "lvs",
             .severity = Severity::warning,
             .summary = "A sorry server whose turn never comes",
             .detail =
                 "keepalived puts the sorry server in when the weights of the real servers that are up fall below the "
                 "quorum (keepalived.conf(5), quorum and sorry_server). A real server without a checker counts as up "
                 "for ever, also when the machine is switched off: clients get errors and never the sorry server. Give "
                 "each real server a checker.",
             .example = "virtual_server 10.0.0.1 80 {\n    protocol TCP\n    sorry_server 10.0.0.9 80\n    "
                        "real_server 10.0.0.2 80 { }\n}",
             .origin = Origin::lbctl},
    .service = check};

}  // namespace lbctl::rules
