#include <signal.h>

#include <string>
#include <vector>

#include "backend/keepalived/asking.h"
#include "backend/keepalived/told.h"
#include "backend/table/names.h"
#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using keepalived::ServerState;

namespace {

/// The text of the checkers of one virtual server, which begins with `head`, and its servers.
std::string told_service(const std::string& head, const std::string& servers) {
    return " ------< Virtual server >------\n" + head + "   alive = 1\n   quorum_state_up = 1\n" + servers;
}

std::string told_server(const std::string& address, const std::string& alive) {
    return "   ------< Real server >------\n   RIP = " + address + ", RPORT = 80, WEIGHT = 1 EFF WEIGHT = 1\n" + alive;
}

/// How the server 10.0.1.1:80, or [fd00::1]:80, of that service stands by what was told: "down told".
std::string state_of(const std::vector<keepalived::ToldService>& told, const table::ServiceKey& key) {
    keepalived::ServiceStatus service;
    service.key = key;
    service.servers.resize(1);
    service.servers[0].key = {*IpAddress::parse(table::family_of(key) == Family::inet ? "10.0.1.1" : "fd00::1"), 80};
    service.servers[0].state = ServerState::up;
    std::vector<keepalived::ServiceStatus> services = {service};
    keepalived::take_told(told, services);
    const keepalived::ServerStatus& server = services[0].servers[0];
    return std::string(to_string(server.state)) + (server.told ? " told" : "");
}

table::ServiceKey key_of(const std::string& address, std::uint16_t port,
                         table::Protocol protocol = table::Protocol::tcp) {
    return table::AddressKey{protocol, *IpAddress::parse(address), port};
}

table::ServiceKey key_of(std::uint32_t mark, Family family = Family::inet) {
    return table::FwmarkKey{family, mark};
}

}  // namespace

TEST_CASE("what the checkers write for SIGUSR1 is read", "[keepalived_told]") {
    // As check_data.c of 2.2.7 writes it.
    const std::string text =
        "------< LVS Topology >------\n System is compiled with LVS v1.2.1\n"
        " ------< Virtual server >------\n VS VIP = 10.0.0.1, VPORT = 80\n   Address family = inet\n   protocol = TCP\n"
        "   alive = 1\n   quorum_state_up = 1\n   ------< Real server >------\n"
        "   RIP = 10.0.1.1, RPORT = 80, WEIGHT = 0 EFF WEIGHT = 1\n   alive = 0\n   num failed checkers = 2\n"
        "   ------< Real server >------\n   RIP = 10.0.1.2, RPORT = 80, WEIGHT = 1 EFF WEIGHT = 1\n   alive = 1\n"
        " ------< Virtual server >------\n VS FWMARK = 7\n   Address family = inet6\n   ------< Real server >------\n"
        "   RIP = fd00::1, RPORT = 0, WEIGHT = 1\n   alive = 1\n"
        " ------< Virtual server >------\n VS GROUP = [web]:0\n   ------< Real server >------\n"
        "   RIP = 10.0.1.7, RPORT = 80, WEIGHT = 1\n   alive = 0\n";
    const auto services = keepalived::read_told_services(text);
    REQUIRE(services.size() == 3);
    REQUIRE(services[0].ranges.size() == 1);
    CHECK(to_string(services[0].ranges[0].first) == "TCP 10.0.0.1:80");
    REQUIRE(services[1].ranges.size() == 1);
    CHECK(to_string(services[1].ranges[0].first) == "FWM 7 IPv6");
    // A group that is not there.
    CHECK(services[2].ranges.empty());
    REQUIRE(services[0].servers.size() == 2);
    CHECK(services[0].servers[0].alive == false);
    CHECK(services[0].servers[0].failed_checks == 2);
    CHECK(services[0].servers[1].alive == true);
    REQUIRE(services[1].servers.size() == 1);
    CHECK(services[1].servers[0].alive == true);

    keepalived::ServiceStatus status;
    status.key = services[0].ranges[0].first;
    status.servers.resize(3);
    status.servers[0] = {{services[0].servers[0].address, 80}, ServerState::up, "", false, true, 1, 0, 0, 0};
    status.servers[1] = {{services[0].servers[1].address, 80}, ServerState::down, "", false, false, 0, 0, 0, 0};
    status.servers[2] = {{*IpAddress::parse("10.0.1.3"), 80}, ServerState::down, "", false, false, 0, 0, 0, 0};
    std::vector<keepalived::ServiceStatus> states = {status};
    keepalived::take_told(services, states);
    CHECK(to_string(states[0].servers[0].state) == "down");
    CHECK(to_string(states[0].servers[1].state) == "differs");
    CHECK(states[0].servers[1].told);
    CHECK_FALSE(states[0].servers[2].told);
    // Any bytes.
    for (std::size_t length = 0; length < text.size(); ++length) {
        keepalived::read_told_services(std::string_view(text).substr(length));
        keepalived::read_told_services(std::string_view(text).substr(0, length));
    }
}

