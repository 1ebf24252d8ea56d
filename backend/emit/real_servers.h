#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/emit/configuration.h"
#include "backend/emit/emitter.h"
#include "backend/table/table.h"
#include "grammar/base/result.h"

/// The real servers of a configuration, each with what the directors send to it.
namespace lbctl::emit {

/// A protocol and port that a real server is asked at; port 0: any.
struct ServedPort {
    table::Protocol protocol = table::Protocol::tcp;
    std::uint16_t port = 0;
    auto operator<=>(const ServedPort&) const = default;
};

/// One service that reaches a real server.
struct Delivery {
    std::string service;               ///< as the file names it
    table::SourcePlace service_place;  ///< of the virtual_server
    table::SourcePlace place;          ///< of the real_server
    table::ForwardingMethod method = table::ForwardingMethod::nat;
    table::Tunnel tunnel;                      ///< with ForwardingMethod::tunnel
    std::vector<IpAddress> virtual_addresses;  ///< which the packets still have when they arrive; none with NAT
    std::vector<ServedPort> ports;             ///< none: the file does not say (a service by mark)

    /// Two that stand in the same place ask for the same.
    bool operator==(const Delivery& other) const {
        return service == other.service && place.line == other.place.line && place.file() == other.place.file() &&
               method == other.method && tunnel == other.tunnel && virtual_addresses == other.virtual_addresses &&
               ports == other.ports;
    }
};

struct RealServer {
    IpAddress address;
    std::vector<Delivery> deliveries;

    [[nodiscard]] bool has(table::ForwardingMethod method) const;
    /// Those of all deliveries that keep their address, once each and in order.
    [[nodiscard]] std::vector<IpAddress> virtual_addresses() const;
    [[nodiscard]] std::vector<ServedPort> ports() const;
};

/// --for ADDRESS and --vip ADDRESS,...: of all kinds that write for real servers.
inline constexpr EmitterOption for_option{
    .name = "--for", .value_name = "ADDRESS", .what = "for this real server only", .words = {}};
inline constexpr EmitterOption vip_option{
    .name = "--vip",
    .value_name = "ADDRESS,...",
    .what = "the virtual addresses of services by mark; default: all that VRRP moves",
    .words = {}};

/// The real servers in the order of the file. A service by mark has the addresses that keepalived marks itself, those
/// of --vip, or all that VRRP moves; where it needs some and there are none, that is a failure. With --for only that
/// one; it is a failure when the file does not have it. It is one, too, when there is no real server at all.
Result<std::vector<RealServer>> real_servers_of(const Configuration& configuration, const Choices& choices);

/// The addresses of a service's packets: its own, those that keepalived marks itself, those of --vip, or all that VRRP
/// moves. A failure when there are none.
Result<std::vector<IpAddress>> virtual_addresses_of(const Configuration& configuration, const Choices& choices,
                                                    const table::WantedService& wanted);

/// What it serves, a line a service: "virtual_server 10.0.8.9 80 (a.conf:3), by NAT; real_server: a.conf:8".
std::vector<std::string> served_lines(const RealServer& server);

/// A document for each of real_servers_of(), written by `write`; files are called real-server-ADDRESS with that ending.
Result<std::vector<Document>> for_each_real_server(
    const Configuration& configuration, const Choices& choices, std::string_view ending,
    const std::function<Result<std::string>(const RealServer& server)>& write);

}  // namespace lbctl::emit
