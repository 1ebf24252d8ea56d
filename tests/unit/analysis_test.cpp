#include "grammar/validate/analysis.h"

#include <algorithm>
#include <string>
#include <vector>

#include "grammar/ast/argument_values.h"
#include "tests/unit/validate_cases.h"

using namespace lbctl;
using namespace lbctl::test;

namespace {

/// Needs all statements or none.
class PassingSink final : public validate::StatementSink {
public:
    explicit PassingSink(bool needs_them) : needs_them_(needs_them) {}
    bool take(const ast::Node& /*statement*/, const source::Sources& /*sources*/, bool /*stays*/) override {
        return !needs_them_;
    }
    void void_all() override { keeps_all = true; }

    bool keeps_all = false;  ///< the analysis keeps all statements, also those that were taken

private:
    bool needs_them_;
};

struct Passing {
    validate::Analysis analysis;
    bool keeps_all = false;
};

/// A configuration whose statements are forgotten where that is possible.
Passing pass(const std::string& text, bool needs_them = false) {
    PassingSink sink(needs_them);
    validate::AnalysisOptions options;
    options.sink = &sink;
    auto analysis = validate::analyse("test.conf", text, options);
    return {std::move(analysis), sink.keeps_all};
}

validate::Analysis in_passing(const std::string& text) {
    return pass(text).analysis;
}

validate::Analysis whole(const std::string& text) {
    return validate::analyse("test.conf", text, {});
}

/// The heads of the statements that were kept.
std::vector<std::string> kept(const validate::Analysis& analysis) {
    std::vector<std::string> heads;
    for (const ast::Node& node : analysis.root.children)
        heads.push_back(std::string(node.name()) + " " + std::string(ast::text(node, 0)));
    return heads;
}

using Heads = std::vector<std::string>;

const std::string lonely = checked({});

}  // namespace

TEST_CASE("virtual servers that depend on nothing else are forgotten once they have been checked") {
    const auto [analysis, keeps_all] = pass(lonely + good_instance({}) + lonely);
    CHECK_FALSE(keeps_all);
    CHECK(kept(analysis) == Heads{"vrrp_instance a"});
}

TEST_CASE("without somebody who takes them all statements are kept") {
    const auto analysis = whole(lonely + good_instance({}));
    CHECK(kept(analysis) == Heads{"virtual_server 10.0.0.1", "vrrp_instance a"});
}

TEST_CASE("what its taker still needs is kept") {
    const auto [analysis, keeps_all] = pass(lonely, true);
    CHECK_FALSE(keeps_all);
    CHECK(kept(analysis) == Heads{"virtual_server 10.0.0.1"});
}

TEST_CASE("virtual servers that depend on others are kept, and checked when the others are known") {
    const std::string by_group =
        "virtual_server group web {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n" + server() + "}\n";
    const std::string tracking = checked("FILE_CHECK {\ntrack_file load\n}\n");
    const std::string mixed = service("protocol TCP\nlvs_sched rr\nlvs_method TUN\n" + server({}, "fd00::2 80"));
    const std::string later = block("virtual_server_group web", "10.0.0.7 80") +
                              block("track_file load", "file /run/load") + block("global_defs", "lvs_sync_daemon eth0");
    for (const auto& each : {by_group, tracking, mixed}) {
        INFO(each);
        const auto [analysis, keeps_all] = pass(lonely + each + later);
        CHECK_FALSE(keeps_all);
        CHECK(analysis.root.children.size() == 4);
        CHECK(lines_of(analysis) == lines_of(whole(lonely + each + later)));
    }
    CHECK(lines_of(in_passing(by_group)).size() == 1);          // no such group
    CHECK(lines_of(in_passing(tracking + later)).size() == 2);  // the track_file stands below; the group is unused
    CHECK(lines_of(in_passing(mixed + later)).size() == 3);     // the sync daemon; group and file are unused
}

TEST_CASE("what a forgotten statement said is not taken for what the next one says") {
    // Words of commands live with the statement: those of the second one come to stand where those of the first stood.
    const std::string parts[] = {"MISC_CHECK {\nmisc_path /bin/ab\n}\n", "MISC_CHECK {\nmisc_path $FOOOOO\n}\n"};
    const std::string text =
        checked(parts[0]) + service("protocol UDP\nlvs_sched rr\nlvs_method NAT\n" + server(parts[1]));
    const auto [analysis, keeps_all] = pass(text);
    CHECK_FALSE(keeps_all);
    CHECK(lines_of(analysis) == lines_of(whole(text)));
    CHECK(std::ranges::count(analysis.findings, "undefined-parameter", &source::Finding::rule) == 1);
}

