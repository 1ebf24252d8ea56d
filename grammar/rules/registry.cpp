#include <algorithm>
#include <array>

#include "grammar/ast/reading.h"
#include "grammar/rules/checkers/checker_transport.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

// Each is defined in the file of its name.
extern const Rule all_weights_zero;
extern const Rule checker_transport;
extern const Rule comment_inside_word;
extern const Rule connect_timeout_above_interval;
extern const Rule digest_of_nothing;
extern const Rule http_tls_port;
extern const Rule mail_address_of_sample;
extern const Rule mail_without_recipient;
extern const Rule mail_without_server;
extern const Rule misc_timeout_above_interval;
extern const Rule no_accept_service;
extern const Rule nopreempt_with_weight;
extern const Rule password_in_clear_text;
extern const Rule password_of_samples;
extern const Rule path_without_slash;
extern const Rule peer_is_itself;
extern const Rule peer_is_other_source;
extern const Rule persistence_with_ops;
extern const Rule real_server_is_service;
extern const Rule regex_invalid;
extern const Rule router_id_of_sample;
extern const Rule script_detects_late;
extern const Rule script_timeout_above_interval;
extern const Rule server_without_checker;
extern const Rule service_address_not_virtual;
extern const Rule service_from_two_places;
extern const Rule shell_syntax;
extern const Rule sorry_server_is_real;
extern const Rule sorry_server_never_used;
extern const Rule strict_without_accept;
extern const Rule tracked_object_unused;
extern const Rule cluster_advert_int;
extern const Rule cluster_authentication;
extern const Rule cluster_both_master;
extern const Rule cluster_cast;
extern const Rule cluster_checksum;
extern const Rule cluster_down_timer;
extern const Rule cluster_equal_priority;
extern const Rule cluster_garp_refresh;
extern const Rule cluster_ghost_peer;
extern const Rule cluster_instance_missing;
extern const Rule cluster_lvs_forwarding;
extern const Rule cluster_lvs_persistence;
extern const Rule cluster_lvs_real_server;
extern const Rule cluster_lvs_scheduler;
extern const Rule cluster_lvs_service;
extern const Rule cluster_multicast_group;
extern const Rule cluster_nopreempt;
extern const Rule cluster_nopreempt_weight;
extern const Rule cluster_owner;
extern const Rule cluster_peers;
extern const Rule cluster_preempt_delay;
extern const Rule cluster_router_id;
extern const Rule cluster_router_name;
extern const Rule cluster_shared_router_id;
extern const Rule cluster_source;
extern const Rule cluster_sync_daemon;
extern const Rule cluster_sync_group;
extern const Rule cluster_tracked_by_one;
extern const Rule cluster_version;
extern const Rule cluster_virtual_addresses;
extern const Rule cluster_vmac;
extern const Rule cluster_weight;
extern const Rule virtual_address_kind;
extern const Rule virtual_address_of_node;
extern const Rule virtual_address_prefix;
extern const Rule virtual_router_id_of_samples;
extern const Rule weight_reversed;
extern const Rule weight_without_effect;
extern const Rule weights_not_used;

namespace {

constexpr std::array registry{
    &all_weights_zero,
    &checker_transport,
    &comment_inside_word,
    &connect_timeout_above_interval,
    &digest_of_nothing,
    &http_tls_port,
    &mail_address_of_sample,
    &mail_without_recipient,
    &mail_without_server,
    &misc_timeout_above_interval,
    &no_accept_service,
    &nopreempt_with_weight,
    &password_in_clear_text,
    &password_of_samples,
    &path_without_slash,
    &peer_is_itself,
    &peer_is_other_source,
    &persistence_with_ops,
    &real_server_is_service,
    &regex_invalid,
    &router_id_of_sample,
    &script_detects_late,
    &script_timeout_above_interval,
    &server_without_checker,
    &service_address_not_virtual,
    &service_from_two_places,
    &shell_syntax,
    &sorry_server_is_real,
    &sorry_server_never_used,
    &strict_without_accept,
    &tracked_object_unused,
    &cluster_advert_int,
    &cluster_authentication,
    &cluster_both_master,
    &cluster_cast,
    &cluster_checksum,
    &cluster_down_timer,
    &cluster_equal_priority,
    &cluster_garp_refresh,
    &cluster_ghost_peer,
    &cluster_instance_missing,
    &cluster_lvs_forwarding,
    &cluster_lvs_persistence,
    &cluster_lvs_real_server,
    &cluster_lvs_scheduler,
    &cluster_lvs_service,
    &cluster_multicast_group,
    &cluster_nopreempt,
    &cluster_nopreempt_weight,
    &cluster_owner,
    &cluster_peers,
    &cluster_preempt_delay,
    &cluster_router_id,
    &cluster_router_name,
    &cluster_shared_router_id,
    &cluster_source,
    &cluster_sync_daemon,
    &cluster_sync_group,
    &cluster_tracked_by_one,
    &cluster_version,
    &cluster_virtual_addresses,
    &cluster_vmac,
    &cluster_weight,
    &virtual_address_kind,
    &virtual_address_of_node,
    &virtual_address_prefix,
    &virtual_router_id_of_samples,
    &weight_reversed,
    &weight_without_effect,
    &weights_not_used,
};

bool is_mail_wanted(const ast::Node& line) {
    return line.keyword != nullptr && line.keyword->name == "smtp_alert" && ast::switched_on(line);
}

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
                           odd_checks_of(service),
                           {},
                           {}};
    if (const auto* address = std::get_if<ast::AddressHead>(&service.head)) summary.head = *address;
    if (const auto* mark = std::get_if<ast::FwmarkHead>(&service.head)) summary.head = *mark;
    if (const auto* group = std::get_if<ast::GroupHead>(&service.head)) summary.head = std::string(group->name);
    for (const ast::Node& line : service.node->children) {
        if (is_mail_wanted(line)) summary.mail = line.head.where();
    }
    for (const ast::RealServer& server : service.real_servers) {
        for (const ast::Node& line : server.node->children) {
            if (is_mail_wanted(line)) summary.mail = line.head.where();
            if (server.tracks_others && line.keyword != nullptr && line.keyword->name == "FILE_CHECK") {
                if (const auto* file = line.last("track_file")) summary.files.emplace_back(ast::text(*file, 0));
            }
        }
    }
    return summary;
}

}  // namespace lbctl::rules
