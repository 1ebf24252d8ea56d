#include <fmt/format.h>

#include <string>
#include <vector>

#include "backend/change/run_state.h"
#include "backend/ipvsadm/saved_table.h"
#include "backend/keepalived/command_line.h"
#include "backend/keepalived/configuration_copy.h"
#include "backend/keepalived/daemon.h"
#include "backend/keepalived/difference_class.h"
#include "backend/keepalived/held_servers.h"
#include "backend/keepalived/instances.h"
#include "backend/keepalived/kept.h"
#include "backend/keepalived/standstill.h"
#include "backend/table/compile.h"
#include "backend/table/names.h"
#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using keepalived::Circumstances;
using keepalived::InStep;

namespace {

table::Wanted wanted_of(const std::string& text) {
    const auto analysis = validate::analyse("test.conf", text, {});
    auto wanted = table::compile(analysis.root, analysis.sources);
    REQUIRE(wanted);
    return std::move(*wanted);
}

table::Table live_of(const std::string& text) {
    auto read = ipvsadm::read_saved_text(text, "text");
    REQUIRE(read.has_value());
    return std::move(*read);
}

/// A line for each part of the difference: what it is of, its class and its reason.
std::string explained(const std::string& live_text, const std::string& file, const Circumstances& circumstances,
                      std::vector<table::SyncDaemon> daemons = {}) {
    table::Table live = live_of(live_text);
    live.daemons = std::move(daemons);
    const table::Wanted wanted = wanted_of(file);
    const table::Difference difference = table::compare(live, wanted);
    const keepalived::Explanations why = keepalived::explain(difference, live, wanted, circumstances);
    std::string text;
    const auto add = [&text](const std::string& what, const keepalived::Explanation& each) {
        text += fmt::format("{} {}: {}\n", what, to_string(each.what), each.reason);
    };
    for (const auto& each : why.daemons) add("daemon", each);
    if (why.role) add("role", *why.role);
    if (why.timeouts) add("timeouts", *why.timeouts);
    REQUIRE(why.services.size() == difference.services.size());
    for (std::size_t i = 0; i < why.services.size(); ++i) {
        const auto& service = difference.services[i];
        const auto& key = service.after != nullptr ? service.after->key : service.before->key;
        if (why.services[i].service) add(to_string(key), *why.services[i].service);
        REQUIRE(why.services[i].destinations.size() == service.destinations.size());
        for (std::size_t j = 0; j < service.destinations.size(); ++j) {
            const auto& change = service.destinations[j];
            add(to_string((change.after != nullptr ? change.after : change.before)->key),
                why.services[i].destinations[j]);
        }
    }
    return text;
}

std::string server(const std::string& address, const std::string& body = "TCP_CHECK {\n}\n") {
    return "real_server " + address + " 80 {\n" + body + "}\n";
}
std::string service(const std::string& body) {
    return "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n" + body + "}\n";
}

const std::string head = "-A -t 10.0.0.1:80 -s rr\n";
std::string live_server(const std::string& address, int weight = 1) {
    return fmt::format("-a -t 10.0.0.1:80 -r {}:80 -m -w {}\n", address, weight);
}
const std::string sorry = "sorry_server 10.0.1.9 80\n";

Circumstances beside(const table::Wanted* running = nullptr, InStep in_step = InStep::yes) {
    Circumstances circumstances;
    circumstances.keepalived_runs = true;
    circumstances.running = running;
    circumstances.in_step = in_step;
    return circumstances;
}

/// Beside a keepalived that has read the same file.
std::string in_step(const std::string& live, const std::string& file) {
    const table::Wanted running = wanted_of(file);
    const std::string with_copy = explained(live, file, beside(&running));
    // What it has read makes no difference where it is the same.
    CHECK(explained(live, file, beside()) == with_copy);
    return with_copy;
}

}  // namespace

TEST_CASE("a checked server that is absent is down, one without a check is drift", "[beside_keepalived]") {
    CHECK(in_step(head + live_server("10.0.1.2"), service(server("10.0.1.1") + server("10.0.1.2"))) ==
          "10.0.1.1:80 down: its TCP_CHECK fails\n");
    CHECK(in_step(head, service(server("10.0.1.1", "HTTP_GET {\nurl {\npath /\n}\n}\nTCP_CHECK {\n}\n"))) ==
          "10.0.1.1:80 down: one of its checks (TCP_CHECK, HTTP_GET) fails\n");
    CHECK(in_step(head + live_server("10.0.1.2"), service(server("10.0.1.1", "") + server("10.0.1.2"))) ==
          "10.0.1.1:80 drift: \n");
}

