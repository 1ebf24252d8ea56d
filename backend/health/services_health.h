#pragma once

#include <cstddef>
#include <vector>

#include "backend/health/service_health.h"

namespace lbctl::health {

/// A notice with the virtual server that it is about, by place in CheckedServices::services.
struct ServiceNotice {
    std::size_t service = 0;
    Notice notice;
};
using ServiceNotices = std::vector<ServiceNotice>;

/// All virtual servers of a configuration over time. What it was made from must outlive it, and stay where it is.
class ServicesHealth {
public:
    ServicesHealth(const CheckedServices& checked, const model::Notifications& notifications, keywords::Version target);

    /// See ServiceHealth; in the order of the file.
    ServiceNotices start();
    [[nodiscard]] ServiceNotices stop() const;
    void remove(std::size_t checker) { of_checker(checker).remove(checker); }

    struct Outcome {
        CheckerRounds::Next next;
        ServiceNotices notices;
    };
    Outcome tried(std::size_t checker, const TryResult& result);
    Outcome file_changed(std::size_t checker, std::int64_t number);

    struct Reload {
        ServiceNotices gone;     ///< of what is no longer there, by the places before
        ServiceNotices notices;  ///< of what is
    };
    /// Instead of start(): a virtual server that was there before goes on from there.
    Reload take_over(const ServicesHealth& before);

    /// Who serves, by virtual_server block.
    [[nodiscard]] table::Servings servings() const;

    [[nodiscard]] const std::vector<ServiceHealth>& services() const { return services_; }
    [[nodiscard]] const ServiceHealth& service_of(std::size_t checker) const { return services_[owner_[checker]]; }

private:
    ServiceHealth& of_checker(std::size_t checker) { return services_[owner_[checker]]; }

    std::vector<ServiceHealth> services_;
    std::vector<std::size_t> owner_;  ///< of each checker, the place of its virtual server
};

}  // namespace lbctl::health
