#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/model/regex.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

void check(const Context& context, const CheckerPlace& place) {
    for (const ast::Node& child : place.node.children) {
        if (!child.is("url"_kw)) continue;
        const auto regex = model::regex_of(child);
        if (!regex) continue;
        const model::CompiledRegex compiled = model::compile(*regex);
        if (compiled.code) continue;
        context.report("regex-invalid", Severity::error, ast::place(*regex->line, 0),
                       fmt::format("this regular expression does not compile: {}", compiled.fault));
    }
}

}  // namespace

extern const Rule regex_invalid{
    .page =
        {.id = "regex-invalid",
         .family = "checkers",
         .severity = Severity::error,
         .summary = "A regular expression that does not compile",
         .detail =
             "`keepalived -t' passes over it. The daemon writes `Invalid regex' to its log, and the process of the "
             "checkers "
             "crashes at the first answer of the server, again and again (seen with 2.4.3), so nothing is checked any "
             "more. "
             "The language is that of PCRE2, see pcre2pattern(3): a `*' repeats what stands before it, brackets and "
             "parentheses come in pairs, and a `\\' in front takes their meaning.",
         .example = "HTTP_GET {\n    url {\n        path /\n        regex \"state: (ok|ready\"\n    }\n}",
         .origin = Origin::lbctl},
    .checker = check,
    .kinds = {model::CheckerKind::http, model::CheckerKind::https}};

}  // namespace lbctl::rules
