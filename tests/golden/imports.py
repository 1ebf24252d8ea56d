#!/usr/bin/env python3
"""Holds that files of other kinds are named as what they are, and that large and endless input stays cheap.

usage: imports.py LBCTL

A file that a command does not read ends in one message and status 2. What is large takes time that grows as it does, and
memory that stays below its limit; a square of the size would be over the limit of processor time many times.
"""
import os
import resource
import subprocess
import sys
import tempfile

BYTES = 768 * 1024 * 1024
SECONDS = 20  # of the processor, where some hundredths to two are usual

CONFIGURATION = "virtual_server 10.0.0.1 80 {\n    lvs_sched rr\n    real_server 10.0.0.2 80 {\n    }\n}\n"

# Name: what the file holds, words of import's message.
KINDS = {
    "keepalived.conf": (CONFIGURATION * 20, "this is a keepalived.conf"),
    "keepalived.conf with a comment first": ("# ours\n! and this\n\nglobal_defs {\n}\n" + CONFIGURATION, "this is a keepalived.conf"),
    "keepalived.conf of a group": ("virtual_server_group web {\n10.0.0.1 80\n}\n" + CONFIGURATION, "this is a keepalived.conf"),
    "keepalived.conf of an include": ("include /etc/keepalived/*.conf\n", "this is a keepalived.conf"),
    "keepalived.conf of VRRP": ("vrrp_instance a {\n}\n", "this is a keepalived.conf"),
    "keepalived.conf with a definition first": ("$A=1\n" + CONFIGURATION, "this is a keepalived.conf"),
    "a configuration as JSON": ('{\n "schema": "lbctl-configuration/1",\n "statements": []\n}\n', "this is JSON"),
    "a list as JSON": ("[1, 2]\n", "this is JSON"),
    "a program": ("\x7fELF\x02\x01\0\0\0\0\n-A\n", "this is no text"),
    "a listing": ("IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n"
                  "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\nTCP  10.0.0.1:80 rr\n",
                  "this is a listing"),
    "a listing without its head": ("Prot LocalAddress:Port Scheduler Flags\nTCP  10.0.0.1:80 rr\n", "this is a listing"),
    "nothing": ("", "is empty"),
    "blank lines": ("\n  \n\n", "is empty"),
    "a text": ("To whom it may concern,\nhello\n", "does not begin a line of a saved table"),
    "one word of many megabytes": ("x" * (16 << 20), "does not begin a line of a saved table"),
}


def saved(count):
    """One service of many servers."""
    servers = (f"-a -t 10.0.0.1:80 -r 10.{n >> 16}.{n >> 8 & 255}.{n & 255}:80 -m -w 1\n" for n in range(count))
    return "-A -t 10.0.0.1:80 -s rr\n" + "".join(servers)


def configuration(count):
    servers = "".join(f"real_server 10.{n >> 16}.{n >> 8 & 255}.{n & 255} 80 {{\n}}\n" for n in range(count))
    return "virtual_server 10.0.0.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\n" + servers + "}\n"


MANY = 60_000
ENDLESS = "/dev/zero"
# Name: command, what the file holds (None: the command reads /dev/zero), status, words of its message.
LARGE = {
    "import of saved text with many servers": (["import"], saved(MANY), 0, ""),
    "emit of saved text with many servers": (["emit", "ipvsadm", "--saved"], saved(MANY), 0, ""),
    "a table of many servers in a service": (["dump", "--table", "--format", "save"], configuration(MANY), 0, ""),
    "ldirectord: a range as large as may be":
        (["import"], "virtual=10.0.0.1:80\n\treal=10.0.0.0->10.0.255.255:80 gate 1\n", 0, ""),
    "ldirectord: many large ranges":
        (["import"], "virtual=10.0.0.1:80\n" + "\treal=10.0.0.0->10.0.255.255:80 gate 1\n" * 200, 2, "more than 100000 real servers"),
    "ldirectord: large ranges of many services":
        (["import"], "".join(f"virtual=10.1.0.{n}:80\n\treal=10.0.0.0->10.0.255.255:80 gate 1\n" for n in range(200)), 2,
         "more than 100000 real servers"),
    "ldirectord: a range of long requests":
        (["import"], "virtual=10.0.0.1:80\n\treal=10.0.0.0->10.0.255.255:80 gate 1 \"" + "a" * 1000 + "\", \"" +
         "b" * 1000 + "\"\n", 2, "MiB"),
    "ldirectord: a long request": (["import"], "virtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate\n\trequest=\"" +
                                   "a" * 2000 + "\"\n", 1, "more than a line of keepalived.conf"),
    "ldirectord: many losses":
        (["import"], "virtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate\n" + "".join(f"\tfoo{n}=1\n" for n in range(MANY)), 1, ""),
    "ldirectord: one line of many megabytes":
        (["import", "--from-format", "ldirectord"], "x" * (16 << 20), 2, "no service of ldirectord"),
    "build of an object of many keys":
        (["build"], '{"schema":"lbctl-configuration/1","statements":[],' + ",".join(f'"k{n}":1' for n in range(100_000)) + "}", 0, ""),
    "lint of what has no end": (["lint"], None, 2, "it is larger than"),
    "fmt of what has no end": (["fmt"], None, 2, "it is larger than"),
    "dump of what has no end": (["dump"], None, 2, "it is larger than"),
    "build of what has no end": (["build"], None, 2, "it is larger than"),
    "import of what has no end": (["import"], None, 2, "it is larger than"),
    "connections of a line that has no end": (["connections", "--from"], None, 2, "it has a line of more than"),
    "counting connections of a line that has no end":
        (["connections", "--count", "--from"], None, 2, "it has a line of more than"),
    "emit of what has no end": (["emit", "ipvsadm", "--saved"], None, 2, "it is larger than"),
}


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run(lbctl, words):
    done = subprocess.run([lbctl, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=300, preexec_fn=limit)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def problems_of_kind(lbctl, path, words):
    for options in ([], ["--from-format", "ldirectord"], ["--from-format", "ipvsadm"]):
        status, out, err = run(lbctl, ["import", *options, path])
        if status != 2 or out:
            yield f"import {options} ends with {status}, and prints {out[:100]}"
        # As an ldirectord.cf each line of a text is a loss of its own.
        lines = 1 if words in err else 3
        if len(err.splitlines()) > lines or len(err) > 1000:
            yield f"import {options} says {len(err.splitlines())} lines of {len(err)} bytes: {err[:300]}"
        if words not in err and options != ["--from-format", "ldirectord"]:
            yield f"import {options} does not say `{words}': {err[:300]}"


def main():
    lbctl = os.path.abspath(sys.argv[1])
    told = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "input")
        for name, (text, words) in KINDS.items():
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            told += [f"{name}: {problem}" for problem in problems_of_kind(lbctl, path, words)]
        for name, (command, text, expected, words) in LARGE.items():
            if text is not None:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            status, _, err = run(lbctl, [*command, ENDLESS if text is None else path])
            if status != expected or words not in err:
                told.append(f"{name}: ends with {status}, not {expected} and `{words}': {err[-300:]}")
    for problem in told:
        print(problem)
    print(f"{len(KINDS) + len(LARGE)} cases, {len(told)} problems")
    return 1 if told else 0


sys.exit(main())
