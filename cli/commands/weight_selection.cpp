#include "cli/commands/weight_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "backend/listing/listing.h"
#include "backend/table/names.h"

namespace lbctl::cli {

namespace {

using listing::Target;
using Weights = std::map<std::pair<table::ServiceKey, table::DestinationKey>, std::uint32_t>;

Weights new_weights(const std::vector<WeightChange>& changes) {
    Weights weights;
    for (const WeightChange& change : changes) weights[{change.service, change.before.key}] = change.weight;
    return weights;
}

std::string in_quotes(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += fmt::format("{}`{}'", text.empty() ? "" : ", ", word);
    return text;
}

constexpr std::string_view hint = "`lbctl list' shows them";

/// Why a word of --service names nothing: a misspelt service is another mistake than a misspelt server.
Result<void> check_services(const table::LiveTable& live, const WeightOptions& options,
                            const std::vector<Target>& services) {
    if (live.services.empty()) return failure("the table is empty: there is no service and no real server");
    for (std::size_t i = 0; i < services.size(); ++i) {
        const bool any = std::ranges::any_of(
            live.services, [&](const auto& service) { return services[i].names(service.service.key); });
        if (!any) return failure(fmt::format("no service is called `{}'", options.services[i]), std::string(hint));
    }
    return {};
}

using Server = std::pair<table::ServiceKey, table::DestinationKey>;

/// Gathers what becomes of each server that a word names.
class Selecting {
public:
    Selecting(const WeightOptions& options, const table::DrainedServers& drained, const Supervisor& supervisor)
        : options_(options), drained_(drained), supervisor_(supervisor) {
        selection_.drained = drained;
    }

    void take(const table::Service& service, const table::LiveDestination& row) {
        const table::Destination& server = row.destination;
        const Server both{service.key, server.key};
        const auto weight = weight_of(both, server.weight);
        const bool is_persistent = table::is_persistent(service);
        selection_.changes.push_back({service.key, server, weight.value_or(server.weight), is_persistent,
                                      is_persistent ? service.persistence->timeout : 0, row.persistent_connections});
        if (!selection_.changes.back().changes()) return;
        if (options_.action == WeightAction::drain) {
            selection_.drained[key_of(both)] = table::drained_now(server.weight);
        } else {
            selection_.drained.erase(key_of(both));
        }
    }

    /// A server of keepalived's configuration that is not in the table, because keepalived has taken it out.
    void take_removed(const Server& both, const keepalived::SupervisedServer& server) {
        const bool was_drained = drained_.contains(key_of(both));
        LeftServer left{both.first, both.second, LeftServer::Why::removed, *server.held, server.weight, false};
        if (options_.action == WeightAction::drain) {
            if (was_drained) return;
            left.drained = true;
            selection_.drained[key_of(both)] = table::drained_now(server.weight, true);
        }
        if (options_.action == WeightAction::enable) {
            left.drained = was_drained;
            selection_.drained.erase(key_of(both));
        }
        selection_.left.push_back(std::move(left));
    }

    /// A server that is drained and not in the table, `enable`.
    void take_absent(const std::string& key) {
        selection_.absent.push_back(key);
        selection_.drained.erase(key);
    }

    WeightSelection selection() { return std::move(selection_); }

private:
    static std::string key_of(const Server& both) { return table::drained_key(both.first, both.second); }

    [[nodiscard]] const keepalived::SupervisedServer* supervised(const Server& both) const {
        if (supervisor_.servers == nullptr) return nullptr;
        const auto found = supervisor_.servers->find(both);
        return found == supervisor_.servers->end() ? nullptr : &found->second;
    }

    void leave(const Server& both, LeftServer::Why why, bool drained = false) {
        const keepalived::SupervisedServer* server = supervised(both);
        selection_.left.push_back({both.first, both.second, why,
                                   server != nullptr && server->held ? *server->held : std::string(),
                                   server != nullptr ? server->weight : 0, drained});
    }

    /// Nothing: it stays as it is.
    std::optional<std::uint32_t> weight_of(const Server& both, std::uint32_t now) {
        const keepalived::SupervisedServer* server = supervised(both);
        const bool is_held = now == 0 && server != nullptr && server->held;
        const auto old = drained_.find(key_of(both));
        const bool is_drained = old != drained_.end();
        if (options_.action == WeightAction::drain) {
            if (now == 0 && !is_drained) remember_off(both, server, is_held);
            return 0;
        }
        const bool heeds_held = is_held && !options_.force;
        if (options_.weight) {
            if (!heeds_held || *options_.weight == 0) return options_.weight;
            leave(both, LeftServer::Why::held);
            return std::nullopt;
        }
        if (now != 0) return now;
        if (heeds_held) {
            selection_.drained.erase(key_of(both));
            leave(both, LeftServer::Why::held, is_drained);
            return std::nullopt;
        }
        if (is_drained) {
            if (server != nullptr && server->may_be_down) selection_.may_be_down.push_back(key_of(both));
            return old->second.weight;
        }
        if (server != nullptr) {
            if (server->weight == 0) leave(both, LeftServer::Why::file_off);
            return server->weight;
        }
        if (supervisor_.is_unseen && !options_.force) {
            leave(both, LeftServer::Why::unseen);
            return std::nullopt;
        }
        ++selection_.invented;
        return 1;
    }

