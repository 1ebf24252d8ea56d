#include <fmt/format.h>

#include <algorithm>

#include "grammar/ast/argument_values.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/rules/rule.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

bool holds(const IpAddress& first, const IpAddress& last, const IpAddress& address) {
    return first.family() == address.family() && first <= address && address <= last;
}

/// The line that makes a service of the server's own address and port; null: none does.
const ast::Node* service_line(const model::VirtualServer& service, const model::RealServer& server) {
    // A server without a port has that of the service.
    const auto is_same_port = [&](std::uint16_t port) { return server.port == 0 || server.port == port; };
    if (const auto* head = std::get_if<model::AddressHead>(&service.head))
        return head->address == server.address && is_same_port(head->port) ? service.node : nullptr;
    const auto* group = model::group_of(service);
    if (group == nullptr) return nullptr;
    for (const model::GroupEntry& entry : group->entries) {
        const auto* run = std::get_if<model::GroupAddresses>(&entry.what);
        if (run != nullptr && is_same_port(run->port) && holds(run->first, run->last, server.address))
            return entry.node;
    }
    return nullptr;
}

void check(const Context& context, const model::VirtualServer& service) {
    for (const model::RealServer& server : service.real_servers) {
        if (!server.is_taken()) continue;
        const ast::Node* line = service_line(service, server);
        if (line == nullptr) continue;
        auto& finding = context.report(
            "real-server-is-service", Severity::warning, ast::place(*server.node, 0),
            fmt::format("the real server {} is the virtual server itself: what is sent there ends on the director",
                        server.address.to_string()));
        validate::add_note(finding, line->head.where(), "the virtual server");
        finding.hint = "a director that serves, too, stands there with an address of its own";
    }
}

}  // namespace

extern const Rule real_server_is_service{
    .page = {.id = "real-server-is-service",
             .family = "lvs",
             .severity = Severity::warning,
             .summary = "A real server with the address and port of its virtual server",
             .detail =
                 "The director has the virtual address, so IPVS hands such connections to the director itself "
                 "(LVS-HOWTO, LocalNode): a part of the clients meets whatever listens there, mostly nothing, and the "
                 "health check asks the virtual service about itself. Write the address of the real server. "
                 "A director that serves, too, is named by an address of its own, or by 127.0.0.1.",
             .example = "virtual_server 10.0.0.1 80 {\n    real_server 10.0.0.1 80 { }\n}",
             .origin = Origin::lbctl},
    .service = check};

}  // namespace lbctl::rules
