#!/usr/bin/env python3
"""Shows by dry runs how few places an addition touches: a keyword, a rule, a findings format, an emitter, a command.

usage: additions.py [--keep FOLDER] [CMAKE_OPTION...]

Copies the repository, adds one of each from the small templates below, builds lbctl once, and asks it for each of
them. Told is what each addition touched, counted from the difference between the two trees. It fails when an addition
touches more than LIMITS says, does not build, or does not work. A command for developers, because it builds lbctl: some
minutes, fewer with ccache. The copy lies in FOLDER (so that a second run builds only what has changed since), or in a
folder of its own that is removed. Further arguments go to cmake.

Each template is the recipe of .github/CONTRIBUTING.md in its smallest form.
"""
import difflib
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "golden"))

# Stands in a folder that an earlier run has made.
MARK = ".copy-of-lbctl-with-additions"

# For each addition: new source files, lines in files that were there, and files for readers (manual pages).
LIMITS = {
    "keyword": (0, 1, 0),
    "rule": (1, 1, 0),
    "findings format": (1, 1, 0),
    "emitter": (1, 1, 0),
    "command": (1, 1, 2),  # its page, and its entry in lbctl(1)
}

RULE = """\
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

void check(const Context& context, const ast::Node& statement) {
    context.report("dry-run-rule", Severity::info, statement.head.where(), "seen by the rule of the dry run");
}

}  // namespace

extern const Rule dry_run_rule{.page = {.id = "dry-run-rule",
                                        .family = "lvs",
                                        .severity = Severity::info,
                                        .summary = "A rule of a dry run",
                                        .detail = "It is in no release.",
                                        .example = "virtual_server 10.0.0.1 80 { }",
                                        .origin = Origin::lbctl},
                               .statement = check};

}  // namespace lbctl::rules
"""

FORMAT = """\
#include <fmt/format.h>

#include "cli/render/findings_format.h"

namespace lbctl::cli {

namespace {

std::string write(const FindingsReport& report, const FindingsStyle&) {
    return fmt::format("{} findings of a dry run\\n", report.findings.size());
}

}  // namespace

extern const FindingsFormat dryrun_format{.name = "dryrun", .write = write};

}  // namespace lbctl::cli
"""

EMITTER = """\
#include "backend/emit/emitter.h"

namespace lbctl::emit {

namespace {

Result<std::vector<Document>> count(const Configuration& configuration, const Choices&) {
    const std::size_t services = configuration.wanted.services.size();
    return std::vector<Document>{{"count", {}, std::to_string(services) + " services of a dry run\\n"}};
}

}  // namespace

extern const Emitter dryrun_emitter{.kind = "dryrun", .what = "how many services there are", .emit = count};

}  // namespace lbctl::emit
"""

COMMAND = """\
#include "cli/command.h"
#include "cli/print.h"

namespace lbctl::cli {

namespace {

void add_dryrun(Command program, Invocation& invocation) {
    Command command = program.command("dryrun", "a command of a dry run");
    command.on_chosen([&invocation] {
        invocation.run = [](const Streams& streams) {
            print(streams.out, "run by a dry run\\n");
            return ExitStatus::ok;
        };
    });
}

}  // namespace

extern const Registration dryrun_command{.name = "dryrun", .heading = Heading::configurations,
                                         .rights = Rights::none, .add = add_dryrun};

}  // namespace lbctl::cli
"""

PAGE = """\
.TH LBCTL\\-DRYRUN 1 "" "lbctl" "lbctl manual"
.SH NAME
lbctl\\-dryrun \\- a command of a dry run
.SH OPTIONS
.TP
\\fB\\-h\\fR, \\fB\\-\\-help\\fR
Print a summary of the options.
"""

CONFIGURATION = """\
virtual_server 10.0.0.1 80 {
    dry_run_keyword %s
    protocol TCP
    real_server 10.0.0.2 80 {
        TCP_CHECK { }
    }
}
"""


