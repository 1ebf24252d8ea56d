#pragma once

#include <span>

#include "backend/doctor/check.h"
#include "grammar/source/finding.h"
#include "grammar/source/sources.h"

namespace lbctl::cli {

/// What was found on a machine, as findings of the configuration that asks for it, so that every format of findings
/// tells it. What was read becomes files of `sources`, called as where it was read, into which notes point; a finding
/// that no line of the configuration asks for stands there.
source::Findings machine_findings(std::span<const doctor::Finding> found, source::Sources& sources);

}  // namespace lbctl::cli
