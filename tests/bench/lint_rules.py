#!/usr/bin/env python3
"""What the rules beyond keepalived cost: instructions of `lbctl lint` with and without them.

    cmake -S . -B build/o2 -G Ninja -DCMAKE_BUILD_TYPE=Release -DLBCTL_UNIT_TESTS=OFF
    cmake --build build/o2 --target lbctl bench_without_rules
    tests/bench/lint_rules.py [--build build/o2] [--services 1000]

The file is that of tests/bench/lint.py: virtual servers with ten real servers each. Counted by valgrind's callgrind, so
that the figure is the same whatever else the machine does, less what each program takes for an empty file: the two are
not linked with the same libraries. Exit status 1 above the limit.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from lint import write_configuration

LIMIT = 1.15


def instructions(program: pathlib.Path, configuration: pathlib.Path, folder: str) -> int:
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out", str(program), "lint",
               "--jobs", "1", "-q", str(configuration)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode not in (0, 1) or not counted:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr[-2000:]}")
    return int(counted[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(pathlib.Path(__file__).resolve().parents[2] / "build/o2"))
    parser.add_argument("--services", type=int, default=1000)
    arguments = parser.parse_args()
    programs = {name: pathlib.Path(arguments.build) / name for name in ("lbctl", "bench_without_rules")}
    for program in programs.values():
        if not os.access(program, os.X_OK):
            sys.exit(f"{program} is not built; see --help")
    with tempfile.TemporaryDirectory(prefix="lbctl-bench.") as folder:
        configuration = pathlib.Path(folder) / "a.conf"
        write_configuration(configuration, arguments.services)
        empty = pathlib.Path(folder) / "empty.conf"
        empty.touch()
        counts = {name: instructions(program, configuration, folder) - instructions(program, empty, folder)
                  for name, program in programs.items()}
    ratio = counts["lbctl"] / counts["bench_without_rules"]
    print(f"with all rules     {counts['lbctl']:>14,} instructions")
    print(f"without            {counts['bench_without_rules']:>14,}")
    print(f"ratio              {ratio:14.3f}   (at most {LIMIT})")
    return ratio > LIMIT


if __name__ == "__main__":
    sys.exit(main())
