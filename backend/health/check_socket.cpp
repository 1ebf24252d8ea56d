#include "backend/health/check_socket.h"

#include <fmt/format.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "grammar/base/socket_address.h"

namespace lbctl::health {

namespace {

/// Errors of connect() that keepalived takes for the server's; after others the check was not made.
bool blames_server(int error) {
    constexpr std::array errors{ENETUNREACH, EHOSTUNREACH, ECONNREFUSED, EHOSTDOWN,
                                ENETDOWN,    ECONNRESET,   ECONNABORTED, ETIMEDOUT};
    return std::ranges::find(errors, error) != errors.end();
}

/// UDP_CHECK and PING_CHECK take every error for a failure.
bool takes_all_for_failure(model::CheckerKind kind) {
    return kind == model::CheckerKind::udp || kind == model::CheckerKind::ping;
}

class Opening {
public:
    Opening(const model::Checker& checker, Transport transport) : checker_(checker), transport_(transport) {}

    OpenedSocket open() {
        if (!make_socket()) return std::move(opened_);
        const model::Endpoint& endpoint = checker_.endpoint;
        if (transport_ == Transport::udp && checker_.kind == model::CheckerKind::udp) ask_for_errors();
        if (endpoint.fwmark != 0 && !set_option(SO_MARK, &endpoint.fwmark, sizeof endpoint.fwmark))
            return failed(
                fmt::format("the firewall mark {} could not be set: {}", endpoint.fwmark, std::strerror(errno)));
        if (!endpoint.own_interface.empty() && !set_option(SO_BINDTODEVICE, endpoint.own_interface.data(),
                                                           static_cast<socklen_t>(endpoint.own_interface.size())))
            return failed(
                fmt::format("the interface {} could not be used: {}", endpoint.own_interface, std::strerror(errno)));
        if (endpoint.own_address) {
            const auto own = base::socket_address(*endpoint.own_address, endpoint.own_port);
            if (::bind(number(), own.get(), own.size) != 0)
                return failed(fmt::format("{} could not be bound: {}",
                                          with_port(*endpoint.own_address, endpoint.own_port), std::strerror(errno)));
        }
        connect();
        return std::move(opened_);
    }

private:
    [[nodiscard]] int number() const { return opened_.socket.number(); }

    bool set_option(int option, const void* value, socklen_t size) {
        return ::setsockopt(number(), SOL_SOCKET, option, value, size) == 0;
    }

    OpenedSocket failed(std::string reason) {
        const State state = takes_all_for_failure(checker_.kind) ? State::down : State::none;
        opened_.verdict = Verdict{state, std::move(reason)};
        return std::move(opened_);
    }

    bool make_socket() {
        const bool is_inet = checker_.endpoint.address.family() == Family::inet;
        const int family = is_inet ? AF_INET : AF_INET6;
        constexpr int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
        int made = -1;
        switch (transport_) {
            case Transport::tcp:
            case Transport::tls:
                made = ::socket(family, SOCK_STREAM | flags, IPPROTO_TCP);
                break;
            case Transport::udp:
                made = ::socket(family, SOCK_DGRAM | flags, IPPROTO_UDP);
                break;
            case Transport::ping: {
                // net.ipv4.ping_group_range, which keepalived changes for itself, may shut root out of ping sockets; a
                // raw socket needs no setting of the system.
                const int protocol = is_inet ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
                made = ::socket(family, SOCK_DGRAM | flags, protocol);
                if (made < 0 && (errno == EACCES || errno == EPERM)) {
                    made = ::socket(family, SOCK_RAW | flags, protocol);
                    opened_.strips_header = made >= 0;
                }
                break;
            }
        }
        if (made < 0) {
            opened_.verdict = Verdict{State::none, fmt::format("no socket could be made: {}", std::strerror(errno))};
            return false;
        }
        opened_.socket = base::Descriptor(made);
        return true;
    }

    void ask_for_errors() {
        const int on = 1;
        if (checker_.endpoint.address.family() == Family::inet) {
            ::setsockopt(number(), SOL_IP, IP_RECVERR, &on, sizeof on);
        } else {
            ::setsockopt(number(), SOL_IPV6, IPV6_RECVERR, &on, sizeof on);
        }
    }

    void connect() {
        const auto& endpoint = checker_.endpoint;
        const auto target = base::socket_address(endpoint.address, transport_ == Transport::ping ? 0 : endpoint.port);
        if (::connect(number(), target.get(), target.size) == 0) {
            opened_.is_ready = true;
        } else if (errno != EINPROGRESS) {
            const int error = errno;
            const State state =
                blames_server(error) || takes_all_for_failure(checker_.kind) ? State::down : State::none;
            opened_.verdict = Verdict{state, std::strerror(error), Fault::unreachable};
        }
    }

    const model::Checker& checker_;
    Transport transport_;
    OpenedSocket opened_;
};

/// The Internet checksum, RFC 1071.
std::uint16_t checksum(std::string_view bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::uint32_t byte = static_cast<unsigned char>(bytes[i]);
        sum += i % 2 == 0 ? byte << 8U : byte;
    }
    while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum & 0xffffU);
}

void put(std::string& packet, std::size_t at, std::uint16_t number) {
    packet[at] = static_cast<char>(number >> 8U);
    packet[at + 1] = static_cast<char>(number & 0xffU);
}

}  // namespace

OpenedSocket open_socket(const model::Checker& checker, Transport transport) {
    return Opening(checker, transport).open();
}

int connection_error(int socket) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

bool take_icmp_error(int socket) {
    std::array<char, 2048> control{};
    std::array<char, 256> data{};
    iovec vector{data.data(), data.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(socket, &message, MSG_ERRQUEUE) < 0) return false;
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        sock_extended_err error{};
        if (part->cmsg_len < CMSG_LEN(sizeof error)) continue;
        std::memcpy(&error, CMSG_DATA(part), sizeof error);
        if (error.ee_origin == SO_EE_ORIGIN_ICMP && error.ee_type == ICMP_DEST_UNREACH) return true;
        if (error.ee_origin == SO_EE_ORIGIN_ICMP6 && error.ee_type == ICMP6_DST_UNREACH) return true;
    }
    return false;
}

int send_echo(int socket, bool is_raw, Family family, std::uint16_t identifier, std::string packet) {
    constexpr std::size_t checksum_at = 2;
    constexpr std::size_t identifier_at = 4;
    if (is_raw) {
        put(packet, identifier_at, identifier);
        // The kernel computes that of ICMPv6, which covers addresses as well.
        if (family == Family::inet) put(packet, checksum_at, checksum(packet));
    }
    return ::send(socket, packet.data(), packet.size(), 0) < 0 ? errno : 0;
}

}  // namespace lbctl::health
