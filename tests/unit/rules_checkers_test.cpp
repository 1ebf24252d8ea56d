#include "grammar/rules/rule.h"
#include "tests/unit/validate_cases.h"

// Rules beyond keepalived about the checkers of real servers: texts that each finds fault with, and others that look
// like them and are fine.
namespace lbctl::test {

namespace {

/// A virtual server of that protocol and port with a real server that has this checker.
std::string over(const std::string& protocol, const std::string& port, const std::string& checker,
                 const std::string& server_port = {}) {
    return service(
        "protocol " + protocol + "\n" + server(checker, "10.0.0.2 " + (server_port.empty() ? port : server_port)),
        "10.0.0.1 " + port);
}

std::string checker(const std::string& kind, const std::string& body = {}) {
    return block(kind, body);
}

std::string page(const std::string& kind, const std::string& lines, const std::string& more = {}) {
    return block(kind, more + "\n" + block("url", lines));
}

}  // namespace

TEST_CASE("rule checker-transport: checks ask as the service is asked") {
    const std::string_view rule = "checker-transport";
    CHECK(speaks(rule, over("UDP", "161", checker("TCP_CHECK"))));
    CHECK(speaks(rule, over("UDP", "514", page("HTTP_GET", "path /"))));
    CHECK(speaks(rule, over("UDP", "1812", page("SSL_GET", "path /"))));
    CHECK(speaks(rule, over("UDP", "123", checker("SMTP_CHECK"))));
    CHECK(speaks(rule, over("SCTP", "36412", checker("TCP_CHECK"))));
    CHECK(speaks(rule, over("TCP", "5432", checker("UDP_CHECK"))));
    CHECK(speaks(rule, over("TCP", "25", checker("DNS_CHECK", "name example.com"))));
    CHECK(speaks(rule, over("UDP", "161", checker("TCP_CHECK", "connect_port 161"))));
    CHECK(speaks(rule, service("protocol UDP\n" + server(checker("TCP_CHECK"), "fd00::2 69"), "fd00::1 69")));
    CHECK(speaks(rule, block("virtual_server_group g", "10.0.0.1 69") +
                           service("protocol UDP\n" + server(checker("TCP_CHECK"), "10.0.0.2 69"), "group g")));

    // What listens there by TCP is no web server.
    for (const char* const port : {"53", "389", "1194", "3478", "5060"})
        CHECK(speaks(rule, over("UDP", port, page("HTTP_GET", "path /"))));
    CHECK(speaks(rule, over("UDP", "53", checker("SMTP_CHECK"))));

    CHECK_FALSE(speaks(rule, over("TCP", "80", checker("TCP_CHECK"))));
    CHECK_FALSE(speaks(rule, over("UDP", "161", checker("UDP_CHECK"))));
    CHECK_FALSE(speaks(rule, over("UDP", "161", checker("PING_CHECK"))));
    CHECK_FALSE(speaks(rule, over("UDP", "161", checker("MISC_CHECK", "misc_path /usr/local/bin/snmp"))));
    CHECK_FALSE(speaks(rule, over("UDP", "161", checker("TCP_CHECK", "connect_port 22"))));
    CHECK_FALSE(speaks(rule, over("UDP", "53", checker("TCP_CHECK"))));
    CHECK_FALSE(speaks(rule, over("UDP", "53", checker("TCP_CHECK"), "10053")));
    CHECK_FALSE(speaks(rule, over("UDP", "443", page("SSL_GET", "path /"))));  // HTTP/3
    CHECK_FALSE(speaks(rule, over("UDP", "514", checker("TCP_CHECK"))));
    CHECK_FALSE(speaks(rule, over("TCP", "53", checker("DNS_CHECK", "name example.com"))));
    CHECK_FALSE(speaks(rule, over("UDP", "161", checker("TCP_CHECK")) + over("TCP", "161", checker("TCP_CHECK"))));
    // The same server by another address of the director, and by a group.
    CHECK_FALSE(speaks(rule, over("UDP", "161", checker("TCP_CHECK")) +
                                 service("protocol TCP\n" + server({}, "10.0.0.2 161"), "10.0.0.7 161")));
    CHECK_FALSE(speaks(rule, over("UDP", "161", checker("TCP_CHECK")) +
                                 block("virtual_server_group g", "10.0.0.1 161") +
                                 service("protocol TCP\n" + server({}, "10.0.0.2 161"), "group g")));
    CHECK(speaks(rule, over("UDP", "161", checker("TCP_CHECK")) +
                           service("protocol TCP\n" + server({}, "10.0.0.3 161"), "10.0.0.7 161")));
    // Without a protocol it is UDP, which is told.
    CHECK_FALSE(speaks(rule, service(server(checker("TCP_CHECK")))));
    CHECK_FALSE(speaks(rule, service(server(checker("UDP_CHECK")), "fwmark 3")));
}

TEST_CASE("rule connect-timeout-above-interval: a check takes no longer than the time between two") {
    const std::string_view rule = "connect-timeout-above-interval";
    CHECK(speaks(rule, good_service("delay_loop 5\n" + server(checker("TCP_CHECK", "connect_timeout 6")))));
    CHECK(speaks(rule,
                 good_service("delay_loop 60\n" + server(checker("TCP_CHECK", "delay_loop 1.5\nconnect_timeout 2")))));
    CHECK(speaks(rule, good_service("delay_loop 2\n" + server("connect_timeout 9\n" + checker("PING_CHECK")))));
    CHECK(speaks(rule, good_service("connect_timeout 70\n" + server(page("HTTP_GET", "path /")))));

    CHECK_FALSE(speaks(rule, good_service("delay_loop 5\n" + server(checker("TCP_CHECK", "connect_timeout 5")))));
    CHECK_FALSE(speaks(
        rule, good_service("delay_loop 5\nconnect_timeout 30\n" + server(checker("TCP_CHECK", "connect_timeout 3")))));
    CHECK_FALSE(speaks(rule, good_service("delay_loop 2\n" + server(checker("TCP_CHECK",
                                                                            "delay_loop 20\n"
                                                                            "connect_timeout 9")))));
    CHECK_FALSE(speaks(rule, good_service("delay_loop 2\nconnect_timeout 9\n" +
                                          server(checker("MISC_CHECK", "misc_path /bin/check")))));
}

TEST_CASE("rule digest-of-nothing: a page with a body has another digest") {
    const std::string_view rule = "digest-of-nothing";
    const std::string digest = "path /\ndigest d41d8cd98f00b204e9800998ecf8427e\n";
    CHECK(speaks(rule, checked(page("HTTP_GET", digest))));
    CHECK(speaks(rule, checked(page("SSL_GET", "path /\ndigest D41D8CD98F00B204E9800998ECF8427E\nstatus_code 200"))));

    CHECK_FALSE(speaks(rule, checked(page("HTTP_GET", "path /\ndigest d41d8cd98f00b204e9800998ecf8427f"))));
    CHECK_FALSE(speaks(rule, checked(page("HTTP_GET", digest + "status_code 204"))));
    CHECK_FALSE(speaks(rule, checked(page("HTTP_GET", digest + "status_code 301-302"))));
}

TEST_CASE("rule http-tls-port: plain HTTP and TLS go to ports of their own") {
    const std::string_view rule = "http-tls-port";
    CHECK(speaks(rule, over("TCP", "443", page("HTTP_GET", "path /"))));
    CHECK(speaks(rule, over("TCP", "80", page("HTTP_GET", "path /", "connect_port 443"))));
    CHECK(speaks(rule, over("TCP", "443", page("SSL_GET", "path /"), "80")));
    CHECK(speaks(rule, service("protocol TCP\n" + server(page("HTTP_GET", "path /"), "fd00::2 443"), "fd00::1 443")));

    CHECK_FALSE(speaks(rule, over("TCP", "443", page("SSL_GET", "path /"))));
    CHECK_FALSE(speaks(rule, over("TCP", "80", page("HTTP_GET", "path /"))));
    CHECK_FALSE(speaks(rule, over("TCP", "443", page("HTTP_GET", "path /"), "8000")));
    CHECK_FALSE(speaks(rule, over("TCP", "443", page("HTTP_GET", "path /", "connect_port 9000"))));
    CHECK_FALSE(speaks(rule, over("TCP", "443", page("HTTP_GET", "path /\nstatus_code 400"))));
    CHECK_FALSE(speaks(rule, over("TCP", "443", checker("TCP_CHECK"))));
}

TEST_CASE("rule misc-timeout-above-interval: a command runs no longer than the time between two") {
    const std::string_view rule = "misc-timeout-above-interval";
    const auto misc = [](const std::string& lines) { return checker("MISC_CHECK", "misc_path /x\n" + lines); };
    CHECK(speaks(rule, good_service("delay_loop 10\n" + server(misc("misc_timeout 11")))));
    CHECK(speaks(rule, good_service(server(misc("misc_timeout 61")))));
    CHECK(speaks(rule, good_service("delay_loop 90\n" + server("delay_loop 5\n" + misc("misc_timeout 20")))));
    // Without one of its own the time of the virtual server counts.
    CHECK(speaks(rule, good_service("delay_loop 90\n" + server(misc("delay_loop 5")))));

    CHECK_FALSE(speaks(rule, good_service("delay_loop 10\n" + server(misc("misc_timeout 10")))));
    CHECK_FALSE(speaks(rule, good_service("delay_loop 10\n" + server(misc({})))));
    CHECK_FALSE(speaks(rule, good_service("delay_loop 5\n" + server(misc("delay_loop 30\nmisc_timeout 20")))));
}

TEST_CASE("rule path-without-slash: the target of a request is a path from the root or a whole address") {
    const std::string_view rule = "path-without-slash";
    CHECK(speaks(rule, checked(page("HTTP_GET", "path health"))));
    CHECK(speaks(rule, checked(page("SSL_GET", "path \"?probe=1\""))));
    CHECK(speaks(rule, checked(block("HTTP_GET", block("url", "path /a") + block("url", "path b/c")))));

    CHECK_FALSE(speaks(rule, checked(page("HTTP_GET", "path /health"))));
    CHECK_FALSE(speaks(rule, checked(page("HTTP_GET", "path \"/\""))));
    CHECK_FALSE(speaks(rule, checked(page("HTTP_GET", "path http://www.example.com/health"))));
}

TEST_CASE("rule regex-invalid: regular expressions compile") {
    const std::string_view rule = "regex-invalid";
    CHECK(speaks(rule, checked(page("HTTP_GET", "path /\nregex \"[a-\""))));
    CHECK(speaks(rule, checked(page("SSL_GET", "path /\nregex \"+ok\"\nregex_no_match"))));
    CHECK(speaks(rule, checked(page("HTTP_GET", "path /\nregex \"ok)\""))));
    CHECK(speaks(rule, checked(page("HTTP_GET", "path /\nregex \"(?<a>x)(?<a>y)\""))));

    CHECK_FALSE(speaks(rule, checked(page("HTTP_GET", "path /\nregex \"(ok|ready)\""))));
    CHECK_FALSE(speaks(rule, checked(page("HTTP_GET", "path /\nregex \"\\\\(ok\""))));
    CHECK_FALSE(speaks(rule, checked(page("HTTP_GET", "path /\nregex \"(?<a>x)(?<a>y)\"\nregex_options dupnames"))));
}

TEST_CASE("rule server-without-checker: one of several is not left out") {
    const std::string_view rule = "server-without-checker";
    const std::string tested = server(checker("TCP_CHECK"));
    CHECK(speaks(rule, good_service(tested + server({}, "10.0.0.3 80"))));
    CHECK(speaks(rule, good_service(server("weight 3", "10.0.0.3 80") + tested)));
    CHECK(speaks(rule, service("lvs_method DR\n" + tested + server({}, "10.0.0.3 80"), "fwmark 4")));

    CHECK_FALSE(speaks(rule, good_service(tested + server(checker("PING_CHECK"), "10.0.0.3 80"))));
    CHECK_FALSE(speaks(rule, good_service(server() + server({}, "10.0.0.3 80"))));
    CHECK_FALSE(speaks(rule, good_service(tested + server("weight 0", "10.0.0.3 80"))));
    // A word that could not be read may be the check: one mistake, one finding.
    CHECK_FALSE(speaks(rule, good_service(tested + server(checker("TCP_CHEK"), "10.0.0.3 80"))));
}

TEST_CASE("a rule for checkers names the kinds that it looks at, or it would look at none") {
    for (const rules::Rule* rule : rules::rules_with(&rules::Rule::checker)) {
        INFO(rule->page.id);
        bool looks_at_some = false;
        for (std::size_t kind = 0; kind < model::checker_kinds; ++kind)
            looks_at_some = looks_at_some || rule->kinds.contains(static_cast<model::CheckerKind>(kind));
        CHECK(looks_at_some);
    }
}

}  // namespace lbctl::test
