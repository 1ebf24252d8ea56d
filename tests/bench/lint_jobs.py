#!/usr/bin/env python3
"""How much faster a folder of configurations is checked on several processors.

    tests/bench/lint_jobs.py [--lbctl build/lbctl] [--files 1000] [--services 20] [--jobs 2] [--runs 5]

Each file holds that many virtual servers with ten real servers each. Times are wall times, the least of the runs, the
numbers of jobs taking turns. Prints the ratio; exit status 1 below the limit, which is for two jobs on two processors
that have nothing else to do.
"""

import argparse
import os
import pathlib
import sys
import tempfile

from lint import run_once, write_configuration

LIMIT = 1.7


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lbctl", default=str(pathlib.Path(__file__).resolve().parents[2] / "build/lbctl"))
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--services", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lbctl-bench.") as folder:
        for number in range(arguments.files):
            write_configuration(pathlib.Path(folder) / f"{number}.conf", arguments.services)
        seconds = {1: [], arguments.jobs: []}
        for _ in range(arguments.runs):
            for jobs, times in seconds.items():
                times.append(run_once([arguments.lbctl, "lint", "--jobs", str(jobs), folder])[0])
    least = {jobs: min(times) for jobs, times in seconds.items()}
    ratio = least[1] / least[arguments.jobs]
    for jobs, time in least.items():
        print(f"--jobs {jobs:<3} {time:8.3f} s")
    print(f"ratio      {ratio:6.2f}   (at least {LIMIT} for 2 jobs; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f})")
    return ratio < LIMIT


if __name__ == "__main__":
    sys.exit(main())
