#include "grammar/rules/vrrp/accept_mode.h"

#include <algorithm>

namespace lbctl::rules {

namespace {

bool serves(const Whole& whole, const ServiceSummary& service, const IpAddress& address) {
    if (const auto* own = std::get_if<model::AddressHead>(&service.head)) return own->address == address;
    const auto* name = std::get_if<std::string>(&service.head);
    if (name == nullptr) return false;
    const auto group = std::ranges::find(whole.lvs.groups, *name, &model::VirtualServerGroup::name);
    if (group == whole.lvs.groups.end()) return false;
    return std::ranges::any_of(group->entries, [&](const model::GroupEntry& entry) {
        const auto* range = std::get_if<model::GroupAddresses>(&entry.what);
        return range != nullptr && range->first <= address && address <= range->last;
    });
}

}  // namespace

const ast::Node* accept_line(const model::VrrpInstance& instance) {
    const ast::Node* line = nullptr;
    for (const ast::Node& child : instance.node->children) {
        if (child.keyword == nullptr || !child.valid) continue;
        if (child.keyword->id == "accept"_kw || child.keyword->id == "no_accept"_kw) line = &child;
    }
    return line;
}

const ServiceSummary* service_on(const Whole& whole, const model::VrrpInstance& instance, IpAddress& address) {
    for (const ServiceSummary& service : whole.services) {
        for (const model::VirtualAddress& virtual_address : instance.addresses) {
            if (!virtual_address.fits_family || !serves(whole, service, virtual_address.address.address)) continue;
            address = virtual_address.address.address;
            return &service;
        }
    }
    return nullptr;
}

}  // namespace lbctl::rules
