#!/usr/bin/env python3
"""Holds what lint does with reports: files that they are written to, what is shown and what fails, includes, names of files.

usage: behaviour.py LBCTL
"""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile

from reports import formats, reports

FAULTY = "global_defs {\n    router_idd one\n}\nvrrp_instance web {\n    interface eth0\n    virtual_router_id 7\n" \
         "    virtual_ipaddress {\n        10.0.0.9\n    }\n    smtp_alert maybe\n}\n"


class Folder:
    """A folder in which lint runs."""

    def __init__(self, lbctl, path):
        self.lbctl, self.path, self.failed = lbctl, path, 0

    def write(self, name, text):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.path, name), encoding="utf-8") as file:
            return file.read()

    def lint(self, *arguments, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([self.lbctl, "lint", *arguments], cwd=options.pop("cwd", self.path), capture_output=True, timeout=60,
                              check=False, **options)

    def json(self, *arguments, **options):
        return json.loads(self.lint("--format", "json", *arguments, **options).stdout)

    def hold(self, held, what):
        if not held:
            self.failed += 1
            print(f"not so: {what}")


def check_outputs(folder):
    folder.write("a.conf", FAULTY)
    run = folder.lint("--output", "json=out.json", "--output", "sarif=out.sarif", "--format", "concise", "a.conf")
    folder.hold(run.returncode == 1 and b"error[unknown-keyword]" in run.stdout, f"findings are printed beside reports: {run}")
    folder.hold(json.loads(folder.read("out.json")) == folder.json("a.conf"), "a report in a file is what --format prints")
    folder.hold(json.loads(folder.read("out.sarif"))["version"] == "2.1.0", "the second report")
    os.chmod(os.path.join(folder.path, "out.json"), 0o640)
    folder.write("b.conf", "global_defs {\n}\n")
    run = folder.lint("--output", "json=out.json", "b.conf")
    folder.hold(run.returncode == 0 and not json.loads(folder.read("out.json"))["findings"], "an old report is replaced")
    folder.hold(os.stat(os.path.join(folder.path, "out.json")).st_mode & 0o777 == 0o640, "an old report keeps its mode")
    os.symlink("out.json", os.path.join(folder.path, "link.json"))
    folder.lint("--output", "json=link.json", "a.conf")
    folder.hold(os.path.islink(os.path.join(folder.path, "link.json")) and json.loads(folder.read("out.json"))["findings"],
                "the file behind a symbolic link is replaced")
    folder.hold(not [name for name in os.listdir(folder.path) if ".lbctl-" in name], "nothing is left beside the reports")
    os.mkfifo(os.path.join(folder.path, "pipe"))
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.join(folder.path, "socket"))
    for word, says in (("json=pipe", b"no regular file"), ("json=socket", b"no regular file"), ("json=/dev/null", b"no regular file"),
                       ("json=.", b"folder"), ("json=none/out", b"no such folder"), ("json=-", b"--format"), ("json=", b"FORMAT=FILE"),
                       ("out.json", b"FORMAT=FILE"), ("xml=out", b"`xml' is no format")):
        run = folder.lint("--output", word, "a.conf")
        folder.hold(run.returncode == 2 and not run.stdout and says in run.stderr, f"--output {word} is refused: {run}")
    server.close()
    run = folder.lint("--output", "json=x", "--output", "sarif=./x", "a.conf")
    folder.hold(run.returncode == 2 and b"two reports" in run.stderr, f"two reports in one file are refused: {run}")
    folder.write("c.conf", "include a.conf\n")
    for name in ("c.conf", "./a.conf", os.path.join(folder.path, "a.conf")):
        run = folder.lint("--output", f"json={name}", "c.conf")
        folder.hold(run.returncode == 2 and b"one of the files" in run.stderr and folder.read("a.conf") == FAULTY,
                    f"a report is not written over {name}, which was read: {run}")
    run = folder.lint("-q", "--output", "junit=out.xml", "a.conf")
    folder.hold(run.returncode == 1 and not run.stdout + run.stderr and "<failure" in folder.read("out.xml"), f"--quiet silences no report: {run}")
    run = folder.lint("--cluster", "--output", "ndjson=out.nd", "a.conf", "c.conf")
    folder.hold(run.returncode == 1 and all(json.loads(line) for line in folder.read("out.nd").splitlines()), f"reports of a cluster: {run}")
    run = folder.lint("--output", "json=out.json", "missing.conf", "a.conf")
    folder.hold(run.returncode == 2 and json.loads(folder.read("out.json"))["unreadable"], "a report tells of files that cannot be read")