TEST_CASE("a word that was fine in quotes is looked at again without them") {
    const auto told = [](const std::string& first, const std::string& second) {
        const auto checker = [](const std::string& line) { return "MISC_CHECK {\n" + line + "\n}\n"; };
        return lines_of(whole(checked(checker(first) + checker(second)))).size();
    };
    CHECK(told("misc_path \"$FOO\"", "misc_path $FOO") == told("misc_path /bin/a", "misc_path $FOO"));
    CHECK(told("user \"web;\"", "user web;") == told("user other", "user web;"));
    CHECK(told("user \"'web'\"", "user 'web'") == told("user other", "user 'web'"));
}

TEST_CASE("a virtual server is known as repeated though the first one was forgotten") {
    const auto analysis = in_passing(lonely + lonely);
    REQUIRE(analysis.findings.size() == 1);
    const source::Finding& finding = analysis.findings.front();
    CHECK(finding.rule == "service-repeated");
    const auto lines = std::count(lonely.begin(), lonely.end(), '\n');
    CHECK(finding.where.range.begin.line == lines + 1);
    REQUIRE(finding.notes.size() == 1);
    CHECK(finding.notes.front().range.begin.line == 1);
}

TEST_CASE("an error in reading keeps the whole tree, so that its consequences are not told") {
    const std::string faulty = service("protokol TCP\nlvs_sched rr\nlvs_method NAT\n" + server());
    const auto [analysis, keeps_all] = pass(lonely + faulty + lonely);
    CHECK(keeps_all);
    CHECK(analysis.root.children.size() == 3);
    CHECK(lines_of(analysis) == lines_of(whole(lonely + faulty + lonely)));
}

TEST_CASE("statements out of one expansion are told of alike, whether they are kept or forgotten") {
    const std::string text =
        "$VS=\\\n virtual_server 10.0.0.1 80 { \\\n delay_loop 5 \\\n } \\\n"
        " virtual_server 10.0.0.2 80 { \\\n delay_loop 5 \\\n }\n$VS\n";
    CHECK(lines_of(in_passing(text)).size() > 1);
    CHECK(lines_of(in_passing(text)) == lines_of(whole(text)));
}

TEST_CASE("a block that was passed over takes no names with it but those that stand in it") {
    const auto faults_with = [](const std::string& block) {
        return whole(
                   block +
                   " chk_x {\n    script /bin/true\n}\nvrrp_instance A {\n    interface eth0\n    virtual_router_id 5\n"
                   "    track_script {\n        chk_x\n        chk_y\n    }\n"
                   "    virtual_ipaddress {\n        10.0.0.1\n    }\n}\n")
            .findings;
    };
    const auto missing = [](const source::Findings& findings) {
        return std::count_if(findings.begin(), findings.end(),
                             [](const source::Finding& finding) { return finding.rule == "track-script-not-found"; });
    };
    CHECK(missing(faults_with("lua_checker")) == 1);
    CHECK(missing(faults_with("vrrp_scirpt")) == 1);
    CHECK(missing(faults_with("lua_checker chk_y {\n}\nlua_checker")) == 0);
    CHECK(missing(faults_with("lua_checkers {\nvrrp_script chk_y {\nscript /bin/true\n}\n}\nlua_checker")) == 0);
}

TEST_CASE("what is defined below its use is told, whatever faults its block has") {
    struct Object {
        std::string_view rule;
        std::string use;
        std::string head;
        std::string body;
    };
    const auto tracked = [](const std::string& list) { return good_instance(list + " {\nthing\n}"); };
    const auto checked_by = [](const std::string& checker) { return checked(checker + "\n}"); };
    const std::string bfd = "neighbor_ip 10.0.0.3";
    const std::vector<Object> objects = {
        {"track-script-not-found", tracked("track_script"), "vrrp_script", "script /bin/true"},
        {"track-file-not-found", tracked("track_file"), "track_file", "file /run/thing"},
        {"track-file-not-found", checked_by("FILE_CHECK {\ntrack_file thing"), "track_file", "file /run/thing"},
        {"track-process-not-found", tracked("track_process"), "vrrp_track_process", "process sshd"},
        {"bfd-not-found", tracked("track_bfd"), "bfd_instance", bfd},
        {"bfd-not-found", checked_by("BFD_CHECK {\nname thing"), "bfd_instance", bfd},
        {"track-group-not-found", "static_ipaddress {\n10.0.0.1/24 dev eth0 track_group thing\n}\n", "track_group",
         "group {\na\n}"},
    };
    for (const Object& object : objects) {
        const std::vector<std::string> bodies = {object.body,
                                                 object.body + "\nzzqqxx 1",
                                                 object.body + "\n" + unknown_block,
                                                 object.body + "\ninterface eth0",
                                                 object.body + "\nweight abc",
                                                 "zzqqxx " + object.body,
                                                 ""};
        for (const std::string& body : bodies) {
            const std::string text = object.use + block(object.head + " thing", body);
            INFO(text);
            CHECK(finds(object.rule, text, keywords::default_target));
        }
        // Above it, the fault that makes it unusable is the only one.
        CHECK_FALSE(
            finds(object.rule, block(object.head + " thing", object.body) + object.use, keywords::default_target));
    }
}

