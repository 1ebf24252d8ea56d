#include "backend/traffic/reasons.h"

#include <nlohmann/json.hpp>

#include "backend/ipvsadm/saved_table.h"
#include "backend/table/names.h"
#include "tests/unit/catch.h"

namespace {

using namespace lbctl;
using traffic::Effect;
using traffic::Facts;

table::Table saved(std::string_view text) {
    auto table = ipvsadm::read_saved_text(text, "text");
    REQUIRE(table.has_value());
    return std::move(*table);
}

/// A live table of that text, on a machine that has the address 10.0.0.1.
Facts facts_of(std::string_view text) {
    Facts facts;
    for (table::Service& service : saved(text).services) {
        table::LiveService live;
        for (const table::Destination& destination : service.destinations) {
            live.destinations.emplace_back();
            live.destinations.back().destination = destination;
        }
        service.destinations.clear();
        live.service = service;
        facts.live.services.push_back(std::move(live));
    }
    facts.machine.emplace();
    facts.machine->kernel = "6.1.0";
    facts.machine->addresses.push_back({*IpAddress::parse("10.0.0.1"), 32, "lo"});
    facts.file = "keepalived.conf";
    return facts;
}

constexpr std::string_view two_servers =
    "-A -t 10.0.0.1:80 -s wrr\n"
    "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1\n"
    "-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 1\n";

std::vector<traffic::Subject> why(const Facts& facts, std::string_view word) {
    const auto target = listing::Target::parse(word);
    REQUIRE(target.has_value());
    auto subjects = traffic::explain(facts, *target, word);
    INFO((subjects ? std::string() : subjects.error().message));
    REQUIRE(subjects.has_value());
    return *std::move(subjects);
}

/// The ids of the reasons of the first subject, with ? for those that only may be.
std::string ids(const Facts& facts, std::string_view word) {
    std::string text;
    const auto subjects = why(facts, word);
    for (const traffic::Reason& reason : subjects.front().reasons) {
        text += (text.empty() ? "" : " ") + std::string(reason.id) + (reason.is_sure ? "" : "?");
        CHECK_FALSE(reason.evidence.empty());
    }
    return text;
}

table::LiveDestination& server(Facts& facts, std::size_t index) {
    return facts.live.services.front().destinations.at(index);
}

}  // namespace

TEST_CASE("nothing is found where nothing is wrong", "[traffic]") {
    CHECK(ids(facts_of(two_servers), "10.0.1.1:80").empty());
    CHECK(ids(facts_of(two_servers), "10.0.0.1:80").empty());
}

TEST_CASE("weight 0 has a reason", "[traffic]") {
    Facts facts = facts_of(two_servers);
    server(facts, 0).destination.weight = 0;
    CHECK(ids(facts, "10.0.1.1") == "weight-0");
    facts.wanted = table::wanted_from(saved(two_servers), "keepalived.conf");
    CHECK(ids(facts, "10.0.1.1") == "weight-0");
    facts.keepalived = 12;
    CHECK(ids(facts, "10.0.1.1") == "check-failed?");
    facts.wanted->services[0].service.destinations[0].weight = 0;
    CHECK(ids(facts, "10.0.1.1") == "weight-0");
    facts.drained["TCP 10.0.0.1:80 10.0.1.1:80"] = {3, "alice", std::nullopt};
    CHECK(ids(facts, "10.0.1.1") == "drained");
    CHECK(why(facts, "10.0.1.1").front().reasons[0].text == "lbctl drained it by alice; its weight was 3");
    CHECK(why(facts, "10.0.1.1").front().reasons[0].next == "lbctl enable 10.0.1.1:80 --service 'TCP 10.0.0.1:80'");
    // It may be down as well.
    facts.drained.begin()->second.was_down = true;
    CHECK(ids(facts, "10.0.1.1") == "drained check-failed?");
    // Something else has given it a weight since.
    server(facts, 0).destination.weight = 1;
    CHECK(ids(facts, "10.0.1.1").empty());
}

