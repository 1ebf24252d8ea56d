#include <algorithm>
#include <optional>
#include <tuple>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

using model::VrrpInstance;

bool is_link_local(const model::VirtualAddress& address) {
    return ast::is_link_local(address.address.address);
}

/// The addresses that tell one network from another. Link-local ones are the same on every network, so they count only
/// where there are no others.
std::vector<const ast::AddressWithPrefix*> telling_addresses(const VrrpInstance& instance) {
    const bool all = std::ranges::all_of(instance.addresses, is_link_local);
    std::vector<const ast::AddressWithPrefix*> telling;
    for (const model::VirtualAddress& address : instance.addresses) {
        if (all || !is_link_local(address)) telling.push_back(&address.address);
    }
    return telling;
}

std::size_t shared_addresses(const VrrpInstance& one, const VrrpInstance& other) {
    const auto others = telling_addresses(other);
    return static_cast<std::size_t>(
        std::ranges::count_if(telling_addresses(one), [&](const ast::AddressWithPrefix* address) {
            return std::ranges::any_of(
                others, [&](const ast::AddressWithPrefix* its) { return its->address == address->address; });
        }));
}

bool same_network(const ast::AddressWithPrefix& one, const ast::AddressWithPrefix& other) {
    if (one.address.family() != other.address.family()) return false;
    const int full = ast::full_length(one.address.family());
    const int usual = one.address.family() == Family::inet ? 24 : 64;
    const auto length = [&](const ast::AddressWithPrefix& each) { return each.prefix < full ? each.prefix : usual; };
    return one.address.common_bits(other.address) >= std::min(length(one), length(other));
}

bool sends_to(const VrrpInstance& sender, const VrrpInstance& receiver) {
    return receiver.source && std::ranges::any_of(sender.peers, [&](const model::UnicastPeer& peer) {
               return peer.address == *receiver.source;
           });
}

bool same_router_id(const VrrpInstance& one, const VrrpInstance& other) {
    return one.vrid && one.vrid == other.vrid;
}

int likeness(const VrrpInstance& one, const VrrpInstance& other) {
    return (same_router_id(one, other) ? 20 : 0) + (one.name == other.name ? 10 : 0) +
           (on_one_network(one, other) ? 5 : 0) + (sends_to(one, other) || sends_to(other, one) ? 5 : 0) +
           (one.interface == other.interface ? 1 : 0);
}

/// How surely the instance belongs to the members, which share addresses with it; 0: they do not.
int by_addresses(const VrrpInstance& instance, const VirtualRouter& router) {
    int best = 0;
    for (const Member& member : router.members) {
        if (member.instance->family != instance.family) continue;
        const auto shared = static_cast<int>(shared_addresses(instance, *member.instance));
        if (shared > 0) best = std::max(best, 100 * shared + likeness(instance, *member.instance));
    }
    return best;
}

/// The same for an instance that shares addresses with nobody.
int by_identity(const VrrpInstance& instance, const VirtualRouter& router) {
    int best = 0;
    for (const Member& member : router.members) {
        const VrrpInstance& other = *member.instance;
        if (other.family != instance.family) continue;
        const bool same_name = other.name == instance.name;
        const bool near = on_one_network(instance, other);
        const bool mutual = sends_to(instance, other) && sends_to(other, instance);
        bool belongs = same_name && mutual;
        if (same_router_id(instance, other)) {
            // Of a router that has found its nodes already only a namesake can be a further node.
            belongs = belongs || (router.members.size() > 1 ? same_name && near : same_name || near || mutual);
        }
        if (belongs) best = std::max(best, likeness(instance, other));
    }
    return best;
}

struct Candidate {
    int score;
    std::size_t instance;
    std::size_t router;
};

void sort_candidates(std::vector<Candidate>& candidates) {
    std::ranges::stable_sort(candidates,
                             [](const Candidate& one, const Candidate& other) { return one.score > other.score; });
}

void add_node(std::vector<VirtualRouter>& routers, const ClusterNode& node) {
    std::vector<const VrrpInstance*> instances;
    for (const VrrpInstance& instance : node.vrrp.instances) {
        if (instance.duplicate_of == nullptr) instances.push_back(&instance);
    }
    std::vector<Candidate> candidates;
    const std::size_t known = routers.size();
    for (std::size_t i = 0; i < instances.size(); ++i) {
        for (std::size_t r = 0; r < known; ++r) {
            const int score = by_addresses(*instances[i], routers[r]);
            if (score > 0) candidates.push_back({score, i, r});
        }
    }
    sort_candidates(candidates);
    std::vector<bool> placed(instances.size());
    for (const Candidate& candidate : candidates) {
        if (placed[candidate.instance] || routers[candidate.router].member_of(node) != nullptr) continue;
        placed[candidate.instance] = true;
        routers[candidate.router].members.push_back({&node, instances[candidate.instance]});
    }
    for (std::size_t i = 0; i < instances.size(); ++i) {
        if (!placed[i]) routers.push_back({{{&node, instances[i]}}});
    }
}

/// The best pair of a router with one member and another that it belongs to.
std::optional<Candidate> best_merge(const std::vector<VirtualRouter>& routers) {
    std::optional<Candidate> best;
    for (std::size_t i = 0; i < routers.size(); ++i) {
        if (routers[i].members.size() != 1) continue;
        const Member& single = routers[i].members.front();
        for (std::size_t r = 0; r < routers.size(); ++r) {
            if (r == i || routers[r].member_of(*single.node) != nullptr) continue;
            const int score = by_identity(*single.instance, routers[r]);
            if (score > 0 && (!best || score > best->score)) best = Candidate{score, i, r};
        }
    }
    return best;
}

}  // namespace

bool on_one_network(const VrrpInstance& one, const VrrpInstance& other) {
    const auto others = telling_addresses(other);
    return std::ranges::any_of(telling_addresses(one), [&](const ast::AddressWithPrefix* address) {
        return std::ranges::any_of(others,
                                   [&](const ast::AddressWithPrefix* its) { return same_network(*address, *its); });
    });
}

std::vector<VirtualRouter> pair_instances(std::span<const ClusterNode> nodes) {
    std::vector<VirtualRouter> routers;
    for (const ClusterNode& node : nodes) add_node(routers, node);
    while (const auto merge = best_merge(routers)) {
        routers[merge->router].members.push_back(routers[merge->instance].members.front());
        std::ranges::sort(routers[merge->router].members, {}, &Member::node);
        routers.erase(routers.begin() + static_cast<std::ptrdiff_t>(merge->instance));
    }
    return routers;
}

bool clash(const VirtualRouter& one, const VirtualRouter& other) {
    for (const Member& member : one.members) {
        if (other.member_of(*member.node) != nullptr) return false;
    }
    for (const Member& member : one.members) {
        for (const Member& its : other.members) {
            const VrrpInstance& here = *member.instance;
            const VrrpInstance& there = *its.instance;
            if (!same_router_id(here, there) || here.family != there.family) continue;
            const bool heard = here.unicast() || there.unicast() ? sends_to(here, there) || sends_to(there, here)
                                                                 : on_one_network(here, there);
            if (heard) return true;
        }
    }
    return false;
}

}  // namespace lbctl::rules
