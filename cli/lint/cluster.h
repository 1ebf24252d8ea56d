#pragma once

#include <optional>
#include <string>
#include <vector>

#include "grammar/base/result.h"
#include "grammar/validate/analysis.h"

namespace lbctl::cli {

/// A node of a cluster, with the file that it would be started with.
struct NodeFile {
    std::string name;  ///< what findings call it
    std::string path;
    std::optional<std::string> config_id;  ///< what its @ID lines are held against; nothing: as without a cluster
};

/// The nodes that a command line names: files or folders of one node each, and words of the form NAME=FILE. A single
/// file is read to see which ids its @ID lines name: each is a node. Fails where there are not two nodes.
Result<std::vector<NodeFile>> cluster_nodes(const std::vector<std::string>& files,
                                            const std::vector<std::string>& named,
                                            const validate::AnalysisOptions& options);

/// Reads the nodes. What two ids of one file have in common is told once.
Result<std::vector<validate::Analysis>> analyse_nodes(const std::vector<NodeFile>& nodes,
                                                      const validate::AnalysisOptions& options);

/// What the nodes have against each other, a list for each of them.
std::vector<source::Findings> cluster_findings(const std::vector<NodeFile>& nodes,
                                               const std::vector<validate::Analysis>& analyses,
                                               const validate::AnalysisOptions& options);

}  // namespace lbctl::cli
