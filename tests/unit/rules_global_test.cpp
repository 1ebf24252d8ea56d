#include "tests/unit/validate_cases.h"

namespace lbctl::test {

namespace {

constexpr keywords::Version target = keywords::default_target;
const std::string recipients = block("notification_email", "a@example.org");
const std::string mail_server = "smtp_server 192.0.2.25\n";

std::string globals(const std::string& body) {
    return block("global_defs", body);
}

}  // namespace

TEST_CASE("rules: the router_id of the sample") {
    CHECK(finds("router-id-of-sample", globals("router_id LVS_DEVEL"), target));
    CHECK(finds("router-id-of-sample", globals("router_id lvs_devel"), target));
    CHECK_FALSE(finds("router-id-of-sample", globals("router_id LVS_DEVEL2"), target));
    CHECK_FALSE(finds("router-id-of-sample", globals(mail_server), target));
}

TEST_CASE("rules: mail addresses of the sample") {
    const std::string_view rule = "mail-address-of-sample";
    CHECK(finds(rule, globals(block("notification_email", "a@example.org\nadmin@FireWall.loc")), target));
    CHECK(finds(rule, globals("notification_email_from me@firewall.loc"), target));
    CHECK_FALSE(finds(rule, globals("notification_email_from me@myfirewall.loc"), target));
    CHECK_FALSE(finds(rule, globals(block("notification_email", "firewall.loc@example.org")), target));
}

TEST_CASE("rules: recipients of mail without a mail server") {
    const std::string_view rule = "mail-without-server";
    CHECK(finds(rule, globals(recipients), target));
    CHECK(finds(rule, globals("smtp_alert\n" + recipients), target));
    CHECK_FALSE(finds(rule, globals(recipients) + globals(mail_server), target));
    CHECK_FALSE(finds(rule, globals("smtp_alert"), target));
}

TEST_CASE("rules: mail that nobody is to get") {
    const std::string_view rule = "mail-without-recipient";
    CHECK(finds(rule, globals("smtp_alert"), target));
    CHECK(finds(rule, globals(mail_server), target));
    CHECK(finds(rule, globals("smtp_alert_checker true\n" + mail_server), target));
    CHECK(finds(rule, good_instance("smtp_alert"), target));
    CHECK(finds(rule, good_service("smtp_alert\n" + server()), target));
    CHECK(finds(rule, checked("smtp_alert"), target));
    CHECK_FALSE(finds(rule, checked("smtp_alert") + globals(recipients + mail_server), target));
    CHECK_FALSE(finds(rule, good_instance("smtp_alert off") + checked("smtp_alert no"), target));
    CHECK_FALSE(finds(rule, globals("smtp_alert\n" + block("notification_email", "")), target));
    CHECK_FALSE(finds(rule, globals("router_id a"), target));
}

}  // namespace lbctl::test
