#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "grammar/base/address.h"

namespace lbctl::base {

/// An address as the system's calls take it, see ip(7) and ipv6(7).
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const IpAddress& address, std::uint16_t port = 0);

/// The address in one that came from the system; nothing for a null pointer and for other families.
std::optional<IpAddress> address_of(const sockaddr* address);

}  // namespace lbctl::base
