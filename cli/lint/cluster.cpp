#include "cli/lint/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/syntax/line_grammar.h"

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

/// The ids that @ID lines name, in their order; `negated` says whether a line is for all but one.
std::vector<std::string> ids_in(const source::Sources& sources, bool& negated) {
    std::vector<std::string> ids;
    for (source::FileId file = 0; file < sources.file_count(); ++file) {
        std::string_view text = sources.text(file);
        while (!text.empty()) {
            std::string_view line = source::take_line(text);
            line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
            if (!line.starts_with('@')) continue;
            const auto head = syntax::parse_condition(line);
            if (!head || head->id.empty()) continue;
            negated = negated || head->negated;
            const std::string id(head->id);
            if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
        }
    }
    return ids;
}

Result<std::vector<NodeFile>> nodes_of_one_file(const std::string& path, validate::AnalysisOptions options) {
    auto analysis = validate::analyse_file(path, options);
    if (!analysis) return tl::make_unexpected(analysis.error());
    bool negated = false;
    std::vector<NodeFile> nodes;
    for (std::string& id : ids_in(analysis->sources, negated)) nodes.push_back({id, path, id});
    // A node that none of the lines names: those for all but one are its.
    if (nodes.size() == 1 && negated) nodes.push_back({"another node", path, std::string()});
    if (nodes.size() > 1) return nodes;
    return failure(fmt::format("--cluster: {} is one node: it has no @ID lines for two", path),
                   "name the files of all nodes, or folders with one each");
}

bool is_told(const source::Finding& finding, const std::string& file, const NodeFile& node,
             const std::vector<NodeFile>& nodes, const std::vector<validate::Analysis>& analyses) {
    for (std::size_t i = 0; i < analyses.size(); ++i) {
        if (nodes[i].path != node.path) continue;
        for (const source::Finding& other : analyses[i].findings) {
            if (other.rule == finding.rule && other.message == finding.message &&
                other.where.range.begin == finding.where.range.begin &&
                analyses[i].sources.name(other.where.range.file) == file) {
                return true;
            }
        }
    }
    return false;
}

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
    for (const NodeFile& node : nodes) {
        validate::AnalysisOptions its = options;
        its.take = {};
        its.config_id = node.config_id;
        auto analysis = validate::analyse_file(node.path, its);
        if (!analysis) return tl::make_unexpected(analysis.error());
        source::Findings own;
        for (source::Finding& finding : analysis->findings) {
            const std::string& file = analysis->sources.name(finding.where.range.file);
            if (!is_told(finding, file, node, nodes, analyses)) own.push_back(std::move(finding));
        }
        analysis->findings = std::move(own);
        analyses.push_back(*std::move(analysis));
    }
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
