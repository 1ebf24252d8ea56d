#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>

#include "backend/doctor/firewall_rule.h"
#include "backend/doctor/read_parts.h"
#include "grammar/base/descriptor.h"
#include "grammar/base/number.h"
#include "grammar/base/socket_address.h"
#include "grammar/source/sources.h"

namespace lbctl::doctor {

namespace {

int prefix_of(const IpAddress& mask) {
    int prefix = 0;
    for (const std::uint8_t byte : mask.bytes()) prefix += std::popcount(byte);
    return prefix;
}

std::uint32_t mtu_of(const base::Descriptor& socket, const char* device) {
    ifreq request{};
    std::strncpy(request.ifr_name, device, sizeof request.ifr_name - 1);
    if (::ioctl(socket.number(), SIOCGIFMTU, &request) != 0) return 0;
    return static_cast<std::uint32_t>(request.ifr_mtu);
}

/// Eight hexadecimal digits: a number in this machine's order of bytes, whose bytes in memory are those of an address.
std::optional<std::array<std::uint8_t, 4>> bytes_of_word(std::string_view digits) {
    const auto number = base::whole_number<std::uint32_t>(digits, 16);
    if (!number) return std::nullopt;
    return std::bit_cast<std::array<std::uint8_t, 4>>(*number);
}

std::optional<IpAddress> inet_from_word(std::string_view digits) {
    const auto bytes = bytes_of_word(digits);
    if (!bytes) return std::nullopt;
    return IpAddress::from_bytes(Family::inet, *bytes);
}

/// Thirty-two hexadecimal digits, byte by byte.
std::optional<IpAddress> inet6_from_digits(std::string_view digits) {
    std::array<std::uint8_t, 16> bytes{};
    if (digits.size() != 2 * bytes.size()) return std::nullopt;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = base::whole_number<std::uint8_t>(digits.substr(2 * i, 2), 16);
        if (!byte) return std::nullopt;
        bytes[i] = *byte;
    }
    return IpAddress::from_bytes(Family::inet6, bytes);
}

constexpr std::uint32_t route_up = 0x1;
constexpr std::uint32_t route_gateway = 0x2;
constexpr std::uint32_t route_reject = 0x200;
constexpr std::uint32_t route_local = 0x80000000;
constexpr std::size_t most_routes = 100'000;

void read_inet_routes(Machine& machine) {
    const auto text = text_of("/proc/thread-self/net/route");
    if (!text) return;
    std::string_view rest = *text;
    source::take_line(rest);
    while (!rest.empty() && machine.routes.size() < most_routes) {
        std::string line(source::take_line(rest));
        std::ranges::replace(line, '\t', ' ');
        const auto words = words_of(line);
        if (words.size() < 8) continue;
        const auto destination = inet_from_word(words[1]);
        const auto gateway = inet_from_word(words[2]);
        const auto flags = base::whole_number<std::uint32_t>(words[3], 16);
        const auto mask = inet_from_word(words[7]);
        if (!destination || !gateway || !flags || !mask || (*flags & route_up) == 0 || (*flags & route_reject) != 0)
            continue;
        Route& route = machine.routes.emplace_back();
        route.destination = *destination;
        route.prefix = prefix_of(*mask);
        if ((*flags & route_gateway) != 0) route.gateway = *gateway;
        route.device = words[0];
        route.metric = base::whole_number<std::uint32_t>(words[6]).value_or(0);
    }
}

void read_inet6_routes(Machine& machine) {
    const auto text = text_of("/proc/thread-self/net/ipv6_route");
    if (!text) return;
    std::string_view rest = *text;
    while (!rest.empty() && machine.routes.size() < most_routes) {
        const auto words = words_of(source::take_line(rest));
        if (words.size() < 10) continue;
        const auto destination = inet6_from_digits(words[0]);
        const auto prefix = base::whole_number<std::uint32_t>(words[1], 16);
        const auto gateway = inet6_from_digits(words[4]);
        const auto metric = base::whole_number<std::uint32_t>(words[5], 16);
        const auto flags = base::whole_number<std::uint32_t>(words[8], 16);
        if (!destination || !prefix || *prefix > 128 || !gateway || !metric || !flags || (*flags & route_up) == 0 ||
            (*flags & (route_reject | route_local)) != 0)
            continue;
        Route& route = machine.routes.emplace_back();
        route.destination = *destination;
        route.prefix = static_cast<int>(*prefix);
        if ((*flags & route_gateway) != 0) route.gateway = *gateway;
        route.device = words[9];
        route.metric = *metric;
    }
}

}  // namespace

