#pragma once

#include <string>

#include "backend/table/plan.h"

namespace lbctl::cli {

/// The steps, one a line with its reason and its place in the configuration, numbered from 1.
std::string plan_text(const table::Plan& plan);

/// "2 services added, 12 destinations added, 1 service edited": how many steps of which kind, in the past tense
/// for `done`, otherwise as what is to be done.
std::string plan_summary(const table::Plan& plan, bool done);

}  // namespace lbctl::cli
