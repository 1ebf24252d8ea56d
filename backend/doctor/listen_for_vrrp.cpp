#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>

#include "backend/doctor/read_parts.h"
#include "grammar/base/descriptor.h"

namespace lbctl::doctor {

namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t vrrp_protocol = 112;  // RFC 5798 section 5.1.1.4
constexpr std::uint8_t authentication_header = 51;
constexpr std::size_t most_senders = 1000;

/// Of packets that begin with their IP header, those of VRRP, and of IPv4 those with an authentication header.
constexpr std::array<sock_filter, 10> vrrp_only{{
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x40, 2, 0),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),  // IPv6: next header
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, vrrp_protocol, 3, 4),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),  // IPv4: protocol
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, vrrp_protocol, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, authentication_header, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 0xffff),
    BPF_STMT(BPF_RET | BPF_K, 0),
}};

struct Advert {
    IpAddress source;
    std::uint8_t version = 0;
    std::uint8_t router_id = 0;
    std::uint8_t priority = 0;
};

/// The advert of a packet; nothing for another packet, and for one that is cut.
std::optional<Advert> advert_of(Bytes packet) {
    constexpr std::size_t inet6_header = 40;
    if (packet.empty()) return std::nullopt;
    Advert advert;
    const bool inet6 = packet[0] >> 4U == 6;
    std::size_t header = inet6 ? inet6_header : std::size_t{packet[0] & 0xfU} * 4;
    if (packet.size() < header + 3 || header < 20) return std::nullopt;
    advert.source = inet6 ? IpAddress::from_bytes(Family::inet6, packet.subspan(8, 16))
                          : IpAddress::from_bytes(Family::inet, packet.subspan(12, 4));
    if (!inet6 && packet[9] == authentication_header) {
        // RFC 4302 section 2: what follows, and the length in words of four bytes less two.
        const std::uint8_t follows = packet[header];
        header += (std::size_t{packet[header + 1]} + 2) * 4;
        if (follows != vrrp_protocol || packet.size() < header + 3) return std::nullopt;
    }
    // RFC 5798 section 5.2: version and type, router id, priority; type 1 is an advert.
    if ((packet[header] & 0xfU) != 1) return std::nullopt;
    advert.version = packet[header] >> 4U;
    advert.router_id = packet[header + 1];
    advert.priority = packet[header + 2];
    return advert;
}

/// Lets multicast of VRRP through a device's own filter as long as the socket is open; sends nothing.
void let_multicast_in(const base::Descriptor& socket, const std::string& device) {
    constexpr std::array<std::array<std::uint8_t, 6>, 2> groups{
        {{0x01, 0x00, 0x5e, 0x00, 0x00, 0x12}, {0x33, 0x33, 0x00, 0x00, 0x00, 0x12}}};
    for (const auto& group : groups) {
        packet_mreq request{};
        request.mr_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
        request.mr_type = PACKET_MR_MULTICAST;
        request.mr_alen = static_cast<unsigned short>(group.size());
        std::ranges::copy(group, request.mr_address);
        ::setsockopt(socket.number(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request);
    }
}

void add(Heard& heard, const std::string& device, const Advert& advert, std::uint32_t now) {
    auto found = std::ranges::find_if(heard.adverts, [&](const Adverts& each) {
        return each.device == device && each.source == advert.source && each.router_id == advert.router_id;
    });
    if (found == heard.adverts.end()) {
        if (heard.adverts.size() >= most_senders) return;
        found = heard.adverts.insert(found, {device, advert.source, advert.version, advert.router_id, 0, 0, now, now});
    }
    found->priority = advert.priority;
    // Priority 0: it says that it goes.
    if (advert.priority != 0) ++found->count;
    found->last = now;
}

}  // namespace

void listen_for_vrrp(Machine& machine, double seconds) {
    // What goes out is seen only with all protocols; SOCK_DGRAM takes the Ethernet header off.
    const base::Descriptor socket(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto not_read = [&](const char* why) { machine.unread.push_back({"vrrp", "VRRP on the wire", why}); };
    if (!socket.is_open()) return not_read(errno == EPERM ? "only root may listen" : std::strerror(errno));
    std::array<sock_filter, vrrp_only.size()> instructions = vrrp_only;
    const sock_fprog program{static_cast<unsigned short>(instructions.size()), instructions.data()};
    sockaddr_ll everything{};
    everything.sll_family = AF_PACKET;
    everything.sll_protocol = htons(ETH_P_ALL);
    if (::setsockopt(socket.number(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0 ||
        ::bind(socket.number(), static_cast<const sockaddr*>(static_cast<const void*>(&everything)),
               sizeof everything) != 0)
        return not_read(std::strerror(errno));
    for (const Link& link : machine.links) {
        if (link.up && link.hardware == ARPHRD_ETHER) let_multicast_in(socket, link.name);
    }
    Heard heard;
    heard.seconds = seconds;
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    std::array<std::uint8_t, 2048> packet{};
    for (auto now = begin; now < end; now = Clock::now()) {
        pollfd wait{socket.number(), POLLIN, 0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - now);
        // A wait that a signal interrupts goes on.
        if (::poll(&wait, 1, static_cast<int>(left.count())) <= 0) continue;
        sockaddr_ll from{};
        socklen_t length = sizeof from;
        const ssize_t size = ::recvfrom(socket.number(), packet.data(), packet.size(), MSG_DONTWAIT,
                                        static_cast<sockaddr*>(static_cast<void*>(&from)), &length);
        if (size <= 0) continue;
        const auto advert = advert_of(Bytes(packet).first(static_cast<std::size_t>(size)));
        std::array<char, IF_NAMESIZE> name{};
        if (!advert || ::if_indextoname(static_cast<unsigned>(from.sll_ifindex), name.data()) == nullptr) continue;
        const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
        add(heard, name.data(), *advert, static_cast<std::uint32_t>(at.count()));
    }
    machine.heard = std::move(heard);
}

}  // namespace lbctl::doctor
