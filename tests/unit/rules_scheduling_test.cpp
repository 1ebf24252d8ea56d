#include "tests/unit/validate_cases.h"

namespace lbctl::test {

namespace {

constexpr keywords::Version target = keywords::default_target;
const std::string tcp_check = "TCP_CHECK {\n}\n";

std::string other(const std::string& body) {
    return server(body, "10.0.0.3 80");
}

}  // namespace

TEST_CASE("rules: all weights 0") {
    const std::string_view rule = "all-weights-zero";
    CHECK(finds(rule, good_service(server("weight 0")), target));
    CHECK(finds(rule, good_service(server("weight 0") + other("weight 0")), target));
    CHECK(finds(rule, good_service(server("weight 0\nMISC_CHECK {\nmisc_path /bin/a\n}")), target));
    CHECK_FALSE(finds(rule, good_service(server("weight 0") + other("")), target));
    CHECK_FALSE(finds(rule, good_service(server("weight 0\nMISC_CHECK {\nmisc_path /bin/a\nmisc_dynamic\n}")), target));
}

TEST_CASE("rules: one-packet scheduling with persistence") {
    const std::string_view rule = "persistence-with-ops";
    CHECK(finds(rule, service("protocol UDP\nops\npersistence_timeout 9\n" + server()), target));
    CHECK(finds(rule, service("persistence_timeout\nops\n" + server(), "fwmark 3"), target));
    CHECK_FALSE(finds(rule, service("protocol UDP\nops\n" + server()), target));
    CHECK_FALSE(finds(rule, service("protocol UDP\npersistence_timeout 9\n" + server()), target));
    CHECK_FALSE(finds(rule, good_service("ops\npersistence_timeout 9\n" + server()), target));
}

TEST_CASE("rules: a sorry server that is never used") {
    const std::string_view rule = "sorry-server-never-used";
    const std::string sorry = "sorry_server 10.0.0.9 80\n";
    CHECK(finds(rule, good_service(sorry + server()), target));
    CHECK(finds(rule, service(server() + sorry, "fwmark 3"), target));
    CHECK(finds(rule, good_service(sorry + server(tcp_check) + other("")), target));
    CHECK(finds(rule, good_service(sorry + "quorum 3\n" + server(tcp_check) + other("weight 3")), target));
    CHECK(finds(rule, good_service(sorry + "quorum 2\nhysteresis 1\n" + server(tcp_check) + other("")), target));
    CHECK_FALSE(finds(rule, good_service(sorry + server(tcp_check) + other(tcp_check)), target));
    CHECK_FALSE(finds(rule, good_service(sorry + "quorum 2\n" + server(tcp_check) + other("")), target));
    CHECK_FALSE(finds(rule, good_service(sorry + server(tcp_check) + other("weight 0")), target));
    CHECK_FALSE(finds(rule, good_service(sorry + server("weight 0")), target));
    CHECK_FALSE(finds(rule, good_service(server()), target));
    CHECK_FALSE(finds(
        rule, block("bfd_instance b", "neighbor_ip 10.0.0.2") + good_service(sorry + server("BFD_CHECK {\nname b\n}")),
        target));
}

TEST_CASE("rules: weights that the scheduler does not look at") {
    const std::string_view rule = "weights-not-used";
    const auto scheduled = [](const std::string& scheduler, const std::string& body) {
        return service("protocol TCP\nlvs_method NAT\nlvs_sched " + scheduler + "\n" + body);
    };
    for (const std::string scheduler : {"rr", "lc", "dh"}) {
        CHECK(finds(rule, scheduled(scheduler, server("weight 2") + other("")), target));
        CHECK(finds(rule, scheduled(scheduler, "weight 4\n" + server("weight 2") + other("")), target));
    }
    for (const std::string scheduler : {"wrr", "wlc", "sh", "mh", "sed", "nq"})
        CHECK_FALSE(finds(rule, scheduled(scheduler, server("weight 2") + other("")), target));
    CHECK(finds(rule, scheduled("rr", "quorum 1\n" + server("weight 2") + other("")), target));
    CHECK_FALSE(finds(rule, scheduled("rr", server("weight 2") + other("weight 2")), target));
    CHECK_FALSE(finds(rule, scheduled("rr", server("weight 0") + other("")), target));
    CHECK_FALSE(finds(rule, scheduled("rr", "quorum 2\n" + server("weight 2") + other("")), target));
}

}  // namespace lbctl::test
