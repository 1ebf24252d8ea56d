#!/usr/bin/env python3
"""In the lab: applies the IPVS cases and holds the kernel's table against the one that keepalived made.

usage: cases.py LBCTL CASES FAMILIES DEVIATIONS      (FAMILIES: the first letters of the cases, as in "abcd")

A case without faults is applied as it is; one with errors must be refused, and is applied with --keep-going. Afterwards
`ipvsadm -Sn` must print the lines of CASE.save (services in any order), and `lbctl diff` must find nothing. DEVIATIONS
names the cases where lbctl differs on purpose: case, reason; tab-separated. One that no longer differs is a fault, too.
"""
import os
import subprocess
import sys


def blocks(text):
    """The services with their destinations, without regard to order."""
    found = []
    for line in text.split("\n"):
        line = line.rstrip()
        if line.startswith("-A"):
            found.append([line])
        elif line and found:
            found[-1].append(line)
    return sorted([block[0]] + sorted(block[1:]) for block in found)


def call(*command):
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return run.returncode, run.stdout.decode(errors="replace"), run.stderr.decode(errors="replace")


def check(lbctl, cases, name):
    conf = os.path.join(cases, name + ".conf")
    call("ipvsadm", "-C")
    options = []
    status, _, errors = call(lbctl, "apply", "--prune", conf)
    if status == 2 and "has errors" in errors:
        if call("ipvsadm", "-Sn")[1]:
            return "a file with errors changed the table"
        options = ["--keep-going"]
        status, _, errors = call(lbctl, "apply", "--prune", *options, conf)
    if status != 0:
        return f"apply: exit {status}: {errors.strip()[-300:]}"
    got = blocks(call("ipvsadm", "-Sn")[1])
    want = blocks(open(os.path.join(cases, name + ".save"), encoding="utf-8").read())
    if got != want:
        missing = [line for block in want for line in block if block not in got][:4]
        surplus = [line for block in got for line in block if block not in want][:4]
        return f"keepalived made {missing}, lbctl {surplus}"
    status, out, errors = call(lbctl, "diff", *options, conf)
    return "" if status == 0 else f"diff after apply: exit {status}: {(out + errors)[-300:]}"


def main():
    lbctl, cases, families, deviations_file = sys.argv[1:5]
    deviations = {}
    for line in open(deviations_file, encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            name, reason = line.rstrip("\n").split("\t")
            deviations[name] = reason
    passed = failed = deviating = 0
    for entry in sorted(os.listdir(cases)):
        name = entry[:-5]
        if not entry.endswith(".conf") or ".reload" in entry or name[0] not in families:
            continue
        problem = check(lbctl, cases, name)
        if problem and name in deviations:
            deviating += 1
        elif problem:
            failed += 1
            print(f"{name}: {problem}")
        elif name in deviations:
            failed += 1
            print(f"{name}: listed as deviating, but it is the same")
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed, {deviating} on purpose")
    return 1 if failed or not passed else 0


sys.exit(main())
