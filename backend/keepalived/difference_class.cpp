#include "backend/keepalived/difference_class.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "backend/change/run_state.h"
#include "grammar/model/checker.h"

namespace lbctl::keepalived {

using table::Destination;
using table::Service;
using table::Supervision;
using table::WantedService;

namespace {

constexpr std::array<std::string_view, class_count> class_words = {"drift", "not-reloaded", "down",
                                                                   "check", "drained",      "role"};

/// "its TCP_CHECK", "one of its checks (TCP_CHECK, HTTP_GET)".
std::string checks_text(std::uint16_t checks) {
    std::string names;
    std::size_t count = 0;
    for (unsigned kind = 0; kind <= static_cast<unsigned>(model::CheckerKind::bfd); ++kind) {
        if ((checks >> kind & 1U) == 0) continue;
        if (count++ != 0) names += ", ";
        names += model::keyword_of(static_cast<model::CheckerKind>(kind));
    }
    return count == 1 ? "its " + names : fmt::format("one of its checks ({})", names);
}

std::string drained_text(const table::DrainedServer& drained) {
    const std::string told = to_string(drained);
    return fmt::format("lbctl drained it{}{}", told.empty() ? "" : " ", told);
}

/// The values of a destination but for its weight.
bool same_but_weight(const Destination& one, Destination other) {
    other.weight = one.weight;
    return table::changes(one, other).empty();
}

/// A destination of a file: what it asks for, and what keepalived may make of it.
struct Asked {
    const Destination* wanted = nullptr;  ///< null: not in the table from the start
    const table::Reserve* reserve = nullptr;
    Supervision supervision;

    [[nodiscard]] bool any() const { return wanted != nullptr || reserve != nullptr; }
    [[nodiscard]] const Destination& destination() const { return wanted != nullptr ? *wanted : reserve->destination; }
    bool operator==(const Asked& other) const {
        if ((wanted == nullptr) != (other.wanted == nullptr) || (reserve == nullptr) != (other.reserve == nullptr))
            return false;
        if (!any()) return true;
        return destination() == other.destination() && supervision == other.supervision &&
               (reserve == nullptr || reserve->reason == other.reserve->reason);
    }
};

/// The destinations that a configuration has for a service, by key.
using AskedDestinations = std::map<table::DestinationKey, Asked>;

AskedDestinations asked_of(const WantedService* service) {
    AskedDestinations asked;
    if (service == nullptr) return asked;
    for (const Destination& destination : service->service.destinations)
        asked.try_emplace(destination.key, Asked{&destination, nullptr, service->supervision_of(destination)});
    for (const table::Reserve& reserve : service->reserves)
        asked.try_emplace(reserve.destination.key, Asked{nullptr, &reserve, reserve.supervision});
    return asked;
}

template <class Map>
auto find(const Map& map, const table::DestinationKey& key) {
    const auto found = map.find(key);
    return found == map.end() ? typename Map::mapped_type{} : found->second;
}

/// A live service, and what it is held against.
struct Sides {
    table::ServiceKey key;
    std::map<table::DestinationKey, const Destination*> live;
    AskedDestinations file;
    AskedDestinations read;     ///< by keepalived; that of the file where it is not known
    bool sorry_serves = false;  ///< the sorry server is who serves
    bool any_fails = false;     ///< a server that is checked does not serve: the quorum may be lost

