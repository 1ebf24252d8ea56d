#include "backend/keepalived/service_states.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

namespace lbctl::keepalived {

namespace {

/// The explanations of one service, by destination.
using Reasons = std::map<table::DestinationKey, const Explanation*>;

ServerState state_of(const table::LiveDestination* live, const Explanation* why, bool wanted_off) {
    const bool serves = live != nullptr && live->destination.weight != 0;
    if (why == nullptr) return wanted_off ? ServerState::off : ServerState::up;
    switch (why->what) {
        case DifferenceClass::down:
            return ServerState::down;
        case DifferenceClass::drained:
            return ServerState::drained;
        case DifferenceClass::check:
            return serves ? ServerState::up : ServerState::down;
        case DifferenceClass::drift:
        case DifferenceClass::not_reloaded:
        case DifferenceClass::role:
            break;
    }
    return serves ? ServerState::up : ServerState::differs;
}

class OneService {
public:
    OneService(const table::LiveService* live, const Reasons& reasons) : reasons_(reasons) {
        if (live == nullptr) return;
        for (const table::LiveDestination& row : live->destinations) rows_.emplace(row.destination.key, &row);
    }

    void add(const table::Destination& asked, bool in_table_at_start, const table::Supervision& supervision,
             ServiceStatus& into) const {
        const auto row = rows_.find(asked.key);
        const auto why = reasons_.find(asked.key);
        const table::LiveDestination* live = row == rows_.end() ? nullptr : row->second;
        const Explanation* reason = why == reasons_.end() ? nullptr : why->second;
        const bool serves = live != nullptr && live->destination.weight != 0;
        if (supervision.sorry_server && !serves) return;
        ServerStatus& status = into.servers.emplace_back();
        status.key = asked.key;
        if (supervision.sorry_server) {
            status.state = ServerState::sorry;
        } else if (!in_table_at_start && live == nullptr) {
            // It waits for its check, and that it is absent is no difference.
            status.state = ServerState::down;
            status.reason = not_checked_yet;
        } else {
            status.state = state_of(live, reason, asked.weight == 0);
        }
        if (reason != nullptr && status.state != ServerState::up) status.reason = reason->reason;
        if (live == nullptr) return;
        status.in_table = true;
        status.weight = live->destination.weight;
        status.active = live->active_connections;
        status.inactive = live->inactive_connections;
        status.persistent = live->persistent_connections;
    }

private:
    const Reasons& reasons_;
    std::map<table::DestinationKey, const table::LiveDestination*> rows_;
};

}  // namespace

std::string_view to_string(ServerState state) {
    constexpr std::array<std::string_view, 6> words = {"up", "down", "drained", "off", "sorry", "differs"};
    return words[static_cast<std::size_t>(state)];
}

std::size_t ServiceStatus::count(ServerState state) const {
    return static_cast<std::size_t>(std::ranges::count(servers, state, &ServerStatus::state));
}

std::uint64_t ServiceStatus::active() const {
    return std::accumulate(servers.begin(), servers.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const ServerStatus& each) { return sum + each.active; });
}

std::uint64_t ServiceStatus::inactive() const {
    return std::accumulate(servers.begin(), servers.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const ServerStatus& each) { return sum + each.inactive; });
}

std::vector<ServiceStatus> service_states(const table::LiveTable& live, const table::Wanted& wanted,
                                          const table::Difference& difference, const Explanations& explanations) {
    std::map<table::ServiceKey, const table::LiveService*> by_key;
    for (const table::LiveService& service : live.services) by_key.emplace(service.service.key, &service);
    std::map<table::ServiceKey, Reasons> reasons;
    for (std::size_t i = 0; i < difference.services.size(); ++i) {
        const table::ServiceDifference& service = difference.services[i];
        if (service.after == nullptr) continue;
        Reasons& of_service = reasons[service.after->key];
        for (std::size_t j = 0; j < service.destinations.size(); ++j) {
            const table::DestinationDifference& change = service.destinations[j];
            const table::Destination& shown = change.after != nullptr ? *change.after : *change.before;
            of_service.emplace(shown.key, &explanations.services[i].destinations[j]);
        }
    }
    const Reasons none;
    std::vector<ServiceStatus> states;
    states.reserve(wanted.services.size());
    for (const table::WantedService& asked : wanted.services) {
        ServiceStatus& status = states.emplace_back();
        status.key = asked.service.key;
        const auto found = by_key.find(status.key);
        const table::LiveService* service = found == by_key.end() ? nullptr : found->second;
        status.in_table = service != nullptr;
        status.scheduler = service != nullptr ? service->service.scheduler : asked.service.scheduler;
        const auto why = reasons.find(status.key);
        const OneService one(service, why == reasons.end() ? none : why->second);
        for (const table::Destination& destination : asked.service.destinations)
            one.add(destination, true, asked.supervision_of(destination), status);
        for (const table::Reserve& reserve : asked.reserves)
            one.add(reserve.destination, false, reserve.supervision, status);
    }
    return states;
}

void take_drained(const table::DrainedServers& drained, std::vector<ServiceStatus>& services) {
    if (drained.empty()) return;
    for (ServiceStatus& service : services) {
        for (ServerStatus& server : service.servers) {
            const auto found = drained.find(table::drained_key(service.key, server.key));
            if (found == drained.end() || !found->second.is_wanted()) continue;
            if (!server.in_table || server.weight == 0) {
                server.drained = found->second;
            } else if (server.reason.empty()) {
                server.reason = fmt::format("lbctl drained it {}; something else has given it weight {} since",
                                            to_string(found->second), server.weight);
            }
        }
    }
}

}  // namespace lbctl::keepalived
