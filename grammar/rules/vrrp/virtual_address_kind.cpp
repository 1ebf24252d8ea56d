#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

struct Unusable {
    Severity severity = Severity::error;
    std::string_view why;
};

bool all_zero(std::span<const std::uint8_t> bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

std::optional<Unusable> why_unusable(const IpAddress& address, int prefix) {
    const auto bytes = address.bytes();
    const bool written_out = prefix < ast::full_length(Family::inet6);
    if (all_zero(bytes)) return Unusable{Severity::error, "the address of no host"};
    if (all_zero(bytes.first(15)) && bytes[15] == 1)
        return Unusable{Severity::error, "the loopback address, which never leaves the machine"};
    // Links of two routers (RFC 6164) have no such address.
    const auto network_bytes = static_cast<std::size_t>(prefix) / 8;
    const bool host_is_zero =
        prefix > 0 && prefix % 8 == 0 && all_zero(bytes.subspan(std::min<std::size_t>(network_bytes, 15)));
    if (written_out && host_is_zero)
        return Unusable{Severity::warning, "the subnet-router anycast address of its prefix, which every router has"};
    return std::nullopt;
}

/// Why no host can have the address, or should; nothing when one can.
std::optional<Unusable> why_unusable(const ast::AddressWithPrefix& address) {
    const auto bytes = address.address.bytes();
    if (ast::is_multicast(address.address))
        return Unusable{Severity::error, "a multicast address, which no host can have"};
    if (address.address.family() == Family::inet6) return why_unusable(address.address, address.prefix);
    if (bytes[0] == 127) return Unusable{Severity::error, "a loopback address, which never leaves the machine"};
    if (bytes[0] == 0) return Unusable{Severity::error, "an address of no host (0.0.0.0/8)"};
    const std::uint32_t number = std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U |
                                 std::uint32_t{bytes[2]} << 8U | std::uint32_t{bytes[3]};
    if (number == ~0U) return Unusable{Severity::error, "the broadcast address, which no host can have"};
    // Point-to-point links of /31 (RFC 3021) and single addresses have no network and no broadcast address.
    constexpr int longest_network = 30;
    if (address.prefix > longest_network) return std::nullopt;
    const std::uint32_t host_bits =
        address.prefix == 0 ? ~0U : (1U << (32U - static_cast<unsigned>(address.prefix))) - 1;
    if ((number & host_bits) == 0)
        return Unusable{Severity::error, "the network address of its prefix, which no host can have"};
    if ((number & host_bits) == host_bits)
        return Unusable{Severity::error, "the broadcast address of its prefix, which no host can have"};
    return std::nullopt;
}

void check(const Whole& whole) {
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        if (instance.duplicate_of != nullptr) continue;
        for (const model::VirtualAddress& address : instance.addresses) {
            const auto unusable = why_unusable(address.address);
            if (!unusable || !address.fits_family) continue;
            whole.context.report("virtual-address-kind", unusable->severity, ast::place(*address.entry, 0),
                                 fmt::format("{} is {}", address.address.address.to_string(), unusable->why));
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
             "3.2.1.3). An IPv6 address whose host part is 0 is the anycast address of all routers of its network "
             "(RFC 4291 section 2.6.1). Mostly a digit or the prefix length is wrong.",
         .example = "vrrp_instance A {\n    virtual_ipaddress {\n        10.0.0.255/24\n    }\n}",
         .others = {{{Severity::warning, "for the anycast address of the routers"}}},
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
