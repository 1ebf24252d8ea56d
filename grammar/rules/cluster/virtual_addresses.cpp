#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

using Addresses = std::map<IpAddress, const model::VirtualAddress*>;

Addresses addresses_of(const Member& member) {
    Addresses addresses;
    for (const model::VirtualAddress& address : member.instance->addresses) {
        if (address.fits_family || address.excluded) addresses.emplace(address.address.address, &address);
    }
    return addresses;
}

void report_missing(const VirtualRouter& router, const std::vector<Addresses>& all) {
    std::vector<std::string> parts;
    const Member* first = nullptr;
    const ast::Node* entry = nullptr;
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::vector<std::string> here;
        const ast::Node* its = nullptr;
        for (const auto& each : all[i]) {
            const auto& address = each.first;
            const auto& line = each.second;
            const bool shared =
                std::ranges::all_of(all, [&](const Addresses& other) { return other.contains(address); });
            if (shared) continue;
            // Of an address that several nodes have only the first speaks.
            const auto owner =
                std::ranges::find_if(all, [&](const Addresses& other) { return other.contains(address); });
            if (owner - all.begin() != static_cast<std::ptrdiff_t>(i)) continue;
            here.push_back(address.to_string());
            if (its == nullptr) its = line->entry;
        }
        if (here.empty()) continue;
        parts.push_back(fmt::format("{} on {}", joined(here), router.members[i].node->name));
        if (first == nullptr) {
            first = &router.members[i];
            entry = its;
        }
    }
    if (first == nullptr) return;
    source::Finding& finding = report(
        *first->node, "cluster-virtual-addresses", Severity::error, ast::place(*entry, 0),
        fmt::format("not all nodes of {} have the same virtual addresses (virtual_ipaddress): only {}; clients of an "
                    "address lose it when it is not on the master",
                    router.name(), fmt::join(parts, ", only ")));
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (router.members[i].node == first->node) continue;
        std::vector<std::string> texts;
        for (const auto& [address, line] : all[i]) texts.push_back(address.to_string());
        add_note(finding, *router.members[i].node, place_of(router.members[i], "virtual_ipaddress"_kw),
                 fmt::format("{} has {}", router.members[i].node->name, texts.empty() ? "none" : joined(texts)));
    }
}

void report_excluded(const VirtualRouter& router, const std::vector<Addresses>& all) {
    for (const auto& [address, line] : all.front()) {
        for (std::size_t i = 1; i < all.size(); ++i) {
            const auto found = all[i].find(address);
            if (found == all[i].end() || found->second->excluded == line->excluded) continue;
            const auto block = [](const model::VirtualAddress& its) {
                return its.excluded ? "virtual_ipaddress_excluded" : "virtual_ipaddress";
            };
            const Member& first = router.members.front();
            const Member& other = router.members[i];
            source::Finding& finding =
                report(*first.node, "cluster-virtual-addresses", Severity::warning, ast::place(*line->entry, 0),
                       fmt::format("{} of {} stands in {} on {} and in {} on {}: the adverts name another number of "
                                   "addresses, which keepalived before 2.4 does not take",
                                   address.to_string(), router.name(), block(*line), first.node->name,
                                   block(*found->second), other.node->name));
            add_note(finding, *other.node, ast::place(*found->second->entry, 0),
                     fmt::format("here on {}", other.node->name));
            return;
        }
    }
}

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        if (router.members.size() < 2) continue;
        std::vector<Addresses> all;
        for (const Member& member : router.members) all.push_back(addresses_of(member));
        report_missing(router, all);
        report_excluded(router, all);
    }
}

}  // namespace

extern const Rule cluster_virtual_addresses{
    .page = {.id = "cluster-virtual-addresses",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "Nodes of one virtual router with other virtual addresses",
             .detail = "An address that only some nodes have is gone when the others are master. keepalived before 2.4 "
                       "also throws away an advertisement with other addresses than its own (RFC 3768 section 7.1), so "
                       "that both become MASTER; 2.4 only logs it. Order, prefix, interface and label may differ. An "
                       "address in virtual_ipaddress on one node and in virtual_ipaddress_excluded on another is a "
                       "warning.",
             .example = "",
             .others = {{{Severity::warning, "for an address that one node only excludes"}}},
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
