#include "grammar/ast/argument_values.h"
#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

bool is_on(const Member& member) {
    const model::VrrpInstance& instance = *member.instance;
    if (instance.version != 3 || instance.family != Family::inet) return false;
    const ast::Node* line = line_of(member, "v3_checksum_as_v2"_kw, "v3_checksum_as_v2"_kw);
    return line != nullptr && ast::switched_on(*line);
}

void check(const Cluster& cluster) {
    constexpr SharedSetting setting{
        "cluster-checksum", Severity::error, "v3_checksum_as_v2"_kw, "v3_checksum_as_v2"_kw,
        "each throws the adverts of the other away for their checksum, so that both can be MASTER"};
    for (const VirtualRouter& router : cluster.routers) report_flag_of_some(router, setting, is_on);
}

}  // namespace

extern const Rule cluster_checksum{
    .page = {.id = "cluster-checksum",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "v3_checksum_as_v2 on some nodes of a virtual router only",
             .detail = "With v3_checksum_as_v2 the checksum of a version 3 advertisement leaves out the pseudo header "
                       "that RFC 9568 section 5.2.8 counts in. A node with it and one without throw each other's "
                       "advertisements away (vrrp_check_packet in vrrp.c), so both are MASTER whenever the one that "
                       "sends is to be preferred by the other. Set it on all nodes or on none.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
