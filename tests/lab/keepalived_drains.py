#!/usr/bin/env python3
"""In the lab: `lbctl drain', `enable' and `weight' beside a keepalived that holds servers down.

usage: keepalived_drains.py LBCTL      run by tests/lab/run
"""
import json
import os
import sys

from director import FOLDER, Director, call, play, server, service, wait_for
from keepalived_program import HAS_READ, RELEASE

failures = []


def weights(it):
    """Weight of each real server by service, as the kernel has it."""
    found = {}
    for line in it.ipvsadm("-Sn").split("\n"):
        words = line.split()
        if line.startswith("-a"):
            found[f"{words[2]} {words[4]}"] = int(words[words.index("-w") + 1])
    return found


def expect(it, wanted, when):
    found = weights(it)
    if any(found.get(name) != weight for name, weight in wanted.items()):
        failures.append(f"{when}: {found}, not {wanted}")


def comes(it, name, weight):
    wait_for(lambda: weights(it).get(name) == weight)


def recovers(it):
    """Opens the port 9001, and waits until a check has succeeded since."""
    before = it.logged("success")
    it.open(9001)
    wait_for(lambda: it.logged("success") > before)


# 10.0.0.1: a server that fails stays with weight 0. 10.0.0.2: it is taken out.
KEPT1, KEPT2, KEPT3 = (f"10.0.0.1:80 10.0.1.{number}:80" for number in (1, 2, 3))
GONE1, GONE2 = (f"10.0.0.2:80 10.0.1.{number}:80" for number in (1, 2))
# All of 2.1 give weight 1 to a server whose weight in the file is 0.
OF_ZERO = int((2, 1, 0) <= RELEASE < (2, 2, 0))
ON_KEPT, ON_GONE = ("--service", "10.0.0.1:80"), ("--service", "10.0.0.2:80")


def configuration():
    kept = server(1, 9001, "weight 2\n") + server(2, 9002, "weight 3\n") + server(3, None, "weight 0\n")
    gone = server(1, 9011, "weight 5\n") + server(2, 9012, "weight 6\n")
    return service("10.0.0.1", "inhibit_on_failure\n" + kept) + service("10.0.0.2", gone)


def enable_leaves_what_is_down(it):
    it.close(9001)
    comes(it, KEPT1, 0)
    held = r"10.0.1.1:80 of TCP 10.0.0.1:80 has weight 0: keepalived holds it down \(its TCP_CHECK fails \(inhibit"
    it.lbctl("enable", "10.0.1.1", *ON_KEPT, says=held + r".*it gets|" + held + r".*keepalived gives it weight 2 when")
    it.lbctl("enable", "*", says=held)
    expect(it, {KEPT1: 0, KEPT2: 3, KEPT3: 0, GONE1: 5}, "enable of a server that is down")
    it.lbctl("enable", "10.0.1.3", says="has weight 0, as keepalived's configuration says")
    it.lbctl("weight", "10.0.1.1", *ON_KEPT, "7", expected=1, says=held + ".*--force sets it all the same")
    it.lbctl("enable", "10.0.1.1", *ON_KEPT, "--weight", "7", expected=1, says=held)
    it.lbctl("enable", "10.0.1.1", *ON_KEPT, "-n", expected=0, says=held)
    it.lbctl("weight", "10.0.1.1", *ON_KEPT, "7", "-n", expected=1, says=held)
    it.lbctl("weight", "10.0.1.1", *ON_KEPT, "0")
    expect(it, {KEPT1: 0}, "weight of a server that is down")
    status, out, _ = call("ip", "netns", "exec", it.name, it.lbctl_program, "enable", "*", "--format", "json")
    left = {(each["destination"], each["why"]) for each in json.loads(out)["left"]}
    assert (status, left) == (0, {("10.0.1.1:80", "held"), ("10.0.1.3:80", "file")}), out
    # Where it is meant, the weight is the file's, and not an invented one.
    it.lbctl("enable", "10.0.1.1", *ON_KEPT, "--force", says="10.0.1.1:80 weight 0 (→|->) 2")
    expect(it, {KEPT1: 2}, "enable --force")
    # keepalived gives it the weight that it has, so that the table does not show it. Then it fails and recovers once more.
    recovers(it)
    it.close(9001)
    comes(it, KEPT1, 0)
    it.lbctl("weight", "10.0.1.1", *ON_KEPT, "7", "--force", says="weight 0 (→|->) 7")
    expect(it, {KEPT1: 7}, "weight --force")
    it.open(9001)
    comes(it, KEPT1, 2)


