#include "grammar/rules/rule.h"

#include <algorithm>
#include <array>

#include "grammar/rules/checkers/checker_transport.h"

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
extern const Rule checker_transport;
extern const Rule connect_timeout_above_interval;
extern const Rule digest_of_nothing;
extern const Rule http_tls_port;
extern const Rule misc_timeout_above_interval;
extern const Rule path_without_slash;
extern const Rule regex_invalid;
extern const Rule server_without_checker;
extern const Rule service_from_two_places;
extern const Rule shell_syntax;
extern const Rule sorry_server_is_real;
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
    &all_weights_zero,        &checker_transport, &connect_timeout_above_interval,
    &digest_of_nothing,       &http_tls_port,     &misc_timeout_above_interval,
    &path_without_slash,      &regex_invalid,     &server_without_checker,
    &service_from_two_places, &shell_syntax,      &sorry_server_is_real,
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

void check_service(const Context& context, const ast::VirtualServer& service) {
    for (const Rule* rule : registry) {
        if (rule->service != nullptr) rule->service(context, service);
    }
    for (const ast::RealServer& server : service.real_servers) {
        if (!server.is_taken()) continue;
        for (const ast::Node& child : server.node->children) {
            if (child.keyword == nullptr || !child.valid || !child.keyword->opens_block()) continue;
            const auto kind = model::kind_of(child.keyword->name);
            if (!kind) continue;
            for (const Rule* rule : registry) {
                if (rule->checker != nullptr) rule->checker(context, {service, server, child, *kind});
            }
        }
    }
}

ServiceSummary summary_of(const ast::VirtualServer& service) {
    ServiceSummary summary{{},
                           service.protocol,
                           service.family,
                           service.node->head.where(),
                           std::ranges::any_of(service.real_servers, &ast::RealServer::fits_family),
                           odd_checks_of(service)};
    if (const auto* address = std::get_if<ast::AddressHead>(&service.head)) summary.head = *address;
    if (const auto* mark = std::get_if<ast::FwmarkHead>(&service.head)) summary.head = *mark;
    if (const auto* group = std::get_if<ast::GroupHead>(&service.head)) summary.head = std::string(group->name);
    return summary;
}

}  // namespace lbctl::rules
