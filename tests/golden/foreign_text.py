#!/usr/bin/env python3
"""Holds that no control of foreign text reaches the output of a command, in a pipe or on a terminal.

usage: foreign_text.py LBCTL

The text comes from configurations, saved tables, ldirectord.cf, copies of /proc, JSON, names of files, arguments and the
environment. Of commands that write text to be used (fmt, build, expand, emit, import, dump --format save) only the messages
and the comments are looked at.
"""
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import unicodedata
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "formats"))
from reports import formats  # noqa: E402

# C0, DEL, C1 as bytes and as characters, bidirectional controls, separators, no width, no UTF-8.
FOREIGN = [b"\x1b[31m", b"\x01\x07\x08\x7f", b"\x9b31m", b"\x90\xff\xc0\x80", "\u0085\u009b31m".encode(), "\u202e".encode(),
           "\u202a\u2066\u2069\u200e\u200f\u061c".encode(), "\u2028\u2029".encode(), "\u200b\ufeff\U000e0041".encode(),
           b"\xe2\x80 \xed\xa0\x80"]
JSON_FORMATS, XML_FORMATS = {"json", "sarif", "gitlab", "rdjson"}, {"junit", "checkstyle"}
OWN_COLOURS = re.compile(rb"\x1b\[[0-9;]*m")


