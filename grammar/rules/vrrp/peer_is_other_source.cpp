#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"
#include "grammar/rules/vrrp/node_addresses.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

using Sources = std::multimap<IpAddress, NodeAddress>;

const NodeAddress* find_source(const Sources& sources, const IpAddress& peer, const model::VrrpInstance& instance) {
    const auto [begin, end] = sources.equal_range(peer);
    for (auto at = begin; at != end; ++at) {
        const NodeAddress& source = at->second;
        if (source.instance != &instance && is_one_address(peer, instance.interface, source.address, source.device))
            return &source;
    }
    return nullptr;
}

void check(const Whole& whole) {
    Sources sources;
    for (const NodeAddress& own : node_addresses(whole)) {
        if (own.instance != nullptr) sources.insert({own.address, own});
    }
    std::set<std::pair<IpAddress, IpAddress>> told;  // of a peer and the source that it was met with
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        if (instance.duplicate_of != nullptr || sources.empty()) continue;
        for (const model::UnicastPeer& peer : instance.peers) {
            if (!peer.fits_family || instance.source == peer.address) continue;  // the latter is peer-is-itself
            const NodeAddress* source = find_source(sources, peer.address, instance);
            if (source == nullptr) continue;
            // The other way round it is the same mistake.
            const IpAddress from = instance.source.value_or(peer.address);
            if (!told.insert(std::minmax(from, peer.address)).second) continue;
            auto& finding = whole.context.report(
                "peer-is-other-source", Severity::error, ast::place(*peer.entry, 0),
                fmt::format("{} is a peer of vrrp_instance `{}' and the {} of vrrp_instance `{}': it cannot be the "
                            "address of another node and of this one",
                            peer.address.to_string(), instance.name, source->keyword, source->instance->name));
            validate::add_note(finding, source->where, "this node's address there");
        }
    }
}

}  // namespace

extern const Rule peer_is_other_source{
    .page =
        {.id = "peer-is-other-source",
         .family = "vrrp",
         .severity = Severity::error,
         .summary = "A unicast peer that another instance of this node sends from",
         .detail =
             "unicast_src_ip is an address of this node, unicast_peer lists other nodes (keepalived.conf(5)), and one "
             "file is one node's: an address cannot be both. On the node that has the address the peer is itself, on "
             "every other the source is missing and the instance stays in FAULT (acassen/keepalived issues 2651 and "
             "2645). Mostly an instance was copied from the other node's file, or one file was made for all nodes; "
             "conditions (@id in front of a line) can tell the nodes apart.",
         .example = "vrrp_instance A {\n    unicast_src_ip 10.0.0.1\n    unicast_peer {\n        10.0.0.2\n    }\n}\n"
                    "vrrp_instance B {\n    unicast_src_ip 10.0.0.2\n    unicast_peer {\n        10.0.0.1\n    }\n}",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
