#include "cli/commands/weight_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "backend/change/borrowed_setting.h"
#include "backend/change/execution.h"
#include "backend/change/run_state.h"
#include "backend/netlink/client.h"
#include "backend/netlink/network_namespace.h"
#include "backend/table/names.h"
#include "backend/table/plan.h"
#include "cli/beside_keepalived.h"
#include "cli/change_record.h"
#include "cli/command.h"
#include "cli/commands/left_servers.h"
#include "cli/commands/weight_selection.h"
#include "cli/counted.h"
#include "cli/drain_wait.h"
#include "cli/interruption.h"
#include "cli/keepalived_running.h"
#include "cli/kernel_settings.h"
#include "cli/pending_apply.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "cli/terminal.h"
#include "grammar/base/json_text.h"
#include "grammar/base/number.h"

namespace lbctl::cli {

namespace {

constexpr const char* command_of(WeightAction action) {
    return action == WeightAction::weight ? "weight" : action == WeightAction::drain ? "drain" : "enable";
}

/// The last word of `weight' is the weight.
Result<void> take_weight(WeightOptions& options) {
    if (options.action != WeightAction::weight || options.weight) return {};
    if (options.servers.size() < 2)
        return failure("weight needs a server and a weight", "`lbctl weight SERVER... WEIGHT'");
    const std::string& word = options.servers.back();
    const auto weight = base::whole_number<std::uint32_t>(word);
    if (!weight || *weight > largest_weight) {
        return failure(fmt::format("WEIGHT: `{}' is not a whole number from 0 to {}", word, largest_weight),
                       "`lbctl weight SERVER... WEIGHT'");
    }
    options.weight = *weight;
    options.servers.pop_back();
    return {};
}

std::string name_of(const WeightChange& change) {
    return fmt::format("{} of {}", to_string(change.before.key), to_string(change.service));
}

void show(const WeightSelection& selection, const WeightOptions& options, const Supervisor& supervisor,
          const Streams& streams) {
    const std::vector<WeightChange>& changes = selection.changes;
    if (options.format == "text" && changes.empty() && selection.absent.empty() && selection.left.empty())
        print(streams.err, "lbctl: no weight changes\n");
    mention_left(selection, options, supervisor, streams);
    for (const std::string& key : selection.absent) {
        print(streams.err, "lbctl: {} is not in the table; it comes back with its own weight\n", key);
    }
    if (options.format == "json") {
        nlohmann::ordered_json json = {{"schema", "lbctl-weights/1"}, {"changes", nlohmann::ordered_json::array()}};
        for (const WeightChange& change : changes) {
            auto& entry =
                json["changes"].emplace_back(nlohmann::ordered_json{{"service", to_string(change.service)},
                                                                    {"destination", to_string(change.before.key)},
                                                                    {"before", change.before.weight},
                                                                    {"after", change.weight}});
            if (change.is_persistent) entry["persistence_templates"] = change.templates;
        }
        json["left"] = left_json(selection);
        print_text(streams.out, base::json_text(json, 1) + "\n");
        return;
    }
    for (const WeightChange& change : changes) {
        print_text(streams.out,
                   with_arrows(fmt::format("{} {} weight {} → {}\n", to_string(change.service),
                                           to_string(change.before.key), change.before.weight, change.weight),
                               streams.unicode));
    }
}

/// A service without any server that takes new connections answers nobody: that has to be meant.
Result<void> check_served(const std::vector<table::ServiceKey>& emptied, const WeightOptions& options,
                          const Streams& streams) {
    if (emptied.empty()) return {};
    if (!options.force && !options.dry_run) {
        const std::string others = emptied.size() == 1 ? "" : fmt::format(", nor would {} more", emptied.size() - 1);
        return failure(fmt::format("{} would have no server left that takes new connections{}; nothing was changed",
                                   to_string(emptied.front()), others),
                       "enable another server first, or do it with --force all the same");
    }
    for (const table::ServiceKey& key : emptied) {
        print(streams.err, "lbctl: {} has no server left that takes new connections{}\n", to_string(key),
              options.force ? "" : ": that needs --force");
    }
    return {};
}

/// Who else sets weights, and when.
void mention_others(const BesideKeepalived& beside, bool has_keeper, const Streams& streams) {
    constexpr std::string_view what_it_does =
        "sets the weight of its file again when a check of the server fails and recovers, or when it reloads a file "
        "that gives the server another weight";
    if (const auto note = keepalived_objection(beside.search, what_it_does, "")) {
        print(streams.err, "lbctl: note: {}\n", note->message);
    } else {
        mention_unseen(beside.search, streams);
    }
    mention_daemons(beside, streams);
    if (has_keeper) {
        print(streams.err, "lbctl: note: `lbctl check --watch --apply' looks after this table, and {}\n", what_it_does);
    }
}

/// What a keepalived that was found makes of its servers.
class FoundSupervisor {
public:
    FoundSupervisor(const BesideKeepalived& beside, const table::LiveTable& live, const table::DrainedServers& drained,
                    bool has_keeper) {
        const table::Wanted* wanted = beside.known_table();
        if (beside.daemon) {
            supervisor_.file = beside.daemon->configuration;
            supervisor_.makes_one_of_zero = beside.daemon->makes_one_of_zero();
        }
        if (wanted != nullptr)
            servers_ = keepalived::supervised_servers(table::configuration_of(live), *wanted, drained);
        supervisor_.servers = wanted != nullptr ? &servers_ : nullptr;
        const bool runs = beside.search.found || beside.search.suspect || !beside.search.unseen.empty();
        supervisor_.is_unseen = has_keeper || (runs && wanted == nullptr);
    }
    FoundSupervisor(const FoundSupervisor&) = delete;
    FoundSupervisor& operator=(const FoundSupervisor&) = delete;

