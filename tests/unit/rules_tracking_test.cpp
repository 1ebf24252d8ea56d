#include "tests/unit/validate_cases.h"

// Rules of lbctl's own about what is tracked: weights that move nothing, checks that tell late.
namespace lbctl::test {

namespace {

std::string script(const std::string& body, const std::string& name = "check") {
    return block("vrrp_script " + name, "script /usr/local/bin/" + name + "\n" + body);
}

std::string tracking(const std::string& line, const std::string& body, const std::string& what = "track_script") {
    return good_instance(body + "\n" + block(what, line));
}

std::string group(const std::string& body) {
    return block("vrrp_sync_group g", block("group", "a\nb") + body) +
           block("vrrp_instance b",
                 "interface eth1\nvirtual_router_id 2\n" + block("virtual_ipaddress", "10.0.1.9/24"));
}

}  // namespace

TEST_CASE("rules: weight-without-effect") {
    const std::string rule = "weight-without-effect";
    const RuleCase cases[] = {
        {rule, script("weight 5") + tracking("check", "priority 254"),
         script("weight 5") + tracking("check", "priority 249")},
        {rule, tracking("eth1 weight -10", "priority 1", "track_interface"),
         tracking("eth1 weight -10", "priority 2", "track_interface")},
        // The line counts, not the block; reversed weights go the other way.
        {rule, script("weight -5") + tracking("check weight 7", "priority 254"),
         script("weight 7") + tracking("check weight -5", "priority 254")},
        {rule, script("weight -5 reverse") + tracking("check", "priority 254"),
         script("weight 5 reverse") + tracking("check", "priority 254")},
        {rule, script("weight 5 reverse") + tracking("check weight 5", "priority 1"),
         script("weight 5 reverse") + tracking("check weight 5 noreverse", "priority 1")},
        {rule, block("track_file f", "file /run/f\nweight -10") + tracking("f", "priority 1", "track_file"),
         block("track_file f", "file /run/f\nweight 10") + tracking("f", "priority 1", "track_file")},
        {rule, block("vrrp_track_process p", "process p\nweight 9") + tracking("p", "priority 254", "track_process"),
         block("vrrp_track_process p", "process p\nweight -9") + tracking("p", "priority 254", "track_process")},
        // What another line takes off leaves room.
        {rule, script("weight 5") + tracking("check", "priority 254\n" + block("track_interface", "eth1")),
         script("weight 5") + tracking("check", "priority 254\n" + block("track_interface", "eth1 weight -5"))},
        // A part of the weight counts; falling to the lowest priority is meant by many a large weight.
        {rule, script("weight 20") + tracking("check", "priority 240"),
         script("weight -200") + tracking("check", "priority 100")},
        // Weights of the sync group act on its members.
        {rule, script("weight 5") + group(block("track_script", "check")) + good_instance("priority 254"),
         script("weight 5") + group(block("track_script", "check")) + good_instance("priority 200")},
        // The owner of the address has a finding of its own.
        {rule, script("weight 5") + tracking("check", "priority 254"),
         script("weight 5") + tracking("check", "priority 255")},
    };
    hold(cases, {});
}

TEST_CASE("rules: nopreempt-with-weight") {
    const std::string rule = "nopreempt-with-weight";
    const std::string weighted = script("weight -60");
    const RuleCase cases[] = {
        {rule, weighted + tracking("check", "state BACKUP\nnopreempt"),
         script("") + tracking("check", "state BACKUP\nnopreempt")},
        {rule, weighted + tracking("check", "nopreempt"), weighted + tracking("check", "nopreempt\npreempt")},
        {rule, weighted + tracking("check", "nopreempt"), weighted + tracking("check", "state MASTER\nnopreempt")},
        {rule, weighted + tracking("check", "nopreempt"), weighted + tracking("check weight 0", "nopreempt")},
        {rule, tracking("eth1 weight 10", "nopreempt", "track_interface"),
         tracking("eth1", "nopreempt", "track_interface")},
        // A file may hold a number that is a fault.
        {rule, block("track_file f", "file /run/f\nweight -10") + tracking("f", "nopreempt", "track_file"),
         block("track_file f", "file /run/f") + tracking("f", "nopreempt", "track_file")},
        {rule, block("track_file f", "file /run/f\nweight -10") + tracking("f", "nopreempt", "track_file"),
         block("track_file f", "file /run/f\nweight -254") + tracking("f", "nopreempt", "track_file")},
        // In a sync group keepalived drops the weights of members, which is told already.
        {rule, weighted + group(block("track_script", "check")) + good_instance("nopreempt"),
         weighted + group("") + tracking("check", "nopreempt")},
    };
    hold(cases, {});
}

TEST_CASE("rules: nopreempt-with-weight is told once of the instances that track one script") {
    const std::string text =
        script("weight -60") + tracking("check", "nopreempt") +
        block("vrrp_instance b", "interface eth1\nvirtual_router_id 2\nnopreempt\n" +
                                     block("virtual_ipaddress", "10.0.1.9/24") + block("track_script", "check"));
    const auto analysis = validate::analyse("test.conf", text, {});
    CHECK(std::ranges::count(analysis.findings, "nopreempt-with-weight", &source::Finding::rule) == 1);
}

TEST_CASE("rules: weight-reversed") {
    const std::string rule = "weight-reversed";
    const RuleCase cases[] = {
        {rule, script("weight 0 reverse") + tracking("check", ""), script("weight 0") + tracking("check", "")},
        {rule, script("") + tracking("check weight -20 reverse", ""), script("") + tracking("check weight -20", "")},
        {rule, script("weight 4 reverse") + tracking("check weight 20", ""),
         script("weight 4 reverse") + tracking("check weight 20 noreverse", "")},
        {rule, tracking("eth1 weight 20 reverse", "", "track_interface"),
         tracking("eth1 weight 20", "", "track_interface")},
        {rule, block("vrrp_track_process p", "process nginx\nweight 9 reverse") + tracking("p", "", "track_process"),
         block("vrrp_track_process p", "process rsync\nweight 9 reverse") + tracking("p", "", "track_process")},
        // What is bad news when it succeeds, and files, whose number can mean anything.
        {rule, script("weight 0 reverse") + tracking("check", ""),
         script("weight 0 reverse", "in_maintenance") + tracking("in_maintenance", "")},
        {rule, script("weight 0 reverse") + tracking("check", ""),
         block("vrrp_script check", "script \"/usr/bin/test -e /etc/x\"\nweight 0 reverse") + tracking("check", "")},
        {rule, script("weight 0 reverse") + tracking("check", ""),
         block("track_file f", "file /run/f\nweight 0 reverse") + tracking("f", "", "track_file")},
        // Nobody tracks it.
        {rule, script("weight 0 reverse") + tracking("check", ""), script("weight 0 reverse") + good_instance("")},
    };
    hold(cases, {});
}

TEST_CASE("rules: script-timeout-above-interval") {
    const std::string rule = "script-timeout-above-interval";
    const RuleCase cases[] = {
        {rule, script("interval 2\ntimeout 3") + tracking("check", ""),
         script("interval 2\ntimeout 2") + tracking("check", "")},
        {rule, script("timeout 5") + tracking("check", ""), script("interval 5") + tracking("check", "")},
        // Up to 2.2.7 both are whole seconds.
        {rule, script("interval 0.5\ntimeout 0.7") + tracking("check", ""),
         script("interval 0.5\ntimeout 0.4") + tracking("check", "")},
        {rule,
         script("interval 0.5\ntimeout 2") + tracking("check", ""),
         script("interval 0.5\ntimeout 0.7") + tracking("check", ""),
         {2, 2, 7}},
        {rule, script("timeout 5") + tracking("check", ""), script("timeout 5") + good_instance("")},
    };
    hold(cases, {});
}

TEST_CASE("rules: script-detects-late") {
    const std::string rule = "script-detects-late";
    const RuleCase cases[] = {
        {rule, script("interval 120") + tracking("check", ""), script("interval 119") + tracking("check", "")},
        {rule, script("interval 30\nfall 4") + tracking("check", ""),
         script("interval 30\nfall 3\nrise 9") + tracking("check", "")},
        {rule, script("fall 2147483647") + tracking("check", ""), script("fall 5") + tracking("check", "")},
        {rule, script("interval 4294\nfall 2147483647") + group(block("track_script", "check")) + good_instance(""),
         script("interval 4294\nfall 2147483647") + group("") + good_instance("")},
    };
    hold(cases, {});
}

}  // namespace lbctl::test
