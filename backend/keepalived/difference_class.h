#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/keepalived/instances.h"
#include "backend/table/difference.h"
#include "backend/table/drained.h"
#include "backend/table/wanted.h"

/// Why the live table is not what a file asks for.
namespace lbctl::keepalived {

enum class DifferenceClass : std::uint8_t {
    drift,         ///< nobody explains it
    not_reloaded,  ///< keepalived has not read what the file says now
    down,          ///< keepalived's check has taken the server out, or the sorry server serves
    check,         ///< keepalived's check has put a server in, or set its weight
    drained,       ///< lbctl set weight 0, and remembers the weight from before
    role,          ///< the sync daemon has the state of its VRRP instance
};
inline constexpr std::size_t class_count = 6;

/// "drift", "not-reloaded", "down", "check", "drained", "role".
std::string_view to_string(DifferenceClass what);

struct Explanation {
    DifferenceClass what = DifferenceClass::drift;
    std::string reason;  ///< "its TCP_CHECK fails"; empty where there is nothing to say
};

/// The reason of a server that keepalived puts in once its check has succeeded (alpha).
inline constexpr const char* not_checked_yet = "its check has not succeeded yet";

/// The classes of a difference, each at the place of what it explains.
struct Explanations {
    struct OfService {
        std::optional<Explanation> service;  ///< of one that comes, goes or whose own values change
        std::vector<Explanation> destinations;
    };
    std::vector<OfService> services;
    std::optional<Explanation> timeouts;
    std::vector<Explanation> daemons;
    /// Where the sync daemon is as the file has it at the start of keepalived, which is not the state of its instance.
    std::optional<Explanation> role;

    /// How many differences are of each class, in the order of DifferenceClass.
    [[nodiscard]] std::array<std::size_t, class_count> counts() const;
    /// How many are of that class.
    [[nodiscard]] std::size_t count(DifferenceClass what) const { return counts()[static_cast<std::size_t>(what)]; }
};

/// Whether keepalived has read a file as it is now.
enum class InStep : std::uint8_t {
    yes,
    changed,  ///< the file, or one that it includes, has been changed since
    other,    ///< keepalived runs with another file
    unknown,  ///< it cannot be seen
};

/// "yes", "changed", "other", "unknown".
std::string_view to_string(InStep step);

/// What is known of those who change the table.
struct Circumstances {
    bool keepalived_runs = false;
    InStep in_step = InStep::unknown;
    const table::Wanted* running = nullptr;  ///< of the configuration that keepalived has read; null: not known
    std::vector<Instance> instances;
    bool makes_one_of_zero = false;  ///< Daemon::makes_one_of_zero()
    table::DrainedServers drained;   ///< change::RunState::read_drained()
};

/// Explains every part of a difference between a live table and the table of a file. With the configuration that
/// keepalived has read, a part is explained by what that says, and is `not_reloaded` where the file says something
/// else; without it, everything that nothing else explains is that when the file was changed.
Explanations explain(const table::Difference& difference, const table::Table& live, const table::Wanted& wanted,
                     const Circumstances& circumstances);

/// Whether somebody should look: there is drift, or keepalived has not read what the file says.
bool calls_for_action(const Explanations& explanations, InStep step);

}  // namespace lbctl::keepalived
