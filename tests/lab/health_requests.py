#!/usr/bin/env python3
"""In the lab, with the topology lvs-dr: the director of examples/lvs-dr while one of its web servers stops and comes back, and requests go
on all the time. `lbctl check' says it, `apply --checked' leaves it out; then `check --watch --apply' looks after the table, and
after that keepalived does, with the same file. It fails when lbctl takes longer than the timers of the file allow, or loses more requests.

usage: tests/lab/run --topology lvs-dr tests/lab/health_requests.py [--delay-loop SECONDS] LBCTL
       health_requests.py --web       the web server of real2 (run there by this)

--delay-loop: a copy of the example with that delay_loop, to have it sooner.
"""
import argparse
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLE = os.path.join(os.path.dirname(os.path.dirname(HERE)), "examples", "lvs-dr", "keepalived-master.conf")
DIRECTOR = "10.0.8.25"
BOTH = {"10.0.8.12:80": 1, "10.0.8.13:80": 1}
WITHOUT_IT = {"10.0.8.12:80": 1}
RETRIES = 1.0  # of the example: retry times delay_before_retry; a refused connection takes no time
SLACK = 0.7


def listen():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("", 80))
    listener.listen(128)
    return listener


def web():
    """Answers with its name. The word `stop' lets it stop when the director has just looked after it, so that whoever looks after it
    has the same time before the next look; `start' lets it listen again at once."""
    listener, stops = listen(), False
    print("listens", flush=True)
    while True:
        ready = select.select([sys.stdin] + ([listener] if listener else []), [], [])[0]
        if sys.stdin in ready:
            word = sys.stdin.readline().strip()
            if not word:
                return
            stops = word == "stop"
            if word == "start":
                listener = listen()
                print("listens", flush=True)
        if listener in ready:
            connection, peer = listener.accept()
            with connection:
                if peer[0] != DIRECTOR:
                    connection.settimeout(1)
                    try:
                        connection.recv(4096)
                        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nreal2\n")
                    except OSError:
                        pass
            if peer[0] == DIRECTOR and stops:
                listener.close()
                listener, stops = None, False
                print("stopped", flush=True)


