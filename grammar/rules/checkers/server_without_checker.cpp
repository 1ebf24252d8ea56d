#include <algorithm>

#include <fmt/format.h>

#include "grammar/model/lvs_effective.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

void check(const Context& context, const model::VirtualServer& service) {
    const auto is_checked = [](const model::RealServer& server) {
        return server.is_taken() && server.checker_count > 0;
    };
    const auto checked = std::ranges::find_if(service.real_servers, is_checked);
    if (checked == service.real_servers.end()) return;  // somebody's choice
    for (const model::RealServer& server : service.real_servers) {
        // A server of weight 0 gets no connections whose fate would matter.
        if (!server.is_taken() || server.checker_count > 0 || model::weight_of(service, server) == 0) continue;
        auto& finding = context.report(
            "server-without-checker", Severity::warning, server.node->head.where(),
            fmt::format("real server {} has no check, while others of this virtual server have: when it dies it keeps "
                        "its share of the connections",
                        server.address.to_string()));
        finding.notes.push_back({checked->node->head.where().range, "this one is checked"});
    }
}

}  // namespace

extern const Rule server_without_checker{
    .page = {.id = "server-without-checker",
             .family = "checkers",
             .severity = Severity::warning,
             .summary = "A real server without a check among checked ones",
             .detail = "A real server without a checker counts as up for ever (keepalived.conf(5), real_server). "
                       "Beside servers that "
                       "are checked that is mostly an oversight: when it dies, it goes on getting its share of the "
                       "connections. Give it "
                       "the check of its neighbours. A virtual server none of whose servers is checked is passed over, "
                       "and so are "
                       "servers with weight 0.",
             .example =
                 "virtual_server 10.0.0.1 80 {\n    real_server 10.0.0.2 80 {\n        TCP_CHECK {\n        }\n    }\n"
                 "    real_server 10.0.0.3 80 {\n    }\n}",
             .origin = Origin::lbctl},
    .service = check};

}  // namespace lbctl::rules