TEST_CASE("what keeps traffic going to a server without weight is told", "[traffic]") {
    Facts facts = facts_of(two_servers);
    facts.live.services[0].service.persistence = {300, ""};
    server(facts, 0).destination.weight = 0;
    server(facts, 0).active_connections = 2;
    server(facts, 0).persistent_connections = 5;
    facts.machine->settings["net/ipv4/vs/expire_quiescent_template"] = "0";
    facts.machine->settings["net/ipv4/vs/conn_reuse_mode"] = "1";
    CHECK(ids(facts, "10.0.1.1") == "weight-0 bound-clients connections-remain");
    facts.machine->settings["net/ipv4/vs/expire_quiescent_template"] = "1";
    CHECK(ids(facts, "10.0.1.1") == "weight-0 connections-remain bound-clients");
    facts.machine->settings["net/ipv4/vs/conn_reuse_mode"] = "0";
    CHECK(ids(facts, "10.0.1.1") == "weight-0 connections-remain port-reuse bound-clients");
}

TEST_CASE("clients that are bound elsewhere, and shares, lessen traffic", "[traffic]") {
    Facts facts = facts_of(two_servers);
    facts.live.services[0].service.persistence = {300, ""};
    server(facts, 1).persistent_connections = 7;
    CHECK(ids(facts, "10.0.1.1") == "bound-elsewhere");
    facts = facts_of(two_servers);
    server(facts, 1).destination.weight = 9;
    CHECK(ids(facts, "10.0.1.1") == "share");
    CHECK(why(facts, "10.0.1.1").front().reasons[0].effect == Effect::less);
    CHECK(why(facts, "10.0.1.1").front().reasons[0].text.find("1 of 10: it gets about 10 %") != std::string::npos);
    CHECK(why(facts, "10.0.1.2").front().reasons[0].effect == Effect::fact);
    facts.live.services[0].service.scheduler = "rr";
    CHECK(ids(facts, "10.0.1.1").empty());
}

TEST_CASE("thresholds and schedulers stop traffic", "[traffic]") {
    Facts facts = facts_of(two_servers);
    server(facts, 0).destination.upper_threshold = 10;
    server(facts, 0).active_connections = 4;
    server(facts, 0).inactive_connections = 6;
    CHECK(ids(facts, "10.0.1.1").find("overloaded ") == 0);
    server(facts, 0).inactive_connections = 5;
    CHECK(ids(facts, "10.0.1.1").find("overloaded? ") == 0);
    server(facts, 0).inactive_connections = 3;
    CHECK(ids(facts, "10.0.1.1").empty());
    server(facts, 0).destination.lower_threshold = 9;
    server(facts, 0).inactive_connections = 4;
    CHECK(ids(facts, "10.0.1.1").empty());
    for (const auto& [scheduler, expected] :
         {std::pair("sh", "hashed"), std::pair("mh", "hashed"), std::pair("dh", "hashed"), std::pair("rr", ""),
          std::pair("lc", ""), std::pair("none", "no-scheduler"), std::pair("fo", ""), std::pair("ovf", "")}) {
        facts = facts_of(two_servers);
        facts.live.services[0].service.scheduler = scheduler;
        INFO(scheduler);
        CHECK(ids(facts, "10.0.1.1") == expected);
    }
    facts.live.services[0].service.scheduler = "fo";
    server(facts, 1).destination.weight = 2;
    CHECK(ids(facts, "10.0.1.1") == "greater-weight");
    CHECK(ids(facts, "10.0.1.2").empty());
    facts.live.services[0].service.scheduler = "ovf";
    CHECK(ids(facts, "10.0.1.1") == "greater-weight");
    server(facts, 1).active_connections = 2;
    CHECK(ids(facts, "10.0.1.1").empty());
}

