#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/lint/choice.h"
#include "grammar/base/result.h"
#include "grammar/source/finding.h"
#include "grammar/validate/analysis.h"

namespace lbctl::cli {

/// The settings of a project: .lbctl.toml, see lbctl-lint(1).
struct ProjectFile {
    std::string path;
    std::string folder;  ///< absolute; what names in it are relative to

    std::optional<std::string> target_version;
    std::optional<bool> host;
    std::vector<std::string> definitions;  ///< NAME=VALUE
    std::optional<std::vector<std::string>> select;
    std::vector<std::string> ignore;
    std::vector<std::pair<std::string, source::Severity>> severities;
    std::vector<RuleChoice::InFiles> per_file;
    std::optional<source::Severity> fail_on;
    std::optional<source::Severity> min_severity;
    std::optional<std::string> baseline;

    /// What is wrong with the file itself, with the file as the only one of its sources. What is wrong sets nothing.
    validate::Analysis faults;
};

inline constexpr const char* project_file_name = ".lbctl.toml";

/// The nearest .lbctl.toml in the folder of a configuration or above it; of standard input in the working directory or
/// above. Nothing: there is none.
std::optional<std::string> find_project_file(const std::string& configuration);

/// Reads one. Fails only when the file can't be read.
Result<ProjectFile> read_project_file(const std::string& path);

}  // namespace lbctl::cli
