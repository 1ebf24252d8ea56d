#include <fmt/format.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "backend/ipvsadm/saved_table.h"
#include "backend/procfs/connection_filter.h"
#include "backend/procfs/connection_format.h"
#include "backend/procfs/connection_order.h"
#include "backend/procfs/connection_reader.h"
#include "backend/procfs/connection_tally.h"
#include "backend/procfs/statistics.h"
#include "tests/unit/catch.h"
#include "tests/unit/shared_cases.h"
#include "tests/unit/temporary_file.h"

using namespace lbctl;
using namespace lbctl::procfs;

namespace {

constexpr std::string_view title = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n";
constexpr std::string_view ipv4 = "TCP C0A80102 BAB4 0A000001 0050 0A000101 1F90 TIME_WAIT       117";
constexpr std::string_view ipv6 =
    "TCP fd00:000c:0000:0000:0000:0000:0000:0002 AF5E fd00:0000:0000:0000:0000:0000:0000:0001 0050 "
    "fd00:0001:0000:0000:0000:0000:0000:0001 1F91 TIME_WAIT       117";
constexpr std::string_view sip =
    "UDP C0A80102 0000 0A000003 13C4 0A000101 13C4 ASSURED          57 sip 8438@998sdasdh09";
constexpr std::string_view synced = "TCP C0A80102 BAB4 0A000001 0050 0A000101 1F90 TIME_WAIT   SYNC       117";

template <class Write>
std::string written(Write write) {
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* stream = open_memstream(&text, &size);
    {
        listing::text::Output out(stream);
        write(out);
    }
    std::fclose(stream);
    std::string result(text, size);
    std::free(text);  // NOLINT: open_memstream gives memory of malloc
    return result;
}

std::string row(std::string_view line, const ConnectionColumns& columns = {}) {
    const auto connection = parse_connection(line);
    REQUIRE(connection);
    return written([&](listing::text::Output& out) { write_row(out, *connection, columns); });
}

struct Listing {
    std::string rows;
    ReadReport report;
};

Listing listing_of(std::string_view text, const ConnectionColumns& columns = {}) {
    const tests::TemporaryFile file(text);
    Listing listing;
    listing.rows = written([&](listing::text::Output& out) {
        const auto read =
            for_each_connection({file.path(), false}, [&](const Connection& connection, std::string_view) {
                write_row(out, connection, columns);
                return true;
            });
        REQUIRE(read);
        listing.report = *read;
    });
    return listing;
}

}  // namespace

TEST_CASE("a connection is read field by field") {
    const auto connection = parse_connection(ipv4);
    REQUIRE(connection);
    CHECK(connection->protocol == "TCP");
    CHECK(connection->client.address().to_string() == "192.168.1.2");
    CHECK(connection->client.port == 47796);
    CHECK(connection->service.port == 80);
    CHECK(connection->destination.address().to_string() == "10.0.1.1");
    CHECK(connection->destination.port == 8080);
    CHECK(connection->state == "TIME_WAIT");
    CHECK(connection->expires == 117);
    CHECK(connection->origin == Origin::unsaid);
    CHECK(parse_connection(ipv6)->client.address().to_string() == "fd00:c::2");
    CHECK(parse_connection(sip)->engine == "sip");
    CHECK(parse_connection(sip)->engine_data == "8438@998sdasdh09");
    CHECK(parse_connection(synced)->origin == Origin::synced);
    CHECK(parse_connection("IP  C000023D 0000 0A000001 0000 0A000101 0000 NONE             48")->protocol == "IP");
    CHECK(parse_connection("IP_50 C000023C 01F4 0A000001 01F4 0A000101 01F4 ERR!             48")->protocol == "IP_50");
    // An IPv4 service may have an IPv6 server.
    CHECK(parse_connection(
        "TCP C0A80102 BAB4 0A000001 0050 fd00:0001:0000:0000:0000:0000:0000:0001 1F90 CLOSE           117"));
}

