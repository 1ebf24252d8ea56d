#include "backend/health/checked_services.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "backend/table/compile.h"
#include "backend/table/names.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/model/lvs_virtual_server.h"

namespace lbctl::health {

namespace {

std::string name_of(const model::VirtualServer& service) {
    if (const auto* mark = std::get_if<model::FwmarkHead>(&service.head)) return fmt::format("FWM {}", mark->mark);
    if (const auto* group = std::get_if<model::GroupHead>(&service.head)) return fmt::format("group {}", group->name);
    const auto& address = std::get<model::AddressHead>(service.head);
    return fmt::format("{} {}", table::to_string(table::protocol_of(service)),
                       with_port(address.address, address.port));
}

}  // namespace

CheckedServices checked_services(const ast::Node& root, keywords::Version target) {
    CheckedServices all;
    std::map<std::pair<std::string, std::optional<Family>>, std::size_t> known;
    all.lvs = std::make_shared<const model::Lvs>(model::bind_lvs(root));
    const model::Groups groups = model::groups_of(*all.lvs);
    for (const ast::Node& statement : root.children) {
        model::VirtualServer service;
        if (!model::bind_virtual_server(statement, groups, service) || model::is_dropped(service) ||
            model::clashes_with_group(service))
            continue;
        model::remove_dropped_servers(service);
        CheckedService& checked = all.services.emplace_back();
        checked.name = name_of(service);
        for (const model::RealServer& server : service.real_servers) {
            auto checkers = model::resolve_checkers({service, server, all.lvs->track_files, target});
            checked.servers.push_back(
                {server, model::weight_of(service, server), all.checkers.size(), checkers.size()});
            std::ranges::move(checkers, std::back_inserter(all.checkers));
        }
        checked.service = std::move(service);
        checked.ordinal = known[{checked.name, checked.service.family}]++;
    }
    return all;
}

CheckedServices only(CheckedServices all,
                     const std::function<bool(const CheckedService& service, const CheckedServer& server)>& is_wanted) {
    CheckedServices wanted;
    wanted.lvs = all.lvs;
    for (CheckedService& service : all.services) {
        std::vector<CheckedServer> servers;
        std::vector<model::RealServer> real_servers;
        for (CheckedServer& server : service.servers) {
            if (!is_wanted(service, server)) continue;
            const auto begin = all.checkers.begin() + static_cast<std::ptrdiff_t>(server.first_checker);
            server.first_checker = wanted.checkers.size();
            std::move(begin, begin + static_cast<std::ptrdiff_t>(server.checker_count),
                      std::back_inserter(wanted.checkers));
            real_servers.push_back(server.server);
            servers.push_back(std::move(server));
        }
        if (servers.empty()) continue;
        service.servers = std::move(servers);
        service.service.real_servers = std::move(real_servers);
        wanted.services.push_back(std::move(service));
    }
    return wanted;
}

}  // namespace lbctl::health
