#include "backend/table/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "backend/table/request.h"
#include "grammar/keywords/scheduler_flag.h"

namespace lbctl::table {

std::string to_string(Protocol protocol) {
    switch (protocol) {
        case Protocol::tcp:
            return "TCP";
        case Protocol::udp:
            return "UDP";
        case Protocol::sctp:
            return "SCTP";
    }
    return fmt::format("protocol {}", static_cast<unsigned>(protocol));
}

std::string to_string(const ServiceKey& key) {
    if (const auto* address = std::get_if<AddressKey>(&key)) {
        return to_string(address->protocol) + " " + with_port(address->address, address->port);
    }
    const auto& fwmark = std::get<FwmarkKey>(key);
    return fmt::format("FWM {}{}", fwmark.mark, fwmark.family == Family::inet6 ? " IPv6" : "");
}

std::string to_string(const DestinationKey& key) {
    return with_port(key.address, key.port);
}

std::string to_string(ForwardingMethod method) {
    switch (method) {
        case ForwardingMethod::nat:
            return "NAT";
        case ForwardingMethod::local:
            return "LOCAL";
        case ForwardingMethod::tunnel:
            return "TUN";
        case ForwardingMethod::direct_routing:
            return "DR";
        case ForwardingMethod::bypass:
            return "BYPASS";
    }
    return fmt::format("method {}", static_cast<unsigned>(method));
}

std::string to_string(const Tunnel& tunnel) {
    std::string checksum;
    switch (tunnel.checksum) {
        case TunnelChecksum::none:
            checksum = "nocsum";
            break;
        case TunnelChecksum::checksum:
            checksum = "csum";
            break;
        case TunnelChecksum::remote_checksum:
            checksum = "remcsum";
            break;
        default:
            checksum = fmt::format("checksum {}", static_cast<unsigned>(tunnel.checksum));
    }
    switch (tunnel.type) {
        case TunnelType::ipip:
            return "ipip";
        case TunnelType::gue:
            return fmt::format("gue port {} {}", tunnel.port, checksum);
        case TunnelType::gre:
            return "gre " + checksum;
    }
    return fmt::format("tunnel type {}", static_cast<unsigned>(tunnel.type));
}

std::string netmask_text(Family family, std::uint32_t netmask) {
    if (family == Family::inet6) return std::to_string(netmask);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &netmask, bytes.size());
    return IpAddress::from_bytes(Family::inet, bytes).to_string();
}

std::vector<std::string_view> flag_words(std::string_view scheduler, std::uint32_t flags) {
    std::vector<std::string_view> words;
    if ((flags & service_flag::one_packet) != 0) words.emplace_back("ops");
    for (const std::uint32_t bit : {service_flag::scheduler_1, service_flag::scheduler_2, service_flag::scheduler_3}) {
        if ((flags & bit) == 0) continue;
        const auto* flag = std::find_if(
            keywords::scheduler_flags.begin(), keywords::scheduler_flags.end(),
            [&](const keywords::SchedulerFlag& word) { return word.bit == bit && word.goes_with(scheduler); });
        words.push_back(flag->word);
    }
    return words;
}

std::string flags_text(std::string_view scheduler, std::uint32_t flags) {
    const auto words = flag_words(scheduler, flags);
    return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ","));
}

std::string to_string(const std::optional<Persistence>& persistence) {
    if (!persistence) return "off";
    if (persistence->engine.empty()) return fmt::format("{} s", persistence->timeout);
    return fmt::format("{} s by engine {}", persistence->timeout, persistence->engine);
}

std::string_view to_string(DaemonState state) {
    return state == DaemonState::master ? "master" : "backup";
}

namespace {

struct RequestText {
    std::string operator()(const AddService& add) const { return "add service " + to_string(add.service.key); }
    std::string operator()(const SetService& set) const { return "edit service " + to_string(set.service.key); }
    std::string operator()(const DeleteService& del) const { return "delete service " + to_string(del.key); }
    std::string operator()(const AddDestination& add) const {
        return fmt::format("add destination {} to {}", to_string(add.destination.key), to_string(add.service));
    }
    std::string operator()(const SetDestination& set) const {
        return fmt::format("edit destination {} of {}", to_string(set.destination.key), to_string(set.service));
    }
    std::string operator()(const DeleteDestination& del) const {
        return fmt::format("delete destination {} of {}", to_string(del.destination), to_string(del.service));
    }
    std::string operator()(const StartDaemon& start) const {
        return fmt::format("start the {} sync daemon on {}", to_string(start.daemon.state), start.daemon.interface);
    }
    std::string operator()(const StopDaemon& stop) const {
        return fmt::format("stop the {} sync daemon", to_string(stop.state));
    }
    std::string operator()(const SetTimeouts&) const { return "set the timeouts"; }
    std::string operator()(const Flush&) const { return "flush the table"; }
    std::string operator()(const Zero& zero) const {
        return zero.service ? "zero the counters of " + to_string(*zero.service) : "zero all counters";
    }
};

}  // namespace

std::string to_string(const Request& request) {
    return std::visit(RequestText{}, request);
}

}  // namespace lbctl::table
