#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "backend/emit/emitter.h"
#include "backend/emit/gateway.h"
#include "backend/emit/host_script.h"
#include "backend/emit/real_servers.h"
#include "backend/table/words.h"

namespace lbctl::emit {

namespace {

using table::ForwardingMethod;
using table::TunnelChecksum;
using table::TunnelType;

constexpr std::array<std::string_view, 1> forms{"script"};

constexpr EmitterOption as_option{.name = "--as", .value_name = "FORM", .what = "what to write", .words = forms};
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

constexpr int host_bits(Family family) {
    return family == Family::inet ? 32 : 128;
}

class RealServerScript {
public:
    RealServerScript(const Configuration& configuration, const Choices& choices, const RealServer& server)
        : configuration_(configuration),
          choices_(choices),
          server_(server),
          own_(server.address.to_string()),
          script_(fmt::format("Sets up the real server {} for the services of {}; written by `lbctl emit real-server'.",
                              own_, configuration.name),
                  fmt::format("/run/lbctl/real-server-{}", own_)) {}

    Result<std::string> write() {
        script_.note("It serves:");
        for (const Delivery& delivery : server_.deliveries) {
            script_.note(fmt::format("  {} ({}), by {}; real_server: {}", delivery.service,
                                     table::to_string(delivery.service_place), method_text(delivery),
                                     table::to_string(delivery.place)));
        }
        script_.heading("No other machine is changed by mistake.");
        script_.step(StepKind::here, {own_});
        if (auto tunnels = write_tunnels(); !tunnels) return tl::make_unexpected(tunnels.error());
        write_addresses();
        write_segment_sizes();
        if (server_.has(ForwardingMethod::nat)) {
            if (auto route = write_route(); !route) return tl::make_unexpected(route.error());
        }
        return script_.text();
    }

private:
    Result<void> write_tunnels() {
        std::vector<std::pair<std::string_view, bool>> made;  // and whether they look for checksums
        std::vector<std::uint16_t> ports;
        for (const Delivery& delivery : server_.deliveries) {
            if (delivery.method != ForwardingMethod::tunnel) continue;
            for (const IpAddress& address : delivery.virtual_addresses) {
                const TunnelDevice& device = device_for(delivery.tunnel, server_.address.family(), address.family());
                const bool checksums =
                    device.type == TunnelType::gre && delivery.tunnel.checksum == TunnelChecksum::checksum;
                const auto found = std::ranges::find(made, device.name, &decltype(made)::value_type::first);
                if (found == made.end()) {
                    write_device(device, checksums);
                    made.emplace_back(device.name, checksums);
                } else if (found->second != checksums) {
                    return failure(
                        fmt::format("the real server {} would get GRE packets with checksums and without, and "
                                    "one device takes only one of them ({})",
                                    own_, table::to_string(delivery.place)),
                        "write `csum' or `nocsum' for all of them");
                }
                if (delivery.tunnel.type != TunnelType::gue || std::ranges::count(ports, delivery.tunnel.port) != 0)
                    continue;
                ports.push_back(delivery.tunnel.port);
                script_.heading("GUE: the kernel takes such UDP packets for tunnelled ones (ip-fou(8)).");
                script_.step(StepKind::module, {"fou"});
                script_.step(StepKind::gue_port, {std::to_string(delivery.tunnel.port),
                                                  server_.address.family() == Family::inet ? "-4" : "-6"});
            }
        }
        return {};
    }

    void write_device(const TunnelDevice& device, bool checksums) {
        script_.heading("The device on which tunnelled packets come out.");
        script_.step(StepKind::module, {std::string(device.module)});
        std::vector<std::string> words{std::string(device.name), std::string(device.link_type), own_};
        // Directors may send from a virtual address, which is an own one here as well (ip6_tnl_rcv_ctl()).
        if (device.link_type == "ip6tnl") words.insert(words.end(), {"mode", "any", "allow-localremote"});
        // A device drops packets with checksums unless it looks for them, and the other way round (ip_tunnel_rcv()).
        if (checksums) words.emplace_back("icsum");
        script_.step(StepKind::tunnel, words);
        if (device.inner == Family::inet6) return;
        script_.step(StepKind::setting,
                     {fmt::format("net/ipv4/conf/{}/rp_filter", device.name), "2", "2",
                      "the way back to a client does not lead into the tunnel, and 1 would drop what comes out of it "
                      "(the larger of this and conf/all counts)"});
    }

