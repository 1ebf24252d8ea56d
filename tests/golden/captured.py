#!/usr/bin/env python3
"""Holds that `lbctl connections --from` lists every good line of a damaged copy, counts every bad one, and invents none.

usage: captured.py LBCTL

The copy is made here: good lines, some longer than the 255 characters that ipvsadm reads at once, among lines that are cut at
each of their places, have a foreign byte at each of them, run into the next one, or are longer than any of the kernel's.
Files of other programs, and words that no connection can have, are refused with exit status 2. A configuration names
the services, also those by firewall mark, whose templates have the mark in the place of the address.
"""
import ipaddress
import os
import random
import subprocess
import sys
import tempfile

KERNEL_TITLE = b"Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData"
TITLE = "IPVS connection entries\npro expire state       source             virtual            destination\n"
FOREIGN = b"\x00\x01\t\x1b\x7f\x80\xff?zZ"
TOO_LONG = b"longer than any line of the kernel"
MALFORMED = b"not a connection as the kernel prints it"


def kernel_address(address):
    return address.packed.hex().upper() if address.version == 4 else address.exploded


def endpoint(address, port):
    return f"{address}:{port}" if address.version == 4 else f"[{address}]:{port}"


def connection(protocol, ends, state, seconds, engine=""):
    """The kernel's line, and the row of ipvsadm."""
    line = f"{protocol:<3} " + "".join(f"{kernel_address(address)} {port:04X} " for address, port in ends)
    line += f"{state:<11} {seconds:>7}" + (f" {engine}" if engine else "")
    source, virtual, destination = (endpoint(*end) for end in ends)
    expires = f"{seconds // 60:02}:{seconds % 60:02}"
    return line.encode(), f"{protocol:<3} {expires:<6} {state:<11} {source:<18} {virtual:<18} {destination}\n"


def ends(*texts):
    return [(ipaddress.ip_address(text), port) for text, port in texts]


GOOD = [
    connection("TCP", ends(("192.168.1.2", 47796), ("10.0.0.1", 80), ("10.0.1.1", 8080)), "ESTABLISHED", 897),
    connection("UDP", ends(("192.168.1.2", 9), ("10.0.0.3", 53), ("10.0.1.254", 53)), "UDP", 86399),
    connection("TCP", ends(("fd00:c::2", 44894), ("fd00::1", 80), ("fd00:1::1", 8081)), "TIME_WAIT", 0),
    connection("ICMPv6", ends(("fd00:c::2", 0), ("fd00::1", 0), ("10.0.1.1", 0)), "NONE", 12),
    connection("UDP", ends(("fd00:c::2", 0), ("fd00::1", 5060), ("fd00:1::1", 5060)), "ASSURED", 57, "sip " + "7" * 300),
]


def bad_lines():
    """Each with what is said of it. Of lines without engine data no part and no foreign byte can be true."""
    for line, _ in GOOD[:4]:
        for place in range(len(line)):
            yield line[:place], MALFORMED
            yield line[:place] + bytes([FOREIGN[place % len(FOREIGN)]]) + line[place + 1:], MALFORMED
            yield line[:place + 1] + line, MALFORMED
    yield GOOD[4][0] + b"7" * 4000, TOO_LONG
    yield KERNEL_TITLE + GOOD[0][0], MALFORMED