TEST_CASE("inhibit_on_failure: weight 0 is down, absent is drift", "[beside_keepalived]") {
    const std::string file = service("inhibit_on_failure\n" + server("10.0.1.1") + server("10.0.1.2"));
    CHECK(in_step(head + live_server("10.0.1.1", 0) + live_server("10.0.1.2"), file) ==
          "10.0.1.1:80 down: its TCP_CHECK fails (inhibit_on_failure)\n");
    CHECK(in_step(head + live_server("10.0.1.2"), file) == "10.0.1.1:80 drift: \n");
    // Without it nobody but a person sets weight 0.
    CHECK(in_step(head + live_server("10.0.1.1", 0), service(server("10.0.1.1"))) == "10.0.1.1:80 drift: \n");
    CHECK(in_step(head + live_server("10.0.1.1", 7), service(server("10.0.1.1"))) == "10.0.1.1:80 drift: \n");
}

TEST_CASE("the sorry server serves where a check fails, and takes the others with it", "[beside_keepalived]") {
    const std::string file = service(sorry + "quorum 2\n" + server("10.0.1.1") + server("10.0.1.2", ""));
    CHECK(in_step(head + live_server("10.0.1.9"), file) ==
          "10.0.1.1:80 down: its TCP_CHECK fails\n"
          "10.0.1.2:80 down: the quorum is lost, and the sorry server serves\n"
          "10.0.1.9:80 down: the quorum is lost, so the sorry server serves\n");
    CHECK(in_step(head + live_server("10.0.1.1") + live_server("10.0.1.2") + live_server("10.0.1.9"), file) ==
          "10.0.1.9:80 drift: \n");
    const std::string inhibited = service(sorry + "sorry_server_inhibit\n" + server("10.0.1.1"));
    CHECK(in_step(head + live_server("10.0.1.9"), inhibited) ==
          "10.0.1.1:80 down: its TCP_CHECK fails\n"
          "10.0.1.9:80 down: the quorum is lost, so the sorry server serves\n");
}

TEST_CASE("a check that puts a server in or sets its weight explains that", "[beside_keepalived]") {
    CHECK(in_step(head + live_server("10.0.1.1") + live_server("10.0.1.2"),
                  service("alpha\n" + server("10.0.1.1") + server("10.0.1.2"))) ==
          "10.0.1.1:80 check: its TCP_CHECK has succeeded\n10.0.1.2:80 check: its TCP_CHECK has succeeded\n");
    const std::string dynamic = "MISC_CHECK {\nmisc_path /bin/true\nmisc_dynamic\n}\n";
    CHECK(in_step(head + live_server("10.0.1.1", 5), service(server("10.0.1.1", dynamic))) ==
          "10.0.1.1:80 check: its MISC_CHECK sets the weight\n");
}

TEST_CASE("what lbctl drained is told from what a check did", "[beside_keepalived]") {
    const std::string file = service("inhibit_on_failure\n" + server("10.0.1.1") + server("10.0.1.2"));
    Circumstances circumstances = beside();
    const table::Table live = live_of(head + live_server("10.0.1.1", 0) + live_server("10.0.1.2", 0));
    circumstances.drained[table::drained_key(live.services[0].key, live.services[0].destinations[0].key)] = {
        3, "alice", std::nullopt};
    CHECK(explained(head + live_server("10.0.1.1", 0) + live_server("10.0.1.2", 0), file, circumstances) ==
          "10.0.1.1:80 drained: lbctl drained it by alice; its weight was 3\n"
          "10.0.1.2:80 down: its TCP_CHECK fails (inhibit_on_failure)\n");
    // Absent is not drained alone.
    CHECK(explained(head + live_server("10.0.1.2"), service(server("10.0.1.1") + server("10.0.1.2")), circumstances) ==
          "10.0.1.1:80 down: its TCP_CHECK fails, and lbctl drained it by alice\n");
    circumstances.keepalived_runs = false;
    CHECK(explained(head + live_server("10.0.1.1", 0) + live_server("10.0.1.2", 0), file, circumstances) ==
          "10.0.1.1:80 drained: lbctl drained it by alice; its weight was 3\n10.0.1.2:80 drift: \n");
}

