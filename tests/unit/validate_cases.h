#pragma once

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/validate/analysis.h"
#include "grammar/validate/rule.h"
#include "tests/unit/catch.h"

// A rule, a text that it finds fault with, and one like it that it passes over.
namespace lbctl::test {

struct RuleCase {
    std::string_view rule;
    std::string fires;
    std::string silent;
    keywords::Version target = keywords::default_target;
};

/// What was found, in its order.
inline std::vector<std::string> lines_of(const validate::Analysis& analysis) {
    std::vector<std::string> lines;
    for (const source::Finding& finding : analysis.findings) {
        std::string& line = lines.emplace_back();
        line =
            std::to_string(finding.where.range.begin.line) + ": " + std::string(finding.rule) + ": " + finding.message;
        for (const source::Note& note : finding.notes) line += "; " + note.message;
    }
    return lines;
}

inline bool finds(std::string_view rule, const std::string& text, keywords::Version target) {
    validate::AnalysisOptions options;
    options.target = target;
    const auto analysis = validate::analyse("test.conf", text, options);
    // The same is said when statements are forgotten as soon as they have been checked.
    validate::ForgettingSink sink;
    options.sink = &sink;
    CHECK(lines_of(validate::analyse("test.conf", text, options)) == lines_of(analysis));
    for (const source::Finding& finding : analysis.findings) {
        INFO("rule " << finding.rule << " as " << source::to_string(finding.severity));
        const validate::RulePage* const page = validate::find_rule_page(finding.rule);
        REQUIRE(page != nullptr);
        CHECK(page->is_told_as(finding.severity));
    }
    return std::any_of(analysis.findings.begin(), analysis.findings.end(),
                       [&](const source::Finding& finding) { return finding.rule == rule; });
}

/// A block that no keyword is like, and that can define nothing that anybody misses.
inline const std::string unknown_block = "zzqqxx zznn {\n    zzww 1\n}\n";

/// The text with the unknown block after every line that ends a statement, one text for each.
inline std::vector<std::string> with_unknown_block(const std::string& text) {
    std::vector<std::string> texts{unknown_block + text};
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
        const bool goes_on = at > 0 && text[at - 1] == '\\';
        if (!goes_on) texts.push_back(text.substr(0, at + 1) + unknown_block + text.substr(at + 1));
    }
    return texts;
}

/// As above, for the usual target; the finding must be told.
inline bool speaks(std::string_view rule, const std::string& text) {
    INFO(rule << "\n" << text);
    return finds(rule, text, keywords::default_target);
}

/// Every case fires and keeps silent as it should, and every rule of the pages has a case. Rules of lbctl's own have
/// test cases of their own, in rules_*_test.cpp.
inline void hold(std::span<const RuleCase> cases, std::initializer_list<std::string_view> families) {
    std::set<std::string_view> seen;
    for (const auto& each : cases) {
        INFO(each.rule << "\n" << each.fires << "\n-- silent:\n" << each.silent);
        CHECK(finds(each.rule, each.fires, each.target));
        CHECK_FALSE(finds(each.rule, each.silent, each.target));
        // What is passed over elsewhere hides nothing. Where a brace is amiss it may be part of the mistake, and some
        // rules are about a file as a whole, or lines that have to stand where they stand.
        constexpr std::array<std::string_view, 4> of_whole{"split-line", "byte-order-mark", "other-format",
                                                           "nothing-written"};
        const bool has_place = std::ranges::find(of_whole, each.rule) != of_whole.end();
        if (!has_place && std::ranges::count(each.fires, '{') == std::ranges::count(each.fires, '}')) {
            validate::AnalysisOptions options;
            options.target = each.target;
            for (const std::string& text : with_unknown_block(each.fires)) {
                INFO("with an unknown block:\n" << text);
                const auto analysis = validate::analyse("test.conf", text, options);
                CHECK(std::ranges::any_of(analysis.findings,
                                          [&](const source::Finding& finding) { return finding.rule == each.rule; }));
            }
        }
        CHECK(validate::find_rule_page(each.rule) != nullptr);
        seen.insert(each.rule);
    }
    for (const auto& page : validate::all_rule_pages()) {
        // Rules beyond keepalived have tests of their own, rules_FAMILY_test.cpp.
        if (page.origin == validate::Origin::lbctl) continue;
        if (std::find(families.begin(), families.end(), page.family) == families.end()) continue;
        INFO("rule without a test: " << page.id);
        CHECK(seen.contains(page.id));
    }
}

inline std::string service(const std::string& body, const std::string& head = "10.0.0.1 80") {
    return "virtual_server " + head + " {\n" + body + "\n}\n";
}

inline std::string server(const std::string& body = {}, const std::string& head = "10.0.0.2 80") {
    return "real_server " + head + " {\n" + body + "\n}\n";
}

/// A virtual server that nothing is wrong with, and what else stands in it.
inline std::string good_service(const std::string& body) {
    return service("protocol TCP\nlvs_sched rr\nlvs_method NAT\n" + body);
}

/// One with a single real server, and what else stands in that.
inline std::string checked(const std::string& body) {
    return good_service(server(body));
}

inline std::string instance(const std::string& body, const std::string& name = "a") {
    return "vrrp_instance " + name + " {\ninterface eth0\nvirtual_router_id 1\n" + body + "\n}\n";
}

/// An instance with an address.
inline std::string good_instance(const std::string& body, const std::string& name = "a") {
    return instance("virtual_ipaddress {\n10.0.0.9/24\n}\n" + body, name);
}

inline std::string block(const std::string& head, const std::string& body) {
    return head + " {\n" + body + "\n}\n";
}

}  // namespace lbctl::test
