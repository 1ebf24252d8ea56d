#!/usr/bin/env python3
"""Runs the completions of bash, zsh and fish on command lines. What is not installed is left out.

The live table is made up: a program called lbctl answers for it, and hands everything else to the real one.

usage: completion.py LBCTL
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

EMIT_KINDS = {"ipvsadm", "ipvsadm-restore", "real-server", "real-server-windows", "director", "topology"}

SERVERS = {"10.0.8.12:80", "10.0.8.13:80", "[2001:db8::12]:80"}
LIVE = {"services": {"10.0.8.9:80", "10.0.8.9:8080", "7"}, "tcp-services": {"10.0.8.9:80"},
        "udp-services": {"10.0.8.9:8080"}, "sctp-services": set(), "fwmarks": {"7"}, "servers": SERVERS,
        "namespaces": {"blue"}}

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
    (["lbctl", "drain"], "", SERVERS),
    (["lbctl", "drain"], "10.0.8.12", {"10.0.8.12:80"}),
    (["lbctl", "drain", "10.0.8.12"], ":", {"80"}),
    (["lbctl", "drain", "10.0.8.12", ":"], "8", {"80"}),
    (["lbctl", "drain", "[2001", ":", "db8", "::"], "1", {"12]:80"}),
    (["lbctl", "drain", "10.0.8.12", ":", "80"], "--serv", {"--service"}),
    (["lbctl", "drain", "10.0.8.12", ":", "80", "--service"], "10", {"10.0.8.9:80", "10.0.8.9:8080"}),
    (["lbctl", "drain", "10.0.8.12", ":", "80", "--service", "10.0.8.9", ":"], "80", {"80", "8080"}),
    (["lbctl", "drain", "10.0.8.12", ":", "80"], "", SERVERS),
    (["lbctl", "list", "-t"], "", {"10.0.8.9:80"}),
    (["lbctl", "list", "--fwmark-service", "="], "", {"7"}),
    (["lbctl", "conns", "--real-server"], "10.0.8.12:80,10", {"80,10.0.8.12:80", "80,10.0.8.13:80"}),
    (["lbctl", "ipvsadm", "-A", "-t", "10.0.8.9", ":", "80", "-s"], "w", {"wlc", "wrr"}),
    (["lbctl", "ipvsadm", "-a", "-u"], "", {"10.0.8.9:8080"}),
    (["lbctl", "ipvsadm", "-a", "-t", "10.0.8.9", ":", "80", "--tun-type"], "g", {"gre", "gue"}),
    (["lbctl", "ipvsadm"], "--tun-t", {"--tun-type"}),
    (["lbctl", "ipvsadm", "-A", "-b"], "sh-port,mh-f", {"sh-port,mh-fallback"}),
    (["lbctl", "lint", "--select"], "unknown-keyw", {"unknown-keyword"}),
    (["lbctl", "lint", "--ignore"], "vrrp,unknown-keyw", {"vrrp,unknown-keyword"}),
    (["lbctl", "lint", "--severity"], "unknown-keyw", {"unknown-keyword"}),
    (["lbctl", "lint", "--output"], "sa", {"sarif"}),
    (["lbctl", "lint", "--target-version"], "2.2.7", {"2.2.7"}),
    (["lbctl", "explain"], "delay_l", {"delay_loop"}),
    (["lbctl", "explain"], "unknown-keyw", {"unknown-keyword"}),
    (["lbctl", "emit", "director", "--out"], "", {"folder"}),
    (["lbctl", "completion", "--values"], "tcp", {"tcp-services"}),
    (["lbctl", "apply", "--netns"], "", {"blue"}),
    (["lbctl", "drain", "--wait"], "", set()),
    (["lbctl", "confirm"], "--roll", {"--roll-back"}),
]

BASH = """. ./completion
COMP_WORDBREAKS=' "<>=;|&(:'
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_lbctl
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completion(lbctl, shell):
    return subprocess.run([lbctl, "completion", shell], capture_output=True, text=True, check=True, timeout=10).stdout


def with_live_table(lbctl, folder):
    """The environment, in a folder beside this one, in which `lbctl' knows the live table of above."""
    place = os.path.join(os.path.dirname(folder), "bin")
    os.mkdir(place)
    cases = "".join(f"    {kind}) printf '%s\\n' {' '.join(repr(word) for word in sorted(words))} && exit ;;\n"
                    for kind, words in LIVE.items())
    with open(os.path.join(place, "lbctl"), "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n[ \"$1 $2\" != 'completion --values' ] || case $3 in\n{cases}esac\nexec {lbctl} \"$@\"\n")
    os.chmod(file.name, 0o755)
    return {"PATH": place + os.pathsep + os.environ["PATH"], "HOME": folder}


