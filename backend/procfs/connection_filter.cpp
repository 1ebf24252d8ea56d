#include "backend/procfs/connection_filter.h"

#include <algorithm>

#include "backend/table/names.h"
#include "grammar/base/ascii.h"

namespace lbctl::procfs {

namespace {

using listing::Target;

bool any_matches(const std::vector<Target>& targets, const Endpoint& endpoint) {
    return listing::any_names(std::span<const Target>(targets), endpoint.family, endpoint.bytes, endpoint.port);
}

/// A template of a service by firewall mark has the mark in the place of the address, and the protocol IP.
bool names_service(const Target& target, const Connection& connection) {
    const Endpoint& service = connection.service;
    if (connection.protocol == "IP" && service.port == 0) {
        const auto& bytes = service.bytes;
        const std::uint32_t mark =
            std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U | bytes[3];
        if (target.names_mark(mark)) return true;
    }
    if (target.protocol() && to_string(*target.protocol()) != connection.protocol) return false;
    return target.names(service.family, service.bytes, service.port);
}

bool any_names_service(const std::vector<Target>& targets, const Connection& connection) {
    return targets.empty() ||
           std::ranges::any_of(targets, [&](const Target& target) { return names_service(target, connection); });
}

bool any_equals(const std::vector<std::string>& words, std::string_view word) {
    if (words.empty()) return true;
    const auto equal = [word](const std::string& wanted) {
        return wanted.size() == word.size() && std::equal(wanted.begin(), wanted.end(), word.begin(),
                                                          [](char a, char b) { return a == base::upper(b); });
    };
    return std::any_of(words.begin(), words.end(), equal);
}

}  // namespace

bool ConnectionFilter::accepts(const Connection& connection) const {
    return connection.expires >= least_expires && (!family || *family == connection.client.family) &&
           any_equals(states, connection.state) && any_equals(protocols, connection.protocol) &&
           any_names_service(services, connection) && any_matches(clients, connection.client) &&
           any_matches(real_servers, connection.destination);
}

bool ConnectionFilter::accepts_everything() const {
    return services.empty() && clients.empty() && real_servers.empty() && states.empty() && protocols.empty() &&
           !family && least_expires == 0;
}

}  // namespace lbctl::procfs
