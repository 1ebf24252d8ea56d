#include "backend/table/plan.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "backend/ipvsadm/saved_table.h"
#include "backend/netlink/kernel_failure.h"
#include "backend/table/table_json.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using namespace lbctl::table;
using namespace lbctl::ipvsadm;

namespace {

Table read(const std::string& text) {
    auto table = read_saved_text(text, "text");
    REQUIRE(table);
    return std::move(*table);
}

std::vector<std::string> steps(const Plan& plan) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < plan.size(); ++i) lines.push_back(to_string(plan.request(i)) + ": " + plan.reason(i));
    return lines;
}

const std::string old_table =
    "-A -t 10.0.0.1:80 -s rr\n"
    "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 3\n"
    "-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m\n"
    "-A -t 10.0.0.9:80 -s rr\n";
const std::string new_table =
    "-A -t 10.0.0.1:80 -s wlc\n"
    "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 0\n"
    "-a -t 10.0.0.1:80 -r 10.0.1.3:80 -m\n"
    "-A -u 10.0.0.2:53 -s rr\n"
    "-a -u 10.0.0.2:53 -r 10.0.1.1:53 -m\n";

}  // namespace

TEST_CASE("a plan adds, edits, and removes last", "[plan]") {
    const Plan plan(read(old_table), wanted_from(read(new_table), "text"), {}, {.prune = true, .drain = true});
    CHECK(steps(plan) ==
          std::vector<std::string>{"add service UDP 10.0.0.2:53: wanted, and not in the table",
                                   "add destination 10.0.1.1:53 to UDP 10.0.0.2:53: belongs to the new service",
                                   "add destination 10.0.1.3:80 to TCP 10.0.0.1:80: wanted, and not in the table",
                                   "edit service TCP 10.0.0.1:80: scheduler rr → wlc",
                                   "edit destination 10.0.1.1:80 of TCP 10.0.0.1:80: weight 3 → 0",
                                   "edit destination 10.0.1.2:80 of TCP 10.0.0.1:80: goes away: weight 1 → 0",
                                   "delete destination 10.0.1.2:80 of TCP 10.0.0.1:80: in the table, and not wanted",
                                   "delete service TCP 10.0.0.9:80: in the table, and not wanted"});
    CHECK(plan.first_removal() == 6);
}

TEST_CASE("services of others stay", "[plan]") {
    const Table live = read(old_table);
    const Plan careful(live, wanted_from(read(new_table), "text"), {}, {});
    REQUIRE(careful.foreign().size() == 1);
    CHECK(careful.foreign().front()->key == live.services.back().key);
    const Plan owner(live, wanted_from(read(new_table), "text"), {live.services.back().key}, {});
    CHECK(owner.foreign().empty());
    CHECK(owner.size() == careful.size() + 1);
}

TEST_CASE("a table that is as wanted needs no steps", "[plan]") {
    CHECK(Plan(read(old_table), wanted_from(read(old_table), "text"), {}, {}).size() == 0);
    const Plan kept(read("-A -f 1 -s rr\n-a -f 1 -r 10.0.1.1:0 -m -w 7"),
                    wanted_from(read("-A -f 1 -s rr\n-a -f 1 -r 10.0.1.1:0 -m -w 1"), "text"), {},
                    {.keep_weights = true});
    CHECK(kept.size() == 0);
}

TEST_CASE("the digest is that of the values, not of their order", "[plan]") {
    Table turned = read(old_table);
    std::swap(turned.services.front(), turned.services.back());
    CHECK(digest(turned) == digest(read(old_table)));
    CHECK(digest(read(new_table)) != digest(read(old_table)));
}

TEST_CASE("tables go through JSON", "[plan]") {
    const Table table = read("--start-daemon backup --mcast-interface eth0 --mcast-group ff02::81\n" + new_table +
                             "-A -f 9 -6 -s mh -p 60 -M 64 -b mh-port\n"
                             "-a -f 9 -6 -r [fd00::1]:0 -i --tun-type gre --tun-csum -x 5 -y 2\n");
    const auto back = table_from_json(to_json(table));
    REQUIRE(back);
    CHECK(*back == table);
    CHECK_FALSE(table_from_json(nlohmann::ordered_json{{"schema", "lbctl-table/2"}}));
}

TEST_CASE("the kernel's refusals in words", "[plan]") {
    Service service;
    service.key = AddressKey{Protocol::tcp, *IpAddress::parse("10.0.0.1"), 80};
    service.scheduler = "foo";
    const Failure missing = netlink::change_failure(AddService{service}, 2);
    CHECK(missing.message == "cannot add service TCP 10.0.0.1:80: the kernel has no scheduler `foo'");
    CHECK(missing.hint == "modprobe ip_vs_foo, or choose another scheduler");
    CHECK(netlink::change_failure(Flush{}, 1).message == "cannot flush the table: no permission");
}