def faults(output):
    """What a terminal would obey, or could not show."""
    try:
        text = output.decode()
    except UnicodeDecodeError as error:
        return [f"no UTF-8: {output[max(error.start - 20, 0):error.end + 20]!r}"]
    return [f"U+{ord(c):04X} in {text[max(i - 30, 0):i + 20]!r}" for i, c in enumerate(text)
            if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs")]


def comments(script):
    return b"".join(line + b"\n" for line in script.split(b"\n") if line.startswith(b"#"))


def whole(output):
    return output


def nothing(_):
    return b""


CONFIGURATION = b"""! about X
include none-X.conf
$A=aXb
global_defs {
  router_idX one
  notification_email {
    X
  }
  vrrp_version X
}
virtual_server_group gX {
  10.0.0.9 80
}
virtual_server group gX {
  lb_algo rX
  lb_kind X
  protocol TCP
  persistence_engine X
  real_server 10.0.0.2 80 {
    weight 1 X
    MISC_CHECK {
      misc_path "/bin/noX"
    }
    X
  }
}
virtual_server 10.0.0.1 X {
}
vrrp_instance VX {
  interface eX
  state BX
  virtual_ipaddress {
    10.0.0.3/24 dev X
    X
  }
  track_script {
    sX
  }
  auth_pass a
  blockX {
    unknown
  }
}
X {
"""
SERVICE = b"""virtual_server 10.0.0.1 80 {
  # about X
  virtualhost X
  lb_algo rX
  lb_kind NAT
  protocol TCP
  persistence_timeout 5
  persistence_engine pX
  real_server 10.0.0.2 80 {
    weight 1
  }
}
"""
DAEMON = b"global_defs {\n  lvs_sync_daemon eX VI\n}\nvrrp_instance VI {\n  interface lo\n  virtual_router_id 3\n" \
         b"  virtual_ipaddress {\n    10.9.9.9/32\n  }\n}\n"
SAVED = [b"-A -t 10.0.0.1:80 -s X\n", b"-A -t X:80 -s rr\n", b"X\n", b"-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r X -m\n",
         b"-A -t 10.0.0.1:80 -s rr -p 5 --pe X\n-A -f 1 -s rr -b X\n", b"--start-daemon X\n", b"--start-daemon master --mcast-interface X\n"]
LDIRECTORD = b"quiescent=X\nX = y\nfallback=X\nvirtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate X\n\treal=X gate 1\n\tscheduler=X\n" \
             b"\tchecktype=X\n\trequest=\"X\"\n\tX=5\n\tservice=X\nvirtual=X\n"
CONNECTIONS = b"TCP 0A000001 0050 0A000002 0050 0A000003 0050 ESTABLISHED     100 sipX dataX\n" \
              b"TCP 0A000001 0050 0A000002 0050 0A000003 0050 ESTABLISHED     100 sip data\nX\n"
JSON = [b'{"schema": "X"}', b'{"schema": "lbctl-configuration/1", "statements": [{"keyword": "X", "arguments": {}}]}', b'{"X": ',
        b'{"schema": "lbctl-configuration/1", "statements": [{"keyword": "a", "file": "X", "line": 1, "arguments": [[]]}]}']


def cases(lbctl, folder, foreign):
    """(name, command, what of standard output counts)"""
    def file(name, text):
        path = os.path.join(folder, name)
        with open(path, "wb") as stream:
            stream.write(text.replace(b"X", foreign))
        return path

    bad, service = file("bad.conf", CONFIGURATION), file("service.conf", SERVICE)
    daemon = file("daemon.conf", DAEMON)
    missing = os.path.join(folder.encode(), b"no" + foreign + b"file")
    named = os.path.join(folder.encode(), b"name" + foreign)
    with open(named, "wb") as stream:
        stream.write(SERVICE.replace(b"X", b"r"))
    word = b"w" + foreign
    for form in formats(lbctl):
        for path in (bad, service, missing, named):
            yield f"lint {form} {path!r}", ["lint", "--format", form, path], whole
    yield "lint host", ["lint", "--host", bad], whole
    for path in (bad, missing, named):
        yield "fmt", ["fmt", path], nothing
        yield "fmt --check", ["fmt", "--check", path], whole
        yield "expand", ["expand", path], nothing
        yield "dump", ["dump", "--keep-going", "--positions", path], whole
        yield "dump --table", ["dump", "--table", "--keep-going", path], whole
        yield "dump save", ["dump", "--table", "--format", "save", "--keep-going", path], nothing
        yield "emit ipvsadm", ["emit", "ipvsadm", "--keep-going", path], comments
        yield "emit", ["emit", "ipvsadm-restore", "--keep-going", path], nothing
        for kind in ("real-server", "real-server-windows"):
            yield f"emit {kind}", ["emit", kind, "--keep-going", path], comments
        yield "emit director", ["emit", "director", "--keep-going", "--marks", "none", path], comments
        for form in ("text", "dot", "mermaid"):
            yield f"emit topology {form}", ["emit", "topology", "--as", form, "--keep-going", path], whole
        yield "apply", ["apply", "--dry-run", path], whole
        yield "diff", ["diff", path], whole
    yield "expand --origins of a name", ["expand", "--origins", named], whole
    yield "fmt --diff of a name", ["fmt", "--diff", named], whole
    yield "daemon", ["emit", "ipvsadm", "--keep-going", daemon], comments
    empty = file("empty.conf", b"# nothing\n")
    for i, text in enumerate(SAVED):
        saved = file(f"saved-{i}", text)
        yield f"import {i}", ["import", "--from-format", "ipvsadm", saved], nothing
        yield f"emit --saved {i}", ["emit", "ipvsadm", "--saved", saved], comments
        for form in ("text", "json"):
            yield f"diff --from {i} {form}", ["diff", "--format", form, "--from", saved, service, "--keep-going"], whole
            yield f"diff --from {i} {form} empty", ["diff", "--format", form, "--from", saved, empty], whole
        yield f"restore {i}", (["ipvsadm", "-R"], text.replace(b"X", foreign)), whole
    yield "import ldirectord", ["import", "--from-format", "ldirectord", file("ldirectord.cf", LDIRECTORD)], nothing
    connections = file("connections", CONNECTIONS)
    for form in ("table", "csv", "json", "ndjson"):
        yield f"connections {form}", ["connections", "--from", connections, "--format", form, "--persistent"], whole
        yield f"connections {form} config", ["connections", "--from", connections, "--format", form, "--config", service,
                                             "--keep-going"], whole
    yield "connections missing", ["connections", "--from", missing], whole
    for i, text in enumerate(JSON):
        yield f"build {i}", ["build", file("bad.json", text)], nothing
        yield f"apply --plan {i}", ["apply", "--plan", file("bad.json", text)], whole
    for command in (["lint"], ["build"], ["import"], ["emit", "ipvsadm"], ["explain"], ["completion"], ["confirm"], ["list"], []):
        yield f"{command} WORD", [*command, word], whole
        yield f"{command} --WORD", [*command, b"--" + word], whole
    for option in (["lint", "--format"], ["lint", "--target-version"], ["lint", "-D"], ["lint", "-i"], ["list", "-t"], ["list", "-f"],
                   ["list", "--netns"], ["list", "--config"], ["connections", "--service"], ["connections", "--client"],
                   ["apply", "--drain"], ["apply", "--allow"], ["diff", "--from"], ["diff", "--interval"], ["explain", "--target-version"],
                   ["weight", "10.0.0.1", "--service"], ["drain", "--wait"], ["save", "--netns"], ["emit"], ["ipvsadm", "-t"],
                   ["ipvsadm", "-A", "-t", "10.0.0.1:80", "-s"], ["ipvsadm", "--"]):
        yield f"{option} WORD", [*option, word], whole
    yield "explain json", ["explain", "--format", "json", word], whole
    for name in ("lbctl-none", ):
        yield name, ["lint", os.path.join(folder, name)], whole


def on_terminal(command):
    """What the command writes when all of its output is a terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            os.environ["TERM"] = "xterm"
            os.environ.pop("NO_COLOR", None)
            os.execv(command[0], command)
        finally:
            os._exit(127)
    output = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
    os.close(terminal)
    os.waitpid(pid, 0)
    return output.replace(b"\r\n", b"\n")


def main():
    lbctl = os.path.abspath(sys.argv[1])
    run_count, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for foreign in FOREIGN:
            for name, command, counts in cases(lbctl, folder, foreign):
                given = b""
                if isinstance(command, tuple):
                    command, given = command
                run = subprocess.run([lbctl, *command], input=given, capture_output=True, timeout=20, check=False,
                                     env={**os.environ, "FOREIGN": "x"})
                run_count += 1
                found = faults(counts(run.stdout)) + faults(run.stderr)
                if run.returncode not in (0, 1, 2, 254, 255):
                    found.append(f"exit {run.returncode}")
                if JSON_FORMATS.intersection(command) and run.stdout and counts is whole:
                    try:
                        json.loads(run.stdout)
                    except ValueError as error:
                        found.append(f"no JSON: {error}")
                if XML_FORMATS.intersection(command) and run.stdout:
                    try:
                        xml.etree.ElementTree.fromstring(run.stdout)
                    except xml.etree.ElementTree.ParseError as error:
                        found.append(f"no XML: {error}")
                for fault in found[:3]:
                    failed += 1
                    print(f"{name} with {foreign!r}: {fault}")
            for name in ("bad.conf", "service.conf"):
                shown = OWN_COLOURS.sub(b"", on_terminal([lbctl, "lint", os.path.join(folder, name)]))
                run_count += 1
                for fault in faults(shown)[:3]:
                    failed += 1
                    print(f"lint {name} on a terminal with {foreign!r}: {fault}")
    print(f"{run_count} runs, {failed} faults")
    return 1 if failed else 0


sys.exit(main())