TEST_CASE("what keepalived has not read yet is told from drift by what it has read", "[beside_keepalived]") {
    const table::Wanted running = wanted_of(service(server("10.0.1.1") + server("10.0.1.2")));
    const std::string live = head + live_server("10.0.1.1") + live_server("10.0.1.2");
    const Circumstances changed = beside(&running, InStep::changed);
    // A new server with a check is not down.
    CHECK(explained(live, service(server("10.0.1.1") + server("10.0.1.2") + server("10.0.1.3")), changed) ==
          "10.0.1.3:80 not-reloaded: keepalived has not read this yet\n");
    CHECK(explained(live, service(server("10.0.1.1")), changed) ==
          "10.0.1.2:80 not-reloaded: keepalived has not read this yet\n");
    CHECK(explained(live, service("weight 4\n" + server("10.0.1.1", "weight 4\nTCP_CHECK {\n}\n") + server("10.0.1.2")),
                    changed)
              .starts_with("10.0.1.1:80 not-reloaded"));
    // Beside it: one that is down all the same, and one that somebody took.
    CHECK(explained(head + live_server("10.0.1.2", 9), service("quorum 1\n" + server("10.0.1.1") + server("10.0.1.2")),
                    changed) == "10.0.1.1:80 down: its TCP_CHECK fails\n10.0.1.2:80 drift: \n");
    // Services.
    const std::string two = service(server("10.0.1.1") + server("10.0.1.2")) +
                            "virtual_server 10.0.0.2 80 {\nprotocol TCP\nreal_server 10.0.1.1 80 {\n}\n}\n";
    CHECK(explained(live, two, changed) ==
          "TCP 10.0.0.2:80 not-reloaded: keepalived has not read this yet\n"
          "10.0.1.1:80 not-reloaded: keepalived has not read this yet\n");
    const table::Wanted both = wanted_of(two);
    CHECK(explained(live, two, beside(&both)) == "TCP 10.0.0.2:80 drift: \n10.0.1.1:80 drift: \n");
    CHECK(explained("-A -t 10.0.0.1:80 -s wlc\n" + live_server("10.0.1.1") + live_server("10.0.1.2"),
                    service(server("10.0.1.1") + server("10.0.1.2")), beside(&running)) == "TCP 10.0.0.1:80 drift: \n");
}

TEST_CASE("without what it has read, a changed file explains what nothing else does", "[beside_keepalived]") {
    const std::string file = service(server("10.0.1.1", "") + server("10.0.1.2"));
    CHECK(explained(head, file, beside(nullptr, InStep::changed)) ==
          "10.0.1.1:80 not-reloaded: keepalived has not read this yet\n10.0.1.2:80 down: its TCP_CHECK fails\n");
    CHECK(explained(head, file, beside(nullptr, InStep::unknown)) ==
          "10.0.1.1:80 drift: unless keepalived has not read this yet, which cannot be seen\n10.0.1.2:80 down: its "
          "TCP_CHECK fails\n");
}

TEST_CASE("a release that makes 1 of weight 0 is the reason of a weight 1", "[beside_keepalived]") {
    keepalived::Daemon daemon;
    for (const auto& [release, makes] :
         {std::pair("2.0.20", false), {"2.1.0", true}, {"2.1.5", true}, {"2.2.0", false}}) {
        daemon.release = keywords::Version::parse(release);
        CHECK(daemon.makes_one_of_zero() == makes);
    }
    const std::string file = service("real_server 10.0.1.1 80 {\nweight 0\n}\n");
    Circumstances circumstances = beside(nullptr, InStep::yes);
    CHECK(explained(head + live_server("10.0.1.1", 1), file, circumstances) == "10.0.1.1:80 drift: \n");
    circumstances.makes_one_of_zero = true;
    CHECK(explained(head + live_server("10.0.1.1", 1), file, circumstances) ==
          "10.0.1.1:80 drift: this release of keepalived gives weight 1 where the file has 0\n");
    CHECK(explained(head + live_server("10.0.1.1", 2), file, circumstances) == "10.0.1.1:80 drift: \n");
}

