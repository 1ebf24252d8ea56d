#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

using Addresses = std::vector<const model::VirtualAddress*>;

/// Whether two addresses are of one network, whichever of their prefixes is right.
bool is_one_network(const model::VirtualAddress& one, const model::VirtualAddress& other) {
    const int usual = one.address.address.family() == Family::inet ? 24 : 64;
    const int longer = std::max(one.address.prefix, other.address.prefix);
    const int shorter = std::min(one.address.prefix, other.address.prefix);
    const int common = one.address.address.common_bits(other.address.address);
    return common >= shorter && common >= std::min(longer, usual);
}

/// Tells of those whose prefix is not the one that most of their network have; where as many have another, not the
/// first.
void check_interface(const Context& context, const Addresses& addresses) {
    for (const model::VirtualAddress* address : addresses) {
        std::map<int, Addresses> by_prefix;
        const model::VirtualAddress* first = nullptr;
        for (const model::VirtualAddress* each : addresses) {
            if (!is_one_network(*address, *each)) continue;
            if (first == nullptr) first = each;
            by_prefix[each->address.prefix].push_back(each);
        }
        const int prefix = address->address.prefix;
        const std::size_t alike = by_prefix[prefix].size();
        by_prefix.erase(prefix);
        if (by_prefix.empty()) continue;
        const auto usual = std::ranges::max_element(by_prefix, {}, [](const auto& each) { return each.second.size(); });
        const Addresses& others = usual->second;
        if (alike > others.size() || (alike == others.size() && prefix == first->address.prefix)) continue;
        auto& finding = context.report(
            "virtual-address-prefix", Severity::info, ast::place(*address->entry, 0),
            fmt::format("{} has the prefix length {}, others of its network have {}: is one a typing error?",
                        address->address.address.to_string(), prefix, usual->first));
        validate::add_note(finding, ast::place(*others.front()->entry, 0),
                           fmt::format("{}/{}", others.front()->address.address.to_string(), usual->first));
    }
}

void check(const Whole& whole) {
    std::map<std::pair<std::string_view, Family>, Addresses> interfaces;
    constexpr std::size_t enough = 200;  // each is held against each
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        if (instance.duplicate_of != nullptr) continue;
        for (const model::VirtualAddress& vip : instance.addresses) {
            const ast::AddressWithPrefix& address = vip.address;
            // A single address (/32, /128) beside a network is usual.
            const bool has_network = address.prefix_written && address.prefix_valid && address.prefix > 0 &&
                                     address.prefix < ast::full_length(address.address.family());
            if (!vip.fits_family || !has_network || ast::is_link_local(address.address)) continue;
            const auto device = vip.device.empty() ? instance.interface : vip.device;
            auto& addresses = interfaces[{device, address.address.family()}];
            if (addresses.size() < enough) addresses.push_back(&vip);
        }
    }
    for (const auto& [interface, addresses] : interfaces) check_interface(whole.context, addresses);
}

}  // namespace

extern const Rule virtual_address_prefix{
    .page =
        {.id = "virtual-address-prefix",
         .family = "vrrp",
         .severity = Severity::info,
         .summary = "Virtual addresses of one network with different prefix lengths",
         .detail =
             "With an address the kernel makes a route for the network of its prefix (ip-address(8)). A prefix that is "
             "too short sends what is for other networks out of this interface; one that is too long leaves neighbours "
             "of the network out. Addresses of one network on one interface have one prefix length, or /32 (/128) "
             "where the network has been set up elsewhere.",
         .example = "vrrp_instance A {\n    interface eth0\n    virtual_ipaddress {\n        10.30.1.10/24\n        "
                    "10.30.1.11/16\n    }\n}",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
