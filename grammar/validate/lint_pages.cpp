#include "grammar/validate/checks.h"

// Pages for what is wrong with what was said to lbctl itself: comments for it, and its settings.
namespace lbctl::validate {

namespace {

constexpr RulePage pages[] = {
    {"bad-suppression",
     "lint",
     Severity::warning,
     "A comment for lbctl that says nothing it understands",
     "`# lbctl: ignore[RULE, ...] reason' holds for its line, for the line below when it stands alone, and for the "
     "block "
     "that this line opens; `# lbctl: ignore-file[RULE, ...]' for the file. The rules are named one by one, or by "
     "their "
     "family: a comment that hid everything would hide what nobody has seen yet. What is not understood hides nothing.",
     "",
     {},
     Origin::lbctl},
    {"unused-suppression",
     "lint",
     Severity::info,
     "A comment that suppresses nothing",
     "The rule that it names finds nothing here, any more or at all. Take it out: it would hide the next mistake.",
     "",
     {},
     Origin::lbctl},
    {"bad-settings",
     "lint",
     Severity::error,
     "A mistake in .lbctl.toml",
     "lbctl lint takes its settings from the file of that name that is nearest above the configuration. What is wrong "
     "in "
     "it sets nothing, so that more or less is told than was meant. lbctl-lint(1) has all settings.",
     "",
     {},
     Origin::lbctl},
};

}  // namespace

std::span<const RulePage> lint_pages() {
    return pages;
}

}  // namespace lbctl::validate
