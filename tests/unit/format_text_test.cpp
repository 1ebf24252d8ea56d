#include <string>

#include "cli/render/digest.h"
#include "cli/render/sarif_text.h"
#include "cli/render/xml_text.h"
#include "tests/unit/catch.h"

using namespace lbctl::cli;

TEST_CASE("XML has entities for what is markup, and shows what XML must not have") {
    CHECK(in_xml("lb_algo rr") == "lb_algo rr");
    CHECK(in_xml("<a b='c' d=\"e\">&amp;]]>") == "&lt;a b=&apos;c&apos; d=&quot;e&quot;&gt;&amp;amp;]]&gt;");
    CHECK(in_xml("\x1b[31m\x01\t\n") == "\\x1b[31m\\x01\\x09\\x0a");
    CHECK(in_xml("\xff\xc3") == "\\xff\\xc3");
    CHECK(in_xml("\xef\xbf\xbe\xef\xbf\xbf") == "\\ufffe\\uffff");
    CHECK(in_xml("größer 日本語 🙂") == "größer 日本語 🙂");
}

TEST_CASE("no reader takes a message of SARIF for one with placeholders or links") {
    CHECK(sarif_message("a `}' is missing, {} {x} {0") == "a `}' is missing, {} {x} {0");
    CHECK(sarif_message("{0} and {12}") == "{{0} and {{12}");
    CHECK(sarif_message("[a] (b)") == "[a] (b)");
    CHECK(sarif_message("[a](b) \\") == "\\[a\\](b) \\\\");
}

TEST_CASE("files are URI references") {
    CHECK(file_uri("conf.d/a-b_c.conf") == "conf.d/a-b_c.conf");
    CHECK(file_uri("/etc/keepalived/keepalived.conf") == "file:///etc/keepalived/keepalived.conf");
    CHECK(file_uri("a b%?#:\\\xff.conf") == "a%20b%25%3F%23%3A%5C%FF.conf");
    CHECK(file_uri("größe") == "gr%C3%B6%C3%9Fe");
}

TEST_CASE("pages become Markdown") {
    CHECK(in_markdown("`Master' is not `MASTER'.") == "`Master` is not `MASTER`.");
    CHECK(in_markdown("one's own; ` alone") == "one's own; ` alone");
    CHECK(code_block("a\nb") == "```\na\nb\n```");
    CHECK(code_block("```") == "````\n```\n````");
    CHECK(pascal_case("http-tls-port") == "HttpTlsPort");
}

TEST_CASE("a digest is the first half of a SHA-256") {
    // FIPS 180-4, of "abc"
    CHECK(digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223");
}
