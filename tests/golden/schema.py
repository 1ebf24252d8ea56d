#!/usr/bin/env python3
"""Holds that man/configuration.schema.json is what `lbctl dump --schema` prints, and that every dump is as it says.

usage: schema.py LBCTL [FOLDER...]
       schema.py LBCTL --update      writes man/configuration.schema.json anew

Every configuration below the folders (and of examples/) that has no errors is dumped, every other one with positions. Some
documents that are nearly right must not pass. Exit status 77 without python3-jsonschema.
"""
import concurrent.futures
import copy
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STORED = os.path.join(ROOT, "man", "configuration.schema.json")
NOT_CONFIGURATIONS = (".expected", ".args", ".env", ".values", ".md", ".py", ".list", ".msgs", ".save", ".tsv")


def call(lbctl, folder, *arguments):
    return subprocess.run([lbctl, *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=20)


def configurations(folders):
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in sorted(names):
                if not name.endswith(NOT_CONFIGURATIONS):
                    yield place, name


def broken(dumped):
    """Documents that are nearly right."""
    for change in (lambda d: d.update(schema="other/1"),
                   lambda d: d.pop("statements"),
                   lambda d: d["statements"][0].update(keyword="no_such_keyword"),
                   lambda d: d["statements"][0].pop("arguments"),
                   lambda d: d["statements"][0].pop("block"),
                   lambda d: d["statements"][0].update(other=1),
                   lambda d: d["statements"][0]["block"][0].update(arguments=[]),
                   lambda d: d["statements"][0]["block"][0].update(arguments=[1.5]),
                   lambda d: d["statements"][0]["block"][0].update(keyword="virtual_router_id"),
                   lambda d: d["statements"][0]["block"][0].update(block=[])):
        document = copy.deepcopy(dumped)
        change(document)
        yield document


def main():
    lbctl, folders = os.path.abspath(sys.argv[1]), sys.argv[2:]
    printed = call(lbctl, ROOT, "dump", "--schema").stdout.decode()
    if folders == ["--update"]:
        with open(STORED, "w", encoding="utf-8") as file:
            file.write(printed)
        return 0
    with open(STORED, encoding="utf-8") as file:
        if file.read() != printed:
            print(f"{os.path.relpath(STORED, ROOT)} is not what lbctl dump --schema prints: run schema.py LBCTL --update")
            return 1
    try:
        import jsonschema
    except ImportError:
        print("SKIP: there is no python3-jsonschema")
        return 77
    schema = json.loads(printed)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    right = '{"schema": "lbctl-configuration/1", "statements": [{"keyword": "global_defs", "arguments": [], ' \
            '"block": [{"keyword": "router_id", "arguments": ["a"]}]}]}'
    validator.validate(json.loads(right))
    failed = 0
    for document in broken(json.loads(right)):
        if validator.is_valid(document):
            print(f"passes, and should not: {json.dumps(document)}")
            failed += 1

    def dumped(numbered):
        number, (folder, name) = numbered
        return folder, name, call(lbctl, folder, "dump", "-i", "x", *(["--positions"] if number % 2 else []), name)

    passed = refused = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for folder, name, run in pool.map(dumped, enumerate(configurations([os.path.join(ROOT, "examples"), *folders]))):
            if run.returncode != 0:
                refused += 1
                continue
            document = json.loads(run.stdout)
            if validator.is_valid(document):
                passed += 1
                continue
            error = jsonschema.exceptions.best_match(validator.iter_errors(document))
            print(f"{os.path.join(folder, name)}: {error.json_path}: {error.message[:200]}")
            failed += 1
    print(f"{passed} dumps are as the schema says, {failed} are not, {refused} files have errors")
    return 1 if failed or not passed else 0


sys.exit(main())
