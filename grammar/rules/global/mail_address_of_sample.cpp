#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "grammar/base/ascii.h"
#include "grammar/rules/rule.h"
#include "grammar/validate/checks.h"

namespace lbctl::rules {

namespace {

bool is_of_sample(std::string_view word) {
    std::string lower = base::lower(word);
    if (lower.ends_with('>')) lower.pop_back();
    return lower.ends_with("@firewall.loc") || lower.ends_with(".firewall.loc");
}

struct MailAddress {
    std::string_view text;
    source::Location where;
};

void check(const Context& context, const ast::Node& statement) {
    if (!statement.is("global_defs"_kw)) return;
    std::vector<MailAddress> found;
    for (const ast::Node& line : statement.children) {
        if (line.keyword == nullptr) continue;
        const auto look_at = [&](const ast::Node& node) {
            for (const syntax::Word& word : node.arguments) {
                if (is_of_sample(word.text())) found.push_back({word.text(), word.where()});
            }
        };
        if (line.keyword->id == "notification_email_from"_kw) look_at(line);
        if (line.keyword->id == "notification_email"_kw) std::ranges::for_each(line.children, look_at);
    }
    if (found.empty()) return;
    auto& finding =
        context.report("mail-address-of-sample", Severity::info, found.front().where,
                       fmt::format("{} is an address of the sample: the domain does not exist", found.front().text));
    finding.hint = "write addresses of your own, or leave the mail settings out";
    for (std::size_t other = 1; other < found.size(); ++other)
        validate::add_note(finding, found[other].where, fmt::format("so is {}", found[other].text));
}

}  // namespace

extern const Rule mail_address_of_sample{
    .page = {.id = "mail-address-of-sample",
             .family = "global",
             .severity = Severity::info,
             .summary = "A mail address of the sample",
             .detail =
                 "The addresses of firewall.loc stand in the sample that comes with keepalived "
                 "(keepalived.conf.sample). There is no top-level domain `loc': mail to them comes back, mail from "
                 "them is refused by most servers, and nobody hears of a failover.",
             .example = "global_defs {\n    notification_email_from Alexandre.Cassen@firewall.loc\n}",
             .origin = Origin::lbctl},
    .statement = check};

}  // namespace lbctl::rules
