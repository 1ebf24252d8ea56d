#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/check.h"
#include "backend/table/names.h"

namespace lbctl::doctor {

namespace {

bool is_any(const IpAddress& address) {
    return std::ranges::all_of(address.bytes(), [](std::uint8_t byte) { return byte == 0; });
}

bool takes(const Listener& listener, const IpAddress& address, const emit::ServedPort& served) {
    if (listener.protocol != served.protocol || listener.port != served.port) return false;
    if (is_any(listener.address)) return listener.address.family() == Family::inet6 || address.family() == Family::inet;
    return listener.address == address;
}

void check(const Look& look, Report& report, const emit::Delivery& delivery, const IpAddress& address,
           const emit::ServedPort& served) {
    const auto& listeners = look.machine.listeners;
    if (std::ranges::any_of(listeners, [&](const Listener& each) { return takes(each, address, served); })) return;
    const auto same_port = std::ranges::find_if(
        listeners, [&](const Listener& each) { return each.protocol == served.protocol && each.port == served.port; });
    const std::string at = with_port(address, served.port);
    const bool tcp = served.protocol == table::Protocol::tcp;
    Finding& finding = report.add(fmt::format("nothing listens at {} ({})", at, tcp ? "TCP" : "UDP"), delivery.place);
    finding.evidence.push_back(
        {tcp ? "/proc/net/tcp" : "/proc/net/udp", "",
         same_port == listeners.end()
             ? fmt::format("there is no socket at port {}", served.port)
             : fmt::format("there is one at {} only", with_port(same_port->address, served.port))});
    finding.what_to_do = fmt::format("let the program listen at {} or at all addresses; ss -lnp 'sport = :{}' shows it",
                                     at, served.port);
}

void run(const Look& look, Report& report) {
    for (const OwnServer& own : look.servers) {
        for (const emit::Delivery& delivery : own.server.deliveries) {
            const std::vector<IpAddress> addresses = delivery.method == table::ForwardingMethod::nat
                                                         ? std::vector<IpAddress>{own.server.address}
                                                         : delivery.virtual_addresses;
            for (const emit::ServedPort& served : delivery.ports) {
                if (served.port == 0 || served.protocol == table::Protocol::sctp) continue;
                for (const IpAddress& address : addresses) check(look, report, delivery, address, served);
            }
        }
    }
}

}  // namespace

extern const Check not_listening_check{
    .page = {.id = "not-listening",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "No program of the real server listens where the packets go",
             .detail = "with direct routing and tunnels requests come to the virtual address, not to the server's own; "
                       "checks that ask the server's own address find nothing wrong",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "ipvsadm(8), --gatewaying and --ipip",
    .real_server = run};

}  // namespace lbctl::doctor
