#include "cli/ipvsadm_address.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace lbctl::cli::ipvsadm {

namespace {

IpAddress from_in_addr(const in_addr& address) {
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &address, bytes.size());
    return IpAddress::from_bytes(Family::inet, bytes);
}

std::optional<std::uint16_t> read_port(const std::string& text, table::Protocol protocol) {
    if (const auto number = read_number(text, 0, 0xffff)) return static_cast<std::uint16_t>(*number);
    const char* word = protocol == table::Protocol::tcp ? "tcp" : protocol == table::Protocol::udp ? "udp" : "sctp";
    std::array<char, 1024> memory{};
    servent entry{};
    servent* found = nullptr;
    if (getservbyname_r(text.c_str(), word, &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr) {
        return std::nullopt;
    }
    return ntohs(static_cast<std::uint16_t>(found->s_port));
}

bool is_bare_ipv6(const std::string& text) {
    in6_addr address{};
    return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

std::optional<long> read_number(const std::string& text, long least, long most) {
    char* end = nullptr;
    errno = 0;
    const long number = std::strtol(text.c_str(), &end, 10);
    if (end == text.c_str() || *end != '\0' || errno == ERANGE || number < least || number > most) return std::nullopt;
    return number;
}

std::optional<IpAddress> read_ipv4(const std::string& text) {
    in_addr address{};
    if (inet_aton(text.c_str(), &address) != 0) return from_in_addr(address);
    addrinfo hints{};
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* results = nullptr;
    if (getaddrinfo(text.c_str(), nullptr, &hints, &results) != 0) return std::nullopt;
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(results, freeaddrinfo);
    sockaddr_in first{};
    std::memcpy(&first, results->ai_addr, std::min<std::size_t>(sizeof first, results->ai_addrlen));
    return from_in_addr(first.sin_addr);
}

std::optional<HostAndPort> read_host_and_port(const std::string& text, table::Protocol protocol) {
    // Also true for no text at all.
    if (std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    std::string host = text;
    std::optional<std::string> port;
    if (text.front() == '[') {
        const std::size_t close = text.find(']');
        if (close == std::string::npos || text.compare(close + 1, 1, ":") != 0) return std::nullopt;
        host = text.substr(1, close - 1);
        port = text.substr(close + 2);
    }
    HostAndPort result;
    if (is_bare_ipv6(host)) {
        result.address = *IpAddress::parse(host);
    } else {
        // What stood behind brackets does not count when an IPv4 address stood in them.
        const std::size_t colon = host.rfind(':');
        port = colon == std::string::npos ? std::nullopt : std::optional(host.substr(colon + 1));
        const auto address = read_ipv4(host.substr(0, colon));
        if (!address) return std::nullopt;
        result.address = *address;
    }
    if (port) {
        result.port = read_port(*port, protocol);
        if (!result.port) return std::nullopt;
    }
    return result;
}

}  // namespace lbctl::cli::ipvsadm
