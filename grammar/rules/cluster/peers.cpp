#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

bool names(const Member& sender, const IpAddress& address) {
    return std::ranges::any_of(sender.instance->peers,
                               [&](const model::UnicastPeer& peer) { return peer.address == address; });
}

/// The first peer that is none of the members; null: there is none.
const model::UnicastPeer* stray_of(const Member& sender, const VirtualRouter& router) {
    for (const model::UnicastPeer& peer : sender.instance->peers) {
        const bool known = std::ranges::any_of(
            router.members, [&](const Member& member) { return member.instance->source == peer.address; });
        if (!known) return &peer;
    }
    return nullptr;
}

/// Members that do not name the receiver, although they could.
std::vector<Member> silent_to(const Member& receiver, const VirtualRouter& router) {
    std::vector<Member> silent;
    if (!receiver.instance->source || !receiver.instance->unicast()) return silent;
    for (const Member& sender : router.members) {
        if (sender.node == receiver.node || !sender.instance->unicast()) continue;
        if (sender.instance->source == receiver.instance->source) continue;  // told as such
        if (!names(sender, *receiver.instance->source)) silent.push_back(sender);
    }
    return silent;
}

/// Three nodes or more, and nobody names this one: its own address is the one that is wrong.
bool report_unknown_source(const Member& receiver, const std::vector<Member>& silent, const VirtualRouter& router) {
    if (silent.size() < 2 || silent.size() + 1 != router.members.size()) return false;
    const model::UnicastPeer* stray = stray_of(silent.front(), router);
    if (stray == nullptr) return false;
    source::Finding& finding = report(
        *receiver.node, "cluster-peers", Severity::error, place_of(receiver, "unicast_src_ip"_kw),
        fmt::format("unicast_src_ip {} of {} on {} is nobody's unicast_peer; the others send to {}, and {} never "
                    "hears them",
                    receiver.instance->source->to_string(), router.name(), receiver.node->name,
                    stray->address.to_string(), receiver.node->name));
    for (const Member& sender : silent) {
        const model::UnicastPeer* its = stray_of(sender, router);
        add_note(finding, *sender.node,
                 its == nullptr ? place_of(sender, "unicast_peer"_kw) : ast::place(*its->entry, 0),
                 fmt::format("{} sends here", sender.node->name));
    }
    return true;
}

void report_silent(const Member& sender, const Member& receiver, const VirtualRouter& router) {
    const model::UnicastPeer* stray = stray_of(sender, router);
    const std::string address = receiver.instance->source->to_string();
    source::Finding& finding = report(
        *sender.node, "cluster-peers", Severity::error,
        stray == nullptr ? place_of(sender, "unicast_peer"_kw) : ast::place(*stray->entry, 0),
        fmt::format(
            "unicast_peer of {} on {} {} {}, the unicast_src_ip of {}: {} never hears {}, and both can be MASTER",
            router.name(), sender.node->name,
            stray == nullptr ? std::string("lacks") : fmt::format("has {} and not", stray->address.to_string()),
            address, receiver.node->name, receiver.node->name, sender.node->name));
    add_note(finding, *receiver.node, place_of(receiver, "unicast_src_ip"_kw),
             fmt::format("{} sends from {} and listens there", receiver.node->name, address));
}

/// Without unicast_src_ip the address of a node is not in the file, but the number of peers is.
void report_too_few(const Member& sender, const VirtualRouter& router) {
    const bool all_known =
        std::ranges::all_of(router.members, [](const Member& member) { return member.instance->source.has_value(); });
    const bool all_unicast =
        std::ranges::all_of(router.members, [](const Member& member) { return member.instance->unicast(); });
    const std::size_t others = router.members.size() - 1;
    if (all_known || !all_unicast || sender.instance->peers.size() >= others) return;
    report(*sender.node, "cluster-peers", Severity::error, place_of(sender, "unicast_peer"_kw),
           fmt::format("unicast_peer of {} on {} has {} of {} other nodes: those that are not there never hear it, and "
                       "become MASTER, too",
                       router.name(), sender.node->name, sender.instance->peers.size(), others));
}

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        for (const Member& receiver : router.members) {
            const std::vector<Member> silent = silent_to(receiver, router);
            if (report_unknown_source(receiver, silent, router)) continue;
            for (const Member& sender : silent) report_silent(sender, receiver, router);
        }
        for (const Member& sender : router.members) report_too_few(sender, router);
    }
}

}  // namespace

extern const Rule cluster_peers{
    .page = {.id = "cluster-peers",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "A node that does not send to another node of its virtual router",
             .detail = "With unicast_peer a node sends its advertisements to those addresses only. A node that is not "
                       "among them, under its unicast_src_ip, never hears it: it becomes MASTER beside it whenever it "
                       "thinks it has to. Every node names all others, by the address that is their unicast_src_ip "
                       "(keepalived.conf(5) unicast_peer).",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
