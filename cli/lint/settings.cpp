#include "cli/lint/settings.h"

#include <utility>

namespace lbctl::cli {

namespace {

std::string folder_of(const std::string& configuration) {
    return configuration == "-" ? std::string() : configuration.substr(0, configuration.rfind('/') + 1);
}

Result<RuleChoice> choice_of(const SettingsArguments& arguments) {
    for (const auto& [option, names] : {std::pair("--select", &arguments.select), {"--ignore", &arguments.ignore}}) {
        if (auto known = check_rule_names(option, *names); !known) return tl::make_unexpected(known.error());
    }
    RuleChoice choice;
    choice.select = arguments.select;
    choice.ignore = arguments.ignore;
    for (const std::string& text : arguments.severities) {
        auto severity = parse_severity("--severity", text);
        if (!severity) return tl::make_unexpected(severity.error());
        choice.severities.push_back(*std::move(severity));
    }
    return choice;
}

}  // namespace

bool Settings::runs(const validate::RulePage& page, bool cluster) const {
    if (page.family == "host" && !options.host) return false;
    if (page.family == "cluster" && !cluster) return false;
    return choice.selects(page);
}

void add_settings_options(Command command, SettingsArguments& arguments) {
    command.option("--select", arguments.select, "only these rules or families speak")
        .type_name("RULE,...")
        .separated_by(',');
    command.option("--ignore", arguments.ignore, "these rules or families do not speak")
        .type_name("RULE,...")
        .separated_by(',');
    command.option("--severity", arguments.severities, "what a rule or family finds is an error, a warning or an info")
        .type_name("RULE=LEVEL")
        .one_value_each();
    Option file = command.option("--config", arguments.project_file, "the settings, in place of the .lbctl.toml above")
                      .type_name("FILE")
                      .tells(arguments.has_project_file);
    command.flag("--no-config", arguments.no_project_file, "read no .lbctl.toml").excludes(file);
}

Result<SettingsByFile> SettingsByFile::make(const SettingsArguments& arguments) {
    SettingsByFile settings(arguments);
    if (auto choice = choice_of(arguments); !choice) return tl::make_unexpected(choice.error());
    // A command line that is wrong is told before anything is read.
    if (arguments.analysis.target_version != installed_release) {
        if (auto options = analysis_options(arguments.analysis); !options) return tl::make_unexpected(options.error());
    }
    return settings;
}

Result<Settings> SettingsByFile::merge(const ProjectFile* project) const {
    auto choice = choice_of(arguments_);
    if (!choice) return tl::make_unexpected(choice.error());
    AnalysisArguments analysis = arguments_.analysis;
    if (project != nullptr) {
        if (!analysis.has_target_version)
            analysis.target_version = project->target_version.value_or(analysis.target_version);
        analysis.host = analysis.host || project->host.value_or(false);
        analysis.definitions.insert(analysis.definitions.begin(), project->definitions.begin(),
                                    project->definitions.end());
        if (choice->select.empty()) choice->select = project->select.value_or(std::vector<std::string>{});
        choice->ignore.insert(choice->ignore.end(), project->ignore.begin(), project->ignore.end());
        choice->severities.insert(choice->severities.begin(), project->severities.begin(), project->severities.end());
        choice->per_file = project->per_file;
        choice->folder = project->folder;
    }
    auto options = analysis_options(analysis);
    if (!options) return tl::make_unexpected(options.error());
    return Settings{*std::move(options), *std::move(choice)};
}

Result<const SettingsByFile::Known*> SettingsByFile::look_up(const std::string& configuration) {
    const auto [folder, is_new] = project_of_folder_.try_emplace(folder_of(configuration));
    if (is_new) {
        if (arguments_.has_project_file)
            folder->second = arguments_.project_file;
        else if (!arguments_.no_project_file)
            folder->second = find_project_file(configuration).value_or(std::string());
    }
    if (const auto known = known_.find(folder->second); known != known_.end()) return &known->second;
    Known fresh;
    if (!folder->second.empty()) {
        auto project = read_project_file(folder->second);
        if (!project) return tl::make_unexpected(project.error());
        fresh.project = std::make_unique<ProjectFile>(*std::move(project));
    }
    auto settings = merge(fresh.project.get());
    if (!settings) return tl::make_unexpected(settings.error());
    fresh.settings = *std::move(settings);
    return &known_.emplace(folder->second, std::move(fresh)).first->second;
}

Result<const Settings*> SettingsByFile::of(const std::string& configuration) {
    return look_up(configuration).map([](const Known* known) { return &known->settings; });
}

Result<const ProjectFile*> SettingsByFile::project_of(const std::string& configuration) {
    return look_up(configuration).map([](const Known* known) -> const ProjectFile* { return known->project.get(); });
}

std::vector<validate::Analysis> SettingsByFile::take_faults() {
    std::vector<validate::Analysis> faults;
    for (auto& [path, known] : known_) {
        if (known.project && !known.project->faults.findings.empty())
            faults.push_back(std::move(known.project->faults));
    }
    return faults;
}

std::vector<std::string> SettingsByFile::project_files() const {
    std::vector<std::string> files;
    for (const auto& [path, known] : known_) {
        if (known.project) files.push_back(path);
    }
    return files;
}

}  // namespace lbctl::cli
