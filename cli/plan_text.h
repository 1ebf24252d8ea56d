#pragma once

#include <string>

#include "backend/table/plan.h"

namespace lbctl::cli {

/// The steps, one a line with its reason and its place in the configuration, numbered from 1.
std::string plan_text(const table::Plan& plan);

/// "2 services and 12 destinations added, 1 edited, nothing removed": how many steps of which kind, in the past tense
/// for `done`, otherwise as what is to be done.
std::string plan_summary(const table::Plan& plan, bool done);

/// "keepalived.conf:12", empty without a place.
std::string place_text(const table::SourcePlace& place);

}  // namespace lbctl::cli
