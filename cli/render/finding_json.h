#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/render/findings_report.h"

/// The parts of the schema "lbctl-findings/1", which several formats are made of.
namespace lbctl::cli {

[[nodiscard]] nlohmann::ordered_json finding_json(const ReportedFinding& finding);
[[nodiscard]] nlohmann::ordered_json unread_json(const UnreadFile& file);
/// How many files and findings there are.
[[nodiscard]] nlohmann::ordered_json summary_json(const FindingsReport& report);

}  // namespace lbctl::cli
