#include <map>
#include <string>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for the virtual addresses of an instance.
namespace lbctl::validate {

namespace {

using model::VirtualAddress;
using model::VrrpInstance;

constexpr RulePage pages[] = {
    {"virtual-address-missing",
     "vrrp",
     Severity::warning,
     "An instance without virtual_ipaddress",
     "There is nothing to fail over. With version 3 or in strict mode keepalived does not even start VRRP (there it is "
     "an error). Add virtual_ipaddress; where none is wanted, say so with no_virtual_ipaddress (since 2.2.8).",
     "vrrp_instance web {\n    interface eth0\n    virtual_router_id 51\n}",
     {{{Severity::error, "with version 3 or in strict mode, where keepalived does not start VRRP"}}}},
    {"address-family", "vrrp", Severity::error, "Addresses of both families in one instance",
     "The first address settles the family. keepalived drops those of the other one; put them into "
     "virtual_ipaddress_excluded or into an instance of their own.",
     "virtual_ipaddress {\n    10.0.0.1/24\n    fd00::1/64\n}"},
    {"address-repeated",
     "vrrp",
     Severity::error,
     "A virtual address twice in one instance",
     "keepalived drops the second one (from 2.3.3 on; before that it took both without a word, and one address could "
     "stand on several interfaces).",
     "virtual_ipaddress {\n    10.0.0.1/24\n    10.0.0.1/32\n}",
     {{{Severity::warning, "before 2.3.3, which takes both"}}}},
    {"addresses-too-many", "vrrp", Severity::warning, "More virtual addresses than fit into a packet",
     "An advertisement names at most 255 addresses, and for IPv6 as many as fit into the MTU (89 with 1500 bytes). "
     "keepalived moves the rest to virtual_ipaddress_excluded.",
     ""},
    {"first-address-link-local", "vrrp", Severity::info, "The first IPv6 address is not link-local",
     "The standard wants the first address of an IPv6 instance to be of fe80::/10, so that routers can use it as "
     "gateway. In strict mode keepalived reports it, else only its log does.",
     "virtual_ipaddress {\n    fd00::1/64\n}"},
    {"address-without-interface", "vrrp", Severity::error, "A virtual address that has no interface",
     "The instance has no interface, so every address needs its own: `10.0.0.1/24 dev eth0'. keepalived drops it.", ""},
    {"vmac-twice", "vmac", Severity::error, "use_vmac on an address that is on a VMAC already",
     "use_vmac of the instance, or use_vmac_addr, covers this address; keepalived reports the second one.",
     "use_vmac\nvirtual_ipaddress {\n    10.0.0.1/24 use_vmac\n}"},
};

constexpr keywords::Version reports_doubles{2, 3, 3};

void check_doubles(const Context& context, const VrrpInstance& instance) {
    // Older releases put one address on several interfaces.
    const bool by_address = context.target >= reports_doubles;
    std::map<IpAddress, const VirtualAddress*> plain;
    std::map<std::pair<IpAddress, std::string_view>, const VirtualAddress*> by_device;
    for (const auto& vip : instance.addresses) {
        if (!vip.fits_family) continue;
        const VirtualAddress* earlier = nullptr;
        const std::string_view device = by_address || !vip.device.empty() ? vip.device : instance.interface;
        const auto key = std::pair(vip.address.address, device);
        if (const auto found = by_device.find(key); found != by_device.end()) earlier = found->second;
        if (const auto found = plain.find(vip.address.address); by_address && !vip.excluded && found != plain.end())
            earlier = found->second;
        if (earlier != nullptr) {
            auto& finding = context.report("address-repeated", since(context, reports_doubles, Severity::error),
                                           ast::place(*vip.entry, 0),
                                           fmt::format("{} is here already", vip.address.address.to_string()));
            add_note(finding, earlier->entry->head.where(), "the first is here");
            continue;
        }
        by_device.emplace(key, &vip);
        if (!vip.excluded) plain.emplace(vip.address.address, &vip);
    }
}

void check_number(const Context& context, const VrrpInstance& instance) {
    constexpr std::size_t most_in_packet = 255;
    constexpr std::size_t ethernet_mtu = 1500;
    constexpr std::size_t inet6_headers = 14 + 40 + 8;
    const std::size_t most = instance.family == Family::inet ? most_in_packet : (ethernet_mtu - inet6_headers) / 16;
    std::size_t count = 0;
    for (const auto& vip : instance.addresses) {
        if (vip.excluded || !vip.fits_family || ++count != most + 1) continue;
        context.report(
            "addresses-too-many", Severity::warning, ast::place(*vip.entry, 0),
            fmt::format("only {} addresses fit into an advertisement; keepalived moves the rest, from here on, to "
                        "virtual_ipaddress_excluded",
                        most));
    }
}

void check_missing(const Context& context, const VrrpInstance& instance) {
    if (instance.has_virtual_address()) return;
    // Lines that keepalived refuses have their own findings.
    for (const auto* addresses : instance.node->all("virtual_ipaddress"_kw)) {
        if (!addresses->children.empty()) return;
    }
    if (ast::given(*instance.node, "no_virtual_ipaddress"_kw) && !instance.strict) return;
    const bool needed = instance.version == 3 || instance.strict;
    context.report("virtual-address-missing", needed ? Severity::error : Severity::warning, instance.node->head.where(),
                   needed ? fmt::format("vrrp_instance {} has no virtual_ipaddress: keepalived does not start VRRP",
                                        in_quotes(instance.name))
                          : fmt::format("vrrp_instance {} has no virtual_ipaddress", in_quotes(instance.name)));
}

void check_first(const Context& context, const VrrpInstance& instance) {
    if (instance.family != Family::inet6 || instance.unicast() || instance.strict) return;
    for (const auto& vip : instance.addresses) {
        if (vip.excluded || !vip.fits_family) continue;
        if (!ast::is_link_local(vip.address.address)) {
            context.report("first-address-link-local", Severity::info, ast::place(*vip.entry, 0),
                           "the first address of an IPv6 instance should be link-local (fe80::/10)");
        }
        return;
    }
}

void check_vmac_option(const Context& context, const VrrpInstance& instance, const VirtualAddress& vip) {
    if (!vip.use_vmac) return;
    const bool on_own_interface = vip.device.empty() || vip.device == instance.interface;
    const bool own_family = vip.address.address.family() == instance.family;
    if (on_own_interface && own_family && instance.uses_vmac) {
        context.report("vmac-twice", Severity::error, vip.entry->head.where(),
                       "the instance uses a VMAC for this address already");
    } else if ((!on_own_interface || !own_family) && ast::given(*instance.node, "use_vmac_addr"_kw)) {
        context.report("vmac-twice", Severity::error, vip.entry->head.where(),
                       "use_vmac_addr puts this address on a VMAC already");
    }
}

}  // namespace

std::span<const RulePage> address_pages() {
    return pages;
}

void check_addresses(const Context& context, const model::VrrpConfiguration& vrrp) {
    for (const auto& instance : vrrp.instances) {
        if (instance.duplicate_of != nullptr) continue;
        check_missing(context, instance);
        check_doubles(context, instance);
        check_number(context, instance);
        check_first(context, instance);
        for (const auto& vip : instance.addresses) {
            if (!vip.fits_family) {
                auto& finding = context.report(
                    "address-family", Severity::error, ast::place(*vip.entry, 0),
                    fmt::format("the instance is {}: keepalived drops this address", to_string(instance.family)));
                add_note(finding, instance.family_from->head.where(), "settled here");
                continue;
            }
            check_vmac_option(context, instance, vip);
            if (instance.interface.empty() && vip.device.empty() && !instance.node->has("interface"_kw) &&
                instance.unicast()) {
                context.report("address-without-interface", Severity::error, ast::place(*vip.entry, 0),
                               "neither the address nor the instance has an interface: keepalived drops the address");
            }
        }
        for (const auto& child : instance.node->children) {
            if (child.keyword == nullptr) continue;
            const keywords::KeywordId id = child.keyword->id;
            for (const auto& entry : child.children) {
                if (id == "virtual_ipaddress"_kw) check_address_line(context, entry, AddressUse::virtual_address, vrrp);
                if (id == "virtual_ipaddress_excluded"_kw)
                    check_address_line(context, entry, AddressUse::excluded_address, vrrp);
                if (id == "virtual_routes"_kw) check_route_line(context, entry, false, vrrp);
                if (id == "virtual_rules"_kw) check_rule_line(context, entry, false, vrrp);
            }
        }
    }
}

}  // namespace lbctl::validate
