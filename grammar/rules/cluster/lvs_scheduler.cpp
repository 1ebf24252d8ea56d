#include <fmt/format.h>

#include <string>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/services.h"

namespace lbctl::rules {

namespace {

std::string value(const model::VirtualServer& service) {
    std::string text(service.scheduler.empty() ? model::default_scheduler : service.scheduler);
    if (service.scheduler_flags != 0) text += fmt::format(" with flags 0x{:x}", service.scheduler_flags);
    if (service.one_packet) text += " with ops";
    return text;
}

void check(const Cluster& cluster) {
    constexpr SharedSetting setting{
        "cluster-lvs-scheduler", Severity::warning, "lvs_sched"_kw, {}, "clients meet other servers after a failover"};
    for (const SharedService& service : pair_services(cluster)) {
        report_other_services(service, setting, {"lvs_sched"_kw, "lb_algo"_kw}, value);
    }
}

}  // namespace

extern const Rule cluster_lvs_scheduler{
    .page = {.id = "cluster-lvs-scheduler",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "Directors that schedule one service differently",
             .detail = "After a failover, and where connections are synchronised before it, clients meet other servers "
                       "than before (ipvsadm(8) --scheduler). Write the same lvs_sched with the same flags on all "
                       "directors.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
