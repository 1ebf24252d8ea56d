#!/usr/bin/env python3
"""Holds `lbctl lint` against what keepalived said of the small language cases.

usage: language.py LBCTL CASES [--deviations FILE] [--show]

For each case and each of the two releases: where keepalived had nothing to say, lbctl reports no error; where it
complained, crashed or hung, lbctl reports an error or a warning within a second; and every line it complained of, up to the
first complaint about the structure (behind which its own recovery goes astray), has a finding. The cases in the
deviations file (name, release or *, reason; tab-separated) differ on purpose; one that no longer differs is a fault, too.
"""
import argparse
import json
import os
import re
import subprocess
import sys

STRUCTURAL = re.compile(r"Unknown keyword|Unexpected '\{'|Extra '\}'|Missing '\{'|missing '|extra parameters")
PLACE = re.compile(r"^\((?:(?P<file>[^:()]*): )?Line (?P<line>\d+)\) (?P<text>.*)$", re.S)
VERSIONS = ("2.2.7", "2.4.3")


def expected(path):
    said = {version: {"rc": 0, "messages": []} for version in VERSIONS}
    for raw in open(path, encoding="utf-8", errors="replace"):
        line = raw.rstrip("\n")
        for version in VERSIONS:
            if line.startswith(f"{version} rc="):
                said[version]["rc"] = int(line.split("=")[1])
            elif line.startswith(f"{version}: "):
                said[version]["messages"].append(line[len(version) + 2:])
    return said


def lint(lbctl, cases, name, version):
    arguments = [lbctl, "lint", "--format", "json", "--target-version", version]
    args_file = os.path.join(cases, name + ".args")
    target = name + ".conf"
    if os.path.exists(args_file):
        words = open(args_file, encoding="utf-8").read().split("\n")[:-1]
        while words:
            word = words.pop(0)
            if word in ("-i", "--config-id"):
                arguments += ["--config-id", words.pop(0)]
            elif word.startswith("--config-id="):
                arguments += ["--config-id", word.split("=", 1)[1]]
            elif word.startswith("-i"):
                arguments += ["--config-id", word[2:]]
            else:
                return None  # -f, -e and the rest are keepalived's own
    environment = {"PATH": os.environ["PATH"]}
    env_file = os.path.join(cases, name + ".env")
    if os.path.exists(env_file):
        for line in open(env_file, encoding="utf-8"):
            key, _, value = line.rstrip("\n").partition("=")
            environment[key] = value
    run = subprocess.run(arguments + [target], cwd=cases, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
    if run.returncode not in (0, 1):
        return f"exit {run.returncode}: {run.stderr.decode(errors='replace')[:200]}"
    return json.loads(run.stdout)["findings"]


def block_of(text, line):
    """Where a complaint about a line is answered: the line, or, where it only closes a block, all of the block."""
    code = [re.split(r"[#!]", each)[0].strip() for each in text]
    if line > len(code) or code[line - 1] not in ("}", ""):
        return range(line, line + 1)
    depth = 0
    for number in range(line, 0, -1):
        depth += code[number - 1].count("}") - code[number - 1].count("{")
        if depth <= 0 and number < line:
            return range(number, line + 1)
    return range(1, line + 1)


def problems(lbctl, cases, name, version, said):
    found = lint(lbctl, cases, name, version)
    if found is None:
        return []
    if isinstance(found, str):
        return [found]
    serious = [f for f in found if f["severity"] in ("error", "warning")]
    if said["rc"] == 0 and not said["messages"]:
        return [f"false alarm at {f['line']}: {f['message']}" for f in found if f["severity"] == "error"][:1]
    if not serious:
        return [f"nothing said; keepalived: rc {said['rc']} {said['messages'][:1]}"]
    text = open(os.path.join(cases, name + ".conf"), encoding="utf-8", errors="replace").read().split("\n")
    lines = {f["line"] for f in found if os.path.basename(f["file"]) == name + ".conf"}
    placed = []
    for message in said["messages"]:
        match = PLACE.match(message)
        if match and match["file"] in (None, name + ".conf") and int(match["line"]) > 0:
            placed.append((int(match["line"]), match["text"]))
    structural = [line for line, text_ in placed if STRUCTURAL.search(text_)]
    limit = min(structural) if structural else float("inf")
    missing = {}
    for line, complaint in placed:
        if line <= limit and not any(n in lines for n in block_of(text, line)):
            missing.setdefault(line, complaint)
    return [f"line {line}: keepalived said: {complaint}" for line, complaint in sorted(missing.items())]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("lbctl")
    parser.add_argument("cases")
    parser.add_argument("--deviations")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    if not os.path.isdir(options.cases):
        print(f"SKIP: {options.cases} is not here")
        return 77
    lbctl = os.path.abspath(options.lbctl)
    deviations = {}
    if options.deviations:
        for line in open(options.deviations, encoding="utf-8"):
            if line.strip() and not line.startswith("#"):
                name, version, reason = line.rstrip("\n").split("\t")
                deviations[name] = (version, reason)
    passed = failed = 0
    used = set()
    for entry in sorted(os.listdir(options.cases)):
        if not entry.endswith(".conf") or entry.startswith("val-"):
            continue
        name = entry[:-5]
        said = expected(os.path.join(options.cases, name + ".expected"))
        for version in VERSIONS:
            try:
                wrong = problems(lbctl, options.cases, name, version, said[version])
            except subprocess.TimeoutExpired:
                wrong = ["it did not end within 10 s"]
            deviation = deviations.get(name)
            if wrong and deviation and deviation[0] in ("*", version):
                used.add(name)
                passed += 1
            elif wrong:
                failed += 1
                for each in wrong:
                    print(f"{name} {version}: {each}")
            else:
                passed += 1
    for name in sorted(set(deviations) - used):
        failed += 1
        print(f"{name}: listed as deviating, but it agrees")
    if passed + failed == 0:
        failed += 1
        print(f"{options.cases}: no case was held")
    print(f"{passed} passed, {failed} failed, {len(used)} on purpose")
    return 1 if failed else 0


sys.exit(main())
