#pragma once

#include <set>
#include <string>

#include "backend/table/plan.h"
#include "grammar/source/result.h"

/// A plan as a file, schema "lbctl-plan/1": made by one run, looked at, and carried out by another one that finds the
/// live table unchanged.
///
///     {"schema": "lbctl-plan/1", "live": "DIGEST", "namespace": "", "options": {"prune": false, …}, "owned": ["-t …"],
///      "wanted": {…}, "steps": [{"action": "add", "step": "add service TCP 10.0.0.1:80", "reason": "…"}]}
///
/// The steps are what a person reads. They are worked out again when the file is used, and have to be the same.
namespace lbctl::cli {

struct SavedPlan {
    std::string net_namespace;
    std::string live_digest;
    table::PlanOptions options;
    std::set<table::ServiceKey> owned;
    table::Wanted wanted;
    std::string steps;  ///< the JSON of the steps
};

/// The file's text. `owned` and `options` are what the plan was made with.
std::string plan_json(const table::Plan& plan, const std::set<table::ServiceKey>& owned,
                      const table::PlanOptions& options, const std::string& net_namespace);

/// The steps alone, as SavedPlan has them.
std::string steps_json(const table::Plan& plan);

/// What is said of a plan that was carried out: {"schema": "lbctl-apply/1", "steps": […]}, with steps as in the file.
std::string done_json(const table::Plan& plan);

/// Writes the text of plan_json(); "-" is standard output.
Result<void> write_plan_file(const std::string& file, const std::string& text);

Result<SavedPlan> read_plan_file(const std::string& file);

}  // namespace lbctl::cli
