#include <cstdint>
#include <string>
#include <string_view>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

std::string value(const Member& member) {
    constexpr std::string_view usual = "3 (the default)";
    if (member.instance->strict) return std::string(usual);
    const ast::Node* line = line_of(member, "down_timer_adverts"_kw, "vrrp_down_timer_adverts"_kw);
    if (line == nullptr) return std::string(usual);
    const std::int64_t number = ast::integer(*line, 0).value_or(3);
    return number == 3 ? std::string(usual) : std::to_string(number);
}

void check(const Cluster& cluster) {
    constexpr SharedSetting setting{"cluster-down-timer", Severity::warning, "down_timer_adverts"_kw,
                                    "vrrp_down_timer_adverts"_kw,
                                    "all routers of a virtual router must wait for the same number of adverts"};
    for (const VirtualRouter& router : cluster.routers) report_other_values(router, setting, value);
}

}  // namespace

extern const Rule cluster_down_timer{
    .page = {.id = "cluster-down-timer",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "Nodes of one virtual router that wait for another number of advertisements",
             .detail = "keepalived.conf(5) asks for one value of down_timer_adverts on all routers of a virtual router."
                       " A node that waits for fewer takes the address while another still waits for the master, and "
                       "how long a failover takes depends on the node. Write the number in the instance, or as "
                       "vrrp_down_timer_adverts in global_defs, the same on all nodes.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
