#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "catch.h"
#include "grammar/keywords/keyword.h"
#include "grammar/syntax/formatter.h"
#include "grammar/syntax/line_grammar.h"
#include "grammar/syntax/script_words.h"
#include "grammar/syntax/source_lines.h"
#include "grammar/validate/analysis.h"

using namespace lbctl;

namespace {

std::vector<std::string> words(std::string_view line) {
    std::vector<std::string> texts;
    for (const auto& word : syntax::split_words(line).words) texts.emplace_back(word.text);
    return texts;
}

using Words = std::vector<std::string>;

source::Findings lint(const std::string& text) {
    return validate::analyse("test.conf", text, {}).findings;
}

}  // namespace

TEST_CASE("double quotes group words and end the word before them") {
    CHECK(words("ab\"c d\"ef") == Words{"ab", "c d", "ef"});
    CHECK(words("a \"\" b") == Words{"a", "", "b"});
    CHECK(words("'a b'") == Words{"'a", "b'"});
    CHECK(syntax::split_words("a \"b").unmatched_quote == 2);
}

TEST_CASE("commands are split by their own quotes and escapes") {
    CHECK(syntax::split_command("/x a b c") == Words{"/x", "a", "b", "c"});
    CHECK(syntax::split_command("/x 'b c' d") == Words{"/x", "b c", "d"});
    CHECK(syntax::split_command("/x '' z") == Words{"/x", "", "z"});
    CHECK(syntax::split_command("/x a\\tb") == Words{"/x", "a\tb"});
    CHECK(syntax::split_command("/x \\x414243") == Words{"/x", "A4243"});
    CHECK(syntax::split_command("/x\\ y") == Words{"/x y"});
}

TEST_CASE("the reader names every place a brace can be lost") {
    const auto rule_and_line = [](const std::string& text) {
        const auto findings = lint(text);
        REQUIRE(findings.size() == 1);
        return std::pair(std::string(findings[0].rule), findings[0].where.range.begin.line);
    };
    const std::string head = "virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n";
    CHECK(rule_and_line(head +
                        "    real_server 10.0.0.2 80 {\n    weight 1\n    real_server 10.0.0.3 80 {\n    }\n}\n") ==
          std::pair(std::string("missing-close-brace"), 7U));
    CHECK(rule_and_line(head + "    real_server 10.0.0.2 80\n    weight 1\n    }\n}\n") ==
          std::pair(std::string("missing-open-brace"), 6U));
    CHECK(rule_and_line(head + "    real_server 10.0.0.2 80 {\n    }\n}\n}\n") ==
          std::pair(std::string("extra-close-brace"), 8U));
}

TEST_CASE("a statement over two lines is one mistake, and is read as it was meant") {
    const auto told = [](const std::string& text) {
        std::string rules;
        for (const source::Finding& finding : lint(text)) rules.append(finding.rule).append(" ");
        return rules;
    };
    const std::string server = " {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\n}\n}\n";
    for (const char* header :
         {"virtual_server\n10.0.0.1 80", "virtual_server 10.0.0.1\n80", "virtual_server \\\n10.0.0.1 80",
          "virtual_server 10.0.0.1 \\\n80", "virtual_server \\\n10.0.0.1 \\\n80"}) {
        CHECK(told(header + server) == "split-line ");
    }
    CHECK(told("global_defs {\nrouter_id\nx\n}\n") == "split-line ");
    CHECK(told("static_ipaddress {\n10.0.0.1/24\ndev eth0\nlabel eth0:1\n}\n") == "split-line ");
    CHECK(told("static_ipaddress {\n10.0.0.1/24 dev\neth0\n10.0.0.2/24\ndev eth0\n}\n") == "split-line split-line ");
    CHECK(told("include\nother.conf\n") == "split-line ");
    // What is a keyword completes nothing, and what does not fit is a mistake of its own.
    CHECK(told("include\nglobal_defs {\n}\n") == "missing-argument ");
    CHECK(told("global_defs {\nrouter_id\nvrrp_version 2\n}\n") == "missing-argument ");
    CHECK(told("global_defs {\nrouter_id x\ny\n}\n") == "unknown-keyword ");
}

TEST_CASE("source lines give back every byte") {
    std::mt19937 random(7);
    const std::string alphabet = "ab \t{}#!\"\\\r\n$@~=\x80\xff";
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (std::size_t i = random() % 60; i > 0; --i) text += alphabet[random() % alphabet.size()];
        CHECK(syntax::join_source(syntax::split_source(text)) == text);
    }
}

TEST_CASE("any bytes are read to the end, and laying out twice is laying out once") {
    std::mt19937 random(11);
    const std::vector<std::string> pieces{"virtual_server",
                                          "10.0.0.1",
                                          "80",
                                          "{",
                                          "}",
                                          "\n",
                                          "\n",
                                          " ",
                                          "real_server",
                                          "$A",
                                          "${A}",
                                          "$A=",
                                          "\\\n",
                                          "\"",
                                          "#",
                                          "@x ",
                                          "~SEQ(X,1,3) ",
                                          "~LST(Y,a,b) ",
                                          "vrrp_instance",
                                          "i",
                                          "virtual_ipaddress",
                                          "global_defs",
                                          "notify",
                                          "'",
                                          "\xC2\xA0",
                                          "=======\n",
                                          "<<<<<<< a\n",
                                          "weight",
                                          "-1"};
    for (int round = 0; round < 1500; ++round) {
        std::string text;
        for (std::size_t i = random() % 40; i > 0; --i)
            text += pieces[random() % pieces.size()] + (random() % 2 == 0 ? " " : "");
        lint(text);
        const std::string once = syntax::format_text(text).text;
        INFO(text);
        CHECK(syntax::format_text(once).text == once);
    }
}

TEST_CASE("a carriage return with blanks behind it stays, for it is no line end") {
    for (const std::string text : {"a1\r   \n", "  \r \n", "$A=\\\nb \\\r \nc\n", "$A=\\\n \r \nc\n", "{ a\r  "}) {
        const std::string once = syntax::format_text(text).text;
        INFO(text);
        CHECK(once.find("\r ") != std::string::npos);
        CHECK(syntax::format_text(once).text == once);
    }
}

TEST_CASE("a statement may begin with an empty word") {
    const auto findings = lint("vrrp_instance a {\"\" x\n}\n");
    CHECK(std::any_of(findings.begin(), findings.end(), [](const auto& finding) {
        return finding.rule == "unknown-keyword" && finding.where.range.begin.line == 1;
    }));
}
