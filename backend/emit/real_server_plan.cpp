#include "backend/emit/real_server_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backend/emit/add_new.h"
#include "backend/table/names.h"
#include "grammar/ast/argument_values.h"

namespace lbctl::emit {

namespace {

using table::ForwardingMethod;
using table::TunnelChecksum;
using table::TunnelType;

/// A device that unpacks tunnels, by what the packets come in and what is in them (ip-link(8), ip-fou(8)). The bytes
/// are those that the director puts before a packet (net/netfilter/ipvs/ip_vs_xmit.c).
struct TunnelDevice {
    TunnelType type;
    Family outer;
    std::optional<Family> inner;  ///< nothing: both
    std::string_view name;
    std::string_view link_type;
    std::string_view module;
    std::uint32_t header_bytes;
};

constexpr std::array tunnel_devices{
    TunnelDevice{TunnelType::ipip, Family::inet, Family::inet, "lbctl-ipip", "ipip", "ipip", 20},
    TunnelDevice{TunnelType::ipip, Family::inet, Family::inet6, "lbctl-sit", "sit", "sit", 20},
    TunnelDevice{TunnelType::ipip, Family::inet6, std::nullopt, "lbctl-ip6tnl", "ip6tnl", "ip6_tunnel", 40},
    // The kernel takes the UDP and GUE headers off first; what is left is as above.
    TunnelDevice{TunnelType::gue, Family::inet, Family::inet, "lbctl-ipip", "ipip", "ipip", 32},
    TunnelDevice{TunnelType::gue, Family::inet, Family::inet6, "lbctl-sit", "sit", "sit", 32},
    TunnelDevice{TunnelType::gue, Family::inet6, std::nullopt, "lbctl-ip6tnl", "ip6tnl", "ip6_tunnel", 52},
    TunnelDevice{TunnelType::gre, Family::inet, std::nullopt, "lbctl-gre", "gre", "ip_gre", 24},
    TunnelDevice{TunnelType::gre, Family::inet6, std::nullopt, "lbctl-gre6", "ip6gre", "ip6_gre", 44},
};
constexpr std::uint32_t gre_checksum_bytes = 4;
constexpr std::uint32_t gue_remote_checksum_bytes = 8;

/// IP and TCP headers without options.
constexpr std::uint32_t header_bytes(Family family) {
    return family == Family::inet ? 40 : 60;
}

const TunnelDevice& device_for(const table::Tunnel& tunnel, Family outer, Family inner) {
    return *std::ranges::find_if(tunnel_devices, [&](const TunnelDevice& device) {
        return device.type == tunnel.type && device.outer == outer && device.inner.value_or(inner) == inner;
    });
}

std::uint32_t bytes_before_packet(const TunnelDevice& device, const table::Tunnel& tunnel) {
    std::uint32_t bytes = device.header_bytes;
    if (tunnel.type == TunnelType::gre && tunnel.checksum == TunnelChecksum::checksum) bytes += gre_checksum_bytes;
    if (tunnel.type == TunnelType::gue && tunnel.checksum == TunnelChecksum::remote_checksum)
        bytes += gue_remote_checksum_bytes;
    return bytes;
}

bool serves_tcp(const Delivery& delivery) {
    return delivery.ports.empty() || std::ranges::any_of(delivery.ports, [](const ServedPort& port) {
               return port.protocol == table::Protocol::tcp;
           });
}

class Planning {
public:
    explicit Planning(const RealServer& server) : server_(server) { plan_.server = server.address; }

    Result<RealServerPlan> plan() {
        if (auto tunnels = plan_tunnels(); !tunnels) return tl::make_unexpected(tunnels.error());
        plan_addresses();
        plan_segment_sizes();
        return std::move(plan_);
    }

private:
    [[nodiscard]] const TunnelDevice& device_of(const Delivery& delivery, const IpAddress& address) const {
        return device_for(delivery.tunnel, server_.address.family(), address.family());
    }

