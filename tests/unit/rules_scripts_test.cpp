#include "tests/unit/validate_cases.h"

// Rules beyond keepalived about commands.
namespace lbctl::test {

namespace {

bool is_for_shell(const std::string& command) {
    return speaks("shell-syntax", block("vrrp_script s", "script \"" + command + "\""));
}

}  // namespace

TEST_CASE("rule shell-syntax: what only a shell understands is told") {
    for (const char* const command : {
             "/usr/bin/a | /usr/bin/b",
             "/usr/bin/a |grep x",
             "/usr/bin/a|grep x",
             "/usr/bin/a || exit 1",
             "/usr/bin/a && /usr/bin/b",
             "/usr/bin/a&&/usr/bin/b",
             "/usr/bin/a; /usr/bin/b",
             "/usr/bin/a ;",
             "/usr/bin/a &",
             "/usr/bin/a > /tmp/x",
             "/usr/bin/a >/dev/null 2>&1",
             "/usr/bin/a 2>/dev/null",
             "/usr/bin/a &>/dev/null",
             "/usr/bin/a x>>/var/log/x",
             "/usr/bin/a < /tmp/x",
             "/usr/bin/a $(hostname)",
             "/usr/bin/a --name=$(hostname)",
             "/usr/bin/a `hostname`",
             "/usr/bin/a $HOME/x",
             "/usr/bin/a ${HOSTNAME}",
             "/usr/bin/a $?",
             "/usr/bin/ls /run/*.pid",
             "/usr/bin/cat *.pid",
             "/usr/bin/test -e /run/x-?.pid",
             "/usr/bin/test -e /run/x[0-9].pid",
             "/usr/bin/x -q; /usr/bin/y",
             "/usr/bin/ls /run/{a,b}",
             "/usr/bin/grep -q up /run/*.state",
             "~/bin/a",
             "/usr/bin/a ~admin/x",
             "A=1 /usr/bin/a",
             "[[ -f /run/x ]]",
             "! /usr/bin/pgrep x",
             "if /usr/bin/a",
             "exit 1",
             "(/usr/bin/a)",
             "/usr/bin/sh -c ls | grep x",
             R"(/usr/bin/sh -c \"a | b\")",  // since 2.3 an escaped quote is a character
         }) {
        INFO(command);
        CHECK(is_for_shell(command));
    }
}

TEST_CASE("rule shell-syntax: what looks like it and is fine is not told") {
    for (const char* const command : {
             "/usr/bin/cut -d| -f1 /run/x",
             "/usr/bin/sort -t; -k2 /run/x",
             "/usr/bin/curl -s http://10.0.0.2/page?x=1",
             "/usr/bin/a",
             "/usr/bin/a -x 1 --long=2 a.b:80",
             "/usr/bin/sh -c '/usr/bin/a | /usr/bin/b > /tmp/x && exit 1; echo $HOME `date`'",
             "/bin/bash -ec 'a | b'",
             "/usr/bin/env A=1 /usr/bin/a",
             "/usr/bin/timeout 3 /usr/bin/bash -c 'a && b'",
             "/usr/bin/ssh host systemctl is-active x | grep active",
             "/usr/bin/grep -Eq 'up|ready' /run/state",
             "/usr/bin/grep -Eq up|ready /run/state",
             "/usr/bin/grep -q ^/usr/.*$ /run/state",
             "/usr/bin/pgrep -f /usr/bin/app.*",
             "/usr/bin/find /run -name *.pid -exec rm {} ;",
             "/usr/bin/curl -s http://127.0.0.1/?a=1&b=2",
             "/usr/bin/curl -s 'http://127.0.0.1/?a=1&&b=2'",
             "/usr/bin/a 'x > y' '$HOME' '*.pid' 'a;b'",
             R"(/usr/bin/a x\;y \> \| \$HOME)",
             "/usr/bin/mysql -e 'select * from t;'",
             "/usr/lib/nagios/plugins/check_load -w >5 -c <10",
             "/usr/bin/a --from <x@example.com>",
             "/usr/bin/redis-cli -a pa$sword ping",
             "/usr/bin/expr 2 > 1",
             "/usr/bin/test -e /run/x",
             "/usr/bin/[ -e /run/x ]",
             "/usr/bin/a x=1 --y=2 a->b",
             "/usr/bin/a ~",
             "</run/ready",
         }) {
        INFO(command);
        CHECK_FALSE(is_for_shell(command));
    }
}

TEST_CASE("rule shell-syntax: every keyword with a command is looked at") {
    const std::string command = " \"/usr/bin/a | /usr/bin/b\"";
    const auto told = [](const std::string& text) { return speaks("shell-syntax", text); };
    for (const char* const name : {"notify", "notify_master", "notify_backup", "notify_fault", "notify_stop"}) {
        INFO(name);
        CHECK(told(good_instance(name + command)));
        CHECK(told(good_instance("") + good_instance("", "b") +
                   block("vrrp_sync_group g", block("group", "a\nb") + name + command)));
    }
    CHECK(told(good_service("quorum_up" + command + "\n" + server())));
    CHECK(told(good_service("quorum_down" + command + "\n" + server())));
    CHECK(told(checked("notify_up" + command)));
    CHECK(told(checked("notify_down" + command)));
    CHECK(told(checked(block("MISC_CHECK", "misc_path" + command))));
    for (const char* const name : {"startup_script", "shutdown_script", "notify_fifo_script"}) {
        INFO(name);
        CHECK(told(block("global_defs", name + command)));
    }
}

TEST_CASE("rule shell-syntax: one mistake, one finding") {
    // The `;' after the closing quote is a finding of its own.
    const std::string text = block("vrrp_script s", "script \"/usr/bin/a\";");
    CHECK(speaks("trailing-semicolon", text));
    CHECK_FALSE(speaks("shell-syntax", text));
}

TEST_CASE("rule shell-syntax: releases before 2.3 replace escapes before they split a command") {
    const std::string text = block("vrrp_script s", R"(script "/usr/bin/sh -c \"a | b\"")");
    CHECK_FALSE(finds("shell-syntax", text, {2, 2, 7}));
}

}  // namespace lbctl::test
