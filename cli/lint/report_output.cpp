#include "cli/lint/report_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "cli/render/relative_path.h"
#include "grammar/base/replace_file.h"
#include "grammar/source/files.h"

namespace lbctl::cli {

namespace {

namespace fs = std::filesystem;

/// Why no report can be written there; empty when one can.
std::string unwritable_reason(const std::string& file) {
    if (file == "-") return "standard output has what --format says";
    std::error_code fault;
    const fs::file_status status = fs::status(file, fault);
    if (fs::is_directory(status)) return "it is a folder";
    if (fs::exists(status) && !fs::is_regular_file(status)) return "it is no regular file";
    const fs::path folder = fs::path(file).parent_path();
    if (!folder.empty() && !fs::is_directory(folder, fault)) return "there is no such folder";
    return {};
}

bool is_one_file(const std::string& one, const std::string& other) {
    if (relative_path(one) == relative_path(other)) return true;
    const std::string identity = source::file_identity(one);
    return !identity.empty() && identity == source::file_identity(other);
}

}  // namespace

Result<std::vector<ReportOutput>> report_outputs(const std::vector<std::string>& words) {
    std::vector<ReportOutput> outputs;
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos || equals + 1 == word.size())
            return failure(fmt::format("--output: `{}' is not of the form FORMAT=FILE", word));
        ReportOutput output{find_findings_format(word.substr(0, equals)), word.substr(equals + 1)};
        if (output.format == nullptr) {
            return failure(fmt::format("--output: `{}' is no format", word.substr(0, equals)),
                           fmt::format("there are {}", fmt::join(findings_format_names(), ", ")));
        }
        if (const std::string reason = unwritable_reason(output.file); !reason.empty())
            return failure(fmt::format("--output: no report can be written to {}: {}", output.file, reason));
        const auto is_same = [&](const ReportOutput& other) { return is_one_file(other.file, output.file); };
        if (std::ranges::any_of(outputs, is_same))
            return failure(fmt::format("--output: two reports cannot be written to {}", output.file));
        outputs.push_back(std::move(output));
    }
    return outputs;
}

Result<void> refuse_read_files(std::span<const ReportOutput> outputs, const source::Sources& sources) {
    for (const ReportOutput& output : outputs) {
        for (source::FileId file = 0; file < sources.file_count(); ++file) {
            if (sources.name(file) != "-" && is_one_file(sources.name(file), output.file)) {
                return failure(
                    fmt::format("--output: {} is one of the files that were checked, so the report was "
                                "not written there",
                                output.file));
            }
        }
    }
    return {};
}

Result<void> write_report(const ReportOutput& output, const FindingsReport& report) {
    return base::replace_file(output.file, output.format->write(report, {}));
}

}  // namespace lbctl::cli