TEST_CASE("a sync group and a virtual server may stand above what they name, whatever faults it has") {
    for (const std::string& fault : {std::string(), std::string("zzqqxx 1"), unknown_block}) {
        INFO(fault);
        CHECK_FALSE(
            finds("sync-group-member-missing",
                  "vrrp_sync_group G {\ngroup {\na\nb\n}\n}\n" + good_instance(fault) + good_instance(fault, "b"),
                  keywords::default_target));
        CHECK_FALSE(
            finds("service-group-missing",
                  service("protocol TCP\n" + server(), "group g") + block("virtual_server_group g", "10.0.0.1 80"),
                  keywords::default_target));
    }
}

namespace {

std::vector<std::string> rules_of(const validate::Analysis& analysis) {
    std::vector<std::string> rules;
    for (const source::Finding& finding : analysis.findings) rules.emplace_back(finding.rule);
    return rules;
}

/// Rule, line and severity of every finding.
Heads told(const std::string& text) {
    Heads heads;
    for (const source::Finding& finding : whole(text).findings)
        heads.push_back(std::to_string(finding.where.range.begin.line) + " " + std::string(finding.rule) + " " +
                        std::string(source::to_string(finding.severity)));
    return heads;
}

}  // namespace

TEST_CASE("a text of another kind is told as that, and nothing else of it") {
    using Rules = std::vector<std::string>;
    const std::string saved = "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g -w 1\n";
    for (const std::string& text : {saved, "\n# saved\n" + saved, std::string("--set 900 120 300\n") + saved,
                                    std::string("-C\n-A -t 10.0.0.1:80\n"),
                                    std::string("checkinterval = 5\nvirtual = 10.0.0.1:80\n\treal=10.0.1.1:80 gate\n"),
                                    std::string("{\n  \"schema\": \"x\"\n}\n"), std::string("{\"a\":1}")}) {
        INFO(text);
        CHECK(rules_of(whole(text)) == Rules{"other-format"});
        CHECK(rules_of(in_passing(text)) == Rules{"other-format"});
    }
    for (const std::string& text : {std::string("virtual_server 10.0.0.1 80 {\n}\n"), std::string("-A -t x\n}\nfoo\n"),
                                    std::string("{\nglobal_defs\n}\n"), std::string("global_defs {\n}\nvirtual=1\n"),
                                    std::string("- x\n"), std::string("--\n")}) {
        INFO(text);
        for (const std::string& rule : rules_of(whole(text))) CHECK(rule != "other-format");
    }
}

TEST_CASE("a text without anything in it is told once, and is no fault") {
    for (const std::string& text :
         {std::string(), std::string("\n\n"), std::string("# later\n  ! too\n"), std::string(" \t")}) {
        const auto analysis = whole(text);
        CHECK(rules_of(analysis) == std::vector<std::string>{"nothing-written"});
        CHECK_FALSE(analysis.has_errors());
    }
    CHECK(rules_of(whole("global_defs {\n}\n")).empty());
}

TEST_CASE("a group that an error empties is told as that, not as missing") {
    const std::string service =
        "virtual_server group web {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n real_server 10.0.1.1 80 {\n  weight "
        "1\n }\n}\n";
    const auto message = [&service](const std::string& group) {
        for (const source::Finding& finding : whole(group + service).findings) {
            if (finding.rule == "service-group-missing") return finding.message;
        }
        return std::string();
    };
    const std::string dropped =
        "virtual_server_group `web' has no usable entry: keepalived drops it, and this virtual server without a word";
    CHECK(message("virtual_server_group web {\n 10.0.0.999 80\n}\n") == dropped);
    CHECK(message("virtual_server_group web {\n}\n") == dropped);
    CHECK(message("virtual_server_group web {\n 10.0.0.1 80\n}\n").empty());
    CHECK(message("virtual_server_group shop {\n 10.0.0.1 80\n}\n") ==
          "there is no virtual_server_group `web': keepalived drops this virtual server without a word");
}

