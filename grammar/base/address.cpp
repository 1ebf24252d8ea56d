#include "grammar/base/address.h"

#include <arpa/inet.h>
#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>

namespace lbctl {

static_assert(static_cast<int>(Family::inet) == AF_INET && static_cast<int>(Family::inet6) == AF_INET6);

namespace {

constexpr std::size_t size_of(Family family) {
    return family == Family::inet ? 4 : 16;
}

/// Four decimal numbers up to 255, without leading zeros, as inet_pton(3) takes them. A large configuration is mostly
/// such addresses, and a copy with a NUL after it for each would cost more than reading it.
bool read_inet(std::string_view text, std::span<std::uint8_t, 4> bytes) {
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::uint8_t& byte : bytes) {
        if (&byte != bytes.data() && (at == end || *at++ != '.')) return false;
        const char* const begin = at;
        unsigned value = 0;
        for (; at != end && *at >= '0' && *at <= '9'; ++at) value = value * 10 + static_cast<unsigned>(*at - '0');
        const auto digits = static_cast<std::size_t>(at - begin);
        if (digits == 0 || digits > 3 || value > 255) return false;
        if (*begin == '0' && digits > 1) return false;
        byte = static_cast<std::uint8_t>(value);
    }
    return at == end;
}

}  // namespace

std::string_view to_string(Family family) {
    return family == Family::inet ? "inet" : "inet6";
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    IpAddress address;
    if (read_inet(text, std::span(address.bytes_).first<4>())) return address;
    // inet_pton stops at a NUL, so a word with one inside would pass for its first half.
    if (text.size() > INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
    address.family_ = Family::inet6;
    if (inet_pton(AF_INET6, std::string(text).c_str(), address.bytes_.data()) != 1) return std::nullopt;
    return address;
}

IpAddress IpAddress::from_bytes(Family family, std::span<const std::uint8_t> bytes) {
    IpAddress address;
    address.family_ = family;
    std::copy_n(bytes.begin(), std::min(size_of(family), bytes.size()), address.bytes_.begin());
    return address;
}

std::optional<IpAddress> IpAddress::advanced(std::uint64_t count) const {
    IpAddress next = *this;
    std::uint64_t carry = count;
    for (std::size_t i = size_of(family_); i-- > 0 && carry != 0;) {
        const std::uint64_t sum = (carry & 0xff) + next.bytes_[i];
        next.bytes_[i] = static_cast<std::uint8_t>(sum & 0xff);
        carry = (carry >> 8) + (sum >> 8);
    }
    if (carry != 0) return std::nullopt;
    return next;
}

std::optional<std::uint64_t> IpAddress::distance_to(const IpAddress& later) const {
    if (family_ != later.family_ || later < *this) return std::nullopt;
    std::uint64_t distance = 0;
    bool borrow = false;
    std::array<std::uint8_t, 16> difference{};
    const std::size_t size = size_of(family_);
    for (std::size_t i = size; i-- > 0;) {
        const int value = later.bytes_[i] - bytes_[i] - (borrow ? 1 : 0);
        borrow = value < 0;
        difference[i] = static_cast<std::uint8_t>(value & 0xff);
    }
    for (std::size_t i = 0; i < size; ++i) {
        if (distance > (std::numeric_limits<std::uint64_t>::max() >> 8))
            return std::numeric_limits<std::uint64_t>::max();
        distance = distance << 8 | difference[i];
    }
    return distance;
}

int IpAddress::common_bits(const IpAddress& other) const {
    if (other.family_ != family_) return 0;
    int bits = 0;
    for (std::size_t i = 0; i < bytes().size(); ++i) {
        const auto difference = static_cast<std::uint8_t>(bytes()[i] ^ other.bytes()[i]);
        bits += std::countl_zero(difference);
        if (difference != 0) break;
    }
    return bits;
}

std::string IpAddress::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (family_ == Family::inet) {
        // Reports name thousands of them, and inet_ntop formats them by sprintf.
        char* end = text.data();
        for (const std::uint8_t byte : bytes()) {
            if (end != text.data()) *end++ = '.';
            end = std::to_chars(end, text.data() + text.size(), byte).ptr;
        }
        return {text.data(), end};
    }
    inet_ntop(static_cast<int>(family_), bytes_.data(), text.data(), text.size());
    return text.data();
}

std::string with_port(const IpAddress& address, std::uint16_t port) {
    const std::string host = address.to_string();
    return (address.family() == Family::inet6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace lbctl
