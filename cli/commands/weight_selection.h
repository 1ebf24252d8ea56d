#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

/// What the words of `weight`, `drain` and `enable` name.
struct WeightSelection {
    std::vector<WeightChange> changes;  ///< in the order of the listing, also where nothing changes
    /// Of `enable`: servers that are drained and not in the table now, by drained_key(), so that they come back with
    /// their weight.
    std::vector<std::string> absent;
};

/// Fails when some word names nothing, and says which.
Result<WeightSelection> select_weights(const table::LiveTable& live, const WeightOptions& options,
                                       const table::DrainedServers& drained);

/// The steps from the live table to the one with the new weights.
table::Plan weight_plan(const table::LiveTable& live, const std::vector<WeightChange>& changes);

/// The services in which these changes leave no server that takes new connections, where there was one before.
std::vector<table::ServiceKey> services_without_server(const table::LiveTable& live,
                                                       const std::vector<WeightChange>& changes);

}  // namespace lbctl::cli
