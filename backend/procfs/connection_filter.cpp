#include "backend/procfs/connection_filter.h"

#include "backend/table/names.h"
#include "grammar/base/ascii.h"

namespace lbctl::procfs {

namespace {

using listing::Target;

bool names_service(const Target& target, const Connection& connection, const KnownServers* known) {
    if (const auto mark = template_mark(connection); mark && target.names_mark(*mark)) return true;
    if (target.is_mark()) return known != nullptr && known->comes_by_mark(connection, target);
    if (target.protocol() && to_string(*target.protocol()) != connection.protocol) return false;
    return target.names(connection.service.family, connection.service.bytes, connection.service.port);
}

}  // namespace

bool ConnectionFilter::accepts_names(const Connection& connection) const {
    const auto is_word = [](std::string_view word) {
        return [word](const std::string& wanted) { return base::equal_in_any_case(wanted, word); };
    };
    const auto is_endpoint = [](const Endpoint& endpoint) {
        return
            [&endpoint](const Target& target) { return target.names(endpoint.family, endpoint.bytes, endpoint.port); };
    };
    return states.accepts(is_word(connection.state)) && protocols.accepts(is_word(connection.protocol)) &&
           services.accepts([&](const Target& target) { return names_service(target, connection, known.get()); }) &&
           clients.accepts(is_endpoint(connection.client)) &&
           real_servers.accepts(is_endpoint(connection.destination)) &&
           (!orphaned || known == nullptr || *orphaned != known->has(connection));
}

bool ConnectionFilter::has_names() const {
    return !services.empty() || !clients.empty() || !real_servers.empty() || !states.empty() || !protocols.empty() ||
           orphaned.has_value();
}

}  // namespace lbctl::procfs
