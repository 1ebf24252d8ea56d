#!/usr/bin/env python3
"""Shows `lbctl check --watch' at work beside servers that stop and start, in a network namespace of its own.

usage: health_watch.py LBCTL
"""
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

CONFIGURATION = """
track_file load {
    file %(folder)s/load
}
virtual_server 10.0.0.1 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    delay_loop 0.5
    quorum %(quorum)d
    sorry_server 127.0.0.9 80
    real_server 127.0.0.2 8081 {
        TCP_CHECK {
            warmup 0
            connect_timeout 1
            retry 1
            delay_before_retry 0.2
        }
    }
    real_server 127.0.0.3 8081 {
        FILE_CHECK {
            track_file load
        }
    }
}
"""


def listen():
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.2", 8081))
    server.listen(64)
    return server


class Watch:
    def __init__(self, lbctl, path):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind("\0lbctl-health-watch-%d" % os.getpid())
        self.notify.setblocking(False)
        environment = dict(os.environ, NOTIFY_SOCKET="@lbctl-health-watch-%d" % os.getpid(), WATCHDOG_USEC="400000")
        environment.pop("WATCHDOG_PID", None)
        self.process = subprocess.Popen([lbctl, "check", "--watch", "--format", "ndjson", path], env=environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pending = b""
        self.notices = []

    def line(self, seconds=5.0):
        """The next line; None when none comes in time."""
        end = time.monotonic() + seconds
        while b"\n" not in self.pending:
            self.told()
            left = min(end - time.monotonic(), 0.5)
            if left <= 0:
                return None
            if not select.select([self.process.stdout], [], [], left)[0]:
                continue
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                return None
            self.pending += piece
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)

    def told(self):
        """What the service manager was told so far; taken often, for few notices fit its socket."""
        while True:
            try:
                self.notices.append(self.notify.recv(4096).decode())
            except BlockingIOError:
                return self.notices


def expect(what, found, **wanted):
    if found is None or any(found.get(key) != value for key, value in wanted.items()):
        sys.exit("health_watch: %s: wanted %r, found %r" % (what, wanted, found))


def check_chosen(lbctl, path):
    """--service and --server choose what is checked."""
    def checked(*words):
        done = subprocess.run([lbctl, "check", "--format", "ndjson", *words, path], capture_output=True, text=True,
                              timeout=20)
        return done.returncode, [json.loads(line)["address"] for line in done.stdout.split("\n")[:-1]]

    for words, wanted in ((["--server", "127.0.0.3"], (0, ["127.0.0.3"])),
                          (["--server", "*:8081", "--service", "tcp *"], (0, ["127.0.0.2", "127.0.0.3"])),
                          (["--service", "10.0.0.1:http"], (0, ["127.0.0.2", "127.0.0.3"])),
                          (["--service", "10.0.0.2"], (2, []))):
        if checked(*words) != wanted:
            sys.exit("health_watch: check %s: %r, wanted %r" % (" ".join(words), checked(*words), wanted))


def main():
    lbctl = sys.argv[1]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        load, path = os.path.join(folder, "load"), os.path.join(folder, "keepalived.conf")

        def write(where, text):
            with open(where, "w") as file:
                file.write(text)

        write(load, "0\n")
        write(path, CONFIGURATION % {"folder": folder, "quorum": 1})
        server = listen()
        check_chosen(lbctl, path)
        watch = Watch(lbctl, path)
        expect("the start", watch.line(), event="start")
        expect("nothing is news while all are up", {"line": watch.line(1.8)}, line=None)
        server.close()
        stopped = time.monotonic()
        expect("a server that stops", watch.line(), event="checker", address="127.0.0.2", state="down", verdict="down",
               kind="TCP_CHECK", reason="Connection refused")
        if time.monotonic() - stopped > 1.2:
            sys.exit("health_watch: the server was down %.1f s before it was told" % (time.monotonic() - stopped))
        write(load, "4\n")
        expect("a file with another number", watch.line(), event="weight", weight=5, weight_before=1)
        write(load, "0\n")
        expect("the number it had", watch.line(), event="weight", weight=1, weight_before=5)
        # Read anew: the server that is down stays so, and the new quorum counts at once.
        write(path, CONFIGURATION % {"folder": folder, "quorum": 2})
        watch.process.send_signal(signal.SIGHUP)
        expect("the quorum of the new file", watch.line(), event="quorum", up=False, weight=1, quorum=2)
        expect("the file read anew", watch.line(), event="reload")
        expect("the server that was down is down still", watch.line(), event="down")
        server = listen()
        expect("a server that is back", watch.line(), event="checker", address="127.0.0.2", state="up")
        expect("the quorum comes with it", watch.line(), event="quorum", up=True, weight=2, quorum=2)
        write(path, "virtual_server {\n")
        write(load, "-2147483648\n")
        expect("a file that counts as failed", watch.line(), event="checker", address="127.0.0.3", state="down")
        expect("the quorum goes with it", watch.line(), event="quorum", up=False)
        told = watch.told()
        if told[0] != "READY=1" or "RELOADING=1" not in told or told.count("WATCHDOG=1") < 5:
            sys.exit("health_watch: the service manager was told %r" % told)
        watch.process.send_signal(signal.SIGTERM)
        expect("the end", watch.line(), event="stop")
        if watch.process.wait(5) != 0:
            sys.exit("health_watch: exit status %d" % watch.process.returncode)
        if "STOPPING=1" not in watch.told():
            sys.exit("health_watch: the service manager was not told of the end")
    print("health_watch: ok")


if __name__ == "__main__":
    main()
