#!/usr/bin/env python3
"""Holds every format of lint against what its consumers read, over many files with mistakes and over hostile ones.

usage: shapes.py LBCTL FOLDER...

XML is checked by xmllint with the schemas in this folder (exit status 77 without it), JSON by what the published formats ask for. Each
format has to tell of the same findings as `--format json'.
"""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree

from reports import CONFIGURATION, FOREIGN, formats, reports

HERE = os.path.dirname(os.path.abspath(__file__))
SEVERITIES = ("error", "warning", "info")
PLACE = r"(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): "


class Fault(Exception):
    """What a format does not hold."""


def hold(held, what):
    if not held:
        raise Fault(what)


def schema_errors(text, schema):
    run = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", os.path.join(HERE, schema), "-"], input=text, capture_output=True,
                         check=False)
    return "" if run.returncode == 0 else run.stderr.decode(errors="replace")


def plain(text):
    """Text as XML and GitHub are given it compares with that of JSON by what both have of it."""
    return re.sub(r"[^ -~]|\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})|\\", "", text)


def check_json(text, findings, unread):
    document = json.loads(text)
    hold(document["schema"] == "lbctl-findings/1" and document["findings"] == findings and document["unreadable"] == unread, "json differs")
    for finding in findings:
        hold(finding["severity"] in SEVERITIES and finding["origin"] in ("keepalived", "kernel", "lbctl"), finding)
        hold(finding["root"] and not finding["file"].startswith("./") and "/../" not in finding["file"], finding)
        hold((finding["line"], finding["column"]) <= (finding["end_line"], finding["end_column"]), finding)


def check_ndjson(text, findings, unread):
    lines = [json.loads(line) for line in text.decode().splitlines()]
    hold(lines == findings + [{"unreadable": each} for each in unread], "ndjson has other lines than json")


def check_lines(form, severities):
    def check(text, findings, unread):
        lines = text.decode().split("\n")
        hold(lines.pop() == "", "the last line has no end")
        hold(len(lines) == len(findings) + (len(unread) if "note" in severities else 0), f"{len(lines)} lines for {len(findings)} findings")
        for line, finding in zip(lines, findings):
            match = re.fullmatch(form, line)
            hold(match, f"not of the form: {line!r}")
            hold((int(match["line"]), int(match["column"]), match["rule"]) == (finding["line"], finding["column"], finding["rule"]), line)
            hold(match["severity"] == severities[SEVERITIES.index(finding["severity"])], line)
    return check


def check_text(text, findings, _):
    heads = re.findall(rf"(?m)^{PLACE}(?:error|warning|info): .* \[([a-z0-9-]+)\]$", text.decode())
    hold([head[-1] for head in heads] == [finding["rule"] for finding in findings], "text tells of other findings")


def check_junit(text, findings, unread):
    faults = schema_errors(text, "junit.xsd")
    hold(not faults, faults)
    cases = failures = 0
    for suite in xml.etree.ElementTree.fromstring(text):
        inside = list(suite)
        failed = [case for case in inside if case.find("failure") is not None]
        hold(int(suite.get("tests")) == len(inside) and int(suite.get("failures")) == len(failed), "counts of a suite")
        hold(int(suite.get("errors")) == sum(case.find("error") is not None for case in inside), "errors of a suite")
        cases += sum(case.get("name") != "lint" for case in inside)
        failures += len(failed)
    hold(cases == len(findings), f"{cases} cases for {len(findings)} findings")
    hold(failures == sum(finding["severity"] != "info" for finding in findings), "failures")
    hold(text.count(b"<error ") == len(unread), "files that cannot be read")


def check_checkstyle(text, findings, unread):
    faults = schema_errors(text, "checkstyle.xsd")
    hold(not faults, faults)
    errors = [error for file in xml.etree.ElementTree.fromstring(text) for error in file]
    found = sorted((int(error.get("line")), error.get("severity"), error.get("source")) for error in errors)
    wanted = [(f["line"], f["severity"], "lbctl." + f["rule"]) for f in findings] + [(1, "error", "lbctl.unreadable-file") for _ in unread]
    hold(found == sorted(wanted), "checkstyle tells of other findings")


