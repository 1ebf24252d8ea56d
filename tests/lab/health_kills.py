#!/usr/bin/env python3
"""In the lab: `lbctl check --watch --apply' is killed at random moments and started again, while servers stop and start. No server that
is up ever leaves the table, neither those that are up all the time nor one that came back; and when nothing happens for a while, the
table is the one that follows from who is up.

usage: health_kills.py [--seconds N] [--seed N] LBCTL      run by tests/lab/run
"""
import argparse
import collections
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

SORRY = "127.0.9.9"
# A server that stopped is noticed within delay_loop and a retry, and then it is taken out at once.
NOTICED = 1.5
# lbctl starts, waits a second as keepalived does, and makes its first checks.
CONVERGED = 8

Service = collections.namedtuple("Service", "address lines checker steady changing quorum inhibits has_sorry")
SERVICES = [
    Service("10.0.0.1", "", "TCP_CHECK {\n", 2, 3, 1, False, False),
    Service("10.0.0.2", "alpha\nquorum 2\n", "TCP_CHECK {\n", 2, 1, 2, False, True),
    Service("10.0.0.3", "", "HTTP_GET {\nfast_recovery\nurl {\npath /\n}\n", 1, 2, 1, True, False),
    Service("10.0.0.4", "quorum 2\n", "TCP_CHECK {\n", 0, 3, 2, False, True),
    Service("10.0.0.5", "alpha\nomega\nquorum 2\nhysteresis 1\n", "HTTP_GET {\nfast_recovery\nurl {\npath /\n}\n", 3, 1, 2, False, True),
]
TIMERS = "warmup 0\nconnect_timeout 1\nretry 1\ndelay_before_retry 0.2\n"


def servers_of(number):
    service = SERVICES[number]
    return ["127.0.%d.%d" % (number + 1, i + 1) for i in range(service.steady + service.changing)]


def configuration():
    text = ""
    for number, service in enumerate(SERVICES):
        text += "virtual_server %s 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\ndelay_loop 0.5\n%s" % (service.address, service.lines)
        if service.has_sorry:
            text += "sorry_server %s 8081\n" % SORRY
        for address in servers_of(number):
            inhibit = "inhibit_on_failure\n" if service.inhibits else ""
            text += "real_server %s 8081 {\nweight 1\n%s%s%s}\n}\n" % (address, inhibit, service.checker, TIMERS)
        text += "}\n"
    return text


class Servers:
    """All of them, in a thread. What came is answered as a web server does, which TCP_CHECK does not mind."""

    def __init__(self, addresses):
        self.selector, self.listeners, self.lock = selectors.DefaultSelector(), {}, threading.Lock()
        # When it stopped last, and when it started last.
        self.stopped, self.started = {}, {}
        for address in addresses:
            self.start(address)
        threading.Thread(target=self.run, daemon=True).start()

    def start(self, address):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, 8081))
        listener.listen(128)
        listener.setblocking(False)
        with self.lock:
            self.listeners[address] = listener
            self.started[address] = time.monotonic()
            self.selector.register(listener, selectors.EVENT_READ)

    def stop(self, address):
        with self.lock:
            listener = self.listeners.pop(address)
            self.selector.unregister(listener)
            listener.close()
            self.stopped[address] = time.monotonic()

    def was_down_since(self, address, when):
        """Whether it was down at some time since then."""
        with self.lock:
            return address not in self.listeners or (address in self.stopped and self.started[address] > when)

    def run(self):
        while True:
            for key, _ in self.selector.select(0.05):
                with self.lock:
                    try:
                        connection = key.fileobj.accept()[0]
                    except OSError:
                        continue
                with connection:
                    connection.settimeout(0.05)
                    try:
                        if connection.recv(4096):
                            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nhome")
                    except OSError:
                        pass


def table():
    """The kernel's own list: services with the weights of their destinations."""
    found, service = {}, {}
    with open("/proc/net/ip_vs", encoding="ascii") as file:
        for line in file.read().split("\n")[3:]:
            words = line.split()
            if words[:1] == ["TCP"]:
                service = found.setdefault(plain(words[1]), {})
            elif words[:1] == ["->"]:
                service[plain(words[1])] = int(words[3])
    return found


def plain(word):
    return socket.inet_ntoa(bytes.fromhex(word.split(":")[0]))


