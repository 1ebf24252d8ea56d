#pragma once

#include <string>

#include "cli/render/findings_report.h"

namespace lbctl::cli {

/// How often each rule speaks, the most frequent first: a line a rule and severity.
[[nodiscard]] std::string statistics_text(const FindingsReport& report);

/// The same as one object of the schema "lbctl-statistics/1".
[[nodiscard]] std::string statistics_json(const FindingsReport& report);

}  // namespace lbctl::cli
