#!/usr/bin/env python3
"""Holds on random configurations what has to be true of every valid one.

usage: random_configurations.py LBCTL RANDOM_CONFIGURATION [--seeds FIRST-LAST] [--release RELEASE] [--keepalived]

RANDOM_CONFIGURATION prints the configuration of a number. For each: lint finds no error; fmt of fmt is fmt; expand and dump
give the same before and after fmt; dump, build and dump again give the same JSON. With --keepalived also the installed
keepalived takes each without a word (`keepalived -t`), in a network namespace that has the interfaces: RELEASE should be the
one that is installed then. Exit status 77 where keepalived is absent or there can be no such namespace.
"""
import argparse
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile

from namespace import run_inside
from verdicts import Verdicts

# eth0 to eth9, as far as configurations name them; keepalived minds their absence, not that they are down.
NAMESPACE = """
set -e
mount -t tmpfs tmpfs /run
for number in 0 2 4 6 8; do ip link add eth$number type veth peer name eth$((number + 1)); done
for number in 0 1 2 3 4 5 6 7 8 9; do ip link set eth$number up; done
ip link set lo up
"""


def call(*command, stdin=None):
    run = subprocess.run(command, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, capture_output=True,
                         timeout=20)
    return run.returncode, run.stdout, run.stderr


def problems(options, text, path):
    """What does not hold of one configuration."""
    def lbctl(command, *words, stdin=text):
        return call(options.lbctl, command, *words, "-", stdin=stdin)

    target = ["--target-version", options.release]
    status, out, error = lbctl("lint", "--format", "json", *target)
    try:
        findings = json.loads(out)["findings"]
    except (ValueError, KeyError):
        yield f"lint: exit {status}, {error.decode()}"
        return
    for finding in findings:
        if finding["severity"] == "error" and finding["origin"] != "lbctl":
            yield f"lint: line {finding['line']}: {finding['rule']}: {finding['message']}"

    status, formatted, _ = lbctl("fmt")
    if status != 0:
        yield f"fmt: exit {status}"
    if lbctl("fmt", stdin=formatted)[1] != formatted:
        yield "fmt of fmt differs"
    expanded = lbctl("expand", *target)
    if expanded[0] != 0 or lbctl("expand", *target, stdin=formatted)[1] != expanded[1]:
        yield "expand differs after fmt"

    status, dumped, _ = lbctl("dump", "--show-secrets", *target)
    if status != 0:
        yield f"dump: exit {status}"
        return
    if lbctl("dump", "--show-secrets", *target, stdin=formatted)[1] != dumped:
        yield "dump differs after fmt"
    status, built, _ = call(options.lbctl, "build", "-", stdin=dumped)
    if status != 0 or lbctl("dump", "--show-secrets", *target, stdin=built)[1] != dumped:
        yield "dump, build, dump differs"

    if options.keepalived:
        for name, content in (("", text), (" of fmt", formatted), (" of build", built)):
            with open(path, "wb") as file:
                file.write(content)
            status, out, error = call("keepalived", "-t", "-f", path)
            if status != 0 or error:
                yield f"keepalived -t{name}: exit {status}: {error.decode(errors='replace').strip()}"
                break


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lbctl")
    parser.add_argument("random_configuration")
    parser.add_argument("--seeds", default="1-200")
    parser.add_argument("--release", default="2.4.3")
    parser.add_argument("--keepalived", action="store_true")
    options = parser.parse_args()
    if options.keepalived:
        if shutil.which("keepalived", path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            print("SKIP: there is no keepalived")
            return 77
        run_inside(NAMESPACE, "-m")
    first, last = (int(number) for number in options.seeds.split("-"))
    verdicts = Verdicts()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        def problems_of(seed):
            status, text, _ = call(options.random_configuration, str(seed), options.release)
            if status != 0:
                return ["no configuration"]
            return list(problems(options, text, os.path.join(folder, f"{seed}.conf")))

        seeds = range(first, last + 1)
        for seed, found in zip(seeds, pool.map(problems_of, seeds)):
            verdicts.add(f"seed {seed}", found)
    return verdicts.finish()


sys.exit(main())
