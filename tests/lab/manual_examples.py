#!/usr/bin/env python3
"""In the lab: the examples of the manual that need a live table, and a keepalived beside it, print what the pages say.

usage: manual_examples.py LBCTL INJECT [--update]      run by tests/lab/run; with --update also --write man

Such an example is an .EX block behind a line `.\\" lab SCENE'; a line `# COMMAND' in it is a command for sh, and the lines
behind it are its output: standard output, then standard error. SCENE is one of SCENES below, which makes the machine what
the example takes it for. Times, numbers of processes and the release of keepalived are any; all else is as on the page.
--update writes what was printed into the pages.
"""
import ctypes
import os
import re
import shutil
import subprocess
import sys
import tempfile

LAB = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(LAB), "golden"))

from documents import MAN, ROOT, Document, commands_in, difference  # noqa: E402 (found by the line above)
from one_keepalived import Keepalived, call, soon, table, write  # noqa: E402

LBCTL, INJECT = (os.path.abspath(word) for word in sys.argv[1:3])
FILE = "/etc/keepalived/keepalived.conf"
CLONE_NEWNET = 0x40000000
# Every example of these pages is run here or by golden/documents.py.
WHOLE_PAGES = ("apply", "diff", "drain", "drained", "reload", "status", "why")
MASKS = [(r"\b20\d\d-\d\d-\d\d \d\d:\d\d\b", "DATE"), (r"DATE:\d\d\b", "DATE:SECONDS"), (r"\bprocess \d+", "process N"),
         (r"\bkeepalived  2\.\d+\.\d+", "keepalived  RELEASE")]


def masked(lines):
    text = "\n".join(lines)
    for pattern, name in MASKS:
        text = re.sub(pattern, name, text)
    return text.split("\n")


# ---- the machine ----------------------------------------------------------------------------------------------------


def must(*words):
    status, said = call(*words)
    assert status == 0, (words, said)
    return said


def configuration(servers=(12, 13), more="", weights=None):
    text = ("vrrp_instance VI_WEB {\n    state MASTER\n    interface eth0\n    virtual_router_id 9\n    priority 150\n"
            "    advert_int 1\n    virtual_ipaddress {\n        10.0.8.9/32 dev eth0\n    }\n}\n\n"
            f"virtual_server 10.0.8.9 80 {{\n    protocol TCP\n    lb_algo rr\n    lb_kind DR\n    delay_loop 1\n{more}")
    for number in servers:
        text += (f"\n    real_server 10.0.8.{number} 80 {{\n        weight {(weights or {}).get(number, 1)}\n"
                 "        TCP_CHECK {\n            connect_timeout 3\n            retry 0\n            warmup 0\n        }\n    }\n")
    return text + "}\n"


def enter(namespace):
    """This process and its children from now on are in that network namespace."""
    with open(namespace, encoding="utf-8") as file:
        assert ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())


class Machine:
    """A director with a network to three real servers, each of which listens at port 80 or does not. It is another
    network namespace for each scene: connections go only with that."""

    def __init__(self):
        self.servers = {}
        self.keepalived = None
        self.number = 0
        os.makedirs(os.path.dirname(FILE), exist_ok=True)
        for words in (("netns", "add", "real"), ("-n", "real", "link", "add", "eth0", "type", "bridge"),
                      ("-n", "real", "link", "set", "eth0", "up")):
            must("ip", *words)
        for number in (12, 13, 14):
            must("ip", "-n", "real", "address", "add", f"10.0.8.{number}/24", "dev", "eth0")
        self.stop()

    def listen(self, number):
        if number not in self.servers:
            self.servers[number] = subprocess.Popen(
                ["ip", "netns", "exec", "real", sys.executable, "-c",
                 "import socket, sys, time\nserver = socket.create_server((sys.argv[1], 80), backlog=64)\n"
                 "while True:\n    server.accept()[0].close()\n", f"10.0.8.{number}"])

    def fail(self, number):
        process = self.servers.pop(number, None)
        if process is not None:
            process.kill()
            process.wait()

    def stop(self):
        """No keepalived, an empty table, nothing remembered."""
        if self.keepalived is not None:
            self.keepalived.process.terminate()
            self.keepalived.process.wait()
            self.keepalived = None
        self.number += 1
        enter("/proc/1/ns/net")
        name, peer = f"director{self.number}", f"port{self.number}"
        for words in (("netns", "add", name), ("-n", name, "link", "set", "lo", "up"),
                      ("-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", peer, "netns", "real"),
                      ("-n", "real", "link", "set", peer, "up", "master", "eth0"),
                      ("-n", name, "link", "set", "eth0", "up"),
                      ("-n", name, "link", "add", "sync0", "type", "dummy"), ("-n", name, "link", "set", "sync0", "up"),
                      ("-n", name, "address", "add", "10.0.8.25/24", "dev", "eth0"),
                      ("-n", name, "address", "add", "192.0.2.1/24", "dev", "sync0")):
            must("ip", *words)
        if self.number > 1:
            must("ip", "netns", "delete", f"director{self.number - 1}")
        enter(f"/run/netns/{name}")

    def start(self, text, fails=()):
        """keepalived with that configuration, as MASTER, with those servers down."""
        self.stop()
        write(FILE, text)
        numbers = [int(number) for number in re.findall(r"real_server 10\.0\.8\.(\d+)", text)]
        for number in numbers:
            (self.fail if number in fails else self.listen)(number)
        self.keepalived = Keepalived(FILE, "/run")
        soon(lambda: " 10.0.8.9/32 " in call("ip", "-4", "-o", "address")[1], "keepalived does not become MASTER")
        up = sorted(number for number in numbers if number not in fails)
        soon(lambda: sorted(map(int, re.findall(r"-r 10\.0\.8\.(\d+):80", table()))) == up, f"not these servers: {up}")

    def connect(self, number, count, *words):
        """Connections of clients to that server."""
        if "start-daemon" not in table():
            call("ipvsadm", "--start-daemon", "backup", "--mcast-interface", "sync0")
        must(INJECT, "--interface", "sync0", "--service", "10.0.8.9", "--server", f"10.0.8.{number}", "--method", "3",
             "--count", str(count), *words)


