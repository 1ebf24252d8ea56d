#include "cli/commands/weight_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "backend/change/execution.h"
#include "backend/change/run_state.h"
#include "backend/listing/listing.h"
#include "backend/netlink/client.h"
#include "backend/netlink/network_namespace.h"
#include "backend/table/names.h"
#include "backend/table/plan.h"
#include "cli/change_record.h"
#include "cli/command.h"
#include "cli/counted.h"
#include "cli/drain_wait.h"
#include "cli/interruption.h"
#include "cli/keepalived_running.h"
#include "cli/name_pattern.h"
#include "cli/pending_apply.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "cli/terminal.h"
#include "grammar/base/json_text.h"

namespace lbctl::cli {

namespace {

constexpr const char* command_of(WeightAction action) {
    return action == WeightAction::weight ? "weight" : action == WeightAction::drain ? "drain" : "enable";
}

constexpr auto lock_patience = std::chrono::seconds(30);

struct Change {
    table::ServiceKey service;
    table::Destination before;
    std::uint32_t weight = 0;
};

using DrainedWeights = ChangeRecord::DrainedWeights;

/// Without those of servers that something else has given a weight since they were drained.
DrainedWeights still_drained(DrainedWeights drained, const table::LiveTable& live) {
    for (const table::LiveService& service : live.services) {
        if (drained.empty()) break;
        for (const table::LiveDestination& row : service.destinations) {
            if (row.destination.weight != 0)
                drained.erase(change::drained_key(service.service.key, row.destination.key));
        }
    }
    return drained;
}

/// Everything that the patterns name; `weight` is what it is to become.
std::vector<Change> find_changes(const table::LiveTable& live, const WeightOptions& options,
                                 const DrainedWeights& drained) {
    std::vector<Change> changes;
    const std::string server = name_pattern(options.server);
    const std::string pattern = name_pattern(options.service);
    for (const table::LiveService* service : listing::listing_order(live.services, true)) {
        if (!names(pattern, service->service.key)) continue;
        for (const table::LiveDestination* row : listing::listing_order(service->destinations, true)) {
            if (!names(server, row->destination.key)) continue;
            Change& change = changes.emplace_back(Change{service->service.key, row->destination, 0});
            if (options.action == WeightAction::weight) change.weight = *options.weight;
            if (options.action != WeightAction::enable) continue;
            const auto old = drained.find(change::drained_key(change.service, change.before.key));
            const std::uint32_t otherwise = change.before.weight != 0 ? change.before.weight : 1;
            change.weight = options.weight.value_or(old != drained.end() ? old->second : otherwise);
        }
    }
    return changes;
}

/// Why there is nothing to change: a misspelt service is another mistake than a misspelt server.
Failure nothing_named(const table::LiveTable& live, const WeightOptions& options) {
    constexpr std::string_view hint = "`lbctl list' shows them";
    if (live.services.empty()) return {"the table is empty: there is no service and no real server", ""};
    const std::string pattern = name_pattern(options.service);
    const bool any_service = std::any_of(live.services.begin(), live.services.end(),
                                         [&](const auto& service) { return names(pattern, service.service.key); });
    if (!any_service) return {fmt::format("no service is called `{}'", options.service), std::string(hint)};
    if (options.service == "*")
        return {fmt::format("no service has a real server `{}'", options.server), std::string(hint)};
    return {fmt::format("no service that `{}' names has a real server `{}'", options.service, options.server),
            std::string(hint)};
}

using Weights = std::map<std::pair<table::ServiceKey, table::DestinationKey>, std::uint32_t>;

Weights new_weights(const std::vector<Change>& changes) {
    Weights weights;
    for (const Change& change : changes) weights[{change.service, change.before.key}] = change.weight;
    return weights;
}

/// The steps from the live table to the one with the new weights.
table::Plan plan_of(const table::LiveTable& live, const std::vector<Change>& changes) {
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

void remember(DrainedWeights& drained, const std::vector<Change>& changes, WeightAction action) {
    for (const Change& change : changes) {
        if (action == WeightAction::drain && change.before.weight != 0) {
            drained[change::drained_key(change.service, change.before.key)] = change.before.weight;
        } else if (action != WeightAction::drain) {
            drained.erase(change::drained_key(change.service, change.before.key));
        }
    }
}

void show(const std::vector<Change>& changes, const WeightOptions& options, const Streams& streams) {
    if (options.format == "text" && changes.empty()) print(streams.err, "lbctl: no weight changes\n");
    if (options.format == "json") {
        nlohmann::ordered_json json = {{"schema", "lbctl-weights/1"}, {"changes", nlohmann::ordered_json::array()}};
        for (const Change& change : changes) {
            json["changes"].push_back({{"service", to_string(change.service)},
                                       {"destination", to_string(change.before.key)},
                                       {"before", change.before.weight},
                                       {"after", change.weight}});
        }
        print_text(streams.out, base::json_text(json, 1) + "\n");
        return;
    }
    for (const Change& change : changes) {
        print_text(streams.out,
                   with_arrows(fmt::format("{} {} weight {} → {}\n", to_string(change.service),
                                           to_string(change.before.key), change.before.weight, change.weight),
                               streams.unicode));
    }
}

/// Names the services that these changes leave without a server that takes new connections.
void warn_of_idle_services(const table::LiveTable& live, const std::vector<Change>& changes, const Streams& streams) {
    std::set<table::ServiceKey> emptied;
    for (const Change& change : changes) {
        if (change.weight == 0) emptied.insert(change.service);
    }
    const Weights weights = new_weights(changes);
    for (const table::LiveService& service : live.services) {
        const table::ServiceKey& key = service.service.key;
        const bool serves = std::ranges::any_of(service.destinations, [&](const table::LiveDestination& row) {
            const auto changed = weights.find({key, row.destination.key});
            return (changed == weights.end() ? row.destination.weight : changed->second) != 0;
        });
        if (emptied.contains(key) && !serves)
            print(streams.err, "lbctl: {} has no server left that takes new connections\n", to_string(key));
    }
}

ExitStatus run(const WeightOptions& options, const Streams& streams) {
    const auto held_namespace = netlink::HeldNamespace::open(options.net_namespace);
    if (!held_namespace) return report_failure(streams, held_namespace.error());
    const auto identity = netlink::namespace_identity(held_namespace->path());
    if (!identity) return report_failure(streams, identity.error());
    auto client = netlink::Client::open({held_namespace->path()});
    if (!client) return report_failure(streams, client.error());
    const change::RunState state(identity->inode, identity->cookie);
    std::optional<change::RunLock> lock;
    if (!options.dry_run) {
        const KeepalivedSearch keepalived = find_keepalived(held_namespace->path(), identity->inode);
        const auto objection =
            keepalived_objection(keepalived, "may set the weight again", "do it with --force all the same");
        if (objection && !options.force) return report_failure(streams, *objection);
        auto held = state.lock(lock_patience, [&streams] {
            print(streams.err, "lbctl: another lbctl is changing this table; waiting for it\n");
        });
        if (!held) return report_failure(streams, held.error());
        lock.emplace(std::move(*held));
        if (auto free = check_nothing_pending(state); !free) return report_failure(streams, free.error());
        mention_unfinished(state, streams);
        if (!options.force) mention_unseen(keepalived, streams);
    } else {
        mention_pending(state, streams);
    }
    keep_table_only();
    const auto live = client->dump();
    if (!live) return report_failure(streams, live.error());
    auto drained = state.read_drained();
    if (!drained) return report_failure(streams, drained.error());
    DrainedWeights weights = still_drained(*drained, *live);
    std::vector<Change> changes = find_changes(*live, options, weights);
    if (changes.empty()) return report_failure(streams, nothing_named(*live, options));
    std::vector<DestinationOfService> named;
    named.reserve(changes.size());
    for (const Change& change : changes) named.emplace_back(change.service, change.before.key);
    std::erase_if(changes, [](const Change& change) { return change.before.weight == change.weight; });
    if (options.dry_run) {
        show(changes, options, streams);
        return changes.empty() ? ExitStatus::ok : ExitStatus::findings;
    }
    HeldSignals signals;
    const auto failed_with = [&](const Failure& why) { return signals.status(report_failure(streams, why)); };
    remember(weights, changes, options.action);
    // What drain takes is written down first: a run that ends half way must not lose the weights.
    const bool first = options.action == WeightAction::drain;
    ChangeRecord record(state, changes.empty() ? "" : command_of(options.action), {}, {});
    record.remember(*drained, first ? weights : *drained, weights);
    if (auto begun = record.begin({}, {}); !begun) return failed_with(begun.error());
    // All of them or none.
    const table::Plan plan = plan_of(*live, changes);
    change::Execution execution(*client, plan);
    if (auto done = execution.run_to(plan.size(), [&signals] { return signals.interruption(); }); !done) {
        return failed_with(execution.is_clean() ? record.withdraw(done.error()) : done.error());
    }
    if (auto completed = record.complete({}); !completed)
        return failed_with(prefixed("the weights were changed, but ", completed.error()));
    signals.release(changes.empty() ? Ending::nothing_changed : Ending::complete);
    show(changes, options, streams);
    // What is done is said before the wait, also where the output is no terminal: it may be interrupted.
    const ExitStatus reported = changes.empty() ? ExitStatus::ok : after_report(streams, ExitStatus::ok);
    warn_of_idle_services(*live, changes, streams);
    if (!options.wait) return reported;
    lock.reset();
    HeldSignals waiting;
    const auto left = wait_for_connections(*client, named, std::chrono::seconds(*options.wait), streams, waiting);
    if (!left) return waiting.status(report_failure(streams, left.error()));
    if (auto why = waiting.interruption()) {
        why->message += changes.empty() ? "; no weight was to be changed" : "; the change is complete";
        why->message += ", only the wait was cut short";
        return waiting.status(report_failure(streams, *why));
    }
    if (*left == 0) return reported;
    print(streams.err, "lbctl: {} after {} s\n",
          counted(*left, "active connection remains", "active connections remain"), *options.wait);
    return ExitStatus::findings;
}

}  // namespace

Command add_weight_change(Command program, Invocation& invocation, const std::shared_ptr<WeightOptions>& options,
                          std::string_view name, std::string_view what) {
    Command command = program.command(name, what);
    command.option("SERVER", options->server, "real server, ADDRESS or ADDRESS:PORT; * and ? as in a shell").required();
    command.option("--service", options->service, "only in services of that name, such as 10.0.8.9:80 or 'TCP *' (all)")
        .type_name("SERVICE");
    command.option("--netns", options->net_namespace, "network namespace, by name or path").type_name("NAME|PATH");
    command.flag("-n,--dry-run", options->dry_run, "show what would change; exit 1 if anything");
    command.flag("--force", options->force, "go on although keepalived looks after the table");
    command.option("--format", options->format, "text or json").one_of({"text", "json"});
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
    return command;
}

}  // namespace lbctl::cli
