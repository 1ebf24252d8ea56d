"""Command lines: those that read a file of each kind, and random ones from the options that lbctl has."""
import random
import re

import mutations

READING = {kind: [line.split() for line in lines.strip().splitlines()] for kind, lines in {
    "conf": """
        lint a.conf
        lint -
        lint --format json a.conf
        lint --format ndjson a.conf
        lint --format sarif a.conf b.conf
        lint --format junit a.conf
        lint --format github --min-severity error a.conf
        lint --format gitlab a.conf
        lint --format checkstyle a.conf
        lint --format rdjson a.conf
        lint --format gcc -
        lint --format concise --output sarif=out.sarif --output gitlab=out.json a.conf
        lint --statistics a.conf
        lint --target-version 2.2.7 a.conf
        lint --target-version 1.3.5 --fail-on info a.conf
        lint --host a.conf b.conf
        lint -i other -D A=1 a.conf
        lint --fix a.conf
        lint --fix --unsafe-fixes a.conf
        lint --diff a.conf b.conf
        lint --diff --unsafe-fixes -
        fmt a.conf
        fmt --check a.conf b.conf
        fmt --diff a.conf
        fmt -w a.conf
        expand a.conf
        expand --origins a.conf
        dump a.conf
        dump --keep-going --positions a.conf
        dump --keep-going --show-secrets -
        dump --table --format save a.conf
        dump --table --format json --keep-going a.conf
        emit ipvsadm a.conf
        emit ipvsadm-restore --keep-going a.conf
        emit real-server --keep-going a.conf
        emit real-server-windows --keep-going a.conf
        emit director --keep-going --marks none a.conf
        emit topology --keep-going a.conf
        emit topology --as dot --keep-going a.conf
        emit topology --as mermaid --keep-going a.conf
        diff a.conf b.conf
        diff --format json --keep-going a.conf b.conf
        diff --format summary b.conf a.conf
        diff --from saved --keep-going a.conf
        apply --dry-run --keep-going a.conf
        connections --from captured --config a.conf --keep-going
        list --config a.conf
        import a.conf
        build a.conf
        check --no-scripts a.conf
        check --no-scripts --format json --trace a.conf
        check --no-scripts --format junit a.conf
        diff --checked --from saved --keep-going a.conf
    """,
    "saved": """
        import a.conf
        import -
        import --from-format ipvsadm a.conf
        emit ipvsadm --saved a.conf
        emit ipvsadm-restore --saved -
        diff b.conf --from a.conf --keep-going --format json
        diff --saved a.conf --from saved
        apply --saved a.conf --dry-run
        ipvsadm -R
        lint a.conf
    """,
    "ldirectord": """
        import a.conf
        import -
        import --from-format ldirectord a.conf
        import --from-format ipvsadm a.conf
        lint a.conf
    """,
    "captured": """
        connections --from a.conf
        connections --from a.conf --format json
        connections --from a.conf --count
        connections --from a.conf --top 3 --by client
        connections --from a.conf --persistent --sync
        connections --from a.conf --format csv
        lint a.conf
    """,
    "settings": """
        lint --config a.conf b.conf
        lint --config a.conf --update-baseline --select lvs b.conf
        lint a.conf
    """,
    "baseline": """
        lint --baseline a.conf b.conf
        lint --baseline a.conf --update-baseline b.conf
        lint a.conf
    """,
    "json": """
        build a.conf
        build -
        apply a.conf
        apply --dry-run a.conf
        lint a.conf
        import a.conf
    """,
    "machine": """
        doctor --from a.conf b.conf
        doctor --from a.conf --format json b.conf
        doctor --from a.conf --format sarif --role real-server b.conf
        doctor --from - --role real-server b.conf
        lint a.conf
    """,
}.items()}

VALUES = [b"", b"a.conf", b"b.conf", b"saved", b"captured", b"plan.json", b"missing.conf", b".", b"-", b"--", b"text", b"json", b"save",
          b"summary", b"csv", b"table", b"10.0.0.1:80", b"tcp/10.0.0.1:80", b"[2001:db8::1]:80", b"fwmark:7", b"10.0.1.1", b"add,edit", b",",
          b"weights", b"2.2.7", b"2.4.3", b"A=b", b"=", b"error", b"client", b"ipvsadm", b"ipvsadm-restore", b"bash", b"lb_algo",
          b"real_server/weight", b"unknown-value", b"self", b"/proc/self/ns/net", b"values,lvs", b"values=info", b"x" * 5000]
IPVSADM = [b"-A", b"-E", b"-D", b"-C", b"-Z", b"-a", b"-e", b"-d", b"-L", b"-l", b"-S", b"-R", b"-t", b"-u", b"-f", b"-s", b"-p", b"-M", b"-o",
           b"--pe", b"-b", b"-r", b"-g", b"-i", b"-m", b"-w", b"-x", b"-y", b"-n", b"-c", b"--stats", b"--rate", b"--set", b"--start-daemon",
           b"--tun-type", b"--tun-port", b"-6", b"-h", b"-v", b"-Ln", b"-Lnc", b"-at", b"--sort", b"--exact", b"rr", b"gue", b"master"]


def commands(completions: str) -> dict:
    """The options of every command, out of the completions of fish."""
    found = {name: [] for name in re.findall(r"__fish_use_subcommand -f -a (\S+)", completions)}
    for line in completions.splitlines():
        if option := re.search(r"__fish_seen_subcommand_from (\S+)'.* -l (\S+)", line):
            found.setdefault(option[1], []).append(b"--" + option[2].encode())
        if option := re.search(r"__fish_seen_subcommand_from (\S+)'.* -s (\S+)", line):
            found.setdefault(option[1], []).append(b"-" + option[2].encode())
    return {name.encode(): options for name, options in found.items()}


def value(choice: random.Random) -> bytes:
    what = choice.randrange(6)
    if what < 4:
        return choice.choice(VALUES)
    return choice.choice(mutations.NUMBERS) if what == 4 else mutations.odd_word(choice)


def misspelt(choice: random.Random, word: bytes) -> bytes:
    at = choice.randrange(len(word) + 1)
    return choice.choice([word[:at] + word[at + 1:], word[:at] + b"x" + word[at:], word[:at] + choice.choice(mutations.SIGNS) + word[at:],
                          word.upper(), word * 3, word[:at]])


def random_words(choice: random.Random, known: dict) -> list:
    names = sorted(known)
    name = choice.choice(names)
    words = [name, b"--no-scripts"] if name == b"check" else [name]
    pool = IPVSADM if name == b"ipvsadm" else known[name] or [b"--help"]
    for _ in range(choice.choice([0, 1, 1, 2, 2, 3, 5, 12])):
        what = choice.randrange(12)
        option = choice.choice(pool)
        if what < 5:
            words += [option, value(choice)]
        elif what == 5:
            words.append(option + b"=" + value(choice))
        elif what < 8:
            words.append(option)
        elif what < 10:
            words.append(value(choice))
        elif what == 10:
            words.append(choice.choice(known[choice.choice(names)] or [b"-q"]))
        else:
            words.append(misspelt(choice, option))
    if choice.randrange(8) == 0:
        at = choice.randrange(len(words))
        words[at] = misspelt(choice, words[at])
    if choice.randrange(20) == 0:
        words.insert(choice.randrange(len(words) + 1), b"")
    # What goes on until it is told to end is no hang.
    words = [word for word in words if not word.startswith((b"--watch", b"--wat")) and b"\0" not in word]
    return [word.replace(b"\0", b"") for word in words]
