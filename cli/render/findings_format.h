#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/render/findings_report.h"

namespace lbctl::cli {

/// What depends on where the text goes.
struct FindingsStyle {
    bool colour = false;
};

/// A way to write findings. A format is a file in findings/, which defines one of these, and a line in
/// findings/formats.def.
struct FindingsFormat {
    std::string_view name;
    std::string (*write)(const FindingsReport& report, const FindingsStyle& style);
    bool is_for_people = false;       ///< --quiet silences it, and a line that counts the findings follows
    bool needs_fingerprints = false;  ///< ReportedFinding::fingerprint
};

/// Every format, in the order of formats.def.
[[nodiscard]] std::span<const FindingsFormat* const> findings_formats();

/// The format of that name, or null.
[[nodiscard]] const FindingsFormat* find_findings_format(std::string_view name);

}  // namespace lbctl::cli
