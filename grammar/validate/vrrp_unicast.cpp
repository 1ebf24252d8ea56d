#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for unicast and multicast: peers, source and group addresses, and routers that get in each other's way.
namespace lbctl::validate {

namespace {

using ast::Node;
using model::VrrpInstance;

constexpr RulePage pages[] = {
    {"unicast-without-peers", "vrrp", Severity::warning, "A unicast setting without unicast_peer",
     "keepalived reports it and sends multicast. Add unicast_peer, use mcast_src_ip for the source of multicast, or "
     "unicast_fault_no_peer if the instance shall rather stay down.",
     "unicast_src_ip 10.0.0.2"},
    {"unicast-fault-no-peer", "vrrp", Severity::warning, "unicast_fault_no_peer and no peer",
     "The instance stays in fault state; keepalived says so only in its log.", "unicast_fault_no_peer"},
    {"peer-family", "vrrp", Severity::error, "A peer or source address of another family",
     "All addresses of an instance are of one family, which the first one settles; keepalived drops the others.",
     "unicast_src_ip 10.0.0.2\nunicast_peer {\n    fd00::3\n}"},
    {"peer-repeated",
     "vrrp",
     Severity::error,
     "A unicast peer twice",
     "keepalived drops the second one (from 2.3.3 on).",
     "unicast_peer {\n    10.0.0.3\n    10.0.0.3\n}",
     {{{Severity::warning, "before 2.3.3, which takes both"}}}},
    {"peer-ttl-reversed", "vrrp", Severity::error, "min_ttl above max_ttl", "No packet of this peer would be taken.",
     "10.0.0.3 min_ttl 255 max_ttl 1"},
    {"unicast-ttl-without-peers", "vrrp", Severity::error, "unicast_ttl without unicast peers", "keepalived resets it.",
     "unicast_ttl 5"},
    {"multicast-with-unicast", "vrrp", Severity::error, "mcast_dst_ip in an instance with unicast peers",
     "keepalived passes over it.", ""},
    {"multicast-group-unusable", "vrrp", Severity::error, "mcast_dst_ip that is no multicast address",
     "IPv4 needs an address of 224.0.0.0/4, IPv6 a link-local one (ff02::/16). keepalived passes over the line.",
     "mcast_dst_ip 10.0.0.1"},
    {"router-id-conflict", "vrrp", Severity::error, "Two instances share router id, family and interface",
     "Their advertisements cannot be told apart; keepalived does not start VRRP. Give one of them another "
     "virtual_router_id.",
     "vrrp_instance a {\n    interface eth0\n    virtual_router_id 51\n}\nvrrp_instance b {\n    interface eth0\n"
     "    virtual_router_id 51\n}"},
};

constexpr keywords::Version reports_doubles{2, 3, 3};

const Node* first_unicast_setting(const VrrpInstance& instance) {
    for (const auto& child : instance.node->children) {
        if (child.keyword == nullptr) continue;
        const keywords::KeywordId id = child.keyword->id;
        if (id == "unicast_src_ip"_kw || id == "check_unicast_src"_kw || id == "old_unicast_checksum"_kw ||
            id == "unicast_peer"_kw) {
            return &child;
        }
    }
    return nullptr;
}

void check_peers(const Context& context, const VrrpInstance& instance) {
    std::map<IpAddress, const Node*> seen;
    for (const auto& peer : instance.peers) {
        if (!peer.fits_family) {
            auto& finding = context.report(
                "peer-family", Severity::error, ast::place(*peer.entry, 0),
                fmt::format("the instance is {}: keepalived drops this peer", to_string(instance.family)));
            add_note(finding, instance.family_from->head.where(), "settled here");
            continue;
        }
        const auto [found, fresh] = seen.emplace(peer.address, peer.entry);
        if (!fresh) {
            auto& finding = context.report("peer-repeated", since(context, reports_doubles, Severity::error),
                                           ast::place(*peer.entry, 0),
                                           fmt::format("{} is a peer already", peer.address.to_string()));
            add_note(finding, found->second->head.where(), "the first is here");
        }
        std::int64_t low = 0;
        std::int64_t high = 255;
        for (std::size_t word = 1; word + 1 < peer.entry->arguments.size(); word += 2) {
            if (ast::text(*peer.entry, word) == "min_ttl") low = ast::integer(*peer.entry, word + 1).value_or(low);
            if (ast::text(*peer.entry, word) == "max_ttl") high = ast::integer(*peer.entry, word + 1).value_or(high);
        }
        if (low > high) {
            context.report("peer-ttl-reversed", Severity::error, peer.entry->head.where(),
                           fmt::format("no packet has a TTL of at least {} and at most {}", low, high));
        }
    }
}

void check_sources(const Context& context, const VrrpInstance& instance) {
    for (const auto& child : instance.node->children) {
        if (child.keyword == nullptr || !child.valid) continue;
        const keywords::KeywordId id = child.keyword->id;
        if (id != "unicast_src_ip"_kw && id != "mcast_src_ip"_kw && id != "mcast_dst_ip"_kw) continue;
        const auto address = ast::plain_address(child, 0);
        if (!address) continue;
        if (address->family() != instance.family) {
            auto& finding = context.report(
                "peer-family", Severity::error, ast::place(child, 0),
                fmt::format("the instance is {}: keepalived passes over this address", to_string(instance.family)));
            if (instance.family_from != nullptr) add_note(finding, instance.family_from->head.where(), "settled here");
        }
        if (id != "mcast_dst_ip"_kw) continue;
        const bool usable =
            address->family() == Family::inet ? ast::is_multicast(*address) : ast::is_link_local_multicast(*address);
        if (!usable) {
            context.report("multicast-group-unusable", Severity::error, ast::place(child, 0),
                           fmt::format("{} is no {}multicast address", address->to_string(),
                                       address->family() == Family::inet6 ? "link-local " : ""));
        }
        if (instance.unicast()) {
            context.report("multicast-with-unicast", Severity::error, child.head.where(),
                           "an instance with unicast peers has no multicast group; keepalived passes over it");
        }
    }
}

void check_settings(const Context& context, const VrrpInstance& instance) {
    if (instance.unicast()) return;
    if (const auto* ttl = ast::last_valid(*instance.node, "unicast_ttl"_kw)) {
        context.report("unicast-ttl-without-peers", Severity::error, ttl->head.where(),
                       "there are no unicast peers; keepalived resets unicast_ttl");
    }
    if (const auto* line = ast::last_valid(*instance.node, "unicast_fault_no_peer"_kw)) {
        context.report("unicast-fault-no-peer", Severity::warning, line->head.where(),
                       "there are no unicast peers, so the instance stays in fault state");
        return;
    }
    // Peers that keepalived refuses have their own findings.
    for (const auto* peers : instance.node->all("unicast_peer"_kw)) {
        if (!peers->children.empty()) return;
    }
    const auto* setting = first_unicast_setting(instance);
    if (setting == nullptr) return;
    context.report("unicast-without-peers", Severity::warning, setting->head.where(),
                   fmt::format("{} stands here, but there are no unicast peers: keepalived sends multicast",
                               in_quotes(setting->name())));
}

std::optional<IpAddress> group_of(const VrrpInstance& instance, const model::VrrpGlobals& globals) {
    if (instance.multicast_group) return instance.multicast_group;
    return instance.family == Family::inet ? globals.group4 : globals.group6;
}

bool share_a_peer(const VrrpInstance& one, const VrrpInstance& other) {
    std::set<IpAddress> peers;
    for (const auto& peer : one.peers) {
        if (peer.fits_family) peers.insert(peer.address);
    }
    for (const auto& peer : other.peers) {
        if (peer.fits_family && peers.contains(peer.address)) return true;
    }
    return false;
}

/// How two instances of one router id stand to each other; nothing: they do not meet.
std::optional<Severity> conflict(const VrrpInstance& one, const VrrpInstance& other,
                                 const model::VrrpGlobals& globals) {
    if (one.family != other.family || one.unicast() != other.unicast()) return std::nullopt;
    if (!one.unicast()) {
        if (one.interface.empty() || one.interface != other.interface) return std::nullopt;
        if (group_of(one, globals) != group_of(other, globals)) return std::nullopt;
        return Severity::error;
    }
    if (!one.interface.empty() && !other.interface.empty() && one.interface != other.interface) return std::nullopt;
    if (!share_a_peer(one, other)) return std::nullopt;
    if (one.source && other.source) return one.source == other.source ? std::optional(Severity::error) : std::nullopt;
    // Without a source address that of the interface counts, which only the machine knows.
    if (!one.source && !other.source && one.interface == other.interface) return Severity::warning;
    return std::nullopt;
}

}  // namespace

std::span<const RulePage> unicast_pages() {
    return pages;
}

void check_unicast(const Context& context, const model::VrrpConfiguration& vrrp) {
    for (const auto& instance : vrrp.instances) {
        if (instance.duplicate_of != nullptr) continue;
        check_settings(context, instance);
        check_peers(context, instance);
        check_sources(context, instance);
    }
}

void check_vrid_conflicts(const Context& context, const model::VrrpConfiguration& vrrp) {
    using Key = std::pair<int, std::string_view>;  // router id and interface
    std::map<Key, std::vector<const VrrpInstance*>> by_id;
    constexpr std::size_t enough = 64;  // a hostile file may hold thousands of one id
    for (const auto& instance : vrrp.instances) {
        if (instance.duplicate_of != nullptr || !instance.vrid) continue;
        auto& others = by_id[{*instance.vrid, instance.unicast() ? std::string_view() : instance.interface}];
        for (const auto* other : others) {
            const auto severity = conflict(*other, instance, vrrp.globals);
            if (!severity) continue;
            const auto* line = ast::last_valid(*instance.node, "virtual_router_id"_kw);
            auto& finding = context.report(
                "router-id-conflict", *severity, line == nullptr ? instance.node->head.where() : ast::place(*line, 0),
                fmt::format("vrrp_instance {} has router id {} on the same interface ({})", in_quotes(other->name),
                            *instance.vrid, to_string(instance.family)));
            add_note(finding, other->node->head.where(), "the other instance");
            break;
        }
        if (others.size() < enough) others.push_back(&instance);
    }
}

}  // namespace lbctl::validate
