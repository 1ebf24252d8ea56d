#!/usr/bin/env python3
"""Health checks of servers that answer as somebody hostile or broken would, in a network namespace of its own: each ends within the
times of the file with the verdict that keepalived would have, whatever comes, and nothing grows.

usage: health.py [--groups NAME,...] [--every N] LBCTL       verdicts and times; LBCTL may be under the sanitizers
       health.py --memory [--each] [--seconds N] LBCTL       1000 servers in 64 MiB, checked once and watched; not under the sanitizers

--each: 1000 of each kind, one kind after the other, in the place of a mixture and the worst of them (six minutes).
--every N: of the cuts at every byte of a TLS conversation only every Nth. Groups: http smtp dns udp ping tls scripts.
"""
import argparse
import gzip
import json
import os
import random
import re
import resource
import signal
import ssl
import subprocess
import sys
import tempfile
import time

from answering_servers import (Servers, after_question, closed_after, held_after, make_certificate, of_size, talk, tls, tls_bytes,
                               tls_context, without_end)

T = 1.0        # connect_timeout
TLS_T = 3.0    # that of SSL_GET, for here the servers have something to compute
LOOP = 2       # delay_loop
LONGEST = 4.0  # of a try that would never end: four times connect_timeout
SLACK = 8.0    # a machine that is busy, and the sanitizers
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhome"
HEADER = PAGE.index(b"home")
OK = b"HTTP/1.1 200 OK\r\n\r\n"
DIGEST = "106a6c241b8797f52e1e77317b96a201"  # of "home"
DNS_ANSWER = b"\x81\x80\0\1\0\0\0\0\0\0\0\0\6\0\1"  # after the number

URL = "url {\npath /\n}"
CHECKERS = {
    "http": (8080, "HTTP_GET {\n" + URL),
    "digest": (8080, "HTTP_GET {\nurl {\npath /\ndigest " + DIGEST + "\n}"),
    "regex": (8080, "HTTP_GET {\nurl {\npath /\nregex \"(?<=x)h(o+)+me!\"\n}"),
    "smtp": (2525, "SMTP_CHECK {"),
    "dns": (5353, "DNS_CHECK {"),
    "udp": (7777, "UDP_CHECK {\nrequire_reply 0102XX04\nmin_reply_length 2\nmax_reply_length 1000"),
    "ping": (0, "PING_CHECK {"),
    "tls": (8443, "SSL_GET {\n" + URL),
}
TIMERS = "warmup 0\nconnect_timeout %g\nretry 0\ndelay_before_retry 1\n"


