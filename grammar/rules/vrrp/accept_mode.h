#pragma once

#include "grammar/rules/rule.h"

/// Whether a master that does not own its virtual addresses takes packets for them (Accept_Mode of RFC 9568).
namespace lbctl::rules {

/// The line that says so last, `accept` or `no_accept`; null: neither stands in the instance.
const ast::Node* accept_line(const model::VrrpInstance& instance);

/// The first virtual server on one of the instance's addresses, whose packets go where those addresses go; null: none.
/// What carries a firewall mark is not looked at: its addresses are not in the file.
const ServiceSummary* service_on(const Whole& whole, const model::VrrpInstance& instance, IpAddress& address);

}  // namespace lbctl::rules
