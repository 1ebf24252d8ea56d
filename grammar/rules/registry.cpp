#include "grammar/rules/rule.h"

#include <array>

namespace lbctl::rules {

// Each is defined in the file of its name.
extern const Rule all_weights_zero;
extern const Rule virtual_address_kind;

namespace {

constexpr std::array registry{
    &all_weights_zero,
    &virtual_address_kind,
};

}  // namespace

std::span<const Rule* const> all_rules() {
    return registry;
}

ServiceSummary summary_of(const ast::VirtualServer& service) {
    ServiceSummary summary{{}, service.protocol, service.family, service.node->head.where()};
    if (const auto* address = std::get_if<ast::AddressHead>(&service.head)) summary.head = *address;
    if (const auto* mark = std::get_if<ast::FwmarkHead>(&service.head)) summary.head = *mark;
    if (const auto* group = std::get_if<ast::GroupHead>(&service.head)) summary.head = std::string(group->name);
    return summary;
}

}  // namespace lbctl::rules
