#include <fmt/format.h>

#include <string_view>

#include "grammar/ast/argument_values.h"
#include "grammar/keywords/version.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

void report(const Context& context, const CheckerPlace& place, keywords::KeywordName keyword) {
    const ast::Node* const line = ast::last_valid(place.node, keyword);
    if (line == nullptr) return;
    auto& finding =
        context.report("bind-without-effect", Severity::warning, line->head.where(),
                       fmt::format("keepalived {} reads `{}' in {} and does nothing with it: the kernel chooses",
                                   context.target.to_string(), keyword.text, place.node.name()));
    finding.hint = "keepalived's next release will use it";
}

void check(const Context& context, const CheckerPlace& place) {
    if (context.target >= keywords::unreleased) return;
    if (place.kind == model::CheckerKind::ping) report(context, place, "bindto"_kw);
    report(context, place, "bind_if"_kw);
}

}  // namespace

extern const Rule bind_without_effect{
    .page = {.id = "bind-without-effect",
             .family = "checkers",
             .severity = Severity::warning,
             .summary = "The source of a PING_CHECK or the interface of a UDP_CHECK is not used",
             .detail = "All checkers take bindto and bind_if, but up to 2.4.3 PING_CHECK opens its socket without "
                       "looking at either, and UDP_CHECK without looking at bind_if (check_ping.c, layer4.c): the "
                       "check leaves by the interface and with the address that the routes give, and may find a "
                       "server up that cannot be reached as it was meant. keepalived's sources behind 2.4.3 use them. "
                       "Until then give the route a source address (`src'), or check with TCP_CHECK.",
             .example = "PING_CHECK {\n    bindto 10.0.0.250\n}",
             .origin = Origin::lbctl},
    .checker = check,
    .kinds = {model::CheckerKind::ping, model::CheckerKind::udp}};

}  // namespace lbctl::rules
