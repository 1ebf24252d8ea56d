#include "backend/health/service_health.h"

#include <algorithm>
#include <utility>

#include "backend/health/same_check.h"

namespace lbctl::health {

namespace {

/// The place of a real server with that address and port; that of none is the number of them.
std::size_t find_server(std::span<const CheckedServer> servers, const model::RealServer& wanted) {
    const auto found = std::ranges::find_if(servers, [&wanted](const CheckedServer& server) {
        return server.server.address == wanted.address && server.server.port == wanted.port;
    });
    return static_cast<std::size_t>(found - servers.begin());
}

}  // namespace

ServiceHealth::ServiceHealth(const CheckedService& service, std::span<const model::Checker> all,
                             const model::Notifications& notifications, keywords::Version target)
    : service_(&service),
      notifications_(&notifications),
      own_notifications_(model::notifications_of(service.service, notifications)),
      quorum_(model::quorum_of(service.service)),
      first_(service.servers.empty() ? 0 : service.servers.front().first_checker) {
    for (const CheckedServer& server : service.servers) {
        server_notifications_.push_back(model::notifications_of(server.server, notifications));
        table::ServerStanding standing{true, server.weight};
        for (std::size_t i = 0; i < server.checker_count; ++i) {
            const model::Checker& checker = all[server.first_checker + i];
            servers_.push_back(static_cast<std::uint32_t>(standings_.size()));
            CheckerRounds& rounds = rounds_.emplace_back(checker, target);
            Addition& addition = additions_.emplace_back();
            removed_.push_back(checker.removal != model::Removal::none);
            if (removed_.back()) continue;
            if (const auto* file = std::get_if<model::FileCheck>(&checker.details)) {
                // What the file says counts before anything is filled in, and nobody is told.
                const table::FileEffect effect = table::effect_of(file->file);
                rounds.tried(effect.failed ? State::down : State::up);
                if (!effect.failed) addition.weight = effect.weight;
                standing.weight += addition.weight;
            }
        }
        standings_.push_back(standing);
    }
    for (std::size_t i = 0; i < standings_.size(); ++i) standings_[i].alive = !has_failed_checker(i);
}

void ServiceHealth::remove(std::size_t checker) {
    removed_[checker - first_] = true;
}

table::Serving ServiceHealth::serving() const {
    return table::serving(service_->service, standings_, has_quorum_);
}

bool ServiceHealth::has_failed_checker(std::size_t server) const {
    const CheckedServer& checked = service_->servers[server];
    const auto begin = rounds_.begin() + static_cast<std::ptrdiff_t>(checked.first_checker - first_);
    return !std::all_of(begin, begin + static_cast<std::ptrdiff_t>(checked.checker_count),
                        [](const CheckerRounds& rounds) { return rounds.is_up(); });
}

const std::optional<model::NotifyScript>& ServiceHealth::script_for(const Notice& notice) const {
    if (!notice.server) return notice.up ? own_notifications_.up : own_notifications_.down;
    const model::ServerNotifications& server = server_notifications_[*notice.server];
    return notice.up ? server.up : server.down;
}

void ServiceHealth::tell_service(bool up, Notices& notices) const {
    notices.push_back({Notice::By::script_and_fifo, std::nullopt, up});
    if (own_notifications_.mails) notices.push_back({Notice::By::mail, std::nullopt, up});
}

/// After the weight that is alive may have changed.
void ServiceHealth::settle_quorum(Notices& notices) {
    const std::int64_t sum = table::weight_alive(standings_);
    if (has_quorum_ ? !quorum_.is_lost(sum) : !quorum_.is_gained(sum)) return;
    has_quorum_ = !has_quorum_;
    tell_service(has_quorum_, notices);
}

Notices ServiceHealth::start() {
    Notices notices;
    if (notifications_->tells_states_at_start) {
        for (std::size_t i = 0; i < standings_.size(); ++i) {
            if (standings_[i].alive) notices.push_back({Notice::By::script_and_fifo, i, true});
        }
    }
    settle_quorum(notices);
    if (!has_quorum_ && service_->service.sorry_server) tell_service(false, notices);
    return notices;
}

/// Servers leave the table. Those that the sorry server replaces have left it before.
Notices ServiceHealth::tell_gone(std::span<const std::size_t> servers) const {
    const table::Serving present = serving();
    Notices notices;
    for (const std::size_t i : servers) {
        if (standings_[i].alive && present.servers[i]) notices.push_back({Notice::By::script_and_fifo, i, false});
    }
    return notices;
}

Notices ServiceHealth::stop() const {
    if (!own_notifications_.tells_stop) return {};
    Notices notices = leave();
    // Also when it was down already.
    const Notice down{Notice::By::script_and_fifo, std::nullopt, false};
    if (std::ranges::find(notices, down) == notices.end()) tell_service(false, notices);
    return notices;
}

Notices ServiceHealth::leave() const {
    std::vector<std::size_t> all(standings_.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    Notices notices = tell_gone(all);
    if (has_quorum_) tell_service(false, notices);
    return notices;
}

void ServiceHealth::report(std::size_t checker, const CheckerRounds::Report& report, Notices& notices) {
    const std::size_t server = server_of(checker);
    table::ServerStanding& standing = standings_[server];
    const bool was_alive = standing.alive;
    standing.alive = !has_failed_checker(server);
    const model::CheckerKind kind = rounds(checker).checker().kind;
    if (standing.alive != was_alive) {
        notices.push_back({Notice::By::script_and_fifo, server, standing.alive});
        settle_quorum(notices);
    } else if (report.is_first && !report.up && !report.was_up && !report.is_silent) {
        // With alpha it is no news, but nobody has been told.
        notices.push_back({Notice::By::script_and_fifo, server, standing.alive});
    }
    const bool is_mailed = kind != model::CheckerKind::file &&
                           (report.up != report.was_up || (report.is_first && kind == model::CheckerKind::misc));
    const bool is_wanted = standing.alive != was_alive || notifications_->mails_every_checker;
    if (is_mailed && is_wanted && server_notifications_[server].mails)
        notices.push_back({Notice::By::mail, server, standing.alive});
}

void ServiceHealth::add_weight(std::size_t checker, std::int64_t added, Notices& notices) {
    Addition& addition = additions_[checker - first_];
    if (addition.weight == added) return;
    standings_[server_of(checker)].weight += added - addition.weight;
    addition.weight = added;
    settle_quorum(notices);
}

ServiceHealth::Outcome ServiceHealth::tried(std::size_t checker, const TryResult& result) {
    Outcome outcome;
    Addition& addition = additions_[checker - first_];
    const auto* misc = std::get_if<model::MiscCheck>(&rounds(checker).checker().details);
    const bool weighs = misc != nullptr && misc->sets_weight && result.state != State::none;
    // A code that comes again changes nothing, whatever came between.
    const bool is_new = weighs && result.exit_code && result.exit_code != addition.last_code;
    const std::int64_t configured = service_->servers[server_of(checker)].weight;
    const std::int64_t added = result.weight ? *result.weight - configured : 0;
    if (is_new) addition.last_code = result.exit_code;
    if (is_new && result.state == State::up) add_weight(checker, added, outcome.notices);
    outcome.next = rounds_[checker - first_].tried(result.state);
    if (outcome.next.report) report(checker, *outcome.next.report, outcome.notices);
    // With the failure that counts, what the command added is taken back, but for one that a signal ended: keepalived
    // forgets it, and never takes it back.
    if (weighs && outcome.next.report && !outcome.next.report->up) {
        if (result.exit_code) {
            add_weight(checker, 0, outcome.notices);
        } else {
            addition.weight = 0;
        }
    }
    return outcome;
}

ServiceHealth::Outcome ServiceHealth::file_changed(std::size_t checker, std::int64_t number) {
    Outcome outcome;
    Notices& notices = outcome.notices;
    if (is_removed(checker)) return outcome;
    const auto& file = std::get<model::FileCheck>(rounds(checker).checker().details);
    const table::FileEffect effect = table::effect_of_change(file.file, number);
    if (!effect.failed) add_weight(checker, effect.weight, notices);
    outcome.next = rounds_[checker - first_].tried(effect.failed ? State::down : State::up);
    if (outcome.next.report) report(checker, *outcome.next.report, notices);
    if (effect.failed) add_weight(checker, 0, notices);
    return outcome;
}

ServiceHealth::Takeover ServiceHealth::take_over(const ServiceHealth& before) {
    const auto& servers = service_->servers;
    const auto& earlier = before.service_->servers;
    std::vector<std::size_t> gone;
    for (std::size_t i = 0; i < earlier.size(); ++i) {
        if (find_server(servers, earlier[i].server) == servers.size()) gone.push_back(i);
    }
    Takeover takeover{before.tell_gone(gone), {}};
    Notices& notices = takeover.notices;
    if (before.has_quorum_) {
        // It is the old set that loses its quorum by this, and nobody is told that the new one has it.
        std::vector<table::ServerStanding> left = before.standings_;
        for (const std::size_t i : gone) left[i].alive = false;
        if (!gone.empty() && before.quorum_.is_lost(table::weight_alive(left)))
            before.tell_service(false, takeover.gone);
    }
    for (std::size_t i = 0; i < servers.size(); ++i) {
        const std::size_t same = find_server(earlier, servers[i].server);
        const bool is_new = same == earlier.size();
        if (!is_new) take_over_checkers(servers[i], before, earlier[same]);
        standings_[i].alive = !has_failed_checker(i);
        const bool is_told = is_new ? standings_[i].alive && notifications_->tells_states_at_start
                                    : standings_[i].alive != before.standings_[same].alive;
        if (is_told) notices.push_back({Notice::By::script_and_fifo, i, standings_[i].alive});
    }
    has_quorum_ = before.has_quorum_;
    settle_quorum(notices);
    return takeover;
}

void ServiceHealth::take_over_checkers(const CheckedServer& server, const ServiceHealth& before,
                                       const CheckedServer& earlier) {
    std::vector<bool> taken(earlier.checker_count);
    for (std::size_t i = server.first_checker; i < server.first_checker + server.checker_count; ++i) {
        const CheckerRounds& own = rounds(i);
        // What a file says has been read anew.
        if (is_removed(i) || own.checker().kind == model::CheckerKind::file) continue;
        for (std::size_t k = 0; k < earlier.checker_count; ++k) {
            const std::size_t other = earlier.first_checker + k;
            if (taken[k] || before.is_removed(other) || !is_same_check(own.checker(), before.rounds(other).checker()))
                continue;
            taken[k] = true;
            rounds_[i - first_].take_over(before.rounds(other));
            additions_[i - first_] = before.additions_[other - before.first_];
            standings_[server_of(i)].weight += additions_[i - first_].weight;
            break;
        }
    }
}

}  // namespace lbctl::health
