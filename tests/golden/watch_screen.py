#!/usr/bin/env python3
"""The screen of `lbctl check --watch' on a pseudo terminal: what it shows, its keys, and that the terminal is as it was
after every way out. In a network namespace of its own.

usage: watch_screen.py LBCTL [--show]      --show prints the screens
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

import terminal_session

CONFIGURATION = """
virtual_server 10.0.0.1 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    delay_loop 1
    real_server 127.0.0.2 8081 {
        weight 3
        TCP_CHECK {
            warmup 0
            connect_timeout 1
        }
    }
    real_server 127.0.0.3 8081 {
        TCP_CHECK {
            warmup 0
            retry 0
            connect_timeout 1
        }
    }
}
virtual_server 10.0.0.1 443 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    real_server 127.0.0.4 443 {
    }
}
"""

IN_ORDER_OF_FILE = """\
lbctl keepalived.conf  sort: file              2 of 3 up  TIMEZ
SERVICE, SERVER          STATE   W     SINCE  LATENCY LAST       REASON
TCP 10.0.0.1:80  quorum: weight 3 is up, quorum 1
> 127.0.0.2:8081         up       3      TIME      FAST TRIES    TCP_CHECK: conn
  127.0.0.3:8081         down     1      TIME           TRIES    TCP_CHECK: Conn
TCP 10.0.0.1:443  quorum: weight 1 is up, quorum 1
  127.0.0.4:443          up       1      TIME                    no checker: alw
"""

BY_STATE = """\
lbctl keepalived.conf  sort: state             2 of 3 up  TIMEZ
SERVER, SERVICE                    STATE   W     SINCE  LATENCY LAST       REASO
> 127.0.0.3:8081 TCP 10.0.0.1:80   down     1      TIME          TRIES     TCP_C
  127.0.0.2:8081 TCP 10.0.0.1:80   up       3      TIME     FAST TRIES     TCP_C
  127.0.0.4:443 TCP 10.0.0.1:443   up       1      TIME                    no ch
