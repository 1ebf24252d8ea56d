#!/usr/bin/env python3
"""In the lab, with the topology bare-ha: the cluster of examples/lvs-ha, set up by emitted scripts and keepalived and by nothing else,
while requests go on all the time. A web server stops and comes back; the MASTER's keepalived is stopped, is killed, and the
MASTER's link is cut; an open connection outlives each of them. Measured and printed is how long each took and what was lost; it fails
when that is more than the timers of the configuration allow.

usage: tests/lab/run --topology bare-ha tests/lab/failover.py LBCTL
       failover.py --requests FILE      asks until it is ended, one request after the other (run on the client by this)
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLE = os.path.join(os.path.dirname(os.path.dirname(HERE)), "examples", "lvs-ha")
VIP = ("10.0.8.9", 80)
REQUEST_TIMEOUT = 0.5
# What the configuration allows. Of a server: delay_loop, then retry times delay_before_retry; a connection that is refused takes no time.
LEFT_OUT = 2 + 1
TAKEN_IN = 2
# Of a director: three adverts and the skew, (256 - priority) / 256 of one; who is stopped says so, and the skew is all.
SKEW = (256 - 100) / 256
DOWN = 3 * 1 + SKEW
SLACK = 1


# Below the ports that the kernel gives out.
SOURCE_PORTS = range(10000, 32768)


def ask(port):
    """Who answered a request from this port, or what went wrong."""
    try:
        with socket.create_connection(VIP, REQUEST_TIMEOUT, ("", port)) as web:
            web.sendall(b"GET / HTTP/1.0\r\n\r\n")
            reply = b""
            while part := web.recv(4096):
                reply += part
        return reply.split()[-1].decode() if reply else "nothing"
    except OSError as error:
        return f"- {error.strerror or error}".replace("\n", " ")


def requests(path):
    """Each from a port that none came from before: directors remember closed connections for minutes, those that they were told
    of by the other, too, and what comes from such a port again goes to the server of before and not to the next one."""
    with open(path, "w", buffering=1, encoding="utf-8") as file:
        for port in SOURCE_PORTS:
            begin = time.monotonic()
            file.write(f"{begin:.3f} {ask(port)}\n")
            time.sleep(max(0, 0.05 - (time.monotonic() - begin)))


def on(host, *command, **options):
    return subprocess.run(["on", host, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False, **options)


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


class Cluster:
    def __init__(self, lbctl, folder):
        self.lbctl, self.folder = lbctl, folder
        self.daemons, self.faults = {}, []
        self.log = os.path.join(folder, "requests")

    def check(self, good, text):
        if not good:
            self.faults.append(text)
            print(f"FAILED: {text}")

    def emit_and_run(self, kind, configuration, hosts):
        out = os.path.join(self.folder, kind)
        run = subprocess.run([self.lbctl, "emit", kind, configuration, "--out", out], capture_output=True, text=True, timeout=60, check=False)
        self.check(run.returncode == 0, f"emit {kind}: {run.stderr}")
        for host, name in hosts.items():
            for arguments in ([], ["--check"]):
                run = on(host, "sh", os.path.join(out, name), *arguments)
                self.check(run.returncode == 0, f"{name} {arguments} on {host}: {run.stdout}{run.stderr}")

    def start_keepalived(self, director, role):
        path = os.path.join(EXAMPLE, f"keepalived-{role}.conf")
        own = os.path.join("/run/lab", director)
        with open(f"{own}.log", "a", encoding="utf-8") as log:
            self.daemons[director] = subprocess.Popen(
                ["on", director, "keepalived", "-n", "-l", "-D", "-f", path, "-p", f"{own}.pid", "-r", f"{own}.vrrp", "-c", f"{own}.checkers"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def pids(self, director):
        pids = []
        for ending in ("pid", "vrrp", "checkers"):
            try:
                with open(f"/run/lab/{director}.{ending}", encoding="utf-8") as file:
                    pids.append(int(file.read()))
            except (OSError, ValueError):
                pass
        return pids

    def has_vip(self, director):
        return f" {VIP[0]}/32 " in on(director, "ip", "-4", "-o", "address", "show", "dev", "eth0").stdout

    def servers(self, director):
        return len(re.findall("^-a", on(director, "ipvsadm", "-Sn").stdout, re.MULTILINE))

    def until(self, seconds, what, question):
        """How long it took."""
        begin = time.monotonic()
        while not question():
            if time.monotonic() - begin > seconds:
                self.check(False, f"not within {seconds:.1f} s: {what}")
                for director in ("director1", "director2"):
                    with open(f"/run/lab/{director}.log", encoding="utf-8") as log:
                        print("".join(log.readlines()[-8:]))
                break
            time.sleep(0.05)
        return time.monotonic() - begin

    def answers(self, begin, end=float("inf")):
        with open(self.log, encoding="utf-8") as file:
            lines = [line.rstrip("\n").split(" ", 1) for line in file if line.endswith("\n")]
        return [(float(at), who) for at, who in lines if begin <= float(at) < end]

    def report(self, what, begin, allowed):
        """Requests since `begin', and when the last one was lost; it may be that late."""
        found = self.answers(begin)
        lost = [at - begin for at, who in found if who.startswith("-") or who == "nothing"]
        last = max(lost, default=0)
        print(f"ha: {what}: {len(lost)} of {len(found)} requests lost, the last after {last:.1f} s; allowed {allowed:.1f} s")
        self.check(last <= allowed, f"{what}: a request was lost after {last:.1f} s")
        return found

    def spread(self, what):
        begin = time.monotonic()
        time.sleep(1.5)
        counts = {}
        for _, who in self.answers(begin):
            counts[who] = counts.get(who, 0) + 1
        self.check(set(counts) == {"real1", "real2"} and max(counts.values()) - min(counts.values()) <= 2, f"{what}: answers {counts}")
        return ", ".join(f"{who} {count}" for who, count in sorted(counts.items()))

    # What happens to it.

    def web_server(self):
        begin = time.monotonic()
        for pid in on("real2", "ip", "netns", "pids", "real2").stdout.split():
            if "httpd" in command_line(pid):
                os.kill(int(pid), signal.SIGKILL)
        self.until(LEFT_OUT + SLACK, "real2 is left out", lambda: self.servers("director1") == 1)
        time.sleep(1)
        found = self.report("a web server dies", begin, LEFT_OUT + SLACK)
        self.check(found[-1][1] == "real1", f"real1 does not answer alone, but {found[-1][1]}")
        begin = time.monotonic()
        on("real2", "busybox", "httpd", "-p", "80", "-h", "/run/lab/web/real2")
        took = self.until(TAKEN_IN + SLACK, "real2 is taken in again", lambda: self.servers("director1") == 2)
        self.report("it is back", begin, 0)
        print(f"ha: it is taken in after {took:.1f} s: {self.spread('both web servers')}")

    def open_connection(self):
        """A request that is not ended yet; several packets, so that it is told to the other director."""
        code = ("import socket, sys\n"
                "web = socket.create_connection(('10.0.8.9', 80), 5)\n"
                "import time\n"
                "for part in (b'GET / HTTP/1.0\\r\\n', b'A: b\\r\\n', b'C: d\\r\\n', b'E: f\\r\\n'):\n"
                "    web.sendall(part); time.sleep(0.2)\n"
                "print('open', flush=True); sys.stdin.readline()\n"
                "web.settimeout(8); web.sendall(b'\\r\\n'); reply = b''\n"
                "while part := web.recv(4096): reply += part\n"
                "print(reply.split()[-1].decode(), flush=True)\n")
        client = subprocess.Popen(["on", "client", sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        self.check(client.stdout.readline() == "open\n", "the long request does not begin")
        # What the sync daemon collects goes out at the latest after two seconds.
        time.sleep(2.5)
        return client

    def takeover(self, what, allowed, end_it, bring_it_back):
        client = self.open_connection()
        begin = time.monotonic()
        end_it()
        took = self.until(allowed + SLACK, f"{what}: director2 has the address", lambda: self.has_vip("director2"))
        time.sleep(1)
        self.report(what, begin, allowed + SLACK)
        client.stdin.write("\n")
        client.stdin.flush()
        reply = client.stdout.read().split()
        client.wait(20)
        alive = bool(reply) and reply[-1] in ("real1", "real2")
        self.check(alive, f"{what}: the open connection ended with {reply[-3:]}")
        print(f"ha: {what}: director2 took over after {took:.1f} s; the open connection {'went on' if alive else 'broke'}; "
              f"{self.spread(what)}")
        begin = time.monotonic()
        bring_it_back()
        took = self.until(15, f"{what}: director1 is MASTER again", lambda: self.has_vip("director1") and not self.has_vip("director2"))
        self.until(5, f"{what}: director1 has its servers", lambda: self.servers("director1") == 2)
        time.sleep(1)
        self.report(f"{what}, and back again", begin, took + SLACK)

    def kill(self, which):
        for pid in self.pids("director1"):
            try:
                os.kill(pid, which)
            except ProcessLookupError:
                pass
            if which == signal.SIGTERM:
                break

    def restart(self):
        self.daemons["director1"].wait(10)
        self.start_keepalived("director1", "master")

    def link(self, state):
        on("director1", "ip", "link", "set", "eth0", state)
        if state == "up":
            on("director1", "ip", "route", "replace", "default", "via", "10.0.8.1")

    def run(self):
        master = os.path.join(EXAMPLE, "keepalived-master.conf")
        self.emit_and_run("director", master, {"director1": "director.sh"})
        # The record is one a machine, and here they share a file system.
        os.rename("/run/lbctl/director", "/run/lbctl/director.1")
        self.emit_and_run("director", os.path.join(EXAMPLE, "keepalived-backup.conf"), {"director2": "director.sh"})
        self.emit_and_run("real-server", master, {"real1": "real-server-10.0.8.12.sh", "real2": "real-server-10.0.8.13.sh"})
        self.start_keepalived("director1", "master")
        self.start_keepalived("director2", "backup")
        self.until(15, "director1 has the address", lambda: self.has_vip("director1"))
        self.until(10, "both have their table", lambda: self.servers("director1") == self.servers("director2") == 2)
        time.sleep(1)
        asking = subprocess.Popen(["on", "client", sys.executable, os.path.abspath(__file__), "--requests", self.log])
        try:
            time.sleep(1)
            print(f"ha: requests are spread: {self.spread('at the start')}")
            self.web_server()
            self.takeover("the MASTER is stopped", SKEW, lambda: self.kill(signal.SIGTERM), self.restart)
            self.takeover("the MASTER is killed", DOWN, lambda: self.kill(signal.SIGKILL), self.restart)
            self.takeover("the MASTER's link is cut", DOWN, lambda: self.link("down"), lambda: self.link("up"))
        finally:
            asking.kill()
            for director in ("director1", "director2"):
                for pid in self.pids(director)[:1]:
                    os.kill(pid, signal.SIGTERM)
        return self.faults


def main():
    if sys.argv[1:2] == ["--requests"]:
        requests(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        faults = Cluster(os.path.abspath(sys.argv[1]), folder).run()
    print(f"ha: {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
