#!/usr/bin/env python3
"""Validates SARIF of many files, and of hostile ones, with Microsoft's SARIF Multitool and with the schema that it carries.

usage: sarif.py LBCTL BUILD_FOLDER FOLDER...

The Multitool is installed by npm into BUILD_FOLDER, once. Exit status 77 where npm cannot do that. By hand, over one's own file:
npx @microsoft/sarif-multitool validate FILE.sarif
"""
import glob
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

from shapes import cases

PACKAGE = "@microsoft/sarif-multitool@5.7.0"
# What lbctl cannot give: it has no page of its own on the web.
EXPECTED = {"SARIF2005"}


def multitool(build):
    """The program, or why there is none."""
    place = os.path.join(build, "sarif-multitool")
    pattern = os.path.join(place, "node_modules", "@microsoft", "sarif-multitool-linux", "Sarif.Multitool")
    if not glob.glob(pattern):
        if shutil.which("npm") is None:
            return None, "there is no npm"
        os.makedirs(place, exist_ok=True)
        try:
            run = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", place, PACKAGE], cwd=place,
                                 stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            return None, "npm does not reach its registry"
        if run.returncode != 0 or not glob.glob(pattern):
            return None, f"npm cannot install {PACKAGE}: {run.stderr.decode(errors='replace').strip()[:200]}"
    # Its installation script would do this.
    os.chmod(pattern, os.stat(pattern).st_mode | stat.S_IXUSR)
    return pattern, ""


def main():
    lbctl, build, folders = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), [os.path.abspath(each) for each in sys.argv[3:]]
    tool, reason = multitool(build)
    if tool is None:
        print(f"SKIP: {reason}")
        return 77
    failed = 0
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as out:
        reports = []
        for number, arguments in enumerate(cases(folder, folders)):
            path = os.path.join(out, f"{number}.sarif")
            subprocess.run([lbctl, "lint", "--quiet", "--output", f"sarif={path}", *arguments], cwd=folder, stdin=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=60, check=False)
            reports.append((path, arguments))
        run = subprocess.run([tool, "validate", os.path.join(out, "*.sarif"), "--output", os.path.join(out, "said"), "--log",
                              "ForceOverwrite", "--level", "Error;Warning"], cwd=out, capture_output=True, timeout=300, check=False)
        if not os.path.exists(os.path.join(out, "said")):
            print(f"the Multitool has not run: exit {run.returncode}: {(run.stdout + run.stderr).decode(errors='replace')[:500]}")
            return 1
        with open(os.path.join(out, "said"), encoding="utf-8-sig") as file:
            said = json.load(file)["runs"][0]
        for result in said["results"]:
            if result["ruleId"] in EXPECTED:
                continue
            failed += 1
            place = result["locations"][0]["physicalLocation"]
            number = int(re.search(r"(\d+)\.sarif", place["artifactLocation"]["uri"]).group(1))
            if failed <= 20:
                print(f"{reports[number][1]}: {result['ruleId']}: {json.dumps(result['message'])[:300]}")
        scanned = re.search(r"(\d+) files scanned", run.stdout.decode(errors="replace"))
        if scanned is None or int(scanned.group(1)) != len(reports):
            failed += 1
            print(f"not all were looked at: {run.stdout.decode(errors='replace')[-200:]}")
        try:
            import jsonschema
            with open(os.path.join(os.path.dirname(tool), "sarif-2.1.0.json"), encoding="utf-8-sig") as file:
                schema = jsonschema.Draft7Validator(json.load(file))
            for path, arguments in reports:
                with open(path, encoding="utf-8") as file:
                    for error in list(schema.iter_errors(json.load(file)))[:3]:
                        failed += 1
                        print(f"{arguments}: {error.json_path}: {error.message[:200]}")
        except ImportError:
            print("there is no python3-jsonschema: the schema was not looked at")
    print(f"{len(reports)} reports, {failed} faults")
    return 1 if failed else 0


sys.exit(main())
