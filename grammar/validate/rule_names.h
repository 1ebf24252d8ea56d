#pragma once

#include <string>
#include <string_view>

#include "grammar/validate/rule.h"

/// Rules by what people call them: an id, or the family for all rules in it.
namespace lbctl::validate {

/// Whether a rule is meant by a name.
[[nodiscard]] inline bool is_named(const RulePage& page, std::string_view name) {
    return name == page.id || name == page.family;
}

/// Whether there is a rule or a family of that name.
[[nodiscard]] bool is_rule_name(std::string_view name);

/// What was probably meant by a name that is none; empty where nothing is like it.
[[nodiscard]] std::string_view nearest_rule_name(std::string_view name);

/// What to say of a name that is none: "there is no rule or family `xyz'; did you mean `xz'?"
[[nodiscard]] std::string unknown_rule_message(std::string_view name);

}  // namespace lbctl::validate
