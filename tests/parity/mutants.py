"""Configurations with the mistakes that people and programs make, out of sound ones: for --keep-going.

Every mutant is made of a base and a number, and is always the same.
"""
import os
import random
import re

# What makes a table depend on more than the file, or takes too long, and what keepalived and lbctl see differently on purpose
# (ports of NAT servers in groups, granularity of groups, ranges across 16 bits).
LEFT_OUT = re.compile(r"_CHECK|HTTP_GET|SSL_GET|vrrp|namespace|lvs_sync_daemon|track_file|bfd|alpha|include|notify|instance|"
                      r"ha_suspend|process|quorum_|rlimit|priority|twos|granularity|nftables|lvs_flush|umask|fifo|user")

BASES = {
    "checkers": """\
global_defs {
    router_id test
    lvs_timeouts tcp 700 udp 200
}
virtual_server_group web {
    10.0.1.1 80
    10.0.1.2-4 80
    fwmark 12
}
virtual_server group web {
    delay_loop 3600
    warmup 3600
    lb_algo wrr
    lb_kind NAT
    protocol TCP
    real_server 10.1.1.1 80 {
        weight 3
        TCP_CHECK {
            connect_port 80
            connect_timeout 3
        }
    }
    real_server 10.1.1.2 80 {
        weight 2
        HTTP_GET {
            url {
                path /
                status_code 200
            }
            connect_timeout 3
        }
    }
}
""",
    "processes": """\
# Names are checked by two processes.
vrrp_script check {
    script "/bin/true"
    interval 5
    weight 2
}
virtual_server 10.0.2.1 443 {
    delay_loop 3600
    lvs_sched sh
    sh-port
    lvs_method DR
    persistence_timeout 50
    protocol TCP
    quorum 2
    sorry_server 10.1.2.9 443
    real_server 10.1.2.1 443 {
        weight 1
        inhibit_on_failure
    }
    real_server 10.1.2.2 443 {
        weight 4
        uthreshold 100
        lthreshold 50
    }
}
static_routes {
    192.0.2.0/24 via 192.0.2.254 dev lo
}
virtual_server fwmark 9 {
    lb_algo lc
    lb_kind TUN
    ip_family inet6
    real_server fd00:1::1 {
        weight 5
    }
    real_server fd00:1::2 80 {
    }
}
""",
    "parameters": """\
$NET=10.1.3
$PORT=8080
virtual_server 10.0.3.1 ${PORT} {
    lb_algo rr
    lb_kind NAT
    protocol UDP
    ops
    weight 7
    ~SEQ(I, 1, 3) real_server ${NET}.$I ${PORT} { weight $I }
    real_server ${NET}.9 ${PORT} {
        lvs_method TUN type gue port 6080 csum
        weight 2
    }
}
virtual_server fd00::3 53 {
    lb_kind DR
    protocol SCTP
    real_server fd00:1::3 53 { weight 1 }
    real_server fd00:1::4 53
    {
        weight 2
    }
}
""",
}


def bases(folders, but=()):
    """{name: text} of the sound configurations in these folders, with those above."""
    found = dict(BASES)
    for folder in folders:
        for name in sorted(os.listdir(folder)):
            if not name.endswith(".conf") or ".reload" in name or name[:-5] in but:
                continue
            with open(os.path.join(folder, name), encoding="latin-1") as file:
                text = file.read()
            if "real_server" in text and not LEFT_OUT.search(text) and len(text) < 4000:
                found[name[:-5]] = text
    return found


# ---- one mistake each: they take lines and the source of chance -----------------------------------------------------


def words_at(lines, chance, pattern):
    """A place that matches, as (line number, match), or None."""
    places = [(number, match) for number, line in enumerate(lines) for match in re.finditer(pattern, line)]
    return chance.choice(places) if places else None


def replace_at(lines, place, text):
    number, match = place
    lines[number] = lines[number][:match.start()] + text + lines[number][match.end():]


def letters_behind_number(lines, chance):
    place = words_at(lines, chance, r"(?<=[\s.])\d+(?![\w.:/-])")
    if place:
        replace_at(lines, place, place[1].group() + chance.choice(["x", "s", ";", ",", "k", "tcp", ".5", "_", "%", "e3", "-", "/"]))


def another_number(lines, chance):
    place = words_at(lines, chance, r"(?<=\s)\d+(?![\w.:/-])")
    if place:
        replace_at(lines, place, chance.choice(
            ["-1", "-0", "+5", "0", "00", "007", "0x10", "65536", "70000", "4294967295", "4294967296", "99999999999999999999", "abc",
             '""', '" 5"', '"5 "', "1.5", "$X", "${X}"]))


def brace_lost(lines, chance):
    place = words_at(lines, chance, r"[{}]")
    if place:
        replace_at(lines, place, "")


def brace_doubled(lines, chance):
    place = words_at(lines, chance, r"[{}]")
    if place:
        replace_at(lines, place, chance.choice(["{{", "}}", "{ {", "} }", "{ }", '"{"', '"}"', "(", "["]))


def odd_bytes(lines, chance):
    place = words_at(lines, chance, r"(?<=\S)[ \t]+(?=\S)|$")
    if place:
        odd = chance.choice(["\u00a0", "\u3000", "\u200b", "\x00", "\v", "\f", "\x7f", "\x1b[1m", "\r", "\u201c", "\t \t", "\xff"])
        replace_at(lines, place, chance.choice([odd, " " + odd, odd + " ", " " + odd + " "]))


def byte_order_mark(lines, chance):
    number = chance.choice([0, 0, chance.randrange(len(lines))])
    lines[number] = "\ufeff" + lines[number]


