#include <map>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for use_vmac and use_ipvlan.
namespace lbctl::validate {

namespace {

using ast::Node;
using model::VrrpInstance;

constexpr RulePage pages[] = {
    {"vmac-name-repeated", "vmac", Severity::error, "Two instances name the same VMAC or ipvlan interface",
     "Each needs an interface of its own; keepalived passes over the second name.", "use_vmac vrrp.51"},
    {"vmac-name-automatic", "vmac", Severity::warning, "A VMAC is named as keepalived names VMACs itself",
     "Without a name keepalived calls the interface vrrp.N. A left-over of an earlier run, or another instance's, may "
     "have that name already: then keepalived reports it and passes over the name. Leave it out or choose one of your "
     "own.",
     "use_vmac vrrp.51"},
    {"vmac-without-interface", "vmac", Severity::error, "use_vmac or use_ipvlan without interface",
     "The VMAC is made on top of the instance's interface. keepalived clears it, or does not start VRRP.", ""},
    {"vmac-unicast-base", "vmac", Severity::error, "use_vmac with unicast peers and without vmac_xmit_base",
     "Unicast is sent from the interface below; keepalived sets vmac_xmit_base. Write it.",
     "use_vmac\nunicast_peer {\n    10.0.0.3\n}"},
    {"xmit-base-without-vmac", "vmac", Severity::error, "vmac_xmit_base without use_vmac", "keepalived clears it.",
     "vmac_xmit_base"},
    {"promote-secondaries-with-vmac", "vmac", Severity::error, "promote_secondaries with use_vmac or use_ipvlan",
     "keepalived sets it by itself for such interfaces and passes over the line.", ""},
    {"vmac-word-repeated", "vmac", Severity::error, "A second name or address for a VMAC or ipvlan",
     "keepalived keeps the first.", "use_vmac a b"},
    {"vmac-conflict", "vmac", Severity::warning, "An address on the VMAC of another instance",
     "On one interface there is one virtual MAC address for a router id and family. When keepalived starts it reports "
     "that two instances want the same, and disables one of them. Give the instances different router ids.",
     "vrrp_instance a {\n    interface eth0\n    virtual_router_id 51\n    use_vmac\n    virtual_ipaddress {\n        "
     "10.0.0.1/24\n"
     "    }\n}\nvrrp_instance b {\n    interface eth1\n    virtual_router_id 51\n    virtual_ipaddress {\n"
     "        10.0.0.2/24 dev eth0 use_vmac\n    }\n}"},
    {"delays-of-vmac", "vmac", Severity::error, "interface_up_down_delays for an interface that keepalived makes",
     "The interface is not there when the line is read: keepalived reports it and passes over the line. The delay "
     "belongs "
     "to the interface below.",
     "interface_up_down_delays {\n    vrrp.51 2\n}"},
    {"ipvlan-address-missing", "vmac", Severity::error, "use_ipvlan for IPv4 without an address",
     "The instance stays in fault state. Write the address behind use_ipvlan: `use_ipvlan 10.0.0.2'.", "use_ipvlan"},
};

bool is_automatic_name(std::string_view name) {
    constexpr std::string_view prefix = "vrrp.";
    return name.starts_with(prefix) && name.size() > prefix.size() &&
           name.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos;
}

using Names = std::unordered_map<std::string_view, const Node*>;

/// What an instance has said of its VMAC so far; several lines add up.
struct VmacWords {
    bool has_name = false;
    bool has_address = false;
};

/// What the words of use_vmac are.
void check_vmac_words(const Context& context, const Node& line, VmacWords& said, Names& names) {
    for (std::size_t word = 0; word < line.arguments.size(); ++word) {
        const auto text = ast::text(line, word);
        if (text == "netlink_notify_msg") continue;
        if (text == "group") {
            ++word;
            continue;
        }
        if (text.find(':') != std::string_view::npos) {
            if (said.has_address) {
                context.report("vmac-word-repeated", Severity::error, ast::place(line, word),
                               "the VMAC has an address already");
            }
            said.has_address = true;
            continue;
        }
        if (text == "name") ++word;
        const auto name = ast::text(line, word);
        if (name.empty()) continue;
        if (said.has_name) {
            context.report("vmac-word-repeated", Severity::error, ast::place(line, word),
                           "the VMAC has a name already");
            continue;
        }
        said.has_name = true;
        const auto [found, fresh] = names.emplace(name, &line);
        if (!fresh) {
            auto& finding = context.report(
                "vmac-name-repeated", Severity::error, ast::place(line, word),
                fmt::format("another instance uses {} already; keepalived passes over the name", in_quotes(name)));
            add_note(finding, found->second->head.where(), "used here");
        } else if (is_automatic_name(name)) {
            context.report(
                "vmac-name-automatic", Severity::warning, ast::place(line, word),
                fmt::format(
                    "keepalived itself gives names like {} to VMACs; if one is there already the name is not used",
                    in_quotes(name)));
        }
    }
}

void check_ipvlan_words(const Context& context, const Node& line, const VrrpInstance& instance, Names& names) {
    bool has_name = false;
    bool has_type = false;
    bool has_address = false;
    for (std::size_t word = 0; word < line.arguments.size(); ++word) {
        const auto text = ast::text(line, word);
        if (text == "bridge" || text == "private" || text == "vepa") {
            if (has_type)
                context.report("vmac-word-repeated", Severity::error, ast::place(line, word),
                               "the ipvlan has a type already");
            has_type = true;
            continue;
        }
        if (text == "group") {
            ++word;
            continue;
        }
        if (const auto address = ast::address_with_prefix(text)) {
            if (has_address) {
                context.report("vmac-word-repeated", Severity::error, ast::place(line, word),
                               "the ipvlan has an address already");
            } else if (address->address.family() != instance.family) {
                context.report(
                    "peer-family", Severity::error, ast::place(line, word),
                    fmt::format("the instance is {}: keepalived passes over this address", to_string(instance.family)));
            } else {
                has_address = true;
            }
            continue;
        }
        if (text == "name") ++word;
        const auto name = ast::text(line, word);
        if (has_name) {
            context.report("vmac-word-repeated", Severity::error, ast::place(line, word),
                           "the ipvlan has a name already");
            continue;
        }
        has_name = true;
        const auto [found, fresh] = names.emplace(name, &line);
        if (!fresh) {
            auto& finding = context.report(
                "vmac-name-repeated", Severity::error, ast::place(line, word),
                fmt::format("another instance uses {} already; keepalived passes over the name", in_quotes(name)));
            add_note(finding, found->second->head.where(), "used here");
        }
    }
    if (!has_address && instance.family == Family::inet) {
        context.report("ipvlan-address-missing", Severity::error, line.head.where(),
                       "use_ipvlan needs an address for IPv4; the instance stays in fault state");
    }
}

void check_one(const Context& context, const VrrpInstance& instance, Names& names) {
    const Node* vmac = nullptr;
    const Node* ipvlan = nullptr;
    VmacWords said;
    for (const auto& child : instance.node->children) {
        if (child.keyword == nullptr || !child.valid) continue;
        if (child.keyword->id == "use_vmac"_kw) {
            vmac = &child;
            check_vmac_words(context, child, said, names);
        } else if (child.keyword->id == "use_ipvlan"_kw) {
            if (ipvlan != nullptr) {
                auto& finding = context.report("vmac-word-repeated", Severity::error, child.head.where(),
                                               "use_ipvlan stands here already; keepalived passes over the second one");
                add_note(finding, ipvlan->head.where(), "the first is here");
                continue;
            }
            ipvlan = &child;
            check_ipvlan_words(context, child, instance, names);
        }
    }
    const auto* line = vmac != nullptr ? vmac : ipvlan;
    const auto* base = ast::last_valid(*instance.node, "vmac_xmit_base"_kw);
    if (line != nullptr && instance.interface.empty() && !instance.node->has("interface"_kw)) {
        context.report("vmac-without-interface", Severity::error, line->head.where(),
                       fmt::format("{} needs the instance to have an interface", in_quotes(line->name())));
    } else if (line != nullptr && instance.unicast_configured && base == nullptr) {
        context.report("vmac-unicast-base", Severity::error, line->head.where(),
                       "with unicast settings this needs vmac_xmit_base; keepalived sets it");
    }
    if (base != nullptr && vmac == nullptr) {
        context.report("xmit-base-without-vmac", Severity::error, base->head.where(),
                       "vmac_xmit_base means nothing without use_vmac; keepalived clears it");
    }
    const auto* promote = ast::last_valid(*instance.node, "promote_secondaries"_kw);
    if (line != nullptr && promote != nullptr) {
        context.report("promote-secondaries-with-vmac", Severity::error, promote->head.where(),
                       "keepalived sets this by itself for a VMAC or ipvlan and passes over the line");
    }
}

/// Delays of interfaces that are made only when an instance starts.
void check_delays(const Context& context, const Names& names) {
    for (const auto& node : context.root.children) {
        if (!node.is("interface_up_down_delays"_kw)) continue;
        for (const auto& entry : node.children) {
            const auto name = ast::text(entry, 0);
            const auto found = names.find(name);
            if (found == names.end() && !is_automatic_name(name)) continue;
            auto& finding = context.report(
                "delays-of-vmac", Severity::error, ast::place(entry, 0),
                fmt::format("{} is made by keepalived later on: it passes over this line", in_quotes(name)));
            if (found != names.end()) add_note(finding, found->second->head.where(), "made here");
        }
    }
}

/// Who has the VMAC of an interface, for a router id and family.
struct Claim {
    const VrrpInstance* instance = nullptr;
    const Node* line = nullptr;  ///< an address; null: the instance itself
};
using Claims = std::map<std::tuple<std::string_view, std::uint8_t, Family>, Claim>;

/// An instance whose own VMAC meets another's is a matter of router ids; here it is addresses on other interfaces.
void check_claims(const Context& context, const model::VrrpConfiguration& vrrp) {
    Claims claims;
    for (const auto& instance : vrrp.instances) {
        if (instance.duplicate_of != nullptr || !instance.vrid || !instance.uses_vmac) continue;
        claims.emplace(std::tuple(instance.interface, *instance.vrid, instance.family), Claim{&instance});
    }
    for (const auto& instance : vrrp.instances) {
        if (instance.duplicate_of != nullptr || !instance.vrid) continue;
        const bool all = instance.uses_vmac && ast::given(*instance.node, "use_vmac_addr"_kw);
        for (const auto& address : instance.addresses) {
            const bool elsewhere = !address.device.empty() && address.device != instance.interface;
            if (!address.use_vmac && !(all && elsewhere)) continue;
            const auto device = address.device.empty() ? instance.interface : address.device;
            const auto key = std::tuple(device, *instance.vrid, address.address.address.family());
            const auto [found, fresh] = claims.emplace(key, Claim{&instance, address.entry});
            if (fresh || found->second.instance == &instance) continue;
            const auto& other = found->second;
            auto& finding = context.report(
                "vmac-conflict", Severity::warning, address.entry->head.where(),
                fmt::format("vrrp_instance {} has the VMAC for router id {} on {}; keepalived disables one of the two",
                            in_quotes(other.instance->name), *instance.vrid, in_quotes(device)));
            add_note(finding, other.line == nullptr ? other.instance->node->head.where() : other.line->head.where(),
                     "used here");
        }
    }
}

}  // namespace

std::span<const RulePage> vmac_pages() {
    return pages;
}

void check_vmac(const Context& context, const model::VrrpConfiguration& vrrp) {
    Names names;
    for (const auto& instance : vrrp.instances) {
        if (instance.duplicate_of == nullptr) check_one(context, instance, names);
    }
    check_delays(context, names);
    check_claims(context, vrrp);
}

}  // namespace lbctl::validate