TEST_CASE("a sync daemon has the role of its instance", "[beside_keepalived]") {
    const std::string file =
        "global_defs {\nlvs_sync_daemon eth0 VI_1\n}\nvrrp_instance VI_1 {\nvirtual_router_id "
        "51\ninterface eth0\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n" +
        service(server("10.0.1.1"));
    const std::string live = head + live_server("10.0.1.1");
    const table::SyncDaemon master{table::DaemonState::master, "eth0", 51, 0, {}, 0, 0};
    Circumstances circumstances = beside();
    CHECK(explained(live, file, circumstances, {master}) ==
          "daemon role: it follows vrrp_instance VI_1\ndaemon role: it follows vrrp_instance VI_1\n");
    keepalived::Instance instance;
    instance.name = "VI_1";
    instance.state = keepalived::InstanceState::master;
    circumstances.instances = {instance};
    CHECK(explained(live, file, circumstances, {master}) ==
          "daemon role: vrrp_instance VI_1 is MASTER\ndaemon role: vrrp_instance VI_1 is MASTER\n");
    circumstances.instances[0].state = keepalived::InstanceState::backup;
    CHECK(explained(live, file, circumstances, {master}) ==
          "daemon drift: vrrp_instance VI_1 is BACKUP\ndaemon drift: vrrp_instance VI_1 is BACKUP\n");
    // As the file has it at the start, and so nobody's difference: but the instance is MASTER.
    table::SyncDaemon backup = master;
    backup.state = table::DaemonState::backup;
    CHECK(explained(live, file, circumstances, {backup}).empty());
    circumstances.instances[0].state = keepalived::InstanceState::master;
    CHECK(explained(live, file, circumstances, {backup}) ==
          "role drift: vrrp_instance VI_1 is MASTER, and its sync daemon is not\n");
    // Another interface or id is nobody's role, and neither is a daemon that is gone.
    table::SyncDaemon elsewhere = master;
    elsewhere.interface = "eth1";
    CHECK(explained(live, file, circumstances, {elsewhere}) == "daemon drift: \ndaemon drift: \n");
    CHECK(explained(live, file, circumstances) ==
          "daemon drift: vrrp_instance VI_1 is MASTER, and has no sync daemon\n");
}

TEST_CASE("instances are inferred from addresses and interfaces", "[beside_keepalived]") {
    const auto analysis = validate::analyse(
        "test.conf",
        "vrrp_instance VI_1 {\nvirtual_router_id 51\ninterface eth0\npriority 150\nvirtual_ipaddress {\n10.0.0.1/24\n"
        "10.0.0.2\n}\n}\nvrrp_instance VI_2 {\nvirtual_router_id 52\ninterface eth1\nvirtual_ipaddress "
        "{\n10.0.2.1\n}\n}\n",
        {});
    doctor::Machine machine;
    machine.links = {{"eth0", 1500, 1, true, true, false}, {"eth1", 1500, 1, true, true, false}};
    const auto state = [&](std::size_t instance) {
        const auto instances = keepalived::infer_instances(analysis.root, machine, {}, "");
        REQUIRE(instances.size() == 2);
        return fmt::format("{}: {}", to_string(instances[instance].state), instances[instance].evidence);
    };
    CHECK(state(0) == "BACKUP: none of its addresses is on this machine");
    machine.addresses.push_back({*IpAddress::parse("10.0.0.1"), 24, "eth0"});
    CHECK(state(0) == "unknown: 1 of its 2 addresses is on this machine");
    machine.addresses.push_back({*IpAddress::parse("10.0.0.2"), 32, "eth0"});
    CHECK(state(0) == "MASTER: its addresses are on this machine");
    CHECK(state(1) == "BACKUP: its address is not on this machine");
    machine.links[1].running = false;
    CHECK(state(1) == "FAULT: eth1 is down");
    machine.links.pop_back();
    CHECK(state(1) == "FAULT: eth1 does not exist");
}

