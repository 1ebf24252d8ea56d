#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/keywords/repeated_line.h"
#include "grammar/keywords/usage.h"
#include "grammar/validate/checks.h"

// Rules over all statements: values that are given twice, and old spellings.
namespace lbctl::validate {

namespace {

using ast::Node;
using keywords::Counting;
using source::Applicability;
using source::Remedy;

constexpr RulePage repeated[] = {
    {"value-repeated",
     "structure",
     Severity::warning,
     "A value is given twice where it counts once",
     "Of most keywords the last line counts, and keepalived says nothing: the first has no effect. Where keepalived "
     "reports the second line this is an error; of scripts and of some others it keeps the first. Remove one of them. "
     "The blocks of global_defs are one.",
     "priority 100\npriority 90",
     {{{Severity::error, "where keepalived reports the second line"},
       {Severity::info, "where both lines say the same"}}}},
};

constexpr RulePage deprecated[] = {
    {"keyword-optional-build", "versions", Severity::warning, "A keyword that not every build of keepalived knows",
     "It belongs to a feature (SNMP, D-Bus, iptables...) that is chosen when keepalived is built; without it the "
     "keyword is unknown. `keepalived --version' lists what yours was built with.",
     "enable_snmp_vrrp"},
    {"deprecated-keyword",
     "deprecated",
     Severity::warning,
     "An old keyword",
     "keepalived takes it still and asks for the new one in its place, which the message names: from the release on "
     "that `lbctl explain KEYWORD' names, some of them only in its log. Of others, and in older releases, it says "
     "nothing, and lbctl only mentions them.",
     "HTTP_GET {\n    nb_get_retry 3\n}",
     {{{Severity::info, "where the target release takes it without a complaint"}}}},
};

bool same_words(const Node& one, const Node& other) {
    if (one.arguments.size() != other.arguments.size()) return false;
    for (std::size_t word = 0; word < one.arguments.size(); ++word) {
        if (one.arguments[word].text() != other.arguments[word].text()) return false;
    }
    return true;
}

bool counts_first(const keywords::RepeatedLine& how, const Node& earlier) {
    return how.taken == Counting::first_counts && (how.unnoticed.empty() || ast::text(earlier, 0) != how.unnoticed);
}

/// The blocks of global_defs are one, and check_globals looks at them together.
bool is_shared(const Node& block) {
    return block.keyword->id == "global_defs"_kw;
}

/// Tells of the lines of a block, then of those of the blocks in it.
void check_lines(const Node& block, RepeatedLines& lines) {
    if (block.children.size() > 1 && !is_shared(block)) {
        lines.begin_block();
        for (const Node& child : block.children) lines.add(child);
    }
    for (const Node& child : block.children) {
        if (child.children.empty() || child.keyword == nullptr) continue;
        if (child.keyword->kind == keywords::Kind::block) check_lines(child, lines);
    }
}

void check_keyword(const Context& context, const Node& node) {
    if (!is_special(*node.keyword) || !node.keyword->known_to(context.target)) return;
    if (node.keyword->optional_build) {
        context.report(
            "keyword-optional-build", Severity::warning, node.head.where(),
            fmt::format("{} is known only to builds of keepalived with its feature", in_quotes(node.keyword->name)));
    }
    if (node.keyword->replaced_by.empty()) return;
    const auto since = node.keyword->deprecated;
    const bool complains = since != keywords::Version{} && context.target >= since;
    auto& finding = context.report("deprecated-keyword", complains ? Severity::warning : Severity::info,
                                   node.head.where(), fmt::format("{} is deprecated", in_quotes(node.keyword->name)));
    finding.hint = keywords::replacement_hint(node.keyword->replaced_by);
    if (keywords::successor_of(*node.keyword, context.target) != nullptr)
        finding.remedy = {Remedy::Kind::write, std::string(node.keyword->replaced_by), Applicability::safe};
}

}  // namespace

bool is_special(const keywords::Keyword& keyword) {
    return !keyword.replaced_by.empty() || keyword.optional_build;
}

std::span<const RulePage> repeated_pages() {
    return repeated;
}
std::span<const RulePage> deprecated_pages() {
    return deprecated;
}

void report_repeated(const Context& context, const Node& line, const Node& earlier) {
    const auto how = keywords::repeated_line_of(*line.keyword);
    const bool first = counts_first(how, earlier);
    const bool is_reported =
        how.reported != keywords::Version{} && context.target >= how.reported && (first || how.unnoticed.empty());
    const auto silent = same_words(line, earlier) ? Severity::info : Severity::warning;
    auto& finding = context.report("value-repeated", is_reported ? Severity::error : silent, line.head.where(),
                                   fmt::format("{} is given already; {}", in_quotes(line.keyword->name),
                                               first ? "keepalived keeps the first" : "the last one counts"));
    add_note(finding, earlier.head.where(), first ? "the first is here" : "this one has no effect");
    const bool says_the_same = silent == Severity::info;
    const Node& without_effect = first || says_the_same ? line : earlier;
    finding.remedy = {Remedy::Kind::leave_out_line,
                      {},
                      says_the_same ? Applicability::safe : Applicability::needs_review,
                      without_effect.head.where()};
}

void RepeatedLines::add_repeated(const Node& line, const Node*& earlier) {
    const auto how = keywords::repeated_line_of(*line.keyword);
    if (how.taken == Counting::adds_up || how.taken == Counting::by_its_words) return;
    const bool first = counts_first(how, *earlier);
    // A flag that is set twice is set.
    if (first || !line.arguments.empty()) report_repeated(context_, line, *earlier);
    if (!first) earlier = &line;
}

void check_repeated(const Node& top, RepeatedLines& lines) {
    if (top.keyword != nullptr && top.keyword->kind == keywords::Kind::block) check_lines(top, lines);
}

void check_deprecated(const Context& context, const Node& top) {
    if (top.keyword == nullptr) return;
    check_keyword(context, top);
    for (const Node& child : top.children) {
        if (child.keyword != nullptr && (child.keyword->kind == keywords::Kind::block || is_special(*child.keyword)))
            check_deprecated(context, child);
    }
}

}  // namespace lbctl::validate
