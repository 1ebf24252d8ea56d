#pragma once

#include "grammar/base/address.h"

namespace lbctl::health {

/// Whether an interface of this network namespace has the address.
bool is_own_address(const IpAddress& address);

}  // namespace lbctl::health