    Sides(const Service& live_service, const WantedService* asked, const WantedService* running)
        : key(live_service.key), file(asked_of(asked)), read(asked_of(running)) {
        for (const Destination& destination : live_service.destinations) live.emplace(destination.key, &destination);
        for (const auto& [destination_key, each] : read) {
            const Destination* found = find(live, destination_key);
            const bool serves = found != nullptr && found->weight != 0;
            const bool sorry = each.supervision.sorry_server;
            if (sorry && serves) sorry_serves = true;
            if (!sorry && !serves && each.supervision.checks != 0) any_fails = true;
        }
    }
};

constexpr std::string_view sorry_reason = "the quorum is lost, and the sorry server serves";

/// Explains a live destination (null: absent) by what a configuration asks for and keepalived's checks; nothing where
/// they do not. Not to be asked when it is as wanted.
std::optional<Explanation> explain_by_checks(const Destination* live, const Asked& asked, const Sides& sides) {
    const Supervision& by = asked.supervision;
    if (by.sorry_server) {
        if (live == nullptr)
            return Explanation{DifferenceClass::check, "the quorum is there, and no sorry server serves"};
        if (!same_but_weight(*live, asked.destination())) return std::nullopt;
        if (live->weight == 0) return Explanation{DifferenceClass::check, "the quorum is there"};
        if (!sides.any_fails) return std::nullopt;
        return Explanation{DifferenceClass::down, "the quorum is lost, so the sorry server serves"};
    }
    const bool sorry = sides.sorry_serves;
    if (live == nullptr) {
        if (by.checks != 0 && !by.inhibited)
            return Explanation{DifferenceClass::down, checks_text(by.checks) + " fails"};
        if (sorry && !by.inhibited) return Explanation{DifferenceClass::down, std::string(sorry_reason)};
        return std::nullopt;
    }
    if (!same_but_weight(*live, asked.destination())) return std::nullopt;
    if (live->weight == 0 && by.inhibited && by.checks != 0)
        return Explanation{DifferenceClass::down, checks_text(by.checks) + " fails (inhibit_on_failure)"};
    if (live->weight == 0 && by.inhibited && sorry)
        return Explanation{DifferenceClass::down, std::string(sorry_reason)};
    if (by.sets_weight) return Explanation{DifferenceClass::check, checks_text(by.checks) + " sets the weight"};
    if (asked.reserve != nullptr && live->weight == asked.destination().weight)
        return Explanation{DifferenceClass::check, checks_text(by.checks) + " has succeeded"};
    return std::nullopt;
}

class Explainer {
public:
    Explainer(const table::Table& live, const table::Wanted& wanted, const Circumstances& circumstances)
        : live_(live), wanted_(wanted), circumstances_(circumstances) {
        if (!by_running()) return;
        for (const WantedService& service : circumstances_.running->services)
            running_.emplace(service.service.key, &service);
    }

    Explanations::OfService service(const table::ServiceDifference& difference) const {
        const Service& shown = difference.after != nullptr ? *difference.after : *difference.before;
        const WantedService* asked = difference.after != nullptr ? &wanted_.services[difference.after_index] : nullptr;
        const WantedService* running = by_running() ? find_running(shown.key) : asked;
        Explanations::OfService explained;
        if (difference.edited || difference.before == nullptr || difference.after == nullptr)
            explained.service = own_values(difference, running);
        if (difference.before == nullptr || difference.after == nullptr) {
            explained.destinations.assign(difference.destinations.size(), *explained.service);
        } else if (!difference.destinations.empty()) {
            const Sides sides(*difference.before, asked, running);
            explained.destinations.reserve(difference.destinations.size());
            for (const table::DestinationDifference& change : difference.destinations)
                explained.destinations.push_back(destination(sides, change));
        }
        return explained;
    }

    Explanation timeouts(const table::Difference& difference) const {
        if (!by_running()) return unexplained();
        const table::Timeouts& now = *difference.timeouts_after;
        const table::Timeouts& read = circumstances_.running->timeouts;
        const bool same = (now.tcp == 0 || now.tcp == read.tcp) && (now.tcp_fin == 0 || now.tcp_fin == read.tcp_fin) &&
                          (now.udp == 0 || now.udp == read.udp);
        return same ? unexplained() : not_reloaded();
    }

    std::vector<Explanation> daemons(const table::Difference& difference) const {
        const bool another = by_running() && (circumstances_.running->daemons != wanted_.daemons ||
                                              circumstances_.running->daemon_instance != wanted_.daemon_instance);
        const Explanation all = another ? not_reloaded() : role().value_or(missing_daemon());
        return std::vector<Explanation>(difference.daemons.size(), all);
    }