TEST_CASE("no part of a line passes for a line") {
    for (const std::string_view line : {ipv4, ipv6, synced}) {
        for (std::size_t length = 0; length < line.size(); ++length) {
            INFO(line.substr(0, length));
            CHECK_FALSE(parse_connection(line.substr(0, length)));
        }
        for (std::size_t start = 1; start < line.size(); ++start) CHECK_FALSE(parse_connection(line.substr(start)));
    }
}

TEST_CASE("seconds stand right in their columns, without zeros in front") {
    const std::string before(ipv4.substr(0, ipv4.size() - 7));
    const std::vector<std::pair<std::string_view, std::uint32_t>> numbers = {
        {"      0", 0},         {"      9", 9},
        {"     10", 10},        {"  86400", 86400},
        {" 999999", 999999},    {"1000000", 1000000},
        {"9999999", 9999999},   {"10000000", 10000000},
        {"12345678", 12345678}, {"4294967295", 4294967295}};
    for (const auto& [text, seconds] : numbers) {
        for (const std::string_view engine : {"", " sip 8438"}) {
            INFO(text << engine);
            const std::string line = fmt::format("{}{}{}", before, text, engine);
            const auto connection = parse_connection(line);
            REQUIRE(connection);
            CHECK(connection->expires == seconds);
            CHECK(connection->engine.empty() == engine.empty());
        }
    }
    for (const std::string_view text : {"",
                                        "       ",
                                        "     00",
                                        "    007",
                                        "0000117",
                                        "   11 7",
                                        "117    ",
                                        "    117 ",
                                        "     +7",
                                        "    -17",
                                        "   1.17",
                                        "   117",
                                        "     117",
                                        " 10000000",
                                        "01000000",
                                        "4294967296",
                                        "99999999999999999999",
                                        "    1/7",
                                        "    1:7",
                                        "    1\xb1"
                                        "7",
                                        "\t   117",
                                        "     0x"}) {
        INFO(text);
        CHECK_FALSE(parse_connection(before + std::string(text)));
        CHECK_FALSE(parse_connection(before + std::string(text) + " sip 8438"));
    }
}

TEST_CASE("hexadecimal digits of either case, and nothing else") {
    for (const std::string_view line : {ipv4, ipv6}) {
        const std::size_t address = line.find(' ') + 1;
        for (const std::size_t place : {address, address + 1}) {
            for (int c = 0; c < 256; ++c) {
                std::string changed(line);
                changed[place] = static_cast<char>(c);
                INFO(place << " is " << c);
                CHECK(parse_connection(changed).has_value() == (std::isxdigit(c) != 0));
            }
        }
    }
    CHECK(parse_connection("TCP ABCDEFab cdef 0A000001 0050 0A000101 1F90 TIME_WAIT       117")->client.address() ==
          IpAddress::parse("171.205.239.171"));
}

TEST_CASE("damage inside a line is seen") {
    for (std::size_t i = 0; i < ipv4.size(); ++i) {
        for (const char c : {'\0', '\x01', ' ', '?', 'x', '\xff', '\t'}) {
            std::string line(ipv4);
            if (line[i] == c) continue;
            line[i] = c;
            // A blank for the first digit of a number leaves a number that could be true.
            if (c == ' ' && i == ipv4.size() - 3) continue;
            INFO(i << " " << line);
            CHECK_FALSE(parse_connection(line));
        }
        std::string shorter(ipv4);
        shorter.erase(i, 1);
        CHECK_FALSE(parse_connection(shorter));
        std::string longer(ipv4);
        longer.insert(i, 1, 'z');
        CHECK_FALSE(parse_connection(longer));
    }
    CHECK_FALSE(parse_connection("TCP C0A80102 BAB4 0A000001 0050 0A000101 1F90 ESTABLISHES     117"));
    CHECK_FALSE(parse_connection("TCQ C0A80102 BAB4 0A000001 0050 0A000101 1F90 TIME_WAIT       117"));
    CHECK_FALSE(parse_connection("TCP C0A80102 BAB4 0A000001 0050 0A000101 1F90 TIME_WAIT       017"));
    CHECK_FALSE(parse_connection(std::string(sip) + '\x1b'));
}

