#!/usr/bin/env python3
"""Holds what `lbctl emit' writes for hosts: sound scripts, whatever the configuration holds, and options that fit.

usage: emitted_hosts.py LBCTL

The configurations have names, paths and strings that a shell would run, that end a comment or that colour a terminal. The
scripts are looked at by sh -n and, where it is there, by shellcheck; with --check they are run, among commands that do
nothing but say what they were given. What the kernel makes of them is tested in the lab (real_servers.sh).
"""
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import xml.dom.minidom

CANARY = "canary"
ODD = b"x'$(>canary)`>canary`;>canary|\xff\xc2\x9b31m\\"
NAMES = [b"plain.conf", b"it's $(touch canary) `touch canary`.conf", b"a\ntouch canary\n#.conf", b"a\rtouch canary\x1b[31m\xe2\x80\xae.conf",
         b"@'@\"\"\n$(New-Item canary)`n.conf"]

INSTANCES = b"""
vrrp_instance %(odd)s {
 state MASTER
 interface eth0
 virtual_router_id 9
 virtual_ipaddress {
  10.0.8.9/32
  192.168.8.1/24 dev eth1
 }
}
vrrp_instance six {
 interface eth0
 virtual_router_id 10
 virtual_ipaddress {
  fd00:8::9/128
  fd00:c0::1/64
 }
}
"""


def service(head, kind, servers, more=b""):
    lines = b"".join(b" real_server %s {\n }\n" % server for server in servers)
    return b"virtual_server %s {\n protocol TCP\n lb_algo rr\n lb_kind %s\n%s%s}\n" % (head, kind, more, lines)


MARKED = b"virtual_server fwmark 7 {\n lb_algo rr\n lb_kind DR\n real_server 10.0.8.12 {\n }\n}\n"


def configurations():
    """A name and the text; each with every method."""
    texts = {}
    for kind, near, far in ((b"DR", b"10.0.8.12 80", b"fd00:8::12 80"), (b"NAT", b"192.168.8.12 80", b"fd00:c0::12 80"),
                            (b"TUN", b"10.0.9.12 80", b"fd00:9::12 80"), (b"TUN type gue port 5555 csum", b"10.0.9.12 80", b"fd00:9::12 80"),
                            (b"TUN type gre", b"10.0.9.12 80", b"fd00:9::12 80")):
        texts[kind] = INSTANCES + service(b"10.0.8.9 80", kind, [near]) + service(b"fd00:8::9 80", kind, [far])
    texts[b"mark"] = INSTANCES + MARKED
    texts[b"group"] = (INSTANCES + b"virtual_server_group %(odd)s {\n 10.0.8.9 80\n 10.0.8.10-12 443\n}\n"
                       + service(b"group %(odd)s", b"DR", [b"10.0.8.12 80"]))
    texts[b"sorry"] = INSTANCES + service(b"10.0.8.9 80", b"DR", [b"10.0.8.12 80"], b" alpha\n sorry_server 10.0.8.99 80\n")
    return {name: text.replace(b"%(odd)s", ODD) for name, text in texts.items()}


IP = """#!/bin/sh
case "$*" in
*"address show to"*) echo "2: eth0    inet 192.0.2.1/24" ;;
*"show dev eth0"*) echo "2: eth0: <UP> mtu 1500 qdisc noqueue" ;;
esac
"""


def stubs(folder):
    """Commands that do nothing; `ip' has the address that it is asked for on eth0."""
    os.mkdir(folder)
    for name in ("modprobe", "iptables", "ip6tables", "nft", "sysctl", "systemctl", "ip"):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(IP if name == "ip" else "#!/bin/sh\nexit 1\n")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return folder


