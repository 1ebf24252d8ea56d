#!/usr/bin/env python3
"""`lbctl check --watch --apply' in the lab: the table follows servers that stop and start, and whoever the file names
is told.

usage: health_apply.py LBCTL      run by tests/lab/run
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

CONFIGURATION = """
global_defs {
    lvs_notify_fifo %(folder)s/fifo
    script_user root
}
virtual_server 10.0.0.1 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    delay_loop 0.5
    %(lines)s
    sorry_server 127.0.0.9 8080
    quorum_down "%(folder)s/note quorum down"
    real_server 127.0.0.2 8081 {
        notify_down "%(folder)s/note down 2"
        notify_up "%(folder)s/note up 2"
        TCP_CHECK {
            warmup 0
            connect_timeout 1
            retry 1
            delay_before_retry 0.2
        }
    }
    real_server 127.0.0.3 8081 {
        weight 3
        TCP_CHECK {
            warmup 0
            connect_timeout 1
            retry 0
        }
    }
}
"""


class Server:
    """A server on the loopback that accepts, and can stop."""

    def __init__(self, address):
        self.address, self.socket = address, None
        self.start()

    def start(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((self.address, 8081))
        self.socket.listen(128)

    def stop(self):
        self.socket.close()


def table(service="10.0.0.1:80"):
    """Destinations with their weights; None when the service is not there."""
    text = subprocess.run(["ipvsadm", "-S", "-n"], stdout=subprocess.PIPE, text=True, check=True).stdout
    if "-A -t %s " % service not in text:
        return None
    return dict((found[1], int(found[2])) for found in
                re.finditer(r"-a -t %s -r (\S+) .*-w (\d+)" % re.escape(service), text))


def wait_for(what, wanted, seconds):
    """Waits until the table is that one; gives how long it took."""
    began = time.monotonic()
    while table() != wanted:
        if time.monotonic() - began > seconds:
            sys.exit("health_apply: %s: after %.1f s the table is %r, wanted %r" % (what, seconds, table(), wanted))
        time.sleep(0.02)
    return time.monotonic() - began


class Case:
    def __init__(self, lbctl, folder):
        self.lbctl, self.folder = lbctl, folder
        self.path = os.path.join(folder, "keepalived.conf")
        self.fifo = os.path.join(folder, "fifo")
        self.lines = []
        note = os.path.join(folder, "note")
        with open(note, "w") as file:
            file.write('#!/bin/sh\necho "$*" >>%s/notes\n' % folder)
        os.chmod(note, 0o755)

    def configure(self, lines="", text=CONFIGURATION):
        with open(self.path, "w") as file:
            file.write(text % {"folder": self.folder, "lines": lines})

    def begin(self):
        return subprocess.Popen([self.lbctl, "check", "--watch", "--apply", self.path], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)

    def refused(self, what, word):
        done = subprocess.run([self.lbctl, "check", "--watch", "--apply", self.path], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=20)
        if done.returncode != 2 or word not in done.stdout:
            sys.exit("health_apply: %s: status %d, %r" % (what, done.returncode, done.stdout))

    def follow_fifo(self):
        def read():
            with open(self.fifo) as file:
                for line in file:
                    self.lines.append(line.strip())
        threading.Thread(target=read, daemon=True).start()

    def notes(self):
        time.sleep(0.4)
        with open(os.path.join(self.folder, "notes")) as file:
            return file.read().split("\n")[:-1]


def ends(watch, number):
    watch.send_signal(number)
    status = watch.wait(10)
    return status, watch.stdout.read().decode()


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ipvsadm", "-A", "-t", "10.0.0.99:99"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        case = Case(sys.argv[1], folder)
        both = {"127.0.0.2:8081": 1, "127.0.0.3:8081": 3}
        two, three = Server("127.0.0.2"), Server("127.0.0.3")

        case.configure()
        watch = case.begin()
        wait_for("the start", both, 5)
        case.follow_fifo()
        case.refused("a second one", "looks after this table")
        time.sleep(1.2)

        # Out within delay_loop, the retry and its pause; and back.
        two.stop()
        took = wait_for("a server that stopped", {"127.0.0.3:8081": 3}, 3)
        if took > 1.5:
            sys.exit("health_apply: it took %.1f s to take the server out" % took)
        # With weight 0 a server may be held down by the watch, for all that enable can see: it is left so.
        by_hand = ["ipvsadm", "-e", "-t", "10.0.0.1:80", "-r", "127.0.0.3:8081", "-m", "-w"]
        subprocess.run(by_hand + ["0"], check=True)
        done = subprocess.run([case.lbctl, "enable", "127.0.0.3"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0 or "may be held down by who looks after this table" not in done.stdout:
            sys.exit("health_apply: enable of a server of weight 0: status %d, %r" % (done.returncode, done.stdout))
        wait_for("what enable left", {"127.0.0.3:8081": 0}, 1)
        # A weight that somebody gave by hand stays.
        subprocess.run(by_hand + ["7"], check=True)
        two.start()
        wait_for("a server that is back", {"127.0.0.2:8081": 1, "127.0.0.3:8081": 7}, 3)
        # Both gone: the sorry server.
        two.stop()
        three.stop()
        wait_for("nobody is left", {"127.0.0.9:8080": 1}, 3)
        two.start()
        wait_for("one is back", {"127.0.0.2:8081": 1}, 3)
        notes = case.notes()
        if [note for note in notes if note.endswith("2")] != ["down 2", "up 2"] * 2 or "quorum down" not in notes:
            sys.exit("health_apply: the scripts noted %r" % notes)
        wanted = ["RS [127.0.0.2]:tcp:8081 [10.0.0.1]:tcp:80 DOWN", "RS [127.0.0.2]:tcp:8081 [10.0.0.1]:tcp:80 UP"]
        told = [line for line in case.lines if "127.0.0.2" in line][:2]
        if told != wanted or "VS [10.0.0.1]:tcp:80 DOWN" not in case.lines:
            sys.exit("health_apply: the FIFO had %r" % case.lines)

        # Read anew: the server that is down stays down, and the quorum of the new file counts.
        case.configure("quorum 4")
        watch.send_signal(signal.SIGHUP)
        wait_for("the file read anew", {"127.0.0.9:8080": 1}, 3)
        three.start()
        wait_for("the quorum is there", both, 3)

        # Killed, and begun again with alpha: who serves goes on, who stopped meanwhile goes.
        watch.kill()
        watch.wait()
        os.unlink(case.fifo)  # it stays behind, as keepalived's does
        case.configure("alpha")
        three.stop()
        watch = case.begin()
        seen = []
        for _ in range(60):
            seen.append(table())
            time.sleep(0.05)
        if any(one is None or "127.0.0.2:8081" not in one for one in seen):
            sys.exit("health_apply: a server that is up was taken out: %r" % seen)
        wait_for("begun again", {"127.0.0.2:8081": 1}, 3)

        status, text = ends(watch, signal.SIGTERM)
        if status != 0 or table() is not None or os.path.exists(case.fifo):
            sys.exit("health_apply: the end: status %d, table %r, FIFO %s\n%s"
                     % (status, table(), os.path.exists(case.fifo), text))
        if table("10.0.0.99:99") is None:
            sys.exit("health_apply: a service of somebody else went, too")
        # The file may say that everything goes.
        case.configure(text=CONFIGURATION.replace("script_user root", "script_user root\n    lvs_flush_on_stop"))
        watch = case.begin()
        wait_for("begun once more", both if three.start() is None else both, 5)
        ends(watch, signal.SIGTERM)
        if table("10.0.0.99:99") is not None:
            sys.exit("health_apply: lvs_flush_on_stop left something")

        # Beside a keepalived it does not begin.
        keepalived = subprocess.Popen(["keepalived", "-n", "-C", "-f", case.path, "-p", folder + "/k.pid", "-c",
                                       folder + "/c.pid"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("keepalived's table", both, 10)
        case.refused("beside a keepalived", "keepalived")
        keepalived.terminate()
        keepalived.wait(10)
    print("health_apply: ok")


if __name__ == "__main__":
    main()