TEST_CASE("rows are those of ipvsadm") {
    CHECK(row(ipv4) == "TCP 01:57  TIME_WAIT   192.168.1.2:47796  10.0.0.1:80        10.0.1.1:8080\n");
    CHECK(row(ipv6) == "TCP 01:57  TIME_WAIT   [fd00:c::2]:44894  [fd00::1]:80       [fd00:1::1]:8081\n");
    CHECK(row(sip) == "UDP 00:57  ASSURED     192.168.1.2:0      10.0.0.3:5060      10.0.1.1:5060\n");
    ConnectionColumns columns;
    columns.engine = true;
    CHECK(row(sip, columns) ==
          "UDP 00:57  ASSURED     192.168.1.2:0      10.0.0.3:5060      10.0.1.1:5060    sip                "
          "8438@998sdasdh09\n");
    CHECK(row("TCP FFFFFFFE FFFF FFFFFFFD FFFF FFFFFFFC FFFF ESTABLISHED   86398") ==
          "TCP 1439:58 ESTABLISHED 255.255.255.254:65535 255.255.255.253:65535 255.255.255.252:65535\n");
}

TEST_CASE("addresses are written as inet_ntop writes them") {
    std::mt19937 random(7);
    for (int i = 0; i < 20000; ++i) {
        std::array<std::uint8_t, 16> bytes{};
        const auto zeros = static_cast<unsigned>(random());
        for (std::size_t k = 0; k < 16; ++k)
            bytes[k] = (zeros >> (k / 2) & 1) != 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(random());
        if (i % 50 == 0) {
            std::fill(bytes.begin(), bytes.begin() + 12, std::uint8_t{0});
            if (i % 100 == 0) bytes[10] = bytes[11] = 0xff;
        }
        std::array<char, 64> text{};
        char* const end = listing::text::put_ipv6(text.data(), bytes);
        REQUIRE(std::string(text.data(), static_cast<std::size_t>(end - text.data())) ==
                IpAddress::from_bytes(Family::inet6, bytes).to_string());
    }
}

TEST_CASE("a captured file with damage: every good line, each bad one counted, none invented") {
    const std::string long_id(300, '7');
    const std::string good_long = std::string(ipv6) + " sip " + long_id;
    const std::string too_long = std::string(ipv6) + " sip " + std::string(4000, '7');
    std::string text(title);
    text += std::string(ipv4) + "\n";
    text += std::string(ipv4.substr(0, 40)) + "\n";
    text += good_long + "\n";
    text += too_long + "\n";
    text += std::string("\xff\xfe\x00\x01", 4) + std::string(ipv4) + "\n";
    text += std::string(ipv4.substr(0, 30)) + std::string(ipv6) + "\n";
    text += std::string(sip) + "\r\n";
    text += "\n";
    text += std::string(ipv4.substr(0, ipv4.size() - 1));
    const Listing listing = listing_of(text);
    CHECK(listing.rows == row(ipv4) + row(good_long) + row(sip));
    CHECK(listing.report.connections == 3);
    CHECK(listing.report.damaged == 6);
    REQUIRE(listing.report.first_damaged.size() == 6);
    CHECK(listing.report.first_damaged[0].number == 3);
    CHECK(listing.report.first_damaged[1].damage == Damage::too_long);
    CHECK(listing.report.first_damaged[5].damage == Damage::cut_at_end);
}

TEST_CASE("a last line without newline is a line") {
    const Listing listing = listing_of(std::string(title) + std::string(ipv4));
    CHECK(listing.rows == row(ipv4));
    CHECK(listing.report.damaged == 0);
}

