#!/usr/bin/env python3
"""Holds that no code decides by the id of a rule: what a stage finds out for the next ones is a fact (ReadingFacts) or a row
of a table, not the text of a finding's rule.

usage: rule_lookups.py [FOLDER]      the folder that holds grammar/, backend/ and cli/; without it, this repository
       rule_lookups.py --self-test   shows that each kind of fault is found

Ids stand in the descriptors of rules, where a finding is reported, and in tables; what finds a row is asked with the rule of
a finding, whatever that is. Compared with an id of its own a rule is nowhere.
"""
import pathlib
import re
import sys

import checked

COMPARED = re.compile(r'rule\s*(?:\(\))?\s*(?:==|!=)\s*"|"\s*(?:==|!=)\s*[\w.>()-]*rule\b|rule\.(?:starts_with|ends_with)\("'
                      r'|find(?:_if)?\([^;]*,\s*"[a-z-]+",\s*&(?:source::)?Finding::rule\)')
NAMED = re.compile(r'std::string_view\s+(\w*rule\w*)\s*=\s*"')


def faults_in(root):
    files, faults = 0, []
    for folder in ("grammar", "backend", "cli"):
        for path in sorted((pathlib.Path(root) / folder).rglob("*")):
            if path.suffix not in (".cpp", ".h"):
                continue
            files += 1
            name = path.relative_to(root)
            code = [line.split("//")[0] for line in path.read_text(encoding="utf-8").splitlines()]
            constants = set(NAMED.findall("\n".join(code)))
            for number, line in enumerate(code, 1):
                by_name = any(re.search(rf"\.rule\s*(?:==|!=)\s*{constant}\b", line) for constant in constants)
                if by_name or COMPARED.search(line):
                    faults.append(f"{name}:{number}: decides by the id of a rule: {line.strip()}")
    return files, faults


def self_test():
    cases = {
        "a.cpp:1: decides": 'if (finding.rule == "nul-byte") return;\n',
        "a.cpp:2: decides": '\nif ("nul-byte" != finding->rule) return;\n',
        "a.cpp:3: decides": '\n\nif (finding.rule.starts_with("odd-")) return;\n',
        "a.cpp:4: decides": '\n\n\nfound = std::ranges::find(findings, "template", &Finding::rule);\n',
        "a.cpp:2: decides by": 'constexpr std::string_view rule = "include-missing";\nif (finding.rule != rule) return;\n',
    }
    missed = 0
    for expected, code in {"": 'if (one.rule == other.rule) return;  // rule == "a"\n', **cases}.items():
        with checked.folder_of({"grammar/ast/a.cpp": code}) as folder:
            missed += not checked.is_told_alone(expected, faults_in(folder)[1])
    return missed


sys.exit(checked.run(__doc__, faults_in, self_test, "files", 400))
