#!/usr/bin/env python3
"""Runs the completion of bash on command lines, and what zsh and fish say of theirs where they are installed.

usage: completion.py LBCTL
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

EMIT_KINDS = {"ipvsadm", "ipvsadm-restore", "real-server", "real-server-windows", "director", "topology"}

# Words before the one that is completed, its beginning, and all that is offered.
CASES = [
    (["lbctl"], "conn", {"connections", "conns"}),
    (["lbctl"], "--", {"--help", "--version"}),
    (["lbctl", "lint"], "--form", {"--format"}),
    (["lbctl", "lint"], "-q", {"-q"}),
    (["lbctl", "list"], "-t", {"-t"}),
    (["lbctl", "explain", "--format"], "", {"text", "json"}),
    (["lbctl", "explain", "--format", "="], "js", {"json"}),
    (["lbctl", "explain", "--format"], "=", {"text", "json"}),
    (["lbctl", "list", "--format"], "", {"table", "json", "csv", "prometheus"}),
    (["lbctl", "conns", "--format"], "n", {"ndjson"}),
    (["lbctl", "apply", "--allow"], "", {"add", "edit", "remove"}),
    (["lbctl", "apply", "--allow"], "add,e", {"add,edit"}),
    (["lbctl", "emit"], "", EMIT_KINDS),
    (["lbctl", "emit", "--target-version", "2.2.7"], "", EMIT_KINDS),
    (["lbctl", "emit", "--config-id", "=", "x"], "", EMIT_KINDS),
    (["lbctl", "emit", "ipvsadm"], "", {"one.conf", "two.conf"}),
    (["lbctl", "emit", "ipvsadm", "--saved"], "t", {"two.conf"}),
    (["lbctl", "completion"], "", {"bash", "zsh", "fish"}),
    (["lbctl", "lint"], "one", {"one.conf"}),
    (["lbctl", "lint", "one.conf"], "t", {"two.conf"}),
    (["lbctl", "list", "--config"], "", {"one.conf", "two.conf"}),
    (["lbctl", "drain"], "", set()),
    (["lbctl", "drain", "--wait"], "", set()),
    (["lbctl", "confirm"], "--roll", {"--roll-back"}),
]

BASH = """. ./completion
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_lbctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completion(lbctl, shell):
    return subprocess.run([lbctl, "completion", shell], capture_output=True, text=True, check=True, timeout=10).stdout


def bash_offers(folder, before, word):
    run = subprocess.run(["bash", "-uc", BASH, "bash", *before, word], cwd=folder, capture_output=True, text=True,
                         timeout=10)
    return set(run.stdout.split("\n")) - {"", "completion"}, run.stderr


def options_of(lbctl, command):
    text = subprocess.run([lbctl, command, "--help"], capture_output=True, text=True, check=True, timeout=10).stdout
    names = set()
    for line in text.split("\n"):
        if re.match("  -", line):
            names.update(re.match(r"  ((?:--?[\w-]+(?:, )?)+)", line).group(1).split(", "))
    return names


def main():
    lbctl = os.path.abspath(sys.argv[1])
    faults = []
    texts = {shell: completion(lbctl, shell) for shell in ("bash", "zsh", "fish")}
    for shell, text in texts.items():
        if "at-deadline" in text:
            faults.append(f"{shell}: an internal option is offered")
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("completion", texts["bash"]), ("one.conf", ""), ("two.conf", "")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        for before, word, wanted in CASES:
            offered, said = bash_offers(folder, before, word)
            if offered != wanted or said:
                faults.append(f"bash: {' '.join(before)} {word}: offered {sorted(offered)}, not {sorted(wanted)} {said}")
        commands, _ = bash_offers(folder, ["lbctl"], "")
        for command in sorted(commands - {"--help", "--version", "-h", "ipvsadm"}):
            wanted = options_of(lbctl, command)
            offered, _ = bash_offers(folder, ["lbctl", command], "-")
            if offered != wanted:
                faults.append(f"bash: lbctl {command}: the options differ from --help by {sorted(offered ^ wanted)}")
            for option in sorted(wanted):
                for shell in ("zsh", "fish"):
                    written = rf"[ )'*]{option}(?![\w-])" if shell == "zsh" else \
                        rf"seen_subcommand_from [^\n]*\b{command}\b[^\n]* -[sl] {option.lstrip('-')} "
                    if not re.search(written, texts[shell]):
                        faults.append(f"{shell}: no option {option} of {command}")
        for shell in ("bash", "zsh", "fish"):
            if shutil.which(shell) is None:
                print(f"{shell} is not installed: its syntax is not looked at")
                continue
            check = subprocess.run([shell, "-n"], input=texts[shell], capture_output=True, text=True, timeout=20)
            if check.returncode != 0 or check.stderr:
                faults.append(f"{shell} -n: {check.stderr}")
    if shutil.which("fish"):
        for line, wanted in (("lbctl explain --format ", {"text", "json"}), ("lbctl completion z", {"zsh"}),
                             ("lbctl list --form", {"--format"}), ("lbctl app", {"apply"})):
            with tempfile.TemporaryDirectory() as folder:
                with open(os.path.join(folder, "c.fish"), "w", encoding="utf-8") as file:
                    file.write(texts["fish"])
                run = subprocess.run(["fish", "--no-config", "-c", "source c.fish; complete -C $argv[1]", line],
                                     cwd=folder, env={"PATH": os.environ["PATH"], "HOME": folder},
                                     capture_output=True, text=True, timeout=20)
            offered = {item.split("\t")[0] for item in run.stdout.split("\n")} - {""}
            if offered != wanted:
                faults.append(f"fish: {line}: offered {sorted(offered)}, not {sorted(wanted)} {run.stderr}")
    for fault in faults:
        print(fault)
    print(f"{len(CASES)} command lines, {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
