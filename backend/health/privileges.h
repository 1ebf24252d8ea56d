#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "backend/health/check_attempt.h"
#include "backend/health/checked_services.h"
#include "backend/health/services_health.h"
#include "grammar/base/result.h"
#include "grammar/model/notification.h"

namespace lbctl::health {

/// A capability of Linux (capabilities(7)), and what the watch needs it for.
struct NeededCapability {
    unsigned number = 0;  ///< as in linux/capability.h
    std::string_view name;
    std::string_view use;
};

struct NeededPrivileges {
    std::vector<NeededCapability> capabilities;
    /// A command runs as root, and is to have what root has, as it has with keepalived.
    bool runs_as_root = false;
};

/// What a watch is for, beside its checks.
struct WatchUse {
    bool applies = false;             ///< the table follows, and scripts are run
    bool in_other_namespace = false;  ///< the table is that of another network namespace
};

/// What those checkers and notifications need once the files are read and the table is there.
NeededPrivileges needed_privileges(const CheckedServices& checked, const ServicesHealth& health,
                                   const model::Notifications& notifications, const CheckOptions& options,
                                   const WatchUse& use);

/// Those of them that the calling thread does not have.
std::vector<NeededCapability> missing_capabilities(const NeededPrivileges& needed);

/// Gives up all capabilities of the calling thread but these, and for programs that it starts, too, unless one runs as
/// root. To be done before there are other threads.
Result<void> drop_privileges(const NeededPrivileges& needed);

}  // namespace lbctl::health