def check_thresholds(folder):
    folder.write("w.conf", FAULTY.replace("router_idd", "router_id"))
    found = {each["severity"] for each in folder.json("w.conf")["findings"]}
    folder.hold("warning" in found or "error" in found, "the sample has a finding")
    folder.write("i.conf", "# nothing\n")
    for shown, fail_on, status in (("info", "info", 1), ("error", "info", 1), ("info", "warning", 0), ("error", "error", 0)):
        run = folder.lint("--min-severity", shown, "--fail-on", fail_on, "--format", "json", "i.conf")
        document = json.loads(run.stdout)
        folder.hold(run.returncode == status, f"--min-severity {shown} --fail-on {fail_on}: exit {run.returncode}")
        folder.hold(bool(document["findings"]) == (shown == "info"), f"--min-severity {shown} shows {document['findings']}")
        folder.hold(document["summary"].get("below_min_severity", 0) == (0 if shown == "info" else 1), document["summary"])
    run = folder.lint("--min-severity", "error", "i.conf")
    folder.hold(b"1 below --min-severity" in run.stderr and not run.stdout, f"what is not shown is counted: {run}")
    for name in formats(folder.lbctl):
        run = folder.lint("--quiet", "--format", name, "w.conf")
        folder.hold(bool(run.stdout) != (name in ("text", "concise")) and not run.stderr, f"--quiet with {name}: {run}")
    # What does not make the check fail is no failure of JUnit's.
    run = folder.lint("--format", "junit", "--fail-on", "error", "i.conf")
    folder.hold(b"<failure" not in run.stdout and b"<system-out>" in run.stdout, f"junit and --fail-on: {run}")


def check_statistics(folder):
    folder.write("s.conf", "aa 1\nbb 1\ncc 1\nvrrp_instance x {\n interface eth0\n virtual_router_id 300\n}\n")
    document = folder.json("--statistics", "s.conf")
    whole = folder.json("s.conf")
    counts = [each["count"] for each in document["rules"]]
    folder.hold(document["schema"] == "lbctl-statistics/1" and counts == sorted(counts, reverse=True) and sum(counts) == len(whole["findings"]),
                f"statistics count every finding: {document}")
    folder.hold(document["rules"][0]["rule"] == "unknown-keyword" and document["rules"][0]["count"] == 3, document)
    folder.hold(document["summary"] == whole["summary"], "statistics have the summary")
    run = folder.lint("--statistics", "s.conf")
    lines = run.stdout.decode().splitlines()
    folder.hold(run.returncode == 1 and [int(line.split()[0]) for line in lines] == counts, f"statistics as text: {run}")
    run = folder.lint("--statistics", "--format", "sarif", "s.conf")
    folder.hold(run.returncode == 2 and b"text or json" in run.stderr, f"statistics in another format are refused: {run}")


def check_includes(folder):
    for i in range(3):
        folder.write(f"parts/{i}.inc", f"vrrp_script chk{i} {{\n    script /bin/true\n    intervall {i}\n}}\n")
    for i in range(30):
        folder.write(f"root{i}.conf", "include parts/0.inc\ninclude ./parts/1.inc\ninclude parts/../parts/2.inc\nglobal_defs {\n"
                                      f"    router_id lb{i}\n}}\n")
    roots = [f"root{i}.conf" for i in range(30)]
    findings = folder.json(*roots)["findings"]
    unknown = [each for each in findings if each["rule"] == "unknown-keyword"]
    places = [(each["file"], each["line"]) for each in unknown]
    folder.hold(sorted(places) == [(f"parts/{i}.inc", 3) for i in range(3)], f"each finding once in 30 files with 3 includes each: {places}")
    folder.hold(len({json.dumps([each[key] for key in ("rule", "file", "line", "column", "message")]) for each in findings}) == len(findings),
                "no finding is told twice")
    folder.hold(all(each["root"] == "root0.conf" and each["roots"] == roots for each in unknown), "findings name their root files")
    run = folder.lint(*roots)
    folder.hold(run.stdout.count(b"intervall") == 6 and b"the same through root1.conf, root2.conf, root3.conf and 26 more" in run.stdout,
                f"text tells of each once: {run.stdout[:2000]}")
    told, _ = reports(folder.lbctl, folder.path, *roots, of=["sarif", "gitlab", "checkstyle"])
    results = json.loads(told["sarif"])["runs"][0]["results"]
    folder.hold(len(results) == len(findings) and all(each["properties"]["root"] == "root0.conf" for each in results if each["ruleId"] == "unknown-keyword"),
                "sarif names the root file")
    folder.hold(len(json.loads(told["gitlab"])) == len(findings), "gitlab tells of each once")


