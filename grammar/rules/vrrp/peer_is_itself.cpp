#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"
#include "grammar/rules/vrrp/node_addresses.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

/// What makes an address one that this node has, always or while it is master.
struct Held {
    source::Location where;
    std::string_view keyword;
    std::string_view device;
    bool is_virtual = false;
};
using HeldAddresses = std::multimap<IpAddress, Held>;

/// That of the address, on an interface of that name.
std::optional<Held> find_held(const HeldAddresses& held, const model::VrrpInstance& instance,
                              const IpAddress& address) {
    for (const NodeAddress& own : source_of(instance)) {
        if (own.address == address) return Held{own.where, own.keyword, own.device, false};
    }
    const auto [begin, end] = held.equal_range(address);
    for (auto at = begin; at != end; ++at) {
        if (is_one_address(address, instance.interface, address, at->second.device)) return at->second;
    }
    return std::nullopt;
}

void check_instance(const Context& context, const model::VrrpInstance& instance, const HeldAddresses& held) {
    std::vector<std::pair<const model::UnicastPeer*, Held>> own;
    bool has_other = false;
    for (const model::UnicastPeer& peer : instance.peers) {
        if (!peer.fits_family) continue;
        const auto found = find_held(held, instance, peer.address);
        if (found) own.emplace_back(&peer, *found);
        has_other = has_other || !found || found->is_virtual;
    }
    for (const auto& [peer, found] : own) {
        const auto text = peer->address.to_string();
        std::string message;
        if (found.is_virtual) {
            message = fmt::format(
                "the peer {} is a virtual address: the master, which has it, sends its adverts to itself", text);
        } else if (has_other) {
            message = fmt::format("the peer {} is this node's own address ({}): it sends adverts to itself", text,
                                  found.keyword);
        } else {
            message = fmt::format(
                "the only peer, {}, is this node's own address ({}): no other node hears its "
                "adverts, and each becomes master",
                text, found.keyword);
        }
        auto& finding = context.report("peer-is-itself", has_other ? Severity::warning : Severity::error,
                                       ast::place(*peer->entry, 0), std::move(message));
        finding.hint = "unicast_peer lists the other nodes";
        validate::add_note(finding, found.where, found.is_virtual ? "the virtual address" : "this node's address");
    }
}

void check(const Whole& whole) {
    if (std::ranges::none_of(whole.vrrp.instances, &model::VrrpInstance::unicast)) return;
    HeldAddresses held;
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        if (instance.duplicate_of != nullptr) continue;
        for (const model::VirtualAddress& vip : instance.addresses) {
            const auto device = vip.device.empty() ? instance.interface : vip.device;
            held.insert({vip.address.address, {ast::place(*vip.entry, 0), "virtual_ipaddress", device, true}});
        }
    }
    for (const NodeAddress& own : node_addresses(whole)) {
        if (own.instance == nullptr) held.insert({own.address, {own.where, own.keyword, own.device, false}});
    }
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        if (instance.duplicate_of == nullptr && instance.unicast()) check_instance(whole.context, instance, held);
    }
}

}  // namespace

extern const Rule peer_is_itself{
    .page =
        {.id = "peer-is-itself",
         .family = "vrrp",
         .severity = Severity::warning,
         .summary = "A unicast peer that is the node itself",
         .detail =
             "unicast_peer lists the other nodes (keepalived.conf(5)). Of an address of its own the node hears its own "
             "adverts, and logs `equal priority advert received from remote host with our IP address' (vrrp.c, "
             "vrrp_state_master_rx; acassen/keepalived issue 2645). Where it is the only peer, no other node hears "
             "anything, and all of them become master. Mostly one list was copied to all nodes, or the lists of two "
             "nodes were exchanged.",
         .example = "vrrp_instance A {\n    unicast_src_ip 10.0.0.1\n    unicast_peer {\n        10.0.0.1\n    }\n}",
         .others = {{{Severity::error, "where there is no other peer"}}},
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