def check_github(text, findings, unread):
    lines = text.decode().split("\n")
    hold(lines.pop() == "", "the last line has no end")
    hold(len(lines) == len(findings) + len(unread), "a line a finding")
    for line, finding in zip(lines, findings):
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        hold(match, f"no workflow command: {line!r}")
        properties = dict(each.split("=", 1) for each in match[2].split(","))
        hold({"title", "file", "line", "endLine"} <= set(properties) <= {"title", "file", "line", "endLine", "col", "endColumn"}, line)
        hold(int(properties["line"]) == finding["line"] and properties["title"] == "lbctl " + finding["rule"], line)
        hold(("col" in properties) == (properties["line"] == properties["endLine"]), "columns belong to one line")
        for escape in re.findall("%.{0,2}", match[3]):
            hold(escape in ("%25", "%0A", "%0D"), f"a stray % in {line!r}")
        message = urllib.parse.unquote(match[3]).split("\n")[0]
        hold(plain(message) == plain(finding["message"]), f"{message!r} is not {finding['message']!r}")
        hold(len(match[3]) <= 3 * 4096, "the message is too long")


def check_gitlab(text, findings, unread):
    issues = json.loads(text)
    hold(len(issues) == len(findings) + len(unread), "an issue a finding")
    fingerprints = set()
    for issue in issues:
        hold({"description", "check_name", "fingerprint", "severity", "location"} == set(issue), issue)
        hold(issue["severity"] in ("info", "minor", "major", "critical", "blocker"), issue)
        hold(re.fullmatch("[0-9a-f]{32}", issue["fingerprint"]) and issue["fingerprint"] not in fingerprints, f"fingerprint: {issue}")
        fingerprints.add(issue["fingerprint"])
        hold(not issue["location"]["path"].startswith("./") and issue["location"]["lines"]["begin"] >= 1, issue)
    for issue, finding in zip(issues, findings):
        hold((issue["check_name"], issue["location"]["lines"]["begin"]) == (finding["rule"], finding["line"]), issue)


def check_rdjson(text, findings, unread):
    document = json.loads(text)
    hold(document["source"] == {"name": "lbctl"}, "source")
    diagnostics = document["diagnostics"]
    hold(len(diagnostics) == len(findings) + len(unread), "a diagnostic a finding")
    for diagnostic, finding in zip(diagnostics, findings):
        hold(diagnostic["severity"] == finding["severity"].upper() and diagnostic["code"] == {"value": finding["rule"]}, diagnostic)
        hold(set(diagnostic) <= {"message", "location", "severity", "code", "suggestions", "relatedLocations"}, diagnostic)
        ranges = [diagnostic["location"]["range"]] + [each["range"] for each in diagnostic.get("suggestions", [])]
        for each in ranges:
            begin, end = (each["start"]["line"], each["start"]["column"]), (each["end"]["line"], each["end"]["column"])
            hold((1, 1) <= begin <= end, each)
        hold(len(diagnostic.get("relatedLocations", [])) == len(finding["notes"]), diagnostic)


def check_region(region, lines, where):
    begin, end = (region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])
    hold((1, 1) <= begin <= end, f"region {region} {where}")
    for line, column in (begin, end):
        if lines is not None and line <= len(lines):
            hold(column <= len(lines[line - 1]) + 1, f"column {column} is behind the end of line {line} {where}")


