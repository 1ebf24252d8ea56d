#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "grammar/ast/argument_values.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/services.h"

namespace lbctl::rules {

namespace {

std::string name_of(const model::Forwarding& forwarding) {
    switch (forwarding.kind) {
        case model::ForwardingKind::direct_routing:
            return "DR";
        case model::ForwardingKind::nat:
            return "NAT";
        case model::ForwardingKind::tunnel:
            break;
    }
    switch (forwarding.tunnel) {
        case model::TunnelKind::gue:
            return fmt::format("TUN type gue port {}", forwarding.tunnel_port);
        case model::TunnelKind::gre:
            return "TUN type gre";
        case model::TunnelKind::ipip:
            break;
    }
    return "TUN";
}

source::Location place(const model::VirtualServer& service, const model::RealServer& server) {
    for (const keywords::KeywordId keyword : {"lvs_method"_kw, "lb_kind"_kw}) {
        if (const ast::Node* line = ast::last_valid(*server.node, keyword)) return line->head.where();
    }
    return place_in(*service.node, {"lvs_method"_kw, "lb_kind"_kw});
}

/// The first server that both have and forward to differently.
void compare(const ServiceOn& one, const ServiceOn& other) {
    for (const model::RealServer& server : one.service->real_servers) {
        const auto found = std::ranges::find_if(other.service->real_servers, [&](const model::RealServer& its) {
            return its.address == server.address && its.port == server.port;
        });
        if (found == other.service->real_servers.end()) continue;
        const std::string here = name_of(model::forwarding_of(*one.service, server));
        const std::string there = name_of(model::forwarding_of(*other.service, *found));
        if (here == there) continue;
        source::Finding& finding = report(
            *one.node, "cluster-lvs-forwarding", Severity::error, place(*one.service, server),
            fmt::format("lvs_method for {} of virtual_server {} is {} on {} and {} on {}: a real server is set up "
                        "for one of them, and by the other its answers never reach the client",
                        server.address.to_string(), title_of(*one.service), here, one.node->name, there,
                        other.node->name));
        add_note(finding, *other.node, place(*other.service, *found), fmt::format("{} on {}", there, other.node->name));
        return;
    }
}

void check(const Cluster& cluster) {
    for (const SharedService& service : pair_services(cluster)) {
        for (std::size_t i = 1; i < service.on.size(); ++i) compare(service.on.front(), service.on[i]);
    }
}

}  // namespace

extern const Rule cluster_lvs_forwarding{
    .page = {.id = "cluster-lvs-forwarding",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "Directors that forward to one real server by two methods",
             .detail = "A real server is set up for one method: with NAT its answers go back through the director, with"
                       " DR and TUN they go to the client directly, from a virtual address that the server itself has "
                       "(ipvsadm(8), packet-forwarding-method). By the other method its answers never reach the client."
                       " Write the same lvs_method (lb_kind) on all directors.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
