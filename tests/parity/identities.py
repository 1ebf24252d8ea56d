#!/usr/bin/env python3
"""Holds on many configurations that laying out and rebuilding change nothing that matters.

usage: identities.py LBCTL FOLDER...

For every file whose braces match: `fmt` of `fmt` is `fmt`, and `expand` gives the same before and after it. For every file without
errors also: `dump`, `build` and `dump` again give the same JSON, and `dump` gives the same before and after `fmt`. For every file
that is no template: `dump --keep-going`, `build` and `dump --keep-going` again give the same JSON, for both releases.
"""
import json
import os
import subprocess
import sys

from verdicts import Verdicts


def call(lbctl, folder, *arguments, stdin=None):
    run = subprocess.run([lbctl, *arguments], cwd=folder, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                         capture_output=True, timeout=20)
    return run.returncode, run.stdout


def problems_of_keep_going(lbctl, path):
    """What does not hold of a file with its faults, as keepalived takes it."""
    folder, name = os.path.split(path)
    for release in ("2.4.3", "2.2.7"):
        dump = ("dump", "--keep-going", "-i", "x", "--show-secrets", "--target-version", release)
        status, dumped = call(lbctl, folder, *dump, name)
        if status != 0:
            told = call(lbctl, folder, "lint", "--format", "json", "-i", "x", name)[1]
            if not any(finding["rule"] == "template" for finding in json.loads(told)["findings"]):
                yield f"dump --keep-going for {release}: exit {status}"
            continue
        status, built = call(lbctl, folder, "build", "-", stdin=dumped)
        if status != 0:
            yield f"build of dump --keep-going for {release}: exit {status}"
        elif call(lbctl, folder, *dump, "-", stdin=built)[1] != dumped:
            yield f"dump --keep-going, build, dump --keep-going for {release} differs"


def problems(lbctl, path):
    yield from problems_of_keep_going(lbctl, path)
    folder, name = os.path.split(path)
    status, formatted = call(lbctl, folder, "fmt", name)
    if status != 0:
        # Where a brace is missing, the indentation has to stay as it is.
        told = call(lbctl, folder, "lint", "--format", "json", "-i", "x", name)[1]
        if not any(finding["rule"].endswith("-brace") for finding in json.loads(told)["findings"]):
            yield f"fmt: exit {status}"
        return
    if call(lbctl, folder, "fmt", "-", stdin=formatted)[1] != formatted:
        yield "fmt of fmt differs"
    given = open(path, "rb").read()
    plain = call(lbctl, folder, "expand", "-i", "x", "-", stdin=given)[1]
    if call(lbctl, folder, "expand", "-i", "x", "-", stdin=formatted)[1] != plain:
        yield "expand differs after fmt"
    status, dumped = call(lbctl, folder, "dump", "-i", "x", "--show-secrets", "-", stdin=given)
    if status == 2:
        return
    if call(lbctl, folder, "dump", "-i", "x", "--show-secrets", "-", stdin=formatted)[1] != dumped:
        yield "dump differs after fmt"
    status, built = call(lbctl, folder, "build", "-", stdin=dumped)
    if status != 0:
        yield f"build: exit {status}"
        return
    status, again = call(lbctl, folder, "dump", "-i", "x", "--show-secrets", "-", stdin=built)
    # What lines for other ids may have brought is an error once those lines are gone.
    if status == 2 and any(line.lstrip().startswith(b"@") for line in given.split(b"\n")):
        return
    if again != dumped:
        yield "dump, build, dump differs"


def main():
    lbctl, folders = os.path.abspath(sys.argv[1]), sys.argv[2:]
    missing = [folder for folder in folders if not os.path.isdir(folder)]
    if missing:
        print(f"SKIP: {missing[0]} is not here")
        return 77
    verdicts = Verdicts()
    for folder in folders:
        for name in sorted(os.listdir(folder)):
            path = os.path.abspath(os.path.join(folder, name))
            if not os.path.isfile(path) or name.endswith((".expected", ".args", ".env", ".values", ".md", ".py")):
                continue
            verdicts.add(name, problems(lbctl, path))
    return verdicts.finish()


sys.exit(main())