def argument_lost(lines, chance):
    place = words_at(lines, chance, r"(?<=\w)[ \t]+[^\s{}]+")
    if place:
        replace_at(lines, place, "")


def line_lost(lines, chance):
    del lines[chance.randrange(len(lines))]


def line_repeated(lines, chance):
    number = chance.randrange(len(lines))
    lines.insert(chance.choice([number, chance.randrange(len(lines))]), lines[number])


def line_moved(lines, chance):
    line = lines.pop(chance.randrange(len(lines)))
    lines.insert(chance.randrange(len(lines) + 1), line)


def lines_joined(lines, chance):
    if len(lines) > 1:
        number = chance.randrange(len(lines) - 1)
        lines[number:number + 2] = [lines[number] + chance.choice(["", " ", " ; "]) + lines[number + 1]]


def line_split(lines, chance):
    place = words_at(lines, chance, r"(?<=\S)[ \t]+(?=\S)")
    if place:
        number, match = place
        lines[number:number + 1] = [lines[number][:match.start()], chance.choice(["", "    "]) + lines[number][match.end():]]


def continuation(lines, chance):
    number = chance.randrange(len(lines))
    lines[number] += chance.choice([" \\", "\\", " \\ "])


def carriage_returns(lines, chance):
    if chance.random() < 0.3:
        lines[:] = [line + "\r" for line in lines]
    elif len(lines) > 1:
        number = chance.randrange(len(lines) - 1)
        lines[number:number + 2] = [lines[number] + "\r" + lines[number + 1]]


def quote(lines, chance):
    place = words_at(lines, chance, r"(?<=\s)[^\s{}\"]+|$")
    if place:
        word = place[1].group()
        replace_at(lines, place, chance.choice([f'"{word}"', f'"{word}', f'{word}"', f"'{word}'", f'{word[:2]}"{word[2:]}"', f'""{word}']))


def comment(lines, chance):
    place = words_at(lines, chance, r"(?<=\s)[^\s{}]+")
    if place:
        replace_at(lines, place, chance.choice(["#", "!", "\\#", "//", "# x \\", ";"]) + chance.choice(["", " "]) + place[1].group())


def misspelt(lines, chance):
    place = words_at(lines, chance, r"[A-Za-z_]{3,}")
    if place:
        word = place[1].group()
        at = chance.randrange(len(word))
        replace_at(lines, place, chance.choice([word[:at] + word[at + 1:], word + "s", word.upper(), word.lower(), word.replace("_", "-"),
                                                word + ":", word + "=", word + ";"]))


def unknown_line(lines, chance):
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(
        ["nonsense", "nonsense 5", "nonsense {", "nonsense {\n    weight 9\n}", "{", "}", "{\n}", "weight 9", "protocol UDP", "lb_kind DR",
         "real_server 10.9.9.9 80 {\n    weight 8\n}", "virtual_server 10.9.9.8 80 {", "global_defs {", "ops", "quorum", "$X", "~SEQ(A", "@b x",
         "static_ipaddress {\n    192.0.2.9 dev lo\n}", "vrrp_script s {", "fwmark 3", "10.0.0.99 80"]))


def surplus_word(lines, chance):
    place = words_at(lines, chance, r"(?<=\w)(?=\s*\{|\s*$)")
    if place:
        replace_at(lines, place, chance.choice([" tcp", " 5", " inet6", " weight 5", " x y", " -", " /24"]))


def other_value(lines, chance):
    place = words_at(lines, chance, r"\b(NAT|DR|TUN|TCP|UDP|SCTP|rr|wrr|lc|wlc|sh|inet6|inet)\b")
    if place:
        replace_at(lines, place, chance.choice(["NAT", "DR", "TUN", "nat", "tcp", "udp", "ICMP", "wrr", "WRR", "foo", "T", "inet", "inet6", "rr,"]))


def other_address(lines, chance):
    place = words_at(lines, chance, r"(?<![\w.:])(\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:]+)(?![\w.:])")
    if place:
        word = place[1].group()
        replace_at(lines, place, chance.choice(
            [word + "/24", word + "-9", word + ":80", word + ".", "[" + word + "]", "fd00::77", "10.7.7.7", "10.0.0", "010.0.0.1",
             "example", "0.0.0.0", "224.0.0.1", word + "-", word + "-99x", word + "/33", "::", "fe80::1"]))


def cut_off(lines, chance):
    del lines[chance.randrange(1, len(lines) + 1):]


def long_line(lines, chance):
    number = chance.randrange(len(lines))
    lines[number] += " " * chance.choice([900, 1000, 1023, 1100]) + chance.choice(["x", "weight 3", "# x", "}"])


MISTAKES = [letters_behind_number, letters_behind_number, another_number, another_number, brace_lost, brace_lost, brace_doubled, odd_bytes,
            odd_bytes, byte_order_mark, argument_lost, argument_lost, line_lost, line_repeated, line_moved, lines_joined, lines_joined,
            line_split, line_split, continuation, continuation, carriage_returns, quote, quote, comment, misspelt, unknown_line,
            surplus_word, other_value, other_address, cut_off, long_line]


def mutant(found, number):
    """(what was done, bytes) for a number."""
    chance = random.Random(number)
    name = chance.choice(sorted(found) + sorted(BASES) * 8)
    lines = found[name].rstrip("\n").split("\n")
    done = []
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        mistake = chance.choice(MISTAKES)
        mistake(lines, chance)
        lines = "\n".join(lines).split("\n")
        done.append(mistake.__name__)
    text = "\n".join(lines) + chance.choice(["\n", "\n", "\n", ""])
    return f"{name}: {', '.join(done)}", text.encode("utf-8", "surrogateescape").replace(b"\xc3\xbf", b"\xff")
