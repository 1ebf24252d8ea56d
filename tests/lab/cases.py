#!/usr/bin/env python3
"""In the lab: applies the IPVS cases and holds the kernel's table against the one that keepalived made.

usage: cases.py LBCTL CASES FAMILIES DEVIATIONS      (FAMILIES: the first letters of the cases, as in "abcd")

For every case the table that keepalived found is made first, then the file is applied, then the file of every reload.
A file without faults is applied as it is; one with errors must be refused, and is applied with --keep-going. Afterwards
ipvsadm must print what CASE.save and its neighbours hold (services in any order), `lbctl diff` must find nothing, and
the plan must have had as few steps as the two tables allow.

What a checker found out while keepalived ran is not in the file. Where one ran, the table must be one that keepalived
went through on its way: some beginning of the messages that it sent must lead to it.

DEVIATIONS names the stages where lbctl differs on purpose, tab-separated: stage, reason, the lines that differ ("-" only
keepalived has, "+" only lbctl; " | " between them). One that does not differ in exactly these is a fault.
"""
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys

CHECKER = re.compile(r"\b(TCP_CHECK|HTTP_GET|SSL_GET|SMTP_CHECK|MISC_CHECK|DNS_CHECK|BFD_CHECK|UDP_CHECK|PING_CHECK)\b")
PROTOCOLS = {"6": "-t", "17": "-u", "132": "-o"}
METHODS = {"0": "-m", "2": "-i", "3": "-g"}
DEFAULT_TIMEOUTS = ("900", "120", "300")


def call(*command, text=None):
    source = {"stdin": subprocess.DEVNULL} if text is None else {"input": text.encode()}
    run = subprocess.run(command, capture_output=True, timeout=120, check=False, **source)
    return run.returncode, run.stdout.decode(errors="replace"), run.stderr.decode(errors="replace")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def read_or_none(path):
    return read(path) if os.path.exists(path) else None


# ---- tables as text -------------------------------------------------------------------------------------------------


def blocks(text):
    """The services with their destinations, without regard to order; of `ipvsadm -Sn` or one of its listings."""
    found = []
    for line in text.split("\n"):
        line = line.rstrip()
        if re.match(r"-A|TCP|UDP|SCTP|FWM", line):
            found.append([line])
        elif line and found:
            found[-1].append(line)
    return sorted([block[0]] + sorted(block[1:]) for block in found)


def lines_of(listing):
    return sorted(line for block in blocks(listing) for line in block)


def unlike(want, got):
    """Lines that only one of two listings has, each with its sign."""
    want, got = lines_of(want), lines_of(got)
    missing = [line for line in set(want) for _ in range(max(0, want.count(line) - got.count(line)))]
    surplus = [line for line in set(got) for _ in range(max(0, got.count(line) - want.count(line)))]
    return sorted("-" + line for line in missing) + sorted("+" + line for line in surplus)


def parts_of(saved):
    """Saved text as {service: (its line, {destination: its line})}, services and destinations by what tells them apart."""
    services = {}
    for block in blocks(saved):
        words = block[0].split()
        key = " ".join(words[1:4] if words[1] == "-f" and words[3:4] == ["-6"] else words[1:3])
        targets = {}
        for line in block[1:]:
            words = line.split()
            targets[words[words.index("-r") + 1]] = line
        services[key] = (block[0], targets)
    return services


def fewest_steps(before, after):
    """How many requests lead from one state to another, when every object needs at most one."""
    old, new = parts_of(before["save"]), parts_of(after["save"])
    steps = 0
    for key in old.keys() | new.keys():
        if key not in new:
            steps += 1
        elif key not in old:
            steps += 1 + len(new[key][1])
        else:
            steps += old[key][0] != new[key][0]
            steps += sum(
                old[key][1].get(target) != new[key][1].get(target)
                or before["thresholds"].get((key, target)) != after["thresholds"].get((key, target))
                for target in old[key][1].keys() | new[key][1].keys()
            )
    steps += before["timeouts"] != after["timeouts"]
    steps += len(set(before["daemons"]) ^ set(after["daemons"]))
    return steps


def thresholds_of(listing):
    """{(service, destination): thresholds} of `ipvsadm -Ln --thresholds`, where they are not 0."""
    found = {}
    for block in blocks(listing):
        protocol, name = block[0].split()[:2]
        key = {"TCP": "-t", "UDP": "-u", "SCTP": "-o", "FWM": "-f"}[protocol] + " " + name
        for line in block[1:]:
            _, target, upper, lower = line.split()[:4]
            if (upper, lower) != ("0", "0"):
                found[key, target] = (upper, lower)
    return found


def state(conf):
    """The live state; what no file of the case speaks of is not asked for, as every process takes its time in the lab."""
    found = {"save": call("ipvsadm", "-Sn")[1], "thresholds": {}, "timeouts": "", "daemons": []}
    if "threshold" in conf:
        found["thresholds"] = thresholds_of(call("ipvsadm", "-Ln", "--thresholds")[1])
    if "lvs_timeouts" in conf:
        found["timeouts"] = call("ipvsadm", "-L", "--timeout")[1]
    if "lvs_sync_daemon" in conf:
        found["daemons"] = call("ipvsadm", "-L", "--daemon")[1].splitlines()
    return found


