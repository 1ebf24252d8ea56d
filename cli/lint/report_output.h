#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/render/findings_format.h"
#include "grammar/base/result.h"
#include "grammar/source/sources.h"

namespace lbctl::cli {

/// A file that a report is written to.
struct ReportOutput {
    const FindingsFormat* format = nullptr;
    std::string file;
};

/// Reads words of the form FORMAT=FILE. Fails for an unknown format, for two reports in one file, and for what is no
/// regular file: a report is put in the place of the old one at once, and a device or a pipe has no such place.
Result<std::vector<ReportOutput>> report_outputs(const std::vector<std::string>& words);

/// Fails when one of the outputs is a file that the configurations were read from.
Result<void> refuse_read_files(std::span<const ReportOutput> outputs, const source::Sources& sources);

/// Writes the report into its file.
Result<void> write_report(const ReportOutput& output, const FindingsReport& report);

}  // namespace lbctl::cli
