#!/usr/bin/env python3
"""In the lab: what lbctl-status(1) and lbctl-reload(1) say and the other tests beside a keepalived do not show.

usage: keepalived_pages.py LBCTL      run by tests/lab/run
"""
import os
import re
import signal
import subprocess
import sys
import time

from keepalived_program import HAS_READ, KEEPS_COPY
from one_keepalived import Keepalived, call, connect_eth0, fail, lbctl, read, soon, table, verdict, write

FOLDER = "/run/pages"
FILE = "/etc/keepalived/keepalived.conf"
FRESH = os.path.join(FOLDER, "fresh.conf")


def service(port, weight=1, more=""):
    return (f"virtual_server 10.0.0.1 {port} {{\ndelay_loop 1\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n"
            f"real_server 10.0.1.1 80 {{\nweight {weight}\n{more}}}\n}}\n")


def instance(interface="eth0"):
    return (f"vrrp_instance VI_1 {{\nstate MASTER\ninterface {interface}\nvirtual_router_id 51\npriority 150\nadvert_int 1\n"
            "virtual_ipaddress {\n10.0.0.1/24\n}\n}\n")


def whole(weight=1):
    return "# of the user\n" + instance() + service(80, weight)


def weight():
    found = re.search(r"-r 10\.0\.1\.1:80 .*-w (\d+)", table())
    return int(found.group(1)) if found else None


