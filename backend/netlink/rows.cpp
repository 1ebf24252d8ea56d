#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "backend/netlink/message.h"

// The other direction of message.cpp: the kernel's rows as values.

namespace lbctl::netlink {

namespace {

/// The attributes of one nest by number. Numbers that this version does not know are passed over.
class Attributes {
public:
    explicit Attributes(nlattr* nest) {
        if (nest != nullptr) index(static_cast<nlattr*>(nla_data(nest)), nla_len(nest));
    }

    /// The attributes of a message itself.
    explicit Attributes(nlmsghdr* message) {
        index(nlmsg_attrdata(message, GENL_HDRLEN), nlmsg_attrlen(message, GENL_HDRLEN));
    }

    nlattr* operator[](int type) const { return found_[static_cast<std::size_t>(type)]; }
    [[nodiscard]] bool has(int type) const { return (*this)[type] != nullptr; }

    /// A number of the width of T in host byte order, 0 when it is absent or too short.
    template <class T>
    [[nodiscard]] T number(int type) const {
        T value{};
        const nlattr* attribute = (*this)[type];
        if (attribute != nullptr && nla_len(attribute) >= static_cast<int>(sizeof value)) {
            std::memcpy(&value, nla_data(attribute), sizeof value);
        }
        return value;
    }

    [[nodiscard]] std::string text(int type) const {
        const nlattr* attribute = (*this)[type];
        if (attribute == nullptr) return {};
        const auto* start = static_cast<const char*>(nla_data(attribute));
        return {start, ::strnlen(start, static_cast<std::size_t>(nla_len(attribute)))};
    }

    /// An address of the family, nothing when there are too few bytes.
    [[nodiscard]] std::optional<IpAddress> address(int type, Family family) const {
        const nlattr* attribute = (*this)[type];
        const std::size_t size = family == Family::inet ? 4 : 16;
        if (attribute == nullptr || nla_len(attribute) < static_cast<int>(size)) return std::nullopt;
        return IpAddress::from_bytes(family, {static_cast<const std::uint8_t*>(nla_data(attribute)), size});
    }

private:
    void index(nlattr* first, int length) {
        nlattr* position = nullptr;
        int remaining = 0;
        nla_for_each_attr(position, first, length, remaining) {
            const int type = nla_type(position);
            if (static_cast<std::size_t>(type) < found_.size()) found_[static_cast<std::size_t>(type)] = position;
        }
    }