TEST_CASE("keepalived's command line is read as getopt_long reads it", "[beside_keepalived]") {
    const auto read = [](std::vector<std::string> words) {
        std::string text = "keepalived";
        text += '\0';
        for (const std::string& word : words) {
            text += word;
            text += '\0';
        }
        const auto line = keepalived::read_command_line(text);
        return fmt::format("{} {} {}{}", line.file, line.config_id, line.vrrp ? "V" : "", line.checkers ? "C" : "");
    };
    CHECK(read({"-nlD", "-f", "/a.conf", "-i", "one"}) == "/a.conf one VC");
    CHECK(read({"-Df/a.conf", "-P"}) == "/a.conf  V");
    CHECK(read({"--use-file=/a.conf", "--config-id", "x"}) == "/a.conf x VC");
    CHECK(read({"--use-fi", "/a.conf", "--check"}) == "/a.conf  C");
    // What belongs to another option is no file.
    CHECK(read({"-p", "-f", "-g/tmp/f", "-tf"}) == "  VC");
    CHECK(read({"--pid", "--use-file"}) == "  VC");
    CHECK(read({"-f"}) == "  VC");
    CHECK(keepalived::read_command_line("").words.empty());
}

TEST_CASE("files are held against what keepalived has read", "[beside_keepalived]") {
    const std::string copy =
        "# /etc/k.conf\nglobal_defs {\n\n}\n\n# conf.d/a.conf\nvrrp_script x {\n}\n!\n#! missing\n!\n";
    const std::string file = "global_defs { # settings\n  ! nothing\n  }  \ninclude conf.d/*.conf\n";
    const std::string included = "vrrp_script x {\n}\n";
    const auto change = [&](const std::vector<keepalived::ConfigurationFile>& files) {
        const auto found = keepalived::files_change(copy, files);
        std::string text;
        for (const std::string& name : found.changed) text += name + " ";
        return fmt::format("{}+{} -{}", text, found.more, found.fewer);
    };
    CHECK(change({{"k.conf", file}, {"a.conf", included}}) == "+0 -0");
    CHECK(change({{"k.conf", file + "# a comment more\n"}, {"a.conf", included}}) == "+0 -0");
    CHECK(change({{"k.conf", file + "static_routes {\n}\n"}, {"a.conf", included}}) == "k.conf +0 -0");
    CHECK(change({{"k.conf", file}, {"a.conf", "vrrp_script y {\n}\n"}}) == "a.conf +0 -0");
    CHECK(change({{"k.conf", file}, {"a.conf", included}, {"b.conf", included}}) == "+1 -0");
    CHECK(change({{"k.conf", file}}) == "+0 -1");
    CHECK(change({{"k.conf", "global_defs {\n"}, {"a.conf", included}}) == "k.conf +0 -0");
    CHECK(keepalived::as_copied("  password \"a#b\" # c  ") == "password \"a#b\"");
    CHECK(keepalived::as_copied("a \\# b") == "a # b");
    CHECK(keepalived::as_copied("a \\") == "a\\");
    CHECK(keepalived::as_copied(" \t ") == "");
}

TEST_CASE("a program tells its release", "[beside_keepalived]") {
    CHECK(keepalived::release_of_program(std::string("ab\0Keepalived v%s\0Keepalived v2.2.7 (01/16,2022)", 44))
              ->to_string() == "2.2.7");
    CHECK_FALSE(keepalived::release_of_program("Keepalived version"));
}

TEST_CASE("apply leaves what is explained by keepalived, and nothing else", "[beside_keepalived]") {
    const std::string file =
        service(sorry + "quorum 1\n" + server("10.0.1.1") + server("10.0.1.2", "") + server("10.0.1.3"));
    const table::Wanted wanted = wanted_of(file);
    const table::Table live = live_of(head + live_server("10.0.1.2", 9) + live_server("10.0.1.4"));
    const table::Difference difference = table::compare(live, wanted);
    const keepalived::Explanations why = keepalived::explain(difference, live, wanted, beside());
    const std::vector classes = {keepalived::DifferenceClass::down};
    const keepalived::Kept kept = keepalived::keep_explained(wanted, live, difference, why, classes);
    CHECK(kept.servers == 2);
    CHECK(ipvsadm::to_saved_text(table::table_of(kept.wanted), ipvsadm::SavedForm::complete) ==
          ipvsadm::to_saved_text(live_of(head + live_server("10.0.1.2")), ipvsadm::SavedForm::complete));
}

TEST_CASE("the state of a process is read whatever its name holds", "[beside_keepalived]") {
    CHECK(keepalived::process_state("7 (keepalived) S 1 7") == 'S');
    CHECK(keepalived::process_state("7 (a) T (b) D 1 7") == 'D');
    CHECK_FALSE(keepalived::process_state("").has_value());
    CHECK_FALSE(keepalived::process_state("7 (keepalived)").has_value());
    CHECK_FALSE(keepalived::process_state("7 (keepalived) ").has_value());
}

