#include "tests/unit/validate_cases.h"

namespace lbctl::test {

namespace {

constexpr keywords::Version target = keywords::default_target;
const std::string strict = block("global_defs", "vrrp_strict");

std::string passed(const std::string& password, const std::string& more = {}, const std::string& name = "a") {
    return good_instance(more + block("authentication", "auth_type PASS\nauth_pass " + password), name);
}

}  // namespace

TEST_CASE("rules: strict mode without accept") {
    const std::string_view rule = "strict-without-accept";
    CHECK(finds(rule, strict + good_instance(""), target));
    CHECK(finds(rule, good_instance("strict_mode on\nversion 3"), target));
    CHECK(finds(rule, strict + good_instance("version 3\naccept") + good_instance("version 3", "b"), target));
    CHECK(finds(rule, strict + instance("virtual_ipaddress {\nfe80::9/64\nfd00::9/64\n}\n"), target));
    CHECK_FALSE(finds(rule, strict + good_instance("version 3\naccept"), target));
    CHECK_FALSE(finds(rule, strict + good_instance("strict_mode off"), target));
    CHECK_FALSE(finds(rule, strict + good_instance("priority 255"), target));
    CHECK_FALSE(finds(rule, strict + good_instance("no_accept"), target));
    CHECK_FALSE(finds(rule, good_instance(""), target));
}

TEST_CASE("rules: a virtual server where no_accept drops its packets") {
    const std::string_view rule = "no-accept-service";
    const std::string none = "no_accept\n";
    const std::string here = service(server(), "10.0.0.9 80");
    CHECK(finds(rule, good_instance(none) + here, target));
    CHECK(finds(rule, here + strict + good_instance(none), target));
    CHECK(finds(rule,
                good_instance(none) + block("virtual_server_group g", "10.0.0.5-12 80") + service(server(), "group g"),
                target));
    CHECK(finds(rule,
                instance(none + block("virtual_ipaddress", "fd00::8/64") +
                         block("virtual_ipaddress_excluded", "fd00:0::9/64")) +
                    service(server({}, "fd00::2 80"), "fd00::9 80"),
                target));
    CHECK_FALSE(finds(rule, good_instance("") + here, target));
    CHECK_FALSE(finds(rule, good_instance(none + "accept") + here, target));
    CHECK_FALSE(finds(rule, good_instance(none + "priority 255") + here, target));
    CHECK_FALSE(finds(rule, good_instance(none) + service(server(), "10.0.0.8 80"), target));
    CHECK_FALSE(finds(rule, good_instance(none) + service(server(), "fwmark 9"), target));
    CHECK_FALSE(finds(rule, good_instance(none) + good_instance("", "b") + service(server(), "10.0.0.8 80"), target));
}

TEST_CASE("rules: passwords in clear text, and those of samples") {
    const std::string_view clear = "password-in-clear-text";
    const std::string_view sample = "password-of-samples";
    CHECK(finds(clear, passed("kH8xq2"), target));
    CHECK_FALSE(finds(sample, passed("kH8xq2"), target));
    for (const std::string known : {"1111", "1234", "secret", "PassWord123"}) {
        CHECK(finds(sample, passed(known), target));
        CHECK_FALSE(finds(clear, passed(known), target));
    }
    CHECK(finds(sample, good_instance("") + passed("1111", {}, "b"), target));
    for (const std::string no : {"version 3\n", "strict_mode on\n"}) {
        CHECK_FALSE(finds(clear, passed("kH8xq2", no), target));
        CHECK_FALSE(finds(sample, passed("1111", no), target));
    }
    CHECK_FALSE(finds(clear, good_instance(block("authentication", "auth_type AH\nauth_pass kH8xq2")), target));
    CHECK_FALSE(finds(clear, good_instance(block("authentication", "auth_pass kH8xq2")), target));
    CHECK_FALSE(finds(sample, good_instance(""), target));
}

TEST_CASE("rules: what is told of a password does not show it") {
    const auto analysis = validate::analyse("test.conf", passed("letmein") + passed("kH8xq2", {}, "b"), {});
    for (const std::string& line : lines_of(analysis)) {
        CHECK(line.find("letmein") == std::string::npos);
        CHECK(line.find("kH8xq2") == std::string::npos);
    }
}

TEST_CASE("rules: the virtual_router_id of the samples") {
    const std::string_view rule = "virtual-router-id-of-samples";
    const std::string body = "interface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n10.0.0.9/24\n}\n";
    const std::string unicast = "unicast_peer {\n10.0.0.3\n}\n";
    CHECK(finds(rule, block("vrrp_instance a", body), target));
    CHECK(finds(rule, good_instance("") + block("vrrp_instance b", body), target));
    CHECK(finds(rule, block("vrrp_instance a", body + unicast + "use_vmac\nvmac_xmit_base"), target));
    CHECK_FALSE(finds(rule, block("vrrp_instance a", body + unicast), target));
    CHECK_FALSE(finds(rule, good_instance(""), target));
}

}  // namespace lbctl::test
