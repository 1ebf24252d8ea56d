#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        std::vector<Member> owners;
        std::ranges::copy_if(router.members, std::back_inserter(owners),
                             [](const Member& member) { return member.instance->is_address_owner(); });
        if (owners.size() < 2) continue;
        const Member& first = owners.front();
        const auto place = [](const Member& member) {
            return place_of(member, member.instance->priority_written ? "priority"_kw : "state"_kw);
        };
        const auto why = [](const Member& member) {
            return member.instance->priority_written ? "" : " (state MASTER without priority)";
        };
        source::Finding& finding =
            report(*first.node, "cluster-owner", Severity::error, place(first),
                   fmt::format("{} has priority 255, that of the owner of the address, on both {}{} and {}{}: only one "
                               "node can own it, and both are MASTER for a while at every start",
                               router.name(), first.node->name, why(first), owners[1].node->name, why(owners[1])));
        for (std::size_t i = 1; i < owners.size(); ++i) {
            add_note(finding, *owners[i].node, place(owners[i]),
                     fmt::format("{} is an owner, too", owners[i].node->name));
        }
    }
}

}  // namespace

extern const Rule cluster_owner{
    .page = {.id = "cluster-owner",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "Two nodes that own one virtual address",
             .detail = "Priority 255 says that the node is the owner of the address, of which there can be one (RFC "
                       "9568 section 5.2.4). keepalived logs two owners as a configuration error, and at every start "
                       "both hold the address for a while. An instance with `state MASTER' and without `priority' has "
                       "255, too. Give 255 to one node at most.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
