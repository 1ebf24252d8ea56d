#include "backend/table/drained.h"

#include "backend/ipvsadm/saved_table.h"
#include "backend/table/names.h"
#include "tests/unit/catch.h"

namespace {

using namespace lbctl::table;

Table table_of(std::string_view text) {
    auto table = lbctl::ipvsadm::read_saved_text(text, "text");
    REQUIRE(table.has_value());
    return std::move(*table);
}

constexpr std::string_view saved =
    "-A -t 10.0.0.1:80 -s rr\n"
    "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 0\n"
    "-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 4\n"
    "-A -f 7 -6 -s rr\n"
    "-a -f 7 -6 -r [fd00:1::1]:0 -g -w 0\n";

}  // namespace

TEST_CASE("the key of a drained server says which it is", "[drained]") {
    for (const Service& service : table_of(saved).services) {
        for (const Destination& destination : service.destinations) {
            const auto parts = drained_parts(drained_key(service.key, destination.key));
            REQUIRE(parts.has_value());
            CHECK(parts->first == service.key);
            CHECK(parts->second == destination.key);
        }
    }
    for (const std::string_view bad :
         {"", "TCP 10.0.0.1:80", "TCP 10.0.0.1 10.0.1.1:80", "ICMP 10.0.0.1:80 10.0.1.1:80", "FWM x 10.0.1.1:80",
          "TCP 10.0.0.1:80 10.0.1.1:70000"}) {
        INFO(bad);
        CHECK_FALSE(drained_parts(bad).has_value());
    }
}

TEST_CASE("a server that has got a weight since is drained no more, and one that is away still is", "[drained]") {
    const DrainedServers drained = {{"TCP 10.0.0.1:80 10.0.1.1:80", {3, "alice", std::nullopt}},
                                    {"TCP 10.0.0.1:80 10.0.1.2:80", {5, "bob", std::nullopt}},
                                    {"TCP 10.0.0.1:80 10.0.1.3:80", {7, "", std::nullopt}}};
    const DrainedServers still = still_drained(drained, table_of(saved));
    CHECK(still.size() == 2);
    CHECK(still.contains("TCP 10.0.0.1:80 10.0.1.1:80"));
    CHECK(still.contains("TCP 10.0.0.1:80 10.0.1.3:80"));
}

TEST_CASE("a wanted table keeps drains that somebody wanted, and tells which", "[drained]") {
    Wanted wanted = wanted_from(table_of("-A -t 10.0.0.1:80 -s rr\n"
                                         "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 3\n"
                                         "-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 4\n"
                                         "-a -t 10.0.0.1:80 -r 10.0.1.3:80 -m -w 0\n"),
                                "file");
    const auto kept = keep_drained(wanted, {{"TCP 10.0.0.1:80 10.0.1.1:80", {3, "alice", std::nullopt}},
                                            {"TCP 10.0.0.1:80 10.0.1.2:80", {4, "", std::nullopt}},
                                            {"TCP 10.0.0.1:80 10.0.1.3:80", {7, "bob", std::nullopt}}});
    REQUIRE(kept.size() == 1);
    CHECK(to_string(kept[0].destination) == "10.0.1.1:80");
    CHECK(to_string(kept[0].drained) == "by alice");
    const auto& destinations = wanted.services[0].service.destinations;
    CHECK(destinations[0].weight == 0);
    CHECK(destinations[1].weight == 4);
}
