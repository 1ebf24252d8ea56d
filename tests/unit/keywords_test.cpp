#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/keyword.h"
#include "grammar/keywords/notation.h"
#include "grammar/keywords/sample.h"
#include "grammar/keywords/usage.h"
#include "tests/unit/catch.h"

using namespace lbctl::keywords;

namespace {

std::vector<std::string_view> views_of(const std::vector<std::string>& words) {
    return {words.begin(), words.end()};
}

std::string where(const Keyword& keyword) {
    return std::string(keyword.context) + " " + std::string(keyword.name);
}

}  // namespace

TEST_CASE("the table has every row once, with all that belongs to it", "[keywords]") {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const Keyword& keyword : all_keywords()) {
        INFO(where(keyword));
        CHECK(seen.emplace(keyword.context, keyword.name).second);
        CHECK(find_keyword(keyword.context, keyword.name) == &keyword);
        CHECK_FALSE(keyword.documentation.empty());
        CHECK_FALSE(keyword.documentation.ends_with('.'));
        CHECK(keyword.since != Version{});
        CHECK((keyword.removed == Version{} || keyword.since < keyword.removed));
        CHECK((entry_notation(keyword).empty() == (keyword.kind != Kind::line_block && keyword.kind != Kind::list)));
        if (keyword.kind == Kind::block) CHECK_FALSE(keywords_of(context_inside(keyword)).empty());
        CHECK(notation::parse(keyword.arguments).has_value());
        CHECK(notation::parse(entry_notation(keyword)).has_value());
        CHECK(notation::parse(arguments_in(keyword, oldest_target)).has_value());
    }
    CHECK(all_keywords().size() == 567);
}

TEST_CASE("every context but the ends of the tree is inside a block", "[keywords]") {
    std::set<std::string> inside{"/", "*"};
    for (const Keyword& keyword : all_keywords()) {
        if (keyword.kind == Kind::block) inside.insert(context_inside(keyword));
    }
    for (const std::string_view context : all_contexts()) {
        INFO(context);
        CHECK(inside.contains(std::string(context)));
    }
}

TEST_CASE("every value word stands once in its set and has arguments that can be read", "[keywords]") {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const ValueWord& word : all_value_words()) {
        INFO(word.set << " " << word.word);
        CHECK(seen.emplace(word.set, word.word).second);
        CHECK(notation::parse(word.arguments).has_value());
        CHECK_FALSE(word.documentation.empty());
    }
}

TEST_CASE("keywords are found where they stand and only there", "[keywords]") {
    REQUIRE(find_keyword("virtual_server", "lb_algo") != nullptr);
    CHECK(find_keyword("virtual_server/real_server", "lb_algo") == nullptr);
    CHECK(find_keyword("/", "vrrp_instance")->kind == Kind::block);
    CHECK(find_keyword("", "vrrp_instance") == nullptr);
    CHECK(find_everywhere("connect_port").size() > 6);
    CHECK(all_contexts().front() == "/");
    CHECK(all_contexts().back() == "*");
    const Keyword* url = find_keyword("virtual_server/real_server/HTTP_GET", "url");
    REQUIRE(url != nullptr);
    CHECK(context_inside(*url) == "virtual_server/real_server/HTTP_GET/url");
}

TEST_CASE("releases are compared number by number", "[keywords]") {
    CHECK(Version::parse("2.4.3") == Version{2, 4, 3});
    CHECK(Version::parse("v1.1.18") == oldest_target);
    CHECK(Version{1, 1, 18} < Version{1, 2, 0});
    CHECK(Version{2, 0, 9} < Version{2, 0, 10});
    for (const char* text : {"", "2.4", "2.4.3.1", "2.4.x", "2.4.300", "2..3", "2.4.3 "}) {
        INFO(text);
        CHECK_FALSE(Version::parse(text).has_value());
    }
    const Keyword* twos = find_keyword("vrrp_instance", "timer_expired_backup");
    REQUIRE(twos != nullptr);
    CHECK(twos->known_to(default_target));
    CHECK_FALSE(twos->known_to({2, 2, 7}));
    CHECK_FALSE(find_keyword("virtual_server", "nat_mask")->known_to(default_target));
    CHECK(find_keyword("virtual_server", "nat_mask")->known_to({1, 1, 18}));
}

