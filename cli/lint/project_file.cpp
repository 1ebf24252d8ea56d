#include "cli/lint/project_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "cli/analysis_options.h"
#include "cli/lint/settings_text.h"
#include "cli/nearest_name.h"
#include "grammar/base/shortened.h"
#include "grammar/validate/rule_names.h"

namespace lbctl::cli {

namespace {

namespace fs = std::filesystem;
using source::Severity;

using Kind = SettingsEntry::Kind;

/// Takes the settings of one file, key by key.
class Reader {
public:
    explicit Reader(ProjectFile& project) : project_(project) {}

    void read(const SettingsEntry& entry);

private:
    struct Key {
        std::string_view name;
        void (Reader::*read)(const SettingsEntry& entry);
    };
    static const std::array<Key, 10> keys;

    void report(const source::Range& where, std::string message, std::string hint = {}) {
        report_bad_settings(project_.faults.findings, where, std::move(message), std::move(hint));
    }

    bool expect(const SettingsEntry& entry, bool holds, std::string_view what) {
        if (!holds) report(entry.place, fmt::format("`{}' has to be {}", base::shortened(entry.key), what));
        return holds;
    }

    std::optional<Severity> level(const SettingsEntry& entry) {
        const auto severity = source::severity_named(entry.text);
        expect(entry, entry.kind == Kind::text && severity, "one of \"error\", \"warning\", \"info\"");
        return severity;
    }

    /// The names of rules and families in a list; those that are none are reported.
    std::vector<std::string> rules(const SettingsEntry& entry) {
        std::vector<std::string> names;
        if (!expect(entry, entry.kind == Kind::list, "a list of rules or families, as [\"lvs\", \"unknown-keyword\"]"))
            return names;
        for (const SettingsEntry& element : entry.inside) {
            if (element.kind != Kind::text)
                report(element.place, fmt::format("`{}' takes names in double quotes", base::shortened(entry.key)));
            else if (is_rule(element.text, element.place))
                names.push_back(element.text);
        }
        return names;
    }

    bool is_rule(const std::string& name, const source::Range& place) {
        if (validate::is_rule_name(name)) return true;
        const std::string_view meant = validate::nearest_rule_name(name);
        report(place, fmt::format("there is no rule or family `{}'", base::shortened(name)),
               meant.empty() ? "" : fmt::format("did you mean `{}'?", meant));
        return false;
    }

    void read_target(const SettingsEntry& entry) {
        if (!expect(entry, entry.kind == Kind::text, "a release in quotes, as \"2.2.7\", or \"installed\"")) return;
        const auto known = entry.text == installed_release ? Result<keywords::Version>() : target_version(entry.text);
        if (known)
            project_.target_version = entry.text;
        else
            report(entry.place,
                   fmt::format("`{}' is no release of keepalived that lbctl knows", base::shortened(entry.text)));
    }

    void read_host(const SettingsEntry& entry) {
        if (expect(entry, entry.kind == Kind::boolean, "true or false")) project_.host = entry.boolean;
    }

    void read_define(const SettingsEntry& entry) {
        if (!expect(entry, entry.kind == Kind::table, "a table of names and values")) return;
        for (const SettingsEntry& member : entry.inside) {
            if (!expect(member, member.kind == Kind::text, "a text in quotes")) continue;
            AnalysisArguments arguments;
            arguments.definitions = {fmt::format("{}={}", member.key, member.text)};
            if (analysis_options(arguments))
                project_.definitions.push_back(arguments.definitions.front());
            else
                report(member.key_place, fmt::format("`{}' is no name of a parameter", base::shortened(member.key)),
                       "letters, digits and underscores");
        }
    }

    void read_select(const SettingsEntry& entry) { project_.select = rules(entry); }
    void read_ignore(const SettingsEntry& entry) { project_.ignore = rules(entry); }

    void read_severity(const SettingsEntry& entry) {
        if (!expect(entry, entry.kind == Kind::table, "a table of rules and severities")) return;
        for (const SettingsEntry& member : entry.inside) {
            const bool known = is_rule(member.key, member.key_place);
            const auto severity = level(member);
            if (known && severity) project_.severities.emplace_back(member.key, *severity);
        }
    }

    void read_per_file(const SettingsEntry& entry) {
        if (!expect(entry, entry.kind == Kind::table, "a table of patterns and lists of rules")) return;
        for (const SettingsEntry& member : entry.inside) project_.per_file.push_back({member.key, rules(member)});
    }

    void read_fail_on(const SettingsEntry& entry) { project_.fail_on = level(entry); }
    void read_min_severity(const SettingsEntry& entry) { project_.min_severity = level(entry); }

    void read_baseline(const SettingsEntry& entry) {
        if (expect(entry, entry.kind == Kind::text && !entry.text.empty(), "the name of a file"))
            project_.baseline = (fs::path(project_.folder) / entry.text).lexically_normal().string();
    }

    ProjectFile& project_;
};

constexpr std::array<Reader::Key, 10> Reader::keys{{
    {"target-version", &Reader::read_target},
    {"host", &Reader::read_host},
    {"define", &Reader::read_define},
    {"select", &Reader::read_select},
    {"ignore", &Reader::read_ignore},
    {"severity", &Reader::read_severity},
    {"per-file-ignores", &Reader::read_per_file},
    {"fail-on", &Reader::read_fail_on},
    {"min-severity", &Reader::read_min_severity},
    {"baseline", &Reader::read_baseline},
}};

void Reader::read(const SettingsEntry& entry) {
    const auto* const key = std::ranges::find(keys, entry.key, &Key::name);
    if (key != keys.end()) return (this->*key->read)(entry);
    std::vector<std::string> names;
    for (const Key& each : keys) names.emplace_back(each.name);
    const std::string meant = nearest_name(entry.key, names);
    report(
        entry.key_place, fmt::format("there is no setting `{}'", base::shortened(entry.key)),
        meant.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : fmt::format("did you mean `{}'?", meant));
}

}  // namespace

std::optional<std::string> find_project_file(const std::string& configuration) {
    std::error_code error;
    fs::path folder = configuration == "-" ? fs::current_path(error) : fs::absolute(configuration, error).parent_path();
    if (error) return std::nullopt;
    for (folder = folder.lexically_normal();; folder = folder.parent_path()) {
        const fs::path here = folder / project_file_name;
        if (fs::exists(here, error)) return here.string();
        if (folder == folder.parent_path()) return std::nullopt;
    }
}

Result<ProjectFile> read_project_file(const std::string& path) {
    ProjectFile project;
    project.path = path;
    std::error_code error;
    project.folder = fs::absolute(path, error).lexically_normal().parent_path().string();
    const auto file = project.faults.sources.add_file(path);
    if (!file) return tl::make_unexpected(file.error());
    Reader reader(project);
    for (const SettingsEntry& entry : read_settings(project.faults.sources, *file, project.faults.findings))
        reader.read(entry);
    source::sort_findings(project.faults.findings);
    return project;
}

}  // namespace lbctl::cli