def enable_of_what_somebody_set(it):
    it.ipvsadm("-e", "-t", "10.0.0.1:80", "-r", "10.0.1.2:80", "-m", "-w", "0")
    it.ipvsadm("-e", "-t", "10.0.0.2:80", "-r", "10.0.1.2:80", "-m", "-w", "0")
    # In the first it might be down, for all the table says.
    it.lbctl("enable", "10.0.1.2", *ON_GONE, says="10.0.1.2:80 weight 0 (→|->) 6")
    it.lbctl("enable", "10.0.1.2", *ON_KEPT, says="keepalived holds it down")
    it.lbctl("enable", "10.0.1.2", *ON_KEPT, "--force", says="10.0.1.2:80 weight 0 (→|->) 3")
    expect(it, {KEPT2: 3, GONE2: 6}, "enable of what somebody set")
    # The weight is that of the file also where drain came too late to see it.
    it.ipvsadm("-e", "-t", "10.0.0.2:80", "-r", "10.0.1.2:80", "-m", "-w", "0")
    it.lbctl("drain", "10.0.1.2", *ON_GONE, says="has weight 0 already, from somebody else; its drain is remembered")
    it.lbctl("drained", says=r"10.0.1.2:80 +6 ")
    it.lbctl("enable", "10.0.1.2", *ON_GONE, says="10.0.1.2:80 weight 0 (→|->) 6")


def drain_of_what_is_down(it):
    it.close(9001)
    comes(it, KEPT1, 0)
    says = (r"10.0.1.1:80 of TCP 10.0.0.1:80 has weight 0: keepalived holds it down \(its TCP_CHECK fails "
            r"\(inhibit_on_failure\)\); its drain is remembered\n.*when its check recovers, keepalived gives such a server "
            rf"its weight again, .*{'take it out of' if OF_ZERO else 'give it weight 0 in'} {it.file} and run")
    it.lbctl("drain", "10.0.1.1", *ON_KEPT, "-n", expected=1, says="its drain would be remembered")
    it.lbctl("drained", says="no server is drained")
    it.lbctl("drain", "10.0.1.1", *ON_KEPT, says=says)
    it.lbctl("drained", says=r"10.0.1.1:80 +2 ")
    it.lbctl("status", expected=1, says=r"down\? +10.0.1.1:80 +weight 0")
    it.lbctl("diff", it.file, says=r"inhibit_on_failure\), and lbctl drained it")
    it.lbctl("drain", "10.0.1.1", *ON_KEPT, says="no weight changes")
    # It ends the drain, and not what keepalived does.
    it.lbctl("enable", "10.0.1.1", *ON_KEPT, says="no longer drained; keepalived gives it weight 2 when that recovers")
    expect(it, {KEPT1: 0}, "enable of a server that was drained while it was down")
    it.lbctl("drained", says="no server is drained")
    # What was said comes true: with the file's weight when it recovers, and without traffic where the file says so.
    it.lbctl("drain", "10.0.1.1", *ON_KEPT)
    it.open(9001)
    comes(it, KEPT1, 2)
    it.lbctl("drained", says="no longer: something else has given it weight 2 since")
    it.lbctl("status", says=r"up +10.0.1.1:80 +weight 2.*\n +lbctl drained it by root since .*; something else\s+has\s+given\s+it")
    it.close(9001)
    comes(it, KEPT1, 0)
    it.change("weight 2\n", "weight 0\n")
    it.lbctl("reload", says=HAS_READ)
    recovers(it)
    expect(it, {KEPT1: OF_ZERO}, "a server whose weight in the file is 0 and that recovers")
    it.change("real_server 10.0.1.1 80 {\nweight 0\n", "real_server 10.0.1.1 80 {\nweight 2\n")
    it.lbctl("reload", says=HAS_READ)
    comes(it, KEPT1, 2)


