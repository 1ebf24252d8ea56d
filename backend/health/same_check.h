#pragma once

#include "grammar/model/checker.h"

namespace lbctl::health {

/// Whether two checkers of two readings of a configuration ask the same of the same server, so that what is known of
/// the one holds for the other. When and how often they ask does not matter.
bool is_same_check(const model::Checker& one, const model::Checker& other);

}  // namespace lbctl::health