def check_unclosed(folder):
    open_block = "vrrp_script chk {\n    script /bin/true\n"
    folder.write("open.inc", open_block)
    folder.write("unknown.inc", "vrrp_scrpt chk {\n    script /bin/true\n")
    for behind in ("", "# done\n", "global_defs {\n    router_id a\n}\n"):
        for part in ("open.inc", "unknown.inc"):
            folder.write("root.conf", f"include {part}\n{behind}")
            missing = [each for each in folder.json("root.conf")["findings"] if each["rule"] == "missing-close-brace"]
            folder.hold([each["file"] for each in missing] == [part] and missing[0]["root"] == "root.conf",
                        f"a block that {part} leaves open is one finding there, with {behind!r} behind it: {missing}")
    folder.write("root.conf", "vrrp_instance web {\n    interface eth0\n    virtual_router_id 3\n    include list.inc\n")
    folder.write("list.inc", "    virtual_ipaddress {\n        10.0.0.1\n")
    missing = [each for each in folder.json("root.conf")["findings"] if each["rule"] == "missing-close-brace"]
    folder.hold(sorted(each["file"] for each in missing) == ["list.inc", "root.conf"], f"each file's open block is told in it: {missing}")


def check_names(folder):
    folder.write("conf/a.conf", "include ../shared/./b.inc\nnonsense 1\n")
    folder.write("shared/b.inc", "mistake 1\n")
    folder.write("away/real/x", "")
    os.symlink(os.path.join(folder.path, "away", "real"), os.path.join(folder.path, "jump"))
    folder.write("away/c.conf", "nonsense 1\n")
    for name in ("conf/a.conf", "./conf//a.conf", "conf/../conf/a.conf", os.path.join(folder.path, "conf/a.conf")):
        files = {each["file"] for each in folder.json(name)["findings"]}
        folder.hold(files == {"conf/a.conf", "shared/b.inc"}, f"{name} is told as {files}")
        folder.hold(re.match(rb"^shared/b\.inc:1:1: |^conf/a\.conf:2:1: ", folder.lint(name).stdout), f"{name} in text")
    files = {each["file"] for each in folder.json("a.conf", cwd=os.path.join(folder.path, "conf"))["findings"]}
    folder.hold(files == {"a.conf", "../shared/b.inc"}, f"names are relative to the working directory: {files}")
    files = {each["file"] for each in folder.json("jump/../c.conf")["findings"]}
    folder.hold(files == {"jump/../c.conf"}, f"`..' behind a symbolic link stays: {files}")
    outside = {each["file"] for each in folder.json(os.path.join(folder.path, "conf/a.conf"), cwd="/")["findings"]}
    folder.hold(all(os.path.join("/", name).startswith(folder.path) for name in outside), f"from elsewhere: {outside}")
    document = json.loads(folder.lint("--format", "json", "-", input=b"nonsense 1\n", stdin=None).stdout)
    folder.hold(document["findings"][0]["file"] == "-" == document["findings"][0]["root"], "standard input stays -")


def check_cluster_with_includes(folder):
    node = "vrrp_instance web {\n    interface eth0\n    state MASTER\n    virtual_router_id %d\n    priority 100\n" \
           "    virtual_ipaddress {\n        10.0.0.9/24\n    }\n    authentication {\n        auth_type PASS\n        auth_pass %s\n    }\n}\n"
    folder.write("one.conf", node % (7, "Xk3wq9"))
    for i in range(4):
        folder.write(f"deep/{i}.inc", f"include {i + 1}.inc\n" if i < 3 else node % (8, "Zp5rt7"))
    folder.write("two.conf", "include deep/0.inc\n")
    for name in ("one.conf", "two.conf"):
        other = "two.conf" if name == "one.conf" else "one.conf"
        told, run = reports(folder.lbctl, folder.path, "--cluster", name, other)
        folder.hold(run.returncode == 1 and len(told) == len(formats(folder.lbctl)), f"a cluster with includes: {run}")
        everything = b"".join(told.values())
        folder.hold(b"cluster-router-id" in everything and b"deep/3.inc" in everything, "the other node's included file is named")
        folder.hold(b"Xk3wq9" not in everything and b"Zp5rt7" not in everything, "no password of either node is told")


def main():
    failed = 0
    for check in (check_outputs, check_thresholds, check_statistics, check_includes, check_unclosed, check_names,
                  check_cluster_with_includes):
        with tempfile.TemporaryDirectory() as path:
            folder = Folder(os.path.abspath(sys.argv[1]), os.path.realpath(path))
            check(folder)
            failed += folder.failed
    print(f"{failed} faults")
    return 1 if failed else 0


sys.exit(main())
