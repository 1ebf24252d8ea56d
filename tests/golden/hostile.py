#!/usr/bin/env python3
"""Holds that input which crashes or hangs keepalived, or grows without end, ends in a clear error.

usage: hostile.py LBCTL

For each case `lbctl lint` finds an error of the rule named, on the line named, and lint, fmt, expand and dump all end within
one second and 512 MiB, with an exit status of their own.
"""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile

SECONDS = 3  # of the processor: a tenth is usual, but a busy machine takes several times as much
BYTES = 512 * 1024 * 1024


def in_server(lines):
    return "virtual_server 10.0.0.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\nreal_server 10.0.0.2 80 {\n" \
           f"{lines}\n}}\n}}\n"


def doubling(levels):
    return "$A0=x\n" + "".join(f"$A{i}=$A{i - 1} $A{i - 1}\n" for i in range(1, levels + 1)) + \
           f"global_defs {{\nrouter_id $A{levels}\n}}\n"


def doubling_lines(levels):
    text = "$A0=\\\nrouter_id a \\\nrouter_id b\n"
    for i in range(1, levels + 1):
        text += f"$A{i}=\\\n$A{i - 1} \\\n$A{i - 1}\n"
    return text + f"global_defs {{\n$A{levels}\n}}\n"


def numbers(count):
    return ",".join(f"{i:x}" for i in range(count))


