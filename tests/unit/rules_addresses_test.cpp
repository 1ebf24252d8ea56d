#include "tests/unit/validate_cases.h"

// Rules of lbctl's own about addresses: those of the node, of its peers, and virtual ones.
namespace lbctl::test {

namespace {

std::string unicast(const std::string& source, const std::string& peers, const std::string& name = "a") {
    return block("vrrp_instance " + name, "interface eth0\nvirtual_router_id " + std::to_string(name[0]) +
                                              "\nunicast_src_ip " + source + "\n" + block("unicast_peer", peers) +
                                              block("virtual_ipaddress", "10.0.9." + std::to_string(name[0])));
}

std::string with_addresses(const std::string& addresses, const std::string& body = {}) {
    return instance(body + "\n" + block("virtual_ipaddress", addresses));
}

source::Severity severity_of(const std::string& rule, const std::string& text) {
    const auto analysis = validate::analyse("test.conf", text, {});
    const auto found = std::ranges::find(analysis.findings, rule, &source::Finding::rule);
    REQUIRE(found != analysis.findings.end());
    return found->severity;
}

}  // namespace

TEST_CASE("rules: peer-is-itself") {
    const std::string rule = "peer-is-itself";
    const RuleCase cases[] = {
        {rule, unicast("10.0.0.2", "10.0.0.1\n10.0.0.2"), unicast("10.0.0.2", "10.0.0.1\n10.0.0.3")},
        {rule, unicast("fd00::2", "fd00:0::2"), unicast("fd00::2", "fd00::3")},
        {rule, unicast("10.0.0.2", "10.0.0.1\n10.0.0.5") + block("static_ipaddress", "10.0.0.5/24 dev eth1"),
         unicast("10.0.0.2", "10.0.0.1") + block("static_ipaddress", "10.0.0.5/24 dev eth1")},
        {rule, unicast("10.0.0.2", "10.0.0.1\n10.0.9.97"), unicast("10.0.0.2", "10.0.0.1\n10.0.9.98")},
        // A link-local address is another on every interface.
        {rule, unicast("fd00::2", "fe80::9") + block("static_ipaddress", "fe80::9/64 dev eth0"),
         unicast("fd00::2", "fe80::9") + block("static_ipaddress", "fe80::9/64 dev eth1")},
    };
    hold(cases, {});
    CHECK(severity_of(rule, unicast("10.0.0.2", "10.0.0.2")) == source::Severity::error);
    CHECK(severity_of(rule, unicast("10.0.0.2", "10.0.0.2\n10.0.0.1")) == source::Severity::warning);
}

TEST_CASE("rules: peer-is-other-source") {
    const std::string rule = "peer-is-other-source";
    const RuleCase cases[] = {
        {rule, unicast("10.0.0.1", "10.0.0.2") + unicast("10.0.0.2", "10.0.0.1", "b"),
         unicast("10.0.0.1", "10.0.0.2") + unicast("10.0.0.1", "10.0.0.2", "b")},
        // An instance's own source is told by peer-is-itself.
        {rule, unicast("10.0.0.1", "10.0.0.2") + unicast("10.0.0.3", "10.0.0.1", "b"),
         unicast("10.0.0.1", "10.0.0.2") + unicast("10.0.0.1", "10.0.0.1", "b")},
        // Two nodes on two links may have each other's link-local address.
        {rule, unicast("fe80::1", "fe80::2") + unicast("fe80::2", "fe80::1", "b"),
         unicast("fe80::1", "fe80::2") +
             block("vrrp_instance b",
                   "interface eth1\nvirtual_router_id 2\n"
                   "unicast_src_ip fe80::2\n" +
                       block("unicast_peer", "fe80::1") + block("virtual_ipaddress", "fe80::9"))},
        // Of two lines one is read.
        {rule, unicast("10.0.0.1", "10.0.0.2") + unicast("10.0.0.2", "10.0.0.3", "b"),
         unicast("10.0.0.1", "10.0.0.2") + unicast("10.0.0.1\n@x unicast_src_ip 10.0.0.2", "10.0.0.3", "b")},
    };
    hold(cases, {});
    const auto analysis =
        validate::analyse("test.conf", unicast("10.0.0.1", "10.0.0.2") + unicast("10.0.0.2", "10.0.0.1", "b"), {});
    CHECK(std::ranges::count(analysis.findings, rule, &source::Finding::rule) == 1);
}

TEST_CASE("rules: virtual-address-of-node") {
    const std::string rule = "virtual-address-of-node";
    const std::string fixed = block("static_ipaddress", "10.0.0.7/24 dev eth0");
    const RuleCase cases[] = {
        {rule, unicast("10.0.9.97", "10.0.0.1"), unicast("10.0.9.98", "10.0.0.1")},
        {rule, with_addresses("10.0.0.7/24", "mcast_src_ip 10.0.0.7"),
         with_addresses("10.0.0.7/24", "mcast_src_ip 10.0.0.8")},
        {rule, with_addresses("10.0.0.7/24", "mcast_src_ip 10.0.0.7"),
         with_addresses("10.0.0.7/24", "use_vmac\nmcast_src_ip 10.0.0.7")},
        {rule, fixed + with_addresses("10.0.0.7/32"), fixed + with_addresses("10.0.0.77/32")},
        {rule, with_addresses("fd00::7/64") + block("static_ipaddress", "fd00:0::7/64"),
         with_addresses("fd00::7/64") + block("static_ipaddress", "fd00::8/64")},
        {rule, fixed + instance(block("virtual_ipaddress_excluded", "10.0.0.7/24")),
         fixed + instance(block("virtual_ipaddress_excluded", "10.0.0.6/24"))},
        // A director that is a real server, too, has the address on lo; an owner has it by right.
        {rule, fixed + with_addresses("10.0.0.7/24"),
         block("static_ipaddress", "10.0.0.7/32 dev lo") + with_addresses("10.0.0.7/24")},
        {rule, fixed + with_addresses("10.0.0.7/24"), fixed + with_addresses("10.0.0.7/24", "priority 255")},
    };
    hold(cases, {});
}

TEST_CASE("rules: virtual-address-prefix") {
    const std::string rule = "virtual-address-prefix";
    const RuleCase cases[] = {
        {rule, with_addresses("10.0.1.1/24\n10.0.1.2/24\n10.0.1.3/16"),
         with_addresses("10.0.1.1/24\n10.0.1.2/24\n10.0.1.3/24")},
        // Single addresses, and networks that have nothing in common.
        {rule, with_addresses("10.0.1.1/24\n10.0.1.2/25"), with_addresses("10.0.1.1/24\n10.0.1.2/32\n10.0.1.3")},
        {rule, with_addresses("10.0.1.1/24\n10.0.1.2/25"), with_addresses("10.0.1.1/24\n10.9.1.2/25")},
        {rule, with_addresses("10.0.1.1/24\n10.0.1.2/25"), with_addresses("10.0.1.1/24\n10.0.1.2/25 dev eth1")},
        {rule, with_addresses("fd00:1::1/64\nfd00:1::2/48"), with_addresses("fd00:1::1/64\nfd00:1:0:1::2/64")},
        // Instances of one interface are of one network.
        {rule,
         with_addresses("10.0.1.1/24") + block("vrrp_instance b", "interface eth0\nvirtual_router_id 2\n" +
                                                                      block("virtual_ipaddress", "10.0.1.2/23")),
         with_addresses("10.0.1.1/24") + block("vrrp_instance b", "interface eth1\nvirtual_router_id 2\n" +
                                                                      block("virtual_ipaddress", "10.0.1.2/23"))},
    };
    hold(cases, {});
    const auto analysis =
        validate::analyse("test.conf", with_addresses("10.0.1.9/16\n10.0.1.1/24\n10.0.1.2/24\n10.0.1.3/24"), {});
    CHECK(std::ranges::count(analysis.findings, rule, &source::Finding::rule) == 1);
    CHECK(analysis.findings.front().message.starts_with("10.0.1.9 "));
}

TEST_CASE("rules: virtual-address-kind") {
    const std::string rule = "virtual-address-kind";
    const RuleCase cases[] = {
        {rule, with_addresses("10.0.0.255/24"), with_addresses("10.0.0.255/23")},
        {rule, with_addresses("10.0.2.0/23"), with_addresses("10.0.3.0/23")},
        {rule, with_addresses("10.0.0.4/30"), with_addresses("10.0.0.4/31")},
        {rule, with_addresses("127.0.0.9"), with_addresses("128.0.0.9")},
        {rule, with_addresses("224.0.0.9"), with_addresses("223.0.0.9")},
        {rule, with_addresses("0.0.0.9"), with_addresses("1.0.0.9")},
        {rule, with_addresses("255.255.255.255"), with_addresses("10.255.255.255")},
        {rule, with_addresses("ff02::9"), with_addresses("fe80::9")},
        {rule, with_addresses("::1"), with_addresses("fd00::1")},
        {rule, with_addresses("::"), with_addresses("fd00::/128")},
        {rule, with_addresses("fd00:1::/64"), with_addresses("fd00:1::/127")},
        {rule, instance(block("virtual_ipaddress_excluded", "fd00:1::/48")),
         instance(block("virtual_ipaddress_excluded", "fd00:1::1/48"))},
    };
    hold(cases, {});
}

TEST_CASE("rules: real-server-is-service") {
    const std::string rule = "real-server-is-service";
    const std::string group = block("virtual_server_group g", "10.0.0.1-9 80\nfd00::1 443");
    const RuleCase cases[] = {
        {rule, good_service(server("", "10.0.0.1 80")), good_service(server("", "10.0.0.1 8080"))},
        {rule, good_service(server("", "10.0.0.1")), good_service(server("", "127.0.0.1 80"))},
        {rule, service("protocol TCP\n" + server("", "fd00:0::1 80"), "fd00::1 80"),
         service("protocol TCP\n" + server("", "fd00::2 80"), "fd00::1 80")},
        {rule, group + service("protocol TCP\n" + server("", "10.0.0.5 80"), "group g"),
         group + service("protocol TCP\n" + server("", "10.0.0.10 80"), "group g")},
        {rule, good_service(server("", "10.0.0.1 80")), service(server("", "10.0.0.1 80"), "fwmark 1")},
    };
    hold(cases, {});
}

TEST_CASE("rules: service-address-not-virtual") {
    const std::string rule = "service-address-not-virtual";
    const std::string vip = with_addresses("10.0.0.9/24");
    const auto at = [](const std::string& address) { return service("protocol TCP\n" + server(), address + " 80"); };
    const RuleCase cases[] = {
        {rule, vip + at("10.0.0.8"), vip + at("10.0.0.9")},
        {rule, at("10.0.0.8") + vip, at("10.0.0.9") + vip},
        {rule, with_addresses("10.0.0.9") + at("10.0.0.8"), with_addresses("10.0.0.9") + at("10.0.1.8")},
        {rule, with_addresses("fd00::9/64") + at("fd00::8"), with_addresses("fd00::9/64") + at("fd00:0:0:1::8")},
        {rule, vip + at("10.0.0.8"), at("10.0.0.8")},
        {rule, vip + at("10.0.0.8"), vip + at("10.0.0.8") + block("static_ipaddress", "10.0.0.8/24 dev eth0")},
        {rule, vip + at("10.0.0.8"),
         vip + at("10.0.0.8") + block("static_routes", "local 10.0.0.0/25 dev lo table local")},
        {rule, vip + at("10.0.0.8"),
         with_addresses("10.0.0.9/24", block("virtual_ipaddress_excluded", "10.0.0.8/24")) + at("10.0.0.8")},
        {rule, vip + at("10.0.0.8"),
         vip + block("virtual_server_group g", "10.0.0.8 80") + service("protocol TCP\n" + server(), "group g") +
             service(server("", "10.0.0.2"), "fwmark 1")},
        // A line of the list could not be read.
        {rule, vip + at("10.0.0.8"), with_addresses("10.0.0.9/24\n10.0.0.8x/24") + at("10.0.0.8")},
    };
    hold(cases, {});
}

}  // namespace lbctl::test