class Test:
    def __init__(self, lbctl, folder):
        self.lbctl, self.folder = lbctl, folder
        self.faults, self.scripts, self.drawings, self.folders = [], 0, 0, 0
        self.stubs = stubs(os.path.join(folder, "stubs"))
        self.shellcheck = shutil.which("shellcheck")
        if self.shellcheck is None:
            print("there is no shellcheck: scripts are held against sh -n only")

    def fault(self, text):
        self.faults.append(text)

    def lbctl_says(self, *arguments):
        return subprocess.run([self.lbctl, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)

    def canary(self, what):
        if os.path.exists(os.path.join(self.folder, CANARY)):
            os.remove(os.path.join(self.folder, CANARY))
            self.fault(f"{what}: something of the configuration was run")

    def look_at_scripts(self, what, paths):
        self.scripts += len(paths)
        for path in paths:
            with open(path, "rb") as file:
                text = file.read()
            for line in text.split(b"\n"):
                if re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80\xae|\xc2\x9b", line):
                    self.fault(f"{what}: a line would act on a terminal: {line!r}")
            environment = {**os.environ, "PATH": self.stubs + os.pathsep + os.environ["PATH"]}
            for command in (["sh", "-n", path], ["sh", path, "--check"]):
                run = subprocess.run(command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                                     check=False)
                wanted = 1 if "--check" in command else 0
                if run.returncode != wanted or run.stderr:
                    self.fault(f"{what}: {command[1:]} ends with {run.returncode}: {run.stdout + run.stderr!r}")
            self.canary(what)
        if self.shellcheck:
            run = subprocess.run([self.shellcheck, *paths], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
            if run.returncode != 0:
                self.fault(f"{what}: shellcheck: {run.stdout.decode(errors='replace')[:1500]}")

    def emit(self, kind, name, path, *options):
        self.folders += 1
        out = os.path.join(self.folder, f"out-{self.folders}")
        run = self.lbctl_says("emit", kind, path, "--keep-going", "--out", out, *options)
        if run.returncode != 0:
            self.fault(f"emit {kind} of {name!r}: exit {run.returncode}: {run.stderr!r}")
            return []
        return sorted(os.path.join(out, each) for each in os.listdir(out))

    def hostile(self):
        for number, file_name in enumerate(NAMES):
            path = os.path.join(self.folder.encode(), file_name)
            for kind, text in configurations().items():
                # Every kind of configuration under one name, and one under every name.
                if number != 0 and kind != b"group":
                    continue
                with open(path, "wb") as file:
                    file.write(text)
                for emitter, options in (("real-server", ()), ("real-server", ("--as", "ifupdown")), ("director", ("--marks", "7:tcp/80,7:udp/53-54"))):
                    if kind == b"NAT" and "ifupdown" in options:
                        continue
                    scripts = self.emit(emitter, kind, path, *options)
                    self.look_at_scripts(f"emit {emitter} of {kind!r} in {file_name!r}", scripts)
                for form in ("text", "dot", "mermaid"):
                    self.look_at_drawing(form, self.emit("topology", kind, path, "--as", form))

    def look_at_drawing(self, form, paths):
        for path in paths:
            self.drawings += 1
            with open(path, encoding="utf-8") as file:
                text = file.read()
            if re.search(r"[\x00-\x09\x0b-\x1f\x7f\x80-\x9f\u202e]", text):
                self.fault(f"{form}: a drawing would act on a terminal: {text[:300]!r}")
            if form == "dot":
                # All that is not a quoted string is lbctl's own.
                rest = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
                if not re.fullmatch(r'digraph cluster \{\n(?:    [\w =>\[\]",;-]+\n)+\}\n', rest):
                    self.fault(f"dot: a text is more than that: {rest[:500]}")
            if form == "mermaid" and re.search(r'["\[(|]"[^"]*[<>&`\[\](){}|\\][^"]*"', text):
                self.fault(f"mermaid: a text is more than that: {text[:500]}")

    def choices(self):
        def config(name, text):
            with open(os.path.join(self.folder, name), "wb") as file:
                file.write(text)
            return name
        direct = config("direct.conf", service(b"10.0.8.9 80", b"DR", [b"10.0.8.12 80", b"10.0.8.13 80"]))
        nat = config("nat.conf", service(b"10.0.8.9 80", b"NAT", [b"192.168.8.12 80"]))
        mark = config("mark.conf", MARKED)
        both = config("both.conf", service(b"10.0.8.9 80", b"TUN type gre csum", [b"10.0.9.12 80"])
                      + service(b"10.0.8.9 81", b"TUN type gre nocsum", [b"10.0.9.12 81"]))
        gue = config("gue.conf", service(b"10.0.8.9 80", b"TUN type gue port 5555", [b"10.0.9.12 80"]))
        gre = config("gre.conf", service(b"10.0.8.9 80", b"TUN type gre csum", [b"10.0.9.12 80"]))
        sorry = config("sorry.conf", service(b"10.0.8.9 80", b"DR", [b"10.0.8.12 80"], b" alpha\n sorry_server 10.0.8.99 80\n"))
        empty = config("empty.conf", b"global_defs {\n}\n")
        for words, status, said in (
                (["real-server", direct], 2, "--for"),
                (["real-server", direct, "--for", "10.0.8.13"], 0, "address 10.0.8.9/32 lo"),
                (["real-server", direct, "--for", "10.0.8.14"], 2, "it has 10.0.8.12, 10.0.8.13"),
                (["real-server", direct, "--for", "x"], 2, "no address"),
                (["real-server", direct, "--as", "x"], 2, "script"),
                (["real-server", direct, "--as", "text"], 2, "give one of script, systemd-networkd, ifupdown, netplan, nmcli"),
                (["real-server", direct, "--for", "10.0.8.13", "--as", "netplan"], 0, "file /etc/netplan/60-lbctl.yaml 600"),
                (["real-server", nat, "--as", "ifupdown", "--gateway", "192.168.8.1"], 2, "write 192.168.8.1 there"),
                (["real-server", gue, "--as", "systemd-networkd"], 2, "cannot have the kernel unpack GUE"),
                (["real-server", gre, "--as", "systemd-networkd"], 2, "no word for GRE with checksums"),
                (["real-server", gre, "--as", "netplan"], 2, "netplan's tunnels"),
                (["real-server", direct, "--for", "10.0.8.13", "--as", "nmcli"], 0, "file /etc/NetworkManager/system-connections/lbctl-lo.nmconnection 600"),
                (["real-server", nat, "--as", "nmcli", "--gateway", "192.168.8.1"], 2, "write 192.168.8.1 there"),
                (["real-server", gue, "--as", "nmcli"], 2, "cannot have the kernel unpack GUE"),
                (["real-server", gre, "--as", "nmcli"], 2, "no word for GRE with checksums"),
                (["ipvsadm", direct, "--for", "10.0.8.13"], 2, "has no option --for"),
                (["real-server", nat], 2, "--gateway"),
                (["real-server", nat, "--gateway", "192.168.8.254"], 0, "default_route -4 192.168.8.254 192.168.8.12"),
                (["real-server", mark], 2, "--vip"),
                (["real-server", mark, "--vip", "10.0.8.9,10.0.8.10"], 0, "address 10.0.8.10/32 lo"),
                (["real-server", mark, "--vip", "10.0.8"], 2, "no address"),
                (["real-server", both], 2, "csum"),
                (["real-server", sorry, "--for", "10.0.8.99"], 0, "address 10.0.8.9/32 lo"),
                (["real-server", sorry, "--for", "10.0.8.12"], 0, "address 10.0.8.9/32 lo"),
                (["real-server", empty], 2, "no real server"),
                (["real-server-windows", direct, "--for", "10.0.8.13"], 0, "@{ IP = '10.0.8.9'; PrefixLength = 32; Family = 'IPv4' }"),
                (["real-server-windows", direct, "--for", "10.0.8.13", "--devcon", "C:\\it's"], 0, "$DevCon = 'C:\\it''s'"),
                (["real-server-windows", both], 2, "Windows does not unpack"),
                (["real-server-windows", nat, "--gateway", "192.168.8.254"], 0, "$Gateway = '192.168.8.254'"),
                (["director", direct], 0, "setting net/ipv4/vs/expire_nodest_conn 1 1"),
                (["director", nat], 0, "forwarding ipv4"),
                (["director", mark], 2, "--vip"),
                (["director", mark, "--vip", "10.0.8.9"], 2, "--marks 7:tcp/80"),
                (["director", mark, "--vip", "10.0.8.9", "--marks", "7:tcp/80"], 0, "mark_rule 7 ip 10.0.8.9 tcp 80"),
                (["director", mark, "--marks", "none"], 0, "module ip_vs_rr"),
                (["director", mark, "--marks", "7:tcp/80;reboot"], 2, "is no MARK:PROTOCOL/PORT"),
                (["director", empty], 2, "no virtual server"),
                (["topology", direct], 0, "`-- 10.0.8.13:80  DR, weight 1"),
                (["topology", sorry], 0, "`-- 10.0.8.99:80  DR, sorry server"),
                (["topology", direct, "--as", "script"], 2, "text, dot, svg, mermaid")):
            run = self.lbctl_says("emit", *words)
            if run.returncode != status or said not in (run.stdout + run.stderr).decode(errors="replace"):
                self.fault(f"emit {words}: exit {run.returncode}, and not `{said}' but {run.stdout + run.stderr!r}")


    def picture(self):
        """Graphviz draws where it is there; where it is not that is said."""
        path = os.path.join(self.folder, "picture.conf")
        with open(path, "wb") as file:
            file.write(configurations()[b"TUN"])
        run = self.lbctl_says("emit", "topology", "--as", "svg", path)
        if shutil.which("dot"):
            if run.returncode != 0 or len(xml.dom.minidom.parseString(run.stdout).getElementsByTagName("g")) < 10:
                self.fault(f"svg: exit {run.returncode}: {run.stdout[:200] + run.stderr!r}")
        run = subprocess.run([self.lbctl, "emit", "topology", "--as", "svg", path], env={"PATH": self.folder}, stdin=subprocess.DEVNULL,
                             capture_output=True, timeout=60, check=False)
        if run.returncode != 2 or b"cannot run dot" not in run.stderr or run.stdout:
            self.fault(f"svg without dot: exit {run.returncode}: {run.stderr!r}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        test = Test(os.path.abspath(sys.argv[1]), folder)
        test.hostile()
        test.choices()
        test.picture()
        for fault in test.faults[:20]:
            print(fault[:700])
        print(f"{test.scripts} scripts, {test.drawings} drawings, {len(test.faults)} faults")
        return 1 if test.faults or test.scripts < 30 or test.drawings < 30 else 0


sys.exit(main())