TEST_CASE("a release that does not write how a server stands tells nothing", "[keepalived_told]") {
    // Before 2.0.14 there is no line "alive".
    const auto told = keepalived::read_told_services(
        told_service(" VS VIP = 10.0.0.1, VPORT = 80\n   protocol = TCP\n", told_server("10.0.1.1", "")));
    CHECK(state_of(told, key_of("10.0.0.1", 80)) == "up");
}

TEST_CASE("what is said of the sorry server is not said of a real server", "[keepalived_told]") {
    // 2.4 writes "alive" of it, too.
    const auto told = keepalived::read_told_services(
        told_service(" VS VIP = 10.0.0.1, VPORT = 80\n   protocol = TCP\n   sorry server = [10.0.1.9]:tcp:80\n"
                     "     set = 0\n     alive = 0\n",
                     told_server("10.0.1.1", "   alive = 1\n")));
    CHECK(state_of(told, key_of("10.0.0.1", 80)) == "up told");
}

TEST_CASE("what was told of a group is told of its services", "[keepalived_told]") {
    const auto told_of = [](const std::string& group, const std::string& server, const std::string& protocol = "TCP",
                            const std::string& family = "   Address family = inet\n") {
        return keepalived::read_told_services(
            "------< LVS Topology >------\n ------< Virtual server group >------\n Virtual Server Group = other\n"
            "   VIP = 10.0.0.9, VPORT = 80\n ------< Virtual server group >------\n" +
            group +
            told_service(" VS GROUP = [web]:0\n" + family + "   protocol = " + protocol + "\n",
                         told_server(server, "   alive = 0\n")));
    };
    const std::string name = GENERATE(as<std::string>(), " Virtual Server Group = web\n",
                                      " Virtual Server Group = web, IPv4 = yes, IPv6 = no\n");
    SECTION("addresses and ranges") {
        // The end of a range as 2.0 to 2.2.3, and as 2.2.4 and later write it.
        const std::string end = GENERATE(as<std::string>(), "20", "10.0.0.20");
        const auto told = told_of(name +
                                      "   VIP = 10.0.0.1, VPORT = 80\n     Alive: 0 tcp, 0 udp, 0 sctp\n"
                                      "     reloaded = False\n   VIP Range = 10.0.0.10-" +
                                      end + ", VPORT = 443\n",
                                  "10.0.1.1");
        CHECK(state_of(told, key_of("10.0.0.1", 80)) == "down told");
        for (const char* address : {"10.0.0.10", "10.0.0.15", "10.0.0.20"})
            CHECK(state_of(told, key_of(address, 443)) == "down told");
        for (const char* address : {"10.0.0.9", "10.0.0.21", "10.0.1.15"})
            CHECK(state_of(told, key_of(address, 443)) == "up");
        CHECK(state_of(told, key_of("10.0.0.15", 80)) == "up");
        CHECK(state_of(told, key_of("10.0.0.9", 80)) == "up");
        CHECK(state_of(told, key_of("10.0.0.1", 80, table::Protocol::udp)) == "up");
    }
    SECTION("ranges of IPv6") {
        const std::string end = GENERATE(as<std::string>(), "1a", "fd00::a:1a");
        const auto told = told_of(name + "   VIP Range = fd00::a:9-" + end + ", VPORT = 80\n", "fd00::1", "UDP");
        CHECK(state_of(told, key_of("fd00::a:1a", 80, table::Protocol::udp)) == "down told");
        CHECK(state_of(told, key_of("fd00::a:1b", 80, table::Protocol::udp)) == "up");
    }
    SECTION("marks of the family of the virtual server, or of their own") {
        const auto told =
            told_of(name + "   FWMARK = 7\n   Alive: 1 IPv4, 0 IPv6\n   FWMARK = 8 IPv6\n", "10.0.1.1", "none");
        CHECK(state_of(told, key_of(7)) == "down told");
        CHECK(state_of(told, key_of(7, Family::inet6)) == "up");
        CHECK(state_of(told, key_of(8)) == "up");
        const auto both = told_of(name + "   FWMARK = 8 IPv6\n   FWMARK = 9\n", "fd00::1", "none",
                                  "   Address family = IPv4 & IPv6\n");
        CHECK(state_of(both, key_of(8, Family::inet6)) == "down told");
        CHECK(state_of(both, key_of(9, Family::inet6)) == "down told");
    }
    SECTION("the mark that nftables_ipvs gives to the addresses") {
        const auto told =
            told_of(name + "  Fwmark TCP: 1000 UDP: 1001 SCTP: 0\n   VIP = 10.0.0.1, VPORT = 80\n", "10.0.1.1");
        CHECK(state_of(told, key_of(1000)) == "down told");
        CHECK(state_of(told, key_of(1001)) == "up");
        CHECK(state_of(told, key_of("10.0.0.1", 80)) == "up");
    }
    SECTION("what is no entry is passed over") {
        const auto told = told_of(
            name +
                "   VIP Range = 10.0.0.10-9, VPORT = 80\n   VIP Range = 10.0.0.10-fd00::1, VPORT = 80\n"
                "   VIP Range = 10.0.0.10-300, VPORT = 80\n   VIP = , VPORT = 80\n   VIP = 10.0.0.1, VPORT = 99999\n"
                "   FWMARK = none\n   VIP Range = ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, VPORT = 80\n",
            "fd00::1");
        CHECK(state_of(told, key_of("10.0.0.10", 80)) == "up");
        CHECK(state_of(told, key_of("fd00::1234", 80)) == "down told");
    }
}

