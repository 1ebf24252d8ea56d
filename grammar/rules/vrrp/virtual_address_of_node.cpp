#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"
#include "grammar/rules/vrrp/node_addresses.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

/// Whether an interface keeps its addresses to itself: directors that are real servers, too, have the virtual address
/// there.
bool is_internal(std::string_view device) {
    constexpr std::array<std::string_view, 3> beginnings{"lo", "dummy", "tunl"};
    return std::ranges::any_of(beginnings, [&](std::string_view beginning) { return device.starts_with(beginning); });
}

void check(const Whole& whole) {
    std::multimap<IpAddress, NodeAddress> own;
    for (const NodeAddress& address : node_addresses(whole)) {
        // On a VMAC adverts can come from the virtual address: the interface below need not have one.
        const bool is_of_vmac =
            address.instance != nullptr && address.instance->uses_vmac && !address.instance->unicast();
        const bool is_static = address.instance == nullptr;
        if (!is_of_vmac && !(is_static && is_internal(address.device))) own.insert({address.address, address});
    }
    if (own.empty()) return;
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        // The owner of an address has it (RFC 5798 section 1.6).
        if (instance.duplicate_of != nullptr || instance.is_address_owner()) continue;
        for (const model::VirtualAddress& vip : instance.addresses) {
            const auto device = vip.device.empty() ? instance.interface : vip.device;
            if (!vip.fits_family || is_internal(device)) continue;
            const auto [begin, end] = own.equal_range(vip.address.address);
            const auto found = std::find_if(begin, end, [&](const auto& each) {
                return is_one_address(vip.address.address, device, each.first, each.second.device);
            });
            if (found == end) continue;
            const NodeAddress& address = found->second;
            const auto text = vip.address.address.to_string();
            auto message = fmt::format(
                "{} is this node's own address, too ({}): keepalived takes it off the interface when it starts, and "
                "whenever the node is not master",
                text, address.keyword);
            if (address.instance == nullptr) {
                message = fmt::format(
                    "{} is a static address, too (static_ipaddress), which this node shall always have: a virtual one "
                    "only the master has",
                    text);
            }
            auto& finding = whole.context.report("virtual-address-of-node", Severity::error, ast::place(*vip.entry, 0),
                                                 std::move(message));
            validate::add_note(finding, address.where, "this node's address");
        }
    }
}

}  // namespace

extern const Rule virtual_address_of_node{
    .page =
        {.id = "virtual-address-of-node",
         .family = "vrrp",
         .severity = Severity::error,
         .summary = "A virtual address that is the node's own",
         .detail =
             "keepalived takes the virtual addresses of an instance off the interfaces when it starts and whenever it "
             "is not master. Where one is also the source of adverts (unicast_src_ip, mcast_src_ip) the node loses the "
             "address that its peers know it by (acassen/keepalived issue 2091); where it is also in static_ipaddress "
             "it comes and goes, or two nodes have it at once. Give the instance a virtual address that no node has "
             "(keepalived.conf(5), virtual_ipaddress and static_ipaddress). Addresses on lo, dummy and tunl "
             "interfaces, "
             "as real servers have them, multicast from a VMAC, and instances of priority 255 are passed over.",
         .example = "vrrp_instance A {\n    unicast_src_ip 10.0.0.5\n    virtual_ipaddress {\n        10.0.0.5/24\n    "
                    "}\n}",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