    /// A daemon that is as wanted has the wrong state all the same where its instance is MASTER.
    std::optional<Explanation> wrong_role() const {
        const auto found = role();
        if (!found || found->what != DifferenceClass::drift) return std::nullopt;
        return Explanation{DifferenceClass::drift, found->reason + ", and its sync daemon is not"};
    }

private:
    [[nodiscard]] bool by_running() const {
        return circumstances_.keepalived_runs && circumstances_.running != nullptr;
    }

    [[nodiscard]] const WantedService* find_running(const table::ServiceKey& key) const {
        const auto found = running_.find(key);
        return found == running_.end() ? nullptr : found->second;
    }

    [[nodiscard]] Explanation not_reloaded() const {
        if (circumstances_.in_step == InStep::other)
            return {DifferenceClass::not_reloaded, "keepalived runs with another file"};
        return {DifferenceClass::not_reloaded, "keepalived has not read this yet"};
    }

    [[nodiscard]] Explanation unexplained() const {
        if (!circumstances_.keepalived_runs || by_running()) return {};
        if (circumstances_.in_step == InStep::changed || circumstances_.in_step == InStep::other) return not_reloaded();
        if (circumstances_.in_step == InStep::unknown)
            return {DifferenceClass::drift, "unless keepalived has not read this yet, which cannot be seen"};
        return {};
    }

    [[nodiscard]] Explanation own_values(const table::ServiceDifference& difference,
                                         const WantedService* running) const {
        if (!by_running()) return unexplained();
        if (difference.before == nullptr) return running == nullptr ? not_reloaded() : Explanation{};
        if (difference.after == nullptr) return running != nullptr ? not_reloaded() : Explanation{};
        if (running == nullptr) return not_reloaded();
        // The file has been changed, and the kernel has what keepalived has read.
        return table::changes(*difference.before, running->service).empty() ? not_reloaded() : Explanation{};
    }

    [[nodiscard]] Explanation destination(const Sides& sides, const table::DestinationDifference& change) const {
        const Destination& shown = change.after != nullptr ? *change.after : *change.before;
        const Destination* live = change.before;
        const Asked by_file = find(sides.file, shown.key);
        const Asked by_keepalived = find(sides.read, shown.key);
        const auto remembered = circumstances_.drained.find(table::drained_key(sides.key, shown.key));
        const table::DrainedServer* drained =
            remembered == circumstances_.drained.end() ? nullptr : &remembered->second;
        std::optional<Explanation> by_drain;
        if (live != nullptr && live->weight == 0 && by_file.any() && same_but_weight(*live, by_file.destination())) {
            if (drained != nullptr) {
                by_drain = Explanation{DifferenceClass::drained,
                                       fmt::format("{}; its weight was {}", drained_text(*drained), drained->weight)};
            }
            // One that was down then is down still: keepalived gives it a weight as soon as it is not.
            if (by_drain && !(drained->was_down && circumstances_.keepalived_runs)) return *by_drain;
        }
        if (!circumstances_.keepalived_runs) return {};
        if (circumstances_.makes_one_of_zero && live != nullptr && live->weight == 1 && by_file.any() &&
            by_file.destination().weight == 0 && same_but_weight(*live, by_file.destination()))
            return {DifferenceClass::drift, "this release of keepalived gives weight 1 where the file has 0"};
        const bool unread = !(by_file == by_keepalived);
        std::optional<Explanation> explained;
        if (by_keepalived.any()) {
            const Destination& read = by_keepalived.destination();
            const bool as_read = by_keepalived.wanted == nullptr
                                     ? live == nullptr
                                     : live != nullptr && table::changes(*live, read).empty();
            if (as_read) return unread ? not_reloaded() : unexplained();
            explained = explain_by_checks(live, by_keepalived, sides);
        } else if (live == nullptr) {
            return unread ? not_reloaded() : unexplained();
        }
        // A server that is new in the file is absent, whatever its check would say.
        if (explained && unread) return not_reloaded();
        // keepalived holds it down, and would put it back with its weight whatever lbctl remembers.
        if (explained && explained->what == DifferenceClass::down && drained != nullptr && drained->is_wanted() &&
            (live == nullptr || live->weight == 0))
            explained->reason += ", and " + drained_text(*drained);
        if (!explained && by_drain) return *by_drain;
        return explained.value_or(unexplained());
    }

