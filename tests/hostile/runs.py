"""Runs of lbctl by the server (server.cpp), and what must hold of each."""
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess

SECONDS = 20            # of the processor, under sanitizers
MILLISECONDS = 120_000  # of the clock: a busy machine is no hang
KIB = 1_500_000         # resident, of which the sanitizers take about two thirds
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=0:exitcode=99:max_allocation_size_mb=2048:allocator_may_return_null=0:"
                    "detect_stack_use_after_return=1:log_path=report:symbolize=0",
    "UBSAN_OPTIONS": "exitcode=99:print_stacktrace=1:log_path=report:symbolize=0",
}
FRAME = re.compile(r"\((/[^()]+)\+(0x[0-9a-f]+)\)")
NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclasses.dataclass
class Run:
    """One run of lbctl: its words, its limits, and what it reads."""
    words: list
    files: dict
    stdin: bytes = b""
    cpu: int = SECONDS
    descriptors: int = 0
    file_bytes: int = 0
    signal: int = 0
    delay: int = 0
    closed: int = 0
    output: str = "file"


@dataclasses.dataclass
class End:
    how: str
    number: int
    milliseconds: int
    kib: int
    out: bytes
    err: bytes


def with_names(report: str) -> str:
    """Addresses of code as functions and lines; no run may start a program that says them."""
    def name(frame):
        said = subprocess.run(["addr2line", "-Cfpse", *frame.groups()], capture_output=True, text=True, check=False).stdout.strip()
        return said or frame.group()
    return FRAME.sub(name, report)


class Server:
    """A process that runs lbctl again and again in a folder of its own."""

    def __init__(self, program: pathlib.Path, folder: pathlib.Path, any_characters: bool = False):
        self.folder = folder
        self.any_characters = any_characters
        folder.chmod(0o777)
        self.process = subprocess.Popen([program], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **SANITIZERS})

    def end_of(self, run: Run) -> End:
        for file in self.folder.iterdir():
            if file.name not in ("out", "err"):
                file.chmod(0o666)
                file.unlink()
        for name, data in {**run.files, "in": run.stdin}.items():
            (self.folder / name).write_bytes(data)
            (self.folder / name).chmod(0o666)
        for name in ("out", "err"):
            if (self.folder / name).exists():
                os.truncate(self.folder / name, 0)
        head = (f"{run.cpu} {MILLISECONDS} {KIB} {run.descriptors} {run.file_bytes} {run.signal} {run.delay} {run.closed} "
                f"{run.output} {len(run.words)}\n")
        self.process.stdin.write(head.encode() + b"".join(b"." + word.hex().encode() + b"\n" for word in run.words))
        self.process.stdin.flush()
        how, number, milliseconds, kib = self.process.stdout.readline().split()
        read = {name: (self.folder / name).read_bytes() if (self.folder / name).exists() else b"" for name in ("out", "err")}
        return End(how.decode(), int(number), int(milliseconds), int(kib), **read)

    def ends_of(self, runs: list) -> list:
        """The ends of plain runs, two or more, that share one copy of the process; empty when not all of them ended well."""
        for i, run in enumerate(runs):
            folder = self.folder / str(i)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            folder.chmod(0o777)
            for name, data in {**run.files, "in": run.stdin}.items():
                (folder / name).write_bytes(data)
                (folder / name).chmod(0o666)
        self.process.stdin.write(f"series {len(runs)}\n".encode())
        for run in runs:
            head = f"{SECONDS * len(runs)} {MILLISECONDS * len(runs)} {KIB} 0 0 0 0 0 file {len(run.words)}\n"
            self.process.stdin.write(head.encode() + b"".join(b"." + word.hex().encode() + b"\n" for word in run.words))
        self.process.stdin.flush()
        how, number, _, _ = self.process.stdout.readline().split()
        if (how, number) != (b"exit", b"0") or any(self.folder.glob("*/report.*")):
            return []
        statuses = (self.folder / "ends").read_text().split()
        return [End("exit", int(status), 0, 0, (self.folder / str(i) / "out").read_bytes(), (self.folder / str(i) / "err").read_bytes())
                for i, status in enumerate(statuses)]

    def clean(self):
        """Takes the folders of a series away."""
        for folder in self.folder.iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)

    def report(self) -> str:
        return "".join(file.read_text(errors="replace") for file in sorted(self.folder.glob("report.*")))

    def left_behind(self, run: Run) -> list:
        known = set(run.files) | {"in", "out", "err"}
        return [file.name for file in self.folder.iterdir() if file.name not in known and not file.name.startswith("report.")]


