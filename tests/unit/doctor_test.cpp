#include <algorithm>
#include <string>

#include "backend/doctor/check.h"
#include "backend/doctor/firewall_rule.h"
#include "backend/doctor/machine.h"
#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"

using namespace lbctl;

namespace {

std::string service(const std::string& head, const std::string& method, const std::string& server) {
    return "virtual_server " + head + " {\nprotocol TCP\nlb_algo rr\nlb_kind " + method + "\nreal_server " + server +
           " {\n}\n}\n";
}

const std::string instance =
    "vrrp_instance a {\ninterface eth0\nvirtual_router_id 9\nvirtual_ipaddress {\n10.0.8.9/32\n}\n}\n";

std::vector<doctor::Finding> examined(const doctor::Machine& machine, const std::string& text,
                                      doctor::Role role = doctor::Role::director) {
    const auto analysis = validate::analyse("a.conf", text, {});
    const auto configuration = emit::configuration_of(analysis.root, analysis.sources, "a.conf");
    REQUIRE(configuration.has_value());
    const auto found = doctor::examine(machine, *configuration, {}, role);
    REQUIRE(found.has_value());
    return *found;
}

std::vector<std::string> rules_of(const std::vector<doctor::Finding>& findings) {
    std::vector<std::string> rules;
    for (const doctor::Finding& finding : findings) rules.emplace_back(finding.rule);
    return rules;
}

using Rules = std::vector<std::string>;

/// A director of direct routing on which all is well.
doctor::Machine sound_director() {
    doctor::Machine machine;
    machine.name = "lb1";
    machine.kernel = "6.1.0-31-amd64";
    machine.capabilities = ~std::uint64_t{0};
    machine.modules = {"ip_vs", "ip_vs_rr"};
    machine.installed_modules = machine.modules;
    machine.knows_installed_modules = true;
    machine.settings = {{"net/ipv4/ip_forward", "1"},
                        {"net/ipv4/vs/conn_reuse_mode", "1"},
                        {"net/ipv4/vs/conntrack", "0"},
                        {"net/ipv4/vs/expire_nodest_conn", "1"}};
    machine.ipvs.table_bits = 12;
    machine.ipvs.connections = 100;
    machine.links = {{"lo", 65536, 772, true, true, true}, {"eth0", 1500, 1, true, true, false}};
    machine.addresses = {{*IpAddress::parse("10.0.8.25"), 24, "eth0"}};
    machine.routes = {{IpAddress(), 0, *IpAddress::parse("10.0.8.1"), "eth0", 0},
                      {*IpAddress::parse("10.0.8.0"), 24, std::nullopt, "eth0", 0}};
    return machine;
}

const std::string direct = instance + service("10.0.8.9 80", "DR", "10.0.8.12 80");

doctor::Packet advert() {
    doctor::Packet packet;
    packet.protocol = 112;
    packet.source = IpAddress::parse("10.0.8.55");
    packet.destination = *IpAddress::parse("224.0.0.18");
    packet.device = "eth0";
    packet.multicast = true;
    return packet;
}

bool is_dropped(std::string_view ruleset) {
    return doctor::certain_drop(doctor::chains_of_nft(ruleset), "input", advert()).has_value();
}

std::string nft_input(const std::string& policy, const std::string& rules) {
    return "table inet filter {\n\tset office {\n\t\ttype ipv4_addr\n\t\telements = { 10.0.0.1,\n\t\t\t     10.0.0.2 "
           "}\n\t}\n\n"
           "\tchain others {\n\t\tmeta l4proto vrrp drop\n\t}\n\n"
           "\tchain input {\n\t\ttype filter hook input priority filter; policy " +
           policy + ";\n" + rules + "\t}\n}\n";
}

bool is_dropped_by_iptables(const std::string& policy, const std::string& rules) {
    const std::string text = "*filter\n:INPUT " + policy + " [0:0]\n:OUTPUT ACCEPT [0:0]\n:others - [0:0]\n" + rules +
                             "-A others -p vrrp -j DROP\nCOMMIT\n";
    const auto chains = doctor::chains_of_iptables(text, doctor::FirewallTool::iptables);
    return doctor::certain_drop(chains, "input", advert()).has_value();
}

}  // namespace