def wanted(servers):
    """The table that follows from who is up."""
    tables = {}
    for number, service in enumerate(SERVICES):
        up = [address for address in servers_of(number) if address in servers.listeners]
        weights = {address: 1 for address in up}
        if service.inhibits:
            weights.update({address: 0 for address in servers_of(number) if address not in up})
        elif service.has_sorry and len(up) < service.quorum:
            weights = {SORRY: 1}
        tables[service.address] = weights
    return tables


class Observer:
    """Looks at the table all the time."""

    def __init__(self, servers):
        self.servers, self.faults, self.looks, self.ends = servers, [], 0, False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        before = table()
        while not self.ends:
            at = time.monotonic()
            now = table()
            self.looks += 1
            for number, service in enumerate(SERVICES):
                had, has = before.get(service.address, {}), now.get(service.address, {})
                if service.address in before and service.address not in now:
                    self.faults.append("%s has left the table" % service.address)
                if service.steady >= service.quorum and SORRY in has:
                    self.faults.append("%s has its sorry server, and its quorum is up" % service.address)
                for address in servers_of(number):
                    gone = had.get(address, 0) > 0 and has.get(address, 0) == 0
                    lost_quorum = service.steady < service.quorum and SORRY in has
                    if gone and not lost_quorum and not self.servers.was_down_since(address, at - NOTICED):
                        self.faults.append("%s of %s has left the table, and it is up" % (address, service.address))
            before = now
            time.sleep(0.003)

    def end(self):
        self.ends = True
        self.thread.join()


class Watch:
    def __init__(self, lbctl, path, log):
        self.words, self.log, self.kills = [lbctl, "check", "--watch", "--apply", path], log, 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def kill(self):
        if self.process.poll() is not None:
            sys.exit("health_kills: it has ended by itself, with status %d\n%s" % (self.process.returncode, said(self.log)))
        self.process.kill()
        self.process.wait()
        self.kills += 1
        self.start()

    def hears(self, number):
        """Whether it has come so far that it handles this signal, by a handler or by reading it."""
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            sets = dict(line.rstrip("\n").split(":\t", 1) for line in file if line.startswith(("SigBlk", "SigCgt")))
        return any(int(members, 16) >> (number - 1) & 1 for members in sets.values())

    def end(self, seconds):
        """By SIGTERM, in order: its exit status. One that was started just now would be ended by it as any program."""
        began = time.monotonic()
        while not self.hears(signal.SIGTERM) and time.monotonic() - began < seconds:
            time.sleep(0.02)
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


def said(log):
    with open(log.name, encoding="utf-8") as file:
        return file.read()[-3000:]


def converge(servers, log, seconds):
    began = time.monotonic()
    while table() != wanted(servers):
        if time.monotonic() - began > seconds:
            return "after %d s the table is\n%r, wanted\n%r\n%s" % (seconds, table(), wanted(servers), said(log))
        time.sleep(0.02)
    return None


def trial(options, folder):
    path = os.path.join(folder, "keepalived.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(configuration())
    draw = random.Random(options.seed)
    changing = [address for number, service in enumerate(SERVICES) for address in servers_of(number)[service.steady:]]
    servers = Servers([address for number in range(len(SERVICES)) for address in servers_of(number)])
    with open(os.path.join(folder, "log"), "w", encoding="utf-8") as log:
        watch = Watch(options.lbctl, path, log)
        fault = converge(servers, log, 20)
        if fault:
            return ["the start: " + fault]
        observer, faults, rests = Observer(servers), [], 0
        end = time.monotonic() + options.seconds
        while time.monotonic() < end and not faults and not observer.faults:
            for _ in range(draw.randint(1, 4)):
                for address in draw.sample(changing, draw.randint(0, 3)):
                    (servers.stop if address in servers.listeners else servers.start)(address)
                # Soon after it was started, in its first second, when it makes its first checks, and later.
                time.sleep(draw.choice((0.1, 0.5, 1.0, 2.5)) * draw.random())
                watch.kill()
            fault = converge(servers, log, CONVERGED)
            rests += 1
            if fault:
                faults.append(fault)
        observer.end()
        if watch.end(10) != 0 or table():
            faults.append("the end: status %d, table %r" % (watch.process.returncode, table()))
    print("health_kills: seed %d: %d kills, %d times at rest, %d looks at the table" % (options.seed, watch.kills, rests, observer.looks))
    return faults + observer.faults


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("lbctl")
    options = parser.parse_args()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        faults = trial(options, folder)
    for fault in faults[:20]:
        print("health_kills: " + fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
