#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/render/findings_report.h"

namespace lbctl::cli {

/// What depends on where the text goes.
struct FindingsStyle {
    bool colour = false;
};

/// A way to write findings. A format is a file in findings/, which defines one of these as NAME_format, and a line in
/// cli/CMakeLists.txt.
struct FindingsFormat {
    std::string_view name;
    std::string (*write)(const FindingsReport& report, const FindingsStyle& style);
    bool is_for_people = false;       ///< --quiet silences it, and a line that counts the findings follows
    bool needs_fingerprints = false;  ///< ReportedFinding::fingerprint
};

/// Every format, in the order of the list in cli/CMakeLists.txt.
[[nodiscard]] std::span<const FindingsFormat* const> findings_formats();

/// The format of that name, or null.
[[nodiscard]] const FindingsFormat* find_findings_format(std::string_view name);

/// The names of all formats, in their order.
[[nodiscard]] std::vector<std::string> findings_format_names();

}  // namespace lbctl::cli
