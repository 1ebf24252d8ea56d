#include "backend/procfs/known_servers.h"

#include <algorithm>
#include <utility>

#include "backend/procfs/connection_format.h"

namespace lbctl::procfs {

std::vector<KnownServers::Server> KnownServers::servers_of(const table::Service& service) {
    std::vector<Server> servers;
    servers.reserve(service.destinations.size());
    for (const table::Destination& destination : service.destinations) {
        const IpAddress& address = destination.key.address;
        servers.push_back({address.family(), address.padded_bytes(), destination.key.port});
    }
    std::ranges::sort(servers);
    return servers;
}

KnownServers::KnownServers(const table::Table& table) {
    for (const table::Service& service : table.services) {
        if (const auto* mark = std::get_if<table::FwmarkKey>(&service.key)) {
            marked_.push_back({*mark, servers_of(service)});
            continue;
        }
        const auto& key = std::get<table::AddressKey>(service.key);
        services_.push_back({static_cast<std::uint16_t>(key.protocol),
                             {key.address.family(), key.port, key.address.padded_bytes()},
                             servers_of(service)});
    }
    std::ranges::sort(services_, {},
                      [](const Service& service) { return std::tie(service.protocol, service.endpoint); });
}

bool KnownServers::has(const std::vector<Server>& servers, const Endpoint& endpoint) {
    const auto contains = [&](std::uint16_t port) {
        return std::ranges::binary_search(servers, Server{endpoint.family, endpoint.bytes, port});
    };
    if (contains(endpoint.port) || contains(0)) return true;
    // A template of all ports of a server has none.
    if (endpoint.port != 0) return false;
    const auto at = std::ranges::lower_bound(servers, Server{endpoint.family, endpoint.bytes, 0});
    return at != servers.end() && at->family == endpoint.family && at->bytes == endpoint.bytes;
}

const KnownServers::Service* KnownServers::find(std::uint16_t protocol, const Endpoint& endpoint) const {
    const auto key = std::tie(protocol, endpoint);
    const auto at = std::ranges::lower_bound(
        services_, key, {}, [](const Service& service) { return std::tie(service.protocol, service.endpoint); });
    return at != services_.end() && std::tie(at->protocol, at->endpoint) == key ? &*at : nullptr;
}

const KnownServers::Service* KnownServers::service_of(const Connection& connection) const {
    const std::uint16_t protocol = protocol_number(connection.protocol);
    if (const Service* service = find(protocol, connection.service)) return service;
    Endpoint all_ports = connection.service;
    all_ports.port = 0;
    return find(protocol, all_ports);
}

bool KnownServers::has(const Connection& connection) const {
    if (const auto mark = template_mark(connection)) {
        return std::ranges::any_of(marked_, [&](const MarkedService& service) {
            return service.key.mark == *mark && service.key.family == connection.service.family &&
                   has(service.servers, connection.destination);
        });
    }
    if (const Service* service = service_of(connection);
        service != nullptr && has(service->servers, connection.destination))
        return true;
    return std::ranges::any_of(
        marked_, [&](const MarkedService& service) { return has(service.servers, connection.destination); });
}

bool KnownServers::comes_by_mark(const Connection& connection, const listing::Target& mark) const {
    if (!mark.is_mark() || service_of(connection) != nullptr) return false;
    return std::ranges::any_of(marked_, [&](const MarkedService& service) {
        return mark.names(table::ServiceKey(service.key)) && service.key.family == connection.service.family &&
               has(service.servers, connection.destination);
    });
}

}  // namespace lbctl::procfs
