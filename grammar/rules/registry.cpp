#include <algorithm>
#include <array>
#include <iterator>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/checkers/checker_transport.h"
#include "grammar/rules/cluster/list.h"
#include "grammar/rules/list.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

/// Those that look at one file, then those that hold the nodes of a cluster against each other.
constexpr auto registry = [] {
    std::array<const Rule*, std::size(rules_of_a_file) + std::size(rules_of_a_cluster)> all{};
    std::ranges::copy(rules_of_a_cluster, std::ranges::copy(rules_of_a_file, all.begin()).out);
    return all;
}();

/// Those that look at checkers, by the kind of the checker: there are thousands of one kind, and most rules are for
/// another.
std::array<std::vector<const Rule*>, model::checker_kinds> rules_by_kind() {
    std::array<std::vector<const Rule*>, model::checker_kinds> of_kinds;
    for (const Rule* rule : rules_with(&Rule::checker)) {
        for (std::size_t kind = 0; kind < of_kinds.size(); ++kind) {
            if (rule->kinds.contains(static_cast<model::CheckerKind>(kind))) of_kinds[kind].push_back(rule);
        }
    }
    return of_kinds;
}

bool is_mail_wanted(const ast::Node& line) {
    return line.is("smtp_alert"_kw) && ast::switched_on(line);
}

}  // namespace

std::span<const Rule* const> all_rules() {
    return registry;
}

void check_service(const Context& context, const model::VirtualServer& service) {
    static const std::vector<const Rule*> of_services = rules_with(&Rule::service);
    static const auto of_checkers = rules_by_kind();
    for (const Rule* rule : of_services) rule->service(context, service);
    for (const model::RealServer& server : service.real_servers) {
        if (!server.is_taken()) continue;
        for (const ast::Node& child : server.node->children) {
            if (child.keyword == nullptr || !child.valid || !child.keyword->opens_block()) continue;
            const auto kind = model::kind_of(child.keyword->id);
            if (!kind) continue;
            const CheckerPlace place{service, server, child, *kind};
            for (const Rule* rule : of_checkers[static_cast<std::size_t>(*kind)]) rule->checker(context, place);
        }
    }
}

ServiceSummary summary_of(const model::VirtualServer& service) {
    ServiceSummary summary{{},
                           service.protocol,
                           service.family,
                           service.node->head.where(),
                           std::ranges::any_of(service.real_servers, &model::RealServer::fits_family),
                           odd_checks_of(service),
                           {},
                           {},
                           {}};
    if (const auto* address = std::get_if<model::AddressHead>(&service.head)) summary.head = *address;
    if (const auto* mark = std::get_if<model::FwmarkHead>(&service.head)) summary.head = *mark;
    if (const auto* group = std::get_if<model::GroupHead>(&service.head)) summary.head = std::string(group->name);
    for (const ast::Node& line : service.node->children) {
        if (is_mail_wanted(line)) summary.mail = line.head.where();
    }
    if (service.protocol) summary.servers.reserve(service.real_servers.size());
    for (const model::RealServer& server : service.real_servers) {
        if (service.protocol && server.is_taken()) summary.servers.push_back({server.address, server.port});
        for (const ast::Node& line : server.node->children) {
            if (is_mail_wanted(line)) summary.mail = line.head.where();
            if (server.tracks_others && line.is("FILE_CHECK"_kw)) {
                if (const auto* file = line.last("track_file"_kw)) summary.files.emplace_back(ast::text(*file, 0));
            }
        }
    }
    return summary;
}

}  // namespace lbctl::rules
