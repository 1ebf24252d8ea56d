#!/usr/bin/env python3
"""Holds what `lint --fix' makes of configurations: what stays stays, what is mended is gone, and twice is once.

usage: fixes.py LBCTL [--shard K/N] FOLDER...

Every file of the folders is mended in a copy: with safe fixes, and then with all. Of the safe ones it must hold that
- nothing is found that was not found before, but for what a fix brought to light (a block that nobody could read);
- where only rules were mended that say what keepalived does anyway, the IPVS table and the configuration as it takes it stay;
- `--diff' changes no file, and shows something where `--fix' changes something;
- the mode of the file stays, and nothing lies beside it.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile

# What these rules mend has the meaning that it had.
MEANING_STAYS = {"deprecated-keyword", "ignored-suffix", "protocol-with-fwmark", "track-own-interface", "value-repeated"}
# What these mend could not be read at all, or told two services apart that are one, and there may be more to find.
HIDES_OTHERS = {"bad-address", "byte-order-mark", "carriage-return", "misplaced-keyword", "not-a-number", "odd-quote", "odd-space",
                "out-of-range", "protocol-with-fwmark", "trailing-semicolon", "unknown-keyword", "unknown-value"}


class Failed(Exception):
    pass


def run(lbctl, *words, statuses=(0, 1)):
    done = subprocess.run([lbctl, *words], capture_output=True, timeout=60, check=False)
    if done.returncode not in statuses:
        raise Failed(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.decode(errors='replace')[:300]}")
    return done


def findings(lbctl, file):
    found = json.loads(run(lbctl, "lint", "--format", "json", file).stdout)["findings"]
    return collections.Counter((entry["rule"], re.sub(r"\w+", lambda word: renamed(word[0]), entry["message"])) for entry in found)


def table(lbctl, file):
    return run(lbctl, "dump", "--table", "--format", "save", "--keep-going", file, statuses=(0, 1, 2)).stdout


def renamed(word):
    return {"nb_get_retry": "retry", "vrrp_track_file": "track_file", "enable_snmp_keepalived": "enable_snmp_vrrp",
            "lvs_flush_onstop": "lvs_flush_on_stop", "lvs_process_name": "checker_process_name", "vmac_garp_intvl": "garp_extra_if",
            "vrrp_vmac_garp_intvl": "vrrp_garp_extra_if", "thread_timer_expired": "timer_expired_backup",
            "vrrp_rlimit_rtime": "vrrp_rlimit_rttime", "checker_rlimit_rtime": "checker_rlimit_rttime",
            "bfd_rlimit_rtime": "bfd_rlimit_rttime"}.get(word, word)


def without_suffixes(words):
    """Of addresses keepalived takes what stands before `/' or `-'."""
    return [re.split("[/-]", str(word))[0] for word in words]


def meaning(statements, by_mark=False):
    """Statements as they count: under their new names, each line once, without what keepalived drops."""
    kept = []
    for statement in statements:
        keyword = renamed(statement["keyword"])
        if keyword == "track_interface" or (keyword == "protocol" and by_mark):
            continue
        marked = keyword == "virtual_server" and statement.get("arguments", [""])[0] in ("fwmark", "group")
        entry = [keyword, without_suffixes(statement.get("arguments", [])), meaning(statement.get("block", []), marked),
                 [without_suffixes(words) if isinstance(words, list) else words for words in statement.get("entries", [])]]
        if "block" in statement or entry not in kept:
            kept.append(entry)
    return kept


def configuration(lbctl, file):
    done = run(lbctl, "dump", "--keep-going", file, statuses=(0, 1, 2))
    return meaning(json.loads(done.stdout)["statements"]) if done.stdout else None


def check_safe(lbctl, copy, before):
    diff = run(lbctl, "lint", "--diff", copy)
    if copy.read_bytes() != before:
        raise Failed("--diff changes the file")
    told = run(lbctl, "lint", "--fix", copy).stderr
    after = copy.read_bytes()
    if stat.S_IMODE(copy.stat().st_mode) != 0o640 or len(os.listdir(copy.parent)) != 1:
        raise Failed("the mode has changed, or something lies beside the file")
    if not (after != before) == (diff.returncode == 1) == bool(diff.stdout) == (b"mended" in told):
        raise Failed("--fix, --diff and what they tell do not agree")
    if after == before:
        return 0
    again = run(lbctl, "lint", "--fix", copy)
    if copy.read_bytes() != after or b"mended" in again.stderr:
        raise Failed("mending twice is not mending once")
    check_meaning(lbctl, copy, before, after)
    return 1


def check_meaning(lbctl, copy, before, after):
    """What is found, and what keepalived makes of the file, before and after."""
    def state(data):
        copy.write_bytes(data)
        return findings(lbctl, copy), table(lbctl, copy), configuration(lbctl, copy)

    found, old_table, old_configuration = state(before)
    left, new_table, new_configuration = state(after)
    mended = {rule for rule, _ in found - left}
    fresh = left - found
    if not mended:
        raise Failed("nothing that was found is gone")
    if fresh and not mended & HIDES_OTHERS:
        raise Failed(f"new findings: {dict(fresh)}")
    if mended <= MEANING_STAYS and new_table != old_table:
        raise Failed(f"another table, by {mended}")
    if mended <= MEANING_STAYS and new_configuration != old_configuration:
        raise Failed(f"another configuration, by {mended}")


def check_unsafe(lbctl, copy, before):
    run(lbctl, "lint", "--fix", "--unsafe-fixes", copy)
    after = copy.read_bytes()
    if after == before:
        return 0
    run(lbctl, "lint", "--fix", "--unsafe-fixes", copy)
    if copy.read_bytes() != after:
        raise Failed("mending twice is not mending once, with unsafe fixes")
    return 1


def check_endless(lbctl, copy, before):
    """Each round takes one word out: after as many rounds as are made there still are some."""
    done = run(lbctl, "lint", "--fix", "--unsafe-fixes", copy, statuses=(2,))
    if b"do not come to an end" not in done.stderr:
        raise Failed(f"another failure was told: {done.stderr.decode(errors='replace')[:300]}")
    if copy.read_bytes() != before:
        raise Failed("the file was changed half of the way")


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("lbctl", type=os.path.abspath)
    options.add_argument("folders", nargs="+", type=pathlib.Path)
    options.add_argument("--shard", default="1/1", help="K/N: every Nth file, from the Kth on")
    chosen = options.parse_args()
    number, of = (int(word) for word in chosen.shard.split("/"))
    files = sorted(file for folder in chosen.folders for file in folder.rglob("*")
                   if file.is_file() and file.suffix not in (".py", ".md", ".json", ".jsonl", ".tsv", ".expected"))
    files = files[number - 1::of]
    mended = {check_safe: 0, check_unsafe: 0}
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "copy.conf"
        for file in files:
            before = file.read_bytes()
            try:
                for check in (check_safe, check_unsafe):
                    copy.write_bytes(before)
                    copy.chmod(0o640)
                    mended[check] += check(chosen.lbctl, copy, before)
            except Failed as failure:
                failed += 1
                print(f"{file}: {failure}")
        try:
            endless = b"global_defs " * 500 + b"\n    script_user root\n}\n"
            copy.write_bytes(endless)
            check_endless(chosen.lbctl, copy, endless)
        except Failed as failure:
            failed += 1
            print(f"fixes without end: {failure}")
    print(f"{len(files)} files: {mended[check_safe]} mended by safe fixes, {mended[check_unsafe]} by all; {failed} failed")
    return 1 if failed or not all(mended.values()) else 0


sys.exit(main())
