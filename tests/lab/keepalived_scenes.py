#!/usr/bin/env python3
"""In the lab: what `lbctl diff' and `lbctl status' say beside a running keepalived, in a table of scenes.

usage: keepalived_scenes.py LBCTL      run by tests/lab/run

Each director is a network namespace with a keepalived of its own; the checks of its servers go to ports at 127.0.0.1,
which the scenes open and close. A scene does something and says what `diff' must tell then: the class of every part
that differs, and the exit status; and of `status' the states of servers that are not up, and the exit status. The
directors go their ways at the same time.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from functools import partial

from director import CHECK, FOLDER, PATIENCE, Director, call, server, service, wait_for
from keepalived_program import HAS_JSON, HAS_READ, KEEPS_COPY, RELEASE

# ---- the scenes -----------------------------------------------------------------------------------------------------


class Scene:
    """What is done, and what must be told then."""

    def __init__(self, what, action, diff=None, diff_exit=0, status=None, status_exit=None, instances=None, words=()):
        self.what, self.action = what, action
        self.diff, self.diff_exit = diff or {}, diff_exit
        self.status = status
        self.status_exit = status_exit if status_exit is not None else int(bool(diff_exit or status))
        self.instances = instances or {}
        self.words = words

    def has_classes(self, told):
        return told[:2] == (self.diff, self.diff_exit)

    def has_states(self, told):
        states, instances, status, _ = told
        return ((self.status is None or states == self.status) and status == self.status_exit
                and all(instances.get(name) == state for name, state in self.instances.items()))


DOWN1 = {"10.0.1.1:80": "down"}


def checks_scenes(it):
    key = "10.0.0.1:80"
    drop = ("drain", "10.0.1.2", "--force")
    return [
        Scene("all serve", lambda: None, status={}),
        Scene("one fails", lambda: it.close(9001), DOWN1, status=DOWN1),
        Scene("two fail", lambda: it.close(9002), {**DOWN1, "10.0.1.2:80": "down"},
              status={**DOWN1, "10.0.1.2:80": "down"}),
        Scene("one recovers", lambda: it.open(9002), DOWN1, status=DOWN1),
        Scene("apply --force leaves the failed one",
              lambda: it.lbctl("apply", it.file, "--force", says="left as keepalived has them: 1 server"), DOWN1,
              status=DOWN1),
        Scene("apply refuses without --force",
              lambda: it.lbctl("apply", it.file, expected=2, says="does not look at it again.*lbctl reload"), DOWN1,
              status=DOWN1),
        Scene("another is drained", lambda: it.lbctl(*drop), {**DOWN1, "10.0.1.2:80": "drained"},
              status={**DOWN1, "10.0.1.2:80": "drained"}),
        Scene("the failed one recovers", lambda: it.open(9001), {"10.0.1.2:80": "drained"},
              status={"10.0.1.2:80": "drained"}, status_exit=0),
        Scene("the drained one fails, too", lambda: it.close(9002), {"10.0.1.2:80": "down"},
              status={"10.0.1.2:80": "down"}),
        Scene("and recovers, which ends the drain", lambda: it.open(9002), {}, status={}),
        Scene("somebody sets a weight", lambda: it.ipvsadm("-e", "-t", key, "-r", "10.0.1.1:80", "-m", "-w", "7"),
              {"10.0.1.1:80": "drift"}, 1, status={}),
        Scene("and weight 0", lambda: it.ipvsadm("-e", "-t", key, "-r", "10.0.1.1:80", "-m", "-w", "0"),
              {"10.0.1.1:80": "drift"}, 1, status={"10.0.1.1:80": "differs"}),
        Scene("beside it one fails", lambda: it.close(9002), {"10.0.1.1:80": "drift", "10.0.1.2:80": "down"}, 1,
              status={"10.0.1.1:80": "differs", "10.0.1.2:80": "down"}),
        Scene("apply --force mends one and leaves the other", lambda: it.lbctl("apply", it.file, "--force"),
              {"10.0.1.2:80": "down"}, status={"10.0.1.2:80": "down"}),
        Scene("it recovers", lambda: it.open(9002), {}, status={}),
        Scene("somebody removes a server without a check",
              lambda: it.ipvsadm("-d", "-t", key, "-r", "10.0.1.3:80"), {"10.0.1.3:80": "drift"}, 1,
              status={"10.0.1.3:80": "differs"}),
        Scene("somebody adds one", lambda: it.ipvsadm("-a", "-t", key, "-r", "10.0.1.9:80", "-m"),
              {"10.0.1.3:80": "drift", "10.0.1.9:80": "drift"}, 1, status={"10.0.1.3:80": "differs"}),
        Scene("somebody sets the scheduler", lambda: it.ipvsadm("-E", "-t", key, "-s", "wlc"),
              {"TCP " + key: "drift", "10.0.1.3:80": "drift", "10.0.1.9:80": "drift"}, 1),
        Scene("apply --force mends all of it", lambda: it.lbctl("apply", it.file, "--force"), {}, status={}),
        Scene("somebody removes the service", lambda: it.ipvsadm("-D", "-t", key), {"TCP " + key: "drift"}, 1,
              status_exit=1),
        Scene("apply --force makes it again", lambda: it.lbctl("apply", it.file, "--force"), {}, status={}),
        Scene("one fails, and apply --no-keep-failed puts it back",
              lambda: (it.close(9001), wait_for(lambda: "10.0.1.1" not in it.ipvsadm("-Ln")),
                       it.lbctl("apply", it.file, "--force", "--no-keep-failed")), {}, status={}),
    ]


def files_scenes(it):
    new = server(4, 9004)
    # Without the copy of what keepalived has read, nobody sees whether it has read a change of the file.
    unread, down = ("not-reloaded", "not-reloaded") if KEEPS_COPY else ("drift", "down")
    return [
        Scene("all serve", lambda: None, status={}),
        Scene("a comment is added", lambda: it.change("# end", "# the end"), {}, status={}),
        Scene("the file is written again", lambda: it.write(it.read()), {}, status={}),
        Scene("a server is added", lambda: it.change("# the end", "# the end\n" + service("10.0.0.2", new)),
              {"TCP 10.0.0.2:80": unread}, 1, status_exit=1),
        Scene("keepalived reads it", lambda: (it.open(9004), it.hup()), {}, status={}),
        Scene("a weight is changed", lambda: it.change("weight 1", "weight 3"),
              {f"10.0.1.{i}:80": unread for i in (1, 2, 4)}, 1, status={}, status_exit=1),
        Scene("a server fails beside it", lambda: it.close(9001),
              {"10.0.1.1:80": down, "10.0.1.2:80": unread, "10.0.1.4:80": unread}, 1),
        Scene("the weight is as before, and the server is down", lambda: it.change("weight 3", "weight 1"), DOWN1,
              status=DOWN1),
        Scene("a server is taken out of the file", lambda: it.change(server(2, 9002), ""),
              {**DOWN1, "10.0.1.2:80": unread}, 1, status=DOWN1),
        Scene("drift beside it",
              lambda: it.ipvsadm("-e", "-t", "10.0.0.2:80", "-r", "10.0.1.4:80", "-m", "-w", "9"),
              {**DOWN1, "10.0.1.2:80": unread, "10.0.1.4:80": "drift"}, 1, status=DOWN1),
        Scene("lbctl reload lets it read the file; the drift stays",
              lambda: it.lbctl("reload", expected=1, says="10.0.1.4:80 .*drift"), {**DOWN1, "10.0.1.4:80": "drift"}, 1,
              status=DOWN1),
        Scene("the drift is mended", lambda: it.ipvsadm("-e", "-t", "10.0.0.2:80", "-r", "10.0.1.4:80", "-m", "-w", "1"),
              DOWN1, status=DOWN1),
        Scene("an included file is changed", lambda: it.write(service("10.0.0.3", server(5)), "more/a.conf"),
              {**DOWN1, "TCP 10.0.0.3:80": unread}, 1, status_exit=1),
        Scene("lbctl reload", lambda: it.lbctl("reload", says=HAS_READ + " .* the table is as it wants it"), DOWN1,
              status=DOWN1),
        Scene("a file is included that was not there",
              lambda: it.write("vrrp_script x {\nscript /usr/bin/true\n}\n", "more/b.conf"), DOWN1, int(KEEPS_COPY),
              status=DOWN1),
        Scene("a faulty file does not reach keepalived",
              lambda: (it.write("virtual_servr 10.0.0.9 80 {\n}\n", "more/b.conf"),
                       it.lbctl("reload", expected=2, says="has errors; keepalived was not touched")), {}, 2),
        Scene("the file is gone again", lambda: os.remove(os.path.join(it.folder, "more/b.conf")), DOWN1, status=DOWN1),
        Scene("another file is held against the table",
              lambda: it.write(it.read().replace("10.0.1.1 80", "10.0.1.7 80"), "other.conf"),
              {"10.0.1.7:80": "not-reloaded"}, 1, words=(os.path.join(it.folder, "other.conf"),)),
        Scene("lbctl reload FILE puts it in place",
              lambda: it.lbctl("reload", os.path.join(it.folder, "other.conf"), says=HAS_READ + " .*keepalived.conf"),
              {"10.0.1.7:80": "down"}, status={"10.0.1.7:80": "down"}),
    ]


def sorry_scenes(it):
    def serves(number):
        return {f"10.0.1.{number}:80": "sorry"}

    lost = {"10.0.1.1:80": "down", "10.0.1.2:80": "down", "10.0.1.9:80": "down"}
    lost_status = {"10.0.1.1:80": "down", "10.0.1.2:80": "down", **serves(9)}
    alpha = {"10.0.1.5:80": "check"}
    return [
        Scene("an alpha server has not been checked", lambda: None, {}, status={"10.0.1.5:80": "down"}),
        Scene("its check succeeds", lambda: it.open(9005), alpha, status={}, status_exit=0),
        Scene("inhibit_on_failure", lambda: it.close(9003), {**alpha, "10.0.1.3:80": "down"},
              status={"10.0.1.3:80": "down"}),
        Scene("another with inhibit_on_failure is drained", lambda: it.lbctl("drain", "10.0.1.4", "--force"),
              {**alpha, "10.0.1.3:80": "down", "10.0.1.4:80": "drained"},
              status={"10.0.1.3:80": "down", "10.0.1.4:80": "drained"}),
        Scene("both are as before", lambda: (it.open(9003), it.lbctl("enable", "10.0.1.4", "--force")), alpha,
              status={}, status_exit=0),
        Scene("the quorum is lost", lambda: it.close(9001), {**alpha, **lost}, status=lost_status),
        Scene("apply --force leaves the sorry server", lambda: it.lbctl("apply", it.file, "--force"), {**alpha, **lost},
              status=lost_status),
        Scene("the quorum is back", lambda: it.open(9001), alpha, status={}, status_exit=0),
        Scene("a check sets a weight", lambda: it.write("#!/bin/sh\nexit 5\n", "weight"), {**alpha, "10.0.1.6:80": "check"},
              status={}, status_exit=0),
        Scene("--strict counts all of it",
              lambda: it.lbctl("diff", it.file, "--strict", expected=1), {**alpha, "10.0.1.6:80": "check"}, status={},
              status_exit=0),
    ]


def master_scenes(it, backup):
    def start(state):
        it.ipvsadm("--stop-daemon", "master")
        it.ipvsadm("--start-daemon", state, "--mcast-interface", "eth0", "--syncid", "51")

    return [
        Scene("MASTER", lambda: None, {"daemon": "role"}, instances={"VI_1": "MASTER"}),
        Scene("apply --force leaves the role",
              lambda: it.lbctl("apply", it.file, "--force", says="left as keepalived has them: the sync daemon"),
              {"daemon": "role"}, instances={"VI_1": "MASTER"}),
        Scene("another sync id is drift", lambda: (it.ipvsadm("--stop-daemon", "master"), it.ipvsadm(
            "--start-daemon", "master", "--mcast-interface", "eth0", "--syncid", "9")), {"daemon": "drift"}, 1,
              instances={"VI_1": "MASTER"}),
        Scene("so is a backup's daemon", lambda: (it.ipvsadm("--stop-daemon", "master"), it.ipvsadm(
            "--start-daemon", "backup", "--mcast-interface", "eth0", "--syncid", "51")), {"daemon": "drift"}, 1,
              instances={"VI_1": "MASTER"}),
        Scene("apply --force makes it the master's",
              lambda: it.lbctl("apply", it.file, "--force", says="sync daemon is master, for vrrp_instance VI_1 is MASTER"),
              {"daemon": "role"}, instances={"VI_1": "MASTER"}),
        Scene("drift is none, too", lambda: it.ipvsadm("--stop-daemon", "master"), {"daemon": "drift"}, 1),
        Scene("apply --force --dry-run says the role",
              lambda: it.lbctl("apply", it.file, "--force", "-n", expected=1, says="start the master sync daemon"),
              {"daemon": "drift"}, 1),
        Scene("apply --force starts a missing one as master",
              lambda: it.lbctl("apply", it.file, "--force", says="sync daemon is master, for vrrp_instance VI_1 is MASTER"),
              {"daemon": "role"}, instances={"VI_1": "MASTER"}),
        Scene("none again", lambda: it.ipvsadm("--stop-daemon", "master"), {"daemon": "drift"}, 1),
        Scene("as it was", lambda: it.ipvsadm("--start-daemon", "master", "--mcast-interface", "eth0", "--syncid", "51"),
              {"daemon": "role"}, instances={"VI_1": "MASTER"}),
        Scene("the interface is down", lambda: backup.on("ip", "link", "set", "eth0", "down"), {}, status_exit=1,
              instances={"VI_1": "FAULT"}),
        Scene("and up again", lambda: backup.on("ip", "link", "set", "eth0", "up"), {"daemon": "role"},
              instances={"VI_1": "MASTER"}),
    ]


def backup_scenes(it):
    return [
        Scene("BACKUP", lambda: None, {}, instances={"VI_1": "BACKUP"}),
        Scene("a master daemon beside a BACKUP is drift",
              lambda: (it.ipvsadm("--stop-daemon", "backup"), it.ipvsadm("--start-daemon", "master", "--mcast-interface",
                                                                         "eth0", "--syncid", "51")),
              {"daemon": "drift"}, 1, instances={"VI_1": "BACKUP"}),
        Scene("and none", lambda: it.ipvsadm("--stop-daemon", "master"), {"daemon": "drift"}, 1),
        Scene("apply --force starts it as backup",
              lambda: it.lbctl("apply", it.file, "--force", says="sync daemon is backup, for vrrp_instance VI_1 is BACKUP"),
              {}, instances={"VI_1": "BACKUP"}),
        Scene("a master's once more", lambda: (it.ipvsadm("--stop-daemon", "backup"), it.ipvsadm(
            "--start-daemon", "master", "--mcast-interface", "eth0", "--syncid", "51")), {"daemon": "drift"}, 1),
        Scene("as it was", lambda: (it.ipvsadm("--stop-daemon", "master"), it.ipvsadm(
            "--start-daemon", "backup", "--mcast-interface", "eth0", "--syncid", "51")), {},
              instances={"VI_1": "BACKUP"}),
    ]


def group():
    entries = "10.0.2.1 80\n10.0.2.10-12 80\nfwmark 7\n"
    body = "".join(f"real_server 10.0.1.{number} 80 {{\nweight 1\n{CHECK % (9000 + number)}}}\n" for number in (1, 2))
    return (f"virtual_server_group G {{\n{entries}}}\nvirtual_server group G {{\ndelay_loop 1\nlb_algo rr\nlb_kind NAT\n"
            f"protocol TCP\nwarmup 0\n{body}}}\n" + service("10.0.0.1", server(1)))


def vrrp(state, priority):
    return (f"global_defs {{\nlvs_sync_daemon eth0 VI_1\n}}\nvrrp_instance VI_1 {{\nstate {state}\ninterface eth0\n"
            f"virtual_router_id 51\npriority {priority}\nadvert_int 1\nvirtual_ipaddress {{\n10.0.0.1/24\n}}\n}}\n" +
            service("10.0.0.1", server(1) + server(2)))


# ---- how they are played --------------------------------------------------------------------------------------------


def shorter(said):
    return re.sub(r"\s+", " ", said)[:1500]


def waited_for(look, is_wanted, end):
    """What a look tells, once that is as wanted or the time is over."""
    while True:
        told = look()
        if is_wanted(told) or time.monotonic() > end:
            return told
        time.sleep(0.2)


def play(director, scenes, failures):
    for scene in scenes:
        where = f"{director.name}: {scene.what}"
        try:
            scene.action()
            end = time.monotonic() + PATIENCE
            told = waited_for(partial(director.told_classes, *scene.words), scene.has_classes, end)
            if not scene.has_classes(told):
                classes, status, said = told
                failures.append(f"{where}: diff tells {classes}, exit {status}, not {scene.diff}, exit "
                                f"{scene.diff_exit}: {shorter(said)}")
            if scene.words or scene.diff_exit == 2:
                continue
            told = waited_for(director.told_states, scene.has_states, end)
            if not scene.has_states(told):
                states, instances, status, said = told
                failures.append(f"{where}: status tells {states}, {instances}, exit {status}, not {scene.status}, "
                                f"{scene.instances}, exit {scene.status_exit}: {shorter(said)}")
        except (AssertionError, OSError, ValueError, subprocess.TimeoutExpired) as error:
            failures.append(f"{where}: {error!r}")


def standing_still(director, process):
    """What the commands say of a keepalived of which that process is stopped."""
    stopped = f"process {process} is stopped .SIGSTOP."
    director.lbctl("status", expected=1, says=f"^  {stopped}(.|\n)*kill -CONT {process}. lets it go on")
    _, out, _ = call("ip", "netns", "exec", director.name, director.lbctl_program, "status", "--format", "json")
    found = json.loads(out)
    assert not found["well"] and re.search(stopped, found["keepalived"]["standstill"]), out
    director.lbctl("diff", director.file, expected=1, says=f"note: keepalived: {stopped}, so it may check nothing")
    director.lbctl("reload", expected=2, says=f"would not read its configuration: {stopped}; it was not touched")
    director.lbctl("drain", "10.0.1.3", "-n", expected=1, says=stopped)


def told_of(director, *options):
    """The state of each server by service, and where it is from."""
    _, out, _ = director.call("status", "--format", "json", *options)
    return {(service["service"], each["server"]): (each["state"], each["source"])
            for service in json.loads(out)["services"] for each in service["servers"]}


def asked_of_group(it):
    """What keepalived tells of a group it tells of each service of that."""
    it.close(9001)
    wait_for(lambda: "10.0.1.1:80" not in it.ipvsadm("-Sn").replace("-t 10.0.0.1:80 -r 10.0.1.1:80", ""))
    it.ipvsadm("-d", "-t", "10.0.2.11:80", "-r", "10.0.1.2:80")
    of_group = ["FWM 7"] + [f"TCP 10.0.2.{number}:80" for number in (1, 10, 11, 12)]
    wanted = {("TCP 10.0.0.1:80", "10.0.1.1:80"): ("up", "told")}
    for name in of_group:
        wanted[name, "10.0.1.1:80"] = ("down", "told")
        wanted[name, "10.0.1.2:80"] = ("up", "told")
    wanted["TCP 10.0.2.11:80", "10.0.1.2:80"] = ("differs", "told")
    assert told_of(it)["TCP 10.0.2.11:80", "10.0.1.2:80"] == ("down", "inferred")
    told = told_of(it, "--ask")
    assert told == wanted, told


def asked_for_json(it):
    """Where VRRP cannot write its text it is asked for JSON, which keepalived reads as safely."""
    if not HAS_JSON:
        return
    text, written = "/tmp/keepalived.data", "/tmp/keepalived.json"
    shutil.rmtree(text, ignore_errors=True)
    if os.path.exists(text):
        os.remove(text)
    os.mkdir(text)
    if os.path.exists(written):
        os.remove(written)
    os.symlink("/etc/shadow", written)
    said = it.lbctl("status", "--ask", says=r"VI_1 +MASTER +eth0, priority 150\s+since 20..-..-.. ..:..:..; its")
    assert "did not tell" not in said and "root:" not in said, said
    # Nor is that written.
    os.remove(written)
    os.mkdir(written)
    it.lbctl("status", "--ask", expected=1, says=r"VI_1 +MASTER\?(.|\n)*did not tell: it has not written /tmp/keepalived.data")
    os.rmdir(written)
    os.rmdir(text)


def asked(checks, sorry, master, groups, failures):
    """With --ask keepalived tells; it writes files in one folder for all, so one director comes after the other."""
    try:
        # Of the checks one says it is down, and was put back; another's server was taken out by somebody.
        checks.ipvsadm("-d", "-t", "10.0.0.1:80", "-r", "10.0.1.2:80")
        inferred = checks.told_states()[0]
        assert inferred == {"10.0.1.2:80": "down"}, inferred
        status, out, err = call("ip", "netns", "exec", "checks", checks.lbctl_program, "status", "--ask", "--format", "json")
        servers = {each["server"]: each for each in json.loads(out)["services"][0]["servers"]}
        told = {name: (each["state"], each["source"]) for name, each in servers.items()}
        assert (status, told) == (1, {"10.0.1.1:80": ("down", "told"), "10.0.1.2:80": ("differs", "told"),
                                      "10.0.1.3:80": ("up", "told")}), (status, told, err)
        checks.lbctl("status", "--ask", expected=1, says="10.0.1.1:80 .*\n.*holds it down, and it takes connections")
        master.lbctl("status", "--ask", expected=0, says=r"VI_1 +MASTER +eth0, priority 150\s+since 20..-..-.. ..:..:..; its")
        sorry.lbctl("status", "--ask", expected=0, says="10.0.1.6:80 +weight 3")
        asked_of_group(groups)
        asked_for_json(master)
        # Somebody has laid a link where keepalived writes: it takes its place, and what is read is keepalived's own.
        os.remove("/tmp/keepalived_check.data")
        os.symlink("/etc/shadow", "/tmp/keepalived_check.data")
        said = sorry.lbctl("status", "--ask", expected=0)
        assert "did not tell" not in said and "root:" not in said, said
        # One that does not answer is said to be so, and the rest is shown.
        os.kill(sorry.daemon.pid, signal.SIGSTOP)
        sorry.lbctl("status", "--ask", expected=1, says="keepalived did not tell: it has not written /tmp/keepalived_check")
        standing_still(sorry, sorry.daemon.pid)
        os.kill(sorry.daemon.pid, signal.SIGCONT)
        with open(os.path.join(sorry.folder, "c.pid"), encoding="utf-8") as file:
            checkers = int(file.read())
        os.kill(checkers, signal.SIGSTOP)
        standing_still(sorry, checkers)
        os.kill(checkers, signal.SIGCONT)
        sorry.lbctl("status", expected=0)
        for director in (checks, sorry, master):
            for line in director.lbctl("status", expected=int(director is checks)).split("\n"):
                assert len(line) <= 80, line
        # A service that may look at processes and nothing more sees keepalived, too.
        status, out, err = call("ip", "netns", "exec", "sorry", "setpriv", "--bounding-set=-all,+net_admin,+sys_ptrace",
                                "--inh-caps=-all", "--", sorry.lbctl_program, "diff", sorry.file)
        assert status == 0 and "[check: " in out, (status, out, err)
    except (AssertionError, OSError, ValueError, KeyError) as error:
        failures.append(f"--ask: {error!r}")


def main():
    lbctl = sys.argv[1]
    os.makedirs(FOLDER)
    for name in ("checks", "files", "sorry", "master", "backup", "groups"):
        call("ip", "netns", "add", name)
        call("ip", "-n", name, "link", "set", "lo", "up")
    call("ip", "link", "add", "eth0", "netns", "master", "type", "veth", "peer", "name", "eth0", "netns", "backup")
    for name, address in (("master", "10.0.0.11/24"), ("backup", "10.0.0.12/24")):
        call("ip", "-n", name, "address", "add", address, "dev", "eth0")
        call("ip", "-n", name, "link", "set", "eth0", "up")

    checks = Director(lbctl, "checks", service("10.0.0.1", server(1, 9001) + server(2, 9002) + server(3)), (9001, 9002))
    files = Director(lbctl, "files",
                     service("10.0.0.1", server(1, 9001) + server(2, 9002)) + "# end\ninclude more/*.conf\n",
                     (9001, 9002), {"more/a.conf": "# nothing\n"})
    weight = os.path.join(FOLDER, "sorry", "weight")
    misc = f"weight 1\nMISC_CHECK {{\nmisc_path {weight}\nmisc_dynamic\nwarmup 0\nretry 0\n}}\n"
    sorry = Director(
        lbctl, "sorry", "global_defs {\nscript_user root\n}\n" +
        service("10.0.0.1", "quorum 2\nsorry_server 10.0.1.9 80\n" + server(1, 9001) + server(2)) +
        service("10.0.0.2", "inhibit_on_failure\n" + server(3, 9003) + server(4, 9004)) +
        service("10.0.0.3", "alpha\n" + server(5, 9005)) + service("10.0.0.4", server(6, None, misc)),
        (9001, 9003, 9004), {"weight": "#!/bin/sh\nexit 0\n"})
    groups = Director(lbctl, "groups", group(), (9001, 9002))
    backup = Director(lbctl, "backup", vrrp("BACKUP", 50))
    master = Director(lbctl, "master", vrrp("MASTER", 150))
    failures = []
    # Those of one line come one after the other.
    of_master = master_scenes(master, backup)
    lines = [[(checks, checks_scenes(checks))], [(files, files_scenes(files))], [(sorry, sorry_scenes(sorry))],
             [(master, of_master[:1]), (backup, backup_scenes(backup)), (master, of_master[1:])]]
    count = sum(len(scenes) for line in lines for _, scenes in line)
    threads = [threading.Thread(target=lambda line=line: [play(*part, failures) for part in line]) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in os.listdir("/tmp"):
        if name.startswith("keepalived") and name.endswith(".data"):
            failures.append(f"somebody signalled keepalived: /tmp/{name}")
    asked(checks, sorry, master, groups, failures)
    for director in (checks, files, sorry, backup, master, groups):
        director.daemon.terminate()
    for failure in failures:
        print("FAILED:", failure)
    assert count >= 40, count
    print(f"keepalived {'.'.join(map(str, RELEASE))}: {count} scenes, {len(failures)} failures")
    return 1 if failures else 0


sys.exit(main())
