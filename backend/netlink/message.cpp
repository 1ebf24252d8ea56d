#include "backend/netlink/message.h"

#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <array>
#include <new>

namespace lbctl::netlink {

using table::AddressKey;
using table::FwmarkKey;
using table::ServiceKey;
namespace service_flag = table::service_flag;

static_assert(service_flag::persistent == IP_VS_SVC_F_PERSISTENT && service_flag::hashed == IP_VS_SVC_F_HASHED);
static_assert(service_flag::one_packet == IP_VS_SVC_F_ONEPACKET && service_flag::scheduler_1 == IP_VS_SVC_F_SCHED1);
static_assert(static_cast<int>(table::ForwardingMethod::direct_routing) == IP_VS_CONN_F_DROUTE);

namespace {

/// A nest of attributes, open for as long as the value lives.
class Nest {
public:
    Nest(nl_msg* message, int type) : message_(message), start_(nla_nest_start(message, type)) {}
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;
    ~Nest() { nla_nest_end(message_, start_); }

private:
    nl_msg* message_;
    nlattr* start_;
};

void put_address(nl_msg* message, int type, const IpAddress& address) {
    // Kernels before 4.x read 16 bytes of any family, so IPv4 is zero padded.
    nla_put(message, type, static_cast<int>(address.padded_bytes().size()), address.padded_bytes().data());
}

void put_key(nl_msg* message, const ServiceKey& key) {
    nla_put_u16(message, IPVS_SVC_ATTR_AF, static_cast<std::uint16_t>(table::family_of(key)));
    if (const auto* fwmark = std::get_if<FwmarkKey>(&key)) {
        nla_put_u32(message, IPVS_SVC_ATTR_FWMARK, fwmark->mark);
        return;
    }
    const auto& address = std::get<AddressKey>(key);
    nla_put_u16(message, IPVS_SVC_ATTR_PROTOCOL, static_cast<std::uint16_t>(address.protocol));
    put_address(message, IPVS_SVC_ATTR_ADDR, address.address);
    nla_put_u16(message, IPVS_SVC_ATTR_PORT, htons(address.port));
}

void put_service(nl_msg* message, const table::Service& service) {
    const Nest nest(message, IPVS_CMD_ATTR_SERVICE);
    put_key(message, service.key);
    nla_put_string(message, IPVS_SVC_ATTR_SCHED_NAME, service.scheduler.c_str());
    const auto& persistence = service.persistence;
    if (persistence && !persistence->engine.empty()) {
        nla_put_string(message, IPVS_SVC_ATTR_PE_NAME, persistence->engine.c_str());
    }
    ip_vs_flags flags{};
    flags.flags = service.flags;
    if (is_persistent(service)) flags.flags |= service_flag::persistent;
    flags.mask = ~std::uint32_t{0};
    nla_put(message, IPVS_SVC_ATTR_FLAGS, sizeof flags, &flags);
    nla_put_u32(message, IPVS_SVC_ATTR_TIMEOUT, persistence ? persistence->timeout : 0);
    nla_put_u32(message, IPVS_SVC_ATTR_NETMASK, service.netmask);
}

void put_service_key(nl_msg* message, const ServiceKey& key) {
    const Nest nest(message, IPVS_CMD_ATTR_SERVICE);
    put_key(message, key);
}

void put_destination_key(nl_msg* message, const table::DestinationKey& key) {
    nla_put_u16(message, IPVS_DEST_ATTR_ADDR_FAMILY, static_cast<std::uint16_t>(key.address.family()));
    put_address(message, IPVS_DEST_ATTR_ADDR, key.address);
    nla_put_u16(message, IPVS_DEST_ATTR_PORT, htons(key.port));
}

void put_destination(nl_msg* message, const table::Destination& destination) {
    const Nest nest(message, IPVS_CMD_ATTR_DEST);
    put_destination_key(message, destination.key);
    nla_put_u32(message, IPVS_DEST_ATTR_FWD_METHOD, static_cast<std::uint32_t>(destination.method));
    nla_put_u32(message, IPVS_DEST_ATTR_WEIGHT, destination.weight);
    nla_put_u32(message, IPVS_DEST_ATTR_U_THRESH, destination.upper_threshold);
    nla_put_u32(message, IPVS_DEST_ATTR_L_THRESH, destination.lower_threshold);
    if (destination.method != table::ForwardingMethod::tunnel) return;
    nla_put_u8(message, IPVS_DEST_ATTR_TUN_TYPE, static_cast<std::uint8_t>(destination.tunnel.type));
    if (destination.tunnel.type == table::TunnelType::gue) {
        nla_put_u16(message, IPVS_DEST_ATTR_TUN_PORT, htons(destination.tunnel.port));
    }
    if (destination.tunnel.type != table::TunnelType::ipip) {
        nla_put_u16(message, IPVS_DEST_ATTR_TUN_FLAGS, static_cast<std::uint16_t>(destination.tunnel.checksum));
    }
}

void put_daemon(nl_msg* message, const table::SyncDaemon& daemon) {
    const Nest nest(message, IPVS_CMD_ATTR_DAEMON);
    nla_put_u32(message, IPVS_DAEMON_ATTR_STATE, static_cast<std::uint32_t>(daemon.state));
    nla_put_string(message, IPVS_DAEMON_ATTR_MCAST_IFN, daemon.interface.c_str());
    nla_put_u32(message, IPVS_DAEMON_ATTR_SYNC_ID, daemon.sync_id);
    if (daemon.max_length != 0) nla_put_u16(message, IPVS_DAEMON_ATTR_SYNC_MAXLEN, daemon.max_length);
    if (daemon.port != 0) nla_put_u16(message, IPVS_DAEMON_ATTR_MCAST_PORT, daemon.port);
    if (daemon.ttl != 0) nla_put_u8(message, IPVS_DAEMON_ATTR_MCAST_TTL, daemon.ttl);
    if (!daemon.group) return;
    const bool inet6 = daemon.group->family() == Family::inet6;
    const auto bytes = daemon.group->bytes();
    nla_put(message, inet6 ? IPVS_DAEMON_ATTR_MCAST_GROUP6 : IPVS_DAEMON_ATTR_MCAST_GROUP,
            static_cast<int>(bytes.size()), bytes.data());
}

/// Puts what a request says into a message, and knows its command.
struct Encode {
    nl_msg* message;

