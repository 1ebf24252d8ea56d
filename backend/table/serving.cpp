#include "backend/table/serving.h"

#include <algorithm>
#include <limits>

#include "grammar/model/lvs_effective.h"

namespace lbctl::table {

namespace {

/// The place of the real server that is the sorry server, too; that of none is the number of them.
std::size_t twin_of(const model::VirtualServer& service) {
    if (!service.sorry_server) return service.real_servers.size();
    const model::SorryServer& sorry = *service.sorry_server;
    const auto found = std::ranges::find_if(service.real_servers, [&sorry](const model::RealServer& server) {
        return server.address == sorry.address && server.port == sorry.port;
    });
    return static_cast<std::size_t>(found - service.real_servers.begin());
}

}  // namespace

std::uint32_t ServerStanding::weight_in_force() const {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(weight, 0, most));
}

std::int64_t weight_alive(std::span<const ServerStanding> servers) {
    std::int64_t sum = 0;
    for (const ServerStanding& server : servers) {
        if (server.alive) sum += server.weight_in_force();
    }
    return sum;
}

Serving serving(const model::VirtualServer& service, std::span<const ServerStanding> servers, bool has_quorum) {
    const bool has_sorry = service.sorry_server.has_value();
    const std::size_t twin = twin_of(service);
    Serving found;
    found.servers.resize(servers.size());
    for (std::size_t i = 0; i < servers.size(); ++i) {
        if (i == twin && !has_quorum) {
            found.servers[i] = 1;
        } else if (servers[i].alive && (has_quorum || !has_sorry)) {
            found.servers[i] = servers[i].weight_in_force();
        } else if (model::inhibits_on_failure(service, service.real_servers[i])) {
            found.servers[i] = 0;
        }
    }
    const bool has_own_entry = has_sorry && twin == service.real_servers.size();
    if (has_own_entry && (!has_quorum || service.sorry_server->inhibit)) found.sorry = has_quorum ? 0U : 1U;
    return found;
}

}  // namespace lbctl::table