TEST_CASE("a sound director has no findings") {
    CHECK(rules_of(examined(sound_director(), direct)) == Rules{});
}

TEST_CASE("what a setting should be comes from the table that scripts are emitted from") {
    doctor::Machine machine = sound_director();
    machine.settings["net/ipv4/vs/conn_reuse_mode"] = "0";
    const auto found = examined(machine, direct);
    REQUIRE(rules_of(found) == Rules{"kernel-setting"});
    CHECK(found.front().command == "sysctl -w net.ipv4.vs.conn_reuse_mode=1");
    CHECK(found.front().evidence.front().where == "/proc/sys/net/ipv4/vs/conn_reuse_mode");
    CHECK(found.front().evidence.front().says == "it is 0");
    CHECK(found.front().place.line == 8);
    CHECK_FALSE(found.front().why.empty());
    CHECK_FALSE(found.front().source.empty());
}

TEST_CASE("a module that is nowhere is worse than one that is not loaded, and without a list nothing is guessed") {
    doctor::Machine machine = sound_director();
    machine.modules = {"ip_vs"};
    auto found = examined(machine, direct);
    REQUIRE(rules_of(found) == Rules{"module-missing"});
    CHECK(found.front().severity == source::Severity::warning);
    CHECK(found.front().command == "modprobe ip_vs_rr");
    machine.installed_modules.clear();
    found = examined(machine, direct);
    REQUIRE(rules_of(found) == Rules{"module-missing"});
    CHECK(found.front().severity == source::Severity::error);
    CHECK(found.front().command.empty());
    machine.knows_installed_modules = false;
    CHECK(rules_of(examined(machine, direct)) == Rules{});
}

TEST_CASE("a table is small for its connections, of both kinds of kernels") {
    doctor::Machine machine = sound_director();
    machine.ipvs.connections = 8192;
    CHECK(rules_of(examined(machine, direct)) == Rules{});
    machine.ipvs.connections = 100'000;
    auto found = examined(machine, direct);
    REQUIRE(rules_of(found) == Rules{"connection-table-small"});
    CHECK(found.front().command == "echo options ip_vs conn_tab_bits=17 >/etc/modprobe.d/ip_vs.conf");
    // One that grows has its largest size by default, and a limit.
    machine.ipvs.table_bits = 20;
    machine.ipvs.buckets = 262'144;
    machine.settings["net/ipv4/vs/conn_max"] = "110000";
    found = examined(machine, direct);
    REQUIRE(rules_of(found) == Rules{"connection-table-small"});
    CHECK(found.front().severity == source::Severity::error);
    CHECK(found.front().command == "sysctl -w net.ipv4.vs.conn_max=400000");
    machine.settings["net/ipv4/vs/conn_max"] = "1073741824";
    CHECK(rules_of(examined(machine, direct)) == Rules{});
}

TEST_CASE("old kernels: tracking that stalls, tunnels that are not there") {
    doctor::Machine machine = sound_director();
    machine.kernel = "5.8.18";
    machine.settings["net/ipv4/vs/conntrack"] = "1";
    auto found = examined(machine, direct);
    REQUIRE(rules_of(found) == Rules{"connection-tracking", "connection-tracking"});
    CHECK(found.front().severity == source::Severity::warning);
    machine.kernel = "5.9.1";
    found = examined(machine, direct);
    REQUIRE(rules_of(found) == Rules{"connection-tracking"});
    CHECK(found.front().severity == source::Severity::info);
    machine.settings["net/ipv4/vs/conntrack"] = "0";
    machine.kernel = "4.19.0-27-amd64";
    machine.settings["net/ipv4/vs/pmtu_disc"] = "1";
    CHECK(rules_of(examined(machine, service("10.0.8.9 80", "TUN", "10.0.9.12 80"))) == Rules{});
    CHECK(rules_of(examined(machine, service("10.0.8.9 80", "TUN type gre", "10.0.9.12 80"))) ==
          Rules{"kernel-too-old"});
}

