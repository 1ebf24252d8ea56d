#!/usr/bin/env python3
"""Lints every file of a folder and holds the output against FILE.expected beside it.

usage: run.py LBCTL FOLDER [--update]

Each file here holds one mistake, so each output must hold one finding that counts (an error or a warning).
"""
import difflib
import os
import subprocess
import sys


def main():
    lbctl, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    update = "--update" in sys.argv[3:]
    passed = failed = 0
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".conf"):
            continue
        run = subprocess.run([lbctl, "lint", "-i", "test", name], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
        got = run.stdout.decode(errors="replace") + f"exit {run.returncode}\n"
        path = os.path.join(folder, name[:-5] + ".expected")
        if update:
            with open(path, "w", encoding="utf-8") as file:
                file.write(got)
        want = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        counted = sum(": error: " in line or ": warning: " in line for line in got.split("\n"))
        if got == want and counted == 1 and run.returncode == 1:
            passed += 1
            continue
        failed += 1
        print(f"{name}: {counted} findings, exit {run.returncode}")
        sys.stdout.writelines(difflib.unified_diff(want.splitlines(True), got.splitlines(True), "expected", "got"))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
