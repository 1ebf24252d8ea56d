#!/usr/bin/env python3
"""How long groupings and filters of connections take, against the plain listing of the same captured table.

    tests/bench/groupings.py [--lbctl build/lbctl] [--count 500000] [--runs 5]

Wanted is at most 1.5 times the processor time of the listing for each, and memory that does not grow with the table unless it is sorted.
"""
import argparse
import os
import random
import subprocess
import tempfile

HEAD = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n"
WAYS = [["--top", "20", "--by", "client"], ["--top", "20", "--by", "client/24"], ["--top", "20", "--by", "real-server"], ["--top", "20", "--by", "service"], ["--top", "20", "--by", "client/16,real-server"],
        ["--top", "20", "--by", "client,real-server"], ["--service", "10.0.0.1:80"], ["--real-server", "10.0.1.*:80"], ["--client", "192.168.0.0/17"],
        ["--not", "--client", "192.168.0.0/17"], ["--state", "ESTABLISHED"], ["--max-expire", "300"], ["--templates"], ["--limit", "1000000"],
        ["--count"], ["--sort", "expires"]]


def captured(path, count):
    numbers = random.Random(1)
    with open(path, "w", encoding="ascii") as file:
        file.write(HEAD)
        for _ in range(count):
            client = 0xC0A80000 + numbers.randrange(1 << 16)
            file.write("TCP %08X %04X 0A000001 0050 0A0001%02X 0050 %-11s %7d\n"
                       % (client, numbers.randrange(1024, 65536), numbers.randrange(1, 9), numbers.choice(("ESTABLISHED", "FIN_WAIT")),
                          numbers.randrange(1, 900)))


def measured(command, runs):
    """The least processor time of some runs, and the most memory."""
    least, kib = None, 0
    for _ in range(runs):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            said = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            return None, said.decode().strip()
        seconds = usage.ru_utime + usage.ru_stime
        least = seconds if least is None else min(least, seconds)
        kib = max(kib, usage.ru_maxrss)
    return least, kib


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--lbctl", default="build/lbctl")
    parser.add_argument("--count", type=int, default=500000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ip_vs_conn")
        captured(path, options.count)
        listing, kib = measured([options.lbctl, "connections", "--from", path], options.runs)
        print("%d connections; the plain listing takes %.3f s and %.1f MiB" % (options.count, listing, kib / 1024))
        for way in WAYS:
            seconds, kib = measured([options.lbctl, "connections", "--from", path, *way], options.runs)
            if seconds is None:
                print("  %-28s refused: %s" % (" ".join(way), kib))
            else:
                print("  %-28s %.3f s, %.2f times the listing; %.1f MiB" % (" ".join(way), seconds, seconds / listing, kib / 1024))


if __name__ == "__main__":
    main()
