#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"
#include "grammar/rules/vrrp/node_addresses.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

/// A network that the file brings an address of to this node.
struct Network {
    const model::VirtualAddress* address = nullptr;
    int prefix = 0;
};

bool is_in(const Network& network, const IpAddress& address) {
    const auto& own = network.address->address.address;
    if (own.family() != address.family()) return false;
    const auto left = own.bytes();
    const auto right = address.bytes();
    for (int bit = 0; bit < network.prefix; bit += 8) {
        const auto byte = static_cast<std::size_t>(bit) / 8;
        const int counted = std::min(8, network.prefix - bit);
        const auto mask = static_cast<unsigned>(0xff00 >> counted) & 0xffU;
        if (((left[byte] ^ right[byte]) & mask) != 0) return false;
    }
    return true;
}

/// The prefix of the network that an address is taken to stand in: single addresses do not say it.
int network_prefix(const ast::AddressWithPrefix& address) {
    const bool inet = address.address.family() == Family::inet;
    const int usual = inet ? 24 : 64;
    return address.prefix == ast::full_length(address.address.family()) || address.prefix < usual ? usual
                                                                                                  : address.prefix;
}

/// Whether a route makes addresses local that no line names.
bool has_local_route(const Context& context) {
    const auto is_local = [](const ast::Node& entry) {
        for (std::size_t word = 0; word < entry.arguments.size(); ++word) {
            if (ast::text(entry, word) == "local") return true;
        }
        return false;
    };
    const auto has_lines = [&](const ast::Node& block, keywords::KeywordId keyword) {
        return block.is(keyword) && std::ranges::any_of(block.children, is_local);
    };
    return std::ranges::any_of(context.root.children, [&](const ast::Node& block) {
        if (has_lines(block, "static_routes"_kw)) return true;
        if (!block.is("vrrp_instance"_kw)) return false;
        return std::ranges::any_of(block.children,
                                   [&](const ast::Node& inner) { return has_lines(inner, "virtual_routes"_kw); });
    });
}

void check(const Whole& whole) {
    std::set<IpAddress> brought;
    std::vector<Network> networks;
    constexpr std::size_t enough = 256;  // every service is held against each
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        for (const model::VirtualAddress& vip : instance.addresses) {
            brought.insert(vip.address.address);
            if (networks.size() < enough) networks.push_back({&vip, network_prefix(vip.address)});
        }
    }
    if (networks.empty() || whole.services.empty() || has_local_route(whole.context)) return;
    for (const NodeAddress& own : node_addresses(whole)) brought.insert(own.address);
    for (const ServiceSummary& service : whole.services) {
        const auto* head = std::get_if<model::AddressHead>(&service.head);
        if (head == nullptr || !brought.insert(head->address).second) continue;  // each address is told once
        const auto near =
            std::ranges::find_if(networks, [&](const Network& network) { return is_in(network, head->address); });
        if (near == networks.end()) continue;
        auto& finding = whole.context.report(
            "service-address-not-virtual", Severity::info, service.where,
            fmt::format("{} is in no virtual_ipaddress: unless it is set elsewhere, no packet for this virtual server "
                        "comes to this node",
                        head->address.to_string()));
        validate::add_note(finding, ast::place(*near->address->entry, 0), "a virtual address of its network");
    }
}

}  // namespace

extern const Rule service_address_not_virtual{
    .page =
        {.id = "service-address-not-virtual",
         .family = "lvs",
         .severity = Severity::info,
         .summary = "A virtual server whose address no instance brings to this node",
         .detail =
             "IPVS sees only packets that come to the node (keepalived.conf(5), virtual_server: it makes no address). "
             "The file has virtual addresses of the same network, and this one is not among them, nor among the static "
             "addresses: mostly a digit is wrong, or the service was added without its address. Addresses that another "
             "program sets, or that are routed here, are fine; where no virtual address is of the same network, where "
             "a route of type local stands in the file, and of marks and groups, nothing is said.",
         .example = "vrrp_instance A {\n    virtual_ipaddress {\n        10.0.0.1/24\n    }\n}\n"
                    "virtual_server 10.0.0.2 80 {\n    real_server 10.0.1.1 80 { }\n}",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