# The words behind `connections --from FILE', and what the error says. Nothing is listed.
REFUSED = [
    (["--state", "bogus"], b"no connection is ever in state `BOGUS'"),
    (["--protocol", "foo"], b"no protocol is called `FOO'"),
    (["--client", "10.0.4.102/24"], b"`10.0.4.102/24' is no network"),
    (["--client", "name"], b"`name' is no address"),
    (["--count", "--top", "2"], b"--count and --top"),
    (["--count", "--sort", "client"], b"--sort has no meaning"),
    (["--service", "fwmark:x"], b"--service: `fwmark:x' is no firewall mark"),
    (["--not"], b"--not stands in front of a filter"),
    (["--not", "--count"], b"--not stands in front of a filter"),
    (["--not", "--not", "--templates"], b"--not stands in front of a filter"),
    (["--orphaned"], b"say with --config FILE which servers there are"),
    (["--count", "--limit", "2"], b"--limit has no meaning"),
    (["--min-expire", "9", "--max-expire", "8"], b"--min-expire is greater than --max-expire"),
    (["--top", "2", "--by", "clients"], b"--by: `clients' is nothing to group by"),
    (["--top", "2", "--by", "client/24,client/16"], b"`client/16': client is a key already"),
    (["--top", "2", "--by", "client,"], b"`' is nothing to group by"),
    (["--top", "2", "--by", ""], b"--by: the value is empty"),
    (["--top", "2", "--by", "client,state,service"], b"at most 2 keys"),
    (["--watch"], b"--watch looks at the kernel"),
    (["--watch", "--count"], b"--watch prints what changes"),
    (["--watch", "--top", "2"], b"--watch looks at the kernel"),
    (["--watch", "0"], b"not a number from 0.05"),
    (["--top", "0"], b"not a number greater than 0"),
]


ASKED = [connection("TCP", ends(("10.0.4.7", 1000), ("10.0.0.1", 80), ("10.0.1.1", 80)), "ESTABLISHED", 100),
         connection("TCP", ends(("10.0.4.8", 1000), ("10.0.0.1", 80), ("10.0.1.2", 80)), "TIME_WAIT", 20),
         connection("TCP", ends(("10.0.5.9", 1000), ("10.0.0.1", 443), ("10.0.1.1", 443)), "ESTABLISHED", 300),
         connection("UDP", ends(("fd00:c::2", 1000), ("fd00::1", 53), ("fd00:1::1", 53)), "UDP", 200),
         connection("TCP", ends(("10.0.4.7", 0), ("10.0.0.1", 80), ("10.0.1.1", 80)), "NONE", 50),
         connection("IP", ends(("10.0.5.9", 0), ("0.0.0.7", 0), ("10.0.1.1", 0)), "NONE", 60)]
ASKED_FILE = """virtual_server 10.0.0.1 80 { # the shop
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.0.1.1 80 { # rack 3
        weight 1
    }
}
"""
# The words of a question, and which of the entries above it lists.
ROWS = [
    ([], [0, 1, 2, 3, 4, 5]),
    (["--templates"], [4, 5]),
    (["--not", "--templates"], [0, 1, 2, 3]),
    (["--service", "fwmark:7"], [5]),
    (["--service", "10.0.0.1:http"], [0, 1, 4]),
    (["--service", "10.0.0.*"], [0, 1, 2, 4]),
    (["--service", "udp:*"], [3]),
    (["--service", "10.0.0.1:80", "--not", "--client", "10.0.4.7", "--not", "--state", "established"], [1]),
    (["--not", "--service", ":80,:53"], [2, 5]),
    (["--not", "--service", ":80", "--not", "--service", ":53"], [2, 5]),
    (["--client", "10.0.4.0/24,10.0.5.0/24", "--not", "--real-server", "10.0.1.1"], [1]),
    (["--not", "--family", "inet"], [3]),
    (["--not", "--protocol", "tcp,ip"], [3]),
    (["--max-expire", "60"], [1, 4, 5]),
    (["--max-expire", "60", "--min-expire", "50"], [4, 5]),
    (["--limit", "2"], [0, 1]),
    (["--limit", "2", "--sort", "-expires"], [2, 3]),
    (["--limit", "9"], [0, 1, 2, 3, 4, 5]),
]
# What else is printed.
PRINTED = [
    (["--count"], "4\n"),
    (["--count", "--templates"], "2\n"),
    (["--top", "3", "--by", "client/24"],
     "connections  share  client/24\n          2  50.0%  10.0.4.0/24\n          1  25.0%  10.0.5.0/24\n"
     "          1  25.0%  fd00:c::/64\n"),
    (["--top", "2", "--by", "real-server,state", "--config", "FILE"],
     "connections  share  real-server   state\n          1  25.0%  10.0.1.1:80   ESTABLISHED  # \"rack 3\"\n"
     "          1  25.0%  10.0.1.1:443  ESTABLISHED  # not in the file\n"),
    (["--top", "1", "--by", "service", "--config", "FILE", "--format", "csv"],
     'service,connections,share,configuration\nTCP 10.0.0.1:80,2,0.500000,"virtual_server 10.0.0.1 80, ""the shop"""\n'),
    (["--top", "1", "--by", "service,real-server", "--config", "FILE", "--format", "ndjson"],
     '{"service":"TCP 10.0.0.1:80","real-server":"10.0.1.1:80","connections":1,"share":0.250000,'
     '"configuration":"virtual_server 10.0.0.1 80, \\"the shop\\", \\"rack 3\\""}\n'),
    (["--top", "1", "--by", "client/24,protocol", "--format", "json"],
     '{"schema":"lbctl-connections-top/1","by":"client/24,protocol","connections":4,"top":[\n'
     '{"client":"10.0.4.0/24","protocol":"TCP","connections":2,"share":0.500000}]}\n'),
    (["--orphaned", "--config", "FILE", "--not", "--templates", "--format", "csv"],
     "protocol,client_address,client_port,service_address,service_port,real_server_address,real_server_port,state,expires,"
     "configuration\n"
     'TCP,10.0.4.8,1000,10.0.0.1,80,10.0.1.2,80,TIME_WAIT,20,"virtual_server 10.0.0.1 80, a server that is not in the file"\n'
     "TCP,10.0.5.9,1000,10.0.0.1,443,10.0.1.1,443,ESTABLISHED,300,\n"
     "UDP,fd00:c::2,1000,fd00::1,53,fd00:1::1,53,UDP,200,\n"),
]