class Tree:
    """A copy of the repository in which additions are made and measured."""

    def __init__(self, folder):
        self.folder = folder
        listed = subprocess.run(["git", "ls-files", "-c", "-o", "--exclude-standard", "-z"], cwd=ROOT,
                                capture_output=True, check=True).stdout.decode().split("\0")
        self.write(MARK, "")
        self.paths = {path for path in listed if path and os.path.lexists(os.path.join(ROOT, path))}
        for path in self.paths:
            source, copy = os.path.join(ROOT, path), os.path.join(folder, path)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            if os.path.lexists(copy) and (os.path.islink(copy) or os.path.islink(source)):
                os.remove(copy)
            if os.path.islink(source):
                os.symlink(os.readlink(source), copy)
            else:
                with open(source, "rb") as file:
                    self.write(path, file.read())
        for folder_of_file, folders, names in os.walk(folder):  # what an earlier run has added
            if folder_of_file == folder and "build" in folders:
                folders.remove("build")
            for name in names:
                path = os.path.relpath(os.path.join(folder_of_file, name), folder)
                if path not in self.paths and path != MARK:
                    os.remove(os.path.join(folder, path))

    def read(self, path):
        with open(os.path.join(self.folder, path), "rb") as file:
            return file.read()

    def write(self, path, content):
        """Leaves a file alone that has this content, so that nothing is built again for it."""
        content = content.encode() if isinstance(content, str) else content
        full = os.path.join(self.folder, path)
        if not os.path.exists(full) or self.read(path) != content:
            with open(full, "wb") as file:
                file.write(content)

    def insert(self, path, before, line):
        """Puts a line before the first one that begins so."""
        lines = self.read(path).decode().split("\n")
        at = next((at for at, old in enumerate(lines) if old.startswith(before)), None)
        if at is None:
            sys.exit(f"additions.py: {path} has no line that begins with `{before}'; is the template out of date?")
        self.write(path, "\n".join(lines[:at] + [line] + lines[at:]))


def additions(tree):
    """Makes each of them, one after the other."""
    yield "keyword", lambda: tree.insert(
        "grammar/keywords/tables/virtual_server.cpp", '    {virtual_server_block, "retry"',
        '    {virtual_server_block, "dry_run_keyword", value, "INT[1..9]", "3", {2, 0, 0}, {}, "", "Of a dry run"},')

    def rule():
        tree.write("grammar/rules/lvs/dry_run_rule.cpp", RULE)
        tree.insert("grammar/CMakeLists.txt", "    lvs/all_weights_zero", "    lvs/dry_run_rule")
    yield "rule", rule

    def findings_format():
        tree.write("cli/render/findings/dryrun.cpp", FORMAT)
        tree.insert("cli/CMakeLists.txt", "    concise", "    dryrun")
    yield "findings format", findings_format

    def emitter():
        tree.write("backend/emit/dryrun.cpp", EMITTER)
        tree.insert("backend/CMakeLists.txt", "    ipvsadm_restore", "    dryrun")
    yield "emitter", emitter

    def command():
        tree.write("cli/commands/dryrun.cpp", COMMAND)
        tree.insert("cli/CMakeLists.txt", "    lint", "    dryrun")
        tree.write("man/lbctl-dryrun.1", PAGE)
        tree.insert("man/lbctl.1", "completion \\fB", "\\fBdryrun\\fR\nA command of a dry run: "
                                                     "\\fBlbctl\\-dryrun\\fR(1).\n.TP")
    yield "command", command


def snapshot(tree):
    texts = {}
    for folder, folders, names in os.walk(tree.folder):
        if folder == tree.folder and "build" in folders:
            folders.remove("build")
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), tree.folder)
            if not os.path.islink(os.path.join(folder, name)):
                texts[path] = tree.read(path)
    return texts


def touched(before, after):
    """New source files, lines added or changed in sources that were there, and files of manual pages touched."""
    files, lines, pages = [], [], []
    for path in sorted(set(before) | set(after)):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        if path.startswith("man/"):
            pages.append(path)
        elif old is None:
            files.append(path)
        else:
            difference = difflib.unified_diff(old.decode().split("\n"), (new or b"").decode().split("\n"), n=0, lineterm="")
            lines += [f"{path}: {line[1:].strip()}" for line in difference
                      if line[0] in "+-" and not line.startswith(("+++ ", "--- "))]
    return files, lines, pages


