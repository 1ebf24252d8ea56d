// lbctl without its rules beyond keepalived: what tests/bench/lint_rules.py measures against. It stands in the place of
// grammar/rules/registry.cpp.

#include "grammar/rules/rule.h"

namespace lbctl::rules {

std::span<const Rule* const> all_rules() {
    return {};
}

void check_service(const Context& /*context*/, const model::VirtualServer& /*service*/) {}

ServiceSummary summary_of(const model::VirtualServer& /*service*/) {
    return {};
}

}  // namespace lbctl::rules
