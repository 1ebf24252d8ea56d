#!/usr/bin/env python3
"""Instructions that `lbctl lint` takes for each line of a large configuration, by stage.

    tests/bench/instructions.py [--lbctl build/lbctl] [--services 1000] [--limit 1000]

The file is that of tests/bench/lint.py. Counted by valgrind's callgrind, so that the figures are the same whatever else
the machine does; they are those of an optimised build. Exit status 1 above the limit.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

from lint import write_configuration

# What each stage does, with all that it calls. Statements are made of lines as these are needed.
STAGES = {
    "lines": r"lbctl::syntax::LineReader::read\(",
    "lines and statements": r"lbctl::ast::StatementReader::next\(",
    "arguments": r"lbctl::ast::Binder::bind\(",
    "rules, by statement": r"lbctl::validate::RuleRun::check\(",
    "rules, at the end": r"lbctl::validate::RuleRun::finish\(",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lbctl", default=str(pathlib.Path(__file__).resolve().parents[2] / "build/lbctl"))
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--limit", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lbctl-bench.") as folder:
        configuration = pathlib.Path(folder) / "a.conf"
        lines = write_configuration(configuration, arguments.services)
        counts = f"{folder}/callgrind.out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", arguments.lbctl, "lint", "--jobs",
                   "1", "-q", str(configuration)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        counted = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode not in (0, 1) or not counted:
            sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr[-2000:]}")
        table = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", counts],
                               capture_output=True, text=True, check=True).stdout
    total = int(counted[1]) / lines
    print(f"{lines} lines; instructions for each")
    for stage, function in STAGES.items():
        found = re.search(rf"^\s*([\d,]+) .*:{function}", table, re.MULTILINE)
        told = f"{int(found[1].replace(',', '')) / lines:8.0f}" if found else "       -"
        print(f"  {stage:24}{told}")
    print(f"  {'all of lint':24}{total:8.0f}   (at most {arguments.limit})")
    return total > arguments.limit


if __name__ == "__main__":
    sys.exit(main())
