#include "backend/health/notice_text.h"

#include <fmt/format.h>

#include "backend/table/compile.h"
#include "backend/table/names.h"
#include "backend/table/serving.h"
#include "grammar/base/ascii.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/model/lvs_quorum.h"

namespace lbctl::health {

namespace {

/// In small letters, as FIFOs have it.
std::string protocol_word(const model::VirtualServer& service) {
    if (!model::has_addresses(service)) return "none";
    return base::lower(table::to_string(table::protocol_of(service)));
}

std::string socket_name(const IpAddress& address, std::string_view protocol, std::uint16_t port) {
    return fmt::format("[{}]:{}:{}", address.to_string(), protocol, port);
}

/// What is wrong with a mail server, in the words of keepalived 2.2.7.
std::string smtp_fault(const model::Endpoint& endpoint, Fault fault) {
    const std::string address = endpoint.address.to_string();
    const std::string server = fmt::format("[{}]:{}", address, endpoint.port);
    switch (fault) {
        case Fault::unreachable:
            return fmt::format("Network unreachable for server {} - real server {}", address, server);
        case Fault::no_connection:
            return "Could not connect to server " + server;
        case Fault::slow_to_connect:
            return "Connection timeout to server " + server;
        case Fault::closed:
            return "Read failure from server " + server;
        case Fault::silent:
            return "Read timeout from server " + server;
        case Fault::greeting:
            return "Bad greeting banner from server " + server;
        case Fault::hello:
            return "Bad HELO response from server " + server;
        case Fault::other:
            break;
    }
    return "Unknown error";
}

}  // namespace

std::string notice_name(const CheckedService& service) {
    const auto& head = service.service.head;
    if (const auto* mark = std::get_if<model::FwmarkHead>(&head)) return fmt::format("FWM {}", mark->mark);
    if (const auto* group = std::get_if<model::GroupHead>(&head))
        return fmt::format("[{}]:{}", group->name, service.ordinal);
    const auto& address = std::get<model::AddressHead>(head);
    return socket_name(address.address, protocol_word(service.service), address.port);
}

std::string notice_name(const CheckedService& service, const CheckedServer& server) {
    const auto* address = std::get_if<model::AddressHead>(&service.service.head);
    const std::uint16_t port =
        model::port_served(model::forwarding_of(service.service, server.server).kind, server.server.port,
                           address == nullptr ? std::uint16_t{0} : address->port);
    return socket_name(server.server.address, protocol_word(service.service), port);
}

std::string fifo_line(const CheckedService& service, const Notice& notice) {
    const std::string_view state = notice.up ? "UP" : "DOWN";
    const std::string name = notice_name(service);
    if (!notice.server) return fmt::format("VS {} {}", name, state);
    return fmt::format("RS {} {} {}", notice_name(service, service.servers[*notice.server]), name, state);
}

std::string mail_subject(std::string_view router_id, const CheckedService& service, const Notice& notice) {
    const std::string_view state = notice.up ? "UP" : "DOWN";
    const std::string name = notice_name(service);
    if (!notice.server) return fmt::format("[{}] Virtualserver {} - {}", router_id, name, state);
    return fmt::format("[{}] Realserver {} of virtual server {} - {}", router_id,
                       notice_name(service, service.servers[*notice.server]), name, state);
}

std::string mail_sentence(const model::Checker& checker, bool up, Fault fault) {
    using enum model::CheckerKind;
    switch (checker.kind) {
        case tcp:
            return fmt::format("=> TCP CHECK {} on service <=", up ? "succeed" : "failed");
        case http:
        case https:
            return up ? "=> CHECK succeed on service <=" : "=> CHECK failed on service : HTTP request failed <=";
        case smtp:
            return up ? std::string("=> CHECK succeed on service <=")
                      : fmt::format("=> CHECK failed on service : {} <=", smtp_fault(checker.endpoint, fault));
        case dns:
            return fmt::format("=> DNS_CHECK: {} on service <=", up ? "succeed" : "failed");
        case udp:
            return fmt::format("=> UDP CHECK {} on service <=", up ? "succeed" : "failed");
        case ping:
            return fmt::format("=> ICMP CHECK {} on service <=", up ? "succeed" : "failed");
        case misc:
            return fmt::format("=> MISC CHECK {} on service <=", up ? "succeeded" : "failed");
        case file:
            break;
        case bfd:
            return fmt::format("=> BFD CHECK {} {} on service <=", std::get<model::BfdCheck>(checker.details).name,
                               up ? "succeeded" : "failed");
    }
    return {};
}

std::string mail_sentence(const ServiceHealth& health, bool up, bool starts) {
    const model::Quorum quorum = model::quorum_of(health.service().service);
    const std::string_view words = up ? (starts ? "Starting with quorum up" : "Gained quorum")
                                      : (starts ? "Starting with quorum down" : "Lost quorum");
    // The threshold is the one that was to be reached, or was not held.
    return fmt::format("=> {} {}+{}={} <= {} <=", words, quorum.needed, quorum.gained_from - quorum.needed,
                       up || starts ? quorum.gained_from : quorum.lost_below, table::weight_alive(health.standings()));
}

}  // namespace lbctl::health
