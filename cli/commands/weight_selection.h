#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "backend/keepalived/held_servers.h"
#include "backend/listing/target.h"
#include "backend/table/drained.h"
#include "backend/table/live.h"
#include "backend/table/plan.h"
#include "cli/commands/weight_change.h"
#include "grammar/base/result.h"

namespace lbctl::cli {

/// A destination and the weight that it is to have.
struct WeightChange {
    table::ServiceKey service;
    table::Destination before;
    std::uint32_t weight = 0;
    bool is_persistent = false;     ///< its service keeps clients
    std::uint32_t persistence = 0;  ///< seconds
    std::uint32_t templates = 0;    ///< persistence templates that lead to it

    [[nodiscard]] bool changes() const { return before.weight != weight; }
};

/// What is known of who looks after the table while lbctl changes weights.
struct Supervisor {
    const keepalived::SupervisedServers* servers = nullptr;  ///< of a keepalived; null: none runs, or not known
    /// Somebody looks after the table, and which servers he holds down cannot be seen.
    bool is_unseen = false;
    std::string file;                ///< keepalived's configuration
    bool makes_one_of_zero = false;  ///< see keepalived::Daemon::makes_one_of_zero()
};

/// A server that stays as it is, although a word names it.
struct LeftServer {
    enum class Why : std::uint8_t {
        held,      ///< keepalived keeps it from new connections
        removed,   ///< the same, and it is not in the table
        unseen,    ///< it has weight 0, and may be held down by somebody who cannot be looked at
        file_off,  ///< the configuration itself gives it weight 0
        off,       ///< drain: somebody else has given it weight 0
        unknown,   ///< drain: the same, and what it had before is not known
    };
    table::ServiceKey service;
    table::DestinationKey key;
    Why why = Why::held;
    std::string reason;        ///< where it is held
    std::uint32_t weight = 0;  ///< of the configuration, where that is known
    bool drained = false;      ///< drain: it is remembered from now on; enable: it was, and is not any more
};

/// What the words of `weight`, `drain` and `enable` name.
struct WeightSelection {
    std::vector<WeightChange> changes;  ///< in the order of the listing, also where nothing changes
    std::vector<LeftServer> left;
    /// Of `enable`: servers that are drained and not in the table now, by drained_key(), so that they come back with
    /// their weight.
    std::vector<std::string> absent;
    /// Of `enable`: servers that get their weight back, of which the table would not show that a check fails.
    std::vector<std::string> may_be_down;
    std::size_t invented = 0;       ///< `enable`: servers that get weight 1, as nobody knows which weight they had
    table::DrainedServers drained;  ///< those that are remembered afterwards

    /// A weight that was asked for by number, and that some server does not get.
    [[nodiscard]] bool falls_short(const WeightOptions& options) const;
};

/// Fails when some word names nothing, and says which. `drained` are those that are remembered by now.
Result<WeightSelection> select_weights(const table::LiveTable& live, const WeightOptions& options,
                                       const table::DrainedServers& drained, const Supervisor& supervisor);

/// The steps from the live table to the one with the new weights.
table::Plan weight_plan(const table::LiveTable& live, const std::vector<WeightChange>& changes);

/// The services in which these changes leave no server that takes new connections, where there was one before.
std::vector<table::ServiceKey> services_without_server(const table::LiveTable& live,
                                                       const std::vector<WeightChange>& changes);

}  // namespace lbctl::cli
