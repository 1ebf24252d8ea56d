#pragma once

#include <vector>

#include "grammar/model/lvs.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

/// The checks of a service that ask over another transport protocol than it has.
std::vector<OddCheck> odd_checks_of(const model::VirtualServer& service);

}  // namespace lbctl::rules
