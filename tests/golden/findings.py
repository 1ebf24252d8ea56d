#!/usr/bin/env python3
"""Holds how findings are laid out: the caret under long line numbers and wide characters, the includes, files that cannot be read.

usage: findings.py LBCTL
"""
import json
import os
import resource
import subprocess
import sys
import tempfile
import unicodedata


def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def check(held, what):
    if not held:
        print(f"not so: {what}")
        check.failed += 1


check.failed = 0


def lint(lbctl, folder, *arguments, **options):
    return subprocess.run([lbctl, "lint", *arguments], cwd=folder, capture_output=True, timeout=60, check=False, **options)


def carets(output):
    """(columns before the underlined text in its line, columns before the caret, columns underlined) of every quoted line"""
    lines = output.decode().split("\n")
    for above, below in zip(lines, lines[1:]):
        if " | " in above and "| " in below and below.split("| ", 1)[0].strip() == "":
            underline = below.split("^", 1)[1]
            yield above, len(below.split("^", 1)[0]), 1 + len(underline) - len(underline.lstrip("~"))


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def main():
    lbctl = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        for line in (9, 99_998, 99_999, 100_000, 1_000_000):
            write(folder, "long.conf", "\n" * (line - 1) + "mistaken_word here\n")
            quoted = list(carets(lint(lbctl, folder, "long.conf").stdout))
            check(quoted and all(above[column:column + length] == "mistaken_word" for above, column, length in quoted),
                  f"the caret stands under the word in line {line}: {quoted}")
        for before, word in (("\u65e5\u672c\u8a9e", "x"), ("a\u0301b\u0301", "xyz"), ("\uff41\uff42", "\u65e5\u672c"), ("\U0001f642", "\uac00"),
                             ("\t", "xyz"), ("\x1b", "x\x9b"), ("\\x1b", "\\x1b"), ("\u202e", "\u2028")):
            write(folder, "wide.conf", f"global_defs {{\n\"{before}\" {word} \n router_id \"{before}\" {word} b\n}}\n")
            run = lint(lbctl, folder, "wide.conf")
            for above, column, length in carets(run.stdout):
                begin = next(i for i in range(len(above)) if columns(above[:i]) == column)
                ends = [i for i in range(len(above) + 1) if columns(above[:i]) == column + length]
                check(ends, f"the underline ends between characters: {above!r} {column} {length}")
                check(above[begin - 1] == " ", f"the caret stands where a word begins: {above!r} {column}")
        write(folder, "outer.conf", "include middle.conf\n")
        write(folder, "middle.conf", "\ninclude inner.conf\n")
        write(folder, "inner.conf", "mistake\n")
        text = lint(lbctl, folder, "outer.conf").stdout.decode()
        check("middle.conf:2:1: note: included here\nouter.conf:1:1: note: included here\n" in text, f"the text tells all includes: {text}")
        run = lint(lbctl, folder, "--format", "json", "outer.conf", "none.conf", "nowhere/a.conf", "/bin/sh")
        document = json.loads(run.stdout)
        places = [(note["file"], note["line"], note["message"]) for note in document["findings"][0]["notes"]]
        check(places == [("middle.conf", 2, "included here"), ("outer.conf", 1, "included here")], f"JSON tells all includes: {places}")
        check([entry["file"] for entry in document["unreadable"]] == ["none.conf", "nowhere/a.conf", "/bin/sh"], f"JSON tells unreadable files: {document}")
        check(all(entry["message"] for entry in document["unreadable"]), "JSON tells why files are unreadable")
        check(document["summary"]["unreadable"] == 3 and run.returncode == 2, f"the summary counts them: {document['summary']}")

        write(folder, "good.conf", "global_defs {\n}\n")
        for name, content in (("program", b"\x7fELF" + bytes(range(256)) * 40), ("noise", bytes((i * 89 + i // 7) % 256 for i in range(9000))),
                              ("nuls", b"global_defs {\n" + b"\0" * 200 + b"x\0y\n}\n")):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(content)
            for command in (["lint"], ["fmt"], ["expand"], ["dump"], ["emit", "ipvsadm"], ["import"], ["build"], ["diff", "good.conf"], ["diff", "--from"],
                            ["connections", "--from"]):
                run = subprocess.run([lbctl, *command, path, *(["good.conf"] if command == ["diff", "--from"] else [])], cwd=folder,
                                     capture_output=True, timeout=20, check=False)
                check(run.returncode == 2 and not run.stdout, f"{command} refuses the binary file {name}: {run}")
                if command[0] != "connections":
                    last = run.stderr.decode().rstrip("\n").split("\n")[-1]
                    check("binary" in last and name in last, f"{command} says that {name} is binary: {run.stderr}")
        for name, content in (("latin-1", "# gr\xf6\xdfer \xe4\xf6\xfc\nglobal_defs {\n}\n".encode("latin-1")), ("escapes", b"# \x1b[1mtitle\x1b[0m\nglobal_defs {\n}\n"),
                              ("form feed", b"global_defs {\n}\n\f\n\v\n")):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
            check(lint(lbctl, folder, name).returncode != 2, f"{name} is text")

        # A new line in a name of a file, and in the file that it includes.
        name = "a\nrouter_id evil\n#.conf"
        write(folder, name, "global_defs {\nrouter_id good\n}\n")
        write(folder, "includes.conf", "include a*.conf\n")
        for file in (name, "includes.conf"):
            expanded = subprocess.run([lbctl, "expand", "--origins", file], cwd=folder, capture_output=True, timeout=20, check=False).stdout.decode()
            check(len(expanded.split("\n")) == 4 and "\\x0arouter_id evil\\x0a#.conf" in expanded, f"a name of a file ends no comment: {expanded!r}")

        write(folder, "large.conf", "virtual_server 10.0.0.1 80 {\n" + "real_server 10.0.0.2 80 {\n weight 1\n}\n" * 300_000 + "}\n")
        limit = 60 << 20
        run = lint(lbctl, folder, "large.conf", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        if b"Sanitizer" not in run.stderr:
            check(run.returncode in (2, 127) and b"bad_alloc" not in run.stderr and b"memory" in run.stderr,
                  f"too little memory is told in words: {run.returncode} {run.stderr[:300]}")
    return 1 if check.failed else 0


sys.exit(main())
