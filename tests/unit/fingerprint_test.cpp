#include "cli/render/fingerprint.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"

using namespace lbctl;

namespace {

using Lines = std::vector<std::string>;

struct Named {
    std::string rule;
    std::string message;
    std::string fingerprint;
    auto operator<=>(const Named&) const = default;
};

std::string joined(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    return text;
}

std::vector<Named> fingerprints_of(const std::string& text, const std::string& name = "test.conf") {
    const validate::Analysis analysis = validate::analyse(name, text, {});
    cli::Fingerprints fingerprints(analysis.sources);
    std::vector<Named> named;
    for (const source::Finding& finding : analysis.findings) {
        named.push_back({std::string(finding.rule), finding.message, fingerprints.of(finding)});
    }
    return named;
}

/// That of the one unknown keyword.
std::string fingerprint_of_unknown(const std::string& text) {
    std::vector<std::string> unknown;
    for (const Named& named : fingerprints_of(text)) {
        if (named.rule == "unknown-keyword") unknown.push_back(named.fingerprint);
    }
    INFO(text);
    REQUIRE(unknown.size() == 1);
    return unknown.front();
}

/// The same mistakes in several blocks, and some that stand in one line.
const Lines faulty{
    "global_defs {",
    "    router_id one",
    "    router_idd two",
    "}",
    "vrrp_instance web {",
    "    interface eth0",
    "    virtual_router_id 300",
    "    priorty 100",
    "    virtual_ipaddress {",
    "        10.0.0.300",
    "        10.0.0.9",
    "    }",
    "}",
    "virtual_server 10.0.0.1 80 {",
    "    lb_algo rr",
    "    lb_kind NATT",
    "    protocol TCP",
    "    real_server 10.0.0.2 80 {",
    "        weight 1",
    "        TCP_CHECK {",
    "            connect_timout 3",
    "        }",
    "    }",
    "    real_server 10.0.0.3 80",
    "    {",
    "        weight 1",
    "        TCP_CHECK {",
    "            connect_timout 3",
    "        }",
    "    }",
    "}",
    "virtual_server 10.0.0.1 70000 {",
    "    delay_lop 5",
    "    delay_lop 5",
    "    real_server 10.0.0.4 70000 {",
    "    }",
    "}",
};

/// What changes nothing about the lines that have mistakes, nor about the heads of the blocks around them.
Lines edited(Lines lines, std::mt19937& random) {
    const auto below = [&random](std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
    };
    const auto insert = [&](std::size_t at, const Lines& added) {
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), added.begin(), added.end());
    };
    for (std::size_t edits = 1 + below(6); edits > 0; --edits) {
        const std::size_t at = below(lines.size());
        switch (below(8)) {
            case 0:
                insert(at, {"# a comment { with a brace"});
                break;
            case 1:
                insert(at, {"", "  "});
                break;
            case 2:
                lines[at].insert(0, "\t ");
                break;
            case 3:
                lines[at] += "   # said later }";
                break;
            case 4:
                insert(0, {"vrrp_script before {", "    script /bin/true", "    interval 5", "}"});
                break;
            case 5:
                insert(lines.size(), {"static_ipaddress {", "    10.1.0.1/24 dev eth9", "}"});
                break;
            case 6:  // another value of a line without a mistake
                for (std::string& line : lines) {
                    if (line == "    lb_algo rr") line = "    lb_algo wlc";
                }
                break;
            default:  // a line more in a block with mistakes
                for (std::size_t i = 0; i < lines.size(); ++i) {
                    if (lines[i] == "    interface eth0") {
                        insert(i + 1, {"    garp_master_delay 5"});
                        break;
                    }
                }
        }
    }
    return lines;
}

}  // namespace

TEST_CASE("fingerprints are those of before after a hundred edits elsewhere in the file") {
    const auto before = fingerprints_of(joined(faulty));
    REQUIRE(before.size() >= 10);
    const std::set<Named> known(before.begin(), before.end());
    std::mt19937 random(17);
    for (unsigned round = 0; round < 100; ++round) {
        const std::string text = joined(edited(faulty, random));
        const auto after = fingerprints_of(text);
        INFO(text);
        const std::set<Named> now(after.begin(), after.end());
        CHECK(std::ranges::includes(now, known));
    }
}

TEST_CASE("every mistake has a fingerprint of its own") {
    std::set<std::string> seen;
    for (const Named& named : fingerprints_of(joined(faulty))) {
        INFO(named.rule << ": " << named.message);
        CHECK(named.fingerprint.size() == 32);
        CHECK(seen.insert(named.fingerprint).second);
    }
}

TEST_CASE("a fingerprint depends on the rule, the line, the blocks around it and equal lines before it") {
    const auto inside = [](const std::string& head, const std::string& line) { return head + " {\n" + line + "\n}\n"; };
    const std::string usual = fingerprint_of_unknown(inside("global_defs", "router_idd one"));
    CHECK(fingerprint_of_unknown(inside("global_defs", "router_idd two")) != usual);
    CHECK(fingerprint_of_unknown(inside("vrrp_script a", "router_idd one")) != usual);
    CHECK(fingerprint_of_unknown("\n# later\n" + inside("global_defs", "    \"router_idd\"   one # said")) == usual);
    CHECK(fingerprint_of_unknown("global_defs\n{\n    router_idd one\n}\n") == usual);
    const auto twice = fingerprints_of(inside("global_defs", "router_idd one\nrouter_idd one"));
    REQUIRE(twice.size() == 2);
    CHECK(twice[0].fingerprint == usual);
    CHECK(twice[1].fingerprint != usual);
}

TEST_CASE("a fingerprint does not depend on the name of the file") {
    CHECK(fingerprints_of(joined(faulty), "a.conf") == fingerprints_of(joined(faulty), "/etc/keepalived/b.conf"));
}

TEST_CASE("a fingerprint of a line with a secret says nothing of the secret") {
    const auto with_password = [](const std::string& line) {
        return fingerprints_of("vrrp_instance web {\n    authentication {\n        " + line + "\n    }\n}\n");
    };
    for (const std::string line : {"auth_pass ", "auth_pas ", "auth_pass 1 ", "auth_pass \""}) {
        const auto one = with_password(line + "correcthorse");
        INFO(line);
        REQUIRE(!one.empty());
        std::vector<std::string> first;
        std::vector<std::string> second;
        for (const Named& named : one) first.push_back(named.fingerprint);
        for (const Named& named : with_password(line + "batterystaple")) second.push_back(named.fingerprint);
        CHECK(first == second);
    }
}

TEST_CASE("any bytes have fingerprints") {
    std::mt19937 random(3);
    constexpr std::string_view pieces[] = {"{",  "}",    "\"",   "\n",           "\\",          "#",  "$",
                                           "${", "\xff", "\x1b", "global_defs ", "auth_pass x", "\r", " "};
    for (unsigned round = 0; round < 300; ++round) {
        std::string text;
        for (unsigned i = 0; i < 40; ++i) text += pieces[random() % std::size(pieces)];
        for (const Named& named : fingerprints_of(text)) CHECK(named.fingerprint.size() == 32);
    }
}
