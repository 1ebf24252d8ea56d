#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for one line of virtual_rules and static_rules. The words themselves have been read by the keyword table; here
// is what they mean together.
namespace lbctl::validate {

namespace {

using ast::Node;

constexpr RulePage pages[] = {
    {"rule-without-action", "routes", Severity::error, "A rule that says nothing to do",
     "keepalived drops it. Name a table, or goto, nop, blackhole, unreachable, prohibit or l3mdev.",
     "virtual_rules {\n    from 10.0.0.0/8\n}"},
    {"rule-two-actions", "routes", Severity::error, "A rule with two actions", "keepalived drops the rule.",
     "from 10.0.0.0/8 table 1 blackhole"},
    {"rule-families", "routes", Severity::error, "IPv4 and IPv6 in one rule", "keepalived drops the rule.",
     "from 10.0.0.0/8 to fd00::/8 table 1"},
    {"rule-without-preference", "routes", Severity::warning, "A rule without preference",
     "keepalived counts down from 16384 and says that this is probably not meant: which rule comes first then depends "
     "on the order in the file. Write `priority N'.",
     "from 10.0.0.0/8 table 1"},
    {"rule-goto", "routes", Severity::error, "goto that does not go forward",
     "The target has to be behind the rule's own preference, which has to be given; keepalived drops the rule.",
     "priority 200 goto 100"},
    {"rule-table-zero", "routes", Severity::error, "A rule that looks up table 0",
     "There is no such table; keepalived drops the rule. Numbers wrap at 4294967296, which is 0 again.",
     "from 10.0.0.0/8 table 0"},
    {"rule-option-without-table", "routes", Severity::error, "realms or a suppressor on a rule that looks up no table",
     "keepalived drops the rule.", "from 10.0.0.0/8 blackhole suppress_prefixlength 0"},
};

constexpr std::string_view with_value[] = {"from",       "to",
                                           "table",      "lookup",
                                           "preference", "order",
                                           "priority",   "tos",
                                           "dsfield",    "fwmark",
                                           "realms",     "suppress_prefixlength",
                                           "sup_pl",     "suppress_ifgroup",
                                           "sup_group",  "dev",
                                           "iif",        "oif",
                                           "tunnel-id",  "uidrange",
                                           "protocol",   "ipproto",
                                           "sport",      "dport",
                                           "track_group"};

bool takes_value(std::string_view word) {
    for (const auto each : with_value) {
        if (each == word) return true;
    }
    return false;
}

bool is_action(std::string_view word) {
    return word == "table" || word == "lookup" || word == "goto" || word == "nop" || word == "blackhole" ||
           word == "unreachable" || word == "prohibit" || word == "l3mdev";
}

struct RuleWords {
    std::size_t action = 0;
    bool has_action = false;
    bool tracked = true;
    std::size_t table_option = 0;
    bool has_table_option = false;
    std::optional<std::int64_t> preference;
    std::optional<std::int64_t> target;
    std::size_t protocol_word = 0;
    bool refused = false;
};

class RuleReader {
public:
    RuleReader(const Context& context, const Node& entry) : context_(context), entry_(entry) {}

    RuleWords read() {
        for (std::size_t word = 0; word < entry_.arguments.size(); ++word) {
            const auto name = ast::text(entry_, word);
            take(word, name);
            if (takes_value(name) || name == "goto") ++word;
        }
        return result_;
    }

private:
    void settle(std::size_t word, Family family) {
        if (!family_) {
            family_ = family;
        } else if (family_ != family && !result_.refused) {
            context_.report("rule-families", Severity::error, ast::place(entry_, word),
                            fmt::format("the rule is {} already; keepalived drops it", to_string(*family_)));
            result_.refused = true;
        }
    }

    void take(std::size_t word, std::string_view name) {
        if (name == "inet") settle(word, Family::inet);
        if (name == "inet6") settle(word, Family::inet6);
        if (name == "from" || name == "to") {
            if (const auto address = ast::address_with_prefix(entry_, word + 1))
                settle(word + 1, address->address.family());
        }
        if (name == "realms") settle(word, Family::inet);
        if (name == "realms" || name.starts_with("suppress_") || name.starts_with("sup_")) {
            result_.table_option = word;
            result_.has_table_option = true;
        }
        if (name == "no_track") result_.tracked = false;
        if (name == "preference" || name == "order" || name == "priority") {
            result_.preference = ast::integer(entry_, word + 1).value_or(0);
        }
        if (name == "goto") result_.target = ast::integer(entry_, word + 1);
        if (name == "protocol") result_.protocol_word = word + 1;
        if (!is_action(name)) return;
        if (result_.has_action && !result_.refused) {
            auto& finding = context_.report("rule-two-actions", Severity::error, ast::place(entry_, word),
                                            "a rule has one action; keepalived drops this one");
            add_note(finding, ast::place(entry_, result_.action), "the first action");
            result_.refused = true;
        }
        result_.action = word;
        result_.has_action = true;
    }

    const Context& context_;
    const Node& entry_;
    std::optional<Family> family_;
    RuleWords result_;
};

}  // namespace

std::span<const RulePage> rule_line_pages() {
    return pages;
}

void check_rule_line(const Context& context, const Node& entry, bool is_static, const model::VrrpConfiguration& vrrp) {
    if (!entry.valid || entry.arguments.empty()) return;
    const auto rule = RuleReader(context, entry).read();
    if (rule.refused) return;
    if (rule.target) {
        if (!rule.preference) {
            context.report("rule-goto", Severity::error, entry.head.where(),
                           "a rule with goto needs a preference: keepalived drops it");
            return;
        }
        if (*rule.preference >= *rule.target) {
            context.report("rule-goto", Severity::error, entry.head.where(),
                           fmt::format("goto {} does not lie behind preference {}: keepalived drops the rule",
                                       *rule.target, *rule.preference));
            return;
        }
    }
    if (!rule.has_action) {
        context.report("rule-without-action", Severity::error, entry.head.where(),
                       "this rule says nothing to do: keepalived drops it");
        return;
    }
    const auto action = ast::text(entry, rule.action);
    const bool names_table = action == "table" || action == "lookup";
    if (names_table) {
        constexpr std::int64_t wraps_at = std::int64_t{1} << 32U;
        const auto table = ast::integer(entry, rule.action + 1);
        if (table && *table % wraps_at == 0) {
            context.report("rule-table-zero", Severity::error, ast::place(entry, rule.action + 1),
                           "there is no table 0: keepalived drops the rule");
            return;
        }
    }
    const bool looks_up = names_table || action == "l3mdev";
    if (rule.has_table_option && !looks_up) {
        context.report("rule-option-without-table", Severity::error, ast::place(entry, rule.table_option),
                       fmt::format("{} needs a table to look up: keepalived drops the rule",
                                   in_quotes(ast::text(entry, rule.table_option))));
        return;
    }
    if (rule.tracked && rule.protocol_word != 0 && ast::integer(entry, rule.protocol_word) != 18) {
        context.report("route-protocol-tracked", Severity::error, ast::place(entry, rule.protocol_word),
                       "a tracked rule has the protocol keepalived (18); this one is replaced");
    }
    if (!rule.preference) {
        context.report("rule-without-preference", Severity::warning, entry.head.where(),
                       "this rule has no preference; keepalived counts down from 16384");
    }
    if (is_static) check_track_group(context, entry, vrrp);
}

}  // namespace lbctl::validate
