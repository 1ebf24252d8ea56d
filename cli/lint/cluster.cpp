#include "cli/lint/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <tuple>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/validate/variants.h"

namespace lbctl::cli {

namespace {

namespace fs = std::filesystem;

/// The configuration in a folder of one node: keepalived.conf, else the only file that ends in .conf.
Result<std::string> file_of_folder(const std::string& folder) {
    const fs::path usual = fs::path(folder) / "keepalived.conf";
    std::error_code error;
    if (fs::exists(usual, error)) return usual.string();
    std::vector<std::string> found;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (at->path().extension() == ".conf") found.push_back(at->path().string());
    }
    if (found.size() == 1) return found.front();
    return failure(fmt::format("{} has {} files that end in .conf, and none is keepalived.conf", folder, found.size()),
                   "name the file of the node");
}

/// Files are called by their names, or by their folders where all have one name.
void name_files(std::vector<NodeFile>& nodes) {
    using Namer = std::string (*)(const fs::path&);
    constexpr Namer namers[] = {
        [](const fs::path& path) { return path.stem().string(); },
        [](const fs::path& path) { return fs::absolute(path).parent_path().filename().string(); },
        [](const fs::path& path) { return (fs::absolute(path).parent_path().filename() / path.stem()).string(); },
        [](const fs::path& path) { return path.string(); },
    };
    for (const Namer namer : namers) {
        std::set<std::string> names;
        for (NodeFile& node : nodes) {
            node.name = namer(node.path);
            names.insert(node.name);
        }
        if (names.size() == nodes.size()) return;
    }
}

Result<std::vector<NodeFile>> nodes_of_one_file(const std::string& path, validate::AnalysisOptions options) {
    options.config_id.reset();
    const auto analysis = validate::analyse_variants(path, options);
    if (!analysis) return tl::make_unexpected(analysis.error());
    const syntax::Conditions& conditions = analysis->conditions;
    if (conditions.ids().size() > validate::most_variants) {
        return failure(
            fmt::format("--cluster: the @ID lines of {} name more than {} nodes", path, validate::most_variants),
            "name those that are a cluster with --node NAME=FILE");
    }
    std::vector<NodeFile> nodes;
    for (const std::string& id : conditions.ids()) {
        if (!id.empty()) nodes.push_back({id, path, id});
    }
    // A node that none of the lines names: those for all but one are its.
    if (nodes.size() == 1 && conditions.has_negated()) nodes.push_back({"another node", path, std::string()});
    if (nodes.size() > 1) return nodes;
    return failure(fmt::format("--cluster: {} is one node: it has no @ID lines for two", path),
                   "name the files of all nodes, or folders with one each");
}

/// The findings of nodes that share a file, each told with the first node that has it.
class ToldOnce {
public:
    /// Takes out what an earlier node of the same file has told.
    source::Findings add(const NodeFile& node, std::size_t number, const source::Sources& sources,
                         source::Findings findings) {
        ++nodes_[node.path];
        const std::string id =
            node.config_id && !node.config_id->empty() ? *node.config_id : std::string(source::any_other_id);
        source::Findings own;
        for (source::Finding& finding : findings) {
            const source::Range& range = finding.where.range;
            const auto [at, is_new] = told_.try_emplace(
                {node.path, sources.name(range.file), range.begin, finding.rule, finding.message}, Told{number, {}});
            at->second.ids.push_back(id);
            if (is_new) own.push_back(std::move(finding));
        }
        return own;
    }

    /// Writes down for which ids the findings of a node hold, where not for all of its file.
    void name_ids(const NodeFile& node, std::size_t number, const source::Sources& sources,
                  source::Findings& findings) const {
        if (nodes_.at(node.path) == 1) return;
        for (source::Finding& finding : findings) {
            const source::Range& range = finding.where.range;
            const auto at =
                told_.find({node.path, sources.name(range.file), range.begin, finding.rule, finding.message});
            if (at == told_.end() || at->second.by != number || at->second.ids.size() == nodes_.at(node.path)) continue;
            finding.config_ids = at->second.ids;
        }
    }

private:
    using Key = std::tuple<std::string, std::string, source::Position, std::string_view, std::string>;
    struct Told {
        std::size_t by = 0;  ///< number of the node
        std::vector<std::string> ids;
    };
    std::map<Key, Told> told_;
    std::map<std::string, std::size_t> nodes_;  ///< how many a file has
};

}  // namespace

Result<std::vector<NodeFile>> cluster_nodes(const std::vector<std::string>& files,
                                            const std::vector<std::string>& named,
                                            const validate::AnalysisOptions& options) {
    std::vector<NodeFile> nodes;
    for (const std::string& file : files) {
        std::error_code error;
        if (!fs::is_directory(file, error)) {
            nodes.push_back({{}, file, options.config_id});
            continue;
        }
        auto inside = file_of_folder(file);
        if (!inside) return tl::make_unexpected(inside.error());
        nodes.push_back({{}, *std::move(inside), options.config_id});
    }
    name_files(nodes);
    for (const std::string& word : named) {
        const std::size_t equals = word.find('=');
        if (equals == 0 || equals == std::string::npos || equals + 1 == word.size()) {
            return failure(fmt::format("--node: `{}' is not of the form NAME=FILE", word));
        }
        NodeFile node{word.substr(0, equals), word.substr(equals + 1), word.substr(0, equals)};
        if (std::ranges::find(nodes, node.name, &NodeFile::name) != nodes.end()) {
            return failure(fmt::format("--node: there are two nodes with the name {}", node.name));
        }
        nodes.push_back(std::move(node));
    }
    if (nodes.size() == 1 && named.empty()) return nodes_of_one_file(nodes.front().path, options);
    if (nodes.size() < 2) return failure("--cluster needs the files of at least two nodes");
    return nodes;
}

Result<std::vector<validate::Analysis>> analyse_nodes(const std::vector<NodeFile>& nodes,
                                                      const validate::AnalysisOptions& options) {
    std::vector<validate::Analysis> analyses;
    analyses.reserve(nodes.size());
    ToldOnce told;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        validate::AnalysisOptions its = options;
        its.sink = nullptr;
        its.of_cluster = true;
        its.config_id = nodes[i].config_id;
        auto analysis = validate::analyse_file(nodes[i].path, its);
        if (!analysis) return tl::make_unexpected(analysis.error());
        analysis->findings = told.add(nodes[i], i, analysis->sources, std::move(analysis->findings));
        analyses.push_back(*std::move(analysis));
    }
    for (std::size_t i = 0; i < nodes.size(); ++i)
        told.name_ids(nodes[i], i, analyses[i].sources, analyses[i].findings);
    return analyses;
}

std::vector<source::Findings> cluster_findings(const std::vector<NodeFile>& nodes,
                                               const std::vector<validate::Analysis>& analyses,
                                               const validate::AnalysisOptions& options) {
    std::vector<rules::NodeInput> inputs;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        inputs.push_back({nodes[i].name, analyses[i].root, analyses[i].sources});
    }
    return rules::check_cluster(inputs, options.target);
}

}  // namespace lbctl::cli
