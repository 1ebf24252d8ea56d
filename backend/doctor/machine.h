#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backend/doctor/firewall.h"
#include "backend/table/table.h"
#include "grammar/base/address.h"
#include "grammar/base/result.h"

/// A machine at one moment, as far as it matters for load balancing: what checks look at. Values only.
namespace lbctl::doctor {

/// Something that could not be read.
struct Unread {
    std::string topic;  ///< "firewall": what checks ask for with Look::can_read()
    std::string what;   ///< "nft list ruleset"
    std::string why;
};

struct Link {
    std::string name;
    std::uint32_t mtu = 0;
    std::uint16_t hardware = 0;  ///< ARPHRD_* of linux/if_arp.h
    bool up = false;
    bool running = false;  ///< it has a carrier
    bool loopback = false;
};

struct LocalAddress {
    IpAddress address;
    int prefix = 0;
    std::string device;
};

/// Of the main routing table.
struct Route {
    IpAddress destination;
    int prefix = 0;
    std::optional<IpAddress> gateway;
    std::string device;
    std::uint32_t metric = 0;
};

/// A socket that takes what comes to a port.
struct Listener {
    table::Protocol protocol = table::Protocol::tcp;
    IpAddress address;  ///< 0.0.0.0 and :: are all
    std::uint16_t port = 0;
    std::string program;  ///< empty: not known
    std::uint32_t process = 0;
    std::string unit;  ///< of systemd; may be empty
};

/// VRRP adverts of one sender that were heard on one device.
struct Adverts {
    std::string device;
    IpAddress source;
    std::uint8_t version = 0;
    std::uint8_t router_id = 0;
    std::uint8_t priority = 0;  ///< of the last one
    std::uint32_t count = 0;    ///< of those with a priority above 0
    std::uint32_t first = 0;    ///< milliseconds after the listening began
    std::uint32_t last = 0;
};

/// How long VRRP was listened for, and what was heard.
struct Heard {
    double seconds = 0;
    std::vector<Adverts> adverts;
};

/// What the kernel has of IPVS.
struct IpvsState {
    std::optional<std::uint32_t> table_bits;   ///< the module's conn_tab_bits
    std::optional<std::uint64_t> connections;  ///< of this network namespace
    std::optional<std::uint64_t> buckets;      ///< of kernels whose table grows: as large as it is now
};

struct Machine {
    std::string name;    ///< of the host
    std::string kernel;  ///< its release: "6.1.0-31-amd64"
    std::uint32_t user = 0;
    std::uint64_t capabilities = 0;      ///< effective ones, as in /proc/self/status
    bool initial_user_namespace = true;  ///< false in most containers
    /// Files of /proc/sys by their path below it, without the line end.
    std::map<std::string, std::string, std::less<>> settings;
    std::set<std::string, std::less<>> modules;            ///< that are loaded or built in
    std::set<std::string, std::less<>> installed_modules;  ///< of those that matter, what could be loaded
    bool knows_installed_modules = false;                  ///< false: there is no list of them
    IpvsState ipvs;
    std::vector<Link> links;
    std::vector<LocalAddress> addresses;
    std::vector<Route> routes;
    std::vector<Listener> listeners;
    std::vector<Chain> firewall;
    bool prefers_nft =
        false;  ///< rules of nftables can be read, and those of the old kind of iptables are not all there are
    std::optional<Heard> heard;
    std::vector<Unread> unread;

    /// The value of a setting; null where the kernel has none or it was not read.
    [[nodiscard]] const std::string* setting(std::string_view path) const {
        const auto found = settings.find(path);
        return found == settings.end() ? nullptr : &found->second;
    }
    /// The same as a number; nothing for other text.
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view path) const;

    [[nodiscard]] const Link* link(std::string_view device) const {
        const auto found = std::ranges::find(links, device, &Link::name);
        return found == links.end() ? nullptr : &*found;
    }
    [[nodiscard]] bool has_address(const IpAddress& address) const {
        return std::ranges::any_of(addresses, [&](const LocalAddress& each) { return each.address == address; });
    }
    /// The way to an address by the main table; null: there is none.
    [[nodiscard]] const Route* route_to(const IpAddress& address) const;

    [[nodiscard]] bool has_capability(unsigned number) const { return (capabilities >> number & 1U) != 0; }
};

/// The machine as text: JSON of the schema "lbctl-machine/1". There are no secrets in it: neither a configuration nor
/// what VRRP adverts say of their authentication.
std::string machine_json(const Machine& machine);

/// Such a text may have so many bytes.
inline constexpr std::size_t most_machine_bytes = std::size_t{16} << 20U;

/// The machine of such a text, which may come from anywhere.
Result<Machine> machine_from_json(std::string_view text);

}  // namespace lbctl::doctor
