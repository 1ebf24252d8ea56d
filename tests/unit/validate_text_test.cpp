#include "tests/unit/temporary_folder.h"
#include "tests/unit/validate_cases.h"

// What the reader, the parser and the binder find, and what concerns all statements.
namespace lbctl::test {

namespace {

std::string global(const std::string& body) {
    return block("global_defs", body);
}

/// A checker that fetches a page, and what else is said of that.
std::string page(const std::string& body) {
    return checked(block("HTTP_GET", block("url", "path /\n" + body)));
}

}  // namespace

TEST_CASE("rules: keywords, blocks and braces") {
    const RuleCase cases[] = {
        {"unknown-keyword", global("router_idd a"), global("router_id a")},
        {"misplaced-keyword", global("virtual_router_id 5"), good_instance("")},
        {"missing-open-brace", "global_defs\n    router_id a\n}\n", global("router_id a")},
        {"missing-close-brace", "global_defs {\n    router_id a\n", global("router_id a")},
        {"extra-close-brace", global("router_id a") + "}\n", global("router_id a")},
        {"unexpected-open-brace", "{\n    router_id a\n}\n", global("router_id a")},
        {"block-where-value", good_instance(block("state", "MASTER")), good_instance("state MASTER")},
        {"list-empty", block("garp_group", "garp_interval 0.1\n" + block("interfaces", "")),
         block("garp_group", "garp_interval 0.1\n" + block("interfaces", "eth0"))},
        {"value-repeated", good_instance("priority 100\npriority 90"), good_instance("priority 100")},
    };
    hold(cases, {"structure"});
}

TEST_CASE("rules: values and releases") {
    const RuleCase cases[] = {
        {"missing-argument", good_instance("priority"), good_instance("priority 100")},
        {"split-line", "virtual_server\n10.0.0.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n" + server() + "}\n",
         good_service(server())},
        {"bad-value", page("digest 12"), page("digest 0123456789abcdef0123456789abcdef")},
        {"interface-name", block("vrrp_instance a", "interface eth0:1\nvirtual_router_id 1"), good_instance("")},
        {"interface-name", good_instance(block("track_interface", "eth1:2")),
         good_instance(block("track_interface", "eth1"))},
        {"unknown-value", good_instance("state Master"), good_instance("state MASTER")},
        {"bad-address", good_service(server({}, "web.example.org 80")), good_service(server())},
        {"out-of-range", good_instance("priority 256"), good_instance("priority 255")},
        {"not-a-number", good_instance("priority high"), good_instance("priority 100")},
        {"too-precise", good_instance("advert_int 1.0000001"), good_instance("advert_int 1.0")},
        {"too-long", good_instance(block("authentication", "auth_type PASS\nauth_pass 123456789")),
         good_instance(block("authentication", "auth_type PASS\nauth_pass 12345678"))},
        {"surplus-words", good_instance("state MASTER priority 100"), good_instance("state MASTER")},
        {"ignored-suffix", good_instance("unicast_src_ip 10.0.0.1/24\n" + block("unicast_peer", "10.0.0.2")),
         good_instance("unicast_src_ip 10.0.0.1\n" + block("unicast_peer", "10.0.0.2"))},
        {"ignored-word", page("regex ok\nregex_options caselesss"), page("regex ok\nregex_options caseless")},
        {"keyword-too-new", good_instance("timer_expired_backup"), good_instance(""), {2, 2, 7}},
        {"keyword-removed", good_service("nat_mask 255.255.255.0\n" + server()), good_service(server())},
        {"keyword-optional-build", global("enable_snmp_vrrp"), global("router_id a")},
    };
    hold(cases, {"values", "versions"});
}

TEST_CASE("rules: characters, lines and quotes") {
    using namespace std::string_literals;
    const RuleCase cases[] = {
        {"other-format", "-A -t 10.0.0.1:80 -s rr\n", good_service(server())},
        {"nothing-written", "# later\n", good_service(server())},
        {"unterminated-quote", global("router_id \"web"), global("router_id \"web\"")},
        {"line-too-long", global("router_id " + std::string(1100, 'x')), global("router_id " + std::string(900, 'x'))},
        {"nul-byte", global("router_id a\0b"s), global("router_id ab")},
        {"carriage-return", "global_defs {\rrouter_id a\r}\r", "global_defs {\r\nrouter_id a\r\n}\r\n"},
        {"byte-order-mark", "\xEF\xBB\xBF" + global("router_id a"), global("router_id a")},
        {"odd-space", global("router_id\xC2\xA0"s + "a"), global("router_id a")},
        {"merge-conflict",
         "<<<<<<< HEAD\n" + global("router_id a") + "=======\n" + global("router_id b") + ">>>>>>> x\n",
         global("router_id a")},
        {"template", global("router_id {{ name }}"), global("router_id name")},
        {"odd-quote", global("router_id 'a'"), global("router_id \"a\"")},
        {"trailing-backslash", global("router_id a \\"), global("router_id a")},
        {"trailing-semicolon", good_instance("priority 100;"), good_instance("priority 100")},
        {"escaped-comment", good_instance(block("authentication", "auth_type PASS\nauth_pass ab\\#cd")),
         good_instance(block("authentication", "auth_type PASS\nauth_pass \"ab#cd\""))},
    };
    hold(cases, {"text"});
}

TEST_CASE("rules: parameters, sequences and conditions") {
    const RuleCase cases[] = {
        {"undefined-parameter", global("router_id $NAME"), "$NAME=a\n" + global("router_id $NAME")},
        {"bad-parameter", global("router_id ${_RANDOM 5 3}"), global("router_id ${_RANDOM 3 5}")},
        {"reference-cycle", "$A=$B\n$B=$A\n" + global("router_id $A"), "$A=b\n$B=$A\n" + global("router_id $B")},
        {"split-definition", "$A=\\\n    router_id a \\\n    # comment\n    vrrp_version 3\n" + global("$A"),
         "$A=\\\n    router_id a \\\n    vrrp_version 3\n" + global("$A")},
        {"endless-expansion", global("~SEQ(I, 1, 1, 200000) no_email_faults"),
         global("~SEQ(I, 1, 1, 3) no_email_faults")},
        {"bad-sequence", good_service("~SEQ(I, 1, -1, 5) " + server({}, "10.0.0.$I 80")), good_service(server())},
        {"bad-list", good_service(server()) + "~LST({A, B}, {1, 2, 3}) use_pid_dir\n",
         good_service(server()) + "~LST({A, B}, {1, 2}) use_pid_dir\n"},
        {"condition-alone", "@main\n" + global("router_id a"), "@main use_pid_dir\n" + global("router_id a")},
    };
    hold(cases, {"parameters"});
}

TEST_CASE("rules: includes") {
    const tests::TemporaryFolder folder;
    folder.write("good.conf", global("router_id a"));
    folder.write("itself.conf", "include " + folder.at("itself.conf") + "\n");
    std::string nonsense;
    constexpr int more_than_are_told = 10100;
    for (int line = 0; line < more_than_are_told; ++line) nonsense += "~SEQ(I) use_pid_dir\n";
    folder.write("nonsense.conf", nonsense);
    const auto include = [&](std::string_view name) { return "include " + folder.at(name) + "\n"; };
    const RuleCase cases[] = {
        {"include-missing", include("missing.conf"), include("good.conf")},
        {"include-cycle", include("itself.conf"), include("good.conf") + include("good.conf")},
        {"include-too-much", include("nonsense.conf"), include("good.conf")},
    };
    hold(cases, {"include"});
}

TEST_CASE("what stands twice is taken as keepalived takes it") {
    using source::Severity;
    struct Twice {
        std::string text;
        Severity severity;
        std::string_view counts;  ///< "first" or "last"
        keywords::Version target = keywords::default_target;
    };
    constexpr keywords::Version before{2, 2, 7};
    const Twice cases[] = {
        {good_instance("interface eth1"), Severity::warning, "last"},
        {good_instance("state BACKUP\nstate MASTER"), Severity::warning, "last"},
        {good_instance("version 3\nversion 3"), Severity::info, "last"},
        {good_instance("priority 90\npriority 90"), Severity::info, "last"},
        {good_instance("notify_priority_changes on\nnotify_priority_changes off"), Severity::warning, "last"},
        {good_instance("notify /bin/a\nnotify /bin/b"), Severity::error, "first"},
        {good_instance("notify_deleted\nnotify_deleted"), Severity::error, "first"},
        {good_service("quorum_up /bin/a\nquorum_up /bin/b\n" + server()), Severity::error, "first"},
        {checked("notify_up /bin/a\nnotify_up /bin/b"), Severity::error, "first"},
        {page("path /b"), Severity::error, "last"},
        {page("path /b"), Severity::warning, "last", before},
        {page("digest 0123456789abcdef0123456789abcdef\ndigest 0123456789abcdef0123456789abcdee"), Severity::error,
         "first"},
        {checked(block("DNS_CHECK", "name a\nname b")), Severity::error, "first"},
        {checked(block("SMTP_CHECK", "helo_name a\nhelo_name b")), Severity::error, "last"},
        {block("SSL", "ca /a\nca /b"), Severity::error, "last"},
        {global("nftables\nnftables b"), Severity::error, "first"},
        {global("nftables") + global("nftables b"), Severity::error, "first"},
        {global("router_id a") + global("router_id b"), Severity::warning, "last"},
        {global("umask 022\numask 077"), Severity::warning, "last"},
        {"instance a\ninstance b\n", Severity::error, "first"},
        {block("track_file f", "file /etc/a\nfile /etc/b"), Severity::error, "first"},
        {block("track_file f", "file /etc/a\nweight 2\nweight 3"), Severity::error, "first"},
        {block("track_file f", "file /etc/a\nweight 1\nweight 3"), Severity::warning, "last"},
        {block("vrrp_track_process p", "process a\nprocess b"), Severity::error, "first"},
    };
    for (const auto& [text, severity, counts, target] : cases) {
        INFO(text);
        validate::AnalysisOptions options;
        options.target = target;
        const auto analysis = validate::analyse("test.conf", text, options);
        std::vector<const source::Finding*> found;
        for (const auto& finding : analysis.findings) {
            if (finding.rule == "value-repeated") found.push_back(&finding);
        }
        REQUIRE(found.size() == 1);
        CHECK(found.front()->severity == severity);
        CHECK(found.front()->message.find(counts) != std::string::npos);
        CHECK(found.front()->notes.size() == 1);
    }
    // Some add up, and a flag that is set twice is set.
    for (const std::string& text :
         {page("status_code 200\nstatus_code 204"), page("regex a\nregex_options caseless\nregex_options utf"),
          good_instance("nopreempt\nnopreempt"), global("lvs_timeouts tcp 5\nlvs_timeouts udp 5"),
          block("garp_group", "garp_interval 0.1\ninterface eth0\ninterface eth1")}) {
        INFO(text);
        CHECK_FALSE(finds("value-repeated", text, keywords::default_target));
    }
}

TEST_CASE("an old keyword is a warning where keepalived asks for the new one") {
    const auto severity = [](const std::string& text, keywords::Version target) {
        validate::AnalysisOptions options;
        options.target = target;
        for (const auto& finding : validate::analyse("test.conf", text, options).findings) {
            if (finding.rule == "deprecated-keyword") return finding.severity;
        }
        return source::Severity::error;
    };
    const std::string interval = good_instance("vmac_garp_intvl 5");
    CHECK(severity(interval, {2, 2, 3}) == source::Severity::warning);
    CHECK(severity(interval, {2, 2, 2}) == source::Severity::info);
    CHECK(severity(global("lvs_process_name x"), keywords::default_target) == source::Severity::warning);
    CHECK(severity(good_instance("preempt"), keywords::default_target) == source::Severity::info);
}

}  // namespace lbctl::test
