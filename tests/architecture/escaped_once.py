#!/usr/bin/env python3
"""Holds that a text of others is escaped once: print() shows its arguments as base::shown() does, and messages of failures are
printed by it, so base::shown() stands in neither.

usage: escaped_once.py [FOLDER]      the folder that holds grammar/, backend/ and cli/; without it, this repository
       escaped_once.py --self-test   shows that each kind of fault is found
"""
import pathlib
import re
import sys

import checked

CALL = re.compile(r"(?<![\w:])(print|failure|Failure)\s*([({])")
CLOSING = {"(": ")", "{": "}"}


def end_of(text, begin, opening):
    """Where the bracket before `begin' is closed; literals are passed over."""
    depth, at = 1, begin
    while at < len(text) and depth:
        if text[at] == '"':
            at += 1
            while at < len(text) and text[at] != '"':
                at += 2 if text[at] == "\\" else 1
        elif text[at] == opening:
            depth += 1
        elif text[at] == CLOSING[opening]:
            depth -= 1
        at += 1
    return at


def faults_in(root):
    faults = []
    count = 0
    for folder in ("grammar", "backend", "cli"):
        for path in sorted((pathlib.Path(root) / folder).rglob("*.cpp")):
            text = path.read_text()
            for call in CALL.finditer(text):
                count += 1
                inside = text[call.end():end_of(text, call.end(), call.group(2))]
                if re.search(r"\bbase::shown\(", inside):
                    line = text.count("\n", 0, call.start()) + 1
                    faults.append(f"{path.relative_to(root)}:{line}: {call.group(1)}() escapes once more what base::shown() gives")
    return count, faults


def self_test():
    cases = {
        "": 'print(out, "{}) {}", name);\nadd(base::shown(name));\n',
        "a.cpp:1: print()": 'print(out,\n      "{}\\n", base::shown(name));\n',
        "a.cpp:2: failure()": '\nreturn failure(fmt::format("`{}\' (", base::shown(name)), "");\n',
        "a.cpp:1: Failure()": 'return Failure{fmt::format("{}", base::shown(name)), ""};\n',
    }
    missed = 0
    for expected, code in cases.items():
        with checked.folder_of({"cli/a.cpp": code}) as folder:
            missed += not checked.is_told_alone(expected, faults_in(folder)[1])
    return missed


sys.exit(checked.run(__doc__, faults_in, self_test, "messages", 300))
