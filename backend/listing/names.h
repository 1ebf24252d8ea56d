#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "grammar/base/address.h"

namespace lbctl::listing {

/// Longest "host:port" that ipvsadm shows.
inline constexpr std::size_t longest_name = 59;

/// Names instead of numbers: hosts by reverse look-up, ports by services(5), each looked up once. Not for two threads.
class NameCache {
public:
    /// The host's name, or the address as numbers.
    const std::string& host(const IpAddress& address);

    /// The port's name for that protocol (IANA number), or its number. Only TCP, UDP and SCTP have names.
    const std::string& port(std::uint16_t port, std::uint16_t protocol);

    /// "host:port" with IPv6 in brackets even when it is a name; cut to the 59 characters that ipvsadm keeps.
    std::string endpoint(const IpAddress& address, std::uint16_t port, std::uint16_t protocol);

private:
    std::map<IpAddress, std::string> hosts_;
    std::map<std::pair<std::uint16_t, std::uint16_t>, std::string> ports_;
};

}  // namespace lbctl::listing
