#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "backend/ipvsadm/saved_table.h"
#include "backend/listing/formats.h"
#include "tests/unit/catch.h"
#include "tests/unit/shared_cases.h"

using namespace lbctl;
using namespace lbctl::table;
using namespace lbctl::listing;
using namespace lbctl::ipvsadm;

namespace {

std::string written(const LiveTable& live, const ListingStyle& style) {
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* stream = open_memstream(&text, &size);
    {
        text::Output out(stream);
        write_listing(out, live, style);
    }
    std::fclose(stream);
    std::string result(text, size);
    std::free(text);  // NOLINT: open_memstream gives memory of malloc
    return result;
}

LiveTable live_from(const Table& table) {
    LiveTable live;
    live.info = {0x010201, 4096};
    for (const Service& service : table.services) {
        LiveService& row = live.services.emplace_back();
        row.service = service;
        row.service.destinations.clear();
        const auto* address = std::get_if<AddressKey>(&service.key);
        row.raw_protocol = address == nullptr ? std::uint16_t{6} : static_cast<std::uint16_t>(address->protocol);
        for (const Destination& destination : service.destinations)
            row.destinations.emplace_back().destination = destination;
    }
    return live;
}

/// The sample of ipvsadm -Sn as a live table, with the numbers that the samples of the same moment show.
std::optional<LiveTable> sample_table() {
    const auto saved = tests::shared_case("ipvsadm-save-n.txt");
    if (!saved) return std::nullopt;
    const auto table = read_saved_text(tests::without_command(*saved), "ipvsadm-save-n.txt");
    REQUIRE(table);
    LiveTable live = live_from(*table);
    for (LiveService& service : live.services) {
        for (LiveDestination& destination : service.destinations) {
            const std::string key = saved_key(service.service.key) + " " +
                                    with_port(destination.destination.key.address, destination.destination.key.port);
            if (key == "-t 10.0.0.1:80 10.0.1.1:8080") {
                destination.active_connections = 2;
                destination.inactive_connections = 2;
                destination.destination.upper_threshold = 1000;
                destination.destination.lower_threshold = 500;
            }
            if (key == "-t 10.0.0.1:80 10.0.1.2:8080") {
                destination.active_connections = 4;
                destination.inactive_connections = 1;
            }
            if (key == "-t 10.0.0.2:443 10.0.1.3:443") {
                destination.active_connections = 2;
                destination.persistent_connections = 1;
            }
            if (key == "-u 10.0.0.1:53 10.0.1.1:53" || key == "-t [fd00::1]:80 [fd00:1::1]:8081")
                destination.inactive_connections = 1;
            if (key == "-t [fd00::1]:80 [fd00:1::2]:8081") destination.active_connections = 1;
            if (key == "-u 10.0.0.3:5060 10.0.1.1:5060") destination.persistent_connections = 1;
        }
    }
    return live;
}

}  // namespace

TEST_CASE("listings are ipvsadm's, byte for byte") {
    const auto live = sample_table();
    if (!live) {
        WARN("the shared cases are not here: skipped");
        return;
    }
    const auto check = [&](const std::string& sample, const ListingStyle& style) {
        INFO(sample);
        CHECK(written(*live, style) == tests::without_command(*tests::shared_case(sample)));
    };
    ListingStyle style;
    check("ipvsadm-list-n.txt", style);
    check("ipvsadm-sort-n.txt", style);
    style.exact = true;
    check("ipvsadm-exact-n.txt", style);
    style.exact = false;
    style.columns = ListingColumns::thresholds;
    check("ipvsadm-thresholds-n.txt", style);
    check("ipvsadm-thresholds-and-persistent.txt", style);
    style.columns = ListingColumns::persistence;
    check("ipvsadm-persistent-conn-n.txt", style);
    style.columns = ListingColumns::tunnels;
    check("ipvsadm-tun-info-n.txt", style);
    style.columns = ListingColumns::statistics;
    check("ipvsadm-stats-after-zero.txt", style);
    style.columns = ListingColumns::rates;
    check("ipvsadm-rate-n.txt", style);
    CHECK(listing_rules(*live, nullptr) == tests::without_command(*tests::shared_case("ipvsadm-save-n.txt")));
}

