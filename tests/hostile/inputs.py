"""What hostile inputs are made from: files that lie about, and what no file shows."""
import json
import pathlib
import random

SAVED = b"""-A -t 10.0.0.1:80 -s wrr -p 300 -M 255.255.255.0
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g -w 1 -x 100 -y 50
-a -t 10.0.0.1:80 -r 10.0.1.2:8080 -m -w 3
-A -u 10.0.0.1:53 -s sh -o -b sh-fallback,sh-port
-a -u 10.0.0.1:53 -r 10.0.1.3:53 -i -w 2 --tun-type gue --tun-port 6080
-A -f 7 -6 -s mh --pe sip
-a -f 7 -6 -r [2001:db8::1]:0 -g -w 1
--set 900 120 300
--start-daemon master --mcast-interface eth0 --syncid 5
"""
LDIRECTORD = b"""checktimeout=3
checkinterval = 1
fallback=127.0.0.1:80 gate
quiescent=yes
emailalert="admin@x.y.z"
virtual=10.0.0.1:80
\treal=10.0.1.1:80 gate 5
\treal=10.0.1.2->10.0.1.9:80 masq
\treal=10.0.1.20:8080 ipip 1 "/index.html", "Test Page"
\tservice=http
\tscheduler=wlc
\tpersistent=600
\tnetmask=255.255.255.255
\tprotocol=tcp
\tchecktype=negotiate
\trequest="index.html"
\treceive="Test Page"
\tvirtualhost=www.x.y.z
virtual=7
\treal=[2001:db8::1]:80 gate
\tprotocol=fwm
\tchecktype=external
\tcheckcommand=/usr/bin/check
virtual=10.0.0.3:53
\treal=10.0.1.1:domain gate
\tservice=dns
\tprotocol=udp
\tchecktype=3
"""
CAPTURED = b"""Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP C0A80102 BAB4 0A000001 0050 0A000101 1F90 TIME_WAIT       117
UDP C0A80102 0000 0A000003 13C4 0A000101 13C4 ASSURED          57 sip 843817637684230@998sdasdh09
IP  C0A80100 0000 00000007 0000 0A000101 0000 NONE            300
TCP 2001:0db8:0000:0000:0000:0000:0000:0001 BA9A 2001:0db8:0000:0000:0000:0000:0000:0002 0050 2001:0db8:0000:0000:0000:0000:0000:0003 1F90 ESTABLISHED     897
"""
SETTINGS = b"""target-version = "2.2.7"
select = ["lvs", "values", 'unknown-keyword']
ignore = ["host"]
fail-on = "error"
min-severity = "info"
baseline = "known.json"
host = false
[severity]
unknown-keyword = "warning"
[per-file-ignores]
"conf.d/*" = ["values"]
[define]
VIP = "10.0.0.1"
"""
BASELINE = b"""{
  "schema": "lbctl-baseline/1",
  "findings": [
    {"file": "b.conf", "rule": "unknown-keyword", "fingerprint": "e6839933fc7695da15c9916d233e3b24", "count": 1},
    {"file": "../b.conf", "rule": "out-of-range", "fingerprint": "035a6c87e18d02812cbe808cf0eb12ae", "count": 2}
  ]
}
"""
MACHINE = b"""{
 "schema": "lbctl-machine/1", "name": "lb1", "kernel": "6.1.0-31-amd64", "user": 0, "capabilities": 18446744073709551615,
 "initial_user_namespace": true, "modules": ["ip_vs"], "installed_modules": ["ip_vs", "ip_vs_rr"],
 "ipvs": {"conn_tab_bits": 12, "connections": 100000, "buckets": null},
 "links": [{"name": "lo", "mtu": 65536, "hardware": 772, "up": true, "running": true, "loopback": true},
           {"name": "eth0", "mtu": 1500, "hardware": 1, "up": false, "running": false, "loopback": false}],
 "addresses": [{"address": "10.0.0.1", "prefix": 24, "device": "lo"}, {"address": "10.0.1.1", "prefix": 24, "device": "eth0"},
               {"address": "fd00::1", "prefix": 64, "device": "eth0"}],
 "routes": [{"destination": "0.0.0.0", "prefix": 0, "gateway": "10.0.1.254", "device": "eth0", "metric": 0},
            {"destination": "10.0.1.0", "prefix": 24, "gateway": null, "device": "eth0", "metric": 0}],
 "listeners": [{"protocol": "tcp", "address": "0.0.0.0", "port": 80, "program": "nginx", "process": 7, "unit": "nginx.service"}],
 "firewall": [{"tool": "nft", "family": "inet", "table": "filter", "name": "input", "hook": "input", "policy": "drop",
               "rules": ["ct state established,related accept", "ip saddr { 10.0.0.0/8, 10.1.0.1-10.1.0.9 } meta l4proto vrrp jump others"]},
              {"tool": "nft", "family": "inet", "table": "filter", "name": "others", "hook": "", "policy": "", "rules": ["goto others"]},
              {"tool": "iptables", "family": "ip", "table": "mangle", "name": "PREROUTING", "hook": "prerouting", "policy": "accept",
               "rules": ["! -s 10.0.0.1/32 -p vrrp -m limit --limit 1/sec -j DROP", "-j MARK --set-xmark 0x7/0xffffffff"]}],
 "prefers_nft": true,
 "vrrp": {"seconds": 3, "adverts": [
  {"device": "eth0", "source": "10.0.1.1", "version": 2, "router_id": 51, "priority": 100, "count": 3, "first_ms": 0, "last_ms": 2000},
  {"device": "eth0", "source": "10.0.1.2", "version": 2, "router_id": 51, "priority": 90, "count": 3, "first_ms": 10, "last_ms": 2010}]},
 "unread": [{"topic": "firewall", "what": "iptables-save", "why": "only root may read it"}],
 "settings": {"net/ipv4/ip_forward": "0", "net/ipv4/vs/conn_reuse_mode": "0", "net/ipv4/vs/conntrack": "1", "net/ipv4/conf/all/rp_filter": "1"}
}
"""
PLAN_SERVICE = {"protocol": "TCP", "address": "10.0.0.1", "port": 80, "scheduler": "rr", "destinations": []}