def questions(lbctl, folder):
    """What is not answered as it should be."""
    copy, file = os.path.join(folder, "asked"), os.path.join(folder, "asked.conf")
    with open(copy, "wb") as out:
        out.write(b"\n".join([KERNEL_TITLE] + [line for line, _ in ASKED] + [b""]))
    with open(file, "w") as out:
        out.write(ASKED_FILE)
    cases = [(words, TITLE + "".join(ASKED[i][1] for i in rows)) for words, rows in ROWS] + PRINTED
    for words, wanted in cases:
        words = [file if word == "FILE" else word for word in words]
        run = subprocess.run([lbctl, "connections", "--from", copy] + words, capture_output=True, text=True, timeout=60)
        if run.stdout != wanted or run.returncode != 0 or run.stderr:
            yield f"{words}: exit status {run.returncode}, not\n{wanted}but\n{run.stdout}{run.stderr}"


NAMES = """virtual_server fwmark 7 {
    lb_kind NAT
    persistence_timeout 60
    real_server 10.0.1.1 8080 { # rack 3
        weight 1
    }
}
virtual_server fwmark 7 {
    ip_family inet6
    lb_kind NAT
    persistence_timeout 60
    real_server fd00:1::1 8080 {
        weight 1
    }
}
"""
NAMED = [
    (connection("IP", ends(("192.168.1.2", 0), ("0.0.0.7", 0), ("10.0.1.1", 0)), "NONE", 60), '  # virtual_server fwmark 7, "rack 3"'),
    (connection("IP", ends(("fd00:c::2", 0), ("0:7::", 0), ("fd00:1::1", 0)), "NONE", 60), "  # virtual_server fwmark 7"),
    (connection("IP", ends(("192.168.1.2", 0), ("0.0.0.7", 0), ("10.0.1.2", 0)), "NONE", 60),
     "  # virtual_server fwmark 7, a server that is not in the file"),
    (connection("IP", ends(("192.168.1.2", 0), ("0.0.0.8", 0), ("10.0.1.1", 0)), "NONE", 60), ""),
]


