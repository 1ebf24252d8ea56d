#include "backend/health/checked_services.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "grammar/ast/lvs_facts.h"
#include "grammar/ast/lvs_virtual_server.h"

namespace lbctl::health {

namespace {

std::string_view protocol_of(const ast::VirtualServer& service) {
    switch (service.protocol.value_or(ast::Protocol::udp)) {
        case ast::Protocol::tcp:
            return "TCP";
        case ast::Protocol::udp:
            return "UDP";
        case ast::Protocol::sctp:
            break;
    }
    return "SCTP";
}

std::string name_of(const ast::VirtualServer& service) {
    if (const auto* mark = std::get_if<ast::FwmarkHead>(&service.head)) return fmt::format("FWM {}", mark->mark);
    if (const auto* group = std::get_if<ast::GroupHead>(&service.head)) return fmt::format("group {}", group->name);
    const auto& address = std::get<ast::AddressHead>(service.head);
    return fmt::format("{} {}", protocol_of(service), with_port(address.address, address.port));
}

}  // namespace

CheckedServices checked_services(const ast::Node& root, keywords::Version target) {
    CheckedServices all;
    const ast::Lvs lvs = ast::bind_lvs(root);
    const ast::Groups groups = ast::groups_of(lvs);
    for (const ast::Node& statement : root.children) {
        ast::VirtualServer service;
        if (!ast::bind_virtual_server(statement, groups, service) || ast::is_dropped(service) ||
            ast::clashes_with_group(service))
            continue;
        ast::remove_dropped_servers(service);
        CheckedService& checked = all.services.emplace_back();
        checked.name = name_of(service);
        for (const ast::RealServer& server : service.real_servers) {
            auto checkers = model::resolve_checkers({service, server, lvs.track_files, target});
            checked.servers.push_back({server, ast::weight_of(service, server), all.checkers.size(), checkers.size()});
            std::ranges::move(checkers, std::back_inserter(all.checkers));
        }
        service.real_servers.clear();
        checked.service = std::move(service);
    }
    return all;
}

ServerVerdict judge_server(const CheckedServer& server, std::span<const model::Checker> checkers,
                           std::span<const CheckResult> results) {
    ServerVerdict verdict;
    verdict.weight = server.weight;
    const std::int64_t configured = server.weight;
    bool any_down = false;
    bool any_unknown = false;
    for (std::size_t i = server.first_checker; i < server.first_checker + server.checker_count; ++i) {
        const CheckResult& result = results[i];
        // keepalived counts a checker with alpha as failed until it has said something.
        const bool holds_back = result.verdict.state == State::none && checkers[i].timing.alpha.value;
        any_down = any_down || result.verdict.state == State::down || (holds_back && result.is_removed);
        any_unknown = any_unknown || (result.verdict.state == State::none && !result.is_removed);
        if (result.weight) verdict.weight += *result.weight - configured;
        verdict.weight += result.added_weight;
    }
    verdict.weight = std::clamp<std::int64_t>(verdict.weight, 0, std::numeric_limits<std::int32_t>::max());
    if (any_down) {
        verdict.state = ServerState::down;
    } else if (any_unknown) {
        verdict.state = ServerState::unknown;
    }
    return verdict;
}

table::ServerStandings standings_of(const CheckedServices& checked, std::span<const CheckResult> results) {
    table::ServerStandings standings;
    for (const CheckedService& service : checked.services) {
        for (const CheckedServer& server : service.servers) {
            const ServerVerdict verdict = judge_server(server, checked.checkers, results);
            bool waits = false;
            for (std::size_t i = server.first_checker; i < server.first_checker + server.checker_count; ++i)
                waits = waits || (results[i].verdict.state == State::none && checked.checkers[i].timing.alpha.value);
            standings[server.server.node] = {verdict.state != ServerState::down && !waits,
                                             static_cast<std::uint32_t>(verdict.weight)};
        }
    }
    return standings;
}

}  // namespace lbctl::health