TEST_CASE("a server that is not in the table has failed its check, or was not applied", "[traffic]") {
    Facts facts = facts_of("-A -t 10.0.0.1:80 -s wrr\n-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 1\n");
    facts.wanted = table::wanted_from(saved(two_servers), "keepalived.conf");
    CHECK(ids(facts, "10.0.1.1") == "not-applied");
    facts.keepalived = 12;
    CHECK(ids(facts, "10.0.1.1") == "check-failed?");
    facts.drained["TCP 10.0.0.1:80 10.0.1.1:80"] = {3, "", std::nullopt};
    CHECK(ids(facts, "10.0.1.1") == "drained check-failed?");
    facts.wanted.reset();
    facts.drained.clear();
    facts.entries.push_back({facts.live.services[0].service.key, {*IpAddress::parse("10.0.1.1"), 80}, 4, 0, 0});
    CHECK(ids(facts, "10.0.1.1") == "not-in-table connections-remain");
    facts.machine->settings["net/ipv4/vs/expire_nodest_conn"] = "0";
    CHECK(why(facts, "10.0.1.1").front().reasons[1].text.find("in silence") != std::string::npos);
    facts.machine->settings["net/ipv4/vs/expire_nodest_conn"] = "1";
    CHECK(why(facts, "10.0.1.1").front().reasons[1].text.find("in silence") == std::string::npos);
}

TEST_CASE("a service gets nothing for reasons of its own", "[traffic]") {
    Facts facts = facts_of("-A -t 10.0.0.1:80 -s rr\n");
    CHECK(ids(facts, "10.0.0.1:80") == "no-server");
    facts = facts_of(two_servers);
    server(facts, 0).destination.weight = 0;
    server(facts, 1).destination.weight = 0;
    CHECK(ids(facts, "10.0.0.1:80") == "weight-0");
    server(facts, 1).destination.weight = 1;
    CHECK(ids(facts, "10.0.0.1:80") == "fewer-servers");
    server(facts, 1).destination.upper_threshold = 1;
    server(facts, 1).active_connections = 1;
    CHECK(ids(facts, "10.0.0.1:80") == "overloaded");
    facts = facts_of(two_servers);
    facts.machine->addresses[0].address = *IpAddress::parse("10.0.0.2");
    CHECK(ids(facts, "10.0.0.1:80") == "address-elsewhere?");
    CHECK(ids(facts, "10.0.1.1") == "address-elsewhere?");
    facts = facts_of("-A -t 10.0.0.1:0 -s rr\n-a -t 10.0.0.1:0 -r 10.0.1.1:0 -g -w 1\n");
    CHECK(ids(facts, "10.0.0.1:0") == "port-0");
    facts = facts_of("-A -f 7 -s rr\n-a -f 7 -r 10.0.1.1:0 -g -w 1\n");
    CHECK(ids(facts, "fwmark:7") == "mark-rule-missing");
    facts.machine->unread.push_back({"firewall", "nft list ruleset", "no right"});
    CHECK(ids(facts, "fwmark:7") == "mark-rule-missing?");
    facts = facts_of(two_servers);
    facts.live.daemons.push_back({table::DaemonState::backup, "eth0", 1, 0, std::nullopt, 0, 0});
    facts.machine->settings["net/ipv4/vs/backup_only"] = "1";
    CHECK(ids(facts, "10.0.0.1:80") == "backup-only");
    facts.machine->settings["net/ipv4/vs/backup_only"] = "0";
    CHECK(ids(facts, "10.0.0.1:80").empty());
    facts.machine->settings["net/ipv4/vs/drop_packet"] = "3";
    CHECK(ids(facts, "10.0.0.1:80") == "defence");
    facts.machine->settings["net/ipv4/vs/drop_packet"] = "1";
    CHECK(ids(facts, "10.0.0.1:80") == "defence?");
    facts.machine->settings["net/ipv4/vs/drop_packet"] = "0";
    facts.machine->settings["net/netfilter/nf_conntrack_count"] = "100";
    facts.machine->settings["net/netfilter/nf_conntrack_max"] = "100";
    CHECK(ids(facts, "10.0.0.1:80") == "tracking-table-full");
    facts = facts_of(two_servers);
    facts.wanted = table::wanted_from(saved(two_servers), "keepalived.conf");
    facts.live.services[0].destinations.pop_back();
    CHECK(ids(facts, "10.0.0.1:80") == "not-applied");
    facts.live.services.clear();
    CHECK(ids(facts, "10.0.0.1:80") == "not-applied");
}

