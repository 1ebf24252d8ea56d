#include <fmt/format.h>

#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        for (std::size_t i = 0; i < router.members.size(); ++i) {
            for (std::size_t j = i + 1; j < router.members.size(); ++j) {
                const Member& one = router.members[i];
                const Member& other = router.members[j];
                if (!one.instance->source || one.instance->source != other.instance->source) continue;
                const auto keyword = [](const Member& member) {
                    return line_of(member, "unicast_src_ip"_kw) != nullptr ? "unicast_src_ip"_kw : "mcast_src_ip"_kw;
                };
                source::Finding& finding =
                    report(*one.node, "cluster-source", Severity::error, place_of(one, keyword(one)),
                           fmt::format("both {} and {} have {} {} in {}: it can be the address of one of the two only",
                                       one.node->name, other.node->name, keyword(one).text,
                                       one.instance->source->to_string(), router.name()));
                add_note(finding, *other.node, place_of(other, keyword(other)),
                         fmt::format("the same on {}", other.node->name));
            }
        }
    }
}

}  // namespace

extern const Rule cluster_source{
    .page = {.id = "cluster-source",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "Two nodes with one source address",
             .detail = "unicast_src_ip and mcast_src_ip are the node's own address. Two nodes cannot have the same: on "
                       "one of them keepalived cannot bind to it or sends with a foreign source, and takes the other's "
                       "advertisements for its own. Mostly the file was copied. Write the address of the machine.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
