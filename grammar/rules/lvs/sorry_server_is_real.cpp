#include <fmt/format.h>

#include "grammar/model/lvs_effective.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

/// Whether packets for both arrive at one port: by DR and TUN they keep the port of the service.
bool is_same_port(const model::VirtualServer& service, const model::RealServer& server,
                  const model::SorryServer& sorry) {
    if (server.port == sorry.port) return true;
    const bool server_rewrites = model::forwarding_of(service, server).kind == model::ForwardingKind::nat;
    const bool sorry_rewrites = model::forwarding_of(service, sorry).kind == model::ForwardingKind::nat;
    if (!server_rewrites && !sorry_rewrites) return true;
    const auto* address = std::get_if<model::AddressHead>(&service.head);
    if (address == nullptr) return false;
    const auto port_of = [&](bool rewrites, std::uint16_t port) {
        return rewrites && port != 0 ? port : address->port;
    };
    return port_of(server_rewrites, server.port) == port_of(sorry_rewrites, sorry.port);
}

void check(const Context& context, const model::VirtualServer& service) {
    if (!service.sorry_server || !service.sorry_server->fits_family) return;
    const model::SorryServer& sorry = *service.sorry_server;
    for (const model::RealServer& server : service.real_servers) {
        if (!server.is_taken() || server.address != sorry.address || !is_same_port(service, server, sorry)) continue;
        auto& finding = context.report(
            "sorry-server-is-real", Severity::warning, sorry.node->head.where(),
            fmt::format("sorry_server {} is also a real server: when all real servers are down, so is it",
                        sorry.address.to_string()));
        finding.notes.push_back({server.node->head.where().range, "the real server is here"});
        return;
    }
}

}  // namespace

extern const Rule sorry_server_is_real{
    .page =
        {.id = "sorry-server-is-real",
         .family = "lvs",
         .severity = Severity::warning,
         .summary = "The sorry server is one of the real servers",
         .detail =
             "The sorry server stands in when the quorum of real servers is lost (keepalived.conf(5), sorry_server). "
             "One of "
             "these servers is down then, too, and the same address and port cannot be in the table of the kernel "
             "twice: "
             "keepalived 2.3.3 even crashed over it (https://github.com/acassen/keepalived/issues/2601). Name another "
             "machine, or another port that shows a page of excuse.",
         .example =
             "virtual_server 10.0.0.1 80 {\n    sorry_server 10.0.0.2 80\n    real_server 10.0.0.2 80 {\n    }\n}",
         .origin = Origin::lbctl},
    .service = check};

}  // namespace lbctl::rules
