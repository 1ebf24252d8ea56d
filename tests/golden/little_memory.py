#!/usr/bin/env python3
"""Holds that a command which gets no more memory says so and fails, whenever that is.

usage: little_memory.py LBCTL

Every command that reads runs under many limits of its address space (ulimit -v), from where lbctl just starts to where it
comes through. It ends with what it prints without a limit, or with status 2 and a message.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile

STEPS = 24
KIB = 1024
LARGEST = 1 << 30
COMMANDS = ["lint a.conf", "lint --format json a.conf", "fmt a.conf", "fmt --check a.conf", "expand --origins a.conf", "dump a.conf",
            "dump --table --format save a.conf", "emit ipvsadm a.conf", "diff a.conf --from saved", "import saved", "build a.json",
            "connections --from captured", "explain lb_algo", "lint bad.conf", "lint --format sarif bad.conf",
            "diff a.conf --from saved --format json", "dump --table --format json a.conf"]


def run(words, limit):
    def limited():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return subprocess.run(words, preexec_fn=limited, capture_output=True, timeout=120, check=False)


def smallest(words, status, low=0, high=LARGEST):
    """The least limit under which a command ends with a status, in steps of 64 KiB."""
    while high - low > 64 * KIB:
        middle = (low + high) // 2
        if run(words, middle).returncode == status:
            high = middle
        else:
            low = middle
    return high


def main():
    lbctl = os.path.abspath(sys.argv[1])
    failed = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        servers = "".join(f"    real_server 10.0.{i // 250}.{i % 250 + 1} 80 {{\n        weight {i % 9}\n        TCP_CHECK {{\n        }}\n    }}\n"
                          for i in range(3000))
        with open("a.conf", "w", encoding="ascii") as file:
            file.write("virtual_server 10.9.0.1 80 {\n    lb_algo rr\n    lb_kind NAT\n    protocol TCP\n" + servers + "}\n")
        with open("bad.conf", "w", encoding="ascii") as file:
            file.write("virtual_server 10.9.0.1 80 {\n" + servers.replace("weight", "wieght"))
        with open("captured", "w", encoding="ascii") as file:
            file.write("".join(f"TCP 0A{i:06X} C001 0A000001 0050 0A000002 0050 ESTABLISHED     899\n" for i in range(20000)))
        for made, words in (("a.json", "dump a.conf"), ("saved", "dump --table --format save a.conf")):
            with open(made, "wb") as file:
                file.write(run([lbctl, *words.split()], LARGEST).stdout)
        json.load(open("a.json", encoding="utf-8"))
        start = smallest([lbctl, "--version"], 0)
        for line in COMMANDS:
            words = [lbctl, *line.split()]
            whole = run(words, LARGEST)
            enough = smallest(words, whole.returncode, start) if whole.returncode != 2 else start + 64 * 1024 * KIB
            for step in range(STEPS):
                limit = start + (enough - start) * step // (STEPS - 1)
                end = run(words, limit)
                if end.returncode == 2 and b"out of memory" in end.stderr:
                    refused += 1
                elif (end.returncode, end.stdout, end.stderr) != (whole.returncode, whole.stdout, whole.stderr):
                    failed += 1
                    print(f"lbctl {line}, {limit // KIB} KiB: status {end.returncode}, {end.stderr[-300:]!r}")
    print(f"{len(COMMANDS) * STEPS} runs, {refused} out of memory, {failed} failed")
    return 1 if failed or refused == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
