#include "grammar/validate/lvs_names.h"

#include <fmt/format.h>

namespace lbctl::validate {

std::string label_of(const model::VirtualServer& service) {
    if (const auto* mark = std::get_if<model::FwmarkHead>(&service.head)) return fmt::format("fwmark {}", mark->mark);
    if (const auto* group = std::get_if<model::GroupHead>(&service.head)) return fmt::format("group {}", group->name);
    const auto& address = std::get<model::AddressHead>(service.head);
    return with_port(address.address, address.port);
}

std::string_view to_string(model::ForwardingKind kind) {
    switch (kind) {
        case model::ForwardingKind::nat:
            return "NAT";
        case model::ForwardingKind::direct_routing:
            return "DR";
        case model::ForwardingKind::tunnel:
            break;
    }
    return "TUN";
}

std::string_view to_string(model::Protocol protocol) {
    switch (protocol) {
        case model::Protocol::tcp:
            return "TCP";
        case model::Protocol::udp:
            return "UDP";
        case model::Protocol::sctp:
            break;
    }
    return "SCTP";
}

}  // namespace lbctl::validate
