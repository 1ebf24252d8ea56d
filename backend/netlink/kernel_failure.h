#pragma once

#include <string>
#include <string_view>

#include "backend/table/request.h"
#include "grammar/base/result.h"

/// The kernel's errno in words, for each kind of request.
namespace lbctl::netlink {

/// What could not be done to which object, why, and what to do about it (errno as ip_vs_ctl.c of Linux gives it).
Failure change_failure(const table::Request& request, int error);

/// The same for a read; `what` is the middle of "cannot read WHAT": "the IPVS services".
Failure read_failure(std::string_view what, int error);

/// No family "IPVS" on this kernel.
Failure missing_family_failure();

}  // namespace lbctl::netlink
