#include "tests/unit/validate_cases.h"

// Rules beyond keepalived about virtual servers and their groups.
namespace lbctl::test {

namespace {

std::string group_of(const std::string& name, const std::string& lines, const std::string& protocol = "TCP") {
    return block("virtual_server_group " + name, lines) +
           service("protocol " + protocol + "\nlvs_sched rr\nlvs_method NAT\n" + server(), "group " + name);
}

std::string single(const std::string& head, const std::string& protocol = "TCP") {
    return service("protocol " + protocol + "\nlvs_sched rr\nlvs_method NAT\n" + server(), head);
}

std::string marked(const std::string& name, const std::string& lines, const std::string& head = "10.0.0.2") {
    return block("virtual_server_group " + name, lines) +
           service("lvs_method DR\n" + server({}, head), "group " + name);
}

}  // namespace

TEST_CASE("rule service-from-two-places: the kernel has one service for an address or mark") {
    const std::string_view rule = "service-from-two-places";
    CHECK(speaks(rule, group_of("a", "10.1.0.1 80") + group_of("b", "10.1.0.2 80\n10.1.0.1 80")));
    CHECK(speaks(rule, group_of("a", "10.1.0.1 80") + single("10.1.0.1 80")));
    CHECK(speaks(rule, single("10.1.0.7 80") + group_of("a", "10.1.0.1-9 80")));
    CHECK(speaks(rule, group_of("a", "10.1.0.1-9 80") + group_of("b", "10.1.0.9-12 80")));
    CHECK(speaks(rule, group_of("a", "10.1.0.1-9 80\n10.1.0.4 80")));
    CHECK(
        speaks(rule, group_of("a", "10.1.0.1-200 80") + group_of("b", "10.1.0.2 80") + group_of("c", "10.1.0.99 80")));
    const std::string six = "fd00::2 80";
    CHECK(speaks(rule, block("virtual_server_group a", "fd00::10-1f 80") +
                           service("protocol UDP\n" + server({}, six), "group a") +
                           service("protocol UDP\n" + server({}, six), "fd00::1a 80")));
    CHECK(speaks(rule, marked("a", "fwmark 5\nfwmark 6") + service("lvs_method DR\n" + server(), "fwmark 5")));
    CHECK(speaks(rule, marked("a", "fwmark 5") + marked("b", "fwmark 5")));
    // Without a protocol it is UDP.
    CHECK(speaks(rule, service(server()) + single("10.0.0.1 80", "UDP")));

    CHECK_FALSE(speaks(rule, group_of("a", "10.1.0.1 80") + group_of("b", "10.1.0.2 80\n10.1.0.1 81")));
    CHECK_FALSE(speaks(rule, group_of("a", "10.1.0.1 80") + group_of("b", "10.1.0.1 80", "UDP")));
    CHECK_FALSE(speaks(rule, group_of("a", "10.1.0.1-9 80") + group_of("b", "10.1.0.10-12 80")));
    CHECK_FALSE(speaks(rule, group_of("a", "10.1.0.1 80") + single("10.1.0.1", "TCP")));
    CHECK_FALSE(speaks(rule, marked("a", "fwmark 5") + marked("b", "fwmark 5 inet6", "fd00::2")));
    // A group that nobody uses asks for nothing, and equal heads are told by another rule.
    CHECK_FALSE(speaks(rule, block("virtual_server_group a", "10.1.0.1 80") + single("10.1.0.1 80")));
    CHECK_FALSE(speaks(rule, single("10.1.0.1 80") + single("10.1.0.1 80")));
    CHECK_FALSE(speaks(rule, group_of("a", "10.1.0.1 80") + single("group a")));
}

TEST_CASE("rule sorry-server-is-real: who stands in is not one of those who are down") {
    const std::string_view rule = "sorry-server-is-real";
    CHECK(speaks(rule, good_service(server() + "sorry_server 10.0.0.2 80")));
    CHECK(speaks(rule, good_service("sorry_server 10.0.0.3 80\n" + server() + server({}, "10.0.0.3 80"))));
    CHECK(speaks(rule, service("protocol TCP\nlvs_method DR\nsorry_server 10.0.0.2\n" + server())));
    CHECK(speaks(rule, service("sorry_server fd00::2 80\n" + server({}, "fd00::2 80"), "fd00::1 80")));
    CHECK(speaks(rule, service("lvs_method DR\nsorry_server 10.0.0.2 80\n" + server(), "fwmark 2")));

    CHECK_FALSE(speaks(rule, good_service(server() + "sorry_server 10.0.0.9 80")));
    CHECK_FALSE(speaks(rule, good_service(server() + "sorry_server 10.0.0.2 8080")));
}

}  // namespace lbctl::test
