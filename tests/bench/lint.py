#!/usr/bin/env python3
"""How fast lbctl reads configurations, against `keepalived -t` in the same run.

    tests/bench/lint.py [--lbctl build/lbctl] [--stages build/bench_stages] [--runs 5] [--sizes 1000,10000,100000]

Each file holds that many virtual servers with ten real servers and a TCP_CHECK each. Times are wall times, the median of
the runs, the programs taking turns; memory is the peak resident size. The limits that the project set itself stand
behind the figures they are for.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LARGEST_FOR_KEEPALIVED = 10_000
LIMIT_TIME = 1 / 8
LIMIT_MEMORY = 1.3
JUDGED = 10_000  # virtual servers of the file that the limits are for


def write_configuration(path: pathlib.Path, services: int, servers: int = 10) -> int:
    """Writes the file and gives its number of lines."""
    checks = [
        f"    real_server 192.168.{n // 250}.{n % 250 + 1} 80 {{\n        weight 1\n        TCP_CHECK {{\n"
        "            connect_timeout 3\n        }\n    }\n\n"
        for n in range(servers)
    ]
    body = "    delay_loop 6\n    lb_algo wlc\n    lb_kind DR\n    protocol TCP\n\n" + "".join(checks) + "}\n\n"
    with path.open("w", encoding="ascii") as file:
        for n in range(services):
            file.write(f"virtual_server 10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255} 80 {{\n{body}")
    return services * (body.count("\n") + 1)


def run_once(command: list[str]) -> tuple[float, int]:
    """Seconds and KiB of one run; the program must not fail by a signal."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    spent = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return spent, usage.ru_maxrss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    build = pathlib.Path(__file__).resolve().parents[2] / "build"
    parser.add_argument("--lbctl", default=str(build / "lbctl"))
    parser.add_argument("--stages", default=str(build / "bench_stages"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", default="1000,10000,100000")
    arguments = parser.parse_args()
    keepalived = shutil.which("keepalived", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    per_line = {}
    with tempfile.TemporaryDirectory(prefix="lbctl-bench.") as folder:
        for size in (int(text) for text in arguments.sizes.split(",")):
            path = pathlib.Path(folder) / f"{size}.conf"
            lines = write_configuration(path, size)
            programs = {name: [arguments.lbctl, name, str(path)] for name in ("lint", "fmt", "expand")}
            if keepalived and size <= LARGEST_FOR_KEEPALIVED:
                programs["keepalived -t"] = [keepalived, "-t", "-f", str(path)]
            seen = {name: [] for name in programs}
            for _ in range(arguments.runs):
                for name, command in programs.items():
                    seen[name].append(run_once(command))
            seconds = {name: statistics.median(spent for spent, _ in runs) for name, runs in seen.items()}
            memory = {name: max(peak for _, peak in runs) for name, runs in seen.items()}
            per_line[size] = seconds["lint"] / lines
            print(f"\n{size} virtual servers, {lines} lines, {path.stat().st_size / 1e6:.1f} MB")
            print(f"{'':16}{'seconds':>10}{'ns a line':>12}{'MiB':>8}")
            for name in programs:
                print(f"{name:16}{seconds[name]:10.3f}{seconds[name] / lines * 1e9:12.0f}{memory[name] / 1024:8.1f}")
            if "keepalived -t" in programs:
                goal = f"   (at most {LIMIT_TIME:.3f})" if size == JUDGED else ""
                print(f"lint / keepalived, time    {seconds['lint'] / seconds['keepalived -t']:.3f}{goal}")
                goal = f"   (at most {LIMIT_MEMORY})" if size == JUDGED else ""
                print(f"lint / keepalived, memory  {memory['lint'] / memory['keepalived -t']:.2f}{goal}")
            for name in ("fmt", "expand"):
                print(f"{name} / lint, time{'':{14 - len(name)}}{seconds[name] / seconds['lint']:.2f}   (at most 1)")
            if size == JUDGED and os.access(arguments.stages, os.X_OK):
                print("\nWhere the time of lint goes, in milliseconds:")
                print(subprocess.run([arguments.stages, str(path)], check=True, capture_output=True, text=True).stdout, end="")
            path.unlink()
    if not keepalived:
        print("\nkeepalived is not installed: nothing to compare with")
    first, last = min(per_line), max(per_line)
    if first != last:
        print(f"\ntime a line, {last} against {first} virtual servers: {per_line[last] / per_line[first]:.2f}")


if __name__ == "__main__":
    main()