    /// Why the daemon of an instance is drift when none runs: keepalived has started it, and does not look again.
    [[nodiscard]] Explanation missing_daemon() const {
        Explanation all = unexplained();
        if (all.what != DifferenceClass::drift || !live_.daemons.empty() || !circumstances_.keepalived_runs) return all;
        const Instance* instance = find_instance(circumstances_.instances, wanted_.daemon_instance);
        if (instance != nullptr && instance->state != InstanceState::unknown)
            all.reason = fmt::format("vrrp_instance {} is {}, and has no sync daemon", instance->name,
                                     to_string(instance->state));
        return all;
    }

    /// Whether the daemon that runs is the one that is wanted, in the state of its instance.
    [[nodiscard]] std::optional<Explanation> role() const {
        if (!circumstances_.keepalived_runs || wanted_.daemon_instance.empty() || !wanted_.daemons) return std::nullopt;
        if (wanted_.daemons->size() != 1 || live_.daemons.size() != 1) return std::nullopt;
        table::SyncDaemon running = live_.daemons.front();
        const bool master = running.state == table::DaemonState::master;
        running.state = wanted_.daemons->front().state;
        if (!fulfils(running, wanted_.daemons->front())) return std::nullopt;
        const Instance* instance = find_instance(circumstances_.instances, wanted_.daemon_instance);
        const InstanceState state = instance == nullptr ? InstanceState::unknown : instance->state;
        if (state == InstanceState::unknown) {
            return Explanation{DifferenceClass::role,
                               fmt::format("it follows vrrp_instance {}", wanted_.daemon_instance)};
        }
        const std::string reason = fmt::format("vrrp_instance {} is {}", wanted_.daemon_instance, to_string(state));
        const bool fits = master == (state == InstanceState::master);
        return Explanation{fits ? DifferenceClass::role : DifferenceClass::drift, reason};
    }

    const table::Table& live_;
    const table::Wanted& wanted_;
    const Circumstances& circumstances_;
    std::map<table::ServiceKey, const WantedService*> running_;
};

}  // namespace

std::string_view to_string(DifferenceClass what) {
    return class_words[static_cast<std::size_t>(what)];
}

std::string_view to_string(InStep step) {
    constexpr std::array<std::string_view, 4> words = {"yes", "changed", "other", "unknown"};
    return words[static_cast<std::size_t>(step)];
}

std::array<std::size_t, class_count> Explanations::counts() const {
    std::array<std::size_t, class_count> found{};
    const auto note = [&found](const Explanation& explanation) { ++found[static_cast<std::size_t>(explanation.what)]; };
    for (const OfService& of_service : services) {
        if (of_service.service) note(*of_service.service);
        for (const Explanation& each : of_service.destinations) note(each);
    }
    if (timeouts) note(*timeouts);
    for (const Explanation& each : daemons) note(each);
    if (role) note(*role);
    return found;
}

Explanations explain(const table::Difference& difference, const table::Table& live, const table::Wanted& wanted,
                     const Circumstances& circumstances) {
    const Explainer explainer(live, wanted, circumstances);
    Explanations explanations;
    explanations.services.reserve(difference.services.size());
    for (const table::ServiceDifference& service : difference.services)
        explanations.services.push_back(explainer.service(service));
    if (difference.timeouts_after) explanations.timeouts = explainer.timeouts(difference);
    if (difference.daemons.empty()) {
        explanations.role = explainer.wrong_role();
    } else {
        explanations.daemons = explainer.daemons(difference);
    }
    return explanations;
}

bool calls_for_action(const Explanations& explanations, InStep step) {
    return step == InStep::changed || explanations.count(DifferenceClass::drift) != 0 ||
           explanations.count(DifferenceClass::not_reloaded) != 0;
}

}  // namespace lbctl::keepalived
