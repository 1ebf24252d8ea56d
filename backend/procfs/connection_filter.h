#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/procfs/connections.h"

namespace lbctl::procfs {

/// A set of endpoints: all addresses of a prefix, with one port or any.
struct EndpointPattern {
    Endpoint network;  ///< its port does not count
    int prefix = 0;    ///< bits, 0-32 or 0-128
    std::optional<std::uint16_t> port;

    [[nodiscard]] bool matches(const Endpoint& endpoint) const;

    /// Reads ADDRESS, ADDRESS/BITS, either with :PORT after it (IPv6 in brackets then), or :PORT alone for any IPv4
    /// and IPv6 address. PORT is a number or a name of services(5). Nothing for other text, and for a prefix with bits
    /// set after it.
    static std::optional<EndpointPattern> parse(std::string_view text);
};

/// Which connections are wanted: those that every given condition accepts.
struct ConnectionFilter {
    std::vector<EndpointPattern> services;  ///< any of these, or all when empty; so for every list
    std::vector<EndpointPattern> clients;
    std::vector<EndpointPattern> real_servers;
    std::vector<std::string> states;     ///< upper case
    std::vector<std::string> protocols;  ///< upper case
    std::optional<Family> family;        ///< of client and service
    std::uint32_t least_expires = 0;     ///< seconds

    [[nodiscard]] bool accepts(const Connection& connection) const;
    [[nodiscard]] bool accepts_everything() const;
};

}  // namespace lbctl::procfs
