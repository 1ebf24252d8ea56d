#!/usr/bin/env python3
"""Holds that an unknown block hides nothing: what `lbctl lint` finds in a file it finds with such a block in it, too.

usage: unknown_block.py LBCTL [--files N] [--places N] FOLDER...

Takes up to N files of every folder, evenly spread over it, and puts the block into up to N places of each, between two lines.
What may hide a finding there is only the block itself, and what stands inside it: it has a name that nobody misses. Files with a
brace amiss, or a statement over two lines, are left out, and so are those with a
definition of several lines, since there the block can become part of the mistake; and what is told of a file as a whole.
"""
import argparse
import collections
import json
import os
import random
import re
import subprocess
import sys

from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "parity"))
from verdicts import Verdicts  # noqa: E402

BLOCK = b"zzqqxx zznn {\n    zzww 1\n}"
WHOLE = {"missing-open-brace", "missing-close-brace", "extra-close-brace", "unexpected-open-brace", "block-where-value",
             "split-line", "missing-argument", "merge-conflict", "template", "byte-order-mark", "other-format", "nothing-written"}


def lint(lbctl, text):
    """Rules and messages, each with how often it is told; numbers count lines or places and are left out."""
    run = subprocess.run([lbctl, "lint", "--format", "json", "-"], input=text, capture_output=True, timeout=60)
    found = json.loads(run.stdout)["findings"]
    return collections.Counter((each["rule"], re.sub(r"\d+", "#", each["message"])) for each in found)


def places(text):
    """The places between two lines, but for those before the `{' of a block."""
    lines = text.split(b"\n")
    return [at for at in range(len(lines)) if not lines[at].lstrip().startswith(b"{")]


def faults(lbctl, path, count):
    text = path.read_bytes()
    without = lint(lbctl, text)
    if any(rule in WHOLE for rule, _ in without) or b"\\\n" in text:
        return
    lines = text.split(b"\n")
    able = places(text)
    for at in random.Random(path.name).sample(able, min(count, len(able))):
        lost = without - lint(lbctl, b"\n".join([*lines[:at], BLOCK, *lines[at:]]))
        for rule, message in lost:
            yield f"with an unknown block behind line {at} this is not told any more: {message} [{rule}]"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("lbctl")
    arguments.add_argument("folders", nargs="+", type=Path)
    arguments.add_argument("--files", type=int, default=40)
    arguments.add_argument("--places", type=int, default=2)
    options = arguments.parse_args()
    verdicts = Verdicts()
    for folder in options.folders:
        files = sorted(each for each in folder.iterdir() if each.is_file() and each.suffix != ".expected")
        for path in files[::max(1, len(files) // options.files)]:
            verdicts.add(path, faults(os.path.abspath(options.lbctl), path, options.places))
    return verdicts.finish()


sys.exit(main())
