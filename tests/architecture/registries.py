#!/usr/bin/env python3
"""Holds that the lists of lbctl_registry() are the only lists of rules, commands and emitters.

usage: registries.py [FOLDER]      the folder that holds grammar/, backend/ and cli/; without it, this repository
       registries.py --self-test   shows that each kind of fault is found

- Every constant of a registry's type stands in a file of its folder that the registry's list in CMakeLists.txt names: one
  that is not listed would be left out without a word. (One that is listed and not there does not link.)
- No other source names the constant, and no CMakeLists.txt names the file a second time: then the file and its line
  in the list are all that such a part needs.
"""
import os
import re
import sys

import checked


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def sources(root):
    for top in ("grammar", "backend", "cli"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".h", ".cpp")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def registries(root):
    """Of each call of lbctl_registry: the CMakeLists.txt, its type, and the symbol of each listed file."""
    for top in ("grammar", "backend", "cli"):
        makefile = f"{top}/CMakeLists.txt"
        for words in re.findall(r"^lbctl_registry\(([^)]*)\)", read(root, makefile), re.MULTILINE):
            words = words.split()
            value = {word: words[at + 1] for at, word in enumerate(words[:-1]) if word in ("FOLDER", "TYPE", "SYMBOL")}
            names = words[words.index("NAMES") + 1:]
            yield makefile, value["TYPE"], {
                f"{top}/{value['FOLDER']}/{name}.cpp": value["SYMBOL"].replace("*", name.split("/")[-1])
                for name in names}


def faults_in(root):
    texts = {path: read(root, path) for path in sources(root)}
    makefiles = {f"{top}/CMakeLists.txt": read(root, f"{top}/CMakeLists.txt") for top in ("grammar", "backend", "cli")}
    types = {}
    listed = {}
    for _, kind, names in registries(root):
        types.setdefault(kind, {}).update(names)
        listed.update(names)
    faults = []
    count = 0
    for kind, names in types.items():
        for path, text in texts.items():
            for symbol in re.findall(rf"^(?:extern )?(?:constexpr |inline )*const {kind} (\w+)\s*[{{=(]", text, re.MULTILINE):
                count += 1
                if names.get(path) != symbol:
                    faults.append(f"{path}: {symbol} is in no list of lbctl_registry()")
    for path, symbol in listed.items():
        for other, text in texts.items():
            if other != path and re.search(rf"&{symbol}\b|extern const \w+ {symbol}\b", text):
                faults.append(f"{other}: names {symbol}, which is for its list alone")
        for makefile, text in makefiles.items():
            name = os.path.relpath(path, os.path.dirname(makefile))
            if re.search(rf"^\s*{re.escape(name)}$", text, re.MULTILINE):
                faults.append(f"{makefile}: names {name}, which its list has")
    return count, faults


LIST = "lbctl_registry(lbctl_cli FOLDER commands TYPE Registration SYMBOL *_command NAMES a b)\n"
COMMAND = "extern const Registration %s_command{\n    .name};\n"


def self_test():
    cases = {
        "c.cpp: c_command is in no list": {"cli/commands/c.cpp": COMMAND % "c"},
        "a.cpp: other_command is in no list": {"cli/commands/a.cpp": COMMAND % "a" + COMMAND % "other"},
        "names b_command, which is for its list": {"cli/x.cpp": "const auto* x = &b_command;\n"},
        "names commands/a.cpp, which its list has": {"cli/CMakeLists.txt": LIST + "add(\n  commands/a.cpp\n)\n"},
    }
    missed = 0
    for expected, files in {"": {}, **cases}.items():
        tree = {"grammar/CMakeLists.txt": "", "backend/CMakeLists.txt": "", "cli/CMakeLists.txt": LIST,
                "cli/commands/a.cpp": COMMAND % "a", "cli/commands/b.cpp": COMMAND % "b", **files}
        with checked.folder_of(tree) as folder:
            missed += not checked.is_told_alone(expected, faults_in(folder)[1])
    return missed


sys.exit(checked.run(__doc__, faults_in, self_test, "parts", 50))
