#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/services.h"

namespace lbctl::rules {

namespace {

std::string title(const model::RealServer& server) {
    return fmt::format("{} {}", server.address.to_string(), server.port);
}

/// Servers that the other does not have.
std::vector<const model::RealServer*> only_on(const ServiceOn& one, const ServiceOn& other) {
    std::vector<const model::RealServer*> only;
    for (const model::RealServer& server : one.service->real_servers) {
        const bool shared = std::ranges::any_of(other.service->real_servers, [&](const model::RealServer& its) {
            return its.address == server.address && its.port == server.port;
        });
        if (!shared) only.push_back(&server);
    }
    return only;
}

/// True when it spoke.
bool compare(const ServiceOn& one, const ServiceOn& other) {
    const auto only = only_on(one, other);
    if (only.empty()) return false;
    const auto others = only_on(other, one);
    std::vector<std::string> names;
    for (const model::RealServer* server : only) names.push_back(title(*server));
    std::vector<std::string> other_names;
    for (const model::RealServer* server : others) other_names.push_back(title(*server));
    source::Finding& finding = report(
        *one.node, "cluster-lvs-real-server", Severity::warning, only.front()->node->head.where(),
        fmt::format(
            "real_server {} of virtual_server {} is on {} only{}: after a failover it gets no connections",
            joined(names), title_of(*one.service), one.node->name,
            others.empty() ? std::string() : fmt::format(", where {} has {}", other.node->name, joined(other_names))));
    add_note(finding, *other.node, (others.empty() ? other.service->node : others.front()->node)->head.where(),
             fmt::format("the service on {}", other.node->name));
    return true;
}

std::string sorry_server(const model::VirtualServer& service) {
    if (!service.sorry_server) return "not set";
    return fmt::format("{} {}", service.sorry_server->address.to_string(), service.sorry_server->port);
}

void check(const Cluster& cluster) {
    constexpr SharedSetting setting{"cluster-lvs-real-server",
                                    Severity::warning,
                                    "sorry_server"_kw,
                                    {},
                                    "what clients meet while all servers are down depends on the director"};
    for (const SharedService& service : pair_services(cluster)) {
        for (std::size_t i = 1; i < service.on.size(); ++i) {
            if (!compare(service.on.front(), service.on[i])) compare(service.on[i], service.on.front());
        }
        report_other_services(service, setting, {"sorry_server"_kw}, sorry_server);
    }
}

}  // namespace

extern const Rule cluster_lvs_real_server{
    .page = {.id = "cluster-lvs-real-server",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "A real server that only some directors know",
             .detail = "After a failover the server gets no connections, and clients that were on it lose theirs. "
                       "Directors that take each other's place need the same real servers, and the same sorry_server.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