class Behaviours:
    """Who answers how: a real server each, with an address of its own."""

    def __init__(self):
        self.all = []
        self.by_address = {}

    def add(self, name, checker, answers, states, earliest=0.0, latest=T):
        """`answers': the steps of a stream, or a function of a question for datagrams."""
        address = "127.%d.%d.%d" % (1 + len(self.all) // 62500, len(self.all) // 250 % 250, 1 + len(self.all) % 250)
        self.all.append({"name": name, "checker": checker, "answers": answers, "states": states.split("|"), "earliest": earliest,
                         "latest": latest, "address": address})
        self.by_address[address] = self.all[-1]

    def configuration(self):
        lines = ["virtual_server 10.0.0.1 80 {\nlb_algo rr\nlb_kind NAT\ndelay_loop %g\n" % LOOP]
        for one in self.all:
            if isinstance(one["checker"], str):
                port, block = CHECKERS[one["checker"]]
                block += "\n" + TIMERS % (TLS_T if one["checker"] == "tls" else T)
            else:
                port, block = one["checker"]
            lines.append("real_server %s %d {\n%s}\n}\n" % (one["address"], port, block))
        return "".join(lines) + "}\n"

    def serve(self):
        servers = Servers()
        for port in (8080, 2525, 8443):
            servers.stream(port, lambda address: self.by_address[address]["answers"]())
        for port in (5353, 7777):
            servers.datagrams(port, lambda address, question: self.by_address[address]["answers"](question))
        servers.echoes(lambda address, question: self.by_address[address]["answers"](question))
        servers.start()


def http(behaviours, *_):
    def add(name, steps, states, checker="http", **times):
        behaviours.add("http: " + name, checker, after_question(steps), states, **times)

    never = {"earliest": LONGEST - 0.1, "latest": LONGEST}
    timed_out = {"earliest": T - 0.1, "latest": T}
    for checker in ("http", "digest", "regex"):
        add("a header without end", without_end(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536), "down", checker)
        add("header lines without end", without_end(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 4000), "down", checker)
        add("a header that drips", without_end(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.1), "none", checker, **never)
        add("a body that drips", without_end(OK, b"x", 0.1), "none", checker, **never)
        add("a body without end", without_end(OK, b"xhoooo" * 20000), "none", checker, **never)
        add("nothing", held_after(b""), "down", checker, **timed_out)
        add("a page that is not closed", held_after(PAGE), "down", checker, **timed_out)
        add("zeros", without_end(b"", bytes(65536)), "down", checker)
        add("random bytes", of_size(b"", random.Random(1).randbytes(65536), 1 << 20), "down", checker)
    add("10 GB", of_size(b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n", bytes(1 << 20), 10 << 30), "none|up",
        latest=LONGEST)
    bomb = gzip.compress(bytes(64 << 20))
    add("a compressed bomb", closed_after(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"
                                          % (len(bomb), bomb), len(bomb) + 500), "up", latest=LONGEST)
    add("chunks of absurd size", closed_after(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx", 500), "up")
    add("an absurd length", closed_after(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhome", 500), "down|up",
        "digest")
    add("a negative length", closed_after(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhome", 500), "down|up", "digest")
    add("codes for the terminal", closed_after(b"HTTP/1.1\x1b[2J\x1b]0;x\x07\xe2\x80\xae" + b"\x9b" * 300 + b"\r\n\r\n", 500), "down")
    add("interim answers without end", without_end(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), "none", **never)
    for count in range(len(PAGE) + 1):
        add("closed after %d bytes" % count, closed_after(PAGE, count), "up" if count >= HEADER else "down")
        add("closed after %d bytes, digest" % count, closed_after(PAGE, count), "up" if count == len(PAGE) else "down", "digest")
        add("reset after %d bytes" % count, closed_after(PAGE, count, reset=True), "down")


def smtp(behaviours, *_):
    def add(name, steps, states, **times):
        behaviours.add("smtp: " + name, "smtp", steps, states, **times)

    never = {"earliest": LONGEST - 0.1, "latest": LONGEST}
    add("a banner without end", without_end(b"220 ", b"x" * 65536), "none", **never)
    add("a banner that drips", without_end(b"220 ", b"x", 0.1), "none", **never)
    add("banner lines without end", without_end(b"", b"220-more\r\n" * 5000), "down")
    add("zeros", without_end(b"", bytes(65536)), "none", **never)
    add("nothing", held_after(b""), "down", earliest=T - 0.1)
    add("random bytes", of_size(b"", random.Random(2).randbytes(65536), 1 << 20), "down")
    add("codes for the terminal", closed_after(b"220\x1b[2J\x1b]0;x\x07\xe2\x80\xae" + b"\x9b" * 300 + b"\r\n", 500), "down")
    lines = [b"220 mail\r\n", b"250 mail\r\n", b"221 bye\r\n"]
    add("a talk", talk(lines), "up")
    add("a slow talk", talk(lines, pause=0.7), "up", latest=LONGEST)
    size = sum(map(len, lines))
    for count in range(size):
        add("closed after %d bytes" % count, talk(lines, count), "down")
        add("reset after %d bytes" % count, talk(lines, count, reset=True), "down")
        add("silent after %d bytes" % count, held_talk(lines, count), "down", earliest=T - 0.1)


def held_talk(lines, count):
    def steps():
        yield from talk(lines, count)()
        yield ("hold",)
    return steps


def dns(behaviours, *_):
    def add(name, answers, states, **times):
        behaviours.add("dns: " + name, "dns", answers, states, **times)

    timed_out = {"earliest": T - 0.1}
    noise = random.Random(3)
    right = lambda question: [question[:2] + DNS_ANSWER]  # noqa: E731
    add("an answer", right, "up")
    add("nothing", lambda question: [], "down", **timed_out)
    for i in range(100):
        piece = noise.randbytes(noise.randint(0, 1400))
        add("random bytes %d" % i, lambda question, piece=piece: [piece] * 20, "down|up")
        add("random bytes after the number %d" % i, lambda question, piece=piece: [question[:2] + piece], "down|up")
        add("random bytes after number and flags %d" % i, lambda question, piece=piece: [question[:2] + b"\x81\x80" + piece],
            "up" if len(piece) >= 8 else "down")
    for count in range(len(DNS_ANSWER) + 3):
        add("cut after %d bytes" % count, lambda question, count=count: [(question[:2] + DNS_ANSWER)[:count]],
            "up" if count >= 12 else "down")
    loops = b"\x81\x80\0\1\xff\xff\xff\xff\xff\xff" + b"\xc0\x0c" * 700
    add("names that point at themselves", lambda question: [question[:2] + loops], "up")
    add("the largest datagram", lambda question: [question[:2] + b"\x81\x80" + bytes(65503)], "up")
    add("others without end", lambda question: [x for _ in range(200) for x in (b"\0" * 20, 0.05)], "down", **timed_out)
    add("a flood of others", lambda question: [bytes(500)] * 3000, "down", **timed_out)
    add("the question", lambda question: [question] * 20, "down", **timed_out)


def udp(behaviours, *_):
    noise = random.Random(4)
    behaviours.add("udp: a reply", "udp", lambda question: [b"\1\2\x77\4"], "up")
    behaviours.add("udp: an empty one", "udp", lambda question: [b""], "down")
    behaviours.add("udp: the largest datagram", "udp", lambda question: [bytes(65507)], "down")
    behaviours.add("udp: nothing", "udp", lambda question: [], "down", earliest=T - 0.1)
    for i in range(100):
        piece = noise.randbytes(noise.randint(0, 1400))
        behaviours.add("udp: random bytes %d" % i, "udp", lambda question, piece=piece: [piece] * 5, "down|up")


def ping(behaviours, *_):
    """A question is the ICMP message; so is an answer, but for its checksum."""
    noise = random.Random(5)
    reply = lambda question: b"\0\0\0\0" + question[4:]  # noqa: E731
    behaviours.add("ping: a reply", "ping", lambda question: [reply(question)], "up")
    behaviours.add("ping: nothing", "ping", lambda question: [], "down", earliest=T - 0.1)
    behaviours.add("ping: a large one", "ping", lambda question: [reply(question) + bytes(60000)], "up|down")
    behaviours.add("ping: a flood of others", "ping", lambda question: [b"\0\0\0\0\xff\xff" + question[6:]] * 500, "down")
    for count in range(4, 20):
        behaviours.add("ping: cut after %d bytes" % count, "ping", lambda question, count=count: [reply(question)[:count]],
                       "up|down" if count >= 8 else "down")
    for i in range(50):
        piece = noise.randbytes(noise.randint(0, 1400))
        behaviours.add("ping: random bytes %d" % i, "ping", lambda question, piece=piece: [b"\0\0\0\0" + question[4:6] + piece],
                       "up|down")
        behaviours.add("ping: random message %d" % i, "ping", lambda question, piece=piece: [piece + bytes(4)], "down")


def hello_of_tls12(client_hello):
    """ServerHello of TLS 1.2 by hand: no session, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, secure renegotiation."""
    del client_hello
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\xc0\x2f" + b"\0" + b"\0\x05\xff\x01\0\x01\0"
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message


def certificate_of(size, sent):
    """After such a hello a Certificate message of that size, of which so many bytes come, and then nothing."""
    def steps():
        hello = yield ("read",)
        yield ("send", hello_of_tls12(hello))
        message = b"\x0b" + size.to_bytes(3, "big") + (size - 3).to_bytes(3, "big") + (size - 6).to_bytes(3, "big")
        message += b"\x30\x83" + (size - 11).to_bytes(3, "big")
        message += bytes(max(0, sent - len(message)))
        for at in range(0, len(message), 16384):
            piece = message[at:at + 16384]
            yield ("send", b"\x16\x03\x03" + len(piece).to_bytes(2, "big") + piece)
        yield ("hold",)
    return steps


def tls_servers(behaviours, folder, every):
    def add(name, steps, states, **times):
        behaviours.add("tls: " + name, "tls", steps, states, **times)

    timed_out = {"earliest": TLS_T - 0.15, "latest": TLS_T}
    late = {"latest": 3 * TLS_T}
    certificate = make_certificate(folder)
    context = tls_context(certificate)
    older = tls_context(certificate, ssl.TLSVersion.TLSv1_2)

    def page():
        yield ("read",)
        yield ("send", PAGE)

    def paged(steps):
        def inside():
            yield ("read",)
            yield from steps()
        return inside
    add("a page", tls(context, page), "up", **late)
    add("a page by TLS 1.2", tls(older, page), "up", **late)
    add("silent from the start", held_after(b""), "down", **timed_out)
    add("random bytes", of_size(b"", random.Random(6).randbytes(65536), 1 << 20), "down")
    add("not TLS", closed_after(PAGE, 500), "down")
    add("a handshake that drips", after_question(without_end(b"", b"\x16\x03\x03\x40\x00" + b"\0", 0.02)), "down", latest=TLS_T)
    add("warnings without end", after_question(without_end(b"", b"\x15\x03\x03\0\x02\x01\x5a" * 1000)), "down")
    add("empty records without end", after_question(without_end(b"", b"\x16\x03\x03\0\0" * 1000)), "down")
    add("a record of 65535 bytes", after_question(without_end(b"\x16\x03\x03\xff\xff", bytes(65536))), "down")
    add("a certificate of 16 MB", certificate_of(0xffffff, 100000), "down")
    add("a certificate that never ends", certificate_of(65000, 60000), "down", **timed_out)
    add("a page that drips", tls(context, paged(without_end(OK, b"x", 0.1))), "down", **late)
    add("a body without end", tls(context, paged(without_end(OK, bytes(100000)))), "down", **late)
    add("a header without end", tls(context, paged(without_end(b"HTTP/1.1 200 OK\r\n", b"x" * 10000))), "down", **late)
    add("a page that is not closed", tls(context, paged(held_after(PAGE))), "down", **late)
    add("silent after the handshake", tls(context, paged(held_after(b""))), "down", **late)
    for name, of_release in (("1.3", context), ("1.2", older)):
        size = tls_bytes(of_release, page)
        # The lengths of signatures differ by a few bytes; in the last record is the farewell.
        before_page = size - len(PAGE) - 80
        for count in range(0, size + 4, every):
            states = "down" if count < before_page else "up|down"
            add("%s closed after %d bytes" % (name, count), tls(of_release, page, count), states, **late)
            if count % (5 * every) == 0:
                add("%s reset after %d bytes" % (name, count), tls(of_release, page, count, reset=True), states, **late)
            if count % (10 * every) == 0:
                add("%s silent after %d bytes" % (name, count), tls(of_release, page, count, holds=True), states, **late)


def scripts(behaviours, folder, *_):
    for name, text in (("without end", "while :; do echo noise; echo noise >&2; done"),
                       ("deaf", "trap '' TERM\nwhile :; do sleep 0.1; done"),
                       ("children", "trap '' TERM\n(sleep 100 & sleep 100 &)\nsleep 100")):
        path = os.path.join(folder, "script-" + name.replace(" ", "-"))
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text + "\n")
        os.chmod(path, 0o755)
        behaviours.add("scripts: " + name, (9, "MISC_CHECK {\nmisc_path %s\nmisc_timeout %g\nuser root\n" % (path, T)), None, "down",
                       earliest=T - 0.1, latest=T + 2)


GROUPS = {"http": http, "smtp": smtp, "dns": dns, "udp": udp, "ping": ping, "tls": tls_servers, "scripts": scripts}


def judge(behaviours, report, faults):
    servers = [server for service in report["services"] for server in service["real_servers"]]
    if len(servers) != len(behaviours.all):
        faults.append("%d servers of %d are in the report" % (len(servers), len(behaviours.all)))
    for server in servers:
        one = behaviours.by_address[server["address"]]
        found = server["checkers"][0]
        if found["verdict"] not in one["states"]:
            faults.append("%s: %s (%s), wanted %s" % (one["name"], found["verdict"], found["reason"], "|".join(one["states"])))
        if not one["earliest"] <= found["seconds"] <= one["latest"] + SLACK:
            faults.append("%s: after %.2f s (%s), wanted %g to %g" % (one["name"], found["seconds"], found["reason"], one["earliest"],
                                                                     one["latest"]))
        if CONTROL.search(found["reason"]) or len(found["reason"]) > 600:
            faults.append("%s: the reason is %r" % (one["name"], found["reason"]))


def verdicts(options, folder):
    faults = []
    groups = options.groups.split(",")
    serving = Behaviours()
    serving.serve()
    # Handshakes are work for the servers as well, so there are fewer of them at a time.
    for names, jobs in (([name for name in groups if name != "tls"], 2000), ([name for name in groups if name == "tls"], 100)):
        if names:
            faults += verdicts_of(options.lbctl, names, jobs, options.every, serving, folder)
    return faults


def verdicts_of(lbctl, groups, jobs, every, serving, folder):
    behaviours = Behaviours()
    for name in groups:
        GROUPS[name](behaviours, folder, every)
    serving.by_address = behaviours.by_address
    path = os.path.join(folder, "keepalived.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(behaviours.configuration())
    faults = []
    began = time.monotonic()
    done = subprocess.run([lbctl, "check", "--format", "json", "--jobs", str(jobs), path], capture_output=True, timeout=200, check=False)
    took = time.monotonic() - began
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode != 1 or "Sanitizer" in said or "runtime error" in said:
        sys.exit("hostile health: status %d\n%s" % (done.returncode, said[-3000:]))
    judge(behaviours, json.loads(done.stdout), faults)
    print("hostile health: %s: %d servers in %.1f s" % (" ".join(groups), len(behaviours.all), took))
    if "tls" not in groups:
        # For people, with what came: nothing that a terminal obeys.
        shown = subprocess.run([lbctl, "check", "--trace", "--jobs", str(jobs), path], capture_output=True, timeout=200, check=False)
        if shown.returncode != 1 or CONTROL.search(shown.stdout.decode()):
            faults.append("check --trace: status %d, or bytes for a terminal in it: %s" % (shown.returncode, shown.stderr[-2000:]))
    return faults


def peak_kib(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1])


def crowd(certificate):
    """The worst for each: 1000 servers of a kind."""
    page_bytes = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 4000

    def held_page():
        yield ("read",)
        yield ("send", page_bytes)
        yield ("hold",)
    context = tls_context(certificate)
    return {
        "a header of 4000 bytes, and then nothing": ("http", after_question(held_after(page_bytes))),
        "bodies without end": ("http", after_question(without_end(OK, bytes(16384)))),
        "bodies that are searched": ("regex", after_question(without_end(OK, b"xh" + b"o" * 16384))),
        "bodies that drip": ("http", after_question(without_end(OK, b"x", 0.1))),
        "banners without end": ("smtp", without_end(b"220 ", b"x" * 16384)),
        "floods of datagrams": ("dns", lambda question: [bytes(60000)] * 20),
        "TLS that stalls before the handshake": ("tls", held_after(b"")),
        "TLS that stalls in the handshake": ("tls", tls(context, held_page, 600, holds=True)),
        "TLS that stalls in a long certificate": ("tls", certificate_of(65000, 60000)),
        "TLS that stalls after the handshake": ("tls", tls(context, held_page)),
        "TLS without end": ("tls", tls(context, lambda: without_end(OK, bytes(16384))())),
    }


def memory(options, folder):
    every_kind = crowd(make_certificate(folder))
    serving = Behaviours()
    serving.serve()
    faults = []
    if options.each:
        for name, kind in every_kind.items():
            faults += memory_of(options, folder, serving, name, [kind] * 1000)
        return faults
    kinds = list(every_kind.values())
    faults += memory_of(options, folder, serving, "all of these", [kinds[i % len(kinds)] for i in range(1000)])
    worst = "TLS that stalls in a long certificate"
    return faults + memory_of(options, folder, serving, worst, [every_kind[worst]] * 1000)


def memory_of(options, folder, serving, name, kinds):
    """What is checked once gets an end by itself, what is watched is watched for a while."""
    behaviours = Behaviours()
    for index, (checker, answers) in enumerate(kinds):
        behaviours.add("%s %d" % (name, index), checker, answers, "down|none")
    serving.by_address = behaviours.by_address
    path = os.path.join(folder, "keepalived.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write(behaviours.configuration())
    faults = []
    for mode, seconds, status in ((["--jobs", "1000"], 60, 1), (["--watch"], options.seconds, 0)):
        began = time.monotonic()
        check = subprocess.Popen([options.lbctl, "check", *mode, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        peak = 0
        while check.poll() is None and time.monotonic() - began < seconds:
            try:
                peak = max(peak, peak_kib(check.pid))
            except (OSError, TypeError):
                pass  # it is ending
            time.sleep(0.1)
        if check.poll() is None:
            check.send_signal(signal.SIGTERM)
        found = check.wait(20)
        print("hostile health: 1000 servers, %s, %s: %.1f MiB, %.1f s" % (name, mode[0], peak / 1024, time.monotonic() - began))
        if peak > 64 * 1024:
            faults.append("%s, %s: %.1f MiB" % (name, mode[0], peak / 1024))
        if found != status:
            faults.append("%s, %s: status %d" % (name, mode[0], found))
    return faults


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--groups", default="http,smtp,dns,udp,ping,tls,scripts")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("lbctl")
    options = parser.parse_args()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with open("/proc/sys/net/ipv4/icmp_echo_ignore_all", "w", encoding="ascii") as file:
        file.write("1\n")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        faults = memory(options, folder) if options.memory else verdicts(options, folder)
    for fault in faults[:40]:
        print("hostile health: " + fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
