#!/usr/bin/env python3
"""How the time of reading other programs' files grows with the number of real servers in one service.

    tests/bench/import.py [--lbctl build/lbctl] [--runs 3] [--sizes 1000,10000,100000]

Prints the processor time for each server, the least of the runs, in microseconds: in a row they are alike where the time
is linear. At the smallest size the start of the program is a good part of it.
"""

import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile


def address(number: int) -> str:
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def saved(count: int) -> str:
    return "-A -t 10.0.0.1:80 -s rr\n" + "".join(
        f"-a -t 10.0.0.1:80 -r {address(n)}:80 -m -w 1\n" for n in range(count))


def ldirectord(count: int) -> str:
    return "virtual=10.0.0.1:80\n" + "".join(f"\treal={address(n)}:80 gate 1\n" for n in range(count))


def losses(count: int) -> str:
    return "virtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate\n" + "".join(f"\tword{n}=1\n" for n in range(count))


def configuration(count: int) -> str:
    return "virtual_server 10.0.0.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\n" + "".join(
        f"real_server {address(n)} 80 {{\n}}\n" for n in range(count)) + "}\n"


def keys(count: int) -> str:
    return '{"schema":"lbctl-configuration/1","statements":[],' + ",".join(f'"k{n}":1' for n in range(count)) + "}"


WORK = [
    ("import of saved text", ["import"], saved),
    ("emit --saved", ["emit", "ipvsadm", "--saved"], saved),
    ("diff --from --saved", ["diff", "--from", "{}", "--saved"], saved),
    ("import of ldirectord.cf", ["import"], ldirectord),
    ("losses of ldirectord.cf", ["import"], losses),
    ("dump --table", ["dump", "--table"], configuration),
    ("build, keys of one object", ["build"], keys),
]


def processor_time(words: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"{words}: {done.stderr.decode()[-300:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lbctl", default="build/lbctl")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sizes", default="1000,10000,100000")
    arguments = parser.parse_args()
    sizes = [int(word) for word in arguments.sizes.split(",")]
    print(f"{'microseconds a server':28}" + "".join(f"{size:>10}" for size in sizes))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "input")
        for name, command, text in WORK:
            row = []
            for size in sizes:
                path.write_text(text(size))
                words = [os.path.abspath(arguments.lbctl), *(word.format(path) for word in command), str(path)]
                row.append(min(processor_time(words) for _ in range(arguments.runs)) / size * 1e6)
            print(f"{name:28}" + "".join(f"{value:10.1f}" for value in row))


main()