TEST_CASE("with conntrack old kernels let clients wait that use a port again", "[traffic]") {
    Facts facts = facts_of(two_servers);
    facts.machine->settings["net/ipv4/vs/conntrack"] = "1";
    facts.machine->settings["net/ipv4/vs/conn_reuse_mode"] = "1";
    CHECK(ids(facts, "10.0.1.1").empty());
    facts.machine->kernel = "5.4.0";
    CHECK(ids(facts, "10.0.1.1") == "port-reuse-stalls");
}

TEST_CASE("a client is where its entries lead", "[traffic]") {
    Facts facts = facts_of(two_servers);
    CHECK(ids(facts, "10.0.4.7") == "no-entry");
    const table::ServiceKey key = facts.live.services[0].service.key;
    facts.live.services[0].service.persistence = {300, ""};
    facts.entries.push_back({key, {*IpAddress::parse("10.0.1.1"), 80}, 2, 1, 250});
    CHECK(ids(facts, "10.0.4.7") == "bound connections");
    CHECK(why(facts, "10.0.4.7").front().kind == "client");
    CHECK(why(facts, "10.0.4.7").front().state == "2 connections and 1 persistence template");
    server(facts, 0).destination.weight = 0;
    CHECK(why(facts, "10.0.4.7").front().reasons[0].effect == Effect::keeps);
    facts.machine->settings["net/ipv4/vs/expire_quiescent_template"] = "1";
    CHECK(why(facts, "10.0.4.7").front().reasons[0].effect == Effect::fact);
    facts.live.services[0].service.scheduler = "sh";
    CHECK(ids(facts, "10.0.4.7") == "bound connections hashed");
    facts.live.services[0].destinations.erase(facts.live.services[0].destinations.begin());
    CHECK(ids(facts, "10.0.4.7") == "orphaned bound hashed");
}

TEST_CASE("a mark that there is not names nothing, and JSON has every reason", "[traffic]") {
    Facts facts = facts_of(two_servers);
    CHECK_FALSE(traffic::explain(facts, *listing::Target::parse("fwmark:9"), "fwmark:9").has_value());
    server(facts, 0).destination.weight = 0;
    const auto json = traffic::to_json(why(facts, "10.0.1.1"), "10.0.1.1");
    CHECK(json["schema"] == "lbctl-why/1");
    CHECK(json["subjects"][0]["reasons"][0]["id"] == "weight-0");
    CHECK(json["subjects"][0]["reasons"][0]["effect"] == "none");
    CHECK(json["subjects"][0]["reasons"][0]["evidence"].size() == 2);
}

TEST_CASE("what keepalived does with a server is told from what others did", "[traffic]") {
    Facts facts = facts_of(two_servers);
    facts.wanted = table::wanted_from(saved(two_servers), "keepalived.conf");
    facts.keepalived = 7;
    server(facts, 0).destination.weight = 0;
    const table::ServiceKey service = facts.live.services.front().service.key;
    const table::DestinationKey key = server(facts, 0).destination.key;
    CHECK(ids(facts, "10.0.1.1:80") == "check-failed?");
    facts.supervised.emplace();
    keepalived::SupervisedServer& supervised = (*facts.supervised)[{service, key}];
    supervised.weight = 1;
    CHECK(ids(facts, "10.0.1.1:80") == "weight-0");
    supervised.held = "its TCP_CHECK fails";
    CHECK(ids(facts, "10.0.1.1:80") == "check-failed?");
    CHECK(why(facts, "10.0.1.1:80").front().reasons.front().text.find("(its TCP_CHECK fails)") != std::string::npos);

    facts.live.services.front().destinations.erase(facts.live.services.front().destinations.begin());
    CHECK(ids(facts, "10.0.1.1:80") == "check-failed?");
    supervised.held.reset();
    CHECK(ids(facts, "10.0.1.1:80") == "removed");
    facts.supervised->clear();
    CHECK(ids(facts, "10.0.1.1:80") == "not-reloaded");
    facts.supervised.reset();
    CHECK(ids(facts, "10.0.1.1:80") == "check-failed?");
    facts.keepalived.reset();
    CHECK(ids(facts, "10.0.1.1:80") == "not-applied");
}