def faults(run: Run, end: End, server: Server) -> list:
    """What does not hold of a run."""
    found = []
    if report := server.report():
        found.append("a sanitizer reports:\n" + with_names("\n".join(report.splitlines()[:25])))
    if end.how in ("hang", "memory"):
        found.append({"hang": f"no end within {MILLISECONDS // 1000} s", "memory": f"more than {KIB // 1024} MiB"}[end.how])
    elif end.how == "signal":
        expected = {run.signal, 13 if run.output == "pipe" else 0}
        if end.number not in expected:
            found.append(f"ended by signal {end.number}" + (f" after {run.cpu} s" if end.number == 24 else ""))
    else:
        allowed = {0, 1, 2} | ({255} if b"ipvsadm" in run.words[1:2] else set()) | ({128 + run.signal} if run.signal else set())
        if end.number not in allowed and not report:
            found.append(f"exit status {end.number}")
        if end.number == 2 and not end.err.strip() and not run.closed & 4 and not run.file_bytes:
            found.append("exit status 2 without a message")
    if b"internal error" in end.err:
        found.append("an internal error")
    if server.any_characters:
        return found + faults_of_size(run, end, server)
    if bad := NO_TEXT.search(end.err.decode("utf-8", "surrogateescape")):
        found.append(f"a control character in a message: {bad.group()!r}")
    elif re.search("[\udc80-\udcff]", end.err.decode("utf-8", "surrogateescape")):
        found.append("a message that is no UTF-8")
    return found + faults_of_size(run, end, server)


def faults_of_size(run: Run, end: End, server: Server) -> list:
    if not run.file_bytes or end.how != "exit" or end.number == 2 or len(end.out) < run.file_bytes:
        return []
    # Perhaps it is just as long as the limit allows.
    whole = server.end_of(dataclasses.replace(run, file_bytes=0))
    return ["output that was cut off, and no exit status 2"] if len(whole.out) > len(end.out) else []


def faults_of_writing(run: Run, end: End, server: Server) -> list:
    """`fmt -w': the file is as it was, or as fmt prints it; nothing lies beside it."""
    found = [f"left behind: {name}" for name in server.left_behind(run) if ".lbctl-" in name]
    after = (server.folder / "a.conf").read_bytes()
    before = run.files["a.conf"]
    if after != before:
        printed = server.end_of(Run([b"lbctl", b"fmt", b"a.conf"], {"a.conf": before}))
        if printed.out != after:
            found.append("fmt -w left something else than the old or the new file")
    return found


def faults_of_fixing(run: Run, server: Server) -> list:
    """`lint --fix': the file is as it was, or mended; nothing lies beside it; and mending what is mended changes nothing."""
    found = [f"left behind: {name}" for name in server.left_behind(run) if ".lbctl-" in name]
    before, after = run.files["a.conf"], (server.folder / "a.conf").read_bytes()

    def mended(data):
        server.end_of(Run(run.words, {**run.files, "a.conf": data}))
        return (server.folder / "a.conf").read_bytes()

    if after != before and mended(before) != after:
        found.append("lint --fix left something else than the old or the mended file")
    if after != before and mended(after) != after:
        found.append("lint --fix mends what it has mended")
    return found


def faults_of_output(run: Run, end: End, server: Server) -> list:
    """On a full disk, what would have printed something has failed."""
    if end.how != "exit" or end.number == 2:
        return []
    printed = server.end_of(dataclasses.replace(run, output="file", closed=0))
    return ["nothing could be written, and no exit status 2"] if printed.out else []


def check(run: Run, server: Server) -> tuple:
    end = server.end_of(run)
    found = faults(run, end, server)
    if run.words[1:3] == [b"fmt", b"-w"]:
        found += faults_of_writing(run, end, server)
    if run.words[1:3] == [b"lint", b"--fix"] and "a.conf" in run.files:
        found += faults_of_fixing(run, server)
    if run.output == "full" and not found:
        found += faults_of_output(run, end, server)
    return found, end


def is_plain(run: Run) -> bool:
    """Whether nothing outside its folder tells it from others, and what it leaves there need not be looked at."""
    changed = (run.cpu, run.descriptors, run.file_bytes, run.signal, run.delay, run.closed, run.output)
    return changed == (SECONDS, 0, 0, 0, 0, 0, "file") and run.words[1:3] != [b"fmt", b"-w"]


def check_series(runs: list, server: Server) -> list:
    """What does not hold of each of some plain runs. Where anything is wrong, each is made again alone: that has the last word."""
    if len(runs) == 1:  # the last of many: no series for the server
        return [check(runs[0], server)[0]]
    ends = server.ends_of(runs)
    server.clean()
    found = [faults(run, end, server) for run, end in zip(runs, ends)]
    if len(found) == len(runs) and not any(found):
        return found
    alone = [check(run, server)[0] for run in runs]
    if not any(alone):
        alone[-1] = [f"{len(runs)} runs one after the other in one process end badly ({[end.number for end in ends]}), each alone does not"]
    return alone


def shown(run: Run) -> str:
    words = " ".join(repr(word.decode("utf-8", "backslashreplace")) if not re.fullmatch(rb"[\w./=:,-]+", word) else word.decode()
                     for word in run.words)
    limits = {"descriptors": run.descriptors, "file_bytes": run.file_bytes, "signal": run.signal, "closed": run.closed}
    return words[:400] + "".join(f", {name} {value}" for name, value in limits.items() if value) + (
        f", output {run.output}" if run.output != "file" else "")
