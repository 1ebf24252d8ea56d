#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"
#include "grammar/validate/lvs_names.h"

namespace lbctl::rules {

namespace {

using model::Protocol;

/// Services of the kernel that a virtual server asks for: a run of addresses with one port, or a mark.
struct Claim {
    bool is_mark = false;
    Family family = Family::inet;
    Protocol protocol = Protocol::udp;  ///< the kernel has none for marks
    std::uint32_t number = 0;           ///< the port or the mark
    IpAddress first;
    IpAddress last;
    std::size_t service = 0;  ///< its place among the services
    source::Location where;
    std::string_view group;  ///< empty: none

    [[nodiscard]] auto kind() const { return std::tuple(is_mark, family, protocol, number); }
};

Claim claim_of_mark(std::uint32_t mark, Family family) {
    Claim claim;
    claim.is_mark = true;
    claim.family = family;
    claim.number = mark;
    return claim;
}

Claim claim_of_run(const IpAddress& first, const IpAddress& last, std::uint16_t port, Protocol protocol) {
    Claim claim;
    claim.family = first.family();
    claim.protocol = protocol;
    claim.number = port;
    claim.first = first;
    claim.last = last;
    return claim;
}

bool clashes(const ServiceSummary& service, const model::VirtualServerGroup& group) {
    return service.family && (*service.family == Family::inet ? group.has_inet6 : group.has_inet);
}

std::vector<Claim> claims_of(const Whole& whole) {
    const model::Groups groups = model::groups_of(whole.lvs);
    std::vector<Claim> claims;
    for (std::size_t i = 0; i < whole.services.size(); ++i) {
        const ServiceSummary& service = whole.services[i];
        if (!service.has_servers) continue;
        // Without a protocol keepalived takes UDP.
        const Protocol protocol = service.protocol.value_or(Protocol::udp);
        const auto add = [&](Claim claim, const source::Location& where, std::string_view group) {
            claim.service = i;
            claim.where = where;
            claim.group = group;
            claims.push_back(claim);
        };
        if (const auto* address = std::get_if<model::AddressHead>(&service.head)) {
            add(claim_of_run(address->address, address->address, address->port, protocol), service.where, {});
        } else if (const auto* mark = std::get_if<model::FwmarkHead>(&service.head)) {
            if (mark->mark == 0) continue;  // told
            add(claim_of_mark(mark->mark, service.family.value_or(Family::inet)), service.where, {});
        } else {
            const auto found = groups.find(std::get<std::string>(service.head));
            if (found == groups.end() || clashes(service, *found->second)) continue;
            const model::VirtualServerGroup& group = *found->second;
            const Family usual = group.has_inet6 && !group.has_inet ? Family::inet6 : Family::inet;
            for (const model::GroupEntry& entry : group.entries) {
                if (const auto* run = std::get_if<model::GroupAddresses>(&entry.what)) {
                    add(claim_of_run(run->first, run->last, run->port, protocol), entry.node->head.where(), group.name);
                } else {
                    const auto& fwmark = std::get<model::GroupFwmark>(entry.what);
                    add(claim_of_mark(fwmark.mark, fwmark.family.value_or(service.family.value_or(usual))),
                        entry.node->head.where(), group.name);
                }
            }
        }
    }
    return claims;
}

/// What both ask for: "firewall mark 5", "TCP 10.0.0.1 port 80".
std::string label_of(const Claim& one, const Claim& other) {
    if (one.is_mark) return fmt::format("firewall mark {}", one.number);
    const IpAddress first = std::max(one.first, other.first);
    const IpAddress last = std::min(one.last, other.last);
    const std::string run =
        first == last ? first.to_string() : fmt::format("{} to {}", first.to_string(), last.to_string());
    return fmt::format("{} {} port {}", validate::to_string(one.protocol), run, one.number);
}

std::string origin_of(const Claim& claim) {
    return claim.group.empty() ? "a virtual server of its own" : fmt::format("group `{}'", claim.group);
}

std::string origins_of(const Claim& earlier, const Claim& later) {
    if (earlier.group.empty() && later.group.empty()) return "two virtual servers";
    return fmt::format("{} and by {}", origin_of(earlier), origin_of(later));
}

/// Two virtual servers with one head and protocol have a finding of their own, and so have those of one group.
bool is_told(const Whole& whole, const Claim& one, const Claim& other) {
    if (one.service == other.service || one.group != other.group) return false;
    // keepalived counts the uses of a group's lines, and its marks are for all protocols.
    if (!one.group.empty()) return true;
    return whole.services[one.service].protocol == whole.services[other.service].protocol;
}

void report(const Whole& whole, const Claim& one, const Claim& other) {
    const bool swapped =
        std::tuple(other.service, other.where.range.begin) < std::tuple(one.service, one.where.range.begin);
    const Claim& earlier = swapped ? other : one;
    const Claim& later = swapped ? one : other;
    const std::string label = label_of(one, other);
    // Inside a group all lines have the same servers: nothing is lost before one of the lines goes.
    const bool same_group = one.service == other.service;
    auto& finding =
        same_group
            ? whole.context.report(
                  "service-from-two-places", Severity::warning, later.where,
                  fmt::format("{} is in {} twice: the kernel has one service for both lines, and it goes when "
                              "either line is removed",
                              label, origin_of(later)))
            : whole.context.report(
                  "service-from-two-places", Severity::error, later.where,
                  fmt::format("{} is asked for twice, by {}: the kernel has one service for both, with the options of "
                              "the first and the real servers of both mixed",
                              label, origins_of(earlier, later)));
    finding.notes.push_back({earlier.where.range, fmt::format("the first is here ({})", origin_of(earlier))});
}

void check(const Whole& whole) {
    // Equal heads are told elsewhere; what remains takes a group, or a protocol that is not written.
    const bool may_meet = std::ranges::any_of(whole.services, [](const ServiceSummary& service) {
        return std::holds_alternative<std::string>(service.head) || !service.protocol;
    });
    if (!may_meet) return;
    std::vector<Claim> claims = claims_of(whole);
    std::ranges::stable_sort(claims, [](const Claim& one, const Claim& other) {
        return std::tuple(one.kind(), one.first) < std::tuple(other.kind(), other.first);
    });
    const Claim* reaching = nullptr;  // of the claims so far of this kind the one that reaches furthest
    for (const Claim& claim : claims) {
        const bool same_kind = reaching != nullptr && reaching->kind() == claim.kind();
        if (same_kind && claim.first <= reaching->last && !is_told(whole, *reaching, claim)) {
            report(whole, *reaching, claim);
        }
        if (!same_kind || claim.last > reaching->last) reaching = &claim;
    }
}

}  // namespace

extern const Rule service_from_two_places{
    .page = {.id = "service-from-two-places",
             .family = "lvs",
             .severity = Severity::error,
             .summary = "One service of the kernel is asked for by two virtual servers",
             .detail = "IPVS has one service for a protocol, address and port, and one for a firewall mark of a "
                       "family. Where two "
                       "groups, two ranges, or a group and a virtual server of its own ask for the same one, "
                       "keepalived adds it for the "
                       "first and gets `Service already exists' for the second, which it passes over: the options of "
                       "the first count, "
                       "the real servers of both are mixed, and the service is gone when one of the two is removed "
                       "(https://github.com/acassen/keepalived/pull/2691). Let one of them have the address. TCP and "
                       "UDP of one address "
                       "are two services and fine.",
             .example =
                 "virtual_server_group A {\n    10.0.0.1-20 80\n}\nvirtual_server_group B {\n    10.0.0.15 80\n}\n"
                 "virtual_server group A { ... }\nvirtual_server group B { ... }",
             .others = {{{Severity::warning, "for lines of one group"}}},
             .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