    void write_addresses() {
        const std::vector<IpAddress> addresses = server_.virtual_addresses();
        if (addresses.empty()) return;
        if (std::ranges::any_of(addresses, [](const IpAddress& each) { return each.family() == Family::inet; })) {
            script_.heading(
                "Only the director may answer ARP for the virtual addresses, so this comes before they do.");
            script_.step(StepKind::setting, {"net/ipv4/conf/all/arp_ignore", "1", "1 2 8",
                                             "answer ARP only for addresses of the interface that is asked"});
            script_.step(StepKind::setting, {"net/ipv4/conf/all/arp_announce", "2", "2",
                                             "never tell the neighbours a virtual address as one's own"});
        }
        script_.heading("The virtual addresses, or the packets would not be for this machine.");
        if (std::ranges::any_of(addresses, [](const IpAddress& each) { return each.family() == Family::inet6; }))
            script_.note("IPv6 asks nothing else: neighbours are told only addresses of the interface that is asked.");
        for (const IpAddress& address : addresses) {
            for (const std::string_view device : devices_with(address))
                script_.step(StepKind::address, {fmt::format("{}/{}", address.to_string(), host_bits(address.family())),
                                                 std::string(device)});
        }
    }

    /// Where a virtual address belongs: on the loopback, but for IPv4 in tunnels: what comes out of a device without
    /// any address passes no rp_filter but 0 (__fib_validate_source()).
    [[nodiscard]] std::vector<std::string_view> devices_with(const IpAddress& address) const {
        std::vector<std::string_view> devices;
        for (const Delivery& delivery : server_.deliveries) {
            if (std::ranges::count(delivery.virtual_addresses, address) == 0) continue;
            const bool tunnelled = delivery.method == ForwardingMethod::tunnel && address.family() == Family::inet;
            const std::string_view device =
                tunnelled ? device_for(delivery.tunnel, server_.address.family(), Family::inet).name : "lo";
            if (std::ranges::count(devices, device) == 0) devices.push_back(device);
        }
        return devices;
    }

    void write_segment_sizes() {
        bool first = true;
        for (const IpAddress& address : server_.virtual_addresses()) {
            std::uint32_t most = 0;
            for (const Delivery& delivery : server_.deliveries) {
                const bool serves_tcp =
                    delivery.ports.empty() || std::ranges::any_of(delivery.ports, [](const ServedPort& port) {
                        return port.protocol == table::Protocol::tcp;
                    });
                if (delivery.method != ForwardingMethod::tunnel || !serves_tcp ||
                    std::ranges::count(delivery.virtual_addresses, address) == 0)
                    continue;
                const TunnelDevice& device = device_for(delivery.tunnel, server_.address.family(), address.family());
                most = std::max(most, bytes_before_packet(device, delivery.tunnel));
            }
            if (most == 0) continue;
            if (first) {
                script_.heading("MTU: what clients send must still fit with the tunnel's headers before it.");
                first = false;
            }
            script_.step(StepKind::segment_size,
                         {address.to_string(), own_, std::to_string(most + header_bytes(address.family())),
                          address.family() == Family::inet ? "ip" : "ip6"});
        }
    }

    Result<void> write_route() {
        const auto gateway = gateway_of(configuration_, choices_, server_.address);
        if (!gateway) return tl::make_unexpected(gateway.error());
        script_.heading(fmt::format(
            "NAT: answers must go back through the director that changed the packets; its inside address: {}",
            gateway->from));
        script_.step(StepKind::default_route,
                     {server_.address.family() == Family::inet ? "-4" : "-6", gateway->address.to_string(), own_});
        return {};
    }

    const Configuration& configuration_;
    const Choices& choices_;
    const RealServer& server_;
    std::string own_;
    HostScript script_;
};

Result<std::vector<Document>> real_server_scripts(const Configuration& configuration, const Choices& choices) {
    const auto servers = real_servers_of(configuration, choices);
    if (!servers) return tl::make_unexpected(servers.error());
    std::vector<Document> documents;
    for (const RealServer& server : *servers) {
        auto text = RealServerScript(configuration, choices, server).write();
        if (!text) return tl::make_unexpected(text.error());
        documents.push_back({fmt::format("real-server-{}.sh", file_name_of(server.address)), server.address.to_string(),
                             *std::move(text)});
    }
    return documents;
}

constexpr std::array real_server_options{as_option, for_option, vip_option, gateway_option};

}  // namespace

extern const Emitter real_server_emitter{.kind = "real-server",
                                         .what = "scripts that set up Linux real servers",
                                         .emit = real_server_scripts,
                                         .options = real_server_options,
                                         .reads = Reads::hosts};

}  // namespace lbctl::emit
