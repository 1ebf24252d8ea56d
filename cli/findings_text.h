#pragma once

#include <span>
#include <string>

#include "grammar/source/finding.h"
#include "grammar/validate/analysis.h"

namespace lbctl::cli {

/// Lays findings out for people: the place, what is wrong, the line with the place underlined, notes.
std::string findings_text(const source::Sources& sources, const source::Findings& findings, bool colour);

/// "2 errors, 1 warning, 0 infos"; empty when nothing was found.
std::string findings_summary(std::span<const validate::Analysis> analyses);

}  // namespace lbctl::cli
