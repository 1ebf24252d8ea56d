#pragma once

#include <string>

#include "backend/table/plan.h"
#include "cli/plan_file.h"

namespace lbctl::cli {

/// The steps, one a line with its reason and its place in the configuration, numbered from 1. Those that cut active
/// connections say how many.
std::string plan_text(const table::Plan& plan, const ActiveConnections& active = {});

/// "5 active connections would be cut": of all steps, as a line; "" when there are none. `waits` is whether they are
/// given time to end before.
std::string cut_text(const table::Plan& plan, const ActiveConnections& active, bool waits);

/// "2 services added, 12 destinations added, 1 service edited": how many steps of which kind, in the past tense
/// for `done`, otherwise as what is to be done.
std::string plan_summary(const table::Plan& plan, bool done);

}  // namespace lbctl::cli