# What stands in main.conf, the rule that finds fault with it, the line (None: anywhere), further files, the release.
CASES = {
    "thousands of blocks that begin in one line": ("global_defs {\n}\n" + "vrrp_instance { " * 8000 + "\n", "line-too-long", 3),
    "parameter that is itself": ("$A=$A\nglobal_defs {\nrouter_id $A\n}\n", "reference-cycle", 3),
    "two parameters in a circle": ("$A=$B\n$B=$A\nglobal_defs {\nrouter_id $A\n}\n", "reference-cycle", 4),
    "circle with braces": ("$A=${B}\n$B=${C}\n$C=${A}\nglobal_defs {\nrouter_id ${A}\n}\n", "reference-cycle", 5),
    "parameter that holds itself": ("$A=a $A\nglobal_defs {\nrouter_id $A\n}\n", "reference-cycle", 3),
    "lines that end in themselves": ("$A=\\\nrouter_id a \\\n$A\nglobal_defs {\n$A\n}\n", "reference-cycle", None),
    "sequence up to the limit of its numbers":
        ("global_defs {\n~SEQ(I, 1, 9223372036854775807) router_id a$I\n}\n", "endless-expansion", 2),
    "sequence down to the limit": ("global_defs {\n~SEQ(I, -9223372036854775808) router_id a$I\n}\n", "endless-expansion", 2),
    "step beyond the limit":
        ("global_defs {\n~SEQ(I, 9223372036854775800, 5, 9223372036854775807) zz$I\n}\n", "unknown-keyword", 2),
    "sequences in sequences":
        ("~SEQ(I, 100000) ~SEQ(J, 100000) ~SEQ(K, 100000) static_routes { 10.0.0.$K }\n", "endless-expansion", 1),
    "list in sequences": ("~SEQ(I, 1000000) ~LST(J, a, b, c) ~SEQ(K, 1000000) foo$I$J$K\n", "endless-expansion", 1),
    "sequences that give nothing": ("~SEQ(I, 3000) ~SEQ(J, 3000) ~SEQ(K\n", "endless-expansion", None),
    "braces in sequences": ("~SEQ(I, 90000) " + "}" * 80 + "\n", "endless-expansion", 1),
    "doubling in a line": (doubling(60), "line-too-long", None),
    "doubling of lines": (doubling_lines(60), "endless-expansion", None),
    "doubling of lines, most never shown": ("@other a\n" + doubling_lines(200), "endless-expansion", None),
    "file that includes itself": ("include main.conf\n", "include-cycle", 1),
    "two files in a circle": ("include a.conf\n", "include-cycle", None, {"a.conf": "include b.conf\n", "b.conf": "include a.conf\n"}),
    "circle through a pattern": ("include ./*.conf\n", "include-cycle", None, {"a.conf": "include ?.conf\n"}),
    "circle through a parameter": ("$F=main\ninclude $F\ninclude ${F}.conf\n", "include-cycle", None),
    "includes that double": ("include 1.conf\n", None, None,
                             {f"{i}.conf": f"include {i + 1}.conf\n" * 2 for i in range(1, 40)} | {"40.conf": "zz\n"}),
    "sequence of includes": ("~SEQ(I, 100000) include main.conf\n", "include-cycle", None),
    "include of what has no end": ("includea /dev/zero\n", "include-missing", 1),
    "include of standard input": ("includea /dev/stdin\n", "include-missing", 1),
    "include of what the kernel will say": ("includea /proc/kmsg\n", "include-missing", 1),
    "include of a terminal": ("includea /dev/tty\n", "include-missing", 1),
    "pattern that walks the machine": ("include /*/*/*\n", "include-too-much", 1),
    "pattern that walks all processes": ("include /proc/*/*\n", None, 1),
    "pattern that walks deeper": ("include /*/*/*/*/*\n", "include-too-much", 1),
    "pattern of many alternatives": ("include /{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\n",
                                     "include-too-much", 1),
    "sequence of patterns": ("~SEQ(I, 100000) include /usr/*/*$I\n", "include-too-much", 1),
    "pattern that finds what is no configuration":
        ("include ?.log\nzz\n", "include-too-much", 1, {f"{i}.log": "zz\n" * 5000 for i in range(9)}),
    "include of what the kernel makes up": ("includea /proc/self/pagemap\n", "include-missing", 1),
    "include of a program": ("includea /proc/self/exe\n", "include-missing", 1),
    "include of a minus": ("includea -\n", "include-missing", 1),
    "sequences of three in each other":
        ("".join(f"~SEQ({name}, 0, 2) " for name in "ABCDEFGHIJKLMNOP") + "zz\n", "endless-expansion", 1),
    "escaped exclamation mark at the start of a line": ("\\!foo\n", "escaped-comment", 1),
    "escaped hash at the start of a line": ("\\#foo\n", "escaped-comment", 1),
    "fwmark without number": ("virtual_server fwmark {\n}\n", "missing-argument", 1),
    "group without name": ("virtual_server group {\n}\n", "missing-argument", 1),
    "BFD instance without name": ("bfd_instance {\n}\n", "missing-argument", 1),
    "script with an open quote": ("vrrp_script s {\nscript \"/x a\n}\n", "unterminated-quote", 2),
    "script with an open single quote": ("vrrp_script s {\nscript '/x a\n}\n", "unterminated-quote", 2),
    "script with a trailing backslash": ("vrrp_script s {\nscript /x\\\n}\n", None, 2),
    "misc_path with an open quote": (in_server("MISC_CHECK {\nmisc_path \"/x\n}"), "unterminated-quote", 7),
    "misc_path cut in single quotes": (in_server("MISC_CHECK {\nmisc_path '/x #y'\n}"), "unterminated-quote", 7),
    "misc_path with a trailing backslash": (in_server("MISC_CHECK {\nmisc_path /x\\\n}"), None, 7),
    "regex with an open quote": (in_server("HTTP_GET {\nurl {\npath /\nregex \"a\n}\n}"), "unterminated-quote", 9),
    "sequence over a name of several lines":
        ("$A=\\\nfoo \\\nbar\n~SEQ(A, 3) router_id $A\n", None, None),
    "definition that redefines itself": ("$A=\\\n$A=x \\\nfoo\n$A\n", None, None),
    "condition out of a parameter": ("$M=@main\nglobal_defs {\n$M router_id a\n}\n", None, 3, {}, "2.2.7"),
    "environment without a name": ("global_defs {\nrouter_id ${_ENV}\n}\n", None, 2),
    "environment without braces": ("global_defs {\nrouter_id $_ENV\n}\n", None, 2),
    "a hundred thousand braces": ("{" * 100000, None, 1),
    "a hundred thousand closing braces": ("}" * 100000, None, 1),
    "blocks in blocks": ("global_defs {\n" * 20000, None, None),
    "one line of four megabytes": ("a " * 2000000, "line-too-long", 1),
    "one word of four megabytes": ("a" * 4000000, "line-too-long", 1),
    "a hundred thousand unknown words": ("zz\n" * 100000, "unknown-keyword", None),
    "nothing but quotes": ('"' * 1001 + "\n", "unterminated-quote", 1),
    "opening tags of a template": ("<%" * 100000 + "\n", "line-too-long", 1),
    "opening tags that the last word closes": ("<%" * 100000 + "{ %>\n", "line-too-long", 1),
    "opening braces of a template": ("{{" * 100000 + "}}\n", None, 1),
    "opening tags in many lines": (("<%" * 500 + "\n") * 400, "unknown-keyword", 1),
    "escaped hashes in a line of global_defs": ("global_defs {\nrouter_id " + "a\\#" * 4000 + "\n}\n", "line-too-long", 2),
    "escaped hashes in many lines": ("global_defs {\n" + ("router_id " + "a\\#" * 330 + "\n") * 300 + "zz\n}\n", "unknown-keyword", 302),
    "a line of no-break spaces": ("\u00a0" * 20000 + "\n", "odd-space", 1),
    "lines of no-break spaces": (("\u00a0" * 500 + "\n") * 300, "odd-space", 1),
    "no-break spaces between words": (("a \u00a0" * 200 + "\n") * 300, "unknown-keyword", 1),
    "nothing but empty lines": ("\n" * 160000 + "zz\n", "unknown-keyword", 160001),
    "empty lines between unknown words": (("zz\n" + "\n" * 300) * 500, "unknown-keyword", 1),
    "nothing but comments": ("zz\n" + "# a\n" * 160000, "unknown-keyword", 1),
    "opening tags of a template": ("<%" * 100000 + "\n", "line-too-long", 1),
    "opening tags that the last word closes": ("<%" * 100000 + "{ %>\n", "line-too-long", 1),
    "opening braces of a template": ("{{" * 100000 + "}}\n", None, 1),
    "opening tags in many lines": (("<%" * 500 + "\n") * 400, "unknown-keyword", 1),
    "a brace too many behind each statement":
        ("vrrp_instance V {\ninterface eth0\n" + "priority 100\n}\n" * 20000, "extra-close-brace", 5),
    "unknown words behind many statements":
        ("vrrp_instance V {\ntrack_interface {\n}\n" + "priority 100\n" * 10000 + "zz\n" * 10000 + "}\n}\n",
         "unknown-keyword", 10004),
    "a statement over many lines":
        ("vrrp_instance V {\nstate \\\nMASTER \\\n" + "a \\\n" * 20000 + "}\n", "split-line", 2),
    "list of many names and many values":
        ("~LST({" + numbers(2000).replace(",", "a,") + "a}," + numbers(2000) + ") router_id a$0a\n", "line-too-long", 1),
    "lists in many lines": (("~LST({a" + numbers(100).replace(",", ",a") + "}," + numbers(150) + ") zz\n") * 400,
                            "endless-expansion", None),
    "sequence of lists that give nothing":
        ("~SEQ(I, 100000) ~LST({a" + numbers(100).replace(",", ",a") + "}," + numbers(150) + ")\n", "endless-expansion", 1),
    "pattern of thousands of braces": ("include " + "{,}" * 20000 + "\n", "include-too-much", 1),
    "pattern of braces in braces": ("include " + "{x" * 20000 + "a" + "}" * 20000 + "\n", "line-too-long", 1),
    "patterns of braces behind alternatives":
        (("include {" + "," * 300 + "}" + "{x" * 200 + "a" + "}" * 200 + "\n") * 300, "include-too-much", None),
    "patterns of long alternatives":
        (("include /a/{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}" + "x" * 900 + "\n") * 30,
         "include-too-much", None),
}


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run(lbctl, folder, *words):
    """Exit status (negative for a signal, None when it does not end) and output."""
    for tries_left in (2, 1, 0):
        try:
            # The limit is of processor time. The other one is for what waits without computing.
            done = subprocess.run([lbctl, *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=30,
                                  preexec_fn=limit)
        except subprocess.TimeoutExpired:
            return None, b""
        # On a busy machine the same work costs several times the processor time at times: it is not to fail always.
        if tries_left == 0 or done.returncode not in (-signal.SIGKILL, -signal.SIGXCPU):
            return done.returncode, done.stdout


# Plans that apply refuses before it asks the kernel for anything.
PLAN = ('{"schema":"lbctl-plan/1","live":"0","namespace":"","options":{"prune":false,"keep_weights":false,"drain":false},"owned":[],'
        '"wanted":{"services":SERVICES,"timeouts":{},"daemons":null,"flush":false,"net_namespace_ipvs":""},"steps":STEPS}')
DEEP = "[" * 200000 + "]" * 200000
MANY = "{" + ",".join(f'"k{i}":{i}' for i in range(100000)) + "}"
JSON = {"steps in steps": PLAN.replace("SERVICES", "[]").replace("STEPS", DEEP),
        "services in services": PLAN.replace("SERVICES", DEEP).replace("STEPS", "[]"),
        "nothing but brackets": DEEP,
        "a hundred thousand members": MANY,
        "a plan with a hundred thousand members in its table": PLAN.replace("SERVICES", "[" + MANY + "]").replace("STEPS", "[]")}
READERS_OF_JSON = (["apply", "a.json"], ["build", "a.json"], ["lint", "--baseline", "a.json", "main.conf"],
                   ["doctor", "--from", "a.json", "main.conf"])


def problems_of_json(lbctl, text):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("a.json", text), ("main.conf", "global_defs {\n}\n")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(content)
        for words in READERS_OF_JSON:
            status, _ = run(lbctl, folder, *words)
            if status != 2:
                yield f"{words[0]} ends with {status}"


def problems(lbctl, text, rule, line, files=None, release="2.4.3"):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {"main.conf": text, **(files or {})}.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(content)
        for command in ("fmt", "expand", "dump"):
            target = [] if command == "fmt" else ["--target-version", release, "-i", "main"]
            status, _ = run(lbctl, folder, command, *target, "main.conf")
            if status not in (0, 1, 2):
                yield f"{command} ends with {status}"
        status, out = run(lbctl, folder, "lint", "--format", "json", "--target-version", release, "-i", "main", "main.conf")
        if status not in (0, 1, 2):
            yield f"lint ends with {status}"
            return
        # This format has fingerprints, for which the blocks around each finding are looked at.
        in_sarif, _ = run(lbctl, folder, "lint", "--format", "sarif", "--target-version", release, "-i", "main", "main.conf")
        if in_sarif != status:
            yield f"lint --format sarif ends with {in_sarif}, as json with {status}"
        errors = [each for each in json.loads(out)["findings"] if each["severity"] == "error"]
        told = [f"{each.get('line')}: {each['rule']}" for each in errors[:3]]
        if not errors:
            yield "lint finds nothing"
        elif not any((rule is None or each["rule"] == rule) and (line is None or each.get("line") == line) for each in errors):
            yield f"lint finds no {rule or 'error'} on line {line or 'any'}, but {told}"


def main():
    lbctl = os.path.abspath(sys.argv[1])
    failed = 0
    for name, case in CASES.items():
        for problem in problems(lbctl, *case):
            print(f"{name}: {problem}")
            failed += 1
    for name, text in JSON.items():
        for problem in problems_of_json(lbctl, text):
            print(f"JSON, {name}: {problem}")
            failed += 1
    print(f"{len(CASES)} cases, {failed} problems")
    return 1 if failed else 0


sys.exit(main())
