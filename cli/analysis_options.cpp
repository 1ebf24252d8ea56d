#include "cli/analysis_options.h"

#include <fmt/format.h>

#include "cli/installed_keepalived.h"
#include "grammar/syntax/line_grammar.h"

namespace lbctl::cli {

void add_analysis_options(Command command, AnalysisArguments& arguments) {
    command
        .option("--target-version", arguments.target_version,
                "the keepalived release to check for (2.4.3), or installed")
        .type_name("RELEASE")
        .tells(arguments.has_target_version);
    command.option("-i,--config-id", arguments.config_id, "what @ID lines are held against (the node name)")
        .type_name("ID")
        .last_counts()
        .may_be_empty()
        .tells(arguments.has_config_id);
    command.option("-D,--define", arguments.definitions, "define a parameter, as $NAME=VALUE in the file would")
        .type_name("NAME=VALUE")
        .one_value_each();
}

namespace {

Result<keywords::Version> known_installed_release() {
    const auto version = installed_keepalived();
    if (!version) return failure("--target-version installed: " + version.error().message, version.error().hint);
    if (keywords::oldest_target <= *version && *version <= keywords::default_target) return *version;
    return failure(
        fmt::format("--target-version installed: keepalived {} is none of the releases from {} to {}",
                    version->to_string(), keywords::oldest_target.to_string(), keywords::default_target.to_string()),
        fmt::format(
            "check for the nearest one with --target-version {}",
            (*version < keywords::oldest_target ? keywords::oldest_target : keywords::default_target).to_string()));
}

}  // namespace

Result<keywords::Version> target_version(const std::string& name) {
    if (name == installed_release) return known_installed_release();
    const auto version = keywords::Version::parse(name);
    if (version && keywords::oldest_target <= *version && *version <= keywords::default_target) return *version;
    return failure(fmt::format("--target-version: `{}' is no release from {} to {}", name,
                               keywords::oldest_target.to_string(), keywords::default_target.to_string()));
}

Result<validate::AnalysisOptions> analysis_options(const AnalysisArguments& arguments) {
    validate::AnalysisOptions options;
    options.host = arguments.host;
    const auto target = target_version(arguments.target_version);
    if (!target) return tl::make_unexpected(target.error());
    options.target = *target;
    if (arguments.has_config_id) options.config_id = arguments.config_id;
    for (const std::string& definition : arguments.definitions) {
        const std::string line = "$" + definition;
        const auto head = syntax::parse_definition(line);
        if (!head) {
            return failure(fmt::format(
                "-D: `{}' is not of the form NAME=VALUE, with a name of letters, digits and underscores", definition));
        }
        options.definitions.emplace_back(head->name, line.substr(head->value));
    }
    return options;
}

}  // namespace lbctl::cli