def bash_offers(folder, environment, before, word):
    run = subprocess.run(["bash", "-uc", BASH, "bash", *before, word], cwd=folder, capture_output=True, text=True,
                         timeout=10, env=environment)
    return set(run.stdout.split("\n")) - {"", "completion"}, run.stderr


ZSH_CASES = {
    "lbctl explain --format ": "json text", "lbctl explain delay_l": "delay_loop", "lbctl emit r": "real-server real-server-windows",
    "lbctl drain 10.0.8.12:": "10.0.8.12:80", "lbctl weight 10.0.8.12:80 3 --service 10": "10.0.8.9:80 10.0.8.9:8080",
    "lbctl lint --ignore vrrp,unknown-keyw": "unknown-keyword", "lbctl ipvsadm -A -s w": "wlc wrr",
    "lbctl list -t ": "10.0.8.9:80", "lbctl completion ": "bash fish zsh",
}


def zsh_faults(lbctl, text):
    with tempfile.TemporaryDirectory() as work:
        folder = os.path.join(work, "files")
        os.mkdir(folder)
        with open(os.path.join(folder, "_lbctl"), "w", encoding="utf-8") as file:
            file.write(text)
        environment = with_live_table(lbctl, folder)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "complete.zsh")
        run = subprocess.run(["zsh", "-f", script, folder, environment["PATH"], *ZSH_CASES], cwd=folder,
                             env=environment, capture_output=True, text=True, timeout=120)
    if run.returncode == 77:
        print("zsh has no zsh/zpty: its completion is not tried")
        return []
    offered = run.stdout.split("\n")[:-1]
    if run.returncode != 0 or len(offered) != len(ZSH_CASES):
        return [f"zsh: exit {run.returncode}, {len(offered)} answers: {run.stderr}"]
    return [f"zsh: {line}: offered {said}, not {wanted}"
            for said, (line, wanted) in zip(offered, ZSH_CASES.items()) if said != wanted]


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
    with tempfile.TemporaryDirectory() as work:
        folder = os.path.join(work, "files")
        os.mkdir(folder)
        for name, text in (("completion", texts["bash"]), ("one.conf", ""), ("two.conf", "")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        environment = with_live_table(lbctl, folder)
        for before, word, wanted in CASES:
            # It would be offered as a file, too.
            if "--out" in before:
                os.mkdir(os.path.join(folder, "folder"))
            offered, said = bash_offers(folder, environment, before, word)
            if "--out" in before:
                os.rmdir(os.path.join(folder, "folder"))
            if offered != wanted or said:
                faults.append(f"bash: {' '.join(before)} {word}: offered {sorted(offered)}, not {sorted(wanted)} {said}")
        commands, _ = bash_offers(folder, environment, ["lbctl"], "")
        for command in sorted(commands - {"--help", "--version", "-h", "ipvsadm"}):
            wanted = options_of(lbctl, command)
            offered, _ = bash_offers(folder, environment, ["lbctl", command], "-")
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
    if shutil.which("zsh"):
        faults += zsh_faults(lbctl, texts["zsh"])
    if shutil.which("fish"):
        for line, wanted in (("lbctl explain --format ", {"text", "json"}), ("lbctl completion z", {"zsh"}),
                             ("lbctl drain 10", SERVERS - {"[2001:db8::12]:80"}), ("lbctl list -t ", {"10.0.8.9:80"}),
                             ("lbctl explain delay_l", {"delay_loop"}), ("lbctl ipvsadm -s wr", {"wrr"}),
                             ("lbctl lint --target-version 2.2.7", {"2.2.7"}),
                             ("lbctl list --form", {"--format"}), ("lbctl app", {"apply"})):
            with tempfile.TemporaryDirectory() as work:
                folder = os.path.join(work, "files")
                os.mkdir(folder)
                with open(os.path.join(folder, "c.fish"), "w", encoding="utf-8") as file:
                    file.write(texts["fish"])
                run = subprocess.run(["fish", "--no-config", "-c", "source c.fish; complete -C $argv[1]", line],
                                     cwd=folder, env=with_live_table(lbctl, folder),
                                     capture_output=True, text=True, timeout=20)
            offered = {item.split("\t")[0] for item in run.stdout.split("\n")} - {""}
            if offered != wanted:
                faults.append(f"fish: {line}: offered {sorted(offered)}, not {sorted(wanted)} {run.stderr}")
    for fault in faults:
        print(fault)
    print(f"{len(CASES)} command lines, {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
