#pragma once

#include <string>
#include <vector>

#include "cli/lint/settings.h"
#include "cli/render/findings_report.h"
#include "grammar/validate/analysis.h"

namespace lbctl::cli {

/// What `lint` has found: what its stages hand from one to the next.
struct Linted {
    std::vector<validate::Analysis> analyses;  ///< one for each file or node, in their order
    std::vector<const Settings*> settings;     ///< of each of them
    /// What the nodes of a cluster have against each other, a list for each of `analyses`; empty: there is no cluster.
    std::vector<source::Findings> of_cluster;
    std::vector<UnreadFile> unread;
};

}  // namespace lbctl::cli
