#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

std::string value(const Member& member) {
    const ast::Node* line = line_of(member, "garp_master_refresh"_kw, "vrrp_garp_master_refresh"_kw);
    const std::int64_t seconds = line == nullptr ? 0 : ast::integer(*line, 0).value_or(0);
    return seconds == 0 ? std::string("not set") : fmt::format("{} s", seconds);
}

void check(const Cluster& cluster) {
    constexpr SharedSetting setting{"cluster-garp-refresh", Severity::info, "garp_master_refresh"_kw,
                                    "vrrp_garp_master_refresh"_kw,
                                    "what the repeated gratuitous ARP cures on one node comes back after a failover, "
                                    "as the other does not do the same"};
    for (const VirtualRouter& router : cluster.routers) report_other_values(router, setting, value);
}

}  // namespace

extern const Rule cluster_garp_refresh{
    .page = {.id = "cluster-garp-refresh",
             .family = "cluster",
             .severity = Severity::info,
             .summary = "Nodes of one virtual router that repeat their gratuitous ARP differently",
             .detail = "garp_master_refresh makes a master repeat its gratuitous ARP (keepalived.conf(5)), mostly for "
                       "switches or hosts that forget. They forget after a failover, too: the other node needs the same"
                       " setting.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
