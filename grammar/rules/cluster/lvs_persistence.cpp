#include <fmt/format.h>

#include <string>

#include "grammar/model/lvs_effective.h"
#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/services.h"

namespace lbctl::rules {

namespace {

std::string value(const model::VirtualServer& service) {
    const auto seconds = model::persistence_of(service);
    if (!seconds) return "not set";
    std::string text = fmt::format("{} s", *seconds);
    if (service.granularity) text += fmt::format(" with netmask 0x{:x}", service.granularity->mask);
    if (!service.persistence_engine.empty()) text += fmt::format(" with engine {}", service.persistence_engine);
    return text;
}

void check(const Cluster& cluster) {
    constexpr SharedSetting setting{
        "cluster-lvs-persistence", Severity::warning, "persistence_timeout"_kw, {}, "sessions break after a failover"};
    for (const SharedService& service : pair_services(cluster)) {
        report_other_services(service, setting,
                              {"persistence_timeout"_kw, "persistence_granularity"_kw, "persistence_engine"_kw}, value);
    }
}

}  // namespace

extern const Rule cluster_lvs_persistence{
    .page = {.id = "cluster-lvs-persistence",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "Directors that keep clients on their servers differently",
             .detail = "With persistence_timeout a client stays on the server of its last connection (ipvsadm(8) "
                       "--persistent). When directors differ in the time, the netmask or the engine, sessions break "
                       "after a failover. Write the same on all directors.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