    Result<void> plan_tunnels() {
        for (const Delivery& delivery : server_.deliveries) {
            if (delivery.method != ForwardingMethod::tunnel) continue;
            for (const IpAddress& address : delivery.virtual_addresses) {
                const TunnelDevice& device = device_of(delivery, address);
                const bool checksums =
                    device.type == TunnelType::gre && delivery.tunnel.checksum == TunnelChecksum::checksum;
                const auto found = std::ranges::find(plan_.tunnels, device.name, &PlannedTunnel::name);
                if (found == plan_.tunnels.end()) {
                    plan_.tunnels.push_back(
                        {device.name, device.link_type, device.module, device.inner != Family::inet6, checksums});
                } else if (found->checksums != checksums) {
                    return failure(
                        fmt::format("the real server {} would get GRE packets with checksums and without, and "
                                    "one device takes only one of them ({})",
                                    server_.address.to_string(), table::to_string(delivery.place)),
                        "write `csum' or `nocsum' for all of them");
                }
            }
            const std::uint16_t port = delivery.tunnel.port;
            if (delivery.tunnel.type == TunnelType::gue) add_new(plan_.gue_ports, port);
        }
        return {};
    }

    void plan_addresses() {
        const std::vector<IpAddress> addresses = server_.virtual_addresses();
        if (std::ranges::any_of(addresses, [](const IpAddress& each) { return each.family() == Family::inet; })) {
            plan_.settings = arp_settings();
        }
        for (const IpAddress& address : addresses) {
            for (const std::string_view device : devices_with(address)) plan_.addresses.push_back({address, device});
        }
    }

    /// Where a virtual address belongs: on the loopback, but for IPv4 in tunnels: what comes out of a device without
    /// any address passes no rp_filter but 0 (__fib_validate_source()).
    [[nodiscard]] std::vector<std::string_view> devices_with(const IpAddress& address) const {
        std::vector<std::string_view> devices;
        for (const Delivery& delivery : server_.deliveries) {
            if (std::ranges::count(delivery.virtual_addresses, address) == 0) continue;
            const bool tunnelled = delivery.method == ForwardingMethod::tunnel && address.family() == Family::inet;
            const std::string_view device = tunnelled ? device_of(delivery, address).name : "lo";
            add_new(devices, device);
        }
        return devices;
    }

    void plan_segment_sizes() {
        for (const IpAddress& address : server_.virtual_addresses()) {
            std::uint32_t most = 0;
            for (const Delivery& delivery : server_.deliveries) {
                if (delivery.method != ForwardingMethod::tunnel || !serves_tcp(delivery) ||
                    std::ranges::count(delivery.virtual_addresses, address) == 0)
                    continue;
                most = std::max(most, bytes_before_packet(device_of(delivery, address), delivery.tunnel));
            }
            if (most != 0) plan_.segment_sizes.push_back({address, most + header_bytes(address.family())});
        }
    }

    const RealServer& server_;
    RealServerPlan plan_;
};

}  // namespace

Result<RealServerPlan> plan_for(const Configuration& configuration, const Choices& choices, const RealServer& server) {
    auto plan = Planning(server).plan();
    if (!plan || !server.has(ForwardingMethod::nat)) return plan;
    auto gateway = gateway_of(configuration, choices, server.address);
    if (!gateway) return tl::make_unexpected(gateway.error());
    plan->gateway = *std::move(gateway);
    return plan;
}

std::uint32_t tunnel_bytes(const table::Tunnel& tunnel, Family outer, Family inner) {
    return bytes_before_packet(device_for(tunnel, outer, inner), tunnel);
}

std::vector<std::string> link_options(const PlannedTunnel& tunnel) {
    // Directors may send from a virtual address, which is an own one here as well (ip6_tnl_rcv_ctl()).
    if (tunnel.link_type == "ip6tnl") return {"mode", "any", "allow-localremote"};
    // ip_tunnel_rcv() drops packets with checksums unless the device looks for them, and the other way round.
    if (tunnel.checksums) return {"icsum"};
    return {};
}

std::string with_full_length(const IpAddress& address) {
    return fmt::format("{}/{}", address.to_string(), ast::full_length(address.family()));
}

}  // namespace lbctl::emit
