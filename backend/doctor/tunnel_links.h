#pragma once

#include <vector>

#include "backend/doctor/machine.h"
#include "backend/emit/real_server_plan.h"

namespace lbctl::doctor {

/// The devices on which packets of such a tunnel can come out, whatever they are called.
std::vector<const Link*> links_for(const Machine& machine, const emit::PlannedTunnel& tunnel);

}  // namespace lbctl::doctor