TEST_CASE("netfilter's own table is full") {
    doctor::Machine machine = sound_director();
    machine.settings["net/netfilter/nf_conntrack_max"] = "65536";
    machine.settings["net/netfilter/nf_conntrack_count"] = "65000";
    const auto found = examined(machine, direct);
    REQUIRE(rules_of(found) == Rules{"connection-tracking"});
    CHECK(found.front().command == "sysctl -w net.netfilter.nf_conntrack_max=262144");
}

TEST_CASE("privilege: root of a container is not root") {
    doctor::Machine machine = sound_director();
    machine.capabilities = 0;
    CHECK(rules_of(examined(machine, direct)) == Rules{"privilege-missing"});
    machine.user = 1000;
    CHECK(rules_of(examined(machine, direct)) == Rules{});
    machine.initial_user_namespace = false;
    CHECK(rules_of(examined(machine, direct)) == Rules{"privilege-missing"});
}

TEST_CASE("IPv6 in a tunnel needs room for its smallest packet") {
    doctor::Machine machine = sound_director();
    machine.settings["net/ipv4/vs/pmtu_disc"] = "1";
    machine.settings["net/ipv6/conf/all/forwarding"] = "1";
    machine.links[1].mtu = 1299;
    const std::string text = service("fd00:8::9 80", "TUN", "10.0.8.12 80");
    const auto found = examined(machine, text);
    REQUIRE(rules_of(found) == Rules{"tunnel-mtu"});
    CHECK(found.front().command == "ip link set eth0 mtu 1500");
    machine.links[1].mtu = 1300;
    CHECK(rules_of(examined(machine, text)) == Rules{});
}

TEST_CASE("what cannot be read is said once, and nothing is guessed of it") {
    doctor::Machine machine = sound_director();
    machine.user = 1000;
    machine.unread.push_back({"firewall", "nft list ruleset", "only root may read it"});
    const std::string text =
        direct + service("fwmark 7", "DR", "10.0.8.12 80") + service("fwmark 8", "DR", "10.0.8.12 80");
    const auto found = examined(machine, text);
    CHECK(rules_of(found) == Rules{"not-looked-at", "not-looked-at"});  // marks, and VRRP
    for (const doctor::Finding& finding : found) CHECK(finding.severity == source::Severity::info);
}

TEST_CASE("a rule for a mark is looked for in all tools, and one that may set any mark is enough") {
    doctor::Machine machine = sound_director();
    const std::string text = direct + service("fwmark 7", "DR", "10.0.8.12 80");
    REQUIRE(rules_of(examined(machine, text)) == Rules{"mark-rule-missing"});
    machine.prefers_nft = true;
    CHECK(examined(machine, text).front().command.starts_with("nft add table inet lbctl_marks && "));
    for (const std::string rule : {"tcp dport 80 meta mark set 0x00000007", "meta mark set 7", "meta mark set ct mark",
                                   "meta mark set tcp dport map @ports"}) {
        machine.firewall = doctor::chains_of_nft("table ip mangle {\n\tchain prerouting {\n\t\t" + rule + "\n\t}\n}\n");
        CHECK(rules_of(examined(machine, text)) == Rules{});
    }
    for (const std::string rule : {"tcp dport 80 meta mark set 0x00000008", "ct mark set 7", "meta mark 7 accept"}) {
        machine.firewall = doctor::chains_of_nft("table ip mangle {\n\tchain prerouting {\n\t\t" + rule + "\n\t}\n}\n");
        CHECK(rules_of(examined(machine, text)) == Rules{"mark-rule-missing"});
    }
    for (const std::string rule : {"-p tcp -j MARK --set-xmark 0x7/0xffffffff", "-j CONNMARK --restore-mark"}) {
        machine.firewall = doctor::chains_of_iptables("*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING " + rule + "\n",
                                                      doctor::FirewallTool::iptables);
        CHECK(rules_of(examined(machine, text)) == Rules{});
    }
}

