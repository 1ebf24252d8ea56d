#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"
#include "grammar/base/result.h"
#include "grammar/validate/analysis.h"

namespace lbctl::cli {

/// The options of every command that reads a configuration, as words of the command line.
struct AnalysisArguments {
    std::string target_version = keywords::default_target.to_string();
    bool has_target_version = false;
    std::string config_id;
    bool has_config_id = false;
    std::vector<std::string> definitions;
    bool host = false;
};

/// What stands for the release of the keepalived that is installed.
inline constexpr const char* installed_release = "installed";

/// The release that --target-version names; fails where there was none of that name. For installed_release it runs
/// `keepalived --version'.
Result<keywords::Version> target_version(const std::string& name);

/// Adds --target-version, --config-id and -D to a command.
void add_analysis_options(Command command, AnalysisArguments& arguments);

/// Reads what the options say; fails on a release that is none and on a definition without a name.
Result<validate::AnalysisOptions> analysis_options(const AnalysisArguments& arguments);

/// Where keepalived itself looks when it is given no file.
inline constexpr const char* default_configuration = "/etc/keepalived/keepalived.conf";

}  // namespace lbctl::cli