# ---- keepalived's messages ------------------------------------------------------------------------------------------


def exchanges(trace):
    """(command, fields, carried out) for each request of a trace."""
    request = None
    for line in trace.splitlines():
        if line.startswith(">"):
            fields = re.search(r"SERVICE\{(.*?)\}", line), re.search(r"DEST\{(.*?)\}", line), re.search(r"DAEMON\{(.*?)\}", line)
            request = line.split()[1], *(dict(re.findall(r"(\w+)='?([^ ']*)'?", part[1])) if part else {} for part in fields)
        elif request and line.startswith("<"):
            yield *request, "ack" in line
            request = None


def endpoint(fields):
    address = ipaddress.ip_address(fields["ADDR"].split("/")[0])
    return f"[{address}]:{fields['PORT']}" if address.version == 6 else f"{address}:{fields['PORT']}"


def service_key(fields):
    if "FWMARK" in fields:
        # ipvsadm prints a mark as a signed number.
        mark = (int(fields["FWMARK"]) ^ 0x80000000) - 0x80000000
        return f"-f {mark}" + (" -6" if fields["AF"] == "10" else "")
    return f"{PROTOCOLS[fields['PROTOCOL']]} {endpoint(fields)}"


def made_by_keepalived(trace):
    """The services and (service, destination) pairs that a trace added."""
    made = set()
    for command, service, destination, _, done in exchanges(trace):
        if done and command == "NEW_SERVICE":
            made.add(service_key(service))
        elif done and command == "NEW_DEST":
            made.add((service_key(service), endpoint(destination)))
    return made


def found_by_keepalived(saved, trace):
    """What was in the table before: the part of the saved text that no message added."""
    made = made_by_keepalived(trace)
    text = ""
    for key, (line, targets) in parts_of(saved).items():
        if key not in made:
            text += line + "\n"
            text += "".join(row + "\n" for target, row in targets.items() if (key, target) not in made)
    return text


def tables_on_the_way(trace):
    """The tables, as {service: {destination: (method, weight)}}, after each message of a start."""
    table = {}
    for command, service, destination, _, done in exchanges(trace):
        if not done or not command.endswith(("SERVICE", "DEST")):
            continue
        key = service_key(service)
        if command == "NEW_SERVICE":
            table[key] = {}
        elif command in ("NEW_DEST", "SET_DEST"):
            table[key][endpoint(destination)] = (METHODS[destination["FWD_METHOD"]], destination["WEIGHT"])
        elif command == "DEL_DEST":
            table[key].pop(endpoint(destination), None)
        yield {key: dict(targets) for key, targets in table.items()}


def reduced(saved):
    table = {}
    for key, (_, targets) in parts_of(saved).items():
        table[key] = {target: (row.split()[5], row.split()[7]) for target, row in targets.items()}
    return table


# ---- one case -------------------------------------------------------------------------------------------------------


def checker_runs(conf):
    """Whether a checker had time to run before the table was recorded; a file's number is there at once."""
    return bool(CHECKER.search(conf)) and "warmup 0" in conf and "ha_suspend" not in conf


