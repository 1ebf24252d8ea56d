#include "backend/ipvsadm/address.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "backend/ipvsadm/port_name.h"
#include "grammar/base/ascii.h"
#include "grammar/base/number.h"
#include "grammar/base/socket_address.h"

namespace lbctl::ipvsadm {

namespace {

IpAddress from_in_addr(const in_addr& address) {
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &address, bytes.size());
    return IpAddress::from_bytes(Family::inet, bytes);
}

}  // namespace

std::optional<long> read_number(std::string_view text, long least, long most) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n\v\f\r"), text.size()));
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    const auto number = base::whole_number<long>(text);
    if (!number || *number < least || *number > most) return std::nullopt;
    return number;
}

std::optional<IpAddress> read_ipv4(std::string_view text, Names names) {
    const auto plain = IpAddress::parse(text);
    if (plain && plain->family() == Family::inet) return plain;
    // The functions of C stop at a NUL, so a word with one inside would pass for its first half.
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    const std::string word(text);
    in_addr address{};
    if (inet_aton(word.c_str(), &address) != 0) return from_in_addr(address);
    if (names == Names::refused) return std::nullopt;
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* results = nullptr;
    if (getaddrinfo(word.c_str(), nullptr, &hints, &results) != 0) return std::nullopt;
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(results, freeaddrinfo);
    return base::address_of(results->ai_addr);
}

std::optional<HostAndPort> read_host_and_port(std::string_view text, table::Protocol protocol, Names names) {
    // Also true for no text at all.
    if (base::all_digits(text)) return std::nullopt;
    std::string_view host = text;
    std::optional<std::string_view> port;
    if (text.front() == '[') {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos || !text.substr(close + 1).starts_with(':')) return std::nullopt;
        host = text.substr(1, close - 1);
        port = text.substr(close + 2);
    }
    HostAndPort result;
    const std::size_t colon = host.rfind(':');
    // IPv6 text has two colons at least.
    const auto inet6 = host.find(':') == colon ? std::nullopt : IpAddress::parse(host);
    if (inet6) {
        result.address = *inet6;
    } else {
        // What stood after brackets does not count when an IPv4 address stood in them.
        port = colon == std::string_view::npos ? std::nullopt : std::optional(host.substr(colon + 1));
        const auto address = read_ipv4(host.substr(0, colon), names);
        if (!address) return std::nullopt;
        result.address = *address;
    }
    if (port) {
        result.port = read_port(*port, protocol);
        if (!result.port) return std::nullopt;
    }
    return result;
}

}  // namespace lbctl::ipvsadm
