#!/usr/bin/env python3
"""Holds that every finding has a severity that the page of its rule names.

usage: severities.py LBCTL FOLDER...

Lints every file of the folders, for both releases that keepalived's own answers are known of.
"""
import json
import os
import subprocess
import sys

from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "parity"))
from verdicts import Verdicts  # noqa: E402

FILES = 30  # a run of lbctl; of a folder ten times as many are looked at


def severities(lbctl, rule):
    run = subprocess.run([lbctl, "explain", "--format", "json", rule], capture_output=True, timeout=20)
    page = json.loads(run.stdout)["rules"][0]
    return {page["severity"], *(other["severity"] for other in page["other_severities"])}


def main():
    lbctl = os.path.abspath(sys.argv[1])
    told = {}
    for folder in map(Path, sys.argv[2:]):
        files = [str(each) for each in sorted(folder.iterdir()) if each.is_file() and each.suffix != ".expected"]
        files = files[::max(1, len(files) // (10 * FILES))]
        for release in ("2.4.3", "2.2.7"):
            for at in range(0, len(files), FILES):
                run = subprocess.run([lbctl, "lint", "--format", "json", "--target-version", release, *files[at:at + FILES]],
                                     stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
                for each in json.loads(run.stdout)["findings"]:
                    told.setdefault(each["rule"], {}).setdefault(each["severity"], f"{each['file']}:{each['line']}")
    verdicts = Verdicts()
    for rule, places in sorted(told.items()):
        known = severities(lbctl, rule)
        verdicts.add(rule, [f"is told as {severity} in {place}, which its page does not name"
                            for severity, place in places.items() if severity not in known])
    return verdicts.finish()


sys.exit(main())
