#include "grammar/rules/rule.h"

#include <array>

namespace lbctl::rules {

// Each is defined in the file of its name.
extern const Rule all_weights_zero;
extern const Rule nopreempt_with_weight;
extern const Rule peer_is_itself;
extern const Rule peer_is_other_source;
extern const Rule real_server_is_service;
extern const Rule script_detects_late;
extern const Rule script_timeout_above_interval;
extern const Rule service_address_not_virtual;
extern const Rule virtual_address_kind;
extern const Rule virtual_address_of_node;
extern const Rule virtual_address_prefix;
extern const Rule weight_reversed;
extern const Rule weight_without_effect;

namespace {

constexpr std::array registry{
    &all_weights_zero,
    &nopreempt_with_weight,
    &peer_is_itself,
    &peer_is_other_source,
    &real_server_is_service,
    &script_detects_late,
    &script_timeout_above_interval,
    &service_address_not_virtual,
    &virtual_address_kind,
    &virtual_address_of_node,
    &virtual_address_prefix,
    &weight_reversed,
    &weight_without_effect,
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