TEST_CASE("large numbers") {
    LiveTable live;
    live.info = {0x010201, 4096};
    LiveService& service = live.services.emplace_back();
    service.service.key = AddressKey{Protocol::tcp, *IpAddress::parse("10.0.0.1"), 80};
    service.counters = {99'999'999, 100'000'000, 1'000'000'000, 100'000'000'000, 100'000'000'000'000};
    LiveDestination& destination = service.destinations.emplace_back();
    destination.destination.key = {*IpAddress::parse("10.0.1.1"), 80};
    destination.counters = {(1ULL << 32) + 5, 1, 2, (1ULL << 40), 3};
    ListingStyle style;
    style.columns = ListingColumns::statistics;
    const std::string text = written(live, style);
    CHECK(text.find("TCP  10.0.0.1:80                  99999999  100000K    1000M     100G     100T\n") !=
          std::string::npos);
    // ipvsadm reads the counters of destinations with 32 bits.
    CHECK(text.find("  -> 10.0.1.1:80                         5        1        2    1099G        3\n") !=
          std::string::npos);
    style.exact = true;
    CHECK(written(live, style).find(" 99999999 100000000 1000000000 100000000000 100000000000000\n") !=
          std::string::npos);
}

TEST_CASE("timeouts and daemons") {
    CHECK(listing_timeouts({900, 120, 300}) == "Timeout (tcp tcpfin udp): 900 120 300\n");
    CHECK(listing_daemons({}).empty());
    SyncDaemon daemon{DaemonState::backup, "vip", 4, 9000, IpAddress::parse("ff02::99"), 9999, 7};
    CHECK(listing_daemons({daemon}) ==
          "backup sync daemon (mcast=vip, syncid=4, maxlen=9000, group=ff02::99, port=9999, ttl=7)\n");
}

TEST_CASE("formats for programs") {
    Table table = *read_saved_text(
        "-A -t 10.0.0.1:80 -s sh -p 60 -b sh-port\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -i -w 3 --tun-type gue --tun-port "
        "5 --tun-csum\n"
        "-A -f 7 -6 -s rr\n",
        "text");
    LiveTable live = live_from(table);
    live.services[0].destinations[0].active_connections = 4;
    const std::string json = listing_json(live, ListingSubject::table);
    CHECK(json.find("\"schema\": \"lbctl-list/2\"") != std::string::npos);
    CHECK(json.find("\"sh-port\"") != std::string::npos);
    CHECK(json.find("\"active_connections\": 4") != std::string::npos);
    CHECK(json.find("\"fwmark\": 7") != std::string::npos);
    CHECK(listing_json(live, ListingSubject::rates).find("lbctl-rate/2") != std::string::npos);
    const std::string metrics = listing_prometheus(live, ListingSubject::table, Counters{1, 2, 3, 4, 5});
    CHECK(metrics.find("node_ipvs_backend_connections_active{local_address=\"10.0.0.1\",local_mark=\"\",local_port="
                       "\"80\",proto=\"TCP\","
                       "remote_address=\"10.0.1.1\",remote_port=\"80\"} 4\n") != std::string::npos);
    CHECK(metrics.find("# TYPE node_ipvs_connections_total counter\nnode_ipvs_connections_total 1\n") !=
          std::string::npos);
    const std::string rows = listing_csv(live, ListingSubject::table);
    CHECK(rows.find("TCP,10.0.0.1:80,,sh,60,,,,,,sh-port,255.255.255.255,,,,\n") != std::string::npos);
    CHECK(rows.find("TCP,10.0.0.1:80,10.0.1.1:80,,,tunnel,3,4,0,0,,,,0,0,gue 5 csum\n") != std::string::npos);
}

TEST_CASE("every row of CSV has the columns of its title") {
    const LiveTable live = live_from(*read_saved_text(
        "-A -t 10.0.0.1:80 -s mh -b mh-fallback,mh-port\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g\n"
        "-A -u 10.0.0.1:5060 -s rr -p 60 --pe sip\n-a -u 10.0.0.1:5060 -r 10.0.1.1:80 -i\n-A -f 7 -s rr\n",
        "text"));
    for (const auto subject : {ListingSubject::table, ListingSubject::statistics, ListingSubject::rates}) {
        const std::string text = listing_csv(live, subject);
        const auto columns = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find('\n')), ',');
        const auto rows = std::count(text.begin(), text.end(), '\n');
        CHECK(rows == 6);
        CHECK(std::count(text.begin(), text.end(), ',') == rows * columns);
    }
}

TEST_CASE("metrics have each set of labels once, also where a mark has services of both families") {
    const LiveTable live = live_from(*read_saved_text(
        "-A -f 7 -s rr\n-a -f 7 -r 10.0.1.1:0 -i\n-A -f 7 -6 -s rr\n-a -f 7 -6 -r 10.0.1.1:0 -i\n", "text"));
    for (const auto subject : {ListingSubject::table, ListingSubject::statistics, ListingSubject::rates}) {
        const std::string text = listing_prometheus(live, subject, Counters{});
        std::set<std::string> seen;
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = text.find('\n', begin);
            std::string line = text.substr(begin, end - begin);
            begin = end + 1;
            if (line.front() != '#' || line.starts_with("# TYPE "))
                CHECK(seen.insert(line.substr(0, line.rfind(' '))).second);
        }
        CHECK(seen.size() > 4);
    }
}