def works(lbctl, faults):
    """Whether what was added does what it is for."""
    with tempfile.TemporaryDirectory() as folder:
        for name, value in (("right", "5"), ("wrong", "10")):
            with open(os.path.join(folder, f"{name}.conf"), "w", encoding="utf-8") as file:
                file.write(CONFIGURATION % value)

        def expect(addition, expected, *arguments):
            run = subprocess.run([lbctl, *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                                 text=True, timeout=60)
            if expected not in run.stdout:
                faults.append(f"{addition}: `lbctl {' '.join(arguments)}' does not print `{expected}', but:\n"
                              f"{run.stdout}{run.stderr}")
            return run.stdout

        expect("keyword", "dry_run_keyword in virtual_server", "explain", "virtual_server/dry_run_keyword")
        expect("keyword", "out-of-range", "lint", "wrong.conf")
        expect("keyword", '"keyword": "dry_run_keyword"', "dump", "right.conf")
        right = expect("rule", "seen by the rule of the dry run [dry-run-rule]", "lint", "right.conf")
        if "dry_run_keyword" in right.replace("    dry_run_keyword 5", ""):
            faults.append(f"keyword: a right line has a finding:\n{right}")
        expect("rule", "A rule of a dry run", "explain", "dry-run-rule")
        expect("findings format", " findings of a dry run", "lint", "--format", "dryrun", "right.conf")
        expect("findings format", "dryrun", "lint", "--help")
        expect("emitter", "1 services of a dry run", "emit", "dryrun", "right.conf")
        expect("command", "run by a dry run", "dryrun")
        expect("command", "dryrun", "completion", "bash")


def check_pages(tree, lbctl, faults):
    """The test of the manual pages over the copy: no page or section for the command is missing."""
    import documents
    documents.MAN = os.path.join(tree.folder, "man")
    told = []
    documents.check_options(lbctl, told)
    faults += [f"command: {fault}" for fault in told if "dryrun" in fault]


def dry_run(folder, cmake_options):
    tree = Tree(folder)
    faults = []
    for name, add in additions(tree):
        before = snapshot(tree)
        add()
        files, lines, pages = touched(before, snapshot(tree))
        counts = (len(files), len(lines), len(pages))
        print(f"{name}: {counts[0]} new files, {counts[1]} lines elsewhere, {counts[2]} manual pages")
        for what in files + lines + pages:
            print(f"    {what}")
        if any(count > limit for count, limit in zip(counts, LIMITS[name])):
            faults.append(f"{name}: more than {LIMITS[name]}")
    build = os.path.join(folder, "build")
    for command in (["cmake", "-G", "Ninja", "-S", folder, "-B", build, "-DLBCTL_TESTS=OFF", *cmake_options],
                    ["cmake", "--build", build, "--target", "lbctl"]):
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if run.returncode != 0:
            sys.exit("\n".join(run.stdout.split("\n")[-60:]) + f"\nadditions.py: `{' '.join(command)}' fails")
    works(os.path.join(build, "lbctl"), faults)
    check_pages(tree, os.path.join(build, "lbctl"), faults)
    for check in ("registries.py", "includes.py"):
        run = subprocess.run([sys.executable, os.path.join(folder, "tests", "architecture", check)],
                             capture_output=True, text=True)
        if run.returncode != 0:
            faults.append(f"{check}: {run.stdout}{run.stderr}")
    for fault in faults:
        print(fault)
    print(f"{len(LIMITS)} additions, {len(faults)} faults")
    return 1 if faults else 0


def main():
    arguments = sys.argv[1:]
    if arguments[:1] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    if arguments[:1] == ["--keep"] and len(arguments) > 1:
        folder = os.path.abspath(arguments[1])
        os.makedirs(folder, exist_ok=True)
        # What is in the folder and not in the repository will be removed.
        if os.listdir(folder) and not os.path.exists(os.path.join(folder, MARK)):
            sys.exit(f"additions.py: {folder} is not empty, and not from an earlier run; name another folder")
        return dry_run(folder, arguments[2:])
    with tempfile.TemporaryDirectory() as folder:
        return dry_run(folder, arguments)


sys.exit(main())
