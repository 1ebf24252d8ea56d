#!/usr/bin/env python3
"""Holds README.md and the manual pages against the program.

usage: documents.py LBCTL [--update]

- Examples that are marked as runnable are run, and print what the document says they print. Marked are: in README.md
  every block that begins with ```console; in a manual page every .EX block behind a line `.\\" run'. In them a line
  `$ COMMAND' is a command for sh (a backslash at its end goes on in the next line), and the lines behind it are its
  output: standard output, then standard error. Every block runs in a folder of its own that holds a copy of examples/,
  with lbctl in its PATH. --update writes what was printed into the documents.
- Every command of `lbctl --help' has a section in lbctl(1) and a page, and every option of `lbctl COMMAND --help' with
  its words stands in the OPTIONS of that page; the page has no others. A heading (.SS) in OPTIONS names the commands
  that the options below it belong to; without one they belong to every command of the page.
- lbctl-rules(7) is what man/make-rules-page prints.
"""
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAN = os.path.join(ROOT, "man")

ESCAPES = [("\\e", "\\"), ("\\-", "-"), ("\\(aq", "'"), ("\\(ga", "`"), ("\\(ha", "^"), ("\\(ti", "~"), ("\\(->", "→"),
           ("\\&", ""), ("\\fB", ""), ("\\fI", ""), ("\\fR", "")]
UNESCAPE = dict(ESCAPES)
ESCAPE = {plain: roff for roff, plain in ESCAPES if plain}


def plain(text):
    """The characters that roff text prints."""
    return re.sub(r"\\(?:f[BIR]|\(..|.)", lambda match: UNESCAPE.get(match.group(), match.group()), text)


def roff(text):
    """Roff text that prints these characters."""
    text = "".join(ESCAPE.get(character, character) for character in text)
    return "\\&" + text if text.startswith(".") else text


