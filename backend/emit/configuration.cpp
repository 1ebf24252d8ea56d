#include "backend/emit/configuration.h"

#include <algorithm>
#include <memory>

#include "backend/table/compile.h"
#include "backend/table/serving.h"
#include "grammar/model/lvs.h"
#include "grammar/model/lvs_effective.h"
#include "grammar/model/lvs_virtual_server.h"
#include "grammar/model/vrrp.h"

namespace lbctl::emit {

namespace {

table::SourcePlace place_of(const ast::Node& node, const source::Sources& sources) {
    const source::Range range = node.head.where().range;
    return {std::make_shared<const std::string>(sources.name(range.file)), range.begin.line};
}

}  // namespace

Result<Configuration> configuration_of(const ast::Node& root, const source::Sources& sources, std::string name) {
    auto wanted = table::compile(root, sources);
    if (!wanted) return tl::make_unexpected(wanted.error());
    auto states = states_of(root, sources);
    if (!states) return tl::make_unexpected(states.error());
    return Configuration{*std::move(wanted), *std::move(states), vrrp_instances_of(root, sources), std::move(name)};
}

Result<std::vector<table::Wanted>> states_of(const ast::Node& root, const source::Sources& sources) {
    const model::Lvs lvs = model::bind_lvs(root);
    const model::Groups groups = model::groups_of(lvs);
    std::vector<table::Wanted> states;
    for (const bool alive : {true, false}) {
        table::Servings servings;
        model::VirtualServer service;
        for (const ast::Node& node : root.children) {
            if (!model::bind_virtual_server(node, groups, service)) continue;
            model::remove_dropped_servers(service);
            std::vector<table::ServerStanding> standings;
            for (const model::RealServer& server : service.real_servers)
                standings.push_back({alive, model::weight_of(service, server)});
            servings.emplace(&node, table::serving(service, standings, alive));
        }
        auto table = table::compile(root, sources, &servings);
        if (!table) return tl::make_unexpected(table.error());
        states.push_back(*std::move(table));
    }
    return states;
}

std::vector<VrrpInstance> vrrp_instances_of(const ast::Node& root, const source::Sources& sources) {
    std::vector<VrrpInstance> instances;
    const model::VrrpConfiguration vrrp = model::resolve_vrrp(root);
    for (const model::VrrpInstance& read : vrrp.instances) {
        if (read.duplicate_of != nullptr) continue;
        VrrpInstance& instance = instances.emplace_back();
        instance.name = read.name;
        instance.interface = read.interface;
        instance.router_id = read.vrid;
        instance.priority = read.priority;
        instance.is_master = read.state == model::VrrpState::master;
        instance.uses_vmac = read.uses_vmac;
        instance.unicast = read.unicast();
        instance.family = read.family;
        instance.place = place_of(*read.node, sources);
        if (read.source) instance.directors.push_back(*read.source);
        for (const model::UnicastPeer& peer : read.peers) instance.directors.push_back(peer.address);
        for (const model::VirtualAddress& address : read.addresses) {
            if (!address.fits_family) continue;
            instance.addresses.push_back({address.address.address, address.address.prefix,
                                          std::string(address.device.empty() ? read.interface : address.device),
                                          place_of(*address.entry, sources)});
        }
    }
    return instances;
}

std::vector<VirtualAddress> virtual_addresses_of(const Configuration& configuration) {
    std::vector<VirtualAddress> addresses;
    for (const VrrpInstance& instance : configuration.instances) {
        for (const VirtualAddress& address : instance.addresses) {
            if (std::ranges::find(addresses, address.address, &VirtualAddress::address) == addresses.end())
                addresses.push_back(address);
        }
    }
    return addresses;
}

}  // namespace lbctl::emit