TEST_CASE("what only the file has belongs to listings of the whole table") {
    const LiveTable live = live_from(*read_saved_text("-A -t 10.0.0.1:80 -s rr\n", "text"));
    Wanted wanted;
    wanted.services.emplace_back().service.key = AddressKey{Protocol::tcp, *IpAddress::parse("10.0.0.2"), 80};
    const ListingNotes notes(std::move(wanted), {});
    const auto has_missing = [&](ListingScope scope) {
        return listing_json(live, ListingSubject::table, &notes, scope).find("10.0.0.2") != std::string::npos;
    };
    CHECK(has_missing(ListingScope::everything));
    CHECK_FALSE(has_missing(ListingScope::one_service));
}

TEST_CASE("notes of servers stand below one another, with the weight of the file where it is another") {
    const LiveTable live =
        live_from(*read_saved_text("-A -t 10.0.0.1:80 -s rr\n"
                                   "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g -w 3\n"
                                   "-a -t 10.0.0.1:80 -r 10.0.1.2:80 -g -w 1\n"
                                   "-a -t 10.0.0.1:80 -r 10.0.1.9:80 -g -w 1\n",
                                   "text"));
    const auto wanted = [] {
        return wanted_from(*read_saved_text("-A -t 10.0.0.1:80 -s rr\n"
                                            "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g -w 5\n"
                                            "-a -t 10.0.0.1:80 -r 10.0.1.2:80 -g -w 1\n"
                                            "-a -t 10.0.0.1:80 -r 10.0.1.77:80 -g -w 1\n"
                                            "-A -u 10.0.0.2:53 -s rr\n"
                                            "-a -u 10.0.0.2:53 -r 10.0.1.1:53 -g -w 1\n",
                                            "text"),
                           "text");
    };
    const ListingNotes notes(wanted(), {});
    for (const ListingColumns columns :
         {ListingColumns::plain, ListingColumns::statistics, ListingColumns::rates, ListingColumns::thresholds,
          ListingColumns::persistence, ListingColumns::tunnels}) {
        text::Output out;
        ListingStyle style;
        style.columns = columns;
        style.notes = &notes;
        write_listing(out, live, style);
        const std::string listed(out.text());
        INFO(listed);
        std::set<std::size_t> places;
        std::size_t servers = 0;
        for (std::size_t begin = 0; begin < listed.size();) {
            const std::size_t end = listed.find('\n', begin);
            const std::string line = listed.substr(begin, end - begin);
            begin = end + 1;
            if (!line.starts_with("  -> ") || line.find('#') == std::string::npos) continue;
            places.insert(line.find('#'));
            ++servers;
        }
        CHECK(servers == 4);
        CHECK(places.size() == 1);
        CHECK(listed.find("# weight 5 in the file\n") != std::string::npos);
        CHECK(listed.find("weight 1 in the file") == std::string::npos);
        CHECK(listed.find("\nUDP  10.0.0.2:53  # ") != std::string::npos);
    }
    CHECK(listing_json(live, ListingSubject::table, &notes).find("\"configured_weight\": 5") != std::string::npos);
}

TEST_CASE("names from the kernel and from a configuration are shown without their controls") {
    LiveTable live;
    live.info = {0x010201, 4096};
    Service service;
    service.key = AddressKey{Protocol::tcp, *IpAddress::parse("10.0.0.1"), 80};
    service.scheduler = "r\x1b[31mr";
    service.netmask = default_netmask(Family::inet);
    service.persistence = Persistence{300, "s\xc2\x9bp"};
    live.services.emplace_back().service = service;
    const std::string text = written(live, {});
    CHECK(text.find("r\\x1b[31mr persistent 300 pe s\\u009bp\n") != std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(listing_csv(live, ListingSubject::table).find("r\\x1b[31mr") != std::string::npos);
    CHECK(listing_json(live, ListingSubject::table, nullptr, ListingScope::everything).find("s\\u009bp") !=
          std::string::npos);
    SyncDaemon daemon;
    daemon.interface = "e\x1b[1m\xe2\x80\xae";
    CHECK(listing_daemons({daemon}).find("mcast=e\\x1b[1m\\u202e,") != std::string::npos);
    CHECK(daemons_json({daemon}).find("e\\u001b[1m\\u202e") != std::string::npos);
}
