#include "grammar/rules/cluster/services.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "grammar/ast/argument_values.h"
#include "grammar/model/lvs_effective.h"

namespace lbctl::rules {

namespace {

using model::VirtualServer;

std::string entry_key(const model::GroupEntry& entry) {
    if (const auto* mark = std::get_if<model::GroupFwmark>(&entry.what)) return fmt::format("fwmark {}", mark->mark);
    const auto& range = std::get<model::GroupAddresses>(entry.what);
    if (range.first == range.last) return fmt::format("{} {}", range.first.to_string(), range.port);
    return fmt::format("{}-{} {}", range.first.to_string(), range.last.to_string(), range.port);
}

/// What the service is known by: its addresses, ports and marks with the protocol.
std::string key_of(const VirtualServer& service) {
    std::string key;
    if (const auto* head = std::get_if<model::AddressHead>(&service.head)) {
        key = fmt::format("{} {}", head->address.to_string(), head->port);
    } else if (const auto* mark = std::get_if<model::FwmarkHead>(&service.head)) {
        return fmt::format("fwmark {} {}", mark->mark, to_string(service.family.value_or(Family::inet)));
    } else if (const model::VirtualServerGroup* group = model::group_of(service)) {
        std::vector<std::string> entries;
        for (const model::GroupEntry& entry : group->entries) entries.push_back(entry_key(entry));
        std::ranges::sort(entries);
        key = fmt::format("{}", fmt::join(entries, ","));
    }
    return fmt::format("{} {}", key, static_cast<int>(service.protocol.value_or(model::Protocol::tcp)));
}

/// Under what a service stands whose group has other entries on another node: the group's name.
std::string name_key_of(const VirtualServer& service) {
    const auto* head = std::get_if<model::GroupHead>(&service.head);
    if (head == nullptr) return {};
    return fmt::format("group {} {}", head->name, static_cast<int>(service.protocol.value_or(model::Protocol::tcp)));
}

bool serves(const VirtualServer& service, const IpAddress& address) {
    if (const auto* head = std::get_if<model::AddressHead>(&service.head)) return head->address == address;
    const model::VirtualServerGroup* group = model::group_of(service);
    if (group == nullptr) return false;
    return std::ranges::any_of(group->entries, [&](const model::GroupEntry& entry) {
        const auto* range = std::get_if<model::GroupAddresses>(&entry.what);
        return range != nullptr && range->first <= address && address <= range->last;
    });
}

/// The virtual router of the node that holds an address of the service; null: none does.
const VirtualRouter* router_of(const Cluster& cluster, const ServiceOn& on) {
    for (const VirtualRouter& router : cluster.routers) {
        const Member* member = router.member_of(*on.node);
        if (member == nullptr) continue;
        for (const model::VirtualAddress& address : member->instance->addresses) {
            if (serves(*on.service, address.address.address)) return &router;
        }
    }
    return nullptr;
}

void find_missing(const Cluster& cluster, const std::vector<const ClusterNode*>& nodes, SharedService& service) {
    const VirtualRouter* router = router_of(cluster, service.on.front());
    for (const ClusterNode* node : nodes) {
        if (std::ranges::find(service.on, node, &ServiceOn::node) != service.on.end()) continue;
        if (router == nullptr || router->member_of(*node) != nullptr) service.missing.push_back(node);
    }
}

/// Services of one group of nodes.
class Pairing {
public:
    void add(const ClusterNode& node, const VirtualServer& service) {
        std::size_t place = shared_.size();
        const std::string key = key_of(service);
        const std::string name = name_key_of(service);
        const auto by_key = places_.find(key);
        const auto by_name = name.empty() ? places_.end() : places_.find(name);
        for (const auto& found : {by_key, by_name}) {
            // Two of one key on a node are a fault of that node alone.
            if (place == shared_.size() && found != places_.end() && shared_[found->second].on.back().node != &node) {
                place = found->second;
            }
        }
        if (place == shared_.size()) shared_.emplace_back();
        shared_[place].on.push_back({&node, &service});
        places_.emplace(key, place);
        if (!name.empty()) places_.emplace(name, place);
    }

    std::vector<SharedService> take() { return std::move(shared_); }

private:
    std::vector<SharedService> shared_;
    std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

std::vector<std::vector<const ClusterNode*>> companions(const Cluster& cluster) {
    std::vector<std::size_t> group(cluster.nodes.size());
    std::iota(group.begin(), group.end(), std::size_t{0});
    const auto number = [&](const ClusterNode* node) { return static_cast<std::size_t>(node - cluster.nodes.data()); };
    const auto join = [&](std::size_t one, std::size_t other) {
        std::ranges::replace(group, group[other], group[one]);
    };
    for (const VirtualRouter& router : cluster.routers) {
        for (const Member& member : router.members) join(number(router.members.front().node), number(member.node));
    }
    if (cluster.routers.empty()) std::ranges::fill(group, 0);
    std::vector<std::vector<const ClusterNode*>> all(cluster.nodes.size());
    for (std::size_t i = 0; i < group.size(); ++i) all[group[i]].push_back(&cluster.nodes[i]);
    std::erase_if(all, [](const auto& nodes) { return nodes.size() < 2; });
    return all;
}

std::vector<SharedService> pair_services(const Cluster& cluster) {
    std::vector<SharedService> all;
    for (const auto& nodes : companions(cluster)) {
        Pairing pairing;
        for (const ClusterNode* node : nodes) {
            for (const VirtualServer& service : node->services) pairing.add(*node, service);
        }
        for (SharedService& service : pairing.take()) {
            if (service.on.size() < nodes.size()) find_missing(cluster, nodes, service);
            all.push_back(std::move(service));
        }
    }
    return all;
}

std::string title_of(const VirtualServer& service) {
    if (const auto* head = std::get_if<model::AddressHead>(&service.head)) {
        return fmt::format("{} {}", head->address.to_string(), head->port);
    }
    if (const auto* mark = std::get_if<model::FwmarkHead>(&service.head)) return fmt::format("fwmark {}", mark->mark);
    return fmt::format("group {}", std::get<model::GroupHead>(service.head).name);
}

source::Location place_in(const ast::Node& block, std::initializer_list<keywords::KeywordId> keyword_ids) {
    for (const keywords::KeywordId keyword : keyword_ids) {
        if (const ast::Node* line = ast::last_valid(block, keyword)) return line->head.where();
    }
    return block.head.where();
}

void report_other_services(const SharedService& service, const SharedSetting& setting,
                           std::initializer_list<keywords::KeywordId> keyword_ids,
                           std::string (*value)(const VirtualServer& service)) {
    const ServiceOn& first = service.on.front();
    const std::string expected = value(*first.service);
    source::Finding* finding = nullptr;
    for (const ServiceOn& other : service.on) {
        const std::string here = value(*other.service);
        if (here == expected) continue;
        if (finding == nullptr) {
            finding = &report(*first.node, setting.rule, setting.severity, place_in(*first.service->node, keyword_ids),
                              fmt::format("{} of virtual_server {} is {} on {} and {} on {}: {}", setting.keyword.text,
                                          title_of(*first.service), expected, first.node->name, here, other.node->name,
                                          setting.consequence));
        }
        add_note(*finding, *other.node, place_in(*other.service->node, keyword_ids),
                 fmt::format("it is {} on {}", here, other.node->name));
    }
}

}  // namespace lbctl::rules