TEST_CASE("a control group says whether it is frozen", "[beside_keepalived]") {
    CHECK(keepalived::says_frozen("populated 1\nfrozen 1\n"));
    CHECK(keepalived::says_frozen("frozen 1"));
    for (const std::string_view other : {"", "populated 1\nfrozen 0\n", "unfrozen 1\n", "frozen 10\n"}) {
        INFO(other);
        CHECK_FALSE(keepalived::says_frozen(other));
    }
}

TEST_CASE("processes that stand still are said with what lets them go on", "[beside_keepalived]") {
    const std::vector<keepalived::Standstill> none;
    CHECK(to_string(none).empty());
    CHECK(remedy(none).empty());
    const std::vector<keepalived::Standstill> several = {{7, 'T'}, {8, 'Z'}, {9, 'T'}, {10, 'D'}};
    CHECK(to_string(several) ==
          "processes 7 and 9 are stopped (SIGSTOP), process 8 is dead (a zombie), process 10 waits for the kernel, and "
          "cannot be disturbed (state D)");
    CHECK(remedy(several) == "`kill -CONT 7 9' lets them go on");
    CHECK(remedy(std::vector<keepalived::Standstill>{{8, 'Z'}}).empty());
}

TEST_CASE("servers that keepalived holds down are told from those that somebody set, by what it has read",
          "[beside_keepalived]") {
    const table::Wanted running =
        wanted_of(service(server("10.0.1.1", "weight 3\ninhibit_on_failure\nTCP_CHECK {\n}\n") +
                          server("10.0.1.2", "weight 4\nTCP_CHECK {\n}\n") + server("10.0.1.3", "weight 5\n") +
                          server("10.0.1.4", "weight 6\nTCP_CHECK {\n}\n")));
    const table::Table live =
        live_of(head + live_server("10.0.1.1", 0) + live_server("10.0.1.3", 0) + live_server("10.0.1.4", 6));
    const auto held = [&](const table::DrainedServers& drained) {
        std::string text;
        for (const auto& [both, each] : keepalived::supervised_servers(live, running, drained)) {
            text += fmt::format("{} {}{}{}: {}\n", to_string(both.second), each.weight, each.in_table ? "" : " away",
                                each.may_be_down ? " may be down" : "", each.held.value_or("-"));
        }
        return text;
    };
    CHECK(held({}) ==
          "10.0.1.1:80 3: its TCP_CHECK fails (inhibit_on_failure)\n"
          "10.0.1.2:80 4 away: its TCP_CHECK fails\n"
          "10.0.1.3:80 5: -\n"
          "10.0.1.4:80 6: -\n");
    // A drain hides what the check says, but where it was known when the server was drained.
    const std::string key = "TCP 10.0.0.1:80 10.0.1.1:80";
    table::DrainedServer drained{3, "alice", std::nullopt, false};
    CHECK(held({{key, drained}}).starts_with("10.0.1.1:80 3 may be down: -\n"));
    drained.was_down = true;
    CHECK(held({{key, drained}})
              .starts_with("10.0.1.1:80 3: its TCP_CHECK fails (inhibit_on_failure), and lbctl drained it by alice\n"));
}

TEST_CASE("a sync daemon that is to be started gets the role of its instance", "[beside_keepalived]") {
    table::Wanted wanted = wanted_of(
        "global_defs {\nlvs_sync_daemon eth0 VI_1\n}\nvrrp_instance VI_1 {\nvirtual_router_id 51\ninterface "
        "eth0\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n");
    std::vector<keepalived::Instance> instances;
    CHECK(keepalived::give_role(wanted, instances) == nullptr);
    instances.emplace_back().name = "VI_1";
    CHECK(keepalived::give_role(wanted, instances) == nullptr);
    CHECK(wanted.daemons->front().state == table::DaemonState::backup);
    instances[0].state = keepalived::InstanceState::master;
    CHECK(keepalived::give_role(wanted, instances) == &instances[0]);
    CHECK(wanted.daemons->front().state == table::DaemonState::master);
    instances[0].state = keepalived::InstanceState::fault;
    CHECK(keepalived::give_role(wanted, instances) == &instances[0]);
    CHECK(wanted.daemons->front().state == table::DaemonState::backup);
}
