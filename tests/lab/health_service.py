#!/usr/bin/env python3
"""`lbctl check --watch --apply' as a service, in the lab: which capabilities it keeps, and the mail that it sends.

usage: health_service.py LBCTL      run by tests/lab/run
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

DAC_OVERRIDE, DAC_READ_SEARCH, KILL, SETGID, SETUID, NET_ADMIN, NET_RAW = 1, 2, 5, 6, 7, 12, 13

CONFIGURATION = """
global_defs {
    %(globals)s
}
virtual_server 10.0.0.1 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    delay_loop 0.5
    quorum 2
    smtp_alert
    real_server 127.0.0.2 8081 {
        TCP_CHECK {
            warmup 0
            connect_timeout 1
            retry 0
        }
    }
    real_server 127.0.0.3 8081 {
        %(checker)s
    }
}
"""
TCP = "TCP_CHECK {\nwarmup 0\nconnect_timeout 1\nretry 0\n}"
MAIL = """
    notification_email {
        admin@example.org
        "Second <second@example.org>"
    }
    notification_email_from lb@example.org
    smtp_server 127.0.0.25 2500
    smtp_helo_name director.example.org
    smtp_connect_timeout 2
    router_id LB1
"""


def fail(text):
    sys.exit("health_service: " + text)


def set_of(*numbers):
    return sum(1 << number for number in numbers)


class Server:
    def __init__(self, address, port=8081):
        self.address = (address, port)
        self.start()

    def start(self):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.address)
        self.socket.listen(128)

    def stop(self):
        self.socket.close()


class MailServer:
    """Takes mail, and keeps what was sent to it, one text a connection, in the order in which they came."""

    def __init__(self):
        self.connections, self.pause, self.refuses = [], 0, False
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.25", 2500))
        self.socket.listen(16)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.socket.accept()
            self.connections.append(None)
            threading.Thread(target=self.serve, args=(connection, len(self.connections) - 1), daemon=True).start()

    @property
    def mails(self):
        return [text for text in self.connections if text is not None]

    def serve(self, connection, place):
        text, in_data = "", False
        time.sleep(self.pause)
        connection.sendall(b"220-mail.example.org\r\n220 ready\r\n")
        try:
            for line in connection.makefile("r", newline="\r\n"):
                text += line
                if in_data and line != ".\r\n":
                    continue
                reply = "250-fine\r\n250 ok"
                if in_data:
                    in_data = False
                elif line == "DATA\r\n":
                    in_data, reply = True, "354 go on"
                elif line == "QUIT\r\n":
                    reply = "221 bye"
                elif self.refuses and line.startswith("RCPT"):
                    reply = "550 nobody here"
                connection.sendall(reply.encode() + b"\r\n")
        except OSError:
            pass
        self.connections[place] = text


def wait_for(what, condition, seconds=8):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            fail("%s did not happen" % what)
        time.sleep(0.05)


def table():
    text = subprocess.run(["ipvsadm", "-S", "-n"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return sorted(re.findall(r"-r (\S+)", text))


class Watch:
    def __init__(self, lbctl, path):
        self.process = subprocess.Popen([lbctl, "check", "--watch", "--apply", path], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.lines = []
        threading.Thread(target=self.read, daemon=True).start()
        wait_for("the start", lambda: any("the table is made" in line for line in self.lines))
        time.sleep(0.3)

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def capabilities(self):
        sets = []
        for task in os.listdir("/proc/%d/task" % self.process.pid):
            with open("/proc/%d/task/%s/status" % (self.process.pid, task), encoding="ascii") as file:
                sets.append({name: int(value, 16) for name, value in re.findall(r"^(Cap\w+):\s*(\w+)$", file.read(), re.M)})
        if any(one != sets[0] for one in sets):
            fail("threads with different capabilities: %r" % sets)
        return sets[0]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(15) != 0:
            fail("the watch ended with %d: %r" % (self.process.returncode, self.lines))


def main():
    lbctl = sys.argv[1]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "keepalived.conf")

        def configure(checker=TCP, globals_="script_user root"):
            with open(path, "w", encoding="utf-8") as file:
                file.write(CONFIGURATION % {"checker": checker, "globals": globals_})

        note = os.path.join(folder, "note")
        with open(note, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\nid -un >%s/who\ngrep CapEff /proc/self/status >>%s/who\nexit 0\n' % (folder, folder))
        os.chmod(note, 0o755)
        open(os.path.join(folder, "who"), "w", encoding="utf-8").close()
        os.chmod(os.path.join(folder, "who"), 0o666)
        slow = os.path.join(folder, "slow")
        with open(slow, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexec sleep 1000\n")
        os.chmod(slow, 0o755)

        two, three = Server("127.0.0.2"), Server("127.0.0.3")
        both = ["127.0.0.2:8081", "127.0.0.3:8081"]
        with open("/proc/self/status", encoding="ascii") as file:
            full = int(re.search(r"^CapBnd:\s*(\w+)$", file.read(), re.M)[1], 16)

        # One capability, and with it the table follows; also with mail, which has a thread of its own.
        configure(globals_="script_user root\n" + MAIL)
        mail = MailServer()
        watch = Watch(lbctl, path)
        only = set_of(NET_ADMIN)
        found = watch.capabilities()
        if found != {"CapInh": 0, "CapPrm": only, "CapEff": only, "CapBnd": only, "CapAmb": 0}:
            fail("the capabilities are %r" % found)
        wait_for("the mail of the start", lambda: len(mail.mails) == 1)
        time.sleep(1)
        three.stop()
        wait_for("the table that follows", lambda: table() == both[:1])
        wait_for("the mails of a server that is down", lambda: len(mail.mails) == 3)
        three.start()
        wait_for("the table that follows back", lambda: table() == both)
        wait_for("the mails of a server that is back", lambda: len(mail.mails) == 5)
        texts = [re.sub(r"Date: \w\w\w, \d\d \w\w\w \d{4} \d\d:\d\d:\d\d [+-]\d{4}\r\n", "Date\r\n", text) for text in mail.mails]
        wanted = [("Virtualserver [10.0.0.1]:tcp:80 - UP", ["=> Starting with quorum up 2+0=2 <= 2 <="]),
                  ("Virtualserver [10.0.0.1]:tcp:80 - DOWN", ["=> Lost quorum 2+0=2 <= 1 <="]),
                  ("Realserver [127.0.0.3]:tcp:8081 of virtual server [10.0.0.1]:tcp:80 - DOWN",
                   ["=> TCP CHECK failed on service <=", "TCP_CHECK: Connection refused"]),
                  ("Virtualserver [10.0.0.1]:tcp:80 - UP", ["=> Gained quorum 2+0=2 <= 2 <="]),
                  ("Realserver [127.0.0.3]:tcp:8081 of virtual server [10.0.0.1]:tcp:80 - UP",
                   ["=> TCP CHECK succeed on service <="])]
        for text, (subject, body) in zip(texts, wanted, strict=True):
            expected = "\r\n".join(["HELO director.example.org", "MAIL FROM:<lb@example.org>", "RCPT TO:<admin@example.org>",
                                    "RCPT TO:<second@example.org>", "DATA", "Date", "From: lb@example.org",
                                    "Subject: [LB1] " + subject, "X-Mailer: Keepalived", "To: admin@example.org,",
                                    " Second <second@example.org>", "", *body, "", ".", "QUIT", ""])
            if text != expected:
                fail("the mail is\n%r\nand not\n%r" % (text, expected))
        # A mail server that refuses, and one that keeps everybody waiting, are told of and stop nothing.
        mail.refuses = True
        three.stop()
        wait_for("the complaint", lambda: any("it said `550 nobody here'" in line for line in watch.lines))
        mail.refuses, mail.pause = False, 3600
        three.start()
        began = time.monotonic()
        wait_for("the table while mail waits", lambda: table() == both, 3)
        wait_for("the complaint of a time-out", lambda: any("no reply within 2 s" in line for line in watch.lines), 12)
        began = time.monotonic()
        watch.end()
        if time.monotonic() - began > 6:
            fail("the end waited for mail")

        # Commands of another user.
        user = "nobody"
        configure("MISC_CHECK {\nmisc_path %s\nuser %s\nwarmup 0\n}" % (note, user))
        watch = Watch(lbctl, path)
        kept = set_of(NET_ADMIN, SETUID, SETGID, KILL)
        found = watch.capabilities()
        if (found["CapPrm"], found["CapEff"], found["CapBnd"]) != (kept, kept, kept):
            fail("with commands of another user the capabilities are %r" % found)
        wait_for("the command", lambda: os.path.getsize(os.path.join(folder, "who")) > 20)
        with open(os.path.join(folder, "who"), encoding="ascii") as file:
            said = file.read().split()
        if said[0] != user or int(said[2], 16) != 0:
            fail("the command ran as %r" % said)
        # What a file needs that is read later is said.
        configure("PING_CHECK {\nwarmup 0\nconnect_timeout 1\n}")
        with open("/proc/sys/net/ipv4/ping_group_range", "w", encoding="ascii") as file:
            file.write("1 0")
        watch.process.send_signal(signal.SIGHUP)
        wait_for("the complaint of a reload", lambda: any("CAP_NET_RAW is missing" in line for line in watch.lines))
        watch.end()

        # One that has to be killed.
        configure("MISC_CHECK {\nmisc_path %s\nmisc_timeout 1\nuser %s\nwarmup 0\nretry 0\n}" % (slow, user))
        watch = Watch(lbctl, path)
        wait_for("a command that is stopped", lambda: table() == both[:1])
        watch.end()

        # Those of root have what root has.
        configure("MISC_CHECK {\nmisc_path %s\nuser root\nwarmup 0\n}" % note)
        open(os.path.join(folder, "who"), "w", encoding="utf-8").close()
        watch = Watch(lbctl, path)
        found = watch.capabilities()
        if (found["CapEff"], found["CapBnd"]) != (only, full):
            fail("with commands of root the capabilities are %r" % found)
        wait_for("the command of root", lambda: os.path.getsize(os.path.join(folder, "who")) > 20)
        with open(os.path.join(folder, "who"), encoding="ascii") as file:
            said = file.read().split()
        if said[0] != "root" or int(said[2], 16) != full:
            fail("the command of root ran as %r" % said)
        watch.end()

        # A command of root, and a file, that only their owner may use.
        os.chown(note, 65534, 65534)
        os.chmod(note, 0o700)
        number = os.path.join(folder, "number")
        with open(number, "w", encoding="ascii") as file:
            file.write("4")
        os.chown(number, 65534, 65534)
        os.chmod(number, 0o600)
        os.truncate(os.path.join(folder, "who"), 0)
        configure("weight 10\nMISC_CHECK {\nmisc_path %s\nuser root\nwarmup 0\n}\nFILE_CHECK {\ntrack_file n\n}" % note)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write("track_file n {\nfile %s\n}\n%s" % (number, text))
        watch = Watch(lbctl, path)
        found = watch.capabilities()
        if found["CapEff"] != only | set_of(DAC_OVERRIDE, DAC_READ_SEARCH):
            fail("with a command and a file of somebody else the capabilities are %r" % found)
        wait_for("the command of somebody else", lambda: os.path.getsize(os.path.join(folder, "who")) > 20)
        with open(number, "r+", encoding="ascii") as file:
            file.write("7")
        wait_for("the weight of the file", lambda: any("weight 17 instead of 14" in line for line in watch.lines))
        watch.end()

        # PING_CHECK without ping sockets.
        configure("PING_CHECK {\nwarmup 0\nconnect_timeout 1\n}")
        watch = Watch(lbctl, path)
        found = watch.capabilities()
        if found["CapEff"] != set_of(NET_ADMIN, NET_RAW):
            fail("with PING_CHECK the capabilities are %r" % found)
        time.sleep(2)
        if table() != both:
            fail("PING_CHECK took a server out: %r, %r" % (table(), watch.lines))
        watch.end()
        two.stop()
    print("health_service: ok")


if __name__ == "__main__":
    main()