TEST_CASE("two that send adverts by turns are two masters; one that takes over from another is not") {
    doctor::Machine machine = sound_director();
    doctor::Heard heard;
    heard.seconds = 5;
    heard.adverts = {{"eth0", *IpAddress::parse("10.0.8.25"), 2, 9, 150, 3, 0, 2000},
                     {"eth0", *IpAddress::parse("10.0.8.55"), 2, 9, 100, 2, 3600, 4600}};
    machine.heard = heard;
    CHECK(rules_of(examined(machine, direct)) == Rules{});
    machine.heard->adverts[0].last = 4000;
    const auto found = examined(machine, direct);
    REQUIRE(rules_of(found) == Rules{"two-masters"});
    CHECK(found.front().place.line == 1);
    std::ranges::reverse(machine.heard->adverts);
    CHECK(examined(machine, direct).front().message == found.front().message);
    machine.heard->adverts[1].router_id = 10;
    CHECK(rules_of(examined(machine, direct)) == Rules{});
}

TEST_CASE("a name of a device is data in commands") {
    doctor::Machine machine = sound_director();
    const std::string text =
        "vrrp_instance a {\ninterface e$(id)\nvirtual_router_id 9\nvirtual_ipaddress {\n10.0.8.9/32\n}\n}\n" +
        service("10.0.8.9 80", "DR", "10.0.8.12 80");
    machine.links.push_back({"e$(id)", 1500, 1, false, false, false});
    const auto found = examined(machine, text);
    REQUIRE(rules_of(found) == Rules{"interface-down"});
    CHECK(found.front().command == "ip link set 'e$(id)' up");
    CHECK(doctor::sysctl_command("net/ipv4/conf/eth0.5/rp_filter", "2") ==
          "sysctl -w net/ipv4/conf/eth0.5/rp_filter=2");
    CHECK(doctor::shell_word("a'b") == "'a'\\''b'");
}

TEST_CASE("a real server is examined by what its emitted script would set up") {
    doctor::Machine machine = sound_director();
    machine.addresses = {{*IpAddress::parse("10.0.8.12"), 24, "eth0"}, {*IpAddress::parse("10.0.8.9"), 32, "lo"}};
    machine.settings = {{"net/ipv4/conf/all/arp_ignore", "1"}, {"net/ipv4/conf/all/arp_announce", "2"}};
    machine.listeners = {{table::Protocol::tcp, IpAddress(), 80, "nginx", 1, {}}};
    CHECK(rules_of(examined(machine, direct, doctor::Role::real_server)) == Rules{});
    // The larger of `all' and the device's own counts.
    machine.settings = {{"net/ipv4/conf/all/arp_ignore", "0"},
                        {"net/ipv4/conf/all/arp_announce", "0"},
                        {"net/ipv4/conf/eth0/arp_ignore", "1"},
                        {"net/ipv4/conf/eth0/arp_announce", "2"}};
    CHECK(rules_of(examined(machine, direct, doctor::Role::real_server)) == Rules{});
    machine.settings["net/ipv4/conf/eth0/arp_ignore"] = "0";
    CHECK(rules_of(examined(machine, direct, doctor::Role::real_server)) == Rules{"arp-answered"});
    machine.addresses.pop_back();
    machine.listeners.clear();
    CHECK(rules_of(examined(machine, direct, doctor::Role::real_server)) ==
          Rules{"virtual-address-not-local", "not-listening"});
}

