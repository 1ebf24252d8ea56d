#include "tests/unit/catch.h"

#include <optional>
#include <string>
#include <string_view>

#include "grammar/source/edited_text.h"
#include "grammar/validate/analysis.h"

using lbctl::source::Applicability;
using lbctl::source::Finding;

namespace {

/// The text with the fix of the first finding of a rule; "none" when it has no such fix.
std::string fixed(std::string_view text, std::string_view rule, Applicability applicability) {
    const auto analysis = lbctl::validate::analyse("a.conf", text, {});
    for (const Finding& finding : analysis.findings) {
        if (finding.rule != rule || finding.fixes.empty()) continue;
        if (finding.fixes.front().applicability != applicability) return "the other applicability";
        lbctl::source::EditedText edited(text);
        if (!edited.add(finding.fixes.front().edits)) return "does not apply";
        return edited.text();
    }
    return "none";
}

std::string safely(std::string_view text, std::string_view rule) {
    return fixed(text, rule, Applicability::safe);
}

std::string guessed(std::string_view text, std::string_view rule) {
    return fixed(text, rule, Applicability::needs_review);
}

std::string in_instance(std::string_view line) {
    return "vrrp_instance a {\n    " + std::string(line) + "\n}\n";
}

}  // namespace

TEST_CASE("what was evidently written is written") {
    CHECK(safely(in_instance("Virtual-Router_ID 5"), "unknown-keyword") == in_instance("virtual_router_id 5"));
    CHECK(safely(in_instance("priority=100"), "unknown-keyword") == in_instance("priority 100"));
    CHECK(safely(in_instance("priority= 100"), "unknown-keyword") == in_instance("priority 100"));
    CHECK(safely(in_instance("priority = 100"), "not-a-number") == in_instance("priority 100"));
    CHECK(safely(in_instance("priority 100;"), "trailing-semicolon") == in_instance("priority 100"));
    CHECK(safely(in_instance("advert_int 5s"), "not-a-number") == in_instance("advert_int 5"));
    CHECK(safely(in_instance("state Master"), "unknown-value") == in_instance("state MASTER"));
    CHECK(safely(in_instance("virtual router_id 5"), "unknown-keyword") == in_instance("virtual_router_id 5"));
    CHECK(safely("\xEF\xBB\xBFglobal_defs {\n}\n", "byte-order-mark") == "global_defs {\n}\n");
    CHECK(safely(in_instance("state\xC2\xA0MASTER"), "odd-space") == in_instance("state MASTER"));
    CHECK(safely("virtual_server 10.0.0.1:80 {\n}\n", "bad-address") == "virtual_server 10.0.0.1 80 {\n}\n");
    CHECK(safely("global_defs {\r    router_id a\r}\r", "carriage-return") == "global_defs {\n    router_id a\n}\r");
}

TEST_CASE("what keepalived does anyway is written so") {
    CHECK(safely(in_instance("mcast_src_ip 10.0.0.1/24"), "ignored-suffix") == in_instance("mcast_src_ip 10.0.0.1"));
    CHECK(safely("vrrp_instance a {\n    interface eth0\n    track_interface {\n        eth0\n    }\n}\n",
                 "track-own-interface") == "vrrp_instance a {\n    interface eth0\n    track_interface {\n    }\n}\n");
    CHECK(safely("vrrp_instance a {\n    priority 9\n    priority 9\n}\n", "value-repeated") ==
          "vrrp_instance a {\n    priority 9\n}\n");
}

TEST_CASE("what was probably meant is a guess") {
    CHECK(guessed(in_instance("priorty 100"), "unknown-keyword") == in_instance("priority 100"));
    CHECK(guessed(in_instance("interface eth0 priority 100"), "surplus-words") ==
          in_instance("interface eth0\n    priority 100"));
    CHECK(guessed("vrrp_instance a {\n    priority 8\n    priority 9\n}\n", "value-repeated") ==
          "vrrp_instance a {\n    priority 9\n}\n");
    CHECK(guessed(in_instance("interface 'eth0'"), "odd-quote") == in_instance("interface \"eth0\""));
    CHECK(guessed(in_instance("authentication {\n auth_type PASS\n auth_pass a;\n }"), "trailing-semicolon") ==
          in_instance("authentication {\n auth_type PASS\n auth_pass a\n }"));
}

TEST_CASE("a lost brace is put where the block must end") {
    CHECK(guessed("vrrp_instance a {\n    track_script {\n        b\n    }\n", "missing-close-brace") ==
          "vrrp_instance a {\n    track_script {\n        b\n    }\n}\n");
    CHECK(guessed("global_defs {\n  router_id a\nvrrp_instance b {\n}\n", "missing-close-brace") ==
          "global_defs {\n  router_id a\n}\nvrrp_instance b {\n}\n");
    CHECK(guessed("vrrp_instance a\n    state BACKUP\n}\n", "missing-open-brace") ==
          "vrrp_instance a {\n    state BACKUP\n}\n");
    CHECK(guessed("global_defs {\n}\n}\n", "extra-close-brace") == "global_defs {\n}\n");
}

TEST_CASE("lines end as those of the file do") {
    CHECK(guessed("vrrp_instance a {\r\n    interface eth0 priority 9\r\n}\r\n", "surplus-words") ==
          "vrrp_instance a {\r\n    interface eth0\r\n    priority 9\r\n}\r\n");
}

TEST_CASE("what came out of a parameter is not mended where it is used") {
    CHECK(safely("$P=100s\n" + in_instance("advert_int $P"), "not-a-number") == "none");
    CHECK(safely("$P=iority\n" + in_instance("Pr${P} 5"), "unknown-keyword") == "none");
    CHECK(guessed("$P=prio\n" + in_instance("${P}rty 5"), "unknown-keyword") == "none");
    CHECK(safely(in_instance("@other advert_int 5s"), "not-a-number") == "none");
    // What stands in the line of a sequence as it is read is mended there.
    CHECK(safely("~SEQ(I, 1, 2) Vrrp_instance V$I { }\n", "unknown-keyword") ==
          "~SEQ(I, 1, 2) vrrp_instance V$I { }\n");
}

TEST_CASE("a line with more than the statement stays") {
    CHECK(safely("vrrp_instance a { priority 9 \n priority 9 # again\n}\n", "value-repeated") == "none");
}