class Document:
    """A file whose marked blocks can be read and replaced."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.relpath(path, ROOT)
        self.is_roff = not path.endswith(".md")
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().split("\n")

    def blocks(self, mark="run"):
        """The first line of each block and the one behind its last. The mark is a pattern."""
        begins, ends = ((r'\.\\" ' + mark, r"\.EX"), ".EE") if self.is_roff else (("```console",), "```")
        found = []
        at = 0
        while at < len(self.lines):
            lines = self.lines[at:at + len(begins)]
            if len(lines) == len(begins) and all(map(re.fullmatch, begins, lines)):
                first = at + len(begins)
                at = self.lines.index(ends, first)
                found.append((first, at))
            at += 1
        return found

    def mark_of(self, block):
        """What stands before the block of a manual page: "run"."""
        return self.lines[block[0] - 2][len('.\\" '):]

    def read(self, block):
        lines = self.lines[block[0]:block[1]]
        return [plain(line) for line in lines] if self.is_roff else lines

    def replace(self, block, lines):
        self.lines[block[0]:block[1]] = [roff(line) for line in lines] if self.is_roff else lines

    def write(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.lines))


def commands_in(lines, prompt="$ "):
    """Each command with the lines that it takes in the document."""
    commands = []
    goes_on = False
    for line in lines:
        if goes_on:
            commands[-1].append(line)
        elif line.startswith(prompt):
            commands.append([line])
        else:
            continue
        goes_on = line.endswith("\\")
    return commands


def run_block(lbctl, lines):
    """The block as it should read."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(os.path.join(ROOT, "examples"), os.path.join(folder, "examples"))
        os.mkdir(os.path.join(folder, ".bin"))
        os.symlink(lbctl, os.path.join(folder, ".bin", "lbctl"))
        environment = {"PATH": os.path.join(folder, ".bin") + os.pathsep + os.environ["PATH"], "LC_ALL": "C.UTF-8",
                       "HOME": folder}
        printed = []
        for command in commands_in(lines):
            run = subprocess.run(["sh", "-c", "\n".join(command)[2:]], cwd=folder, env=environment,
                                 stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
            output = (run.stdout + run.stderr).decode(errors="replace")
            printed += command + (output[:-1] if output.endswith("\n") else output).split("\n") * bool(output)
        return printed


def difference(before, after, name, now):
    return "\n".join(difflib.unified_diff(before, after, name, now, lineterm=""))


def check_examples(lbctl, documents, update, faults):
    count = 0
    for document in documents:
        for block in reversed(document.blocks()):
            said = document.read(block)
            printed = run_block(lbctl, said)
            count += len(commands_in(said))
            if said == printed:
                continue
            if update:
                document.replace(block, printed)
            else:
                faults.append(difference(said, printed, f"{document.name}:{block[0] + 1}", "what lbctl prints"))
        if update:
            document.write()
    return count


def run_help(lbctl, *words):
    return subprocess.run([lbctl, *words, "--help"], capture_output=True, text=True, timeout=10, check=True).stdout


def options_of_help(lbctl, command):
    """Every option as it is written, with the words that it takes."""
    text = run_help(lbctl, command)
    if command == "ipvsadm":  # its help is laid out as ipvsadm's own
        names = re.findall(r"(?<![\w-])--?[A-Za-z0-9][\w-]*(?![\w.-])", text)
        return {name: [] for name in names}
    options = {}
    lines = text.split("\n")
    for at, line in enumerate(lines):
        found = re.match(r"  (--?[\w-]+(?:, --?[\w-]+)*)(?: (\S+))?(.*)$", line)
        if not found:
            continue
        names, value, about = found.groups()
        for more in lines[at + 1:]:
            if not more.startswith("     "):
                break
            about += " " + more.strip()
        # Its words stand in the place of the value, or behind a colon.
        listed = re.search(r": ([\w-]+(?:, [\w-]+)+)(?= \(|;|$)", about)
        words = value.split("|") if value and re.fullmatch(r"[a-z0-9-]+(\|[a-z0-9-]+)+", value) else []
        for name in names.split(", "):
            options[name] = words or (listed.group(1).split(", ") if listed and value else [])
    return options


class Page:
    """What a manual page has on commands and options."""

    def __init__(self, path):
        self.name = os.path.basename(path)
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        self.text = plain("\n".join(lines))
        self.commands = []
        self.sections = []  # headings of lbctl(1)'s commands
        self.options = {}  # command: {option: its text}
        section = ""
        about = []
        heads = []
        for at, line in enumerate(lines):
            if line.startswith(".SH "):
                section, about, heads = line[4:], self.commands, []
            elif section == "NAME" and not self.commands:
                self.commands = re.findall(r"lbctl-([a-z]+)", plain(line).split(" - ")[0])
            elif section == "OPTIONS" and line.startswith(".SS "):
                about, heads = [word for word in re.findall(r"[a-z]+", line[4:]) if word in self.commands], []
            elif line == ".TP":
                heads = []
                self.sections.append(plain(lines[at + 1]).split(" ")[0])
                if section == "OPTIONS":
                    heads = [name for name in re.findall(r"(?<![\w-])--?[A-Za-z0-9][\w-]*", plain(lines[at + 1]))]
            for command in about if heads else []:
                for head in heads:
                    place = self.options.setdefault(command, {})
                    place[head] = place.get(head, "") + plain(line) + "\n"


def check_options(lbctl, faults):
    commands = re.findall(r"^  ([a-z]+)[ ,]", run_help(lbctl), re.MULTILINE)
    second_names = re.findall(r"^  [a-z]+, ([a-z]+) ", run_help(lbctl), re.MULTILINE)
    overview = Page(os.path.join(MAN, "lbctl.1"))
    pages = {}
    aliases = {}
    for name in sorted(os.listdir(MAN)):
        if not re.fullmatch(r"lbctl-[a-z]+\.1", name):
            continue
        path = os.path.join(MAN, name)
        if os.path.islink(path):
            aliases[name[6:-2]] = os.readlink(path)
            continue
        page = Page(path)
        for command in page.commands:
            pages[command] = page
    for name in second_names:
        if name not in aliases:
            faults.append(f"lbctl-{name}.1 is not there")
    for command in sorted(set(pages) - set(commands)):
        faults.append(f"{pages[command].name}: lbctl has no command `{command}'")
    for command in commands:
        if command not in overview.sections:
            faults.append(f"lbctl.1: no word on the command `{command}'")
        page = pages.get(command)
        if page is None:
            faults.append(f"no manual page for the command `{command}'")
            continue
        if page.name != f"lbctl-{command}.1" and aliases.get(command) != page.name:
            faults.append(f"lbctl-{command}.1 is not there, or does not lead to {page.name}")
        known = options_of_help(lbctl, command)
        written = page.options.get(command, {})
        for option, words in known.items():
            if option in ("-h", "--help") and option not in written:
                continue
            if option not in written:
                faults.append(f"{page.name}: `lbctl {command}' has the option {option}, the page does not")
                continue
            for word in words:
                if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", written[option]):
                    faults.append(f"{page.name}: `lbctl {command} {option}' takes `{word}', the page does not say so")
        for option in sorted(set(written) - set(known)):
            faults.append(f"{page.name}: `lbctl {command}' has no option {option}")
    return len(commands)


def check_rules_page(lbctl, update, faults):
    path = os.path.join(MAN, "lbctl-rules.7")
    made = subprocess.run([sys.executable, os.path.join(MAN, "make-rules-page"), lbctl], capture_output=True,
                          text=True, timeout=900)
    if made.returncode != 0:
        faults.append(f"man/make-rules-page: {made.stderr}")
        return
    if update:
        with open(path, "w", encoding="utf-8") as file:
            file.write(made.stdout)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text != made.stdout:
        faults.append(difference(text.split("\n"), made.stdout.split("\n"), "man/lbctl-rules.7", "man/make-rules-page"))


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--update"]):
        sys.exit(__doc__.split("\n\n")[1])
    lbctl = os.path.abspath(sys.argv[1])
    update = len(sys.argv) == 3
    faults = []
    check_rules_page(lbctl, update, faults)
    files = [os.path.join(ROOT, "README.md")]
    pages = [os.path.join(MAN, name) for name in sorted(os.listdir(MAN)) if re.search(r"\.[17]$", name)]
    files += [page for page in pages if not os.path.islink(page)]
    examples = check_examples(lbctl, [Document(file) for file in files], update, faults)
    commands = check_options(lbctl, faults)
    for fault in faults:
        print(fault)
    if faults:
        print("\ndocuments.py LBCTL --update writes examples and rules anew; look at what it changes.")
    print(f"{examples} examples and {commands} commands looked at, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
