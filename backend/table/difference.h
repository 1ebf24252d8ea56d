#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/table/table.h"
#include "backend/table/wanted.h"

/// What has to change for one table to become another, grouped by service.
namespace lbctl::table {

/// Sides of a table that a comparison can leave out; a set is their bitwise or.
namespace aspect {
inline constexpr unsigned weights = 0x1;
inline constexpr unsigned thresholds = 0x2;
inline constexpr unsigned schedulers = 0x4;  ///< with their flags
inline constexpr unsigned persistence = 0x8;
inline constexpr unsigned methods = 0x10;  ///< with tunnel options
inline constexpr unsigned timeouts = 0x20;
inline constexpr unsigned daemons = 0x40;
}  // namespace aspect

/// The aspect that a word names ("weights"), nothing for other words.
std::optional<unsigned> aspect_from(std::string_view word);

/// One value that changes: field "weight", "3" to "0". Fields have the names of their JSON members.
struct FieldChange {
    std::string_view field;
    std::string before;
    std::string after;
};

/// "weight 3 → 0, method NAT → DR"
std::string to_string(const std::vector<FieldChange>& changes);

/// A destination that comes (no `before`), goes (no `after`) or changes.
struct DestinationDifference {
    const Destination* before = nullptr;
    const Destination* after = nullptr;
};

/// A service that comes, goes or changes. One that comes or goes has all its destinations in the list.
struct ServiceDifference {
    const Service* before = nullptr;
    const Service* after = nullptr;
    std::uint32_t after_index = 0;  ///< place of `after` among the services of its side
    bool edited = false;            ///< the service's own values change, not only its destinations
    std::vector<DestinationDifference> destinations;
};

struct DaemonDifference {
    const SyncDaemon* before = nullptr;
    const SyncDaemon* after = nullptr;
};

/// Points into the two sides, which must outlive it and stay where they are.
struct Difference {
    std::vector<ServiceDifference> services;  ///< in the order of `after`, then what goes in the order of `before`
    std::optional<Timeouts> timeouts_before;
    std::optional<Timeouts> timeouts_after;  ///< 0 where the value stays
    std::vector<DaemonDifference> daemons;

    [[nodiscard]] bool empty() const { return services.empty() && !timeouts_after && daemons.empty(); }
};

/// Compares two sides. A timeout of 0 in `after` is no wish; neither are daemons that a Wanted does not manage.
Difference compare(const Table& before, const Table& after, unsigned ignored = 0);
Difference compare(const Table& before, const Wanted& after, unsigned ignored = 0);

// What changes inside. Empty when nothing does.
std::vector<FieldChange> changes(const Service& before, const Service& after, unsigned ignored = 0);
std::vector<FieldChange> changes(const Destination& before, const Destination& after, unsigned ignored = 0);
std::vector<FieldChange> changes(const Timeouts& before, const Timeouts& after);

/// Whether a running daemon is what was asked for, where values that were not given take the kernel's defaults.
bool fulfils(const SyncDaemon& running, const SyncDaemon& wanted);

}  // namespace lbctl::table