def names(lbctl, folder):
    """What a configuration does not name as it should."""
    copy, file = os.path.join(folder, "copy"), os.path.join(folder, "keepalived.conf")
    with open(copy, "wb") as out:
        out.write(b"\n".join([KERNEL_TITLE] + [line for (line, _), _ in NAMED] + [b""]))
    with open(file, "w") as out:
        out.write(NAMES)
    run = subprocess.run([lbctl, "connections", "--from", copy, "--config", file], capture_output=True, text=True, timeout=60)
    wanted = TITLE + "".join(row.rstrip("\n") + note + "\n" for (_, row), note in NAMED)
    if run.stdout != wanted or run.returncode != 0:
        yield f"--config: exit status {run.returncode}, not {wanted!r}\nbut {run.stdout!r}, {run.stderr!r}"


def refusals(lbctl, folder):
    """What was not refused as it should be."""
    good, foreign, empty = (os.path.join(folder, name) for name in ("good", "foreign", "empty"))
    with open(good, "wb") as file:
        file.write(KERNEL_TITLE + b"\n" + GOOD[0][0] + b"\n")
    with open(foreign, "w") as file:
        file.write(TITLE + GOOD[0][1])
    open(empty, "w").close()
    cases = [([good] + words, b"", error, 2) for words, error in REFUSED]
    cases += [([foreign], b"", b"none of its lines is a connection", 2),
              ([foreign, "--count"], b"", b"none of its lines is a connection", 2),
              ([empty], TITLE.encode(), b"", 0), ([empty, "--count"], b"0\n", b"", 0)]
    for words, listing, error, status in cases:
        run = subprocess.run([lbctl, "connections", "--from"] + words, capture_output=True, timeout=60)
        if run.stdout != listing or run.returncode != status or error not in run.stderr or bool(error) != bool(run.stderr):
            yield f"{words}: exit status {run.returncode}, {run.stdout!r:.500}, {run.stderr!r:.500}"


def main():
    lbctl = os.path.abspath(sys.argv[1])
    lines = [(line, None, row) for line, row in GOOD * 200] + [(line, why, "") for line, why in bad_lines()]
    random.Random(5).shuffle(lines)
    lines.append((GOOD[0][0][:-1], b"cut off at the end of the file", ""))
    rows = TITLE + "".join(row for _, _, row in lines)
    bad = [(number, why) for number, (_, why, _) in enumerate(lines, 2) if why]
    failures = 0
    with tempfile.TemporaryDirectory(prefix="lbctl-captured.") as folder:
        copy = os.path.join(folder, "copy")
        with open(copy, "wb") as file:
            file.write(b"\n".join([KERNEL_TITLE] + [line for line, _, _ in lines]))
        for name, source in ((copy, subprocess.DEVNULL), ("-", open(copy, "rb"))):
            said = (b"standard input" if name == "-" else name.encode())
            wanted = [b"lbctl: %s:%d: %s" % (said, number, why) for number, why in bad[:10]]
            wanted.append(b"lbctl: %s: ... and %d more" % (said, len(bad) - 10))
            wanted.append(b"lbctl: %s: %d damaged lines left out, %d good lines read" % (said, len(bad), len(lines) - len(bad)))
            run = subprocess.run([lbctl, "connections", "--from", name], stdin=source, capture_output=True, timeout=60)
            for what, got, want in (("listing", run.stdout, rows.encode()), ("messages", run.stderr, b"\n".join(wanted) + b"\n"),
                                    ("exit status", run.returncode, 1)):
                if got != want:
                    failures += 1
                    print(f"{name}: {what}: not {want!r:.2000}\nbut {got!r:.2000}")
    with tempfile.TemporaryDirectory(prefix="lbctl-captured.") as folder:
        for fault in [*refusals(lbctl, folder), *names(lbctl, folder), *questions(lbctl, folder)]:
            failures += 1
            print(fault)
    print(f"{len(lines) - len(bad)} good lines, {len(bad)} bad ones: {failures or 'no'} failures")
    return 1 if failures else 0


sys.exit(main())