class Web:
    def __init__(self):
        for pid in on("real2", "ip", "netns", "pids", "real2").stdout.split():
            try:
                with open("/proc/%s/cmdline" % pid, encoding="utf-8") as file:
                    if "httpd" in file.read():
                        os.kill(int(pid), signal.SIGKILL)
            except OSError:
                pass  # one that has ended, such as the one that told
        self.process = subprocess.Popen(["on", "real2", sys.executable, os.path.abspath(__file__), "--web"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.expect("listens")

    def expect(self, word, seconds=20):
        if not select.select([self.process.stdout], [], [], seconds)[0] or self.process.stdout.readline() != word + "\n":
            sys.exit("health_requests: the web server does not say `%s'" % word)

    def say(self, word, answer):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        self.expect(answer)
        return time.monotonic()


def on(host, *command):
    return subprocess.run(["on", host, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)


def table():
    return {found[1]: int(found[2]) for found in re.finditer(r"-r (\S+) .*-w (\d+)", on("director1", "ipvsadm", "-Sn").stdout)}


class Requests:
    """Those of failover.py: each from a port of its own."""

    def __init__(self, folder):
        self.log = os.path.join(folder, "requests")
        self.process = subprocess.Popen(["on", "client", sys.executable, os.path.join(HERE, "failover.py"), "--requests", self.log])

    def since(self, begin):
        with open(self.log, encoding="utf-8") as file:
            lines = [line.rstrip("\n").split(" ", 1) for line in file if line.endswith("\n")]
        return [(float(at) - begin, who) for at, who in lines if float(at) >= begin]

    @staticmethod
    def lost(found):
        return [at for at, who in found if who.startswith("-") or who == "nothing"]


class Trial:
    def __init__(self, lbctl, path, delay_loop, folder):
        self.lbctl, self.path, self.delay_loop, self.folder = lbctl, path, delay_loop, folder
        self.faults = []

    def check(self, good, text):
        if not good:
            self.faults.append(text)
            print("FAILED: " + text)

    def until(self, what, wanted, begin, seconds):
        while table() != wanted:
            if time.monotonic() - begin > seconds + 10:
                break
            time.sleep(0.02)
        took = time.monotonic() - begin
        self.check(took <= seconds, "%s: after %.1f s the table is %r, wanted %r within %.1f s" % (what, took, table(), wanted, seconds))
        return took

    def run_lbctl(self, status, *words):
        done = on("director1", self.lbctl, *words, self.path)
        self.check(done.returncode == status, "lbctl %s: status %d, wanted %d\n%s%s" % (" ".join(words), done.returncode, status,
                                                                                         done.stdout, done.stderr))
        return done.stdout

    def once(self, web_server, requests):
        """check and apply --checked."""
        self.run_lbctl(0, "check")
        self.run_lbctl(0, "apply", "--checked")
        self.check(table() == BOTH, "apply --checked: the table is %r, and both are up" % table())
        # The check that the director makes next is this one.
        web_server.process.stdin.write("stop\n")
        web_server.process.stdin.flush()
        self.run_lbctl(0, "check")
        web_server.expect("stopped")
        said = self.run_lbctl(1, "check")
        self.check(re.search(r"down +10\.0\.8\.13:80 .*Connection refused", said) is not None, "check says: " + said)
        self.check(re.search(r"up +10\.0\.8\.12:80", said) is not None, "check says: " + said)
        self.run_lbctl(0, "apply", "--checked")
        self.check(table() == WITHOUT_IT, "apply --checked: the table is %r, and real2 is down" % table())
        begin = time.monotonic()
        time.sleep(1)
        found = requests.since(begin)
        self.check({who for _, who in found} == {"real1"}, "after apply --checked: %r" % found)
        web_server.say("start", "listens")
        self.run_lbctl(0, "apply", "--checked")
        self.check(table() == BOTH, "apply --checked: the table is %r, and both are up again" % table())
        print("health_requests: check and apply --checked: %d requests, none lost" % len(found))

    def watched(self, who, command, web_server, requests):
        log = open(os.path.join(self.folder, who + ".log"), "w", encoding="utf-8")
        with log, subprocess.Popen(["on", "director1", *command], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT) as watch:
            self.until(who + " begins", BOTH, time.monotonic(), 20)
            # Until it has looked, and looked once more.
            stopped = web_server.say("stop", "stopped")
            allowed = self.delay_loop + RETRIES + SLACK
            out = self.until(who + ": real2 is left out", WITHOUT_IT, stopped, allowed)
            time.sleep(0.5)
            found, seconds = requests.since(stopped), time.monotonic() - stopped
            lost = requests.lost(found)
            self.check(max(lost, default=0) <= out + SLACK, "%s: a request was lost after %.1f s" % (who, max(lost, default=0)))
            self.check(found[-1][1] == "real1", "%s: real1 does not answer alone, but %s" % (who, found[-1][1]))
            started = web_server.say("start", "listens")
            back = self.until(who + ": real2 is taken in again", BOTH, started, self.delay_loop + SLACK)
            time.sleep(0.5)
            again = requests.since(started)
            self.check(not requests.lost(again), "%s: requests are lost although it is back: %r" % (who, requests.lost(again)))
            self.check({"real1", "real2"} <= {name for at, name in again if at > back}, "%s: only %r answer" % (who, again[-5:]))
            watch.send_signal(signal.SIGTERM)
            watch.wait(20)
        print("health_requests: %s: out after %.2f s, %d of %d requests lost; back after %.2f s" % (who, out, len(lost), len(found), back))
        # The client asks less often when the machine is busy, so what counts is how long requests were lost.
        return len(lost) * seconds / len(found)


def main():
    if sys.argv[1:] == ["--web"]:
        return web()
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--delay-loop", type=int)
    parser.add_argument("lbctl")
    options = parser.parse_args()
    with open(EXAMPLE, encoding="utf-8") as file:
        text = file.read()
    if options.delay_loop:
        text = re.sub(r"delay_loop \d+", "delay_loop %d" % options.delay_loop, text)
    delay_loop = int(re.search(r"delay_loop (\d+)", text)[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "keepalived.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        trial = Trial(os.path.abspath(options.lbctl), path, delay_loop, folder)
        web_server, requests = Web(), Requests(folder)
        trial.once(web_server, requests)
        lost = {}
        lost["lbctl"] = trial.watched("lbctl", [trial.lbctl, "check", "--watch", "--apply", path], web_server, requests)
        pids = [word for kind in ("-p", "-c", "-r") for word in (kind, os.path.join(folder, "pid" + kind))]
        on("director1", "ipvsadm", "-C")
        lost["keepalived"] = trial.watched("keepalived", ["keepalived", "-C", "-n", "-l", "-D", "-f", path, *pids], web_server, requests)
        # Requests come every 50 ms, every second one to the server that stopped: two more or fewer are chance.
        trial.check(lost["lbctl"] <= lost["keepalived"] + 0.1, "lbctl lost requests of %(lbctl).2f s, keepalived of %(keepalived).2f s" % lost)
        requests.process.kill()
        web_server.process.kill()
    print("health_requests: %d faults" % len(trial.faults))
    return 1 if trial.faults else 0


if __name__ == "__main__":
    sys.exit(main())
