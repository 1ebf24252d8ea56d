#!/usr/bin/env python3
"""Holds that keywords are compared by id: every `"name"_kw' is a keyword of the table, and no code compares the text of one.

usage: keyword_ids.py [FOLDER]      the folder that holds grammar/, backend/ and cli/; without it, this repository
       keyword_ids.py --self-test   shows that each kind of fault is found

Of the table's own folder, and of what looks for keywords in text that is not read yet, only the ids are checked.
"""
import pathlib
import re
import sys

import checked

TABLE = "grammar/keywords/"
READS_TEXT = {"grammar/ast/secret_text.cpp", "grammar/ast/configuration_text.cpp"}
ROW = re.compile(r'\{\s*(?:\w+|"[^"]*"), "([\w-]+)",\s*(?:value|flag|block|line_block|list)\b')
ID = re.compile(r'"([^"]+)"_kw')
TEXT = re.compile(r'keyword(?:\.|->)name\s*(?:==|!=)|(?:==|!=)\s*[\w.>()-]*keyword(?:\.|->)name\b'
                  r'|(?:child|node|line|statement)(?:\.|->)name\(\)\s*(?:==|!=)\s*"'
                  r'|\b(?:last|all|has|last_valid|given|is)\([^()"]*"[a-zA-Z_]+"\)')


def sources(root):
    for folder in ("grammar", "backend", "cli"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".cpp", ".h"):
                yield str(path.relative_to(root)), path.read_text()


def faults_in(root):
    all_sources = list(sources(pathlib.Path(root)))
    known = {name for path, text in all_sources if path.startswith(TABLE) for name in ROW.findall(text)}
    faults = []
    for path, text in all_sources:
        for number, line in enumerate(text.splitlines(), 1):
            code = line.split("//")[0]
            faults += [f"{path}:{number}: {name} is no keyword of the table" for name in ID.findall(code) if name not in known]
            if not path.startswith(TABLE) and path not in READS_TEXT and TEXT.search(code):
                faults.append(f"{path}:{number}: compares the text of a keyword: {code.strip()}")
    return len(known), faults


def self_test():
    cases = {
        "a.cpp:1: state_of is no keyword": 'if (line.is("state_of"_kw)) take(line);\n',
        "a.cpp:2: compares the text": '\nif (child.keyword->name == "state") take(child);\n',
        "a.cpp:1: compares the text": 'const Node* line = ast::last_valid(block, "state");\n',
        "a.cpp:3: compares the text": '\n\nif (line.name() == "state") take(line);\n',
    }
    missed = 0
    for expected, code in {"": 'if (line.is("state"_kw)) take(line);  // "gone"_kw\n', **cases}.items():
        tree = {"grammar/keywords/tables/a.cpp": '    {vrrp_instance, "state", value, "WORD", ""},\n', "grammar/ast/a.cpp": code}
        with checked.folder_of(tree) as folder:
            missed += not checked.is_told_alone(expected, faults_in(folder)[1])
    return missed


sys.exit(checked.run(__doc__, faults_in, self_test, "keywords", 300))
