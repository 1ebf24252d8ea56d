#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/analysis_options.h"
#include "cli/command_line.h"
#include "cli/lint/choice.h"
#include "cli/lint/project_file.h"
#include "grammar/base/result.h"

namespace lbctl::cli {

/// What the command line says of how configurations are checked, and which rules speak.
struct SettingsArguments {
    AnalysisArguments analysis;
    std::vector<std::string> select;
    std::vector<std::string> ignore;
    std::vector<std::string> severities;  ///< RULE=LEVEL
    std::string project_file;             ///< of --config
    bool has_project_file = false;
    bool no_project_file = false;
};

/// How one configuration is checked, by its project file and by the command line.
struct Settings {
    validate::AnalysisOptions options;
    RuleChoice choice;

    /// Whether a rule has a chance to speak.
    [[nodiscard]] bool runs(const validate::RulePage& page, bool cluster) const;
};

/// Adds the options of the choice to a command; those of the analysis are not among them.
void add_settings_options(Command command, SettingsArguments& arguments);

/// The settings of configurations by their place. A project file is read once.
class SettingsByFile {
public:
    /// Fails on a command line that is wrong.
    static Result<SettingsByFile> make(const SettingsArguments& arguments);

    /// Fails when a project file cannot be read, or asks for what this machine does not have.
    Result<const Settings*> of(const std::string& configuration);

    /// The project file of a configuration; null: there is none.
    Result<const ProjectFile*> project_of(const std::string& configuration);

    /// What is wrong with the project files that were read.
    std::vector<validate::Analysis> take_faults();

    /// The project files that were read.
    [[nodiscard]] std::vector<std::string> project_files() const;

private:
    struct Known {
        std::unique_ptr<ProjectFile> project;  ///< null: there is none
        Settings settings;
    };
    explicit SettingsByFile(const SettingsArguments& arguments) : arguments_(arguments) {}
    Result<const Known*> look_up(const std::string& configuration);
    Result<Settings> merge(const ProjectFile* project) const;

    SettingsArguments arguments_;
    std::map<std::string, std::string> project_of_folder_;
    std::map<std::string, Known> known_;  ///< by the path of the project file; "" for none
};

}  // namespace lbctl::cli
