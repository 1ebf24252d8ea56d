#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/emit/gateway.h"
#include "backend/emit/host_settings.h"
#include "backend/emit/real_servers.h"

/// What has to be there on a Linux real server, apart from how it is brought there.
namespace lbctl::emit {

/// A device that unpacks what directors pack for the server's own address.
struct PlannedTunnel {
    std::string_view name;
    std::string_view link_type;  ///< of ip-link(8)
    std::string_view module;
    bool takes_inet = true;  ///< IPv4 packets come out of it
    bool checksums = false;  ///< GRE with checksums: a device drops packets with them, unless it looks for them
};

struct PlannedAddress {
    IpAddress address;
    std::string_view device;
};

/// What clients send to the address has to fit with so many bytes before their data.
struct PlannedSegmentSize {
    IpAddress address;
    std::uint32_t header_bytes = 0;
};

struct RealServerPlan {
    IpAddress server;
    std::vector<PlannedTunnel> tunnels;
    std::vector<std::uint16_t> gue_ports;  ///< UDP ports that the kernel unpacks
    std::vector<HostSetting> settings;     ///< of the whole machine; before the addresses
    std::vector<PlannedAddress> addresses;
    std::vector<PlannedSegmentSize> segment_sizes;
    std::optional<Gateway> gateway;  ///< with NAT: the way back
};

/// Fails where one server would need two things that exclude each other, or NAT has no known way back.
Result<RealServerPlan> plan_for(const Configuration& configuration, const Choices& choices, const RealServer& server);

/// How many bytes a director puts before a packet of the family `inner' that it sends in such a tunnel.
std::uint32_t tunnel_bytes(const table::Tunnel& tunnel, Family outer, Family inner);

/// The words of ip-link(8) after the type and the local address.
std::vector<std::string> link_options(const PlannedTunnel& tunnel);

/// "10.0.8.9/32"
std::string with_full_length(const IpAddress& address);

}  // namespace lbctl::emit
