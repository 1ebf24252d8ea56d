#pragma once

#include <string>
#include <vector>

#include "cli/lint/linted.h"
#include "grammar/base/result.h"
#include "grammar/validate/analysis.h"

namespace lbctl::cli {

/// Reads and checks files, each for itself.
Linted analyse_files(const std::vector<std::string>& files, validate::AnalysisOptions options);

/// Reads and checks the nodes of a cluster (see cluster_nodes()), and holds them against each other.
Result<Linted> analyse_cluster(const std::vector<std::string>& files, const std::vector<std::string>& named,
                               const validate::AnalysisOptions& options);

}  // namespace lbctl::cli
