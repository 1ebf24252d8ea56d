#pragma once

#include <vector>

#include "backend/table/table.h"

/// The order in which ipvsadm 1.31 lists (ipvs.md section 3.3). It compares 32-bit words by their signed difference, so
/// addresses and marks more than 2^31 apart come "the wrong way round"; this is the same.
namespace lbctl::table {

/// Negative, 0 or positive, as for qsort(3). Not a strict weak ordering: not for std::sort.
int compare_as_ipvsadm(const Service& left, const Service& right);
int compare_as_ipvsadm(const Destination& left, const Destination& right);

/// The services, and the destinations of one service, in that order.
std::vector<const Service*> in_ipvsadm_order(const std::vector<Service>& services);
std::vector<const Destination*> in_ipvsadm_order(const std::vector<Destination>& destinations);

}  // namespace lbctl::table