    std::array<nlattr*, 16> found_{};  // the largest nest, a destination's, goes to 15
};

static_assert(IPVS_DEST_ATTR_TUN_FLAGS == 15);

std::optional<Family> family_from(std::uint16_t number) {
    if (number == static_cast<std::uint16_t>(Family::inet)) return Family::inet;
    if (number == static_cast<std::uint16_t>(Family::inet6)) return Family::inet6;
    return std::nullopt;
}

void read_statistics(nlattr* exact, nlattr* cut, table::Counters& counters, table::Rates& rates) {
    // Kernels before 4.1 have only the 32-bit nest, in which all but the bytes are 32 bits wide.
    const Attributes from(exact != nullptr ? exact : cut);
    const auto read = [&from, exact](int type) {
        return exact != nullptr ? from.number<std::uint64_t>(type) : from.number<std::uint32_t>(type);
    };
    counters.connections = read(IPVS_STATS_ATTR_CONNS);
    counters.in_packets = read(IPVS_STATS_ATTR_INPKTS);
    counters.out_packets = read(IPVS_STATS_ATTR_OUTPKTS);
    counters.in_bytes = from.number<std::uint64_t>(IPVS_STATS_ATTR_INBYTES);
    counters.out_bytes = from.number<std::uint64_t>(IPVS_STATS_ATTR_OUTBYTES);
    rates.connections = read(IPVS_STATS_ATTR_CPS);
    rates.in_packets = read(IPVS_STATS_ATTR_INPPS);
    rates.out_packets = read(IPVS_STATS_ATTR_OUTPPS);
    rates.in_bytes = read(IPVS_STATS_ATTR_INBPS);
    rates.out_bytes = read(IPVS_STATS_ATTR_OUTBPS);
}

}  // namespace

std::optional<table::LiveService> read_service(nlmsghdr* message) {
    const Attributes top(message);
    const Attributes from(top[IPVS_CMD_ATTR_SERVICE]);
    const auto family = family_from(from.number<std::uint16_t>(IPVS_SVC_ATTR_AF));
    if (!family) return std::nullopt;
    table::LiveService live;
    table::Service& service = live.service;
    live.raw_protocol = from.number<std::uint16_t>(IPVS_SVC_ATTR_PROTOCOL);
    if (from.has(IPVS_SVC_ATTR_FWMARK)) {
        live.raw_protocol = live.raw_protocol == 0 ? std::uint16_t{IPPROTO_TCP} : live.raw_protocol;
        service.key = table::FwmarkKey{*family, from.number<std::uint32_t>(IPVS_SVC_ATTR_FWMARK)};
    } else {
        const auto address = from.address(IPVS_SVC_ATTR_ADDR, *family);
        if (!address) return std::nullopt;
        service.key = table::AddressKey{static_cast<table::Protocol>(live.raw_protocol), *address,
                                        ntohs(from.number<std::uint16_t>(IPVS_SVC_ATTR_PORT))};
    }
    service.scheduler = from.text(IPVS_SVC_ATTR_SCHED_NAME);
    const auto flags = from.number<ip_vs_flags>(IPVS_SVC_ATTR_FLAGS).flags;
    service.flags = flags & ~(table::service_flag::persistent | table::service_flag::hashed);
    const std::string engine = from.text(IPVS_SVC_ATTR_PE_NAME);
    if ((flags & table::service_flag::persistent) != 0) {
        service.persistence = table::Persistence{from.number<std::uint32_t>(IPVS_SVC_ATTR_TIMEOUT), engine};
    } else if (!engine.empty()) {
        service.persistence = table::Persistence{0, engine};
    }
    service.netmask = from.number<std::uint32_t>(IPVS_SVC_ATTR_NETMASK);
    read_statistics(from[IPVS_SVC_ATTR_STATS64], from[IPVS_SVC_ATTR_STATS], live.counters, live.rates);
    return live;
}

std::optional<table::LiveDestination> read_destination(nlmsghdr* message, Family service_family) {
    const Attributes top(message);
    const Attributes from(top[IPVS_CMD_ATTR_DEST]);
    const auto family = from.has(IPVS_DEST_ATTR_ADDR_FAMILY)
                            ? family_from(from.number<std::uint16_t>(IPVS_DEST_ATTR_ADDR_FAMILY))
                            : service_family;
    if (!family) return std::nullopt;
    const auto address = from.address(IPVS_DEST_ATTR_ADDR, *family);
    if (!address) return std::nullopt;
    table::LiveDestination live;
    table::Destination& destination = live.destination;
    destination.key = {*address, ntohs(from.number<std::uint16_t>(IPVS_DEST_ATTR_PORT))};
    destination.method = static_cast<table::ForwardingMethod>(from.number<std::uint32_t>(IPVS_DEST_ATTR_FWD_METHOD) &
                                                              IP_VS_CONN_F_FWD_MASK);
    if (destination.method == table::ForwardingMethod::tunnel) {
        destination.tunnel.type = static_cast<table::TunnelType>(from.number<std::uint8_t>(IPVS_DEST_ATTR_TUN_TYPE));
        destination.tunnel.port = ntohs(from.number<std::uint16_t>(IPVS_DEST_ATTR_TUN_PORT));
        destination.tunnel.checksum =
            static_cast<table::TunnelChecksum>(from.number<std::uint16_t>(IPVS_DEST_ATTR_TUN_FLAGS));
    }
    destination.weight = from.number<std::uint32_t>(IPVS_DEST_ATTR_WEIGHT);
    destination.upper_threshold = from.number<std::uint32_t>(IPVS_DEST_ATTR_U_THRESH);
    destination.lower_threshold = from.number<std::uint32_t>(IPVS_DEST_ATTR_L_THRESH);
    live.active_connections = from.number<std::uint32_t>(IPVS_DEST_ATTR_ACTIVE_CONNS);
    live.inactive_connections = from.number<std::uint32_t>(IPVS_DEST_ATTR_INACT_CONNS);
    live.persistent_connections = from.number<std::uint32_t>(IPVS_DEST_ATTR_PERSIST_CONNS);
    read_statistics(from[IPVS_DEST_ATTR_STATS64], from[IPVS_DEST_ATTR_STATS], live.counters, live.rates);
    return live;
}

std::optional<table::SyncDaemon> read_daemon(nlmsghdr* message) {
    const Attributes top(message);
    const Attributes from(top[IPVS_CMD_ATTR_DAEMON]);
    if (!from.has(IPVS_DAEMON_ATTR_STATE)) return std::nullopt;
    table::SyncDaemon daemon;
    daemon.state = static_cast<table::DaemonState>(from.number<std::uint32_t>(IPVS_DAEMON_ATTR_STATE));
    daemon.interface = from.text(IPVS_DAEMON_ATTR_MCAST_IFN);
    daemon.sync_id = from.number<std::uint32_t>(IPVS_DAEMON_ATTR_SYNC_ID);
    daemon.max_length = from.number<std::uint16_t>(IPVS_DAEMON_ATTR_SYNC_MAXLEN);
    daemon.group = from.address(IPVS_DAEMON_ATTR_MCAST_GROUP6, Family::inet6);
    if (!daemon.group) daemon.group = from.address(IPVS_DAEMON_ATTR_MCAST_GROUP, Family::inet);
    daemon.port = from.number<std::uint16_t>(IPVS_DAEMON_ATTR_MCAST_PORT);
    daemon.ttl = from.number<std::uint8_t>(IPVS_DAEMON_ATTR_MCAST_TTL);
    return daemon;
}

std::optional<table::Timeouts> read_timeouts(nlmsghdr* message) {
    const Attributes top(message);
    if (!top.has(IPVS_CMD_ATTR_TIMEOUT_TCP)) return std::nullopt;
    return table::Timeouts{top.number<std::uint32_t>(IPVS_CMD_ATTR_TIMEOUT_TCP),
                           top.number<std::uint32_t>(IPVS_CMD_ATTR_TIMEOUT_TCP_FIN),
                           top.number<std::uint32_t>(IPVS_CMD_ATTR_TIMEOUT_UDP)};
}

std::optional<table::KernelInfo> read_info(nlmsghdr* message) {
    const Attributes from(message);
    if (!from.has(IPVS_INFO_ATTR_VERSION)) return std::nullopt;
    return table::KernelInfo{from.number<std::uint32_t>(IPVS_INFO_ATTR_VERSION),
                             from.number<std::uint32_t>(IPVS_INFO_ATTR_CONN_TAB_SIZE)};
}

}  // namespace lbctl::netlink