TEST_CASE("nft: a packet is dropped only where that is sure") {
    CHECK_FALSE(is_dropped(nft_input("accept", "")));
    CHECK(is_dropped(nft_input("drop", "")));
    CHECK(is_dropped(nft_input("accept", "\t\tip protocol vrrp counter packets 3 bytes 120 drop\n")));
    CHECK(is_dropped(nft_input("accept", "\t\tmeta l4proto { tcp, udp, vrrp } log prefix \"no accept \" reject\n")));
    CHECK(is_dropped(nft_input("accept", "\t\tip daddr 224.0.0.0/4 drop comment \"no multicast\"\n")));
    CHECK(is_dropped(nft_input("accept", "\t\tjump others\n")));
    CHECK_FALSE(is_dropped(nft_input("accept", "\t\tip daddr 224.0.0.0/4 accept\n\t\tjump others\n")));
    CHECK(is_dropped(
        nft_input("drop", "\t\tct state { established, related } accept\n\t\ttcp dport { 22, 80 } accept\n")));
    CHECK(is_dropped(
        nft_input("drop", "\t\tiifname \"lo\" accept\n\t\tiifname != \"eth0\" accept\n\t\tip6 nexthdr 112 accept\n")));
    CHECK_FALSE(is_dropped(nft_input("drop", "\t\tiifname \"eth*\" meta l4proto 112 accept\n")));
    CHECK_FALSE(is_dropped(nft_input("drop", "\t\tip saddr 10.0.8.0/24 accept\n")));
    CHECK_FALSE(is_dropped(nft_input("drop", "\t\tmeta pkttype multicast accept\n")));
    // What is not understood may be what lets it pass.
    CHECK_FALSE(is_dropped(nft_input("drop", "\t\tip saddr @office accept\n")));
    CHECK_FALSE(is_dropped(nft_input("drop", "\t\tfib daddr type multicast accept\n")));
    CHECK_FALSE(is_dropped(nft_input("drop", "\t\tmeta l4proto vmap { vrrp : accept, tcp : drop }\n")));
    CHECK_FALSE(is_dropped(nft_input("accept", "\t\tlimit rate over 10/second drop\n")));
    CHECK_FALSE(is_dropped(nft_input("accept", "\t\tip saddr @office drop\n")));
    // A set over several lines, and text that only looks like one.
    CHECK(is_dropped(nft_input("accept", "\t\tip saddr { 10.0.8.1,\n\t\t\t   10.0.8.55 } drop\n")));
    CHECK_FALSE(is_dropped(nft_input("accept", "\t\tip saddr 10.0.8.1 drop comment \"} vrrp {\"\n")));
}

TEST_CASE("iptables: a packet is dropped only where that is sure") {
    CHECK_FALSE(is_dropped_by_iptables("ACCEPT", ""));
    CHECK(is_dropped_by_iptables("DROP", ""));
    CHECK(is_dropped_by_iptables("ACCEPT", "-A INPUT -p vrrp -m comment --comment \"-j ACCEPT\" -j DROP\n"));
    CHECK(is_dropped_by_iptables("ACCEPT", "-A INPUT -j others\n"));
    CHECK(is_dropped_by_iptables(
        "DROP", "-A INPUT -i lo -j ACCEPT\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"));
    CHECK(
        is_dropped_by_iptables("ACCEPT", "-A INPUT ! -s 10.0.9.0/24 -j REJECT --reject-with icmp-port-unreachable\n"));
    CHECK_FALSE(is_dropped_by_iptables("DROP", "-A INPUT -d 224.0.0.18/32 -p vrrp -j ACCEPT\n"));
    CHECK_FALSE(is_dropped_by_iptables("DROP", "-A INPUT -i eth+ -j ACCEPT\n"));
    CHECK_FALSE(is_dropped_by_iptables("DROP", "-A INPUT -m set --match-set office src -j ACCEPT\n"));
    CHECK_FALSE(is_dropped_by_iptables("ACCEPT", "-A INPUT -m limit --limit 1/sec -j DROP\n"));
    CHECK(is_dropped_by_iptables("ACCEPT", "-A INPUT -j LOG --log-prefix x\n-A INPUT -g others\n"));
}

