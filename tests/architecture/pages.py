#!/usr/bin/env python3
"""Holds that the pages for developers speak of what is there, and that every folder has one.

usage: pages.py [FOLDER]      the repository; without it, this one
       pages.py --self-test   shows that each kind of fault is found

Looked at are .github/*.md and the README.md of grammar/, backend/, cli/ and tests/. In them, between backquotes:
- a path (with a slash or the ending of a file) is there, seen from the folder of the page or from the top; `*' stands for
  anything, and paths with NAME or FAMILY in them are forms (man/lbctl-NAME.1);
- a name of C++ (CamelCase, with :: or with parentheses) stands in the code, or in a CMakeLists.txt;
- the name of a test (golden.secrets) stands in tests/CMakeLists.txt.
A README.md has at most a screen (50 lines), but for those that are manuals of their own.
"""
import glob
import os
import re
import sys

import checked

ENDINGS = (".h", ".cpp", ".c", ".py", ".sh", ".tsv", ".json", ".txt", ".md", ".1", ".7", ".tidy")
MANUALS = {"tests/lab/README.md"}
# Names of others, and of what is built.
FOREIGN = {"std::expected", "std::pmr", "keepalived.conf", "build/lbctl"}


def pages(root):
    yield from sorted(os.path.relpath(page, root) for page in glob.glob(os.path.join(root, ".github", "*.md")))
    for top in ("grammar", "backend", "cli", "tests"):
        for folder, _, names in sorted(os.walk(os.path.join(root, top))):
            if "README.md" in names:
                yield os.path.relpath(os.path.join(folder, "README.md"), root)


def folders_with_sources(root):
    """Each of grammar, backend, cli and tests, and the folders in them that hold files."""
    for top in ("grammar", "backend", "cli", "tests"):
        yield top
        for name in sorted(os.listdir(os.path.join(root, top)) if os.path.isdir(os.path.join(root, top)) else []):
            path = os.path.join(root, top, name)
            if os.path.isdir(path) and not name.startswith("__") and any(
                    os.path.isfile(os.path.join(path, file)) for file in os.listdir(path)):
                yield f"{top}/{name}"


def code_of(root):
    texts = []
    for top in ("grammar", "backend", "cli", "tests"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            texts += [os.path.join(folder, name) for name in names
                      if name.endswith((".h", ".cpp")) or name == "CMakeLists.txt"]
    texts.append(os.path.join(root, "CMakeLists.txt"))
    words = set()
    for path in texts:
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                words.update(re.findall(r"\w+", file.read()))
    return words


def is_there(root, page, path):
    return any(glob.glob(os.path.join(base, path)) for base in (root, os.path.join(root, os.path.dirname(page))))


def faults_in(root):
    faults = []
    count = 0
    words = code_of(root)
    tests = ""
    if os.path.exists(os.path.join(root, "tests", "CMakeLists.txt")):
        with open(os.path.join(root, "tests", "CMakeLists.txt"), encoding="utf-8") as file:
            tests = file.read()
    known = list(pages(root))
    for folder in folders_with_sources(root):
        if f"{folder}/README.md" not in known:
            faults.append(f"{folder} has no README.md")
    for page in known:
        with open(os.path.join(root, page), encoding="utf-8") as file:
            lines = file.read().split("\n")
        if page.endswith("README.md") and len(lines) > 51 and page not in MANUALS:
            faults.append(f"{page}: {len(lines)} lines are more than a screen")
        for number, line in enumerate(lines, 1):
            if line.startswith("    "):
                continue
            for quoted in re.findall(r"`([^`]+)`", line):
                word = quoted.split(" ")[0]
                if word in FOREIGN or word.startswith(("/", "-", "$", "@", "~")) or re.search("NAME|FAMILY", word):
                    continue
                count += 1
                if re.fullmatch(r"(golden|lab|parity)\.[\w-]+[\w.-]*", word) and not word.endswith(ENDINGS):
                    # parity.random-2.4.3 is made of a list: parity.random-${release}.
                    if not re.search(rf"{re.escape(word)}\b|{re.escape(word.split('-')[0])}-\$", tests):
                        faults.append(f"{page}:{number}: tests/CMakeLists.txt has no test `{word}'")
                elif word.endswith(ENDINGS) or ("/" in word and re.fullmatch(r"[\w./*-]+", word)):
                    if not is_there(root, page, word):
                        faults.append(f"{page}:{number}: there is no `{word}'")
                elif re.search(r"[a-z][A-Z]|::|\(\)$", word) or re.fullmatch(r"[A-Z][a-z]+", word):
                    for part in re.findall(r"\w+", word):
                        if part not in words:
                            faults.append(f"{page}:{number}: the code has no `{part}'")
    return count, faults


def self_test():
    cases = {
        "there is no `gone.h'": "See `gone.h`.\n",
        "there is no `grammar/old/'": "See `grammar/old/`.\n",
        "the code has no `NoSuchType'": "A `NoSuchType` comes out.\n",
        "the code has no `no_such_function'": "Calls `no_such_function()`.\n",
        "has no test `golden.nothing'": "Held by `golden.nothing`.\n",
        "more than a screen": "\n" * 60,
        "backend has no README.md": None,
    }
    missed = 0
    for expected, text in {"": "The type `There` of `there.h`, made by `make()`.\n", **cases}.items():
        tree = {f"{top}/README.md": "\n" for top in ("grammar", "backend", "cli", "tests")}
        tree["grammar/there.h"] = "struct There {}; There make();\n"
        if text is None:
            del tree["backend/README.md"]
            tree["backend/there.h"] = "\n"
        else:
            tree["grammar/README.md"] = text
        with checked.folder_of(tree) as folder:
            missed += not checked.is_told_alone(expected, faults_in(folder)[1])
    return missed


sys.exit(checked.run(__doc__, faults_in, self_test, "names", 200))
