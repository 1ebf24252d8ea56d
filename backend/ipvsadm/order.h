#pragma once

#include <vector>

#include "backend/table/table.h"

/// The order in which ipvsadm 1.31 lists (ipvsadm.c and libipvs.c). It compares 32-bit words by their signed
/// difference, so addresses and marks more than 2^31 apart come "the wrong way round"; this is the same.
namespace lbctl::ipvsadm {

/// Negative, 0 or positive, as for qsort(3). Not a strict weak ordering: not for std::sort.
int compare_as_ipvsadm(const table::Service& left, const table::Service& right);
int compare_as_ipvsadm(const table::Destination& left, const table::Destination& right);

/// The services, and the destinations of one service, in that order.
std::vector<const table::Service*> in_ipvsadm_order(const std::vector<table::Service>& services);
std::vector<const table::Destination*> in_ipvsadm_order(const std::vector<table::Destination>& destinations);

}  // namespace lbctl::ipvsadm