def watched(seconds, *words):
    """What `lbctl status --watch' prints in that time; `words' are run in the middle of it."""
    process = subprocess.Popen([sys.argv[1], "status", "--watch", "--interval", "0.2"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    time.sleep(seconds / 2)
    if words:
        call(*words)
    time.sleep(seconds / 2)
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=20)[0]


# ---- lbctl-status(1) ------------------------------------------------------------------------------------------------


def without_keepalived_the_default_file_counts():
    """FILE is that of the keepalived that runs, and without one /etc/keepalived/keepalived.conf."""
    write(FILE, service(80))
    lbctl("status", expected=1, says=r"none runs here\n  held against /etc/keepalived/keepalived\.conf.*is not in the table")


def a_file_with_errors_is_taken_as_keepalived_takes_it():
    write(FILE, whole().replace("weight 1", "wait 1"))
    # Whether it has read that nobody sees before 2.2.0.
    lbctl("status", expected=int(KEEPS_COPY), says=r"10\.0\.1\.1:80 +weight 1", never="unknown-keyword")
    write(FILE, whole())


def watch_prints_changes_and_nothing_else():
    said = watched(2.5)
    if len(re.findall(r"^keepalived  ", said, re.MULTILINE)) != 1:
        fail("--watch prints a state that does not change more than once: " + said)
    said = watched(2.5, "ipvsadm", "-e", "-t", "10.0.0.1:80", "-r", "10.0.1.1:80", "-m", "-w", "9")
    found = re.findall(r"^20..-..-.. ..:..:.. (.*)$|10\.0\.1\.1:80 +(weight \d+)", said, re.MULTILINE)
    if found != [("well", ""), ("", "weight 1"), ("not well", ""), ("", "weight 9")]:
        fail(f"--watch does not print the change once: {found}: {said}")
    call("ipvsadm", "-e", "-t", "10.0.0.1:80", "-r", "10.0.1.1:80", "-m", "-w", "1")
    for words in (("--ask", "--watch"), ("--watch", "--interval", "0.1"), ("--watch", "--interval", "86401")):
        lbctl("status", *words, expected=2)


def hidden_processes_are_said():
    """2 when it is not known whether keepalived runs, for hidepid; the rest is shown."""
    call("mount", "-o", "remount,hidepid=2", "/proc")
    status, said = call("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=+net_admin",
                        "--ambient-caps=+net_admin", "--", sys.argv[1], "status", FILE)
    call("mount", "-o", "remount,hidepid=0", "/proc")
    if status != 2 or "the processes of other users are hidden" not in re.sub(r"\s+", " ", said) or "TCP 10.0.0.1:80" not in said:
        fail(f"hidepid: exit {status}: {said}")


def two_looks_of_a_reload_tell_its_time(keepalived):
    if KEEPS_COPY:
        time.sleep(2.2)
        lbctl("reload")
        lbctl("status", says=r"\n  reloaded 20..-..-.. ..:..:..\n")
    if not keepalived.runs():
        fail("keepalived has ended")


# ---- lbctl-reload(1) ------------------------------------------------------------------------------------------------


def owner_and_mode_of_the_file_stay():
    os.chown(FILE, 65534, 65534)
    os.chmod(FILE, 0o640)
    write(FRESH, whole(2))
    lbctl("reload", FRESH, says=HAS_READ)
    status = os.stat(FILE)
    if (status.st_uid, status.st_gid, status.st_mode & 0o777, read(FILE)) != (65534, 65534, 0o640, whole(2)):
        fail(f"owner, mode or text of the file: {status}")
    os.chown(FILE, 0, 0)
    os.chmod(FILE, 0o644)
    soon(lambda: weight() == 2, "the reload does not set the weight")


def what_it_takes_at_its_start_is_refused():
    before = read(FILE)
    for line in ("net_namespace x", "net_namespace_ipvs x", "instance x", "global_defs {\nnftables x\n}",
                 "global_defs {\nnftables_ipvs x\n}", "global_defs {\ndisable_local_igmp\n}",
                 "global_defs {\ntmp_config_directory /run\n}"):
        keyword = re.search(r"[a-z_]+_?[a-z]+(?= x|\n}| /run)|disable_local_igmp", line).group()
        write(FRESH, line + "\n" + before)
        status, said = call(sys.argv[1], "reload", FRESH)
        # A release that does not know the word says that instead.
        if status != 2 or f"has another {keyword} than keepalived runs with" not in said and "does not know" not in said:
            fail(f"{keyword}: exit {status}: {said}")
    if read(FILE) != before:
        fail("what was refused reached the file")


def an_include_that_was_missing_before_is_no_reason():
    missing = "include none/*.conf\n"
    write(FRESH, whole(2) + missing)
    lbctl("reload", FRESH, expected=2, says="an include is missing.*not touched")
    lbctl("reload", "--force", FRESH, says=HAS_READ)
    write(FRESH, whole(3) + missing)
    lbctl("reload", FRESH, says=HAS_READ)
    write(FRESH, whole(2))
    lbctl("reload", FRESH, says=HAS_READ)


def force_does_not_bring_a_faulty_file():
    before = read(FILE)
    for text, says in ((whole().replace("lb_algo", "lb_alg"), "has errors; keepalived was not touched"),
                       ("-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1\n", "is no keepalived.conf|has errors"),
                       (whole().replace("weight 1", "weight {{ weight }}"), "template|has errors")):
        write(FRESH, text)
        lbctl("reload", "--force", FRESH, expected=2, says=says)
    if read(FILE) != before:
        fail("--force has brought a faulty file")


def one_that_is_not_read_in_time_is_put_back(keepalived):
    """keepalived is stopped as soon as lbctl has written down that the reload is under way."""
    if not KEEPS_COPY:
        return
    before = read(FILE)
    for attempt in range(10):
        write(FRESH, whole(5 + attempt))
        process = subprocess.Popen([sys.argv[1], "reload", "--wait", "1", FRESH], stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        while process.poll() is None and not [name for name in os.listdir("/run/lbctl") if name.endswith(".reload.json")]:
            time.sleep(0.0005)
        keepalived.process.send_signal(signal.SIGSTOP)
        time.sleep(2)
        keepalived.process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=30)[0]
        if process.returncode == 2 and "has not read its configuration again: process" in said:
            break
        # It was too quick.
        write(FRESH, before)
        lbctl("reload", FRESH, says=HAS_READ)
    else:
        fail("keepalived is never stopped in time: " + said)
        return
    if read(FILE) != before or "is as it was before" not in said:
        fail("the former file is not put back: " + said)
    soon(lambda: weight() == 2, "keepalived does not go on with the former file")


def until_it_is_confirmed_nothing_else_changes():
    write(FRESH, whole(7))
    lbctl("reload", "--confirm", "60", FRESH)
    for words in (("apply", FILE, "--force"), ("weight", "10.0.1.1", "3", "--force"), ("drain", "10.0.1.1", "--force"),
                  ("enable", "10.0.1.1", "--force"), ("reload",)):
        lbctl(*words, expected=2, says="waits for its confirmation")
    if weight() != 7:
        fail(f"the weight has changed to {weight()}")
    lbctl("confirm", "--roll-back")
    soon(lambda: weight() == 2, "the former weight does not come back")
    for words in (("--confirm", "5", "--dry-run"), ("--confirm", "0"), ("--confirm", "86401")):
        lbctl("reload", *words, expected=2)


def a_larger_configuration_is_not_kept():
    """Up to 8 MiB of files are kept for the way back."""
    def kept():
        return [name for name in os.listdir("/run/lbctl") if name.endswith(".configuration.json")]

    lbctl("reload")
    if KEEPS_COPY and not kept():
        fail("what keepalived has read is not kept")
    write(FILE, whole(2) + "# much\n" * 1300000 + "# more than 8 MiB\n")
    lbctl("reload")
    if kept():
        fail("a configuration of more than 8 MiB is kept")
    write(FILE, whole(2))
    lbctl("reload")


def where_keepalived_ends_the_former_file_comes_back(keepalived):
    """With --force a file of which keepalived ends reaches it."""
    before = read(FILE)
    write(FRESH, instance("eth9") + service(80))
    lbctl("reload", FRESH, expected=2, says="itself refuses .*eth9|on the interface eth9, which does not exist")
    status, said = call(sys.argv[1], "reload", "--force", FRESH)
    time.sleep(1)
    if keepalived.runs():
        print(f"keepalived goes on without eth9: exit {status}")
        lbctl("reload", FRESH, "--force")
    elif read(FILE) != before or "is as it was before" not in said:
        fail(f"keepalived has ended, and the former file is not back: exit {status}: {said}")


def main():
    os.makedirs(FOLDER)
    connect_eth0()
    without_keepalived_the_default_file_counts()
    write(FILE, whole())
    keepalived = Keepalived(FILE, FOLDER)
    soon(lambda: weight() == 1 and " 10.0.0.1/" in call("ip", "-4", "-o", "address")[1], "keepalived does not do its work")
    a_file_with_errors_is_taken_as_keepalived_takes_it()
    watch_prints_changes_and_nothing_else()
    hidden_processes_are_said()
    two_looks_of_a_reload_tell_its_time(keepalived)
    owner_and_mode_of_the_file_stay()
    what_it_takes_at_its_start_is_refused()
    an_include_that_was_missing_before_is_no_reason()
    force_does_not_bring_a_faulty_file()
    one_that_is_not_read_in_time_is_put_back(keepalived)
    until_it_is_confirmed_nothing_else_changes()
    a_larger_configuration_is_not_kept()
    where_keepalived_ends_the_former_file_comes_back(keepalived)
    keepalived.process.terminate()
    return verdict()


sys.exit(main())
