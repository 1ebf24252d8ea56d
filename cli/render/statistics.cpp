#include "cli/render/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>
#include <vector>

#include "cli/render/finding_json.h"
#include "grammar/base/append.h"
#include "grammar/base/json_text.h"
#include "grammar/validate/rule.h"

namespace lbctl::cli {

namespace {

using Json = nlohmann::ordered_json;

struct RuleCount {
    std::string_view rule;
    source::Severity severity = source::Severity::error;
    const validate::RulePage* page = nullptr;
    std::size_t count = 0;
};

std::vector<RuleCount> counts_of(const FindingsReport& report) {
    std::map<std::pair<std::string_view, source::Severity>, RuleCount> by_rule;
    for (const ReportedFinding& finding : report.findings) {
        RuleCount& of_rule = by_rule[{finding.rule, finding.severity}];
        of_rule = {finding.rule, finding.severity, finding.page, of_rule.count + 1};
    }
    std::vector<RuleCount> counts;
    for (const auto& [key, count] : by_rule) counts.push_back(count);
    std::ranges::sort(counts, [](const RuleCount& one, const RuleCount& other) {
        return std::tie(other.count, one.severity, one.rule) < std::tie(one.count, other.severity, other.rule);
    });
    return counts;
}

}  // namespace

std::string statistics_text(const FindingsReport& report) {
    std::string text;
    for (const RuleCount& each : counts_of(report)) {
        base::append(text, "{:>7}  {:<8} {:<32} {}\n", each.count, source::to_string(each.severity), each.rule,
                     each.page == nullptr ? "" : each.page->summary);
    }
    return text;
}

std::string statistics_json(const FindingsReport& report) {
    Json rules = Json::array();
    for (const RuleCount& each : counts_of(report)) {
        rules.push_back({{"rule", each.rule},
                         {"severity", source::to_string(each.severity)},
                         {"origin", to_string(each.page == nullptr ? validate::Origin::keepalived : each.page->origin)},
                         {"count", each.count}});
    }
    const Json document = {
        {"schema", "lbctl-statistics/1"}, {"rules", std::move(rules)}, {"summary", summary_json(report)}};
    return base::json_text(document, 2) + "\n";
}

}  // namespace lbctl::cli
