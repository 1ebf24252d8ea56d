#pragma once

#include <nlohmann/json_fwd.hpp>
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

/// The file's JSON. `owned` and `options` are what the plan was made with.
nlohmann::ordered_json plan_to_json(const table::Plan& plan, const std::set<table::ServiceKey>& owned,
                                    const table::PlanOptions& options, const std::string& net_namespace);

Result<void> write_plan_file(const std::string& file, const nlohmann::ordered_json& plan);

Result<SavedPlan> read_plan_file(const std::string& file);

/// The wanted table in the shape that plan files have.
nlohmann::ordered_json wanted_to_json(const table::Wanted& wanted);

}  // namespace lbctl::cli