TEST_CASE("odd rules neither crash nor loop") {
    const std::string loop =
        "table inet filter {\nchain a {\njump a\njump a\n}\nchain input {\ntype filter hook input priority 0; "
        "policy drop;\njump a\n}\n}\n";
    CHECK_FALSE(is_dropped(loop));
    for (const std::string text :
         {"", "}", "{", "table", "table inet f {\nchain", "table inet f {\nchain x {\n\"\n{\n}\n}\n}", "chain x {",
          "table inet f {\nchain x {\ntype\nip\nip daddr\nip daddr {\nmeta\njump\nct state\n!=\n"}) {
        is_dropped(text);
        doctor::sets_mark(doctor::chains_of_nft(text), 7);
    }
    for (const std::string text :
         {"*", ":", ":INPUT", "-A ", "-A INPUT", ":INPUT DROP\n-A INPUT -j\n-A INPUT !\n-A INPUT -d\n-A INPUT -g\n"})
        doctor::certain_drop(doctor::chains_of_iptables(text, doctor::FirewallTool::iptables), "input", advert());
}

TEST_CASE("a machine is the same after it was text") {
    doctor::Machine machine = sound_director();
    machine.firewall = doctor::chains_of_nft(nft_input("drop", "\t\tip protocol vrrp accept comment \"a\xff\"\n"));
    machine.listeners = {{table::Protocol::udp, *IpAddress::parse("::1"), 53, "named", 7, "named.service"}};
    machine.heard = doctor::Heard{2.5, {{"eth0", *IpAddress::parse("fe80::1"), 3, 9, 150, 3, 0, 2000}}};
    machine.unread = {{"firewall", "iptables-save", "it failed"}};
    const std::string text = doctor::machine_json(machine);
    const auto read = doctor::machine_from_json(text);
    REQUIRE(read.has_value());
    CHECK(doctor::machine_json(*read) == text);
}

TEST_CASE("what is no machine is refused with its place") {
    const std::string good = doctor::machine_json(sound_director());
    const auto fault = [](const std::string& text) {
        const auto read = doctor::machine_from_json(text);
        REQUIRE_FALSE(read.has_value());
        return read.error().message;
    };
    const auto changed = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        const std::size_t at = text.find(from);
        REQUIRE(at != std::string::npos);
        return fault(text.replace(at, from.size(), to));
    };
    CHECK(fault("").find("parse error") != std::string::npos);
    CHECK(fault("[]").find("schema") != std::string::npos);
    CHECK(fault(std::string(1000, '[')).find("nested") != std::string::npos);
    CHECK(fault(std::string(doctor::most_machine_bytes + 1, ' ')).find("more than 16 MiB") != std::string::npos);
    CHECK(changed("lbctl-machine/1", "lbctl-machine/2").find("schema") != std::string::npos);
    CHECK(changed("\"eth0\"", "\"eth0;reboot now\"").find("the machine.links[1].name is no name of a device") !=
          std::string::npos);
    CHECK(changed("1500", "-1").find("the machine.links[1].mtu is no number") != std::string::npos);
    CHECK(changed("1500", "1e99").find("mtu is no number") != std::string::npos);
    CHECK(changed("\"10.0.8.25\"", "\"10.0.8\"").find("addresses[0].address is no address") != std::string::npos);
    CHECK(changed("\"prefix\": 24", "\"prefix\": 129").find("prefix is too large") != std::string::npos);
    CHECK(changed("\"kernel\"", "\"kernels\"").find("has no `kernel'") != std::string::npos);
}

TEST_CASE("every check has a page with a reason and a source") {
    std::vector<std::string_view> ids;
    for (const doctor::Check* check : doctor::all_checks()) {
        CHECK_FALSE(check->page.summary.empty());
        CHECK_FALSE(check->page.detail.empty());
        CHECK_FALSE(check->source.empty());
        CHECK((check->director != nullptr || check->real_server != nullptr));
        CHECK(doctor::find_page(check->page.id) == &check->page);
        CHECK(validate::find_rule_page(check->page.id) == nullptr);
        ids.push_back(check->page.id);
    }
    std::ranges::sort(ids);
    CHECK(std::ranges::adjacent_find(ids) == ids.end());
}
