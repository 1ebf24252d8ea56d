#include "grammar/rules/checkers/checker_transport.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/rules/checkers/settings.h"
#include "grammar/validate/lvs_names.h"

namespace lbctl::rules {

namespace {

using model::CheckerKind;
using model::Protocol;

/// Ports at which servers mostly listen by TCP and by UDP or SCTP alike (IANA's registry of service names and ports).
/// Syslog is among them by custom.
constexpr auto ports_of_both = std::to_array<std::uint16_t>({
    7,    9,    13,   19,   37,   53,   88,   111,  135,  389,  443,  464,  514,  601,  749,  750,   853,
    1194, 2049, 3389, 3478, 3479, 3868, 5060, 5061, 5349, 5350, 5353, 5683, 5684, 6514, 8443, 11211,
});

constexpr std::uint16_t dns_port = 53;

/// Where HTTP over TCP is served beside HTTP/3, which takes UDP.
constexpr std::array<std::uint16_t, 2> http_ports{443, 8443};

bool asks_by_tcp(CheckerKind kind) {
    return kind == CheckerKind::tcp || kind == CheckerKind::http || kind == CheckerKind::https ||
           kind == CheckerKind::smtp;
}

bool asks_by_udp(CheckerKind kind) {
    return kind == CheckerKind::udp || kind == CheckerKind::dns;
}

/// The port of the service; 0: it has several or none.
std::uint16_t service_port(const model::VirtualServer& service) {
    const auto* address = std::get_if<model::AddressHead>(&service.head);
    return address == nullptr ? 0 : address->port;
}

bool is_odd(const model::VirtualServer& service, const model::RealServer& server, const ast::Node& checker,
            CheckerKind kind) {
    const Protocol protocol = *service.protocol;
    if (asks_by_tcp(kind) ? protocol == Protocol::tcp : !asks_by_udp(kind) || protocol == Protocol::udp) return false;
    const std::uint16_t port = server.port;
    // Who names another port or host has thought of it. The hosts of SMTP_CHECK may be others, too.
    if (port == 0 || asked_port(server, checker) != port || checker.has("connect_ip"_kw) || checker.has("host"_kw))
        return false;
    // What answers there by TCP answers HTTP or SMTP only where that is served.
    if (kind == CheckerKind::smtp) return true;
    if (kind == CheckerKind::http || kind == CheckerKind::https)
        return std::ranges::find(http_ports, port) == http_ports.end();
    // A DNS server may have another port than its service.
    if (service_port(service) == dns_port) return false;
    if (kind == CheckerKind::dns) return port != dns_port;
    return !std::ranges::binary_search(ports_of_both, port);
}

/// A real server in a virtual server of that protocol.
using Served = std::tuple<Protocol, IpAddress, std::uint16_t>;

Served served_by(Protocol protocol, const model::AddressHead& server) {
    return {protocol, server.address, server.port};
}

std::set<Served> all_served(const Whole& whole) {
    std::set<Served> served;
    for (const ServiceSummary& service : whole.services) {
        for (const model::AddressHead& server : service.servers) served.insert(served_by(*service.protocol, server));
    }
    return served;
}

/// Groups of marks lose their protocol, which is told.
bool has_marks(const Whole& whole, const ServiceSummary& service) {
    const auto* name = std::get_if<std::string>(&service.head);
    return name != nullptr && std::ranges::any_of(whole.lvs.groups, [&](const model::VirtualServerGroup& group) {
               return group.name == *name && group.has_fwmark;
           });
}

void check(const Whole& whole) {
    if (std::ranges::all_of(whole.services, [](const ServiceSummary& service) { return service.odd_checks.empty(); }))
        return;
    const std::set<Served> served = all_served(whole);
    for (const ServiceSummary& service : whole.services) {
        if (service.odd_checks.empty() || has_marks(whole, service)) continue;
        for (const OddCheck& odd : service.odd_checks) {
            const bool by_tcp = asks_by_tcp(odd.kind);
            // The same real server serves the protocol of its check in another virtual server.
            if (served.contains(served_by(by_tcp ? Protocol::tcp : Protocol::udp, odd.server))) continue;
            auto& finding = whole.context.report(
                "checker-transport", Severity::warning, odd.where,
                fmt::format("{} asks port {} by {}, but the service is {}: {}", model::keyword_of(odd.kind),
                            odd.server.port, by_tcp ? "TCP" : "UDP", validate::to_string(*service.protocol),
                            by_tcp ? "where nothing listens by TCP the check fails always"
                                   : "where nothing listens by UDP it says nothing of the service"));
            finding.hint = service.protocol == Protocol::tcp
                               ? "TCP_CHECK, or a connect_port that serves UDP"
                               : "another kind of check, or a connect_port that serves what is asked for";
        }
    }
}

}  // namespace

std::vector<OddCheck> odd_checks_of(const model::VirtualServer& service) {
    std::vector<OddCheck> odd;
    // Without a protocol it is UDP, which is told and seldom meant.
    if (!service.protocol || model::is_marked(service)) return odd;
    for (const model::RealServer& server : service.real_servers) {
        if (!server.is_taken()) continue;
        for (const ast::Node& child : server.node->children) {
            if (child.keyword == nullptr || !child.valid || !child.keyword->opens_block()) continue;
            const auto kind = model::kind_of(child.keyword->id);
            if (kind && is_odd(service, server, child, *kind))
                odd.push_back({child.head.where(), *kind, {server.address, server.port}});
        }
    }
    return odd;
}

extern const Rule checker_transport{
    .page =
        {.id = "checker-transport",
         .family = "checkers",
         .severity = Severity::warning,
         .summary = "A check by TCP for a UDP service, or by UDP for a TCP service",
         .detail =
             "TCP_CHECK, HTTP_GET, SSL_GET and SMTP_CHECK open a TCP connection, UDP_CHECK and DNS_CHECK send a UDP "
             "datagram, whatever the protocol of the virtual server (keepalived.conf(5); check_tcp.c, check_dns.c). At "
             "a port that serves the other protocol alone a connection is refused, so the server is never used; a "
             "datagram is refused, too, or lost, and then UDP_CHECK without require_reply counts as success. People "
             "met it in https://github.com/acassen/keepalived/issues/821 and 765. Use a check of the protocol of the "
             "service, PING_CHECK, MISC_CHECK, or `connect_port' with a port that answers. Ports where servers listen "
             "by both, such as 53, are passed over, and so are real servers that serve both protocols.",
         .example =
             "virtual_server 10.0.0.1 69 {\n    protocol UDP\n    real_server 10.0.0.2 69 {\n        TCP_CHECK {\n"
             "        }\n    }\n}",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
