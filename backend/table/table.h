#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "grammar/base/address.h"

/// The IPVS table as values: what a configuration wants, and what the kernel holds.
namespace lbctl::table {

/// Protocols of address services, by IANA number. The kernel stores any number; lbctl writes only these.
enum class Protocol : std::uint16_t { tcp = 6, udp = 17, sctp = 132 };

/// A service that is found by protocol, address and port.
struct AddressKey {
    Protocol protocol = Protocol::tcp;
    IpAddress address;
    std::uint16_t port = 0;
    auto operator<=>(const AddressKey&) const = default;
};

/// A service that is found by firewall mark (1-4294967295) and family.
struct FwmarkKey {
    Family family = Family::inet;
    std::uint32_t mark = 0;
    auto operator<=>(const FwmarkKey&) const = default;
};

/// What makes two services the same one for the kernel.
using ServiceKey = std::variant<AddressKey, FwmarkKey>;

Family family_of(const ServiceKey& key);

/// Service flags as in linux/ip_vs.h (IP_VS_SVC_F_*), but for PERSISTENT, which is Service::persistence, and HASHED,
/// which is the kernel's own.
namespace service_flag {
inline constexpr std::uint32_t persistent = 0x1;
inline constexpr std::uint32_t hashed = 0x2;
inline constexpr std::uint32_t one_packet = 0x4;
inline constexpr std::uint32_t scheduler_1 = 0x8;
inline constexpr std::uint32_t scheduler_2 = 0x10;
inline constexpr std::uint32_t scheduler_3 = 0x20;
}  // namespace service_flag

/// How packets reach a destination, numbered as in linux/ip_vs.h (IP_VS_CONN_F_*).
enum class ForwardingMethod : std::uint32_t { nat = 0, local = 1, tunnel = 2, direct_routing = 3, bypass = 4 };

/// Encapsulation of the tunnel method, numbered as in linux/ip_vs.h (IP_VS_CONN_F_TUNNEL_TYPE_*).
enum class TunnelType : std::uint8_t { ipip = 0, gue = 1, gre = 2 };

/// Checksum handling of gue and gre tunnels (IP_VS_TUNNEL_ENCAP_FLAG_*).
enum class TunnelChecksum : std::uint16_t { none = 0, checksum = 1, remote_checksum = 2 };

struct Tunnel {
    TunnelType type = TunnelType::ipip;
    std::uint16_t port = 0;  ///< UDP port of a gue tunnel, else 0
    TunnelChecksum checksum = TunnelChecksum::none;
    auto operator<=>(const Tunnel&) const = default;
};

/// What makes two destinations of one service the same one for the kernel.
struct DestinationKey {
    IpAddress address;
    std::uint16_t port = 0;
    auto operator<=>(const DestinationKey&) const = default;
};

/// A real server as the kernel knows it.
struct Destination {
    DestinationKey key;
    ForwardingMethod method = ForwardingMethod::nat;
    Tunnel tunnel;                      ///< meaningful with ForwardingMethod::tunnel only
    std::uint32_t weight = 1;           ///< 0-2147483647
    std::uint32_t upper_threshold = 0;  ///< connections, 0 is no limit
    std::uint32_t lower_threshold = 0;  ///< connections
    bool operator==(const Destination&) const = default;
};

/// The longest timeout in seconds that ipvsadm (MAX_TIMEOUT) and keepalived take, of connections and of persistence: 31
/// days. The kernel itself goes further, and how far depends on how it was built.
inline constexpr std::uint32_t longest_timeout = 31 * 24 * 60 * 60;

/// Persistence of a service: one client goes to one destination for `timeout` seconds after its last connection.
struct Persistence {
    std::uint32_t timeout = 0;  ///< seconds, 1 to longest_timeout; see is_persistent() for 0
    std::string engine;         ///< name of a persistence engine ("sip"), empty without one
    bool operator==(const Persistence&) const = default;
};

/// The netmask that groups clients: an IPv4 mask in network byte order, or an IPv6 prefix length in host byte order,
/// which is how linux/ip_vs.h defines it (IPVS_SVC_ATTR_NETMASK).
std::uint32_t default_netmask(Family family);

/// A virtual server as the kernel knows it.
struct Service {
    ServiceKey key;
    std::string scheduler = "wlc";  ///< 1-15 characters; "none" schedules nothing
    std::uint32_t flags = 0;        ///< service_flag::one_packet and scheduler_1..3
    std::optional<Persistence> persistence;
    std::uint32_t netmask = 0xffffffff;  ///< see default_netmask()
    std::vector<Destination> destinations;
    bool operator==(const Service&) const = default;
};

/// Whether the kernel keeps clients at their destinations. A service that is not persistent can have an engine, which
/// is without effect then; that is a timeout of 0 with an engine (IP_VS_SVC_F_PERSISTENT, linux/ip_vs.h).
bool is_persistent(const Service& service);

/// Connection timeouts of a namespace in seconds; as a wish, 0 leaves the kernel's value alone.
struct Timeouts {
    std::uint32_t tcp = 0;
    std::uint32_t tcp_fin = 0;
    std::uint32_t udp = 0;
    bool operator==(const Timeouts&) const = default;
};

enum class DaemonState : std::uint32_t { master = 1, backup = 2 };

/// A connection synchronisation daemon. Zero and empty values take the kernel's defaults.
struct SyncDaemon {
    DaemonState state = DaemonState::master;
    std::string interface;
    std::uint32_t sync_id = 0;  ///< 0-255
    std::uint16_t max_length = 0;
    std::optional<IpAddress> group;
    std::uint16_t port = 0;
    std::uint8_t ttl = 0;
    bool operator==(const SyncDaemon&) const = default;
};

/// Everything about IPVS in one network namespace.
struct Table {
    std::vector<Service> services;
    Timeouts timeouts;
    std::vector<SyncDaemon> daemons;
    bool operator==(const Table&) const = default;
};

}  // namespace lbctl::table