class Case:
    def __init__(self, lbctl, folder, name, deviations):
        self.lbctl, self.path, self.name, self.deviations = lbctl, os.path.join(folder, name), name, deviations
        self.words = "".join(read(os.path.join(folder, each)) for each in os.listdir(folder)
                             if re.fullmatch(re.escape(name) + r"(\.reload\d+)?\.conf", each))
        self.live = {}
        self.seen, self.problems, self.passed, self.on_the_way = set(), [], 0, 0

    def expected(self, stage, kind):
        return read_or_none(f"{self.path}{stage}.{kind}")

    def prepare(self):
        """The table as it was before keepalived started."""
        shutil.rmtree("/run/lbctl", ignore_errors=True)
        conf, trace = read(self.path + ".conf"), self.expected("", "msgs")
        text = found_by_keepalived(self.expected("", "save"), trace) if trace is not None else ""
        if re.search(r"^\s*lvs_flush$", conf, re.M) and not text:
            text = "-A -t 10.9.9.9:99 -s rr\n"
        call("ipvsadm", "-C")
        if text:
            call("ipvsadm", "-R", text=text)
        if "lvs_sync_daemon" in self.words:
            for command, _, _, daemon, done in exchanges(trace or ""):
                if command == "DEL_DAEMON" and done:
                    kind = {"1": "master", "2": "backup"}[daemon["STATE"]]
                    call("ipvsadm", "--start-daemon", kind, "--mcast-interface", "dummy0", "--syncid", "99")
        if "FILE_CHECK" in conf:
            # The case was recorded with this number.
            with open("/run/wt", "w", encoding="utf-8") as file:
                file.write("5\n")
        self.live = state(self.words)
        if blocks(text) != blocks(self.live["save"]):
            self.fault("", "the table before could not be made")

    def clean_up(self):
        """What `prepare` of another case does not look after."""
        if "lvs_timeouts" in self.words:
            call("ipvsadm", "--set", *DEFAULT_TIMEOUTS)
        if "lvs_sync_daemon" in self.words:
            for daemon in ("master", "backup"):
                call("ipvsadm", "--stop-daemon", daemon)

    def fault(self, stage, text):
        self.problems.append(f"{self.name}{stage}: {text}")

    def apply(self, stage, conf):
        """Applies a file; afterwards self.live is the new state. Gives whether all went well."""
        command = [self.lbctl, "apply", "--format", "json", conf]
        status, out, errors = call(*command)
        if status == 2 and "has errors" in errors:
            command.append("--keep-going")
            status, out, errors = call(*command)
        if status != 0:
            return self.fault(stage, f"apply: exit {status}: {errors.strip()[-300:]}")
        before, self.live = self.live, state(self.words)
        steps, fewest = len(json.loads(out)["steps"]), fewest_steps(before, self.live)
        if steps != fewest and "net_namespace_ipvs" not in self.words:
            return self.fault(stage, f"{steps} steps where {fewest} are enough")
        status, out, errors = call(self.lbctl, "diff", *command[4:], conf)
        if status != 0:
            return self.fault(stage, f"diff after apply: exit {status}: {(out + errors)[-300:]}")
        return True

    def compare(self, stage, conf):
        """The live state against what was recorded."""
        found = unlike(self.expected(stage, "save"), self.live["save"])
        for kind, option in (("thr", "--thresholds"), ("tun", "--tun-info")):
            listing = self.expected(stage, kind)
            if listing is not None:
                found += unlike(listing, call("ipvsadm", "-Ln", option)[1])
        if (other := self.expected(stage, "other")) is not None:
            found += unlike(other, call("ip", "netns", "exec", "ipv", "ipvsadm", "-Sn")[1])
        for kind, live in (("timeout", self.live["timeouts"]), ("daemon", "\n".join(self.live["daemons"]))):
            listing = self.expected(stage, kind)
            if listing is not None and listing.split() != live.split():
                found += ["-" + line for line in listing.splitlines()] + ["+" + line for line in live.splitlines()]
        if checker_runs(read(conf)):
            trace = self.expected(stage, "msgs")
            if not found:
                self.fault(stage, "a checker ran, and the table is the same all the same")
            elif stage == "" and reduced(self.live["save"]) not in tables_on_the_way(trace):
                self.fault(stage, f"keepalived never had this table: {' | '.join(found)}")
            else:
                self.on_the_way += 1
            return
        name = self.name + stage
        allowed = self.deviations.get(name)
        if allowed is not None:
            self.seen.add(name)
        if " | ".join(found) != (allowed or ""):
            self.fault(stage, f"differs in: {' | '.join(found) or 'nothing, but is listed as deviating'}")
        elif allowed is None:
            self.passed += 1

    def stage(self, stage, conf):
        if self.apply(stage, conf):
            self.compare(stage, conf)

    def run(self):
        self.prepare()
        conf = self.path + ".conf"
        self.stage("", conf)
        # Commands are repeated where the file alone decides; what a checker or an election does later is not.
        waits = CHECKER.search(read(conf)) is not None and self.name[0] != "g"
        count = 0
        for step in re.split(r"^(?=reload$|sh |wait )", self.expected("", "steps") or "", flags=re.M):
            kind = step.split(maxsplit=1)[0] if step.strip() else ""
            count += kind != ""
            if kind == "reload":
                conf = f"{self.path}.reload{count}.conf"
                self.stage(f".reload{count}", conf)
            elif kind == "sh" and not waits:
                call("sh", "-c", step[3:])
                self.live = state(self.words)
                if self.name[0] != "g":
                    self.stage(f".step{count}", conf)
        self.clean_up()


def main():
    lbctl, folder, families, deviations_file = sys.argv[1:5]
    deviations = {}
    for line in read(deviations_file).splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, lines = line.split("\t")
            if name[0] in families and not name.startswith("mutant "):
                deviations[name] = lines
    for command in ("link add dummy0 type dummy", "addr add 192.0.2.1/24 dev dummy0", "link set dummy0 up",
                    "netns add ipv", "-n ipv link set lo up"):
        call("ip", *command.split())
    passed = on_the_way = 0
    problems, seen = [], set()
    for entry in sorted(os.listdir(folder)):
        name = entry[:-5]
        if not entry.endswith(".conf") or ".reload" in entry or name[0] not in families:
            continue
        case = Case(lbctl, folder, name, deviations)
        case.run()
        passed, on_the_way = passed + case.passed, on_the_way + case.on_the_way
        problems += case.problems
        seen |= case.seen
    problems += [f"{name}: listed as deviating, but never compared" for name in sorted(deviations.keys() - seen)]
    print("\n".join(problems + [
        f"{passed} tables the same, {len(seen)} different on purpose, {on_the_way} before a checker ran, {len(problems)} faults"
    ]))
    return 1 if problems or not passed else 0


sys.exit(main())
