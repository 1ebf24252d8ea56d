#pragma once

#include <string>
#include <vector>

#include "backend/change/run_state.h"
#include "backend/table/table.h"

/// How an apply is taken back without taking back what others did since.
namespace lbctl::change {

/// The part of the live table that an apply touched, and what is to become of it.
struct WayBack {
    table::Table live;
    table::Table target;
    /// Where the target is not what was there before the apply, because somebody else changed it since, one a line:
    /// "TCP 10.0.0.1:80: scheduler rr → wlc", "10.0.1.3:80 of TCP 10.0.0.1:80: added".
    std::vector<std::string> left;
};

/// Every value that still is what the apply made it becomes what it was before: each value of a service and of a
/// destination, each timeout, each daemon. A destination that the apply added goes, and a service that it added with
/// its last destination; what it removed comes back. What differs from what the apply made it was changed by somebody
/// else, and stays as it is. Of an apply that is not complete, what is as it was before, or has been drained only, was
/// not reached by it.
WayBack way_back(const PendingConfirmation& pending, const table::Table& live);

}  // namespace lbctl::change
