#pragma once

#include <string>

#include "cli/render/findings_report.h"
#include "grammar/source/finding.h"

namespace lbctl::cli {

/// Lays findings out for people: the place, what is wrong, the line with the place underlined, notes.
[[nodiscard]] std::string findings_text(const FindingsReport& report, bool colour);

/// The same for the findings of one configuration.
[[nodiscard]] std::string findings_text(const source::Sources& sources, const source::Findings& findings, bool colour);

/// "2 errors, 1 warning, 0 infos"; empty when nothing was found.
[[nodiscard]] std::string findings_summary(const FindingsReport& report);

}  // namespace lbctl::cli
