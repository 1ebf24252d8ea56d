#!/usr/bin/env python3
"""Keywords are compared by id: every `"name"_kw' is a keyword of the table, and no code compares the text of one.

    tests/architecture/keyword_ids.py [FOLDER of the project]

Of the table's own folder, and of what looks for keywords in text that is not read yet, only the ids are checked.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
TABLE = "grammar/keywords/"
READS_TEXT = {"grammar/ast/secret_text.cpp", "grammar/ast/configuration_text.cpp"}
ROW = re.compile(r'\{\s*(?:\w+|"[^"]*"), "([\w-]+)",\s*(?:value|flag|block|line_block|list)\b')
ID = re.compile(r'"([^"]+)"_kw')
TEXT = re.compile(r'keyword(?:\.|->)name\s*(?:==|!=)|(?:==|!=)\s*[\w.>()-]*keyword(?:\.|->)name\b'
                  r'|\b(?:last|all|has|last_valid|given|is)\([^()"]*"[a-zA-Z_]+"\)')


def sources():
    for folder in ("grammar", "backend", "cli"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".cpp", ".h"):
                yield str(path.relative_to(ROOT)), path.read_text()


def main() -> int:
    all_sources = list(sources())
    known = {name for path, text in all_sources if path.startswith(TABLE) for name in ROW.findall(text)}
    if len(known) < 300:
        print(f"only {len(known)} keywords found in {TABLE}tables: the rows have another form now")
        return 1
    faults = []
    for path, text in all_sources:
        for number, line in enumerate(text.splitlines(), 1):
            code = line.split("//")[0]
            faults += [f"{path}:{number}: {name} is no keyword of the table" for name in ID.findall(code) if name not in known]
            if not path.startswith(TABLE) and path not in READS_TEXT and TEXT.search(code):
                faults.append(f"{path}:{number}: compares the text of a keyword: {code.strip()}")
    print("\n".join(faults) or f"{len(known)} names of keywords, compared by id")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