Result<void> read_network(Machine& machine) {
    ifaddrs* all = nullptr;
    if (::getifaddrs(&all) != 0)
        return failure(fmt::format("cannot read the network interfaces: {}", std::strerror(errno)));
    const std::unique_ptr<ifaddrs, decltype([](ifaddrs* each) { ::freeifaddrs(each); })> owner(all);
    const base::Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr) continue;
        if (each->ifa_addr->sa_family == AF_PACKET) {
            sockaddr_ll hardware{};
            std::memcpy(&hardware, each->ifa_addr, sizeof hardware);
            machine.links.push_back({each->ifa_name, mtu_of(socket, each->ifa_name), hardware.sll_hatype,
                                     (each->ifa_flags & IFF_UP) != 0, (each->ifa_flags & IFF_RUNNING) != 0,
                                     (each->ifa_flags & IFF_LOOPBACK) != 0});
        } else if (const auto address = base::address_of(each->ifa_addr)) {
            const auto mask = base::address_of(each->ifa_netmask);
            const int prefix = mask ? prefix_of(*mask) : static_cast<int>(address->bytes().size()) * 8;
            // A second name of an address (eth0:1) is one of the device.
            std::string device = each->ifa_name;
            device.resize(std::min(device.find(':'), device.size()));
            machine.addresses.push_back({*address, prefix, std::move(device)});
        }
    }
    read_inet_routes(machine);
    read_inet6_routes(machine);
    return {};
}

namespace {

/// "0100007F:0050", and the same with 32 digits.
std::optional<std::pair<IpAddress, std::uint16_t>> endpoint_of(std::string_view word) {
    const std::size_t colon = word.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view digits = word.substr(0, colon);
    const auto port = base::whole_number<std::uint16_t>(word.substr(colon + 1), 16);
    if (!port || (digits.size() != 8 && digits.size() != 32)) return std::nullopt;
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < digits.size(); i += 8) {
        const auto part = bytes_of_word(digits.substr(i, 8));
        if (!part) return std::nullopt;
        std::ranges::copy(*part, bytes.begin() + static_cast<std::ptrdiff_t>(i / 2));
    }
    return std::pair(IpAddress::from_bytes(digits.size() == 8 ? Family::inet : Family::inet6, bytes), *port);
}

constexpr std::size_t most_listeners = 100'000;

/// The sockets of one file of /proc/net that wait for what comes, each with its inode.
void read_sockets(const char* path, table::Protocol protocol, std::string_view state, Machine& machine,
                  std::vector<std::string>& inodes) {
    const auto text = text_of(path);
    if (!text) return;
    std::string_view rest = *text;
    source::take_line(rest);
    while (!rest.empty() && machine.listeners.size() < most_listeners) {
        const auto words = words_of(source::take_line(rest));
        if (words.size() < 10 || words[3] != state) continue;
        const auto endpoint = endpoint_of(words[1]);
        if (!endpoint) continue;
        machine.listeners.push_back({protocol, endpoint->first, endpoint->second, {}, 0, {}});
        inodes.push_back(words[9]);
    }
}

/// "nginx.service" of "0::/system.slice/nginx.service"; empty for a process that no unit started.
std::string unit_of(const std::string& process) {
    const auto text = text_of("/proc/" + process + "/cgroup");
    if (!text) return {};
    std::string_view line = *text;
    line = line.substr(0, line.find('\n'));
    line.remove_prefix(line.rfind('/') + 1);
    return line.ends_with(".service") ? std::string(line) : std::string();
}

}  // namespace

void read_listeners(Machine& machine) {
    constexpr std::string_view tcp_listens = "0A";
    constexpr std::string_view udp_unconnected = "07";
    std::vector<std::string> inodes;
    read_sockets("/proc/thread-self/net/tcp", table::Protocol::tcp, tcp_listens, machine, inodes);
    read_sockets("/proc/thread-self/net/tcp6", table::Protocol::tcp, tcp_listens, machine, inodes);
    read_sockets("/proc/thread-self/net/udp", table::Protocol::udp, udp_unconnected, machine, inodes);
    read_sockets("/proc/thread-self/net/udp6", table::Protocol::udp, udp_unconnected, machine, inodes);
    std::map<std::string, std::size_t, std::less<>> by_inode;
    for (std::size_t i = 0; i < inodes.size(); ++i) by_inode.emplace(fmt::format("socket:[{}]", inodes[i]), i);
    // Which program has it is seen in its open files: of all programs by root, of one's own by others.
    namespace fs = std::filesystem;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/proc", error)) {
        const std::string process = entry.path().filename().string();
        const auto number = base::whole_number<std::uint32_t>(process);
        if (!number) continue;
        std::error_code none;
        for (const auto& file : fs::directory_iterator(entry.path() / "fd", none)) {
            const fs::path target = fs::read_symlink(file.path(), none);
            const auto found = by_inode.find(target.native());
            if (none || found == by_inode.end()) continue;
            Listener& listener = machine.listeners[found->second];
            if (listener.process != 0) continue;
            listener.process = *number;
            listener.unit = unit_of(process);
            if (auto name = text_of(entry.path() / "comm")) {
                while (name->ends_with('\n')) name->pop_back();
                listener.program = *std::move(name);
            }
        }
    }
}

}  // namespace lbctl::doctor
