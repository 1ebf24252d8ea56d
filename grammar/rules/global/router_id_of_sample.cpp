#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

constexpr std::string_view of_sample = "LVS_DEVEL";

bool is_same_word(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other,
                              [](unsigned char a, unsigned char b) { return std::toupper(a) == std::toupper(b); });
}

void check(const Context& context, const ast::Node& statement) {
    if (!statement.is("global_defs"_kw)) return;
    const ast::Node* line = ast::last_valid(statement, "router_id"_kw);
    if (line == nullptr) line = ast::last_valid(statement, "lvs_id"_kw);
    if (line == nullptr || !is_same_word(ast::text(*line, 0), of_sample)) return;
    auto& finding = context.report("router-id-of-sample", Severity::info, ast::place(*line, 0),
                                   fmt::format("router_id {} is the name of the sample: mails and SNMP of all such "
                                               "routers look alike",
                                               ast::text(*line, 0)));
    finding.hint = "write the name of this machine, or leave the line out: the host name is the default";
}

}  // namespace

extern const Rule router_id_of_sample{
    .page = {.id = "router-id-of-sample",
             .family = "global",
             .severity = Severity::info,
             .summary = "The router_id of the sample",
             .detail =
                 "router_id is the name by which mails and SNMP tell one router from the other (keepalived.conf(5)). "
                 "LVS_DEVEL stands in the sample that comes with keepalived (keepalived.conf.sample), so that a mail "
                 "from it could come from anywhere. Without the line keepalived uses the host name.",
             .example = "global_defs {\n    router_id LVS_DEVEL\n}",
             .origin = Origin::lbctl},
    .statement = check};

}  // namespace lbctl::rules
