#include "cli/lint/choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "cli/nearest_name.h"
#include "cli/render/relative_path.h"
#include "grammar/base/shortened.h"
#include "grammar/validate/rule_names.h"

namespace lbctl::cli {

namespace {

using source::Finding;
using source::Severity;
using validate::RulePage;

/// How much a list says of a rule: nothing, its family, the rule itself.
enum class Naming { none, family, rule };

Naming naming(std::span<const std::string> names, const RulePage& page) {
    Naming strongest = Naming::none;
    for (const std::string& name : names) {
        if (name == page.id) return Naming::rule;
        if (name == page.family) strongest = Naming::family;
    }
    return strongest;
}

std::optional<Severity> severity_for(const RuleChoice& choice, const RulePage& page) {
    std::optional<Severity> found;
    Naming by = Naming::none;
    for (const auto& [name, severity] : choice.severities) {
        const Naming naming = name == page.id ? Naming::rule : name == page.family ? Naming::family : Naming::none;
        if (naming == Naming::none || naming < by) continue;
        by = naming;
        found = severity;
    }
    return found;
}

/// What a choice says of one rule.
struct Verdict {
    bool selected = true;
    std::optional<Severity> severity;
    const RulePage* page = nullptr;
};

}  // namespace

bool RuleChoice::selects(const RulePage& page) const {
    const Naming selected = select.empty() ? Naming::none : naming(select, page);
    if (!select.empty() && selected == Naming::none) return false;
    const Naming ignored = naming(ignore, page);
    return ignored == Naming::none || (selected == Naming::rule && ignored == Naming::family);
}

bool matches_pattern(std::string_view pattern, std::string_view path) {
    if (pattern.find('/') == std::string_view::npos) path.remove_prefix(path.rfind('/') + 1);
    std::size_t in_pattern = 0;
    std::size_t in_path = 0;
    // Where to go on when the last star has to take one character more.
    std::optional<std::size_t> star;
    std::size_t taken = 0;
    while (in_path < path.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            taken = in_path;
        } else if (in_pattern < pattern.size() &&
                   (pattern[in_pattern] == '?' || pattern[in_pattern] == path[in_path])) {
            ++in_pattern;
            ++in_path;
        } else if (star) {
            in_pattern = *star + 1;
            in_path = ++taken;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

Result<void> check_rule_names(std::string_view option, std::span<const std::string> names) {
    for (const std::string& name : names) {
        if (!validate::is_rule_name(name))
            return failure(fmt::format("{}: {}", option, validate::unknown_rule_message(name)),
                           "`man lbctl-rules' lists them");
    }
    return {};
}

Result<std::pair<std::string, Severity>> parse_severity(std::string_view option, std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return failure(fmt::format("{}: `{}' is not of the form RULE=LEVEL", option, base::shortened(text)));
    }
    const std::vector<std::string> name{std::string(text.substr(0, equals))};
    if (auto known = check_rule_names(option, name); !known) return tl::make_unexpected(known.error());
    const auto severity = source::severity_named(text.substr(equals + 1));
    if (!severity) {
        const std::vector<std::string> levels{"error", "warning", "info"};
        const std::string meant = nearest_name(text.substr(equals + 1), levels);
        return failure(
            fmt::format("{}: `{}' is none of error, warning, info{}", option, base::shortened(text.substr(equals + 1)),
                        meant.empty() ? "" : fmt::format("; did you mean `{}'?", meant)),
            "to hide what a rule finds, use --ignore");
    }
    return std::pair(name.front(), *severity);
}

void choose(const RuleChoice& choice, const source::Sources& sources, source::Findings& findings) {
    if (choice.select.empty() && choice.ignore.empty() && choice.severities.empty() && choice.per_file.empty()) return;
    std::unordered_map<std::string_view, Verdict> verdicts;
    const auto verdict_on = [&](std::string_view rule) -> const Verdict& {
        const auto [at, is_new] = verdicts.try_emplace(rule);
        if (is_new) {
            if (const RulePage* const page = validate::find_rule_page(rule))
                at->second = {choice.selects(*page), severity_for(choice, *page), page};
        }
        return at->second;
    };
    std::unordered_map<source::FileId, std::vector<const RuleChoice::InFiles*>> per_file;
    const auto lists_of = [&](source::FileId file) -> const std::vector<const RuleChoice::InFiles*>& {
        const auto [at, is_new] = per_file.try_emplace(file);
        if (is_new && !choice.per_file.empty()) {
            const std::string path = path_from(choice.folder, sources.name(file));
            for (const RuleChoice::InFiles& each : choice.per_file) {
                if (matches_pattern(each.pattern, path)) at->second.push_back(&each);
            }
        }
        return at->second;
    };
    const auto unchosen = std::stable_partition(findings.begin(), findings.end(), [&](const Finding& finding) {
        const Verdict& verdict = verdict_on(finding.rule);
        if (!verdict.selected) return false;
        return verdict.page == nullptr ||
               std::ranges::none_of(lists_of(finding.where.range.file), [&](const RuleChoice::InFiles* each) {
                   return naming(each->ignore, *verdict.page) != Naming::none;
               });
    });
    findings.erase(unchosen, findings.end());
    for (Finding& finding : findings) {
        if (const auto& severity = verdict_on(finding.rule).severity) finding.severity = *severity;
    }
}

}  // namespace lbctl::cli
