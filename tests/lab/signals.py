#!/usr/bin/python3
"""Runs inside the lab: signals at random moments of every command that changes the table or waits. Whatever comes, the
table is the old one or the new one, the message says which, the exit status is 128 + N, and the next command works.

    signals.py LBCTL INJECT_CONNECTIONS COUNT [SEED]
"""
import fcntl
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

lbctl, inject, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
rng = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
work = tempfile.mkdtemp()
services = 150


def table(scheduler, weight, last):
    lines = []
    for i in range(services):
        name = f"10.0.{i // 250}.{i % 250}:80"
        lines.append(f"-A -t {name} -s {scheduler}")
        lines += [f"-a -t {name} -r 10.1.0.{j}:80 -m -w {weight}" for j in (1, 2, last)]
    return lines


def write(name, lines):
    path = os.path.join(work, name)
    with open(path, "w") as file:
        file.write("".join(line + "\n" for line in lines))
    return path


old_lines, new_lines = table("rr", 3, 3), table("wlc", 2, 4)
old, new = write("old", old_lines), write("new", new_lines)
clear_and_new = write("clear", ["-C"] + new_lines)
plan = os.path.join(work, "plan.json")


def run(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def live():
    return sorted(run("ipvsadm", "-Sn").stdout.split("\n")[:-1])


def with_weight(lines, server, weight):
    return [re.sub(r"-w \d+", f"-w {weight}", line) if f"-r {server}:" in line else line for line in lines]


failures = []


def fail(what, result):
    failures.append(what)
    print(f"FAILED: {what}: {result}", flush=True)


def set_up(lines):
    """The old table, as lbctl's own, and nothing that waits."""
    pending = run(lbctl, "confirm")
    assert pending.returncode in (0, 2)
    path = write("start", lines)
    done = run(lbctl, "apply", "--saved", path, "--prune", "--undrain", "--lock-wait", "0")
    if done.returncode != 0:
        fail("the next command", done)
        subprocess.run(["ipvsadm", "-C"])
        done = run(lbctl, "apply", "--saved", path, "--prune", "--undrain")


def prepare_drained():
    set_up(old_lines)
    run(lbctl, "drain", "10.1.0.2")


def prepare_confirm():
    set_up(old_lines)
    run(lbctl, "apply", "--saved", new, "--confirm", "600")


def prepare_plan():
    set_up(old_lines)
    run(lbctl, "apply", "--saved", new, "--out", plan)


class Case:
    """A command, the tables before and after it, and how long it may be left alone."""

    def __init__(self, name, words, before, after, prepare=None, seconds=0.8, stdin=None, waits=False, lock=False):
        self.name, self.words, self.stdin = name, words, stdin
        self.before, self.after = sorted(before), sorted(after)
        self.prepare = prepare or (lambda: set_up(before))
        self.seconds, self.waits, self.lock = seconds, waits, lock


drained = with_weight(old_lines, "10.1.0.2", 0)
cases = [
    Case("apply", ["apply", "--saved", new], old_lines, new_lines),
    Case("apply back", ["apply", "--saved", old], new_lines, old_lines),
    Case("apply json", ["apply", "--saved", new, "--format", "json"], old_lines, new_lines),
    Case("apply plan", ["apply", plan], old_lines, new_lines, prepare=prepare_plan),
    Case("apply --confirm", ["apply", "--saved", new, "--confirm", "600"], old_lines, new_lines),
    Case("apply --drain", ["apply", "--saved", new, "--drain", "30"], old_lines, new_lines, seconds=2, waits=True),
    Case("apply, lock", ["apply", "--saved", new], old_lines, new_lines, seconds=1, lock=True),
    Case("apply --dry-run", ["apply", "--saved", new, "--dry-run"], old_lines, old_lines),
    Case("weight", ["weight", "10.1.0.2", "9"], old_lines, with_weight(old_lines, "10.1.0.2", 9)),
    Case("drain", ["drain", "10.1.0.2"], old_lines, drained),
    Case("drain --wait", ["drain", "10.1.0.3", "--wait", "30"], old_lines, with_weight(old_lines, "10.1.0.3", 0),
         seconds=2, waits=True),
    Case("enable", ["enable", "10.1.0.2"], drained, old_lines, prepare=prepare_drained),
    Case("confirm", ["confirm"], new_lines, new_lines, prepare=prepare_confirm, seconds=0.4),
    Case("confirm --roll-back", ["confirm", "--roll-back"], new_lines, old_lines, prepare=prepare_confirm),
    Case("ipvsadm -R", ["ipvsadm", "-R"], old_lines, new_lines, stdin=clear_and_new),
    Case("ipvsadm -C", ["ipvsadm", "-C"], old_lines, [], seconds=0.3),
    Case("diff --watch", ["diff", "--watch", "--saved", new], old_lines, old_lines, seconds=1, waits=True),
    Case("connections --watch", ["connections", "--watch", "0.1"], old_lines, old_lines, seconds=1, waits=True),
    Case("apply, killed", ["apply", "--saved", new], old_lines, new_lines),
    Case("apply --drain, killed", ["apply", "--saved", new, "--drain", "30"], old_lines, new_lines, seconds=2, waits=True),
]
says_old = re.compile(r"nothing was changed|the table is as it was")
says_new = re.compile(r"the change is complete|carried out to its end|the apply is confirmed|the apply is taken back")
quiet = {"diff --watch", "connections --watch"}
outcomes = {}


def note(outcome):
    outcomes[outcome] = outcomes.get(outcome, 0) + 1


def after_kill(case, now):
    """After kill -9 the table may be between the two; the next command says so, and completes it."""
    half = now not in (case.before, case.after)
    told = ""
    if half and "--drain" in case.name:
        enabled = run(lbctl, "enable", "10.1.0.3")
        told = enabled.stderr
        weights = {line.split()[-1] for line in live() if "-r 10.1.0.3:80" in line}
        if weights != {"3"}:
            fail(f"{case.name}: enable after a kill gave another weight: {weights}", enabled)
    following = run(lbctl, "apply", "--saved", new)
    if following.returncode != 0 or live() != case.after:
        fail(f"{case.name}: the next apply after a kill", following)
    if half and "before all of its steps were done" not in told + following.stderr:
        fail(f"{case.name}: the next command does not tell of the kill", following)
    note("killed half way" if half else "killed before or after")


def one_round(number):
    case = cases[number % len(cases)]
    case.prepare()
    if live() != case.before:
        return fail(f"{case.name}: cannot prepare it", live()[:3])
    holder = None
    if case.lock:
        inode = os.stat("/proc/self/ns/net").st_ino
        holder = open(f"/run/lbctl/net-{inode}.lock")
        fcntl.flock(holder, fcntl.LOCK_EX)
    stdin = open(case.stdin) if case.stdin else subprocess.DEVNULL
    process = subprocess.Popen([lbctl, *case.words], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, restore_signals=True)
    killed = "killed" in case.name
    number_sent = signal.SIGKILL if killed else rng.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
    time.sleep(rng.uniform(0.02, case.seconds) * (1 if case.waits else pace))
    process.send_signal(number_sent)
    if not killed and rng.random() < 0.4:
        time.sleep(rng.uniform(0, 0.03))
        process.send_signal(rng.choice([signal.SIGINT, signal.SIGTERM]))
    try:
        out, err = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        return fail(f"{case.name}: does not end", process.communicate())
    finally:
        if holder:
            holder.close()
    now, status = live(), process.returncode
    said = (number_sent.name, status, err)
    if killed:
        return after_kill(case, now)
    if now not in (case.before, case.after):
        return fail(f"{case.name}: a mixed table", said)
    if status < 0:
        # It had not begun: what ends a program before its first line is the kernel.
        note("ended before it began")
        if err or out or now != case.before:
            fail(f"{case.name}: ended by the signal itself", said)
        return None
    if status in (0, 1):
        note("ended before the signal")
        if now != case.after and not killed:
            fail(f"{case.name}: ended well without its work", said)
        return None
    if not 129 <= status <= 143:
        return fail(f"{case.name}: exit status", said)
    if case.name in quiet:
        note("watch ended")
        return None if not err else fail(f"{case.name}: says something", said)
    old_said, new_said = says_old.search(err), says_new.search(err)
    if bool(old_said) == bool(new_said):
        return fail(f"{case.name}: does not say which table it is", said)
    if now != (case.before if old_said else case.after):
        fail(f"{case.name}: says what is not so", said)
    note(old_said.group() if old_said else new_said.group())
    left = [name for name in os.listdir("/run/lbctl") if ".lbctl-" in name or "begun" in name]
    if left:
        fail(f"{case.name}: left behind", left)
    if "--confirm" in case.words and old_said and "no apply waits" not in run(lbctl, "confirm").stderr:
        fail(f"{case.name}: a confirmation waits for what was undone", said)
    return None


def connect():
    """Active connections, so that there is something to wait for."""
    commands = [
        ["ip", "link", "add", "sync0", "type", "dummy"],
        ["ip", "link", "set", "sync0", "up"],
        ["ip", "addr", "add", "192.0.2.1/24", "dev", "sync0"],
    ]
    set_up(old_lines)
    commands.append(["ipvsadm", "--start-daemon", "backup", "--mcast-interface", "sync0"])
    for command in commands:
        subprocess.run(command, check=True)
    subprocess.run([inject, "--interface", "sync0", "--service", "10.0.0.1", "--server", "10.1.0.3", "--count", "5"], check=True)
    for _ in range(50):
        if "10.1.0.3:80" in "".join(line for line in run("ipvsadm", "-Ln").stdout.split("\n") if re.search(r"10.1.0.3:80 .* 5 ", line)):
            break
        time.sleep(0.1)
    else:
        fail("no connections", run("ipvsadm", "-Ln").stdout[:400])
    subprocess.run(["ipvsadm", "--stop-daemon", "backup"], check=True)


connect()
# The moments are spread over the time that the change takes, however busy the machine is.
begun = time.monotonic()
run(lbctl, "apply", "--saved", new)
pace = max(1.0, (time.monotonic() - begun) / 0.6)
for number in range(count):
    one_round(number)
print(f"{count} signals: " + ", ".join(f"{times} {what}" for what, times in sorted(outcomes.items())))
print("all well" if not failures else f"{len(failures)} failures")
sys.exit(bool(failures))