TEST_CASE("lines are cut the same wherever the pieces end") {
    std::string text(title);
    for (const std::string_view line : {ipv4, ipv6, sip}) text += std::string(line) + "\n";
    text += std::string(3000, 'x') + "\n" + std::string(ipv4) + "\n";
    for (std::size_t size = 1; size < 300; size += 7) {
        LineCutter cutter;
        std::vector<std::size_t> lengths;
        std::size_t too_long = 0;
        const auto take = [&](const LineCutter::Line& line) {
            lengths.push_back(line.text.size());
            too_long += line.too_long ? 1 : 0;
        };
        for (std::size_t at = 0; at < text.size(); at += size)
            cutter.feed(std::string_view(text).substr(at, size), take);
        cutter.finish(take);
        REQUIRE(lengths.size() == 6);
        CHECK(lengths[1] == ipv4.size());
        CHECK(lengths[5] == ipv4.size());
        CHECK(too_long == 1);
    }
}

TEST_CASE("samples of the kernel give the listings of ipvsadm") {
    const auto kernel = tests::shared_case("proc-ip_vs_conn-injected.txt");
    const auto expected = tests::shared_case("ipvsadm-conn-injected-n.txt");
    if (!kernel || !expected) {
        WARN("the shared cases are not here: skipped");
        return;
    }
    const Listing listing = listing_of(*kernel);
    std::string rows = tests::without_command(*expected);
    // ipvsadm makes a row of its own out of what follows 255 characters.
    const std::size_t invented = rows.find("\n23456789 ");
    REQUIRE(invented != std::string::npos);
    rows.erase(invented, rows.find('\n', invented + 1) - invented);
    CHECK(connection_title({}) + listing.rows == rows);
    CHECK(listing.report.damaged == 0);
    for (const std::string name :
         {"proc-ip_vs_conn_sync.txt", "proc-ip_vs_conn_sync-injected.txt", "proc-ip_vs_conn.txt"}) {
        const auto text = tests::shared_case(name);
        REQUIRE(text);
        CHECK(listing_of(*text).report.damaged == 0);
    }
    const auto totals = tests::shared_case("proc-ip_vs_stats.txt");
    REQUIRE(totals);
    const auto statistics = parse_statistics(*totals);
    REQUIRE(statistics);
    CHECK(statistics->counters.in_bytes == 0x7C1BE3B);
    CHECK(statistics->rates.out_bytes == 0xC98);
    CHECK_FALSE(parse_statistics("nothing"));
}

TEST_CASE("filters") {
    const auto connection = parse_connection(ipv4);
    const auto matches = [&](std::string_view pattern, const Endpoint& endpoint) {
        const auto read = listing::Target::parse(pattern);
        REQUIRE(read);
        return read->names(endpoint.family, endpoint.bytes, endpoint.port);
    };
    CHECK(matches("192.168.1.2", connection->client));
    CHECK(matches("192.168.1.0/24", connection->client));
    CHECK(matches("192.168.1.0/30", connection->client));
    CHECK_FALSE(matches("192.168.1.4/30", connection->client));
    CHECK(matches("0.0.0.0/0", connection->client));
    CHECK(matches("10.0.0.1:80", connection->service));
    CHECK(matches(":80", connection->service));
    CHECK_FALSE(matches("10.0.0.1:81", connection->service));
    CHECK(matches("10.0.0.1:http", connection->service));
    CHECK(matches(":http", connection->service));
    CHECK_FALSE(matches("10.0.0.1:https", connection->service));
    CHECK(matches("[fd00::1]:80", parse_connection(ipv6)->service));
    CHECK(matches("[fd00::1]:http", parse_connection(ipv6)->service));
    CHECK(matches("fd00::/16", parse_connection(ipv6)->service));
    CHECK_FALSE(matches("fd00::/16", connection->service));
    for (const std::string_view bad :
         {"", "10.0.0.1/33", "10.0.0.1/24", "10.0.0.1:70000", "[fd00::1", "name", "10.0.0.1:", "10.0.0.1:htp"}) {
        INFO(bad);
        CHECK_FALSE(listing::Target::parse(bad));
    }
    ConnectionFilter filter;
    CHECK_FALSE(filter.has_names());
    filter.states.any = {"ESTABLISHED", "TIME_WAIT"};
    filter.protocols.any = {"TCP"};
    filter.least_expires = 117;
    CHECK(filter.accepts(*connection));
    filter.least_expires = 118;
    CHECK_FALSE(filter.accepts(*connection));
}

