#include "backend/health/services_health.h"

#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace lbctl::health {

namespace {

/// What makes two virtual servers of two readings the same one.
using Identity = std::tuple<std::string_view, std::optional<Family>, std::size_t>;

Identity identity_of(const ServiceHealth& health) {
    const CheckedService& service = health.service();
    return {service.name, service.service.family, service.ordinal};
}

void append(ServiceNotices& all, std::size_t service, const Notices& notices) {
    for (const Notice& notice : notices) all.push_back({service, notice});
}

}  // namespace

ServicesHealth::ServicesHealth(const CheckedServices& checked, const model::Notifications& notifications,
                               keywords::Version target) {
    services_.reserve(checked.services.size());
    owner_.resize(checked.checkers.size());
    for (const CheckedService& service : checked.services) {
        for (const CheckedServer& server : service.servers) {
            for (std::size_t i = 0; i < server.checker_count; ++i) owner_[server.first_checker + i] = services_.size();
        }
        services_.emplace_back(service, checked.checkers, notifications, target);
    }
}

ServiceNotices ServicesHealth::start() {
    ServiceNotices notices;
    for (std::size_t i = 0; i < services_.size(); ++i) append(notices, i, services_[i].start());
    return notices;
}

ServiceNotices ServicesHealth::stop() const {
    ServiceNotices notices;
    for (std::size_t i = 0; i < services_.size(); ++i) append(notices, i, services_[i].stop());
    return notices;
}

ServicesHealth::Outcome ServicesHealth::tried(std::size_t checker, const TryResult& result) {
    ServiceHealth::Outcome outcome = of_checker(checker).tried(checker, result);
    Outcome all{outcome.next, {}};
    append(all.notices, owner_[checker], outcome.notices);
    return all;
}

ServicesHealth::Outcome ServicesHealth::file_changed(std::size_t checker, std::int64_t number) {
    ServiceHealth::Outcome outcome = of_checker(checker).file_changed(checker, number);
    Outcome all{outcome.next, {}};
    append(all.notices, owner_[checker], outcome.notices);
    return all;
}

ServicesHealth::Reload ServicesHealth::take_over(const ServicesHealth& before) {
    std::map<Identity, std::size_t> known;
    for (std::size_t i = 0; i < before.services_.size(); ++i) known.emplace(identity_of(before.services_[i]), i);
    Reload reload;
    for (std::size_t i = 0; i < services_.size(); ++i) {
        const auto same = known.find(identity_of(services_[i]));
        if (same == known.end()) {
            append(reload.notices, i, services_[i].start());
            continue;
        }
        const auto takeover = services_[i].take_over(before.services_[same->second]);
        append(reload.gone, same->second, takeover.gone);
        append(reload.notices, i, takeover.notices);
        known.erase(same);
    }
    for (std::size_t i = 0; i < before.services_.size(); ++i) {
        if (known.contains(identity_of(before.services_[i]))) append(reload.gone, i, before.services_[i].leave());
    }
    return reload;
}

table::Servings ServicesHealth::servings() const {
    table::Servings servings;
    for (const ServiceHealth& service : services_) servings.emplace(service.service().service.node, service.serving());
    return servings;
}

}  // namespace lbctl::health
