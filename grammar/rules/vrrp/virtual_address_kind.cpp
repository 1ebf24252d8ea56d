#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "grammar/ast/reading.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

/// Why no host can have the address; nothing when one can.
std::optional<std::string_view> why_unusable(const ast::AddressWithPrefix& address) {
    const auto bytes = address.address.bytes();
    if (ast::is_multicast(address.address)) return "a multicast address, which no host can have";
    if (address.address.family() == Family::inet6) return std::nullopt;
    if (bytes[0] == 127) return "a loopback address, which never leaves the machine";
    // Point-to-point links of /31 (RFC 3021) and single addresses have no network and no broadcast address.
    constexpr int longest_network = 30;
    if (address.prefix > longest_network) return std::nullopt;
    const std::uint32_t number = std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U |
                                 std::uint32_t{bytes[2]} << 8U | std::uint32_t{bytes[3]};
    const std::uint32_t host_bits =
        address.prefix == 0 ? ~0U : (1U << (32U - static_cast<unsigned>(address.prefix))) - 1;
    if ((number & host_bits) == 0) return "the network address of its prefix, which no host can have";
    if ((number & host_bits) == host_bits) return "the broadcast address of its prefix, which no host can have";
    return std::nullopt;
}

void check(const Whole& whole) {
    for (const ast::VrrpInstance& instance : whole.vrrp.instances) {
        for (const ast::VirtualAddress& address : instance.addresses) {
            const auto why = why_unusable(address.address);
            if (!why) continue;
            whole.context.report("virtual-address-kind", Severity::error, ast::place(*address.entry, 0),
                                 fmt::format("{} is {}", address.address.address.to_string(), *why));
        }
    }
}

}  // namespace

extern const Rule virtual_address_kind{
    .page =
        {.id = "virtual-address-kind",
         .family = "vrrp",
         .severity = Severity::error,
         .summary = "A virtual address that no host can have",
         .detail =
             "keepalived sets the address and announces it, and nobody can reach it: loopback addresses do not leave "
             "the machine, and network, broadcast and multicast addresses belong to no host (RFC 1122 section "
             "3.2.1.3). Mostly a digit or the prefix length is wrong.",
         .example = "vrrp_instance A {\n    virtual_ipaddress {\n        10.0.0.255/24\n    }\n}",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
