#include "cli/lint/choose.h"

#include "grammar/validate/suppressions.h"

namespace lbctl::cli {

void choose(Linted& linted, bool all_ids) {
    validate::Suppressions suppressions;
    for (std::size_t i = 0; i < linted.analyses.size(); ++i) {
        validate::Analysis& analysis = linted.analyses[i];
        suppressions.apply(analysis.sources, analysis.findings);
        if (i < linted.of_cluster.size()) suppressions.apply(analysis.sources, linted.of_cluster[i]);
    }
    for (std::size_t i = 0; i < linted.analyses.size(); ++i) {
        validate::Analysis& analysis = linted.analyses[i];
        const Settings& settings = *linted.settings[i];
        if (all_ids || analysis.conditions.ids().empty()) {
            suppressions.report_unused(analysis.sources, analysis.findings, [&](const validate::RulePage& page) {
                return settings.runs(page, !linted.of_cluster.empty());
            });
        }
        choose(settings.choice, analysis.sources, analysis.findings);
        if (i < linted.of_cluster.size()) choose(settings.choice, analysis.sources, linted.of_cluster[i]);
    }
}

}  // namespace lbctl::cli