TEST_CASE(
    "a second statement on the line of another is told, also where it is taken for a user, group, table or name") {
    const auto lost = [](const std::string& text, int line) {
        const Heads heads = told(text);
        INFO(text);
        CHECK(std::ranges::count(heads, std::to_string(line) + " surplus-words error") == 1);
    };
    lost(block("global_defs", "script_user root enable_script_security"), 2);
    lost(block("global_defs", "notify_fifo /run/fifo root enable_script_security"), 2);
    lost(block("global_defs", "nftables nftables_counters"), 2);
    lost(block("global_defs", "reload_file reload_repeat"), 2);
    lost(good_instance("notify_master /bin/true priority"), 7);
    lost(good_instance("use_vmac vmac_xmit_base"), 7);
    lost(block("vrrp_script s", "script /bin/true\nuser root init_fail") + good_instance(block("track_script", "s")),
         3);
    CHECK(told(block("global_defs", "script_user root root\nenable_script_security")) == Heads{});
}

TEST_CASE("a list without its brace is one finding, and its entries are taken") {
    struct List {
        std::string before;
        std::string head;
        std::string entry;
        std::string behind;
    };
    const std::string in_instance = "vrrp_instance a {\n  interface eth0\n  virtual_router_id 1\n";
    const std::string with_address = in_instance + "  virtual_ipaddress {\n    10.0.0.9/24\n  }\n";
    const std::vector<List> lists = {
        {in_instance, "virtual_ipaddress", "10.0.0.9/24", ""},
        {with_address, "virtual_ipaddress_excluded", "10.0.0.8/24", ""},
        {with_address, "virtual_routes", "10.1.0.0/16 dev eth0", ""},
        {with_address, "virtual_rules", "from 10.1.0.0/16 table 9 preference 9", ""},
        {with_address, "unicast_peer", "10.0.0.2", ""},
        {with_address, "track_interface", "eth1", ""},
        {"", "static_ipaddress", "10.0.0.8/24 dev eth0", ""},
        {"", "static_routes", "10.1.0.0/16 dev eth0", ""},
        {"", "static_rules", "from 10.1.0.0/16 table 9 preference 9", ""},
        {"", "interface_up_down_delays", "eth0 1", ""},
        {"", "virtual_server_group g", "10.0.0.1 80", ""},
        {"global_defs {\n", "notification_email", "a@example.org", ""},
    };
    for (const List& list : lists) {
        const bool inside = !list.before.empty();
        const std::string indent = inside ? "  " : "";
        const std::string opened = list.before + indent + list.head + " {\n" + indent + "  " + list.entry + "\n" +
                                   indent + "}\n" + (inside ? "}\n" : "");
        const std::string bare = list.before + indent + list.head + "\n" + indent + "  " + list.entry + "\n";
        const auto is_new = [&, sound = told(opened)](const std::string& finding) {
            return std::ranges::find(sound, finding) == sound.end();
        };
        // Neither brace; the opening one; the opening one, and that of the block around it at the end.
        for (const std::string& text :
             {bare + (inside ? "}\n" : ""), bare + indent + "}\n" + (inside ? "}\n" : ""), bare + indent + "}\n"}) {
            if (!inside && text == bare) continue;  // ends in the list
            INFO(text);
            const Heads heads = told(text);
            INFO(heads.size() << " " << (heads.empty() ? "" : heads.front()) << " "
                              << (heads.empty() ? "" : heads.back()));
            std::vector<std::string> fresh;
            std::ranges::copy_if(heads, std::back_inserter(fresh), is_new);
            CHECK(fresh.size() == 1);
            CHECK(std::ranges::all_of(
                fresh, [](const std::string& each) { return each.find(" missing-open-brace ") != std::string::npos; }));
        }
    }
}

TEST_CASE("keepalived reads a list without its brace in silence, which is a warning, unless other blocks are lost") {
    const std::string bare =
        "vrrp_instance a {\n  interface eth0\n  virtual_router_id 1\n  virtual_ipaddress\n    10.0.0.9/24\n";
    CHECK(told(bare + "  }\n") == Heads{"5 missing-open-brace warning"});
    CHECK(told(bare + "}\n") == Heads{"5 missing-open-brace warning"});
    CHECK(told(bare + "}\n" + good_service(server())) == Heads{"5 missing-open-brace error"});
}