TEST_CASE("order and groups") {
    ConnectionStore store;
    for (const std::string_view line : {ipv6, ipv4, sip}) store.add(line);
    store.sort(*ConnectionOrder::parse("client"));
    CHECK(store.connections().front().protocol == "UDP");
    CHECK(store.connections().back().client.family == Family::inet6);
    store.sort(*ConnectionOrder::parse("-expires"));
    CHECK(store.connections().back().expires == 57);
    CHECK_FALSE(ConnectionOrder::parse("age"));
    ConnectionTally tally({*TallyBy::parse("service")}, nullptr);
    for (const std::string_view line : {ipv6, ipv4, sip, ipv4}) tally.add(*parse_connection(line));
    const auto top = tally.top(2);
    REQUIRE(top.size() == 2);
    CHECK(top[0].names == std::vector<std::string>{"TCP 10.0.0.1:80"});
    CHECK(top[0].connections == 2);
    CHECK(top[0].service.has_value());
    CHECK(tally.total() == 4);
}

TEST_CASE("what connections are grouped by is read", "[tally]") {
    const auto read = [](std::string_view word) {
        const auto by = TallyBy::parse(word);
        REQUIRE(by.has_value());
        return *by;
    };
    CHECK(read("client") == TallyBy{TallyField::client, 32, 128});
    CHECK(read("client/24") == TallyBy{TallyField::client, 24, 64});
    CHECK(read("client/48") == TallyBy{TallyField::client, 32, 48});
    CHECK(read("client/16/56") == TallyBy{TallyField::client, 16, 56});
    CHECK(read("real-server").field == TallyField::real_server);
    for (const std::string_view word : {"client", "client/24", "client/48", "client/16/56", "state", "protocol"})
        CHECK(to_string(read(word)) == word);
    for (const std::string_view bad : {"", "clients", "client/", "client/x", "client/129", "client/33/64",
                                       "client/24/129", "client/24/", "state/8"}) {
        INFO(bad);
        CHECK_FALSE(TallyBy::parse(bad).has_value());
    }
}

TEST_CASE("connections are grouped by networks, and by two keys", "[tally]") {
    const auto line = [](std::string_view client, std::string_view server, std::string_view state) {
        return fmt::format("TCP {} A2F0 0A000001 0050 {} 0050 {:<11}     100", client, server, state);
    };
    const std::vector<std::string> lines = {
        line("0A000466", "0A000101", "ESTABLISHED"), line("0A000467", "0A000101", "TIME_WAIT"),
        line("0A000568", "0A000102", "ESTABLISHED"), line("0A000466", "0A000102", "ESTABLISHED"),
        "TCP fd00:000c:0000:0001:0000:0000:0000:0002 A2F0 fd00:0000:0000:0000:0000:0000:0000:0001 0050 "
        "fd00:0001:0000:0000:0000:0000:0000:0001 0050 ESTABLISHED     100"};
    const auto rows = [&](const std::vector<TallyBy>& by, std::size_t most) {
        ConnectionTally tally(by, nullptr);
        for (const std::string& text : lines) {
            const auto connection = parse_connection(text);
            INFO(text);
            REQUIRE(connection.has_value());
            tally.add(*connection);
        }
        std::string text;
        for (const auto& row : tally.top(most)) {
            for (const std::string& name : row.names) text += name + " ";
            text += std::to_string(row.connections) + "\n";
        }
        return text;
    };
    CHECK(rows({*TallyBy::parse("client/24")}, 9) == "10.0.4.0/24 3\n10.0.5.0/24 1\nfd00:c:0:1::/64 1\n");
    CHECK(rows({*TallyBy::parse("client/20/16")}, 9) == "10.0.0.0/20 4\nfd00::/16 1\n");
    CHECK(rows({*TallyBy::parse("client/9")}, 1) == "10.0.0.0/9 4\n");
    CHECK(rows({*TallyBy::parse("client")}, 2) == "10.0.4.102 2\n10.0.4.103 1\n");
    CHECK(rows({*TallyBy::parse("real-server"), *TallyBy::parse("state")}, 9) ==
          "10.0.1.2:80 ESTABLISHED 2\n10.0.1.1:80 ESTABLISHED 1\n10.0.1.1:80 TIME_WAIT 1\n"
          "[fd00:1::1]:80 ESTABLISHED 1\n");
    CHECK(rows({*TallyBy::parse("service"), *TallyBy::parse("real-server")}, 2) ==
          "TCP 10.0.0.1:80 10.0.1.1:80 2\nTCP 10.0.0.1:80 10.0.1.2:80 2\n");
}

