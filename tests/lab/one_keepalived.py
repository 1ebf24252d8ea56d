"""For the lab: one keepalived in the network namespace of the test, its files, and lbctl beside it. $1 is lbctl.
"""
import os
import re
import subprocess
import sys
import time

from keepalived_program import KEEPALIVED

failures = []


def write(path, text):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def fail(text):
    failures.append(text)
    print("FAILED:", text)


def call(*words, stdin=""):
    run = subprocess.run(words, capture_output=True, text=True, timeout=90, input=stdin, check=False)
    return run.returncode, run.stdout + run.stderr


def lbctl(*words, expected=0, says="", never=None, stdin="", program=sys.argv[1]):
    status, said = call(program, *words, stdin=stdin)
    if status != expected:
        fail(f"exit {status}, not {expected}: lbctl {' '.join(words)}: {said}")
    for pattern in [says] if isinstance(says, str) else says:
        if not re.search(pattern, said, re.DOTALL):
            fail(f"lbctl {' '.join(words)} does not say `{pattern}': {said}")
    if never is not None and re.search(never, said, re.DOTALL):
        fail(f"lbctl {' '.join(words)} says `{never}': {said}")
    return said


def soon(true, what):
    end = time.monotonic() + 15
    while not true():
        if time.monotonic() > end:
            fail(what)
            return
        time.sleep(0.1)


def table():
    return call("ipvsadm", "-Sn")[1]


def connect_eth0():
    """eth0 with 10.0.0.11/24, and at its other end a namespace `peer'."""
    for words in (("link", "set", "lo", "up"), ("netns", "add", "peer"),
                  ("link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", "peer"),
                  ("-n", "peer", "link", "set", "eth0", "up"), ("address", "add", "10.0.0.11/24", "dev", "eth0"),
                  ("link", "set", "eth0", "up")):
        status, said = call("ip", *words)
        assert status == 0, (words, said)


class Keepalived:
    """`folder`: of its log and its pid files."""

    def __init__(self, file, folder):
        self.file, self.folder = file, folder
        self.log = os.path.join(folder, "keepalived.log")
        self.start()

    def start(self):
        pids = [word for letter in "prc" for word in ("-" + letter, os.path.join(self.folder, letter + ".pid"))]
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([KEEPALIVED, "-nlD", "-f", self.file, *pids], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT)

    def restart(self):
        """With an empty table."""
        self.process.terminate()
        self.process.wait()
        subprocess.run(["ipvsadm", "-C"], check=True)
        self.start()

    def reloads(self):
        return len(re.findall(r"Reloading\b", read(self.log)))

    def runs(self):
        return self.process.poll() is None


def verdict():
    print("all well" if not failures else f"{len(failures)} failures")
    return 1 if failures else 0