TEST_CASE("the nearest word is the one that was meant", "[keywords]") {
    const std::vector<std::string_view> known{"lb_kind", "lb_algo", "priority", "protocol", "DR", "NAT", "state"};
    CHECK(nearest("lb-kind", known) == "lb_kind");
    CHECK(nearest("LB_ALGO", known) == "lb_algo");
    CHECK(nearest("prioirty", known) == "priority");
    CHECK(nearest("prioritty", known) == "priority");
    CHECK(nearest("nat", known) == "NAT");
    CHECK(nearest("dr", known) == "DR");
    CHECK(nearest("xy", known).empty());
    CHECK(nearest("something_else", known).empty());
    CHECK(nearest("", known).empty());
    CHECK(nearest(std::string(10000, 'x'), known).empty());
}

TEST_CASE("each keyword takes a good value and refuses a bad one at its place", "[keywords]") {
    RandomEngine random(7);
    for (const Keyword& keyword : all_keywords()) {
        const Version release = keyword.removed == Version{} ? default_target : keyword.since;
        for (int round = 0; round < 20; ++round) {
            INFO(where(keyword));
            const auto good = good_sample(keyword.arguments, random, release);
            REQUIRE(good.has_value());
            const Match match = match_keyword(keyword, views_of(*good), release);
            CHECK(match.fits());
            CHECK(match.values.size() == good->size());
            const auto bad = bad_sample(keyword.arguments, random, release);
            if (!bad) continue;
            const Match wrong = match_keyword(keyword, views_of(bad->words), release);
            REQUIRE(wrong.mismatches.size() == 1);
            CHECK(wrong.mismatches.front().word == bad->wrong);
            CHECK_FALSE(wrong.used());
            CHECK_FALSE(wrong.mismatches.front().message.empty());
        }
    }
}

TEST_CASE("each kind of line takes a good entry and refuses a bad one at its place", "[keywords]") {
    RandomEngine random(11);
    for (const Keyword& keyword : all_keywords()) {
        if (entry_notation(keyword).empty()) continue;
        for (int round = 0; round < 50; ++round) {
            INFO(where(keyword));
            const auto good = good_sample(entry_notation(keyword), random);
            REQUIRE(good.has_value());
            CHECK(match_entry(keyword, views_of(*good)).fits());
            const auto bad = bad_sample(entry_notation(keyword), random);
            if (!bad) continue;
            const Match wrong = match_entry(keyword, views_of(bad->words));
            REQUIRE(wrong.mismatches.size() == 1);
            CHECK(wrong.mismatches.front().word == bad->wrong);
        }
    }
}

TEST_CASE("what needs a value says so when there is none", "[keywords]") {
    for (const Keyword& keyword : all_keywords()) {
        if (keyword.kind != Kind::value || keyword.context == "*") continue;
        if (keyword.name == "regex_options") continue;  // keepalived does not mind
        INFO(where(keyword));
        const Match match = match_keyword(keyword, {});
        REQUIRE(match.mismatches.size() == 1);
        CHECK(match.mismatches.front().kind == MismatchKind::missing);
        CHECK(match.mismatches.front().word == 0);
    }
}

TEST_CASE("usage is what people read", "[keywords]") {
    CHECK(usage_of("IPADDR [PORT[0..65535]] | fwmark UINT | group NAME") ==
          "IPADDR [PORT[0..65535]] | fwmark UINT | group NAME");
    CHECK(usage_of("<state>") == "{MASTER|BACKUP}");
    CHECK(usage_of("<lvs_sched>") == "<lvs_sched>");
    CHECK(usage_of("NAME END") == "NAME");
    CHECK(usage_of("TIMER[0.01..255]") == "TIMER[0.01..255]");
    CHECK(usage_of("[(<use_vmac-option> | MACADDR | IFNAME) ...]") == "[(<use_vmac-option> | MACADDR | IFNAME) ...]");
    CHECK(sets_in("<lb_kind> [<tunnel_option> ...]") ==
          std::vector<std::string_view>{"lb_kind", "tunnel_option", "tunnel_type"});
    const auto words = first_words("[all] INT[0..86400] [all]");
    CHECK(words == std::vector<std::string_view>{"all"});
    CHECK(std::ranges::count(first_words("<lvs_sched>"), "twos") == 1);
    CHECK(std::ranges::count(first_words("<lvs_sched>", {2, 2, 0}), "twos") == 0);
}
