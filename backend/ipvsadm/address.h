#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "backend/table/table.h"

/// Addresses and ports as ipvsadm reads them.
namespace lbctl::ipvsadm {

struct HostAndPort {
    IpAddress address;
    std::optional<std::uint16_t> port;
};

/// What is to be done with a host that is no address: look it up as a name, or refuse it.
enum class Names { looked_up, refused };

/// HOST[:PORT]. HOST is IPv6 text (in brackets when a port follows), IPv4 text as inet_aton(3) takes it, or a name (its
/// first IPv4 address). PORT is 0-65535 or a name that services(5) knows for the protocol. Nothing for other text and
/// for digits alone.
std::optional<HostAndPort> read_host_and_port(std::string_view text, table::Protocol protocol,
                                              Names names = Names::looked_up);

/// IPv4 text as inet_aton(3) takes it, or a host name.
std::optional<IpAddress> read_ipv4(std::string_view text, Names names = Names::looked_up);

/// A decimal number with nothing around it, as strtol(3) reads it.
std::optional<long> read_number(std::string_view text, long least, long most);

}  // namespace lbctl::ipvsadm
