#include "backend/listing/labels.h"
#include "backend/procfs/destinations.h"
#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"
#include "tests/unit/temporary_file.h"

using namespace lbctl;

namespace {

table::ServiceKey tcp(std::string_view address, std::uint16_t port) {
    return table::AddressKey{table::Protocol::tcp, *IpAddress::parse(address), port};
}

procfs::DestinationRows rows_of(std::string_view text) {
    const tests::TemporaryFile file(text);
    const auto rows = procfs::DestinationRows::read({file.path(), false});
    REQUIRE(rows.has_value());
    return *rows;
}

constexpr std::string_view titles =
    "IP Virtual Server version 1.2.1 (size=4096)\n"
    "Prot LocalAddress:Port Scheduler Flags\n"
    "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n";

std::string label_at(std::string_view text, std::uint32_t line) {
    const auto analysis = validate::analyse("a.conf", std::string(text), {});
    const listing::ListingLabels labels(analysis.root, analysis.sources);
    const listing::ListingLabel* label = labels.find({std::make_shared<const std::string>("a.conf"), line});
    return label == nullptr ? "" : to_string(*label);
}

}  // namespace

TEST_CASE("the kernel's file tells the servers of each service") {
    const auto rows =
        rows_of(std::string(titles) +
                "TCP  [fd00:0000:0000:0000:0000:0000:0000:0001]:0050 rr \n"
                "  -> [fd00:0001:0000:0000:0000:0000:0000:0002]:1F91      Tunnel  -1     3          4         \n"
                "TCP  0A000001:0050 rr  persistent 36000 FFFFFFFF\n"
                "  -> 0A000102:1F90      Masq    2147483647 4          1         \n"
                "  -> 0A000101:1F90      Route   10     2          2         \n"
                "TCP  0A000002:0050 rr  \n");
    const auto six = rows.of(tcp("fd00::1", 80));
    REQUIRE(six.has_value());
    REQUIRE(six->size() == 1);
    CHECK(with_port(six->front().destination.key.address, six->front().destination.key.port) == "[fd00:1::2]:8081");
    CHECK(six->front().destination.method == table::ForwardingMethod::tunnel);
    CHECK(six->front().destination.weight == 0xffffffff);
    CHECK(six->front().active_connections == 3);
    CHECK(six->front().inactive_connections == 4);
    const auto four = rows.of(tcp("10.0.0.1", 80));
    REQUIRE(four.has_value());
    REQUIRE(four->size() == 2);
    CHECK(four->at(0).destination.weight == 2147483647);
    CHECK(four->at(1).destination.method == table::ForwardingMethod::direct_routing);
    REQUIRE(rows.of(tcp("10.0.0.2", 80)).has_value());
    CHECK(rows.of(tcp("10.0.0.2", 80))->empty());
}

TEST_CASE("what the kernel's file does not say for sure is not taken from it") {
    const auto rows = rows_of(std::string(titles) +
                              "FWM  00000007 rr \n"
                              "  -> 0A000101:0000      Route   1      0          0         \n"
                              "TCP  0A000001:0050 rr  \n"
                              "  -> 0A000101:0050      Route   1      0          0         \n"
                              "TCP  0A000002:0050 rr  \n"
                              "  -> 0A000101:0050      Beam    1      0          0         \n"
                              "TCP  0A000003:0050 rr  \n"
                              "  -> 0A000101:0050      Route   1      0\n"
                              "TCP  0A000001:0050 rr  \n"
                              "  -> 0A000102:0050      Route   1      0          0         \n"
                              "ICMP  0A000004:0050 rr  \n"
                              "  -> 0A000101:0050      Route   1      0          0         \n");
    CHECK_FALSE(rows.of(table::FwmarkKey{Family::inet, 7}).has_value());
    CHECK_FALSE(rows.of(tcp("10.0.0.1", 80)).has_value());
    CHECK_FALSE(rows.of(tcp("10.0.0.2", 80)).has_value());
    CHECK_FALSE(rows.of(tcp("10.0.0.3", 80)).has_value());
    CHECK_FALSE(rows.of(tcp("10.0.0.4", 80)).has_value());
    CHECK_FALSE(rows.of(tcp("10.0.0.5", 80)).has_value());
}

TEST_CASE("labels are the virtualhost and the comment beside or above a block") {
    constexpr std::string_view text =
        "# not this one\n"
        "\n"
        "# the shop,\n"
        "#------\n"
        "!  and its basket\n"
        "virtual_server 10.0.0.1 80 {\n"
        "    protocol TCP\n"
        "    virtualhost www.example.com\n"
        "    # above\n"
        "    real_server 10.0.1.1 80 { # beside\x1b[1m #\n"
        "        weight 1\n"
        "    }\n"
        "    real_server 10.0.1.2 80 {\n"
        "        weight 1 # of the weight\n"
        "    }\n"
        "}\n";
    CHECK(label_at(text, 6) == "virtualhost www.example.com, \"the shop, and its basket\"");
    CHECK(label_at(text, 10) == "\"beside [1m\"");
    CHECK(label_at(text, 13).empty());
}

TEST_CASE("a long comment is cut between characters") {
    std::string text = "# ";
    for (int i = 0; i < 100; ++i) text += "\xc3\xa4";
    text += "\nvirtual_server 10.0.0.1 80 {\n}\n";
    const std::string label = label_at(text, 2);
    CHECK(label.size() <= 82);
    CHECK(label.ends_with("\xc3\xa4...\""));
}
