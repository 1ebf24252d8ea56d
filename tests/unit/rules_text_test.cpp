#include "tests/unit/validate_cases.h"

namespace lbctl::test {

TEST_CASE("rules: comments that cut off a word") {
    const std::string_view rule = "comment-inside-word";
    constexpr keywords::Version target = keywords::default_target;
    const auto password = [](const std::string& line) {
        return good_instance(block("authentication", "auth_type PASS\nauth_pass " + line));
    };
    CHECK(finds(rule, password("a#b"), target));
    CHECK(finds(rule, password("a!b # changed"), target));
    CHECK(finds(rule, password("ab!"), target));
    CHECK(finds(rule, checked("HTTP_GET {\nurl {\npath /a#b\n}\n}\n"), target));
    CHECK(finds(rule, "@lb1 global_defs {\n@lb1 router_id a#1\n}\n# end", target));
    CHECK(finds(rule, good_instance("notify_master /etc/a!b"), target));

    CHECK(finds(rule, "$WORD=ab#cd\n" + password("$WORD"), target));

    CHECK_FALSE(finds(rule, "$WORD=#ab\n$COUNT=5#five\n" + password("x$COUNT"), target));
    CHECK_FALSE(finds(rule, password("\"a#b\""), target));
    CHECK_FALSE(finds(rule, password("ab #b"), target));
    CHECK_FALSE(finds(rule, password("ab# the new one"), target));
    CHECK_FALSE(finds(rule, password("ab#### new ####"), target));
    CHECK_FALSE(finds(rule, password("\"ab\"#new"), target));
    CHECK_FALSE(finds(rule, password("ab\n#auth_pass a#b"), target));
    // What has no such characters ends where they begin.
    CHECK_FALSE(finds(rule, good_instance("priority 100#low"), target));
    CHECK_FALSE(finds(rule, "vrrp_instance a {#first\ninterface eth0#lan\nvirtual_router_id 1\n}#a\n", target));
    CHECK_FALSE(finds(rule, "vrrp_instance a {\nvirtual_ipaddress {\n10.0.0.1/24#web\n}\n}\n", target));
    CHECK_FALSE(finds(rule, "global_defs#x\n{\n}\nzzqq a#b\n", target));
}

TEST_CASE("rules: a comment that cuts off a word is shown where it begins, and the word is not shown") {
    const auto analysis =
        validate::analyse("test.conf", "# one\n\nvrrp_instance a {\n  authentication {\n\tauth_pass kkk#x\n}\n}\n", {});
    const auto found =
        std::ranges::find_if(analysis.findings, [](const auto& each) { return each.rule == "comment-inside-word"; });
    REQUIRE(found != analysis.findings.end());
    CHECK(found->where.range.begin == source::Position{5, 15});
    CHECK(found->message == "`#' begins a comment also inside a word: auth_pass is read only up to it");
}

}  // namespace lbctl::test
