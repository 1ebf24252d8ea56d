#pragma once

#include <string>

#include "grammar/source/finding.h"

namespace lbctl::cli {

/// Lays findings out for people: the place, what is wrong, the line with the place underlined, notes.
std::string findings_text(const source::Sources& sources, const source::Findings& findings, bool colour);

/// "2 errors, 1 warning in keepalived.conf"
std::string findings_summary(const source::Findings& findings);

}  // namespace lbctl::cli
