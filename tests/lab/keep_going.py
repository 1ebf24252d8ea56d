#!/usr/bin/env python3
"""In the lab: holds the table that --keep-going makes of files with faults against the one that keepalived makes.

usage: keep_going.py LBCTL [--seeds FIRST-LAST] [--folder FOLDER]... [--deviations FILE] [--show NUMBER] [FILE...]

For every FILE, and for every mutant (parity/mutants.py) of the sound configurations in the folders, keepalived is started with it
and `lbctl dump --table --keep-going` reads it. DEVIATIONS names what differs on purpose, tab-separated: the case, of which then
no mutants are made, or `mutant NUMBER'; the reason; the lines that differ ("-" only keepalived has, "+" only lbctl; " | " between
them).
"""
import argparse
import os
import re
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "parity"))
from mutants import bases, mutant  # noqa: E402

CONF = "/run/keepalived.conf"
PID_FILES = ["/run/k.pid", "/run/kc.pid", "/run/kv.pid", "/run/kb.pid"]
COMMAND = ["keepalived", "-n", "-l", "-f", CONF, "-p", PID_FILES[0], "-c", PID_FILES[1], "-r", PID_FILES[2], "-b", PID_FILES[3], "-i", "a"]
ENDED = re.compile(rb"Respawning|Stopped|permanent error|no configuration to run")
PATIENCE = 20


def sorted_blocks(text):
    """Services with their destinations, without regard to order."""
    found = []
    for line in text.splitlines():
        # ipvsadm saves no thresholds.
        line = re.sub(r" -[xy] \d+", "", line)
        # Of marks above 2^31 it prints what they are as signed numbers.
        line = re.sub(r"-f -(\d+)", lambda mark: f"-f {2**32 - int(mark[1])}", line)
        if line.startswith("-A"):
            found.append([line])
        elif line and found:
            found[-1].append(line)
    return sorted([block[0]] + sorted(block[1:]) for block in found)


def unlike(want, got):
    want = [line for block in sorted_blocks(want) for line in block]
    got = [line for block in sorted_blocks(got) for line in block]
    return sorted(["-" + line for line in want if line not in got] + ["+" + line for line in got if line not in want])


def keepalived_table():
    """Its table. Its processes are killed, so that they leave the table as it is for this look."""
    subprocess.run(["ipvsadm", "-C"], check=True)
    # A number that somebody else has now would be taken for a keepalived that runs.
    for name in PID_FILES:
        if os.path.exists(name):
            os.unlink(name)
    daemon = subprocess.Popen(COMMAND, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = b""
    until = time.monotonic() + PATIENCE
    children = set()
    checker = False
    while time.monotonic() < until:
        if not select.select([daemon.stdout], [], [], until - time.monotonic())[0]:
            break
        piece = os.read(daemon.stdout.fileno(), 65536)
        if not piece:
            break
        said += piece
        children.update(int(pid) for pid in re.findall(rb"child process, pid=(\d+)", said))
        checker = checker or b"Starting Healthcheck" in said
        # The parent says this once its processes run, the checker that it begins once its table stands.
        if ENDED.search(said):
            break
        if b"Startup complete" in said and (b"Activating" in said or not checker):
            break
    table = subprocess.run(["ipvsadm", "-Sn"], capture_output=True, text=True, check=True).stdout
    for pid in [daemon.pid, *children]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    daemon.wait()
    daemon.stdout.close()
    # What runs on as somebody else's child would empty the next table.
    for pid in children:
        for _ in range(200):
            if not os.path.exists(f"/proc/{pid}/exe"):
                break
            time.sleep(0.01)
    ended = ENDED.search(said) is not None
    if b"Startup complete" not in said and not ended:
        raise RuntimeError("keepalived did not start: " + said[-400:].decode(errors="replace"))
    return "" if ended else table


def lbctl_table(lbctl):
    run = subprocess.run([lbctl, "dump", "--table", "--keep-going", "--format", "save", "--target-version", "2.2.7", "-i", "a", CONF],
                         stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return run.returncode, run.stdout.decode(errors="replace"), run.stderr.decode(errors="replace")


def read_deviations(path):
    """{number of a mutant: the lines that differ}, and the names of the sound cases that differ on purpose."""
    if path is None:
        return {}, set()
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    return ({int(row[0].split()[1]): row[2] for row in rows if row[0].startswith("mutant ")},
            {row[0].split(".")[0] for row in rows if not row[0].startswith("mutant ")})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lbctl")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--seeds", default="1-0")
    parser.add_argument("--folder", action="append", default=[])
    parser.add_argument("--deviations")
    parser.add_argument("--show", type=int)
    parser.add_argument("--seconds", type=float, default=1e9)
    options = parser.parse_intermixed_args()
    deviations, elsewhere = read_deviations(options.deviations)
    found = bases(options.folder, elsewhere)
    if options.show is not None:
        done, text = mutant(found, options.show)
        print(done, flush=True)
        sys.stdout.buffer.write(text)
        return 0
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    first, last = (int(number) for number in options.seeds.split("-"))
    inputs = [(None, path, open(path, "rb").read()) for path in options.files]
    same = faults = expected = 0
    start = time.monotonic()
    for seed, what, text in inputs + [(number, *mutant(found, number)) for number in range(first, last + 1)]:
        if time.monotonic() - start > options.seconds:
            print(f"stopped before {seed}")
            break
        with open(CONF, "wb") as file:
            file.write(text)
        want = keepalived_table()
        status, got, errors = lbctl_table(os.path.abspath(options.lbctl))
        differs = unlike(want, got)
        if status != 0:
            differs = [f"exit {status}: {errors.strip()[-200:]}"]
        allowed = deviations.get(seed, "")
        if " | ".join(differs) == allowed:
            same += not allowed
            expected += bool(allowed)
            continue
        faults += 1
        print(f"mutant {seed} ({what}): {' | '.join(differs) or 'nothing differs, but it is listed as deviating'}", flush=True)
    print(f"{same} tables the same, {expected} different on purpose, {faults} faults, {time.monotonic() - start:.0f} s")
    return 1 if faults or not same else 0


sys.exit(main())
