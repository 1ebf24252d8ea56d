#!/usr/bin/env python3
"""In the lab: cases of health over time (servers that stop and start, files, commands, reloads), each played live for
`lbctl check --watch --apply' and for Debian's keepalived, at the same time and each in a network of its own. The table must take the same
course, and the same must be told to FIFOs, scripts and by mail, in the same order and at the same times.

usage: health_live.py [--at-once N] [--show] LBCTL TOOLS CASES [NAME...]      run by tests/lab/run

TOOLS: the folder of record_checker.py, which plays a case; CASES: the folder of the recorded cases. Without names ten of them, and
those of health_cases, for which keepalived was not recorded before.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

DEFAULT = ["01-plain", "05-quorum-sorry", "08-weights", "13-inhibit-sorry", "15-alpha-sorry", "19-stop-omega-down", "21-scripts",
           "23-misc-dynamic", "27-file", "41-mail"]
OWN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "health_cases")
TARGET = "2.2.7"     # what Debian has
TOLERANCE = 0.35     # either may be late on a busy machine
OF_COMMANDS = 0.8    # starting processes takes long in the lab
SHORT = 0.06         # a table that stays for less may be seen by chance


def recorders(tools):
    sys.path.insert(0, tools)
    import record_checker  # pylint: disable=import-outside-toplevel,import-error

    class Keepalived(record_checker.Recorder):
        """Plays a case for keepalived."""

        def watch(self):
            super().watch()
            # A process may end sooner than the table is looked at again: its last change is looked for, too.
            with open("/proc/net/ip_vs", encoding="ascii") as file:
                table = record_checker.parse_table(file.read())
            if self.tables and self.tables[-1][1] != table:
                self.tables.append((time.monotonic(), table))

    class Watch(Keepalived):
        """Plays a case for lbctl."""

        def start(self):
            with open(os.path.join(record_checker.CASE, "said"), "w", encoding="utf-8"):
                pass
            self.process = subprocess.Popen(
                [self.keepalived, "check", "--watch", "--apply", "--target-version", TARGET, record_checker.CASE + "/check.conf"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=record_checker.CASE)
            threading.Thread(target=self.listen, daemon=True).start()

        def listen(self):
            for line in self.process.stdout:
                at = time.monotonic()
                text = line.decode(errors="replace").rstrip("\n")
                self.lines.append((at, text))
                # Its first checks begin a second later, as keepalived's do.
                if self.zero is None and "watching" in text:
                    self.zero = at
                    self.ready.set()
            self.over.set()

        def dump(self):
            return ""
    return Watch, Keepalived


def letters(mails):
    """The mails that came whole: when, and what was in them but the date. Below keepalived's sentence lbctl's have a line with the reason."""
    texts, found = {}, []
    for one in mails:
        key = (one["server"], one["n"])
        had = "\r\n.\r\n" in texts.get(key, "")
        texts[key] = texts.get(key, "") + one.get("text", "")
        text, end, _ = texts[key].partition("\r\n.\r\n")
        if end and not had:
            head, _, body = text.partition("\r\n\r\n")
            lines = head.partition("Date: ")[2].split("\r\n")[1:] + [body.partition("\r\n")[0]]
            found.append((one["t"], " | ".join(lines)))
    return found


def entries(course):
    """For each destination, and each service, what it was from when on; without what was seen by chance."""
    tables = [(at, value) for at, kind, value in course if kind == "table"]
    values = {}
    for index, (_, table) in enumerate(tables):
        for service, destinations in table.items():
            values.setdefault(service, {})[index] = "there"
            for destination, weight in destinations.items():
                values.setdefault(service + " " + destination, {})[index] = "weight %d" % weight
    found = {}
    for name, known in values.items():
        changes = []
        for index, (at, _) in enumerate(tables):
            value = known.get(index, "-")
            if not changes or changes[-1][1] != value:
                changes.append((at, value))
        kept = []
        for index, (at, value) in enumerate(changes):
            if index + 1 < len(changes) and changes[index + 1][0] - at < SHORT:
                continue
            if value != (kept[-1][1] if kept else "-"):
                kept.append((at, value))
        found[name] = kept
    return found


def told(result):
    items = {}
    for at, kind, value in result["course"]:
        if kind in ("fifo", "note"):
            items.setdefault("%s %s" % (kind, value), []).append(at)
    for at, letter in letters(result.get("mail", [])):
        items.setdefault("mail " + letter, []).append(at)
    return items


def differences(case, mine, keepalived):
    """In what two courses differ. What the same things have in common is their order: each is within the tolerance of the other."""
    with open(os.path.join(case, "check.conf"), encoding="utf-8") as file:
        late = OF_COMMANDS if "misc_path" in file.read() else TOLERANCE
    found = []

    def compare(name, one, other, late=late):
        if [value for _, value in one] != [value for _, value in other]:
            found.append("%s: lbctl %r, keepalived %r" % (name, one, other))
            return
        for (at, value), (when, _) in zip(one, other):
            # The table is filled before the first check: keepalived does it before its time 0, lbctl just after.
            if abs(at - when) > late and max(at, when) > 0.9:
                found.append("%s: %s: lbctl %.2f s, keepalived %.2f s" % (name, value, at, when))
    ours, theirs = entries(mine["course"]), entries(keepalived["course"])
    for name in sorted(ours.keys() | theirs.keys()):
        compare(name, ours.get(name, []), theirs.get(name, []))
    ours, theirs = told(mine), told(keepalived)
    for name in sorted(ours.keys() | theirs.keys()):
        compare("told", [(at, name) for at in ours.get(name, [])], [(at, name) for at in theirs.get(name, [])],
                OF_COMMANDS if name.startswith("note") else late)
    return found


class Played:
    """A case that a child plays."""

    def __init__(self, recorder, case, program, folder):
        self.path = os.path.join(folder, "%s-%s.json" % (os.path.basename(case), os.path.basename(program)))
        self.pid = os.fork()
        if self.pid == 0:
            try:
                one = recorder(case, program)
                result = one.record()
                result["said"] = [text for _, text in one.lines]
                with open(self.path, "w", encoding="utf-8") as file:
                    json.dump(result, file)
            except BaseException:  # pylint: disable=broad-except
                sys.excepthook(*sys.exc_info())
            os._exit(0)

    def result(self):
        os.waitpid(self.pid, 0)
        with open(self.path, encoding="utf-8") as file:
            return json.load(file)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--at-once", type=int, default=3)
    parser.add_argument("--show", action="store_true", help="print the courses of cases that differ")
    parser.add_argument("lbctl")
    parser.add_argument("tools")
    parser.add_argument("cases")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    watch, recorder = recorders(options.tools)
    lbctl = os.path.abspath(options.lbctl)
    names = options.names or DEFAULT + sorted(os.listdir(OWN))
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        def case(name):
            own = os.path.join(OWN, name)
            return own if os.path.isdir(own) else os.path.join(options.cases, name)

        def play(group):
            pairs = [(name, Played(watch, case(name), lbctl, folder), Played(recorder, case(name), "keepalived", folder)) for name in group]
            return [(name, mine.result(), other.result()) for name, mine, other in pairs]

        def judge(name, mine, keepalived):
            return differences(case(name), mine, keepalived)
        for at in range(0, len(names), options.at_once):
            for name, mine, keepalived in play(names[at:at + options.at_once]):
                found = judge(name, mine, keepalived)
                if found:
                    # Once more alone: three at a time are much for one processor.
                    [(name, mine, keepalived)] = play([name])
                    found = judge(name, mine, keepalived)
                changes = sum(kind != "event" for _, kind, _ in keepalived["course"])
                print("health_live: %s: %s" % (name, "the same course, %d changes" % changes if not found else "not the same"), flush=True)
                failed += bool(found)
                for line in found:
                    print("    " + line)
                if found and options.show:
                    for who, result in (("lbctl", mine), ("keepalived", keepalived)):
                        for item in result["course"] + result["said"]:
                            print("    %s %s" % (who, item))
    print("health_live: %d of %d cases take keepalived's course" % (len(names) - failed, len(names)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