# ---- the scenes -----------------------------------------------------------------------------------------------------


def one_is_down(machine):
    machine.start(configuration(), fails=(13,))
    machine.connect(12, 12)
    machine.connect(12, 3, "--start", "50", "--inactive")
    soon(lambda: re.search(r"10\.0\.8\.12:80 .* 12 +3", call("ipvsadm", "-Ln")[1]), "the connections do not come")


def new_file(machine):
    machine.start(configuration())
    write("new.conf", configuration(weights={13: 2}))


def down_drained_and_drift(machine):
    machine.start(configuration((12, 13, 14)), fails=(13,))
    must("lbctl", "drain", "10.0.8.12")
    must("ipvsadm", "-e", "-t", "10.0.8.9:80", "-r", "10.0.8.14:80", "-g", "-w", "7")


def persistent_table(machine):
    machine.stop()
    write("keepalived.conf", configuration((12, 13, 14), "    persistence_timeout 300\n"))
    must("lbctl", "apply", "keepalived.conf")


def a_drain(machine):
    persistent_table(machine)
    must("lbctl", "drain", "10.0.8.12")
    machine.connect(12, 3)
    machine.connect(12, 12, "--template", "--state", "0", "--timeout", "300")
    soon(lambda: re.search(r"10\.0\.8\.12:80 .* 3 +0", call("ipvsadm", "-Ln")[1]), "the connections do not come")
    soon(lambda: call("lbctl", "connections", "--count", "--templates")[1].strip() == "12", "the templates do not come")


def a_drain_with_connections(machine):
    machine.stop()
    write("keepalived.conf", configuration())
    must("lbctl", "apply", "keepalived.conf")
    must("lbctl", "drain", "10.0.8.12")
    must("ip", "address", "add", "10.0.8.9/32", "dev", "eth0")
    machine.connect(12, 1)
    machine.connect(12, 3, "--start", "50", "--inactive")
    soon(lambda: re.search(r"10\.0\.8\.12:80 .* 1 +3", call("ipvsadm", "-Ln")[1]), "the connections do not come")


def empty_table(machine):
    machine.stop()
    for name in ("keepalived-master.conf", "keepalived.conf"):
        shutil.copy(os.path.join(ROOT, "examples/lvs-dr/keepalived-master.conf"), name)


SCENES = {scene.__name__.replace("_", "-"): scene for scene in (
    one_is_down, new_file, down_drained_and_drift, persistent_table, a_drain, a_drain_with_connections, empty_table)}


# ---- how they are played --------------------------------------------------------------------------------------------


def printed_by(lines):
    """The block as it should read."""
    printed = []
    for command in commands_in(lines, "# "):
        run = subprocess.run(["sh", "-c", "\n".join(command)[2:]], stdin=subprocess.DEVNULL, capture_output=True,
                             timeout=60, check=False)
        output = (run.stdout + run.stderr).decode(errors="replace")
        printed += command + (output[:-1] if output.endswith("\n") else output).split("\n") * bool(output)
    return printed


def pages():
    for name in sorted(os.listdir(MAN)):
        path = os.path.join(MAN, name)
        if name.endswith(".1") and not os.path.islink(path):
            yield Document(path)


def main():
    update = sys.argv[3:] == ["--update"]
    folder = tempfile.mkdtemp()
    os.mkdir(os.path.join(folder, ".bin"))
    os.symlink(LBCTL, os.path.join(folder, ".bin", "lbctl"))
    os.environ.update({"PATH": os.path.join(folder, ".bin") + os.pathsep + os.environ["PATH"], "LC_ALL": "C.UTF-8",
                       "SUDO_USER": "alice"})
    os.chdir(folder)
    machine = Machine()
    faults = []
    played = set()
    for page in pages():
        for block in reversed(page.blocks(r"lab ([a-z-]+)")):
            scene = page.mark_of(block).split(" ")[1]
            played.add(scene)
            SCENES[scene](machine)
            said = page.read(block)
            printed = printed_by(said)
            if masked(said) == masked(printed):
                continue
            if update:
                page.replace(block, [re.sub(r"\bprocess \d+", "process 812", line) for line in printed])
            else:
                faults.append(difference(said, printed, f"{page.name}:{block[0] + 1}", "what lbctl prints"))
        if update:
            page.write()
        unmarked = page.lines.count(".EX") - len(page.blocks(r"lab ([a-z-]+)")) - len(page.blocks())
        if os.path.basename(page.name) in [f"lbctl-{name}.1" for name in WHOLE_PAGES] and unmarked:
            faults.append(f"{page.name}: {unmarked} examples are run by nobody")
    machine.stop()
    faults += [f"no page has an example of the scene `{name}'" for name in sorted(set(SCENES) - played)]
    for fault in faults:
        print(fault)
    print(f"{len(played)} scenes, {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
