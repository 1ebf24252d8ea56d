#include "grammar/model/lvs_effective.h"

#include <algorithm>

#include "grammar/ast/argument_values.h"

namespace lbctl::model {

const VirtualServerGroup* group_of(const VirtualServer& service) {
    const auto* head = std::get_if<GroupHead>(&service.head);
    return head == nullptr ? nullptr : head->group;
}

bool is_dropped(const VirtualServer& service) {
    const auto* head = std::get_if<GroupHead>(&service.head);
    if (head != nullptr && head->group == nullptr) return true;
    return std::ranges::none_of(service.real_servers, &RealServer::fits_family);
}

bool clashes_with_group(const VirtualServer& service) {
    const auto* group = group_of(service);
    if (group == nullptr) return false;
    return (service.family == Family::inet && group->has_inet6) || (service.family == Family::inet6 && group->has_inet);
}

bool is_marked(const VirtualServer& service) {
    const auto* head = std::get_if<FwmarkHead>(&service.head);
    return head != nullptr && head->mark != 0;
}

bool has_mark_zero(const VirtualServer& service) {
    return std::holds_alternative<FwmarkHead>(service.head) && !is_marked(service);
}

bool has_addresses(const VirtualServer& service) {
    const auto* group = group_of(service);
    return group == nullptr ? !is_marked(service) : group->has_addresses;
}

const ast::Node* cause_of_every_port(const VirtualServer& service) {
    if (const auto* address = std::get_if<AddressHead>(&service.head)) {
        return address->port == 0 ? service.node : nullptr;
    }
    const auto* group = group_of(service);
    if (group == nullptr) return nullptr;
    for (const GroupEntry& entry : group->entries) {
        const auto* run = std::get_if<GroupAddresses>(&entry.what);
        if (run != nullptr && run->port == 0) return entry.node;
    }
    return nullptr;
}

std::optional<std::uint32_t> persistence_of(const VirtualServer& service) {
    if (service.persistence_timeout) return service.persistence_timeout;
    return cause_of_every_port(service) == nullptr ? std::nullopt : std::optional(default_persistence);
}

Forwarding forwarding_of(const VirtualServer& service, const RealServer& server) {
    return server.forwarding ? *server.forwarding : service.forwarding.value_or(Forwarding{});
}

Forwarding forwarding_of(const VirtualServer& service, const SorryServer& server) {
    return server.forwarding ? *server.forwarding : service.forwarding.value_or(Forwarding{});
}

std::uint32_t weight_of(const VirtualServer& service, const RealServer& server) {
    return server.weight.value_or(service.weight);
}

bool inhibits_on_failure(const VirtualServer& service, const RealServer& server) {
    return server.inhibit_on_failure.value_or(service.inhibit_on_failure);
}

std::uint16_t port_served(ForwardingKind kind, std::uint16_t written, std::uint16_t service_port) {
    return kind == ForwardingKind::nat && written != 0 ? written : service_port;
}

bool awaits_check(const VirtualServer& service, const RealServer& server) {
    const bool general = server.alpha.value_or(service.alpha);
    return server.checker_count > 0 && std::ranges::any_of(server.node->children, [&](const ast::Node& child) {
               if (child.keyword == nullptr || !child.valid || !child.keyword->opens_block()) return false;
               // A file has a value from the start.
               if (child.keyword->id == "FILE_CHECK"_kw) return false;
               const ast::Node* own = ast::last_valid(child, "alpha"_kw);
               return own == nullptr ? general : switched_on(*own);
           });
}

bool depends_on_others(const VirtualServer& service) {
    if (std::holds_alternative<GroupHead>(service.head)) return true;
    std::optional<Family> family = service.family;
    const auto differs = [&family](const IpAddress& address) {
        if (!family) family = address.family();
        return address.family() != *family;
    };
    return std::ranges::any_of(
               service.real_servers,
               [&](const RealServer& server) { return server.tracks_others || differs(server.address); }) ||
           (service.sorry_server && differs(service.sorry_server->address));
}

}  // namespace lbctl::model
