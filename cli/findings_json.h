#pragma once

#include <string>
#include <vector>

#include "grammar/validate/analysis.h"

namespace lbctl::cli {

/// The findings of some files as one JSON object of the schema "lbctl-findings/1".
std::string findings_json(const std::vector<validate::Analysis>& analyses);

}  // namespace lbctl::cli
