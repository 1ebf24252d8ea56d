#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/base/result.h"
#include "grammar/source/finding.h"
#include "grammar/validate/rule.h"

namespace lbctl::cli {

/// Which rules speak, and how loudly. Names are those of rules, or of families for all rules in them; the name of a
/// rule counts more than that of its family.
struct RuleChoice {
    std::vector<std::string> select;  ///< none: all
    std::vector<std::string> ignore;
    std::vector<std::pair<std::string, source::Severity>> severities;  ///< the last one counts

    /// Rules that are ignored in some files.
    struct InFiles {
        std::string pattern;  ///< see matches_pattern()
        std::vector<std::string> ignore;
    };
    std::vector<InFiles> per_file;
    std::string folder;  ///< absolute; what patterns are relative to

    [[nodiscard]] bool selects(const validate::RulePage& page) const;
};

/// Whether a path is that of a pattern, in which `*` stands for any characters, slashes too, and `?` for one. A pattern
/// without a slash is held against the last part of the path.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view path);

/// Fails on a name that is that of no rule and no family; `option` is what the message begins with.
Result<void> check_rule_names(std::string_view option, std::span<const std::string> names);

/// Reads RULE=LEVEL.
Result<std::pair<std::string, source::Severity>> parse_severity(std::string_view option, std::string_view text);

/// Takes out of the findings what was not chosen, and gives the others the severities that were.
void choose(const RuleChoice& choice, const source::Sources& sources, source::Findings& findings);

}  // namespace lbctl::cli
