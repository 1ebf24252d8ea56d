#include "backend/health/first_round_outcome.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "backend/health/services_health.h"

namespace lbctl::health {

namespace {

ServerState state_of(const ServiceHealth& health, const CheckedServer& server, std::span<const CheckResult> results) {
    bool any_unknown = false;
    for (std::size_t i = server.first_checker; i < server.first_checker + server.checker_count; ++i) {
        const bool is_unknown = results[i].verdict.state == State::none && !results[i].is_removed;
        if (!is_unknown && !health.rounds(i).is_up()) return ServerState::down;
        any_unknown = any_unknown || is_unknown;
    }
    return any_unknown ? ServerState::unknown : ServerState::up;
}

}  // namespace

FirstRoundOutcome outcome_of(const CheckedServices& checked, std::span<const CheckResult> results,
                             keywords::Version target) {
    const model::Notifications nobody_is_told;
    ServicesHealth health(checked, nobody_is_told, target);
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (results[i].is_removed) health.remove(i);
    }
    health.start();
    std::vector<std::size_t> order(results.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [results](std::size_t i) { return results[i].seconds; });
    for (const std::size_t i : order) {
        const CheckResult& result = results[i];
        // What a file says is known from the start.
        if (result.is_removed || checked.checkers[i].kind == model::CheckerKind::file) continue;
        // All urls have been asked, and all tries of SMTP_CHECK been made, for the one verdict.
        const TryResult known{result.verdict.state, result.exit_code, result.weight};
        while (result.verdict.state != State::none && !health.tried(i, known).next.report) {
        }
    }
    FirstRoundOutcome outcome;
    for (const ServiceHealth& service : health.services()) {
        for (std::size_t i = 0; i < service.service().servers.size(); ++i) {
            const CheckedServer& server = service.service().servers[i];
            outcome.servers[server.server.node] = {state_of(service, server, results),
                                                   service.standings()[i].weight_in_force()};
        }
    }
    outcome.servings = health.servings();
    return outcome;
}

}  // namespace lbctl::health
