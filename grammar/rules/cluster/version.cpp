#include <string>

#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

std::string value(const Member& member) {
    return std::to_string(member.instance->version);
}

void check(const Cluster& cluster) {
    constexpr SharedSetting setting{"cluster-version", Severity::error, "version"_kw, "vrrp_version"_kw,
                                    "adverts of another version are thrown away, and both become MASTER"};
    for (const VirtualRouter& router : cluster.routers) report_other_values(router, setting, value);
}

}  // namespace

extern const Rule cluster_version{
    .page = {.id = "cluster-version",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "Nodes of one virtual router that speak two versions of VRRP",
             .detail = "keepalived throws away an advertisement of another version than its own (vrrp_check_packet in "
                       "vrrp.c), so both nodes become MASTER. The version is that of `version' in the instance, 3 for "
                       "IPv6, else vrrp_version of global_defs, else 2. Write it the same on all nodes.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