    /// `drain` of a server that has weight 0 already, and is not drained.
    void remember_off(const Server& both, const keepalived::SupervisedServer* server, bool is_held) {
        if (server == nullptr) return leave(both, LeftServer::Why::unknown);
        if (!is_held && server->weight == 0) return leave(both, LeftServer::Why::file_off);
        selection_.drained[key_of(both)] = table::drained_now(server->weight, is_held);
        leave(both, is_held ? LeftServer::Why::held : LeftServer::Why::off, true);
    }

    const WeightOptions& options_;
    const table::DrainedServers& drained_;
    const Supervisor& supervisor_;
    WeightSelection selection_;
};

Failure nothing_named(const WeightOptions& options, std::size_t word, const std::vector<Target>& services,
                      const std::vector<Target>& servers, const Supervisor& supervisor) {
    const std::string& server = options.servers[word];
    if (supervisor.servers != nullptr) {
        for (const auto& [both, each] : *supervisor.servers) {
            if (!listing::any_names(std::span<const Target>(services), both.first)) continue;
            if (!servers[word].names(both.second)) continue;
            return {fmt::format("{} of {} is not in the table: keepalived's configuration has it, and somebody else "
                                "has taken it out",
                                to_string(both.second), to_string(both.first)),
                    "`lbctl diff' shows what differs"};
        }
    }
    if (options.services.empty()) return {fmt::format("no service has a real server `{}'", server), std::string(hint)};
    return {fmt::format("no service that {} names has a real server `{}'", in_quotes(options.services), server),
            std::string(hint)};
}

}  // namespace

bool WeightSelection::falls_short(const WeightOptions& options) const {
    return options.weight && std::ranges::any_of(left, [](const LeftServer& each) {
               return each.why == LeftServer::Why::held || each.why == LeftServer::Why::removed;
           });
}

Result<WeightSelection> select_weights(const table::LiveTable& live, const WeightOptions& options,
                                       const table::DrainedServers& drained, const Supervisor& supervisor) {
    const auto services = listing::parse_targets(options.services);
    if (!services) return tl::make_unexpected(services.error());
    const auto servers = listing::parse_targets(options.servers);
    if (!servers) return tl::make_unexpected(servers.error());
    if (auto good = check_services(live, options, *services); !good) return tl::make_unexpected(good.error());
    const auto names_service = [&](const table::ServiceKey& key) {
        return listing::any_names(std::span<const Target>(*services), key);
    };
    listing::NamingTargets naming(*servers);
    Selecting selecting(options, drained, supervisor);
    std::set<std::string> known;
    for (const table::LiveService* service : listing::listing_order(live.services, true)) {
        if (!names_service(service->service.key)) continue;
        for (const table::LiveDestination* row : listing::listing_order(service->destinations, true)) {
            if (!naming.name(row->destination.key)) continue;
            known.insert(table::drained_key(service->service.key, row->destination.key));
            selecting.take(service->service, *row);
        }
    }
    if (supervisor.servers != nullptr) {
        for (const auto& [both, server] : *supervisor.servers) {
            if (server.in_table || !server.held || !names_service(both.first) || !naming.name(both.second)) continue;
            known.insert(table::drained_key(both.first, both.second));
            selecting.take_removed(both, server);
        }
    }
    if (options.action == WeightAction::enable) {
        for (const auto& [key, server] : drained) {
            const auto parts = table::drained_parts(key);
            if (!parts || known.contains(key)) continue;
            if (names_service(parts->first) && naming.name(parts->second)) selecting.take_absent(key);
        }
    }
    if (const auto in_vain = naming.first_in_vain())
        return tl::make_unexpected(nothing_named(options, *in_vain, *services, *servers, supervisor));
    return selecting.selection();
}

table::Plan weight_plan(const table::LiveTable& live, const std::vector<WeightChange>& changes) {
    const Weights weights = new_weights(changes);
    table::Table before = table::configuration_of(live);
    table::Table after = before;
    for (table::Service& service : after.services) {
        for (table::Destination& destination : service.destinations) {
            const auto weight = weights.find({service.key, destination.key});
            if (weight != weights.end()) destination.weight = weight->second;
        }
    }
    return {std::move(before), table::wanted_from(std::move(after), "the command line"), {}, {}};
}

std::vector<table::ServiceKey> services_without_server(const table::LiveTable& live,
                                                       const std::vector<WeightChange>& changes) {
    std::set<table::ServiceKey> touched;
    for (const WeightChange& change : changes) {
        if (change.weight == 0 && change.before.weight != 0) touched.insert(change.service);
    }
    std::vector<table::ServiceKey> emptied;
    if (touched.empty()) return emptied;
    const Weights weights = new_weights(changes);
    for (const table::LiveService& service : live.services) {
        const table::ServiceKey& key = service.service.key;
        if (!touched.contains(key)) continue;
        const bool serves = std::ranges::any_of(service.destinations, [&](const table::LiveDestination& row) {
            const auto changed = weights.find({key, row.destination.key});
            return (changed == weights.end() ? row.destination.weight : changed->second) != 0;
        });
        if (!serves) emptied.push_back(key);
    }
    return emptied;
}

}  // namespace lbctl::cli
