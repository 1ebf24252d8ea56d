#include "grammar/validate/lvs_names.h"

#include <fmt/format.h>

namespace lbctl::validate {

std::string label_of(const ast::VirtualServer& service) {
    if (const auto* mark = std::get_if<ast::FwmarkHead>(&service.head)) return fmt::format("fwmark {}", mark->mark);
    if (const auto* group = std::get_if<ast::GroupHead>(&service.head)) return fmt::format("group {}", group->name);
    const auto& address = std::get<ast::AddressHead>(service.head);
    return with_port(address.address, address.port);
}

std::string_view to_string(ast::ForwardingKind kind) {
    switch (kind) {
        case ast::ForwardingKind::nat:
            return "NAT";
        case ast::ForwardingKind::direct_routing:
            return "DR";
        case ast::ForwardingKind::tunnel:
            break;
    }
    return "TUN";
}

std::string_view to_string(ast::Protocol protocol) {
    switch (protocol) {
        case ast::Protocol::tcp:
            return "TCP";
        case ast::Protocol::udp:
            return "UDP";
        case ast::Protocol::sctp:
            break;
    }
    return "SCTP";
}

}  // namespace lbctl::validate
