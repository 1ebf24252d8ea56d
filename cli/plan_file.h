#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "backend/table/live.h"
#include "backend/table/plan.h"
#include "grammar/base/result.h"

/// A plan as a file, schema "lbctl-plan/1": made by one run, looked at, and carried out by another one that finds the
/// live table unchanged.
///
///     {"schema": "lbctl-plan/1", "live": "DIGEST", "namespace": "", "options": {"prune": false, …}, "owned": ["-t …"],
///      "wanted": {…}, "active_connections": 0,
///      "steps": [{"action": "add", "step": "add service TCP 10.0.0.1:80", "makes": "-t 10.0.0.1:80 -s rr", "reason":
///      "…"}]}
///
/// The steps are what a person reads. They are worked out again when the file is used, and have to be the same. So that
/// nothing of `wanted' can differ from them, `makes' says all that a step sets, as ipvsadm -S would.
namespace lbctl::cli {

struct SavedPlan {
    std::string net_namespace;
    std::string live_digest;
    table::PlanOptions options;
    std::set<table::ServiceKey> owned;
    table::Wanted wanted;
    std::string steps;  ///< the JSON of the steps, without what was counted in the live table
};

/// Active connections of the destinations that a plan removes, as they were when the live table was read.
using ActiveConnections = std::map<std::pair<table::ServiceKey, table::DestinationKey>, std::uint32_t>;

/// Those that have any.
ActiveConnections active_connections(const table::LiveTable& live);

/// Active connections that a step cuts, unless they end before; 0 for a step that removes nothing.
std::uint64_t cut_by(const table::Plan& plan, std::size_t step, const ActiveConnections& active);

/// The file's text. `owned` and `options` are what the plan was made with.
std::string plan_json(const table::Plan& plan, const std::set<table::ServiceKey>& owned,
                      const table::PlanOptions& options, const std::string& net_namespace,
                      const ActiveConnections& active);

/// The steps alone, as SavedPlan has them.
std::string steps_json(const table::Plan& plan);

/// What is said of a plan that was carried out: {"schema": "lbctl-apply/1", "steps": […]}, with steps as in the file.
std::string done_json(const table::Plan& plan);

/// Writes the text of plan_json(); "-" is standard output.
Result<void> write_plan_file(const std::string& file, const std::string& text);

Result<SavedPlan> read_plan_file(const std::string& file);

}  // namespace lbctl::cli