"""

class Session(terminal_session.Session):
    def __init__(self, lbctl, path, environment=(), options=()):
        super().__init__([lbctl, "check", "--watch", *options, path], environment=environment)


def masked(screen):
    """Without what differs from run to run."""
    screen = re.sub(r" *\d\d:\d\d:\d\dZ", "  TIMEZ", screen)
    screen = re.sub(r" *\b\d\d:\d\d:\d\d\b", " TIME", screen)
    screen = re.sub(r" *\b[0-9.]+ m?s\b", " FAST", screen)
    screen = re.sub(r" +[▁▂▃▄▅▆▇█x]+(?= )", " TRIES", screen)
    return re.sub(r" +", " ", screen)


def holds(screen, wanted):
    """The upper lines are those."""
    lines = masked(screen).split("\n")
    for found, line in zip(lines, re.sub(r" +", " ", wanted).split("\n")):
        # What is cut at the border depends on the latencies before it.
        if found.rstrip()[:60] != line.rstrip()[:60]:
            return f"{found!r} instead of {line!r}"
    return None


def main():
    lbctl = sys.argv[1]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.2", 8081))
    listener.listen(64)

    def golden(session, wanted, what):
        fault = holds(session.terminal.screen(), wanted)
        if fault:
            sys.exit(f"watch_screen: {what}: {fault}\n{session.terminal.screen()}")
        if "--show" in sys.argv:
            print(session.terminal.screen())

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "keepalived.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION)

        session = Session(lbctl, path)
        session.wait("a server that is down", lambda t: "TCP_CHECK: Conn" in t.screen() and re.search(r"up .* ms ", t.screen()))
        golden(session, IN_ORDER_OF_FILE, "in the order of the file")
        session.type("s")
        session.wait("another order", lambda t: "sort: state" in t.screen())
        golden(session, BY_STATE, "by state")
        session.type("r")
        session.wait("that order reversed", lambda t: re.search(r"sort: state reversed(.|\n)*\.4:443(.|\n)*\.3:8081", t.screen()))
        session.type("r/0.0.3\r")
        session.wait("a filter", lambda t: "filter: 0.0.3" in t.screen() and "127.0.0.2" not in t.screen())
        session.wait("the whole reason below", lambda t: "127.0.0.3:8081: TCP_CHECK: Connection refused" in t.screen())
        session.type("\x1b")
        session.wait("no filter", lambda t: "127.0.0.2" in t.screen())
        session.type("d")
        session.wait("those that are not up", lambda t: "127.0.0.2" not in t.screen() and "127.0.0.3" in t.screen())
        session.type("d?")
        session.wait("help", lambda t: "q quit  s sort  r reverse" in t.screen())
        session.type("ssss\x1b[B\x1b[B")
        session.wait("the third server chosen", lambda t: "\n> 127.0.0.4" in t.screen())
        # A change shows, and what happened last.
        listener.close()
        session.wait("a server that went down", lambda t: re.search(r"127\.0\.0\.2:8081 +down", t.screen()) and
                     "NO QUORUM" in t.screen() and "has lost its quorum" in t.screen())
        # Every size.
        for rows, columns in ((10, 60), (5, 30), (3, 12), (1, 1), (24, 80), (50, 200)):
            session.resize(rows, columns, session.process)
            if rows >= 5:
                session.wait(f"{rows} rows of {columns} columns", lambda t: "SERVICE, SERVER" in t.screen())
            # What was on its way was for the size before.
            session.drain(0.5)
            session.terminal.faults.clear()
            session.drain(1.2)
            if session.terminal.faults:
                sys.exit(f"watch_screen: {rows} rows of {columns} columns: {session.terminal.faults[:3]}")
        # The file read again: a server more.
        with open(path, "a", encoding="utf-8") as file:
            file.write("virtual_server 10.0.0.9 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\nreal_server 127.0.0.9 80 {\n}\n}\n")
        session.process.send_signal(signal.SIGHUP)
        session.wait("the file read again", lambda t: "127.0.0.9:80" in t.screen() and "2 of 4 up" in t.screen())
        session.stop_and_go_on(lambda t: "127.0.0.9:80" in t.screen())
        session.type("q")
        session.end("q", 0)

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS):
            session = Session(lbctl, path)
            session.wait("the screen", lambda t: "127.0.0.2:8081" in t.screen())
            session.process.send_signal(number)
            session.end(signal.Signals(number).name, 0 if number <= signal.SIGQUIT or number == signal.SIGTERM else -number)
        session = Session(lbctl, path)
        session.wait("the screen", lambda t: "127.0.0.2:8081" in t.screen())
        session.type("\x03")
        session.end("the interrupt key", 0)
        # Nobody looks any more.
        session = Session(lbctl, path)
        session.wait("the screen", lambda t: "127.0.0.2:8081" in t.screen())
        os.close(session.far)
        os.close(session.near)
        # Its last line could not be written.
        if session.process.wait(10) not in (0, 2):
            sys.exit(f"watch_screen: exit status {session.process.returncode} when the terminal is gone")

        # Other terminals.
        session = Session(lbctl, path, environment={"LC_ALL": "C"})
        session.wait("the screen without Unicode", lambda t: re.search(r" ms [_.~=+*#-]", t.screen()) or "x" in t.screen())
        if not session.terminal.raw.isascii():
            sys.exit("watch_screen: not only ASCII without a locale")
        session.type("q")
        session.end("q", 0)
        session = Session(lbctl, path, environment={"NO_COLOR": "1"})
        session.wait("the screen without colours", lambda t: "127.0.0.2:8081" in t.screen())
        if "\x1b[3" in session.terminal.raw:
            sys.exit("watch_screen: colours with NO_COLOR")
        session.type("q")
        session.end("q", 0)
        for environment, options in (({"TERM": "dumb"}, ()), ({}, ("--plain",)), ({}, ("--format", "ndjson"))):
            session = Session(lbctl, path, environment=environment, options=options)
            session.wait("lines", lambda t: "watching 2 checkers" in t.raw)
            if "\x1b" in session.terminal.raw:
                sys.exit(f"watch_screen: a screen with {environment} {options}")
            session.process.terminate()
            session.end("SIGTERM", 0)
        piped = subprocess.Popen([lbctl, "check", "--watch", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        first = piped.stdout.readline()
        piped.terminate()
        if b"watching" not in first or b"\x1b" in first:
            sys.exit(f"watch_screen: {first!r} in a pipe")
        piped.wait(10)
    print("watch_screen: ok")


if __name__ == "__main__":
    main()
