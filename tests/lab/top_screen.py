#!/usr/bin/env python3
"""Runs inside the lab: `connections --top --watch` on a pseudo terminal and in a pipe.

usage: top_screen.py LBCTL INJECT_CONNECTIONS
"""
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
from terminal_session import Session  # noqa: E402

LBCTL, INJECT = sys.argv[1:3]
TABLE = "".join(f"-A -t 10.0.0.1:{port} -s rr\n" + "".join(f"-a -t 10.0.0.1:{port} -r 10.0.1.{server}:{port} -m -w 1\n" for server in (1, 2))
                for port in (80, 443))
FILE = """
! lbctl: name=shop
virtual_server 10.0.0.1 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.0.1.1 80 {
    }
}
"""


def run(*words, text=None):
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"top_screen: {' '.join(words)}: status {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def connect(server, count, start=0, port=80):
    run(INJECT, "--interface", "sync0", "--service", "10.0.0.1", "--service-port", str(port), "--server-port", str(port), "--server", server, "--count", str(count),
        "--start", str(start))


def top(*options, interval="0.3"):
    return Session([LBCTL, "connections", "--top", "50", "--watch", interval, *options])


def rows_of(terminal):
    """The lines of groups, without what differs from run to run."""
    return [re.sub(r" +", " ", line).strip() for line in terminal.screen().split("\n")[2:-2] if line.strip()]


def screen():
    # What a look has changed is on the screen until the next one.
    session = top("--by", "real-server,state", interval="2")
    session.wait("the groups", lambda t: len(rows_of(t)) == 2)
    first = session.terminal.screen().split("\n")
    if not re.fullmatch(r"lbctl connections  sort: connections +40 in 2 groups  \d\d:\d\d:\d\dZ", first[0]):
        sys.exit(f"top_screen: the head is {first[0]!r}")
    if re.sub(" +", " ", first[1]).strip() != "CONNECTIONS SHARE CHANGE real-server state":
        sys.exit(f"top_screen: the titles are {first[1]!r}")
    wanted = ["> 30 75.0% 10.0.1.1:80 ESTABLISHED", "10 25.0% 10.0.1.2:80 ESTABLISHED"]
    if rows_of(session.terminal) != wanted:
        sys.exit(f"top_screen: {rows_of(session.terminal)} instead of {wanted}")

    # What came since the look before; a paused screen stays.
    session.type("p")
    session.wait("a pause", lambda t: "paused" in t.screen())
    connect("10.0.1.2", 25, 100)
    session.drain(2.5)
    if rows_of(session.terminal) != wanted:
        sys.exit(f"top_screen: paused, and {rows_of(session.terminal)}")
    session.type("p")
    session.wait("a change", lambda t: "> 35 53.8% +25 10.0.1.2:80 ESTABLISHED" in rows_of(t))
    session.wait("no more change", lambda t: "> 35 53.8% 10.0.1.2:80 ESTABLISHED" in rows_of(t))
    connect("10.0.1.1", 2, 200, 443)
    session.wait("a new group", lambda t: "2 3.0% +2 10.0.1.1:443 ESTABLISHED" in rows_of(t))

    session.type("s")
    session.wait("the order of changes", lambda t: "sort: change" in t.screen())
    session.type("sr")
    session.wait("the order of names, reversed", lambda t: "sort: name reversed" in t.screen() and "10.0.1.2" in rows_of(t)[0])
    session.type("/1.1:80\r")
    session.wait("a filter", lambda t: "filter: 1.1:80" in t.screen() and len(rows_of(t)) == 1)
    session.type("\x1bss\x1b[B")
    session.wait("the second group chosen", lambda t: len(rows_of(t)) == 3 and rows_of(t)[1].startswith(">"))
    # Other keys: client, client/24, ...
    session.type("bb")
    session.wait("networks", lambda t: "client/24" in t.screen().split("\n")[1] and any(".0/24" in row for row in rows_of(t)))
    session.type("bbbbb")
    session.wait("the first keys again", lambda t: "real-server" in t.screen().split("\n")[1] and len(rows_of(t)) == 3)
    session.type("?")
    session.wait("help", lambda t: "p pause  arrows" in t.screen())
    for rows, columns in ((10, 60), (4, 20), (1, 1), (24, 80)):
        session.resize(rows, columns, session.process)
        session.drain(0.7)
        session.terminal.faults.clear()
        session.drain(2.5)
        if session.terminal.faults:
            sys.exit(f"top_screen: {rows} rows of {columns} columns: {session.terminal.faults[:3]}")
    session.stop_and_go_on(lambda t: len(rows_of(t)) == 3)
    session.type("q")
    session.end("q", 0)


def ends():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        session = top()
        session.wait("the screen", lambda t: "CONNECTIONS" in t.screen())
        session.process.send_signal(number)
        session.end(signal.Signals(number).name, 0)
    session = top("--looks", "2")
    session.end("two looks", 0)
    # Names of the file.
    with open("/tmp/keepalived.conf", "w", encoding="utf-8") as file:
        file.write(FILE)
    session = top("--config", "/tmp/keepalived.conf", "--by", "service")
    session.wait("the name of the service", lambda t: any("10.0.0.1:80 # " in row for row in rows_of(t)))
    session.type("/not in\r")
    session.wait("what is not in the file", lambda t: len(rows_of(t)) == 1 and ":443" in rows_of(t)[0])
    session.type("q")
    session.end("q", 0)


def pipes():
    looks = run(LBCTL, "connections", "--top", "1", "--by", "service", "--watch", "0.1", "--looks", "2")
    if not re.fullmatch(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\nconnections  share  service\n +65  97.0%  TCP 10.0.0.1:80\n\n?){2}",
                        re.sub(r"(?m)^ +connections", "connections", looks)):
        sys.exit(f"top_screen: two looks are {looks!r}")
    csv = run(LBCTL, "connections", "--top", "1", "--by", "service", "--watch", "0.1", "--looks", "2", "--format", "csv")
    if not re.fullmatch(r"time,service,connections,share\n([0-9T:-]+Z,TCP 10.0.0.1:80,65,0.970149\n){2}", csv):
        sys.exit(f"top_screen: CSV is {csv!r}")
    lines = run(LBCTL, "connections", "--top", "1", "--by", "service", "--watch", "0.1", "--looks", "2", "--format", "ndjson")
    objects = [json.loads(line) for line in lines.splitlines()]
    if len(objects) != 2 or any(set(one) != {"time", "service", "connections", "share"} for one in objects):
        sys.exit(f"top_screen: NDJSON is {lines!r}")


def main():
    run("ip", "link", "add", "sync0", "type", "dummy")
    run("ip", "link", "set", "sync0", "up")
    run("ip", "addr", "add", "192.0.2.1/24", "dev", "sync0")
    run(LBCTL, "apply", "--saved", "-", text=TABLE)
    run("ipvsadm", "--start-daemon", "backup", "--mcast-interface", "sync0")
    connect("10.0.1.1", 30)
    connect("10.0.1.2", 10, 50)
    end = time.monotonic() + 10
    while run(LBCTL, "connections", "--count").strip() != "40" and time.monotonic() < end:
        time.sleep(0.1)
    screen()
    ends()
    pipes()
    print("top_screen: ok")


if __name__ == "__main__":
    main()
