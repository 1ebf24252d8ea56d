#include "backend/procfs/connection_filter.h"

#include <algorithm>

#include "backend/table/names.h"
#include "grammar/base/ascii.h"

namespace lbctl::procfs {

namespace {

using listing::Target;

bool is_wanted(const Wish<Target>& wish, const Endpoint& endpoint) {
    const auto names = [&](const Target& target) {
        return target.names(endpoint.family, endpoint.bytes, endpoint.port);
    };
    return (wish.any.empty() || std::ranges::any_of(wish.any, names)) && std::ranges::none_of(wish.none, names);
}

bool names_service(const Target& target, const Connection& connection, const KnownServers* known) {
    if (const auto mark = template_mark(connection); mark && target.names_mark(*mark)) return true;
    if (target.is_mark()) return known != nullptr && known->comes_by_mark(connection, target);
    if (target.protocol() && to_string(*target.protocol()) != connection.protocol) return false;
    return target.names(connection.service.family, connection.service.bytes, connection.service.port);
}

bool is_wanted_service(const Wish<Target>& wish, const Connection& connection, const KnownServers* known) {
    const auto names = [&](const Target& target) { return names_service(target, connection, known); };
    return (wish.any.empty() || std::ranges::any_of(wish.any, names)) && std::ranges::none_of(wish.none, names);
}

bool is_wanted(const Wish<std::string>& wish, std::string_view word) {
    const auto equals = [word](const std::string& wanted) { return base::equal_in_any_case(wanted, word); };
    return (wish.any.empty() || std::ranges::any_of(wish.any, equals)) && std::ranges::none_of(wish.none, equals);
}

}  // namespace

bool ConnectionFilter::accepts(const Connection& connection) const {
    return connection.expires >= least_expires && connection.expires <= most_expires &&
           (!family || *family == connection.client.family) && (!kind || *kind == kind_of(connection)) &&
           is_wanted(states, connection.state) && is_wanted(protocols, connection.protocol) &&
           is_wanted_service(services, connection, known.get()) && is_wanted(clients, connection.client) &&
           is_wanted(real_servers, connection.destination) &&
           (!orphaned || known == nullptr || *orphaned != known->has(connection));
}

bool ConnectionFilter::accepts_everything() const {
    return services.empty() && clients.empty() && real_servers.empty() && states.empty() && protocols.empty() &&
           !family && !kind && !orphaned && least_expires == 0 &&
           most_expires == std::numeric_limits<std::uint32_t>::max();
}

}  // namespace lbctl::procfs
