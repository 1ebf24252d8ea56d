#include "grammar/base/socket_address.h"

#include <netinet/in.h>

#include <cstring>

namespace lbctl::base {

namespace {

template <class Address, class Bytes>
IpAddress bytes_in(const sockaddr& address, Family family, Bytes Address::*bytes) {
    Address read{};
    std::memcpy(&read, &address, sizeof read);
    return IpAddress::from_bytes(
        family, {static_cast<const std::uint8_t*>(static_cast<const void*>(&(read.*bytes))), sizeof(Bytes)});
}

}  // namespace

SocketAddress socket_address(const IpAddress& address, std::uint16_t port) {
    SocketAddress result;
    const auto bytes = address.bytes();
    if (address.family() == Family::inet) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        std::memcpy(&in.sin_addr, bytes.data(), bytes.size());
        std::memcpy(&result.storage, &in, sizeof in);
        result.size = sizeof in;
    } else {
        sockaddr_in6 in{};
        in.sin6_family = AF_INET6;
        in.sin6_port = htons(port);
        std::memcpy(&in.sin6_addr, bytes.data(), bytes.size());
        std::memcpy(&result.storage, &in, sizeof in);
        result.size = sizeof in;
    }
    return result;
}

std::optional<IpAddress> address_of(const sockaddr* address) {
    if (address == nullptr) return std::nullopt;
    if (address->sa_family == AF_INET) return bytes_in(*address, Family::inet, &sockaddr_in::sin_addr);
    if (address->sa_family == AF_INET6) return bytes_in(*address, Family::inet6, &sockaddr_in6::sin6_addr);
    return std::nullopt;
}

}  // namespace lbctl::base