def servers_that_are_away(it):
    it.close(9011)
    wait_for(lambda: GONE1 not in weights(it))
    away = r"10.0.1.1:80 of TCP 10.0.0.2:80 is not in the table: keepalived has taken it out \(its TCP_CHECK fails\); "
    it.lbctl("enable", "10.0.1.1", *ON_GONE, says=away + "keepalived gives it weight 5 when that recovers")
    it.lbctl("weight", "10.0.1.1", "4", *ON_GONE, expected=1, says=away + "it comes back with the weight of the file")
    it.lbctl("drain", "10.0.1.1", *ON_GONE, says=away + "its drain is remembered\n.*when its check recovers")
    it.lbctl("drained", says=r"10.0.1.1:80 +5 +- +-")
    it.lbctl("diff", it.file, says=r"its TCP_CHECK fails, and lbctl drained it")
    it.lbctl("drain", "10.0.1.1", *ON_GONE, says="no weight changes")
    it.lbctl("apply", it.file, "--force", says="left as keepalived has them: 1 server")
    assert GONE1 not in weights(it), "apply --force has put it back"
    # Where keepalived's word does not count, it comes back drained.
    it.lbctl("apply", it.file, "--force", "--no-keep-failed")
    expect(it, {GONE1: 0}, "apply --no-keep-failed of a server that was drained while it was away")
    it.ipvsadm("-d", "-t", "10.0.0.2:80", "-r", "10.0.1.1:80")
    it.lbctl("enable", "10.0.1.1", *ON_GONE, says="it is no longer drained; keepalived gives it weight 5")
    it.lbctl("drained", says="no server is drained")
    it.open(9011)
    comes(it, GONE1, 5)
    # Not everything that is away was taken out by keepalived.
    it.ipvsadm("-d", "-t", "10.0.0.1:80", "-r", "10.0.1.3:80")
    it.lbctl("drain", "10.0.1.3", expected=2, says="is not in the table: keepalived's configuration has it, and somebody else")
    it.lbctl("drain", "10.0.1.9", expected=2, says="no service has a real server .10.0.1.9'")


def unseen(it):
    """Without the right to look at keepalived, nobody says which servers it holds down."""
    it.close(9001)
    comes(it, KEPT1, 0)
    status, out, err = call("ip", "netns", "exec", it.name, "setpriv", "--bounding-set=-all,+net_admin", "--inh-caps=-all",
                            "--", it.lbctl_program, "enable", "10.0.1.1", *ON_KEPT)
    assert "may be held down by who looks after this table" in err, (status, out, err)
    expect(it, {KEPT1: 0}, "enable where keepalived cannot be looked at")
    it.open(9001)
    comes(it, KEPT1, 2)


def main():
    lbctl = sys.argv[1]
    os.makedirs(FOLDER)
    call("ip", "netns", "add", "drains")
    call("ip", "-n", "drains", "link", "set", "lo", "up")
    it = Director(lbctl, "drains", configuration(), (9001, 9002, 9011, 9012))
    wait_for(lambda: weights(it) == {KEPT1: 2, KEPT2: 3, KEPT3: OF_ZERO, GONE1: 5, GONE2: 6})
    if OF_ZERO:
        it.lbctl("diff", it.file, expected=1, says="10.0.1.3:80 .*this release of keepalived gives weight 1 where the file has 0")
    it.ipvsadm("-e", "-t", "10.0.0.1:80", "-r", "10.0.1.3:80", "-m", "-w", "0")
    wait_for(lambda: it.logged("success") >= 4)
    parts = (enable_leaves_what_is_down, enable_of_what_somebody_set, drain_of_what_is_down,
             servers_that_are_away, unseen)
    return play(it, parts, failures)


sys.exit(main())