TEST_CASE("what VRRP writes for SIGUSR1 is read", "[keepalived_told]") {
    const std::string text =
        "------< VRRP Topology >------\n VRRP Instance = VI_1\n   VRRP Version = 2\n   State = MASTER\n"
        "   Last transition = 1796053135.703321 (Mon Nov 30 15:38:55.703321 2026)\n"
        "   Priority = 100\n   Effective priority = 90\n VRRP Instance = VI_2\n   State = FAULT\n"
        "   Last transition = 1796053135 (Mon Nov 30 15:38:55 2026)\n"
        "------< VRRP Scripts >------\n   State = idle\n";
    const auto instances = keepalived::read_told_instances(text);
    REQUIRE(instances.size() == 2);
    CHECK(instances[0].name == "VI_1");
    CHECK(to_string(instances[0].state) == "MASTER");
    CHECK(instances[0].priority == 90);
    const keepalived::Moment since(std::chrono::seconds(1796053135));
    CHECK(instances[0].since == since);
    CHECK(to_string(instances[1].state) == "FAULT");
    // The first releases of 2.0 write no fraction.
    CHECK(instances[1].since == since);
    for (std::size_t length = 0; length < text.size(); ++length)
        keepalived::read_told_instances(std::string_view(text).substr(0, length));
}

