#include "grammar/model/lvs.h"

#include <algorithm>
#include <unordered_set>

#include "grammar/ast/argument_values.h"
#include "grammar/model/lvs_file_check.h"

#include "grammar/keywords/argument_pattern.h"

namespace lbctl::model {

namespace {

void add_entry(VirtualServerGroup& group, const ast::Node& node) {
    if (!node.valid || node.arguments.empty()) return;
    std::optional<Family> family;
    if (ast::text(node, 0) == "fwmark") {
        const auto mark = ast::fwmark(ast::text(node, 1));
        if (!mark) return;
        if (ast::text(node, 2) == "inet") family = Family::inet;
        if (ast::text(node, 2) == "inet6") family = Family::inet6;
        group.has_fwmark = true;
        group.has_fwmark_without_family = group.has_fwmark_without_family || !family;
        group.entries.push_back({&node, GroupFwmark{*mark, family}});
    } else {
        const auto number = ast::port(node, 1);
        const auto range = ast::address_range(ast::text(node, 0));
        if (!number || !range) return;
        family = range->first.family();
        group.has_addresses = true;
        group.entries.push_back({&node, GroupAddresses{range->first, range->last, *number}});
    }
    group.has_inet = group.has_inet || family == Family::inet;
    group.has_inet6 = group.has_inet6 || family == Family::inet6;
}

void add_group(Lvs& lvs, const ast::Node& node) {
    VirtualServerGroup group{.node = &node, .name = ast::text(node, 0)};
    for (const ast::Node& child : node.children) add_entry(group, child);
    lvs.groups.push_back(std::move(group));
}

/// The words after a name in a line of pairs: "id 5 port 8848".
std::optional<std::int64_t> number_after(const ast::Node& node, std::string_view name) {
    for (std::size_t i = 1; i + 1 < node.arguments.size(); ++i) {
        if (ast::text(node, i) == name) return ast::integer(node, i + 1);
    }
    return std::nullopt;
}

std::string_view word_after(const ast::Node& node, std::string_view name) {
    for (std::size_t i = 0; i + 1 < node.arguments.size(); ++i) {
        if (ast::text(node, i) == name) return ast::text(node, i + 1);
    }
    return {};
}

bool is_sync_daemon_option(std::string_view word) {
    return std::ranges::any_of(keywords::words_of("lvs_sync_daemon-option"),
                               [&](const keywords::ValueWord* option) { return option->word == word; });
}

/// virtual_router_id of the instance with that name.
std::optional<std::uint32_t> router_id_of(const ast::Node& root, std::string_view instance) {
    for (const ast::Node* node : root.all("vrrp_instance"_kw)) {
        if (!node->valid || text(*node, 0) != instance) continue;
        const ast::Node* id = last_valid(*node, "virtual_router_id"_kw);
        const auto number = id == nullptr ? std::nullopt : integer(*id, 0);
        return number ? static_cast<std::uint32_t>(*number) : 0;
    }
    return std::nullopt;
}

void read_sync_daemon(Lvs& lvs, const ast::Node& node) {
    SyncDaemonSetting daemon;
    daemon.node = &node;
    daemon.interface = ast::text(node, 0);
    daemon.instance = word_after(node, "inst");
    std::optional<std::int64_t> id = number_after(node, "id");
    // The old form: IFNAME INSTANCE [ID].
    if (const std::string_view second = ast::text(node, 1); !second.empty() && !is_sync_daemon_option(second)) {
        daemon.instance = second;
        if (!id) id = ast::integer(node, 2);
    }
    if (id) daemon.id = static_cast<std::uint32_t>(*id);
    daemon.max_length = static_cast<std::uint16_t>(number_after(node, "maxlen").value_or(0));
    daemon.port = static_cast<std::uint16_t>(number_after(node, "port").value_or(0));
    daemon.ttl = static_cast<std::uint8_t>(number_after(node, "ttl").value_or(0));
    daemon.group = ast::plain_address(word_after(node, "group"));
    lvs.sync_daemon = std::move(daemon);
}

/// Number pairs in any order; what is not named stays as it was, and of a line with faults the rest counts.
void read_timeouts(Lvs& lvs, const ast::Node& node) {
    constexpr auto longest = std::int64_t{31} * 24 * 60 * 60;
    const auto take = [&node](std::size_t index, std::uint32_t& into) {
        const auto seconds = ast::integer(node, index);
        if (seconds && *seconds >= 0 && *seconds <= longest) into = static_cast<std::uint32_t>(*seconds);
    };
    for (std::size_t i = 0; i + 1 < node.arguments.size(); ++i) {
        if (ast::text(node, i) == "tcp") take(++i, lvs.timeouts.tcp);
        if (ast::text(node, i) == "tcpfin") take(++i, lvs.timeouts.tcp_fin);
        if (ast::text(node, i) == "udp") take(++i, lvs.timeouts.udp);
    }
}

void read_globals(Lvs& lvs, const ast::Node& globals) {
    for (const ast::Node& child : globals.children) {
        if (child.keyword == nullptr) continue;
        const keywords::KeywordId id = child.keyword->id;
        if (id == "lvs_timeouts"_kw) read_timeouts(lvs, child);
        if (!child.valid) continue;
        if (id == "lvs_sync_daemon"_kw) {
            read_sync_daemon(lvs, child);
        } else if (id == "lvs_flush"_kw) {
            lvs.flush = true;
        } else if (id == "nftables_ipvs"_kw) {
            lvs.nftables_marks = NftablesMarks{};
        } else if (id == "nftables_ipvs_start_fwmark"_kw) {
            if (!lvs.nftables_marks) lvs.nftables_marks = NftablesMarks{};
            lvs.nftables_marks->start = static_cast<std::uint32_t>(ast::integer(child, 0).value_or(1000));
        }
    }
}

}  // namespace

Lvs bind_lvs(const ast::Node& root) {
    Lvs lvs;
    for (const ast::Node& node : root.children) {
        if (node.keyword == nullptr || !node.valid) continue;
        const keywords::KeywordId id = node.keyword->id;
        if (id == "global_defs"_kw) read_globals(lvs, node);
        if (id == "net_namespace_ipvs"_kw) lvs.net_namespace = ast::text(node, 0);
        if (id == "virtual_server_group"_kw) add_group(lvs, node);
    }
    std::unordered_set<std::string_view> names;
    for (VirtualServerGroup& group : lvs.groups) {
        if (group.is_usable()) group.is_repeated = !names.insert(group.name).second;
    }
    lvs.track_files = track_files_of(root);
    if (lvs.sync_daemon && !lvs.sync_daemon->instance.empty()) {
        lvs.sync_daemon->router_id = router_id_of(root, lvs.sync_daemon->instance);
    }
    return lvs;
}

Groups groups_of(const Lvs& lvs) {
    Groups groups;
    for (const VirtualServerGroup& group : lvs.groups) {
        if (group.is_usable()) groups.emplace(group.name, &group);
    }
    return groups;
}

}  // namespace lbctl::model
