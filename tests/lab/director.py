"""For the lab: directors, each a network namespace with a keepalived of its own, whose checks go to ports at 127.0.0.1
that a test opens and closes.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time

from keepalived_program import KEEPALIVED

PATIENCE = 15
FOLDER = "/run/scenes"


def call(*command, text=None):
    source = {"stdin": subprocess.DEVNULL} if text is None else {"input": text.encode()}
    run = subprocess.run(command, capture_output=True, timeout=60, check=False, **source)
    return run.returncode, run.stdout.decode(errors="replace"), run.stderr.decode(errors="replace")


LISTENER = r"""
import socket, sys, threading
def take(server):
    try:
        while True:
            server.accept()[0].close()
    except OSError:
        pass
open_ports = {}
for line in sys.stdin:
    word, port = line.split()
    if word == "open" and port not in open_ports:
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", int(port)))
        server.listen(64)
        open_ports[port] = server
        threading.Thread(target=take, args=(server,), daemon=True).start()
    if word == "close" and port in open_ports:
        open_ports[port].shutdown(socket.SHUT_RDWR)
        open_ports.pop(port).close()
"""


class Director:
    def __init__(self, lbctl, name, configuration, ports=(), files=None):
        self.lbctl_program, self.name = lbctl, name
        self.folder = os.path.join(FOLDER, name)
        for other, text in (files or {}).items():
            os.makedirs(os.path.dirname(os.path.join(self.folder, other)), exist_ok=True)
            self.write(text, other)
            if text.startswith("#!"):
                os.chmod(os.path.join(self.folder, other), 0o755)
        os.makedirs(self.folder, exist_ok=True)
        self.file = os.path.join(self.folder, "keepalived.conf")
        self.write(configuration)
        self.listener = subprocess.Popen(["ip", "netns", "exec", name, sys.executable, "-c", LISTENER],
                                         stdin=subprocess.PIPE, text=True)
        for port in ports:
            self.open(port)
        self.hups = 0
        self.log = open(os.path.join(self.folder, "log"), "w", encoding="utf-8")
        files = [word for letter in "prc" for word in ("-" + letter, os.path.join(self.folder, letter + ".pid"))]
        self.daemon = subprocess.Popen(["ip", "netns", "exec", name, KEEPALIVED, "-nlD", "-f", self.file, *files],
                                       stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def write(self, text, name="keepalived.conf"):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name="keepalived.conf"):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()

    def logged(self, text):
        """How often keepalived has said that."""
        return self.read("log").count(text)

    def change(self, before, after, name="keepalived.conf"):
        text = self.read(name)
        assert before in text, before
        self.write(text.replace(before, after), name)

    def port(self, word, port):
        self.listener.stdin.write(f"{word} {port}\n")
        self.listener.stdin.flush()

    def open(self, *ports):
        for port in ports:
            self.port("open", port)

    def close(self, *ports):
        for port in ports:
            self.port("close", port)

    def on(self, *command):
        status, out, err = call("ip", "netns", "exec", self.name, *command)
        assert status == 0, (command, out, err)
        return out

    def ipvsadm(self, *words):
        return self.on("ipvsadm", *words)

    def call(self, *words):
        """Runs lbctl: its exit status, and what it says."""
        return call("ip", "netns", "exec", self.name, self.lbctl_program, *words)

    def lbctl(self, *words, expected=0, says=""):
        status, out, err = self.call(*words)
        assert status == expected, f"exit {status}, not {expected}: lbctl {' '.join(words)}: {out}{err}"
        assert re.search(says, out + err, re.MULTILINE), f"no `{says}' in: {out}{err}"
        return out + err

    def hup(self):
        self.hups += 1
        os.kill(self.daemon.pid, signal.SIGHUP)

    def told_classes(self, *words):
        """The class of every part of the difference, and the exit status."""
        status, out, err = call("ip", "netns", "exec", self.name, self.lbctl_program, "diff", *(words or (self.file,)),
                                "--format", "json")
        if status == 2:
            return {}, 2, err
        found = json.loads(out)
        classes = {}
        for service in found["services"]:
            if "class" in service:
                classes[service["service"]] = service["class"]
            if service["change"] == "edit":
                classes.update({each["destination"]: each["class"] for each in service["destinations"]})
        for each in found["daemons"]:
            classes["daemon"] = each["class"]
        if "timeouts_class" in found:
            classes["timeouts"] = found["timeouts_class"]
        return classes, status, out + err

    def told_states(self):
        """The servers that are not up, by `status', the instances, and the exit status."""
        status, out, err = call("ip", "netns", "exec", self.name, self.lbctl_program, "status", "--format", "json")
        if status == 2:
            return {}, {}, 2, err
        found = json.loads(out)
        states = {each["server"]: each["state"] for service in found["services"] for each in service["servers"]
                  if each["state"] != "up"}
        return states, {each["name"]: each["state"] for each in found["instances"]}, status, out + err


CHECK = "TCP_CHECK {\nconnect_ip 127.0.0.1\nconnect_port %d\nconnect_timeout 10\nretry 0\nwarmup 0\n}\n"


def server(number, port=None, more="weight 1\n"):
    return f"real_server 10.0.1.{number} 80 {{\n{more}{CHECK % port if port else ''}}}\n"


def service(address, body):
    return (f"virtual_server {address} 80 {{\ndelay_loop 1\nlb_algo rr\nlb_kind NAT\nprotocol TCP\nwarmup 0\n{body}}}\n")


def wait_for(true):
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.2)


def play(it, parts, failures):
    """Plays the parts of a test, each with that director, and says what failed. Gives the exit status."""
    for part in parts:
        try:
            part(it)
        except (AssertionError, OSError, ValueError, KeyError) as error:
            failures.append(f"{part.__name__}: {error!r}")
    it.daemon.terminate()
    for failure in failures:
        print("FAILED:", failure[:3000])
    print("all well" if not failures else f"{len(failures)} failures")
    return 1 if failures else 0
