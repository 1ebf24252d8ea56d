#include "backend/health/own_addresses.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

namespace lbctl::health {

namespace {

template <class SocketAddress, class Bytes>
IpAddress address_in(const sockaddr& address, Family family, Bytes SocketAddress::*bytes) {
    SocketAddress read{};
    std::memcpy(&read, &address, sizeof read);
    return IpAddress::from_bytes(
        family, {static_cast<const std::uint8_t*>(static_cast<const void*>(&(read.*bytes))), sizeof(Bytes)});
}

std::optional<IpAddress> address_of(const sockaddr* address) {
    if (address == nullptr) return std::nullopt;
    if (address->sa_family == AF_INET) return address_in(*address, Family::inet, &sockaddr_in::sin_addr);
    if (address->sa_family == AF_INET6) return address_in(*address, Family::inet6, &sockaddr_in6::sin6_addr);
    return std::nullopt;
}

}  // namespace

bool is_own_address(const IpAddress& address) {
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0) return false;
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(all, &::freeifaddrs);
    for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
        if (address_of(one->ifa_addr) == address) return true;
    }
    return false;
}

}  // namespace lbctl::health