    void operator()(const table::AddService& add) const { put_service(message, add.service); }
    void operator()(const table::SetService& set) const { put_service(message, set.service); }
    void operator()(const table::DeleteService& del) const { put_service_key(message, del.key); }
    void operator()(const table::AddDestination& add) const {
        put_service_key(message, add.service);
        put_destination(message, add.destination);
    }
    void operator()(const table::SetDestination& set) const {
        put_service_key(message, set.service);
        put_destination(message, set.destination);
    }
    void operator()(const table::DeleteDestination& del) const {
        put_service_key(message, del.service);
        const Nest nest(message, IPVS_CMD_ATTR_DEST);
        put_destination_key(message, del.destination);
    }
    void operator()(const table::StartDaemon& start) const { put_daemon(message, start.daemon); }
    void operator()(const table::StopDaemon& stop) const {
        const Nest nest(message, IPVS_CMD_ATTR_DAEMON);
        nla_put_u32(message, IPVS_DAEMON_ATTR_STATE, static_cast<std::uint32_t>(stop.state));
        nla_put_u32(message, IPVS_DAEMON_ATTR_SYNC_ID, 0);
    }
    void operator()(const table::SetTimeouts& set) const {
        if (set.timeouts.tcp != 0) nla_put_u32(message, IPVS_CMD_ATTR_TIMEOUT_TCP, set.timeouts.tcp);
        if (set.timeouts.tcp_fin != 0) nla_put_u32(message, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, set.timeouts.tcp_fin);
        if (set.timeouts.udp != 0) nla_put_u32(message, IPVS_CMD_ATTR_TIMEOUT_UDP, set.timeouts.udp);
    }
    void operator()(const table::Flush&) const {}
    void operator()(const table::Zero& zero) const {
        if (zero.service) put_service_key(message, *zero.service);
    }
};

/// IPVS_CMD_* of each alternative of table::Request, in its order.
constexpr std::array<std::uint8_t, std::variant_size_v<table::Request>> commands = {
    IPVS_CMD_NEW_SERVICE, IPVS_CMD_SET_SERVICE, IPVS_CMD_DEL_SERVICE, IPVS_CMD_NEW_DEST,
    IPVS_CMD_SET_DEST,    IPVS_CMD_DEL_DEST,    IPVS_CMD_NEW_DAEMON,  IPVS_CMD_DEL_DAEMON,
    IPVS_CMD_SET_CONFIG,  IPVS_CMD_FLUSH,       IPVS_CMD_ZERO};

}  // namespace

void MessageBuilder::Free::operator()(nl_msg* message) const {
    nlmsg_free(message);
}

// The longest message, a service or a destination, is far below this.
MessageBuilder::MessageBuilder() : message_(nlmsg_alloc_size(1024)) {
    if (message_ == nullptr) throw std::bad_alloc();
}

void MessageBuilder::begin(const MessageHeader& header) {
    nlmsg_hdr(message_.get())->nlmsg_len = NLMSG_HDRLEN;
    genlmsg_put(message_.get(), header.port, header.sequence, header.family, 0, header.flags | NLM_F_REQUEST,
                header.command, IPVS_GENL_VERSION);
}

void MessageBuilder::finish(std::vector<std::uint8_t>& bytes) {
    const nlmsghdr* header = nlmsg_hdr(message_.get());
    const auto* start = reinterpret_cast<const std::uint8_t*>(header);
    bytes.insert(bytes.end(), start, start + header->nlmsg_len);
    bytes.resize(NLMSG_ALIGN(bytes.size()));
}

void MessageBuilder::append(std::vector<std::uint8_t>& bytes, MessageHeader header, const table::Request& request) {
    header.command = commands.at(request.index());
    begin(header);
    std::visit(Encode{message_.get()}, request);
    finish(bytes);
}

void MessageBuilder::append(std::vector<std::uint8_t>& bytes, const MessageHeader& header, const ServiceKey* service) {
    begin(header);
    if (service != nullptr) put_service_key(message_.get(), *service);
    finish(bytes);
}

}  // namespace lbctl::netlink