def check_sarif(text, findings, unread, lines_of=lambda file: None):
    document = json.loads(text)
    hold(document["version"] == "2.1.0" and "sarif-schema-2.1.0.json" in document["$schema"] and len(document["runs"]) == 1, "head")
    run = document["runs"][0]
    driver = run["tool"]["driver"]
    hold(driver["name"] == "lbctl" and driver["version"] and run["columnKind"] == "unicodeCodePoints", "driver")
    invocation = run["invocations"][0]
    hold(invocation["executionSuccessful"] == (not unread), "executionSuccessful")
    hold(len(invocation.get("toolExecutionNotifications", [])) == len(unread), "a notification for each file that cannot be read")
    for rule in driver["rules"]:
        hold(rule["shortDescription"]["text"] and rule["fullDescription"]["text"] and rule["help"]["text"] and rule["help"]["markdown"], rule)
        hold(rule["defaultConfiguration"]["level"] in ("error", "warning", "note") and rule["properties"]["origin"], rule)
    hold(len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"]), "rules are told twice")
    hold(len(run["results"]) == len(findings), "a result a finding")
    for result, finding in zip(run["results"], findings):
        hold(driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == finding["rule"], result)
        hold(result["level"] == {"info": "note"}.get(finding["severity"], finding["severity"]), result)
        hold(re.fullmatch("[0-9a-f]{32}", result["partialFingerprints"]["lbctlFinding/v1"]), result)
        hold(result["properties"]["root"] == finding["root"] and result["properties"]["origin"] == finding["origin"], result)
        places = [location["physicalLocation"] for location in result["locations"]]
        related = result.get("relatedLocations", [])
        hold(len(places) == 1 and len({each["id"] for each in related}) == len(related) == len(finding["notes"]), result)
        places += [each["physicalLocation"] for each in related]
        for fix in result.get("fixes", []):
            hold(fix["description"]["text"], fix)
            for change in fix["artifactChanges"]:
                places += [{"artifactLocation": change["artifactLocation"], "region": each["deletedRegion"]}
                           for each in change["replacements"]]
        for place in places:
            location = place["artifactLocation"]
            hold(re.fullmatch(r"(?:[A-Za-z0-9._~/+@,=-]|%[0-9A-F]{2})+|file:///.*", location["uri"]), f"uri {location}")
            hold(("uriBaseId" in location) == (not location["uri"].startswith("file:")), location)
            check_region(place["region"], lines_of(urllib.parse.unquote_to_bytes(location["uri"])), result["ruleId"])


CHECKS = {
    "text": check_text,
    "concise": check_lines(PLACE + r"(?P<severity>error|warning|info)\[(?P<rule>[a-z0-9-]+)\] .+", SEVERITIES),
    "json": check_json,
    "ndjson": check_ndjson,
    "sarif": check_sarif,
    "junit": check_junit,
    "github": check_github,
    "gitlab": check_gitlab,
    "checkstyle": check_checkstyle,
    "gcc": check_lines(PLACE + r"(?P<severity>error|warning|note): .+ \[(?P<rule>[a-z0-9-]+)\]", ("error", "warning", "note")),
    "rdjson": check_rdjson,
}


def hostile_files(folder):
    """Files with foreign text in them and in their names."""
    for number, foreign in enumerate(FOREIGN):
        name = b"h%d" % number
        with open(os.path.join(folder, name), "wb") as file:
            file.write(CONFIGURATION.replace(b"X", foreign))
        named = name + foreign.replace(b"/", b"|")
        with open(os.path.join(folder, named), "wb") as file:
            file.write(b"# a comment\n" + CONFIGURATION)
        yield [name]
        yield [named]
        yield [name, named, b"missing" + foreign.replace(b"/", b"|")]


def cases(folder, folders):
    yield from hostile_files(folder.encode())
    yield [b"none-at-all"]
    for place in folders:
        for name in sorted(os.listdir(place)):
            if name.endswith(".conf"):
                yield [os.path.join(place, name).encode()]
    together = [os.path.join(place, name).encode() for place in folders for name in sorted(os.listdir(place)) if name.endswith(".conf")]
    yield together
    yield [b"--cluster", *together[:20]]


def faults_of(lbctl, folder, names, arguments):
    with tempfile.TemporaryDirectory() as out:
        told, run = reports(lbctl, folder, *arguments, of=names, into=out)
    if run.returncode not in (0, 1, 2) or set(told) != set(names):
        return [f"exit {run.returncode}, reports {sorted(told)}: {run.stderr.decode(errors='replace')[:300]}"]

    def lines_of(uri):
        path = os.path.join(folder.encode(), uri)
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            return [line.decode(errors="surrogateescape") for line in file.read().split(b"\n")]

    document = json.loads(told["json"])
    found = []
    for name in names:
        more = {"lines_of": lines_of} if name == "sarif" else {}
        try:
            CHECKS[name](told[name], document["findings"], document["unreadable"], **more)
        except (Fault, KeyError, TypeError, ValueError) as fault:
            found.append(f"{name}: {fault!r}"[:600])
    return found


def main():
    lbctl, folders = os.path.abspath(sys.argv[1]), [os.path.abspath(folder) for folder in sys.argv[2:]]
    if shutil.which("xmllint") is None:
        print("SKIP: there is no xmllint (libxml2-utils)")
        return 77
    names = formats(lbctl)
    if set(names) != set(CHECKS):
        print(f"formats without a check, or checks without a format: {set(names) ^ set(CHECKS)}")
        return 1
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        all_cases = list(cases(folder, folders))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for arguments, faults in zip(all_cases, pool.map(lambda each: faults_of(lbctl, folder, names, each), all_cases)):
                for fault in faults:
                    failed += 1
                    print(f"{b' '.join(arguments)[:200]!r}: {fault}")
    print(f"{len(all_cases)} runs of {len(names)} formats, {failed} faults")
    return 1 if failed or len(all_cases) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
