#include "tests/unit/validate_cases.h"

namespace lbctl::test {

namespace {

const std::string script = block("vrrp_script s", "script /bin/true");
const std::string process = block("vrrp_track_process p", "process nginx");
const std::string file = block("track_file f", "file /etc/f");

std::string tracks(const std::string& kind, const std::string& lines, const std::string& more = {}) {
    return good_instance(block(kind, lines) + more);
}

}  // namespace

TEST_CASE("rules: tracking") {
    const auto group_tracks = [](const std::string& lines) {
        return good_instance("") + good_instance(block("track_interface", "eth5"), "b") +
               block("vrrp_sync_group g", block("group", "a\nb") + block("track_interface", lines));
    };
    const RuleCase cases[] = {
        {"track-script-not-found", tracks("track_script", "s") + script, script + tracks("track_script", "s")},
        {"track-process-not-found", tracks("track_process", "p"), process + tracks("track_process", "p")},
        {"track-file-not-found", tracks("track_file", "f"), file + tracks("track_file", "f")},
        {"bfd-not-found", tracks("track_bfd", "b"),
         block("bfd_instance b", "neighbor_ip 10.0.0.5") + tracks("track_bfd", "b")},
        {"track-repeated", script + tracks("track_script", "s\ns"), script + tracks("track_script", "s")},
        {"track-own-interface", tracks("track_interface", "eth0"), tracks("track_interface", "eth1")},
        {"track-weight-254", tracks("track_interface", "eth1 weight 254"),
         tracks("track_interface", "eth1 weight 253")},
        {"track-weight-ignored", script + tracks("track_script", "s weight 5", "priority 255"),
         script + tracks("track_script", "s weight 5")},
        {"track-interface-twice", group_tracks("eth5"), group_tracks("eth6")},
        {"track-file-directory", block("track_file f", "file /nowhere/f") + tracks("track_file", "f"),
         file + tracks("track_file", "f")},
        {"file-missing", block("track_file f", "weight 2"), file},
        {"process-missing", block("vrrp_track_process p", "quorum 1"), process},
        {"tracked-object-repeated", script + script, script},
        {"script-unused", script, script + tracks("track_script", "s")},
        {"process-quorum", block("vrrp_track_process p", "process a\nquorum 3\nquorum_max 2"),
         block("vrrp_track_process p", "process a\nquorum 2\nquorum_max 3")},
    };
    hold(cases, {"tracking"});
}

TEST_CASE("rules: scripts") {
    const RuleCase cases[] = {
        {"script-missing", block("vrrp_script s", "interval 2"), script},
        {"script-user", block("vrrp_script s", "script /a\nuser someone"),
         block("vrrp_script s", "script /a\nuser root")},
        {"script-argument-as-user", good_instance("notify_master /a master"),
         good_instance("notify_master \"/a master\"")},
        {"script-quote-unclosed", block("vrrp_script s", "script \"/a 'b\""),
         block("vrrp_script s", "script \"/a 'b'\"")},
    };
    hold(cases, {"scripts"});
}

TEST_CASE("rules: lines of addresses, routes and rules") {
    const auto address = [](const std::string& line) { return block("static_ipaddress", line); };
    const auto route = [](const std::string& line) { return block("static_routes", line); };
    const auto rule = [](const std::string& line) { return block("static_rules", line); };
    const RuleCase cases[] = {
        {"ipv4-only-option", address("fd00::1/64 dev eth0 scope link"), address("10.0.0.1/24 dev eth0 scope link")},
        {"peer-with-prefix", address("10.0.0.1/24 dev eth0 peer 10.0.0.2"), address("10.0.0.1 dev eth0 peer 10.0.0.2")},
        {"peer-address-family", address("10.0.0.1 dev eth0 peer fd00::2"), address("10.0.0.1 dev eth0 peer 10.0.0.2")},
        {"peer-with-broadcast", address("10.0.0.1 dev eth0 brd + peer 10.0.0.2"),
         address("10.0.0.1/24 dev eth0 brd +")},
        {"broadcast-prefix-too-long", address("10.0.0.1/32 dev eth0 brd +"), address("10.0.0.1/24 dev eth0 brd +")},
        {"option-repeated", address("10.0.0.1 dev eth0 dev eth1"), address("10.0.0.1 dev eth0")},
        {"route-without-destination", route("via 10.0.0.1"), route("10.1.0.0/16 via 10.0.0.1")},
        {"route-families", route("10.1.0.0/16 via fd00::1"), route("10.1.0.0/16 via 10.0.0.1")},
        {"route-old-word", route("10.1.0.0/16 gw 10.0.0.1"), route("10.1.0.0/16 via 10.0.0.1")},
        {"route-protocol-tracked", route("10.1.0.0/16 via 10.0.0.1 protocol static"),
         route("10.1.0.0/16 via 10.0.0.1 protocol static no_track")},
        {"route-not-tracked", route("10.1.0.0/16 via 10.0.0.1"), route("10.1.0.0/16 via 10.0.0.1 dev eth0"), {2, 2, 7}},
        {"route-nexthop-family", route("10.1.0.0/16 nexthop via fd00::1"), route("10.1.0.0/16 nexthop via 10.0.0.1")},
        {"route-encap-incomplete", route("10.1.0.0/16 via 10.0.0.1 encap ip src 10.0.0.2"),
         route("10.1.0.0/16 via 10.0.0.1 encap ip dst 10.0.0.2")},
        {"route-mpls-only", route("10.1.0.0/16 via 10.0.0.1 as to 10.0.0.2"), route("10.1.0.0/16 via 10.0.0.1")},
        {"rule-without-action", rule("from 10.0.0.0/8 priority 1"), rule("from 10.0.0.0/8 priority 1 table 1")},
        {"rule-two-actions", rule("from 10.0.0.0/8 priority 1 table 1 blackhole"),
         rule("from 10.0.0.0/8 priority 1 table 1")},
        {"rule-families", rule("from 10.0.0.0/8 to fd00::/8 priority 1 table 1"),
         rule("from 10.0.0.0/8 priority 1 table 1")},
        {"rule-without-preference", rule("from 10.0.0.0/8 table 1"), rule("from 10.0.0.0/8 priority 1 table 1")},
        {"rule-table-zero", rule("from 10.0.0.0/8 priority 5 table 0"), rule("from 10.0.0.0/8 priority 5 table 1")},
        {"rule-table-zero", rule("from 10.0.0.0/8 priority 5 lookup 4294967296"),
         rule("from 10.0.0.0/8 priority 5 lookup main")},
        {"rule-goto", rule("from 10.0.0.0/8 priority 5 goto 4"), rule("from 10.0.0.0/8 priority 4 goto 5")},
        {"rule-option-without-table", rule("from 10.0.0.0/8 priority 1 blackhole suppress_prefixlength 0"),
         rule("from 10.0.0.0/8 priority 1 table 1 suppress_prefixlength 0")},
    };
    hold(cases, {"addresses", "routes"});
}

TEST_CASE("rules: BFD, globals and the rest") {
    const auto bfd = [](const std::string& body, const std::string& name = "b") {
        return block("bfd_instance " + name, body);
    };
    const auto global = [](const std::string& body) { return block("global_defs", body); };
    const RuleCase cases[] = {
        {"bfd-instance-repeated", bfd("neighbor_ip 10.0.0.5") + bfd("neighbor_ip 10.0.0.6"),
         bfd("neighbor_ip 10.0.0.5")},
        {"bfd-neighbor-missing", bfd("source_ip 10.0.0.1"), bfd("neighbor_ip 10.0.0.5")},
        {"bfd-families-differ", bfd("source_ip 10.0.0.1\nneighbor_ip fd00::5"),
         bfd("source_ip 10.0.0.1\nneighbor_ip 10.0.0.5")},
        {"bfd-neighbor-repeated", bfd("neighbor_ip 10.0.0.5") + bfd("neighbor_ip 10.0.0.5", "c"),
         bfd("neighbor_ip 10.0.0.5") + bfd("neighbor_ip 10.0.0.6", "c")},
        {"bfd-hops-above-ttl", bfd("neighbor_ip 10.0.0.5\nttl 5\nmax_hops 6"),
         bfd("neighbor_ip 10.0.0.5\nttl 6\nmax_hops 5")},
        {"bfd-interval-long", bfd("neighbor_ip 10.0.0.5\nmin_rx 20000"), bfd("neighbor_ip 10.0.0.5\nmin_rx 20")},
        {"mail-list-empty", global(block("notification_email", "")), global(block("notification_email", "a@b"))},
        {"group6-not-link-local", global("vrrp_mcast_group6 ff05::12"), global("vrrp_mcast_group6 ff02::12")},
        {"rx-bufs-conflict", global("vrrp_rx_bufs_policy MTU ADVERT"), global("vrrp_rx_bufs_policy MTU")},
        {"ipset-names-equal", global("vrrp_iptables\nvrrp_ipsets a a"), global("vrrp_iptables\nvrrp_ipsets a b")},
        {"two-firewalls", global("vrrp_iptables\nnftables"), global("nftables")},
        {"ipsets-without-iptables", global("vrrp_ipsets a b"), global("vrrp_iptables\nvrrp_ipsets a b")},
        {"include-check-words", global("include_check read match"), global("include_check read +match")},
        {"sync-daemon-id-word", good_instance("") + global("lvs_sync_daemon eth0 a 7"),
         good_instance("") + global("lvs_sync_daemon eth0 a id 7")},
        {"sync-daemon-instance-missing", global("lvs_sync_daemon eth0 inst a"),
         good_instance("") + global("lvs_sync_daemon eth0 inst a")},
        {"deprecated-keyword", checked(block("HTTP_GET", "nb_get_retry 3\n" + block("url", "path /"))),
         checked(block("HTTP_GET", "retry 3\n" + block("url", "path /")))},
    };
    hold(cases, {"bfd", "global", "deprecated"});
}

TEST_CASE("rule pages are complete and told apart") {
    // Of each of these a test case holds that every rule has a case; those of the machine are
    // tests/parity/host_rules.py's, those of comments and settings tests/golden/choosing.py's.
    const std::set<std::string_view> held{"addresses", "bfd",     "checkers",  "cluster", "deprecated", "global",
                                          "host",      "include", "kernel",    "lint",    "lvs",        "parameters",
                                          "routes",    "scripts", "structure", "text",    "tracking",   "values",
                                          "versions",  "vmac",    "vrrp"};
    std::set<std::string_view> ids;
    for (const auto& page : validate::all_rule_pages()) {
        INFO(page.id);
        CHECK(ids.insert(page.id).second);
        CHECK(held.contains(page.family));
        CHECK_FALSE(page.summary.empty());
        CHECK_FALSE(page.detail.empty());
        CHECK(validate::find_rule_page(page.id) != nullptr);
    }
    CHECK(validate::find_rule_page("no-such-rule") == nullptr);
}

TEST_CASE("a mistake hides what follows from it, and nothing else") {
    const auto count = [](const std::string& text) {
        return validate::analyse("test.conf", text, validate::AnalysisOptions{}).findings.size();
    };
    // A script that could not be read is not missed by those who track it; another one is.
    const std::string unreadable = block("vrrp_script check", "script");
    CHECK(count(unreadable + good_instance(block("track_script", "check"))) == 1);
    CHECK(count(unreadable + good_instance(block("track_script", "check\nother"))) == 2);
    // An instance without a name is not missed in groups, whose members it could be.
    const std::string nameless = block("vrrp_instance", "interface eth0\nvirtual_router_id 2");
    CHECK(count(nameless + good_instance("") + block("vrrp_sync_group g", block("group", "a\nb"))) == 1);
    CHECK(count(good_instance("") + block("vrrp_sync_group g", block("group", "a\nb"))) == 2);
    // What is wrong inside a server does not explain what its service lacks.
    CHECK(count(service("protocol TCP\nlvs_method NAT\n" + server("weight x"))) == 2);
    CHECK(count(service("protocol TCP\nlvs_method NAT\nlvs_sched x\n" + server())) == 1);
    // Nor does a number elsewhere in the block explain a line that lacks a word of its own.
    CHECK(count(good_instance("priority 300\n" + block("virtual_routes", "via 10.0.0.1 dev eth0"))) == 2);
    CHECK(count(good_instance(block("virtual_routes", "10.1.0.0/16 dev eth0 metric x\nvia 10.0.0.1 dev eth0"))) == 2);
    CHECK(count(good_instance(
              block("virtual_rules", "from 10.1.0.0/16 preference x\nfrom 10.2.0.0/16 preference 5"))) == 2);
    CHECK(count(service("protocol TCP\nlvs_method NAT\nlvs_sched x\n" + server(), "group g")) == 2);
}

TEST_CASE("rules that look at the machine run only when asked") {
    const auto text = good_instance("").replace(good_instance("").find("eth0"), 4, "nosuchif0");
    validate::AnalysisOptions options;
    const auto silent = validate::analyse("test.conf", text, options);
    options.host = true;
    const auto asked = validate::analyse("test.conf", text, options);
    const auto is_host = [](const source::Finding& finding) { return finding.rule == "host-interface-missing"; };
    CHECK(std::none_of(silent.findings.begin(), silent.findings.end(), is_host));
    CHECK(std::any_of(asked.findings.begin(), asked.findings.end(), is_host));
}

}  // namespace lbctl::test
