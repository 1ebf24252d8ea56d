#include "cli/commands/weight_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "backend/listing/listing.h"
#include "backend/table/names.h"
#include "grammar/base/shown_text.h"

namespace lbctl::cli {

namespace {

using listing::Target;
using Weights = std::map<std::pair<table::ServiceKey, table::DestinationKey>, std::uint32_t>;

Weights new_weights(const std::vector<WeightChange>& changes) {
    Weights weights;
    for (const WeightChange& change : changes) weights[{change.service, change.before.key}] = change.weight;
    return weights;
}

std::uint32_t weight_of(const WeightOptions& options, const table::DrainedServers& drained,
                        const table::ServiceKey& service, const table::Destination& destination) {
    if (options.action == WeightAction::drain) return 0;
    if (options.action == WeightAction::weight) return *options.weight;
    const auto old = drained.find(table::drained_key(service, destination.key));
    const std::uint32_t otherwise = destination.weight != 0 ? destination.weight : 1;
    return options.weight.value_or(old != drained.end() ? old->second.weight : otherwise);
}

std::string in_quotes(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += fmt::format("{}`{}'", text.empty() ? "" : ", ", base::shown(word));
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
        if (!any)
            return failure(fmt::format("no service is called `{}'", base::shown(options.services[i])),
                           std::string(hint));
    }
    return {};
}

Failure nothing_named(const WeightOptions& options, const std::string& server) {
    if (options.services.empty())
        return {fmt::format("no service has a real server `{}'", base::shown(server)), std::string(hint)};
    return {fmt::format("no service that {} names has a real server `{}'", in_quotes(options.services),
                        base::shown(server)),
            std::string(hint)};
}

}  // namespace

Result<WeightSelection> select_weights(const table::LiveTable& live, const WeightOptions& options,
                                       const table::DrainedServers& drained) {
    const auto services = listing::parse_targets(options.services);
    if (!services) return tl::make_unexpected(services.error());
    const auto servers = listing::parse_targets(options.servers);
    if (!servers) return tl::make_unexpected(servers.error());
    if (auto good = check_services(live, options, *services); !good) return tl::make_unexpected(good.error());
    listing::NamingTargets naming(*servers);
    WeightSelection selection;
    std::set<std::string> present;
    for (const table::LiveService* service : listing::listing_order(live.services, true)) {
        if (!listing::any_names(std::span<const Target>(*services), service->service.key)) continue;
        for (const table::LiveDestination* row : listing::listing_order(service->destinations, true)) {
            if (!naming.name(row->destination.key)) continue;
            const table::Service& of = service->service;
            if (options.action == WeightAction::enable)
                present.insert(table::drained_key(of.key, row->destination.key));
            const bool is_persistent = table::is_persistent(of);
            selection.changes.push_back({of.key, row->destination,
                                         weight_of(options, drained, of.key, row->destination), is_persistent,
                                         is_persistent ? of.persistence->timeout : 0, row->persistent_connections});
        }
    }
    if (options.action == WeightAction::enable) {
        for (const auto& [key, server] : drained) {
            const auto parts = table::drained_parts(key);
            if (!parts || present.contains(key)) continue;
            const bool is_chosen = listing::any_names(std::span<const Target>(*services), parts->first);
            if (is_chosen && naming.name(parts->second)) selection.absent.push_back(key);
        }
    }
    if (const auto in_vain = naming.first_in_vain())
        return tl::make_unexpected(nothing_named(options, options.servers[*in_vain]));
    return selection;
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