TEST_CASE("what VRRP writes as JSON is read", "[keepalived_told]") {
    const std::string list =
        R"([{"data":{"iname":"VI_1","last_transition":1796053135.703321,"effective_priority":90,"state":2},"stats":{}},)"
        R"({"data":{"iname":"VI_2","last_transition":0,"state":3}},{"data":{"state":2}},7,{"data":[]},)"
        R"({"data":{"iname":"VI_3","last_transition":-1e300,"effective_priority":"x","state":1e300}}])";
    // As `json_version 2' of 2.2.8 and later writes it.
    const std::string text = GENERATE_COPY(as<std::string>(), list, R"({"vrrp":)" + list + R"(,"track_process":[]})");
    const auto instances = keepalived::read_told_instances_json(text);
    REQUIRE(instances);
    REQUIRE(instances->size() == 3);
    CHECK(to_string((*instances)[0].state) == "MASTER");
    CHECK((*instances)[0].priority == 90);
    CHECK((*instances)[0].since == keepalived::Moment(std::chrono::seconds(1796053135)));
    CHECK(to_string((*instances)[1].state) == "FAULT");
    CHECK_FALSE((*instances)[1].since.has_value());
    CHECK(to_string((*instances)[2].state) == "unknown");
    CHECK_FALSE((*instances)[2].priority.has_value());
    for (const char* other : {"", "{}", "7", "[", "\"vrrp\"", "{\"vrrp\":1}"}) {
        INFO(other);
        CHECK_FALSE(keepalived::read_told_instances_json(other).has_value());
    }
}

TEST_CASE("where keepalived writes follows from its configuration and its release", "[keepalived_told]") {
    const auto files = [](const std::string& text, const std::string& net_namespace = {},
                          const std::string& release = "2.4.3") {
        const auto analysis = validate::analyse("test.conf", text, {});
        keepalived::Daemon daemon;
        daemon.command_line.net_namespace = net_namespace;
        daemon.release = keywords::Version::parse(release);
        const auto found = keepalived::dump_files(analysis.root, daemon, "/t");
        return found.checkers + " " + found.vrrp + " " + found.json;
    };
    const std::string json = " /t/keepalived.json";
    CHECK(files("") == "/t/keepalived_check.data /t/keepalived.data" + json);
    CHECK(files("instance one\n") == "/t/keepalived_check.data /t/keepalived.data" + json);
    const std::string instance = "instance one\nglobal_defs {\ndata_use_instance\n}\n";
    CHECK(files(instance) == "/t/keepalived_check.one.data /t/keepalived.one.data" + json);
    CHECK(files(instance, "red") == "/t/keepalived_check.red_one.data /t/keepalived.red_one.data" + json);
    CHECK(files("global_defs {\nstate_dump_file /run/k/state.txt\n}\n") ==
          "/run/k/state_check.txt /run/k/state.txt" + json);
    CHECK(files("global_defs {\nstate_dump_file /run/k/\njson_dump_file /run/k/j\n}\n") ==
          "/run/k/keepalived_check.data /run/k/keepalived.data" + json);
    CHECK(files("global_defs {\nstate_dump_file mine\n}\n") == "/t/mine_check /t/mine" + json);
    // What a release does not know it passes over.
    CHECK(files("global_defs {\nstate_dump_file mine\n}\n", "", "2.3.2") ==
          "/t/keepalived_check.data /t/keepalived.data" + json);
    CHECK(files(instance, "", "2.2.3") ==
          "/tmp/keepalived_check.one.data /tmp/keepalived.one.data /tmp/keepalived.json");
    CHECK(files(instance, "", "2.2.2") == "/tmp/keepalived_check.data /tmp/keepalived.data /tmp/keepalived.json");
}

TEST_CASE("a process says which signals it takes", "[keepalived_told]") {
    // As proc(5) writes it: SIGHUP and SIGRTMIN+2 of glibc are read from a descriptor, SIGCHLD has a handler.
    const std::string status =
        "Name:\tkeepalived\nSigQ:\t0/1\nSigPnd:\t0000000000000000\nSigBlk:\t0000000800000001\n"
        "SigIgn:\tffffffffffffffff\nSigCgt:\t0000000000010000\n";
    CHECK(keepalived::takes_signal(status, SIGHUP));
    CHECK(keepalived::takes_signal(status, 36));
    CHECK(keepalived::takes_signal(status, SIGCHLD));
    CHECK_FALSE(keepalived::takes_signal(status, 37));
    CHECK_FALSE(keepalived::takes_signal("", 36));
    CHECK_FALSE(keepalived::takes_signal("SigBlk:\tx\n", 36));
    CHECK_FALSE(keepalived::takes_signal("SigBlk:\t", 36));
}
