#pragma once

#include <vector>

#include "cli/render/findings_report.h"
#include "grammar/validate/analysis.h"

namespace lbctl::cli {

/// What `lint` has found: what its stages hand from one to the next.
struct Linted {
    std::vector<validate::Analysis> analyses;  ///< one for each file or node, in their order
    /// What the nodes of a cluster have against each other, a list for each of `analyses`; empty: there is no cluster.
    std::vector<source::Findings> of_cluster;
    std::vector<UnreadFile> unread;
};

}  // namespace lbctl::cli
