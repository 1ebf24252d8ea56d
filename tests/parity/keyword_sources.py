#!/usr/bin/env python3
"""Compares the keyword table with the sources of keepalived: what the next release brings stands there first.

usage: keyword_sources.py LBCTL CHECKOUT

CHECKOUT is a clone of keepalived, of which the checked-out commit is read, or a folder with its sources; a bare clone is read at
its HEAD. Prints each keyword of the sources that the table does not have in its place, and each of the table that the sources no
longer have; exit status 1 when there is any. Keywords are found where keepalived tells its parser of them (install_keyword() and
its like), block by block. What they take is not looked at: `git log' says which handler has changed.
"""
import functools
import json
import pathlib
import re
import subprocess
import sys

FUNCTION = re.compile(r"^(\w+)\(([^;{}]*?)\)\n\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
CALL = re.compile(r'if\s*\(!strcmp\((?P<tested>\w+), "(?P<literal>\w+)"\)\)|(?P<name>(?:install|init|add)_\w+)\((?P<arguments>[^;]*)\);')
KEYWORD = re.compile(r"install_keyword(_root|_quoted|_conditional)?$")
# The parser itself reads these, wherever they stand.
READ_BY_PARSER = {"include", "includea", "includeb", "includem", "includer", "includew", "include_check"}


def read_sources(checkout):
    """The text of every C file, from a work tree or from the HEAD of a bare clone."""
    files = [*checkout.glob("keepalived/**/*.c"), *checkout.glob("lib/*.c")]
    if files:
        return [file.read_text(encoding="utf-8", errors="replace") for file in sorted(files)]
    git = ["git", "-C", str(checkout)]
    names = subprocess.run([*git, "ls-tree", "-r", "--name-only", "HEAD", "keepalived", "lib"], capture_output=True, text=True,
                           check=True).stdout.split()
    return [subprocess.run([*git, "show", f"HEAD:{name}"], capture_output=True, check=True).stdout.decode(errors="replace")
            for name in names if name.endswith(".c")]


class Installers:
    """The functions that tell the parser of keywords, run without running them."""

    def __init__(self, sources):
        self.functions = {}
        for text in sources:
            text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
            for name, parameters, body in FUNCTION.findall(text):
                if "install_" in body and name not in ("install_keyword_conditional",):
                    self.functions[name] = ([word.split()[-1].lstrip("*") for word in parameters.split(",")], body)
        self.found = set()

    def run(self):
        for name, (_, body) in self.functions.items():
            if "install_keyword_root" in body:
                self.call(name, [], [])
        return self.found

    def call(self, name, arguments, blocks):
        parameters, body = self.functions[name]
        values = dict(zip(parameters, arguments))
        for parameter, value in values.items():
            if value == "false":
                body = re.sub(rf"if \({parameter}\) \{{.*?\n\t\}}", "", body, flags=re.DOTALL)
        last, skip = None, False
        for call in CALL.finditer(body):
            if call["tested"]:
                skip = values.get(call["tested"], "").strip('"') != call["literal"]
                continue
            if skip:
                skip = False
                continue
            words = [word.strip() for word in call["arguments"].split(",")]
            if KEYWORD.match(call["name"]):
                word = values.get(words[0], words[0]).strip('"')
                if call["name"].endswith("_root"):
                    self.found.add(("/", word))
                    blocks[:] = [word]
                else:
                    self.found.add(("/".join(blocks) or "/", word))
                last = word
            elif call["name"] == "install_sublevel":
                blocks.append(last)
            elif call["name"] == "install_sublevel_end":
                blocks.pop()
            elif call["name"] in self.functions:
                self.call(call["name"], words, blocks)


def table(lbctl):
    """Every keyword of the table, by its place, with what `explain' says of its releases."""
    @functools.cache
    def explain(*words):
        return json.loads(subprocess.run([lbctl, "explain", "--format", "json", *words], capture_output=True, check=True).stdout)
    found = {}
    for entry in explain()["contexts"]:
        context = entry["context"] if isinstance(entry, dict) else entry
        for keyword in explain(context)["keywords"]:
            if keyword["context"] == context:
                found[context, keyword["keyword"]] = keyword
    return found


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    sources = Installers(read_sources(pathlib.Path(sys.argv[2]))).run()
    if len(sources) < 300:
        print(f"only {len(sources)} keywords are found: the sources are laid out in another way", file=sys.stderr)
        return 2
    known = table(sys.argv[1])
    missing = sorted(sources - set(known))
    gone = sorted(place for place, keyword in known.items()
                  if not keyword.get("removed") and place not in sources and place[1] not in READ_BY_PARSER)
    waiting = sorted(place for place, keyword in known.items() if keyword.get("since") == "unreleased")
    for what, places in (("not in the table", missing), ("not in the sources", gone), ("unreleased", waiting)):
        for context, keyword in places:
            print(f"{what}: {keyword} in {'the top level' if context == '/' else context}")
    print(f"{len(sources)} keywords in the sources, {len(known)} in the table: {len(missing)} missing, {len(gone)} gone, "
          f"{len(waiting)} unreleased")
    return 1 if missing or gone else 0


sys.exit(main())
