#include "cli/lint/analyse.h"

#include <utility>

#include "cli/lint/cluster.h"
#include "grammar/validate/variants.h"

namespace lbctl::cli {

Linted analyse_files(const std::vector<std::string>& files, validate::AnalysisOptions options) {
    options.take = [](const ast::Node&, const source::Sources&, bool) { return true; };
    Linted linted;
    for (const std::string& file : files) {
        auto analysis =
            options.config_id ? validate::analyse_file(file, options) : validate::analyse_variants(file, options);
        if (analysis)
            linted.analyses.push_back(*std::move(analysis));
        else
            linted.unread.push_back({file, std::move(analysis.error())});
    }
    return linted;
}

Result<Linted> analyse_cluster(const std::vector<std::string>& files, const std::vector<std::string>& named,
                               const validate::AnalysisOptions& options) {
    const auto nodes = cluster_nodes(files, named, options);
    if (!nodes) return tl::make_unexpected(nodes.error());
    auto analyses = analyse_nodes(*nodes, options);
    if (!analyses) return tl::make_unexpected(analyses.error());
    Linted linted{*std::move(analyses), {}, {}};
    linted.of_cluster = cluster_findings(*nodes, linted.analyses, options);
    return linted;
}

}  // namespace lbctl::cli
