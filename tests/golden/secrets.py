#!/usr/bin/env python3
"""Holds that no command shows a secret of a configuration, or a part of one, unless it was asked to.

usage: secrets.py LBCTL

The keywords are those whose arguments have a secret type, as `lbctl explain' names them. Each is written in every way in which
it can be right or wrong, and given to every command that reads a configuration. `fmt' and `build' write configurations to be
used; of them the messages are looked at.
`lint' writes its reports in every format.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "formats"))
from reports import formats  # noqa: E402

SECRET_TYPES = re.compile(r"\b(PASSWORD|HMAC_KEY)\b")
# No piece of these is a word of any message.
FIRST, SECOND, THIRD = "Zq7kW9xV", "Yj3mB8cN", "Xh5tD2fR"
LONG = "Wb4nG6pL0sKd1vMz" * 3
TOO_LONG = "Vc9rT3yH5wJe" * 7
PIECE = 5
EVERYWHERE = "with every command: "


def run(command, **options):
    return subprocess.run(command, capture_output=True, timeout=30, check=False, **options)


def secret_keywords(lbctl):
    """(context, keyword, words before the secret)"""
    contexts = run([lbctl, "explain", "--format", "json"]).stdout
    names = [entry["context"] if isinstance(entry, dict) else entry for entry in json.loads(contexts)["contexts"]]
    for context in names:
        answer = run([lbctl, "explain", "--format", "json", context]).stdout
        if not answer:
            continue
        for keyword in json.loads(answer)["keywords"]:
            if keyword["context"] == context and SECRET_TYPES.search(keyword["arguments"]):
                before = SECRET_TYPES.split(keyword["arguments"])[0].split()
                yield context, keyword["keyword"], " 1" * len(before)


def around(context, lines):
    """The lines in the blocks of a context."""
    text = lines
    for block in reversed(context.split("/")):
        name = {"vrrp_instance": "vrrp_instance VI_1", "virtual_server": "virtual_server 10.0.0.1 80",
                "real_server": "real_server 10.0.0.2 80"}.get(block, block)
        text = f"{name} {{\n{text}\n}}\n"
    return text


def misspellings(keyword):
    yield keyword[:-1]
    yield keyword + "s"
    yield keyword[0] + keyword[2] + keyword[1] + keyword[3:] if len(keyword) > 3 else keyword[0] + keyword[2] + keyword[1]
    yield keyword.upper()
    yield keyword.replace("_", "-")
    yield keyword.replace("_", "")


def variants(context, keyword, before):
    """(name, text of the file, other files, options)"""
    head = keyword + before

    def inside(lines):
        return around(context, lines)

    values = {"right": FIRST, "long": LONG, "too long": TOO_LONG, "surplus": f"{FIRST} {SECOND} {THIRD}", "quoted": f'"{FIRST}"',
              "quoted with blanks": f'"{FIRST} {SECOND}"', "quoted and surplus": f'"{FIRST} {SECOND}" {THIRD}',
              "quote not closed": f'"{FIRST}', "quote not closed, two words": f'"{FIRST} {SECOND}',
              "quote over two lines": f'"{FIRST}\n{SECOND} "', "quote over three lines": f'"{FIRST}\n{SECOND}\n  {THIRD}"',
              "quote in the middle": f'{FIRST}"{SECOND}', "single quotes": f"'{FIRST} {SECOND}'", "quote and apostrophe": f'"{FIRST}\'s {SECOND}"',
              "comment in it": f"{FIRST}#{SECOND}", "escaped comment in it": f"{FIRST}\\#{SECOND}", "semicolon": f"{FIRST};",
              "undefined parameter": f"${FIRST}", "undefined parameter in it": f"{SECOND}${FIRST}", "braced parameter": f"${{{FIRST}}}{SECOND}",
              "on the next line": f"\n  {FIRST}", "continued": f"\\\n  {FIRST}", "in braces": f"{{ {FIRST} }}",
              "in braces of their own": f"{{\n{FIRST}\n}}", "brace in it": f"{FIRST}{{{SECOND}", "closing brace in it": f"{FIRST}}}{SECOND}",
              "backslash at its end": f"{FIRST}\\", "no-break space": f"{FIRST}\u00a0{SECOND}", "curly quotes": f"\u201c{FIRST}\u201d",
              "control": f"{FIRST}\x1b[31m{SECOND}", "longer than a line": FIRST * 700, "key of file": f"hex:{FIRST}", "backquote": f"`{FIRST}' {SECOND}"}
    for name, value in values.items():
        yield f"{EVERYWHERE}{name}", inside(f"{head} {value}"), {}, []
        yield f"{name}, before others", inside(f"{head} {value}\nnonsense 1"), {}, []
        yield f"{name}, in a parameter", f"$VALUE={value}\n" + inside(f"{head} $VALUE"), {}, []
        yield f"{name}, in the wrong block", around("virtual_server", f"{head} {value}"), {}, []
        yield f"{name}, in an included file", inside("include part.inc"), {"part.inc": f"{head} {value}\n"}, []
    yield "twice", inside(f"{head} {FIRST}\n{head} {SECOND}"), {}, []
    yield "at the top level", f"{head} {FIRST}\n{head} {SECOND} {THIRD}\n", {}, []
    yield "no block closed", inside(f"{head} {FIRST}")[:-2], {}, []
    yield "all on one line", inside(f"{head} {FIRST}").replace("\n", " ") + "\n", {}, []
    yield "behind a brace", inside(f"}} {head} {FIRST}"), {}, []
    yield "parameter of a parameter", f"$INNER={TOO_LONG}\n$VALUE=$INNER\n" + inside(f"{head} ${{VALUE}}"), {}, []
    yield "parameter defined twice", f"$VALUE={FIRST}\n$VALUE={SECOND} {THIRD}\n" + inside(f"{head} $VALUE"), {}, []
    yield "line in a parameter", f"$LINE={head} {TOO_LONG} {SECOND}\n" + inside("$LINE"), {}, []
    yield "lines in a parameter", f"$LINES=\\\n{head} {TOO_LONG} \\\n{head} {SECOND}\n" + inside("$LINES"), {}, []
    yield "list", inside(f"~LST(I, {FIRST}, {SECOND}) {head} $I"), {}, []
    yield "sequence", inside(f"~SEQ(I, 3) {head} {FIRST}$I"), {}, []
    yield "condition", inside(f"@node {head} {FIRST}\n@^node {head} {SECOND}"), {}, ["-i", "node"]
    yield "defined on the command line", inside(f"{head} $VALUE"), {}, ["-D", f"VALUE={TOO_LONG}"]
    yield "defined on the command line, with blanks", inside(f"{head} $VALUE"), {}, ["-D", f"VALUE={FIRST} {SECOND}"]
    yield "commented out", inside(f"#{head} {FIRST}\n nonsense"), {}, []
    if before:
        for value in (FIRST, LONG, f"{FIRST} {SECOND}", f"{FIRST}1"):
            yield "the number is missing", inside(f"{keyword} {value}"), {}, []
        yield "the number is wrong", inside(f"{keyword} 999 {LONG}"), {}, []
    for sign in ("=", ":", " = ", " : "):
        yield f"`{sign}' behind it", inside(f"{keyword}{sign}{FIRST}"), {}, []
    for word in misspellings(keyword):
        for value in (FIRST, f"{FIRST} {SECOND}", f'"{FIRST} {SECOND}', f"{FIRST}\n"):
            yield f"misspelt as {word}", inside(f"{word}{before} {value}"), {}, []
            yield f"misspelt as {word} elsewhere", around("global_defs", f"{word}{before} {value}"), {}, []
    for word in ("smtp_password", "http_passwd", "snmp_community", "api_token", "client_secret"):
        yield f"of another program: {word}", around("global_defs", f"{word} {FIRST} {SECOND}"), {}, []


COMMANDS = (["lint"], ["lint", "reports"], ["lint", "--diff", "--unsafe-fixes"], ["expand"], ["dump", "--keep-going"])
MORE_COMMANDS = (["lint", "--target-version", "2.2.7"], ["expand", "--origins"], ["dump", "--keep-going", "--positions"],
                 ["dump", "--keep-going", "--table"], ["fmt", "--check"], ["fmt", "--diff"], ["lint", "--diff"], ["lint", "--statistics"],
                 ["diff", "--keep-going", "--from", os.devnull],
                 ["apply", "--dry-run", "--keep-going"], ["emit", "ipvsadm", "--keep-going"])


def written_files(folder, before):
    """What a command has written beside the files that were there before it, read and removed."""
    text = ""
    for name in sorted(os.listdir(folder)):
        if name not in before:
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8", errors="replace") as stream:
                text += stream.read()
            os.unlink(path)
    return text


def pieces(*texts):
    found = set()
    for text in texts:
        for word in (FIRST, SECOND, THIRD, LONG, TOO_LONG):
            if word in text:
                found.update(word[i:i + PIECE] for i in range(len(word) - PIECE + 1))
    return found


def main():
    lbctl = os.path.abspath(sys.argv[1])
    keywords = list(secret_keywords(lbctl))
    assert len(keywords) >= 3, keywords
    runs = failed = 0
    report_options = [word for name in formats(lbctl) for word in ("--output", f"{name}=report.{name}")]
    more_commands = MORE_COMMANDS
    if b"--update-baseline" in run([lbctl, "lint", "--help"]).stdout:
        more_commands += (["lint", "--baseline", "baseline", "--update-baseline"],)
    with tempfile.TemporaryDirectory() as folder:
        for context, keyword, before in keywords:
            for name, text, others, options in variants(context, keyword, before):
                for file, content in {**others, "main.conf": text}.items():
                    with open(os.path.join(folder, file), "w", encoding="utf-8") as stream:
                        stream.write(content)
                secret = pieces(text, *others.values(), *options)
                for command in COMMANDS + (more_commands if name.startswith(EVERYWHERE) else ()):
                    words = ["lint", "--quiet", *report_options] if command == ["lint", "reports"] else command
                    before = set(os.listdir(folder))
                    done = run([lbctl, *words, *options, "main.conf"], cwd=folder)
                    output = (done.stdout + done.stderr).decode(errors="replace") + written_files(folder, before)
                    runs += 1
                    shown = [piece for piece in secret if piece in output]
                    if not shown and done.returncode in (0, 1, 2):
                        continue
                    failed += 1
                    line = next((line for line in output.split("\n") if shown and shown[0] in line), output)
                    print(f"{keyword}, {name}, {' '.join(command)}: exit {done.returncode}: {line[:300]}")
                # The file that is mended is a configuration to be used: what is told of it is not.
                if name.startswith(EVERYWHERE):
                    done = run([lbctl, "lint", "--fix", "--unsafe-fixes", *options, "main.conf"], cwd=folder)
                    told = (done.stdout + done.stderr).decode(errors="replace")
                    runs += 1
                    if any(piece in told for piece in secret) or done.returncode not in (0, 1):
                        failed += 1
                        print(f"{keyword}, {name}, lint --fix: exit {done.returncode}: {told[:300]}")
        # What is asked for is there.
        for context, keyword, before in keywords:
            value = (LONG + LONG)[:40] if before else FIRST
            with open(os.path.join(folder, "main.conf"), "w", encoding="utf-8") as stream:
                stream.write(around(context, f"{keyword}{before} {value}"))
            for command in (["expand", "--show-secrets"], ["dump", "--show-secrets", "--keep-going"], ["fmt"]):
                runs += 1
                done = run([lbctl, *command, "main.conf"], cwd=folder)
                if value.encode() not in done.stdout or done.stderr:
                    failed += 1
                    print(f"{keyword}, {' '.join(command)}: the secret that was asked for is missing: {done}")
            runs += 1
            dumped = run([lbctl, "dump", "--keep-going", "main.conf"], cwd=folder)
            built = run([lbctl, "build"], input=dumped.stdout)
            if built.returncode != 2 or built.stdout or b"--show-secrets" not in built.stderr or keyword.encode() not in built.stderr:
                failed += 1
                print(f"{keyword}: build takes a hidden secret: {built}")
            runs += 1
            dumped = run([lbctl, "dump", "--keep-going", "--show-secrets", "main.conf"], cwd=folder)
            built = run([lbctl, "build"], input=dumped.stdout)
            if built.returncode != 0 or value.encode() not in built.stdout:
                failed += 1
                print(f"{keyword}: build does not write the secret: {built}")
    print(f"{len(keywords)} keywords, {runs} runs, {failed} faults")
    return 1 if failed else 0


sys.exit(main())
