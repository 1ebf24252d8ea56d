#include "backend/health/watch.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backend/health/notice_text.h"
#include "backend/health/own_addresses.h"
#include "grammar/base/shown_text.h"

namespace lbctl::health {

namespace {

std::vector<std::string> tracked_paths(const CheckedServices& checked) {
    std::set<std::string> paths;
    for (const model::Checker& checker : checked.checkers) {
        const auto* file = std::get_if<model::FileCheck>(&checker.details);
        if (file != nullptr && checker.removal == model::Removal::none) paths.insert(file->file.path);
    }
    return {paths.begin(), paths.end()};
}

/// ha_suspend: keepalived makes no check as long as the address is elsewhere, and of a group at no time.
bool waits_for_address(const ServiceHealth& health) {
    if (!health.notifications().waits_for_address) return false;
    const auto* head = std::get_if<model::AddressHead>(&health.service().service.head);
    return head == nullptr || !is_own_address(head->address);
}

}  // namespace

Result<std::unique_ptr<Watch>> Watch::make(const ast::Node& root, const CheckOptions& options, Owner owner) {
    auto loop = EventLoop::make();
    if (!loop) return tl::make_unexpected(loop.error());
    // Private, because it stays where it is.
    return std::unique_ptr<Watch>(new Watch(root, options, std::move(*loop), std::move(owner)));
}

Watch::Watch(const ast::Node& root, const CheckOptions& options, EventLoop loop, Owner owner)
    : owner_(std::move(owner)),
      loop_(std::move(loop)),
      checked_(checked_services(root, options.target)),
      notifications_(model::notifications_of(root)),
      health_(std::make_unique<ServicesHealth>(checked_, notifications_, options.target)),
      files_(tracked_paths(checked_)),
      files_number_(checked_.checkers.size()),
      first_own_(files_number_ + 1) {
    const CheckLoop::Owner of_checks{
        .puts_off = [this](std::size_t checker) -> std::optional<CheckerRounds::Next> {
            const ServiceHealth& health = health_->service_of(checker);
            if (!waits_for_address(health)) return std::nullopt;
            hear(checker);
            return health.rounds(checker).put_off();
        },
        .url = [this](std::size_t checker) { return health_->service_of(checker).rounds(checker).url(); },
        .tried = [this](std::size_t checker, const CheckResult& result) { return tried(checker, result); },
    };
    checks_ = std::make_unique<CheckLoop>(loop_, checked_.checkers, options, of_checks);
    unknown_ = checked_.checkers.size();
    heard_.resize(unknown_);
    for (std::size_t i = 0; i < checked_.checkers.size(); ++i) {
        const CheckResult* settled = checks_->settled(i);
        if (settled != nullptr) hear(i);
        if (settled != nullptr && settled->is_removed) health_->remove(i);
    }
    if (files_.descriptor().is_open()) (void)loop_.watch(files_.descriptor().number(), EPOLLIN, files_number_);
    handlers_ = {
        .ready =
            [this](std::uint64_t number, std::uint32_t events) {
                if (number < files_number_) return checks_->ready(number, events);
                if (number == files_number_) return follow_files();
                owner_.happened(number - first_own_);
            },
        .expired =
            [this](std::uint64_t number) {
                if (number < files_number_) return checks_->expired(number);
                owner_.happened(number - first_own_);
            },
    };
}

void Watch::tell(const ServicesHealth& health, const ServiceNotices& notices, const Cause& cause) const {
    for (const auto& [service, notice] : notices) {
        const ServiceHealth& told = health.services()[service];
        owner_.told(told, notice, notice.by == Notice::By::mail ? mail_text(told, notice, cause) : std::string());
    }
}

/// keepalived's own sentence, and below it what is wrong.
std::string Watch::mail_text(const ServiceHealth& health, const Notice& notice, const Cause& cause) {
    if (cause.kind == Cause::Kind::stop) return "=> Shutting down <=\n";
    if (!notice.server) return mail_sentence(health, notice.up, cause.kind == Cause::Kind::start) + "\n";
    if (cause.checker == nullptr) return "=> Removing <=\n";
    const Verdict verdict = cause.result != nullptr ? cause.result->verdict : Verdict{};
    std::string text = mail_sentence(*cause.checker, cause.checker_up, verdict.fault) + "\n";
    if (!cause.checker_up && !verdict.reason.empty())
        text += fmt::format("{}: {}\n", model::keyword_of(cause.checker->kind), base::shown(verdict.reason));
    return text;
}

void Watch::hear(std::size_t checker) {
    if (heard_[checker]) return;
    heard_[checker] = true;
    --unknown_;
}

table::Servings Watch::configured() const {
    table::Servings all;
    for (const ServiceHealth& service : health_->services()) {
        table::Serving serving;
        for (const table::ServerStanding& standing : service.standings())
            serving.servers.emplace_back(standing.weight_in_force());
        all.emplace(service.service().service.node, std::move(serving));
    }
    return all;
}

void Watch::start() {
    tell(*health_, health_->start(), {Cause::Kind::start});
    checks_->begin();
}

void Watch::take_over(const Watch& before) {
    const auto reload = health_->take_over(*before.health_);
    tell(*before.health_, reload.gone, {Cause::Kind::reload});
    for (const auto& [service, notice] : reload.notices) {
        if (!notice.server && notice.by == Notice::By::script_and_fifo) note_quorum(health_->services()[service]);
    }
    tell(*health_, reload.notices, {Cause::Kind::reload});
    checks_->begin();
}

void Watch::stop() {
    tell(*health_, health_->stop(), {Cause::Kind::stop});
}

void Watch::note_quorum(const ServiceHealth& health) const {
    WatchEvent quorum{.kind = WatchEvent::Kind::quorum, .service = health.service(), .up = health.has_quorum()};
    quorum.weight = static_cast<std::uint32_t>(table::weight_alive(health.standings()));
    owner_.changed(quorum);
}

CheckerRounds::Next Watch::note(std::size_t checker, const CheckResult* result,
                                const std::function<ServicesHealth::Outcome()>& event) {
    const ServiceHealth& health = health_->service_of(checker);
    const std::size_t place = health.server_of(checker);
    const table::ServerStanding before = health.standings()[place];
    const bool had_quorum = health.has_quorum();
    const ServicesHealth::Outcome outcome = event();
    const table::ServerStanding now = health.standings()[place];
    // Who serves follows from these alone. Most tries change nothing, and a service may have thousands of servers.
    table_changed_ = table_changed_ || health.has_quorum() != had_quorum || now != before;
    WatchEvent changed{.service = health.service(), .server = &health.service().servers[place]};
    changed.checker = &checked_.checkers[checker];
    changed.result = result;
    changed.server_up = now.alive;
    changed.server_changed = now.alive != before.alive;
    changed.weight = now.weight_in_force();
    changed.weight_before = before.weight_in_force();
    if (outcome.next.report) {
        changed.kind = WatchEvent::Kind::checker;
        changed.up = outcome.next.report->up;
        // That a server is up of which nobody thought otherwise is no news.
        if (outcome.next.report->up != outcome.next.report->was_up || !outcome.next.report->up) owner_.changed(changed);
    }
    if (now.alive && before.alive && changed.weight != changed.weight_before) {
        changed.kind = WatchEvent::Kind::weight;
        owner_.changed(changed);
    }
    if (health.has_quorum() != had_quorum) note_quorum(health);
    const bool checker_up = outcome.next.report ? outcome.next.report->up : changed.up;
    tell(*health_, outcome.notices, {Cause::Kind::check, &checked_.checkers[checker], result, checker_up});
    return outcome.next;
}

CheckerRounds::Next Watch::tried(std::size_t checker, const CheckResult& result) {
    const CheckerRounds::Next next = note(checker, &result, [&] {
        return health_->tried(checker, {result.verdict.state, result.exit_code, result.weight});
    });
    if (result.verdict.state == State::none || health_->service_of(checker).rounds(checker).has_run()) hear(checker);
    if (owner_.tried) owner_.tried(checker, result);
    return next;
}

void Watch::follow_files() {
    for (const std::string& path : files_.changed()) {
        const auto number = table::read_tracked_number(path);
        for (std::size_t i = 0; number && i < checked_.checkers.size(); ++i) {
            const auto* file = std::get_if<model::FileCheck>(&checked_.checkers[i].details);
            if (file == nullptr || file->file.path != path) continue;
            CheckResult result;
            result.line = file->name_line;
            result.verdict.reason = fmt::format("{} has the number {}", path, *number);
            note(i, &result, [&] { return health_->file_changed(i, *number); });
        }
    }
}

}  // namespace lbctl::health