TEST_CASE("300,000 groups keep their numbers, however many are counted at once", "[tally]") {
    KeyCounts counts(2);
    constexpr std::uint64_t groups = 300'000;
    std::vector<std::uint64_t> keys;
    for (std::uint64_t i = 0; i < groups; ++i) keys.insert(keys.end(), {i % 1000, i});
    const std::span<const std::uint64_t> all(keys);
    for (std::size_t i = 0; i < 50'000; ++i) counts.add(all.subspan(2 * i, 2));
    counts.add(all.subspan(std::size_t{2} * 50'000));
    counts.add({});
    REQUIRE(counts.size() == groups);
    counts.add(all);
    // The same key several times among those that are looked for side by side.
    keys.assign(200, groups);
    counts.add(keys);
    REQUIRE(counts.size() == groups + 1);
    for (std::size_t i = 0; i < groups; ++i) {
        if (counts.count(i) != 2 || counts.key(i)[0] != i % 1000 || counts.key(i)[1] != i) FAIL("group " << i);
    }
    CHECK(counts.count(groups) == 100);
}

TEST_CASE("a run of a filter that names nothing looks at numbers, family and kind", "[filter]") {
    const auto connection = parse_connection(ipv4);
    REQUIRE(connection.has_value());
    ConnectionFilter filter;
    CHECK(FilterRun(filter).accepts(*connection));
    filter.kind = EntryKind::connection;
    filter.family = Family::inet;
    CHECK(FilterRun(filter).accepts(*connection));
    filter.family = Family::inet6;
    CHECK_FALSE(FilterRun(filter).accepts(*connection));
    filter.family.reset();
    filter.most_expires = connection->expires - 1;
    CHECK_FALSE(FilterRun(filter).accepts(*connection));
}

TEST_CASE("filters can be turned round, and tell templates and lost servers", "[filter]") {
    const auto connection = parse_connection(ipv4);
    const auto bound = parse_connection("IP  C0A80102 0000 00000007 0000 0A000101 0000 NONE             60");
    REQUIRE((connection.has_value() && bound.has_value()));
    ConnectionFilter filter;
    filter.services.none = {*listing::Target::parse("10.0.0.1:http")};
    CHECK_FALSE(filter.accepts(*connection));
    CHECK(filter.accepts(*bound));
    CHECK(filter.has_names());
    CHECK_FALSE(FilterRun(filter).accepts(*connection));
    CHECK(FilterRun(filter).accepts(*bound));
    filter.services = {{*listing::Target::parse("fwmark:7")}, {}};
    CHECK_FALSE(filter.accepts(*connection));
    CHECK(filter.accepts(*bound));
    filter = {};
    filter.kind = EntryKind::persistence_template;
    CHECK_FALSE(filter.accepts(*connection));
    CHECK(filter.accepts(*bound));
    filter = {};
    filter.most_expires = connection->expires - 1;
    CHECK_FALSE(filter.accepts(*connection));
    filter = {};
    filter.states.none = {"TIME_WAIT"};
    CHECK(filter.accepts(*connection) == (connection->state != "TIME_WAIT"));

    const auto known = [](std::string_view saved) {
        const auto table = ipvsadm::read_saved_text(saved, "text");
        REQUIRE(table.has_value());
        return KnownServers(*table);
    };
    const auto to = [](std::string_view server, std::string_view port) {
        static std::string line;
        line = fmt::format("TCP C0A80102 A2F0 0A000001 0050 {} {} ESTABLISHED      60", server, port);
        return *parse_connection(line);
    };
    const KnownServers table = known("-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m\n");
    CHECK(table.has(to("0A000101", "0050")));
    CHECK_FALSE(table.has(to("0A000101", "0051")));
    CHECK_FALSE(table.has(to("0A000102", "0050")));
    CHECK_FALSE(table.has(*bound));
    // A service of all ports, and one by mark, whose connections do not tell it.
    const KnownServers all_ports = known("-A -t 10.0.0.1:0 -s rr -p 9\n-a -t 10.0.0.1:0 -r 10.0.1.1:0 -g\n");
    CHECK(all_ports.has(to("0A000101", "0050")));
    const KnownServers marked = known("-A -f 7 -s rr\n-a -f 7 -r 10.0.1.1:0 -g\n");
    CHECK(marked.has(to("0A000101", "0050")));
    CHECK(marked.has(*bound));
    CHECK_FALSE(marked.has(to("0A000102", "0050")));
    CHECK(marked.comes_by_mark(to("0A000101", "0050"), *listing::Target::parse("fwmark:7")));
    CHECK_FALSE(marked.comes_by_mark(to("0A000101", "0050"), *listing::Target::parse("fwmark:8")));
    CHECK_FALSE(table.comes_by_mark(to("0A000101", "0050"), *listing::Target::parse("fwmark:7")));
}

TEST_CASE("JSON and CSV") {
    CHECK(
        written([](listing::text::Output& out) { write_json(out, *parse_connection(sip), {}); }) ==
        R"({"protocol":"UDP","client_address":"192.168.1.2","client_port":0,"service_address":"10.0.0.3","service_port":5060,)"
        R"("real_server_address":"10.0.1.1","real_server_port":5060,"state":"ASSURED","expires":57,"engine":"sip",)"
        R"("engine_data":"8438@998sdasdh09"})");
    ConnectionColumns columns;
    columns.engine = true;
    const std::string quoted = "UDP C0A80102 0000 0A000003 13C4 0A000101 13C4 ASSURED          57 sip a,\"b";
    CHECK(written([&](listing::text::Output& out) { write_csv(out, *parse_connection(quoted), columns); }) ==
          "UDP,192.168.1.2,0,10.0.0.3,5060,10.0.1.1,5060,ASSURED,57,sip,\"a,\"\"b\"\n");
    const std::string bytes = "UDP C0A80102 0000 0A000003 13C4 0A000101 13C4 ASSURED          57 sip a\xe9";
    CHECK(written([&](listing::text::Output& out) {
              write_json(out, *parse_connection(bytes), {});
          }).find("a\\u00e9") != std::string::npos);
}

TEST_CASE("words of states and protocols") {
    for (const std::string_view state : {"ESTABLISHED", "SYN_RECV", "UDP", "ASSURED", "COOKIE", "ERR!"}) {
        INFO(state);
        CHECK(is_state(state));
    }
    for (const std::string_view state : {"", "established", "ESTABLISHED ", "BOGUS"}) CHECK_FALSE(is_state(state));
    for (const std::string_view protocol : {"TCP", "SCTP", "ICMPv6", "IP_47"}) CHECK(is_protocol(protocol));
    for (const std::string_view protocol : {"", "tcp", "IP_", "IP_x", "GRE"}) CHECK_FALSE(is_protocol(protocol));
}
