#!/usr/bin/env python3
"""Holds that includes run downward only, and that each library is included where it belongs.

usage: includes.py [FOLDER]      the folder that holds grammar/, backend/ and cli/; without it, this repository
       includes.py --self-test   shows that each kind of fault is found

LAYERS names the folders, the lowest first: a file includes headers of its own folder and of those that come before it
in the list. A folder that is not in the list is a fault, too. EXCEPTIONS lists what may break that,
with the reason; an exception that nothing needs any more is a fault. LIBRARIES names the only places that include a
library's headers.
"""
import os
import re
import sys

import checked

LAYERS = [
    "grammar/base",      # addresses, results, arenas, text
    "grammar/source",    # files, places in them, findings
    "grammar/keywords",  # the table of the language
    "grammar/syntax",    # lines, words, includes, conditions; asks the table for releases
    "grammar/ast",       # statements
    "grammar/model",     # what they mean
    "grammar/validate",  # what keepalived and the kernel say
    "grammar/rules",     # what they do not say
    "backend/process",
    "backend/table",
    "backend/netlink",
    "backend/ipvsadm",
    "backend/listing",
    "backend/procfs",
    "backend/change",
    "backend/emit",
    "backend/import",
    "backend/health",
    "backend/doctor",
    "backend/keepalived",
    "backend/traffic",
    "cli",               # what commands share
    "cli/render",
    "cli/lint",
    "cli/completion",
    "cli/commands",
    "cli/main",          # application.cpp and main.cpp: what runs the commands
]

# Files that belong to another layer than their folder.
PLACES = {"cli/application.h": "cli/main", "cli/application.cpp": "cli/main", "cli/main.cpp": "cli/main"}

EXCEPTIONS = {
    # The run over all rules stands in validate/, with the rules of keepalived; those beyond it are called from there.
    ("grammar/validate/rules.cpp", "grammar/rules/rule.h"),
    # The digest of a table is that of its saved text.
    ("backend/table/plan.cpp", "backend/ipvsadm/saved_table.h"),
    # `--checked' of apply, diff and dump tells which servers are down in the words of `check'.
    ("cli/configuration.cpp", "cli/render/check_report.h"),
    # What every command says of the faults of a configuration that it loads is laid out as by `lint'.
    ("cli/configuration.cpp", "cli/render/findings_text.h"),
}

LIBRARIES = {
    "boost/": ["grammar/keywords", "grammar/syntax"],
    "CLI/": ["cli/command_line.cpp"],
    "netlink/": ["backend/netlink"],
    "linux/ip_vs.h": ["backend/netlink"],
    "linux/genetlink.h": ["backend/netlink"],
    "openssl/": ["backend/health", "cli/render"],
    "pcre2.h": ["backend/health", "grammar/model"],
    "utf8proc.h": ["grammar/base"],
    "sys/socket.h": ["grammar/base", "backend/doctor", "backend/health", "backend/netlink"],
}


def layer_of(path):
    if path in PLACES:
        return PLACES[path]
    parts = path.split("/")
    if parts[0] == "cli":
        return "cli" if len(parts) == 2 else "/".join(parts[:2])
    return "/".join(parts[:2])


def sources(root):
    for top in ("grammar", "backend", "cli"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".h", ".cpp")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def faults_in(root, exceptions=frozenset(EXCEPTIONS)):
    faults = []
    used = set()
    count = 0
    for path in sources(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            lines = file.read().split("\n")
        layer = layer_of(path)
        if layer not in LAYERS:
            faults.append(f"{path}: the folder {layer} has no place in the list of layers (tests/architecture/includes.py)")
            continue
        for number, line in enumerate(lines, 1):
            found = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line)
            if not found:
                continue
            count += 1
            own, other = found.groups()
            if own:
                target = layer_of(own)
                if target not in LAYERS:
                    faults.append(f"{path}:{number}: {own} is in no folder that has a place in the list of layers")
                elif (path, own) in exceptions:
                    used.add((path, own))
                elif LAYERS.index(target) > LAYERS.index(layer):
                    faults.append(f"{path}:{number}: {layer} includes {own}, which stands above it")
            for library, places in LIBRARIES.items():
                if other and other.startswith(library) and not any(
                        path == place or path.startswith(place + "/") for place in places):
                    faults.append(f"{path}:{number}: {other} is for {', '.join(places)} only")
    for path, own in sorted(exceptions - used):
        faults.append(f"{path} does not include {own} any more: take it off the exceptions")
    return count, faults


def self_test():
    cases = {
        "includes backend/table/table.h, which": ("grammar/ast/a.cpp", '#include "backend/table/table.h"'),
        "includes cli/print.h, which": ("backend/table/a.h", '#  include "cli/print.h"'),
        "includes grammar/ast/node.h, which": ("grammar/source/a.h", '#include "grammar/ast/node.h"'),
        "has no place in the list": ("grammar/utils/a.h", "#include <string>"),
        "is in no folder": ("grammar/ast/b.cpp", '#include "grammar/utils/a.h"'),
        "is for cli/command_line.cpp only": ("cli/commands/a.cpp", "#include <CLI/CLI.hpp>"),
        "off the exceptions": ("grammar/base/c.h", "#include <string>"),
    }
    missed = 0
    for expected, (path, line) in cases.items():
        with checked.folder_of({path: line + "\n"}) as folder:
            exceptions = frozenset({("grammar/base/c.h", "cli/print.h")} if "exceptions" in expected else ())
            if len([fault for fault in faults_in(folder, exceptions)[1] if expected in fault]) != 1:
                print(f"self-test: `{line}' in {path} is not told as a fault")
                missed += 1
    return missed


sys.exit(checked.run(__doc__, faults_in, self_test, "includes", 1000))
