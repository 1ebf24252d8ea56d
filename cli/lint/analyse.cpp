#include "cli/lint/analyse.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/lint/cluster.h"
#include "cli/lint/in_parallel.h"
#include "cli/lint/progress.h"
#include "grammar/source/files.h"
#include "grammar/validate/variants.h"

namespace lbctl::cli {

namespace {

Result<validate::Analysis> analyse(const std::string& file, validate::AnalysisOptions options) {
    validate::ForgettingSink sink;
    options.sink = &sink;
    return options.config_id ? validate::analyse_file(file, options) : validate::analyse_variants(file, options);
}

/// Which of the files that nobody named are included by another one. Of two that include each other the first stays.
std::vector<bool> parts_of_others(const std::vector<std::string>& files, const std::set<std::string>& unnamed,
                                  const std::vector<std::optional<Result<validate::Analysis>>>& analyses) {
    std::vector<bool> parts(files.size());
    if (unnamed.empty()) return parts;
    std::vector<std::string> identities;
    std::map<std::string, std::vector<std::size_t>> included_by;
    for (std::size_t i = 0; i < files.size(); ++i) {
        identities.push_back(source::file_identity(files[i]));
        if (!*analyses[i]) continue;
        const source::Sources& sources = (*analyses[i])->sources;
        for (source::FileId file = 1; file < sources.file_count(); ++file)
            included_by[source::file_identity(sources.name(file))].push_back(i);
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto others = included_by.find(identities[i]);
        if (!unnamed.contains(files[i]) || others == included_by.end()) continue;
        parts[i] = std::ranges::any_of(others->second, [&](std::size_t other) { return other != i && !parts[other]; });
    }
    return parts;
}

}  // namespace

Result<Linted> analyse_files(const FilesToLint& files, SettingsByFile& settings, std::size_t jobs,
                             const Streams& streams, const source::ChangedTexts* changed) {
    std::vector<const Settings*> its;
    for (const std::string& file : files.files) {
        const auto found = settings.of(file);
        if (!found) return tl::make_unexpected(found.error());
        its.push_back(*found);
    }
    std::vector<std::optional<Result<validate::Analysis>>> analyses(files.files.size());
    {
        Progress progress(streams, analyses.size());
        in_parallel(analyses.size(), jobs, [&](std::size_t number) {
            validate::AnalysisOptions options = its[number]->options;
            options.changed = changed;
            if (changed != nullptr) options.config_id.reset();
            analyses[number].emplace(analyse(files.files[number], std::move(options)));
            progress.step();
        });
    }
    const std::vector<bool> parts = parts_of_others(files.files, files.of_folders, analyses);
    Linted linted;
    for (std::size_t i = 0; i < analyses.size(); ++i) {
        if (parts[i]) continue;
        Result<validate::Analysis>& analysis = *analyses[i];
        if (!analysis) {
            linted.unread.push_back({files.files[i], std::move(analysis.error())});
            continue;
        }
        linted.analyses.push_back(*std::move(analysis));
        linted.settings.push_back(its[i]);
    }
    return linted;
}

Result<Linted> analyse_cluster(const std::vector<std::string>& files, const std::vector<std::string>& named,
                               SettingsByFile& settings) {
    // One release for all nodes: they are held against each other.
    const std::string& first = files.empty() ? named.front().substr(named.front().find('=') + 1) : files.front();
    const auto its = settings.of(first);
    if (!its) return tl::make_unexpected(its.error());
    const validate::AnalysisOptions& options = (*its)->options;
    const auto nodes = cluster_nodes(files, named, options);
    if (!nodes) return tl::make_unexpected(nodes.error());
    auto analyses = analyse_nodes(*nodes, options);
    if (!analyses) return tl::make_unexpected(analyses.error());
    Linted linted;
    linted.analyses = *std::move(analyses);
    linted.of_cluster = cluster_findings(*nodes, linted.analyses, options);
    for (const NodeFile& node : *nodes) {
        const auto of_node = settings.of(node.path);
        if (!of_node) return tl::make_unexpected(of_node.error());
        linted.settings.push_back(*of_node);
    }
    return linted;
}

}  // namespace lbctl::cli
