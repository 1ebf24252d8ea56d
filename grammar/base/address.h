#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lbctl {

/// Address families, numbered as the kernel numbers them (AF_INET, AF_INET6).
enum class Family : std::uint16_t { inet = 2, inet6 = 10 };

/// "inet" or "inet6", as keepalived.conf spells them.
std::string_view to_string(Family family);

/// An IPv4 or IPv6 address. IPv4 addresses use the first four bytes; the rest is zero.
class IpAddress {
public:
    /// 0.0.0.0
    constexpr IpAddress() = default;

    /// Reads an address as inet_pton(3) does: four decimal numbers, or IPv6 text (RFC 4291 section 2.2) without
    /// brackets or zone. A colon anywhere makes it IPv6. Nothing else is accepted.
    static std::optional<IpAddress> parse(std::string_view text);

    /// From network byte order; `bytes` must hold at least 4 (inet) or 16 (inet6) bytes.
    static IpAddress from_bytes(Family family, std::span<const std::uint8_t> bytes);

    [[nodiscard]] Family family() const { return family_; }

    /// The 4 or 16 bytes of the address in network byte order.
    [[nodiscard]] std::span<const std::uint8_t> bytes() const {
        return {bytes_.data(), family_ == Family::inet ? std::size_t{4} : std::size_t{16}};
    }

    /// All 16 bytes, zero padded for IPv4, as the kernel's union nf_inet_addr has them.
    [[nodiscard]] const std::array<std::uint8_t, 16>& padded_bytes() const { return bytes_; }

    /// The address `count` places further on, carrying over all bytes; nothing when that leaves the family.
    [[nodiscard]] std::optional<IpAddress> advanced(std::uint64_t count) const;

    /// How many places `later` lies after this address, at most 2^64-1; nothing when it lies before it or is of the
    /// other family.
    [[nodiscard]] std::optional<std::uint64_t> distance_to(const IpAddress& later) const;

    /// How many leading bits both have in common; 0 when the other is of the other family.
    [[nodiscard]] int common_bits(const IpAddress& other) const;

    /// Canonical text (RFC 5952 for IPv6).
    [[nodiscard]] std::string to_string() const;

    auto operator<=>(const IpAddress&) const = default;
    /// As the default one, but without a call: every real server is held against those above it.
    bool operator==(const IpAddress& other) const {
        using Halves = std::array<std::uint64_t, 2>;
        const auto mine = std::bit_cast<Halves>(bytes_);
        const auto others = std::bit_cast<Halves>(other.bytes_);
        return family_ == other.family_ && mine[0] == others[0] && mine[1] == others[1];
    }

private:
    Family family_ = Family::inet;
    std::array<std::uint8_t, 16> bytes_{};
};

/// "10.0.0.1:80" or "[fd00::1]:80".
std::string with_port(const IpAddress& address, std::uint16_t port);

}  // namespace lbctl
