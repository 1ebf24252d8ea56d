#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/rules/cluster/services.h"

namespace lbctl::rules {

namespace {

/// Empty: it is that of an instance that is not there.
std::string id_of(const model::SyncDaemonSetting& daemon) {
    if (daemon.id) return std::to_string(*daemon.id);
    if (daemon.instance.empty()) return "0";
    return daemon.router_id ? std::to_string(*daemon.router_id) : std::string();
}

std::string group_of(const model::SyncDaemonSetting& daemon) {
    return daemon.group ? daemon.group->to_string() : std::string("224.0.0.81");
}

unsigned port_of(const model::SyncDaemonSetting& daemon) {
    constexpr unsigned usual = 8848;  // of the kernel
    return daemon.port == 0 ? usual : daemon.port;
}

/// What differs; empty: nothing.
std::string difference(const ClusterNode& one, const ClusterNode& other) {
    const model::SyncDaemonSetting& here = *one.lvs.sync_daemon;
    const model::SyncDaemonSetting& there = *other.lvs.sync_daemon;
    const auto text = [&](std::string_view what, const auto& its, const auto& others) {
        return fmt::format("has {} {} on {} and {} on {}", what, its, one.name, others, other.name);
    };
    const std::string id = id_of(here);
    const std::string others_id = id_of(there);
    if (!id.empty() && !others_id.empty() && id != others_id) return text("id", id, others_id);
    if (port_of(here) != port_of(there)) return text("port", port_of(here), port_of(there));
    if (group_of(here) != group_of(there)) return text("group", group_of(here), group_of(there));
    return {};
}

void compare(const ClusterNode& node, const ClusterNode& other) {
    const auto place = [](const ClusterNode& each) { return each.lvs.sync_daemon->node->head.where(); };
    if (!other.lvs.sync_daemon) {
        report(node, "cluster-sync-daemon", Severity::warning, place(node),
               fmt::format(
                   "lvs_sync_daemon runs on {} only, there is no sync daemon on {}: what one sends, nobody receives",
                   node.name, other.name));
        return;
    }
    const std::string what = difference(node, other);
    if (what.empty()) return;
    source::Finding& finding =
        report(node, "cluster-sync-daemon", Severity::warning, place(node),
               fmt::format("lvs_sync_daemon {}: neither takes the connections that the other sends", what));
    add_note(finding, other, place(other), fmt::format("that of {}", other.name));
}

void check(const Cluster& cluster) {
    for (const auto& nodes : companions(cluster)) {
        const auto first =
            std::ranges::find_if(nodes, [](const ClusterNode* node) { return node->lvs.sync_daemon.has_value(); });
        if (first == nodes.end()) continue;
        for (const ClusterNode* node : nodes) {
            if (node != *first) compare(**first, *node);
        }
    }
}

}  // namespace

extern const Rule cluster_sync_daemon{
    .page = {.id = "cluster-sync-daemon",
             .family = "cluster",
             .severity = Severity::warning,
             .summary = "Sync daemons of two nodes that do not hear each other",
             .detail = "lvs_sync_daemon sends the connections of the master to the backups, so that they survive a "
                       "failover. A backup passes over messages of another id (ip_vs_sync.c of the kernel), of another "
                       "port and another multicast group. Without a daemon on the other node nobody receives them. The "
                       "interface may differ. Without `id' keepalived takes the virtual_router_id of the instance, or "
                       "0 where there is "
                       "none.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