    [[nodiscard]] const Supervisor& operator*() const { return supervisor_; }

private:
    keepalived::SupervisedServers servers_;
    Supervisor supervisor_;
};

/// Whether templates of servers of weight 0 lead nowhere any more; nothing where the kernel does not say.
std::optional<bool> expires_templates(const std::optional<change::KernelSetting>& setting) {
    if (!setting) return std::nullopt;
    const auto value = setting->read();
    if (!value) return std::nullopt;
    return *value != "0";
}

/// What becomes of clients that are bound to servers of weight 0.
void mention_bound(const std::vector<WeightChange>& changes, std::optional<bool> expires, const Streams& streams) {
    for (const WeightChange& change : changes) {
        if (change.weight != 0 || change.templates == 0) continue;
        const bool one = change.templates == 1;
        const std::string what =
            expires.value_or(false)
                ? fmt::format("{} elsewhere with {} next connection, for net.ipv4.vs.expire_quiescent_template is 1",
                              one ? "its client goes" : "their clients go", one ? "its" : "their")
                : fmt::format(
                      "{} there until {} s after {} last connection; --wait waits for {}, --break-persistence lets {} "
                      "go elsewhere meanwhile",
                      one ? "its client comes back" : "their clients come back", change.persistence,
                      one ? "its" : "their", one ? "it" : "them", one ? "it" : "them");
        print(streams.err, "lbctl: {} still {} to {}: {}\n", counted(change.templates, "persistence template"),
              change.templates == 1 ? "leads" : "lead", name_of(change), what);
    }
}

struct Waiting {
    const change::RunState& state;
    netlink::Client& client;
    std::vector<DestinationOfService> named;
    bool has_changes = false;
};

/// The wait of `drain --wait'. With --break-persistence bound clients may go elsewhere as long as it goes on.
ExitStatus wait(const Waiting& what, std::optional<change::KernelSetting> setting, std::optional<change::RunLock> lock,
                const WeightOptions& options, const Streams& streams, ExitStatus reported) {
    HeldSignals signals;
    std::optional<change::BorrowedSetting> borrowed;
    if (options.break_persistence) {
        auto begun = change::BorrowedSetting::begin(what.state, std::move(*setting), "1");
        setting.reset();
        if (!begun) {
            return signals.status(report_failure(
                streams, prefixed(what.has_changes ? "the weights were changed, but " : "", begun.error())));
        }
        borrowed.emplace(std::move(*begun));
    }
    lock.reset();
    const auto left = wait_for_connections(what.client, what.named, WaitFor::connections_and_clients,
                                           std::chrono::seconds(*options.wait), streams, signals);
    Result<void> given_back;
    const bool will_bind = borrowed ? borrowed->is_borrowed() : !expires_templates(setting).value_or(false);
    if (borrowed) {
        const auto held = what.state.lock(usual_patience, [] {});
        given_back = held ? borrowed->give_back(what.state) : tl::make_unexpected(held.error());
    }
    if (!left) return signals.status(report_failure(streams, left.error()));
    if (!given_back) return signals.status(report_failure(streams, given_back.error()));
    if (auto why = signals.interruption()) {
        why->message += what.has_changes ? "; the change is complete" : "; no weight was to be changed";
        why->message += ", only the wait was cut short";
        return signals.status(report_failure(streams, *why));
    }
    if (!left->any()) return reported;
    print(streams.err, "lbctl: {} {} after {} s\n", to_string(*left),
          left->connections + left->templates == 1 ? "remains" : "remain", *options.wait);
    if (left->templates != 0 && will_bind) {
        const bool one = left->templates == 1;
        print(streams.err, "lbctl: the {} of {} {} bound: {} back to the drained server\n", one ? "client" : "clients",
              counted(left->templates, "persistence template"), one ? "stays" : "stay", one ? "it comes" : "they come");
    }
    return ExitStatus::findings;
}

ExitStatus run(WeightOptions options, const Streams& streams) {
    if (auto taken = take_weight(options); !taken) return report_failure(streams, taken.error());
    const auto held_namespace = netlink::HeldNamespace::open(options.net_namespace);
    if (!held_namespace) return report_failure(streams, held_namespace.error());
    const auto identity = netlink::namespace_identity(held_namespace->path());
    if (!identity) return report_failure(streams, identity.error());
    auto client = netlink::Client::open({held_namespace->path()});
    if (!client) return report_failure(streams, client.error());
    const change::RunState state(identity->inode, identity->cookie);
    std::optional<change::RunLock> lock;
    if (!options.dry_run) {
        auto held = begin_change(state, usual_patience, streams);
        if (!held) return report_failure(streams, held.error());
        lock.emplace(std::move(*held));
    } else {
        mention_pending(state, streams);
    }
    mend_settings(state, held_namespace->path(), streams, lock ? &*lock : nullptr);
    std::optional<change::KernelSetting> setting;
    if (options.action == WeightAction::drain) {
        auto opened =
            change::KernelSetting::open(std::string(change::expire_quiescent_template), held_namespace->path());
        const Result<void> usable = opened ? opened->check_writable() : tl::make_unexpected(opened.error());
        if (!usable && options.break_persistence) {
            return report_failure(streams, prefixed("--break-persistence: ", usable.error()));
        }
        if (opened) setting.emplace(std::move(*opened));
    }
    const bool has_keeper = state.has_keeper().value_or(false);
    // It knows of drains, and keeps them.
    const bool overwrites = options.action == WeightAction::weight && has_keeper;
    const auto live = client->dump();
    if (!live) return report_failure(streams, live.error());
    const BesideKeepalived beside = look_beside({held_namespace->path(), identity->inode, {}, {}, live->daemons});
    keep_table_only();
    const auto drained = state.read_drained();
    if (!drained) return report_failure(streams, drained.error());
    const table::DrainedServers before = table::still_drained(*drained, *live);
    const FoundSupervisor supervisor(beside, *live, before, has_keeper);
    auto selection = select_weights(*live, options, before, *supervisor);
    if (!selection) return report_failure(streams, selection.error());
    std::vector<WeightChange>& changes = selection->changes;
    Waiting waiting{state, *client, {}, false};
    for (const WeightChange& change : changes) waiting.named.emplace_back(change.service, change.before.key);
    const std::vector<WeightChange> named = changes;
    std::erase_if(changes, [](const WeightChange& change) { return !change.changes(); });
    if (auto served = check_served(services_without_server(*live, changes), options, streams); !served)
        return report_failure(streams, served.error());
    if (!changes.empty()) mention_others(beside, overwrites, streams);
    const bool falls_short = selection->falls_short(options);
    if (options.dry_run) {
        show(*selection, options, *supervisor, streams);
        const bool remembers = selection->drained != before;
        return changes.empty() && !remembers && !falls_short ? ExitStatus::ok : ExitStatus::findings;
    }
    HeldSignals signals;
    const auto failed_with = [&](const Failure& why) { return signals.status(report_failure(streams, why)); };
    // What drain takes is written down first: a run that ends half way must not lose the weights.
    const bool first = options.action == WeightAction::drain;
    ChangeRecord record(state, changes.empty() ? "" : command_of(options.action), {}, {});
    record.remember(*drained, first ? selection->drained : *drained, selection->drained);
    if (auto begun = record.begin({}, {}); !begun) return failed_with(begun.error());
    // All of them or none.
    const table::Plan plan = weight_plan(*live, changes);
    change::Execution execution(*client, plan);
    if (auto done = execution.run_to(plan.size(), [&signals] { return signals.interruption(); }); !done) {
        return failed_with(execution.is_clean() ? record.withdraw(done.error()) : done.error());
    }
    if (auto completed = record.complete({}); !completed)
        return failed_with(prefixed("the weights were changed, but ", completed.error()));
    signals.release(changes.empty() ? Ending::nothing_changed : Ending::complete);
    show(*selection, options, *supervisor, streams);
    // What is done is said before the wait, also where the output is no terminal: it may be interrupted.
    const ExitStatus told = falls_short ? ExitStatus::findings : ExitStatus::ok;
    const ExitStatus reported = changes.empty() ? told : after_report(streams, told);
    if (first && !options.wait) mention_bound(named, expires_templates(setting), streams);
    if (!options.wait) return reported;
    waiting.has_changes = !changes.empty();
    return wait(waiting, std::move(setting), std::move(lock), options, streams, reported);
}

}  // namespace

Command add_weight_change(Command program, Invocation& invocation, const std::shared_ptr<WeightOptions>& options,
                          std::string_view name, std::string_view what) {
    Command command = program.command(name, what);
    command
        .option("SERVER", options->servers, "real servers: ADDRESS, ADDRESS:PORT, ADDRESS/BITS; * and ? as in a shell")
        .required();
    command
        .option("--service", options->services,
                "only in these services: ADDRESS:PORT, 'UDP ADDRESS:PORT', fwmark:N; * and ? as in a shell (all)")
        .separated_by(',')
        .type_name("SERVICE,...");
    command.option("--netns", options->net_namespace, "network namespace, by name or path").type_name("NAME|PATH");
    command.flag("-n,--dry-run", options->dry_run, "show what would change; exit 1 if anything");
    command.flag(
        "--force", options->force,
        "go on although a service keeps no server that takes new connections, or keepalived holds the server down");
    command.option("--format", options->format, "text or json").one_of({"text", "json"});
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
    return command;
}

}  // namespace lbctl::cli
