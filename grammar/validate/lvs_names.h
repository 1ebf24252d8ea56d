#pragma once

#include <string>
#include <string_view>

#include "grammar/model/lvs.h"

/// What messages call virtual servers and what they hold.
namespace lbctl::validate {

/// "10.0.0.1:80", "fwmark 3", "group web"
std::string label_of(const model::VirtualServer& service);

/// "NAT", as lvs_method spells it.
std::string_view to_string(model::ForwardingKind kind);

/// "TCP"
std::string_view to_string(model::Protocol protocol);

}  // namespace lbctl::validate
