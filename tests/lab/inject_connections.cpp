// Fills the IPVS connection table without any traffic: it plays the master of the sync protocol (version 1; ipvs.md
// section 2.8) for a backup daemon on the same machine, which makes a connection of every record. Start that daemon
// first:
//   ip link add sync0 type dummy; ip link set sync0 up; ip addr add 192.0.2.1/24 dev sync0
//   ipvsadm --start-daemon backup --mcast-interface sync0
//   inject_connections --interface sync0 --count 100000
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "grammar/base/address.h"

namespace {

using lbctl::IpAddress;

constexpr std::size_t largest_datagram = 1472;
constexpr std::size_t datagram_header = 8;
constexpr unsigned clients_ports = 50000;
constexpr unsigned first_client_port = 1024;
constexpr std::uint32_t flag_no_output = 0x80;
constexpr std::uint32_t flag_inactive = 0x100;
constexpr std::uint32_t flag_template = 0x1000;

/// What to inject, as given on the command line.
struct Plan {
    std::string interface = "sync0";
    unsigned count = 1;
    unsigned start = 0;
    std::uint8_t protocol = 6;
    std::uint16_t state = 1;
    bool inactive = false;
    bool persistence_template = false;
    std::uint32_t method = 0;
    std::uint32_t mark = 0;
    std::uint32_t timeout = 900;
    IpAddress client = *IpAddress::parse("172.16.0.0");
    IpAddress service = *IpAddress::parse("10.0.0.1");
    std::uint16_t service_port = 80;
    std::vector<IpAddress> servers;
    std::uint16_t server_port = 80;
    std::string engine;
    std::string engine_data;
};

using Bytes = std::vector<std::uint8_t>;

void put(Bytes& bytes, std::uint32_t value, int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
        bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_option(Bytes& bytes, std::uint8_t type, const std::string& text) {
    bytes.push_back(type);
    bytes.push_back(static_cast<std::uint8_t>(text.size()));
    bytes.insert(bytes.end(), text.begin(), text.end());
}

Bytes record(const Plan& plan, unsigned number) {
    Bytes options;
    if (!plan.engine.empty()) {
        put_option(options, 2, plan.engine_data);
        put_option(options, 3, plan.engine);
    }
    const bool inet6 = plan.service.family() == lbctl::Family::inet6;
    const unsigned per_client = plan.persistence_template ? 1 : clients_ports;
    const IpAddress client = plan.client.advanced(number / per_client).value_or(plan.client);
    Bytes bytes{static_cast<std::uint8_t>(inet6 ? 1 : 0), plan.protocol};
    put(bytes, static_cast<std::uint32_t>((inet6 ? 72 : 36) + options.size()), 2);
    put(bytes,
        plan.method | (plan.method == 0 ? 0 : flag_no_output) | (plan.inactive ? flag_inactive : 0) |
            (plan.persistence_template ? flag_template : 0),
        4);
    put(bytes, plan.state, 2);
    put(bytes, plan.persistence_template ? 0 : first_client_port + number % clients_ports, 2);
    put(bytes, plan.service_port, 2);
    put(bytes, plan.server_port, 2);
    put(bytes, plan.mark, 4);
    put(bytes, plan.timeout, 4);
    for (const IpAddress& address : {client, plan.service, plan.servers[number % plan.servers.size()]}) {
        bytes.insert(bytes.end(), address.bytes().begin(), address.bytes().end());
    }
    bytes.insert(bytes.end(), options.begin(), options.end());
    return bytes;
}

int open_sender(const std::string& interface) {
    const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ip_mreqn from{};
    from.imr_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    sockaddr_in group{};
    group.sin_family = AF_INET;
    group.sin_port = htons(8848);
    group.sin_addr.s_addr = htonl(0xe0000051);  // 224.0.0.81
    if (descriptor < 0 || setsockopt(descriptor, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from) != 0 ||
        connect(descriptor, reinterpret_cast<const sockaddr*>(&group), sizeof group) != 0) {
        std::perror(interface.c_str());
        return -1;
    }
    return descriptor;
}

bool send_datagram(int descriptor, const Bytes& records, unsigned count) {
    Bytes bytes{0, 0};
    put(bytes, static_cast<std::uint32_t>(datagram_header + records.size()), 2);
    put(bytes, count << 24 | 1U << 16, 4);
    bytes.insert(bytes.end(), records.begin(), records.end());
    // The daemon's receive buffer is small, and there may be one CPU only.
    usleep(200);
    return send(descriptor, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
}

bool inject(const Plan& plan) {
    const int descriptor = open_sender(plan.interface);
    if (descriptor < 0) return false;
    Bytes records;
    unsigned gathered = 0;
    bool good = true;
    for (unsigned i = plan.start; good && i < plan.start + plan.count; ++i) {
        const Bytes next = record(plan, i);
        while (records.size() % 4 != 0) records.push_back(0);
        if (datagram_header + records.size() + next.size() > largest_datagram || gathered == 255) {
            good = send_datagram(descriptor, records, gathered);
            records.clear();
            gathered = 0;
        }
        records.insert(records.end(), next.begin(), next.end());
        ++gathered;
    }
    if (gathered != 0) good = good && send_datagram(descriptor, records, gathered);
    if (!good) std::perror("send");
    close(descriptor);
    return good;
}

std::optional<Plan> read_plan(const std::vector<std::string>& words) {
    Plan plan;
    std::map<std::string, std::string> values;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--inactive") {
            plan.inactive = true;
        } else if (words[i] == "--template") {
            plan.persistence_template = true;
        } else if (i + 1 < words.size() && words[i] == "--server") {
            const auto server = IpAddress::parse(words[++i]);
            if (!server) return std::nullopt;
            plan.servers.push_back(*server);
        } else if (i + 1 < words.size() && words[i].starts_with("--")) {
            values[words[i].substr(2)] = words[i + 1];
            ++i;
        } else {
            return std::nullopt;
        }
    }
    const auto number = [&values](const std::string& name, auto& into) {
        if (const auto found = values.find(name); found != values.end())
            into = static_cast<std::remove_reference_t<decltype(into)>>(std::stoul(found->second));
    };
    number("count", plan.count);
    number("start", plan.start);
    number("protocol", plan.protocol);
    number("state", plan.state);
    number("method", plan.method);
    number("mark", plan.mark);
    number("timeout", plan.timeout);
    number("service-port", plan.service_port);
    number("server-port", plan.server_port);
    if (values.contains("interface")) plan.interface = values["interface"];
    if (values.contains("engine")) plan.engine = values["engine"];
    if (values.contains("engine-data")) plan.engine_data = values["engine-data"];
    if (values.contains("client")) plan.client = IpAddress::parse(values["client"]).value_or(plan.client);
    if (values.contains("service")) plan.service = IpAddress::parse(values["service"]).value_or(plan.service);
    if (plan.servers.empty()) plan.servers.push_back(*IpAddress::parse("10.0.1.1"));
    return plan;
}

}  // namespace

int main(int argc, char** argv) {
    const auto plan = read_plan(std::vector<std::string>(argv + 1, argv + argc));
    if (!plan) {
        std::fputs(
            "usage: inject_connections [--interface IF] [--count N] [--start N] [--protocol N] [--state N] "
            "[--inactive]\n"
            "  [--template] [--method 0|1|2|3] [--mark N] [--timeout S] [--client ADDRESS] [--service ADDRESS]\n"
            "  [--service-port N] [--server ADDRESS]... [--server-port N] [--engine NAME] [--engine-data TEXT]\n",
            stderr);
        return 2;
    }
    return inject(*plan) ? 0 : 1;
}
