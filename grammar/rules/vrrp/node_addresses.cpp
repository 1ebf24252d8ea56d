#include "grammar/rules/vrrp/node_addresses.h"

#include <algorithm>

#include "grammar/ast/argument_values.h"

namespace lbctl::rules {

namespace {

std::string_view device_of(const ast::Node& entry) {
    for (std::size_t word = 1; word + 1 < entry.arguments.size(); ++word) {
        if (ast::text(entry, word) == "dev") return ast::text(entry, word + 1);
    }
    return {};
}

}  // namespace

std::vector<NodeAddress> source_of(const model::VrrpInstance& instance) {
    if (!instance.source) return {};
    NodeAddress source{*instance.source, instance.node->head.where(), {}, instance.interface, &instance};
    for (const ast::Node& child : instance.node->children) {
        if (child.keyword == nullptr || !child.valid) continue;
        const keywords::KeywordId id = child.keyword->id;
        if (id != "unicast_src_ip"_kw && id != "mcast_src_ip"_kw && id != "use_ipvlan"_kw) continue;
        source.keyword = child.keyword->name;
        source.where = id == "use_ipvlan"_kw ? child.head.where() : ast::place(child, 0);
    }
    return {source};
}

std::vector<NodeAddress> node_addresses(const Whole& whole) {
    std::vector<NodeAddress> addresses;
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        if (instance.duplicate_of != nullptr) continue;
        for (const NodeAddress& source : source_of(instance)) addresses.push_back(source);
    }
    for (const ast::Node& block : whole.context.root.children) {
        if (!block.is("static_ipaddress"_kw)) continue;
        for (const ast::Node& entry : block.children) {
            const auto address = ast::address_with_prefix(entry, 0);
            if (!address) continue;
            addresses.push_back(
                {address->address, ast::place(entry, 0), "static_ipaddress", device_of(entry), nullptr});
        }
    }
    return addresses;
}

bool is_one_address(const IpAddress& one, std::string_view its_device, const IpAddress& other,
                    std::string_view other_device) {
    if (one != other) return false;
    return !ast::is_link_local(one) || its_device.empty() || other_device.empty() || its_device == other_device;
}

}  // namespace lbctl::rules
