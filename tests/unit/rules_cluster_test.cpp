#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/rules/cluster/cluster.h"
#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"

// Clusters that a rule finds fault with, and clusters like them that it passes over.
namespace lbctl::test {

namespace {

using Nodes = std::vector<std::string>;

struct Read {
    std::vector<validate::Analysis> analyses;
    std::vector<source::Findings> findings;
};

Read read(const Nodes& texts) {
    Read read;
    for (const std::string& text : texts) {
        read.analyses.push_back(
            validate::analyse("node" + std::to_string(read.analyses.size() + 1) + ".conf", text, {}));
    }
    std::vector<rules::NodeInput> inputs;
    for (const validate::Analysis& analysis : read.analyses) {
        const std::string& file = analysis.sources.name(0);
        inputs.push_back({file.substr(0, file.find('.')), analysis.root, analysis.sources});
    }
    read.findings = rules::check_cluster(inputs, keywords::default_target);
    return read;
}

/// "rule: message", in the order of the nodes.
std::vector<std::string> told(const Nodes& texts) {
    std::vector<std::string> lines;
    const Read all = read(texts);
    for (const source::Findings& findings : all.findings) {
        for (const source::Finding& finding : findings) {
            lines.push_back(std::string(finding.rule) + ": " + finding.message);
        }
    }
    return lines;
}

/// One finding of that rule, and what its message has to say.
void finds(std::string_view rule, const Nodes& texts, const std::vector<std::string>& words = {}) {
    const auto lines = told(texts);
    INFO(rule);
    for (const std::string& line : lines) INFO(line);
    REQUIRE(lines.size() == 1);
    CHECK(lines.front().starts_with(std::string(rule) + ": "));
    for (const std::string& word : words) {
        INFO(lines.front() << " has " << word);
        CHECK(lines.front().find(word) != std::string::npos);
    }
}

void passes(const Nodes& texts) {
    CHECK(told(texts) == std::vector<std::string>{});
}

/// An instance of router id 51 with 192.0.2.10, unless `lines` say something else.
std::string instance(int priority, const std::string& lines = {}, const std::string& name = "VI",
                     const std::string& addresses = "192.0.2.10/24") {
    const auto has = [&](std::string_view keyword) { return lines.find(keyword) != std::string::npos; };
    std::string text = "vrrp_instance " + name + " {\n";
    if (!has("interface ")) text += "interface eth0\n";
    if (!has("virtual_router_id")) text += "virtual_router_id 51\n";
    if (!has("state ")) text += "state BACKUP\n";
    if (priority != 0) text += "priority " + std::to_string(priority) + "\n";
    return text + lines + "\nvirtual_ipaddress {\n" + addresses + "\n}\n}\n";
}

Nodes pair(const std::string& first, const std::string& second) {
    return {instance(110, first), instance(100, second)};
}

std::string globals(const std::string& lines) {
    return "global_defs {\n" + lines + "\n}\n";
}

std::string unicast(const std::string& source, const std::string& peers) {
    return (source.empty() ? "" : "unicast_src_ip " + source + "\n") + "unicast_peer {\n" + peers + "\n}\n";
}

std::string script(const std::string& name, const std::string& lines = {}, const std::string& command = "/opt/check") {
    return "vrrp_script " + name + " {\nscript " + command + "\n" + lines + "\n}\n";
}

std::string track(const std::string& what, const std::string& lines) {
    return "track_" + what + " {\n" + lines + "\n}\n";
}

std::string service(const std::string& head, const std::string& lines, const std::string& servers) {
    return "virtual_server " + head + " {\n" + lines + "\n" + servers + "}\n";
}

std::string server(const std::string& address, const std::string& lines = {}) {
    return "real_server " + address + " {\n" + lines + "\n}\n";
}

Nodes directors(const std::string& first, const std::string& second) {
    return {instance(110) + first, instance(100) + second};
}

}  // namespace

TEST_CASE("cluster: a sound pair") {
    passes(pair("", ""));
    CHECK(told({}).empty());
    CHECK(told({""}).empty());
    CHECK(told({"", ""}).empty());
}

TEST_CASE("cluster-router-id") {
    finds("cluster-router-id", pair("virtual_router_id 51", "virtual_router_id 15"), {"51", "15", "node1", "node2"});
    // Renamed, on another interface: the address says that it is one.
    finds("cluster-router-id", {instance(110), instance(100, "virtual_router_id 52\ninterface ens1", "GW")});
    finds("cluster-router-id",
          {instance(110, "", "VI", "2001:db8::1/64"), instance(100, "virtual_router_id 52", "VI", "2001:db8::1/64")});
    // One number on three networks.
    const std::string other = "198.51.100.1/24";
    passes({instance(110) + instance(90, "", "WAN", other), instance(100) + instance(95, "", "WAN", other)});
}

TEST_CASE("cluster-version") {
    finds("cluster-version", pair("version 3", ""), {"3 on node1", "2 on node2"});
    finds("cluster-version", {globals("vrrp_version 3") + instance(110), instance(100)});
    passes({globals("vrrp_version 3") + instance(110), instance(100, "version 3")});
}

TEST_CASE("cluster-advert-int") {
    finds("cluster-advert-int", pair("advert_int 1", "advert_int 3"), {"1 s", "3 s"});
    finds("cluster-advert-int", pair("version 3\nadvert_int 0.3", "version 3"), {"0.3 s", "1 s"});
    const Read slower = read(pair("version 3\nadvert_int 0.3", "version 3"));
    CHECK(slower.findings.front().front().severity == source::Severity::warning);
    // Version 2 has whole seconds.
    passes(pair("advert_int 1.2", "advert_int 1"));
}

TEST_CASE("cluster-authentication") {
    const auto pass = [](const std::string& word) {
        return "authentication {\nauth_type PASS\nauth_pass " + word + "\n}";
    };
    finds("cluster-authentication", pair(pass("kiwi"), pass("lime")), {"auth_pass"});
    finds("cluster-authentication", pair("", pass("lime")), {"none", "PASS"});
    // Eight characters count; version 3 has no authentication.
    passes(pair(pass("12345678a"), pass("12345678b")));
    passes(pair("version 3", "version 3\n" + pass("lime")));

    const auto hmac = [](char digit, const std::string& lines) {
        return "version 3\nauth_hmac {\nkey 1 hex:" + std::string(64, digit) + "\nkey 2 hex:" + std::string(64, 'c') +
               "\nactive_key 1\n" + lines + "\n}";
    };
    finds("cluster-authentication", pair(hmac('a', ""), hmac('b', "")), {"key 1"});
    finds("cluster-authentication", pair(hmac('a', ""), "version 3"), {"auth_hmac"});
    finds("cluster-authentication", pair("version 3", hmac('a', "mode permissive")), {"auth_hmac"});
    passes(pair(hmac('a', "mode receive-only"), "version 3"));
    passes(pair(hmac('a', ""), hmac('a', "mode permissive")));
    for (const std::string& line : told(pair(pass("kiwi"), pass("lime")))) {
        CHECK(line.find("kiwi") == std::string::npos);
        CHECK(line.find("lime") == std::string::npos);
    }
}

TEST_CASE("cluster-cast") {
    finds("cluster-cast", pair("", unicast("10.0.0.2", "10.0.0.1")), {"unicast", "multicast"});
    passes(pair(unicast("10.0.0.1", "10.0.0.2"), unicast("10.0.0.2", "10.0.0.1")));
    passes(pair(unicast("", "10.0.0.2"), unicast("", "10.0.0.1")));
}

TEST_CASE("cluster-checksum") {
    finds("cluster-checksum", pair("version 3\nv3_checksum_as_v2", "version 3"), {"v3_checksum_as_v2"});
    passes({globals("v3_checksum_as_v2") + instance(110, "version 3"), instance(100, "version 3\nv3_checksum_as_v2")});
    // Version 2 has one way only.
    passes({globals("v3_checksum_as_v2") + instance(110), instance(100)});
}

TEST_CASE("cluster-down-timer") {
    finds("cluster-down-timer", pair("down_timer_adverts 6", ""), {"6", "3"});
    passes({globals("vrrp_down_timer_adverts 6") + instance(110), instance(100, "down_timer_adverts 6")});
    passes(pair("down_timer_adverts 3", ""));
}

TEST_CASE("cluster-multicast-group") {
    finds("cluster-multicast-group", pair("mcast_dst_ip 224.0.0.90", ""), {"224.0.0.90", "224.0.0.18"});
    finds("cluster-multicast-group", {instance(110), globals("vrrp_mcast_group4 224.0.0.90") + instance(100)});
    passes({globals("vrrp_mcast_group4 224.0.0.90") + instance(110), instance(100, "mcast_dst_ip 224.0.0.90")});
}

TEST_CASE("cluster-vmac, cluster-garp-refresh") {
    finds("cluster-vmac", pair("", "use_vmac"), {"node2 only"});
    passes(pair("use_vmac", "use_vmac vrrp.a"));
    finds("cluster-garp-refresh", pair("garp_master_refresh 30", "garp_master_refresh 60"), {"30 s", "60 s"});
    passes({globals("vrrp_garp_master_refresh 30") + instance(110), instance(100, "garp_master_refresh 30")});
}

TEST_CASE("cluster-peers, cluster-ghost-peer, cluster-source") {
    const std::string first = unicast("10.0.0.1", "10.0.0.2");
    finds("cluster-peers", pair(first, unicast("10.0.0.2", "10.0.0.8")), {"10.0.0.8", "10.0.0.1"});
    finds("cluster-peers",
          {instance(110, first), instance(100, unicast("10.0.0.2", "10.0.0.1\n10.0.0.3")),
           instance(90, unicast("10.0.0.3", "10.0.0.1\n10.0.0.2"))},
          {"10.0.0.3"});
    // The address of one of three is wrong: one mistake, one finding.
    finds("cluster-peers",
          {instance(110, unicast("10.0.0.77", "10.0.0.2\n10.0.0.3")),
           instance(100, unicast("10.0.0.2", "10.0.0.1\n10.0.0.3")),
           instance(90, unicast("10.0.0.3", "10.0.0.1\n10.0.0.2"))},
          {"10.0.0.77", "10.0.0.1"});
    // Without sources the number of peers says it.
    finds("cluster-peers",
          {instance(110, unicast("", "10.0.0.2")), instance(100, unicast("", "10.0.0.1\n10.0.0.3")),
           instance(90, unicast("", "10.0.0.1\n10.0.0.2"))},
          {"1 of 2"});
    finds("cluster-ghost-peer", pair(unicast("10.0.0.1", "10.0.0.2\n10.0.0.9"), unicast("10.0.0.2", "10.0.0.1")),
          {"10.0.0.9"});
    finds("cluster-source", pair(first, first), {"10.0.0.1"});
}

TEST_CASE("cluster-virtual-addresses") {
    const auto two = [](const std::string& first, const std::string& second) {
        return Nodes{instance(110, "", "VI", first), instance(100, "", "VI", second)};
    };
    finds("cluster-virtual-addresses", two("192.0.2.10/24\n192.0.2.11/24", "192.0.2.10/24"), {"192.0.2.11"});
    finds("cluster-virtual-addresses", two("192.0.2.10/24", "192.0.2.11/24"), {"192.0.2.10", "192.0.2.11"});
    finds("cluster-virtual-addresses", {instance(110, "virtual_ipaddress_excluded {\n192.0.2.11/24\n}"), instance(100)},
          {"192.0.2.11"});
    passes(two("192.0.2.10/24\n192.0.2.11/24 dev eth1", "192.0.2.11/24 label eth0:1\n192.0.2.10/24"));
    passes(two("192.0.2.10", "192.0.2.10/24"));
    passes(two("2001:db8::a/64", "2001:DB8:0::a/64"));
}

TEST_CASE("cluster-instance-missing, cluster-shared-router-id") {
    const std::string own = instance(90, "virtual_router_id 7", "OWN", "192.0.2.99/24");
    finds("cluster-instance-missing", {instance(110) + own, instance(100)}, {"OWN", "192.0.2.99"});
    const std::string other = "192.0.2.20/24";
    finds("cluster-shared-router-id",
          {instance(110), instance(100), instance(90, "", "DB", other), instance(80, "", "DB", other)},
          {"51", "VI", "DB"});
    // Their names do not matter, the network does.
    finds("cluster-shared-router-id",
          {instance(110), instance(100), instance(90, "", "VI", other), instance(80, "", "VI", other)});
    // Link-local addresses are the same on every network.
    const auto six = [](int priority, const std::string& name, const std::string& address) {
        return instance(priority, "", name, "fe80::1\n" + address);
    };
    passes({six(110, "VI", "2001:db8:1::9/64"), six(100, "VI", "2001:db8:1::9/64"), six(90, "VI", "2001:db8:2::9/64"),
            six(80, "VI", "2001:db8:2::9/64")});
    const std::string far = "198.51.100.20/24";
    passes({instance(110), instance(100), instance(90, "", "VI", far), instance(80, "", "VI", far)});
    passes({instance(110, unicast("10.0.0.1", "10.0.0.2")), instance(100, unicast("10.0.0.2", "10.0.0.1")),
            instance(110, unicast("10.0.0.3", "10.0.0.4"), "DB", other),
            instance(100, unicast("10.0.0.4", "10.0.0.3"), "DB", other)});
}

TEST_CASE("cluster-both-master, cluster-equal-priority, cluster-owner") {
    finds("cluster-both-master", {instance(100, "state MASTER"), instance(100, "state MASTER")}, {"100"});
    finds("cluster-equal-priority", {instance(100), instance(100)}, {"100"});
    finds("cluster-equal-priority", {instance(0), instance(0)}, {"100"});
    finds("cluster-equal-priority",
          {script("s", "weight 20") + instance(100, track("script", "s")),
           script("s", "weight -20") + instance(120, track("script", "s"))},
          {"120"});
    passes({instance(100, "nopreempt"), instance(100, "nopreempt")});
    passes({script("s", "weight 20") + instance(100, track("script", "s")),
            script("s", "weight -30") + instance(110, track("script", "s"))});
    finds("cluster-owner", {instance(255), instance(0, "state MASTER")}, {"255"});
    passes({instance(255), instance(100)});
}

TEST_CASE("cluster-nopreempt, cluster-preempt-delay") {
    finds("cluster-nopreempt", pair("", "nopreempt"), {"110"});
    finds("cluster-nopreempt", pair("state MASTER", "nopreempt"));
    passes(pair("nopreempt", "nopreempt"));
    passes(pair("nopreempt", ""));
    finds("cluster-preempt-delay", pair("", "preempt_delay 20"), {"20"});
    passes(pair("preempt_delay 20", ""));
    passes(pair("preempt_delay 20", "preempt_delay 20"));
}

TEST_CASE("cluster-weight, cluster-nopreempt-weight") {
    const auto both = [](const std::string& before, const std::string& lines) {
        return Nodes{before + instance(110, lines), before + instance(100, lines)};
    };
    finds("cluster-weight", both(script("s", "weight -5"), track("script", "s")), {"105", "100", "node1"});
    finds("cluster-weight", both(script("s", "weight 5"), track("script", "s")), {"110", "105"});
    finds("cluster-weight", both("", track("interface", "eth1 weight -10")), {"the same as the 100"});
    finds("cluster-weight", both("vrrp_track_process p {\nprocess nginx\nweight -3\n}\n", track("process", "p")),
          {"107"});
    // A check for maintenance: its success is to move the address.
    finds("cluster-weight", both(script("s", "weight 5 reverse"), track("script", "s")), {"succeeds", "110", "105"});
    passes(both(script("s", "weight 20 reverse"), track("script", "s")));
    passes(both(script("s", "weight -11"), track("script", "s")));
    passes(both(script("s"), track("script", "s")));
    // Neither alone, but both together.
    passes(both(script("s", "weight -6") + script("t", "weight -6", "/opt/other"), track("script", "s\nt")));
    finds("cluster-nopreempt-weight", both(script("s", "weight -30"), "nopreempt\n" + track("script", "s")),
          {"nopreempt"});
    finds("cluster-nopreempt-weight", both("", "nopreempt\n" + track("interface", "eth1 weight -30")), {"eth1"});
    passes(both(script("s"), "nopreempt\n" + track("script", "s")));
}

TEST_CASE("cluster-tracked-by-one") {
    finds("cluster-tracked-by-one", {script("s") + instance(110, track("script", "s")), instance(100)}, {"node2"});
    finds("cluster-tracked-by-one", {instance(110), script("s") + instance(100, track("script", "s"))}, {"on node1"});
    passes({script("s") + instance(110, track("script", "s")), script("t") + instance(100, track("script", "t"))});
    const std::string two = instance(110) + instance(110, "virtual_router_id 7", "B", "192.0.2.9/24");
    const std::string group = "vrrp_sync_group G {\ngroup {\nVI\nB\n}\n";
    const std::string lower = instance(100) + instance(100, "virtual_router_id 7", "B", "192.0.2.9/24");
    passes({script("s") + group + track("script", "s") + "}\n" + two,
            script("s") + group + track("script", "s") + "}\n" + lower});
}

TEST_CASE("cluster-sync-group") {
    const auto three = [](int priority, const std::string& members) {
        return "vrrp_sync_group G {\ngroup {\n" + members + "\n}\n}\n" + instance(priority) +
               instance(priority, "virtual_router_id 7", "B", "192.0.2.9/24") +
               instance(priority, "virtual_router_id 8", "C", "192.0.2.8/24");
    };
    finds("cluster-sync-group", {three(110, "VI\nB\nC"), three(100, "B\nVI")}, {"C"});
    finds("cluster-sync-group", {three(110, "VI\nB"), three(100, "B\nVI\nC")}, {"C"});
    passes({three(110, "VI\nB"), three(100, "B\nVI")});
    const std::string no_group = three(100, "VI\nB").substr(three(100, "VI\nB").find("vrrp_instance"));
    finds("cluster-sync-group", {three(110, "VI\nB"), no_group}, {"node1 only"});
}

TEST_CASE("cluster-sync-daemon") {
    const auto daemon = [](int priority, const std::string& words) {
        return globals("lvs_sync_daemon eth1 " + words) + instance(priority);
    };
    finds("cluster-sync-daemon", {daemon(110, "inst VI id 3"), daemon(100, "inst VI id 4")}, {"id 3", "4"});
    finds("cluster-sync-daemon", {daemon(110, "inst VI id 3 port 9000"), daemon(100, "inst VI id 3")},
          {"9000", "8848"});
    finds("cluster-sync-daemon", {instance(110), daemon(100, "inst VI id 3")}, {"node2 only"});
    passes({daemon(110, "inst VI id 51"), daemon(100, "inst VI")});
    finds("cluster-sync-daemon", {daemon(110, ""), daemon(100, "id 3")}, {"id 0", "3"});
    passes({daemon(110, ""), daemon(100, "id 0")});
    // The old form.
    finds("cluster-sync-daemon", {daemon(110, "VI"), daemon(100, "id 3")}, {"id 51", "3"});
    finds("cluster-sync-daemon", {daemon(110, "VI 4"), daemon(100, "inst VI id 3")}, {"id 4", "3"});
    passes({daemon(110, "VI"), daemon(100, "inst VI")});
}

TEST_CASE("cluster-router-name") {
    finds("cluster-router-name", {globals("router_id lb") + instance(110), globals("router_id lb") + instance(100)},
          {"lb"});
    passes({globals("router_id a") + instance(110), globals("router_id b") + instance(100)});
}

TEST_CASE("cluster-lvs: one service on two directors") {
    const std::string head = "192.0.2.10 80";
    const std::string servers = server("10.0.0.11 80") + server("10.0.0.12 80");
    const auto two = [&](const std::string& first, const std::string& second) {
        return directors(service(head, first, servers), service(head, second, servers));
    };
    passes(two("lvs_method DR\nlvs_sched rr", "lb_kind DR\nlb_algo rr"));
    finds("cluster-lvs-forwarding", two("lvs_method DR", "lvs_method TUN"), {"DR", "TUN"});
    finds("cluster-lvs-forwarding",
          directors(service(head, "lvs_method NAT", servers),
                    service(head, "lvs_method NAT", server("10.0.0.11 80", "lvs_method DR") + server("10.0.0.12 80"))),
          {"10.0.0.11"});
    finds("cluster-lvs-scheduler", two("lvs_sched rr", ""), {"rr", "wlc"});
    finds("cluster-lvs-persistence", two("persistence_timeout 60", "persistence_timeout 90"), {"60", "90"});
    passes(two("persistence_timeout", "persistence_timeout 360"));
    finds("cluster-lvs-real-server",
          directors(service(head, "", servers), service(head, "", servers + server("10.0.0.13 80"))), {"10.0.0.13"});
    finds("cluster-lvs-real-server", two("sorry_server 10.0.0.99 80", ""), {"sorry_server"});
    // The same under the name of a group, and a mark.
    const std::string group = "virtual_server_group web {\n192.0.2.10 80\n}\n";
    passes(directors(service(head, "", servers), group + service("group web", "", servers)));
    finds("cluster-lvs-scheduler",
          directors(service("fwmark 7", "lvs_sched rr", servers), service("fwmark 7", "lvs_sched sh", servers)));
}

TEST_CASE("cluster-lvs-service") {
    const std::string servers = server("10.0.0.11 80");
    const std::string web = service("192.0.2.10 80", "", servers);
    const std::string mail = service("192.0.2.10 25", "", servers);
    finds("cluster-lvs-service", directors(web + mail, web), {"192.0.2.10 25", "node1 only"});
    finds("cluster-lvs-service", directors(web + mail, ""), {"node1 only"});
    finds("cluster-lvs-service", directors(web + service("192.0.2.10 80", "protocol UDP", servers), web));
    passes(directors(web + mail, mail + web));
    // Nodes of another cluster have other services.
    passes({instance(110) + web, instance(100) + web, instance(110, "virtual_router_id 9", "DB", "192.0.2.20/24"),
            instance(100, "virtual_router_id 9", "DB", "192.0.2.20/24")});
}

TEST_CASE("cluster: a finding stands in the file of one node, its notes point into that of the other") {
    const Read all = read(pair("virtual_router_id 51", "virtual_router_id 15"));
    REQUIRE(all.findings.at(0).size() == 1);
    const source::Finding& finding = all.findings[0].front();
    REQUIRE(finding.notes.size() == 1);
    CHECK(finding.notes.front().sources == &all.analyses[1].sources);
}

}  // namespace lbctl::test
