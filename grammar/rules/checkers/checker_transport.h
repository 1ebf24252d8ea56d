#pragma once

#include <vector>

#include "grammar/ast/lvs.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

/// The checks of a service that ask over another transport protocol than it has.
std::vector<OddCheck> odd_checks_of(const ast::VirtualServer& service);

}  // namespace lbctl::rules