def plan(table: bytes) -> bytes:
    """A plan whose wanted table is that of `dump --table --format json`."""
    services = json.loads(table)["services"]
    for service in services:
        service["name"] = ""
        service["place"] = {"file": "a.conf", "line": 1}
        service["destination_places"] = [{"file": "a.conf", "line": 2} for _ in service.get("destinations", [])]
    read = json.loads(table)
    return json.dumps({"schema": "lbctl-plan/1", "live": "0", "namespace": "", "options": {"prune": False, "keep_weights": False,
                       "drain": False}, "owned": [], "wanted": {"services": services, "timeouts": read.get("timeouts"),
                       "daemons": None, "flush": False, "net_namespace_ipvs": ""}, "steps": []}, indent=1).encode()


RANDOM_CONFIGURATIONS = 2000  # each is kept: to make one costs more than a run


class Pool:
    """Inputs by kind; read when they are asked for."""

    def __init__(self, repository: pathlib.Path, shared: pathlib.Path, random_configuration):
        self.files = {"conf": [], "saved": [], "ldirectord": [], "captured": [], "json": [], "settings": [], "baseline": [], "machine": []}
        self.texts = {"conf": [], "saved": [SAVED], "ldirectord": [LDIRECTORD], "captured": [CAPTURED], "json": [],
                      "settings": [SETTINGS], "baseline": [BASELINE], "machine": [MACHINE]}
        self.random_configuration = random_configuration
        for folder in (repository / "examples", repository / "tests/golden/broken", repository / "tests/fuzz/found", shared / "corpus",
                       shared / "cases"):
            for file in sorted(folder.rglob("*")):
                kind = {".conf": "conf", ".save": "saved", ".cf": "ldirectord"}.get(file.suffix)
                if kind is None and file.name.startswith("proc-ip_vs_conn"):
                    kind = "captured"
                if kind is None and folder.name == "found":
                    kind = "conf"
                if kind and file.is_file() and file.stat().st_size < 200_000:
                    self.files[kind].append(file)

    def take(self, choice: random.Random, kind: str) -> bytes:
        if kind == "conf" and self.random_configuration and choice.randrange(5) == 0:
            return self.random_configuration(choice.randrange(RANDOM_CONFIGURATIONS))
        count = len(self.files[kind])
        chosen = choice.randrange(count + len(self.texts[kind]))
        return self.files[kind][chosen].read_bytes() if chosen < count else self.texts[kind][chosen - count]
