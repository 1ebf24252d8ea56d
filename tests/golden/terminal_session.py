"""A pseudo terminal for tests of screens: what is shown on it, what is typed, and how it is left."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unicodedata

LEAVE = "\x1b[?1049l"
ENTER = "\x1b[?1049h"


class Terminal:
    """A terminal that knows what lbctl sends: the cursor to the top, erasing, colours, the second buffer."""

    def __init__(self, rows, columns):
        self.rows, self.columns, self.text, self.raw = rows, columns, [[" "] * columns for _ in range(rows)], ""
        self.row = self.column = 0
        self.left = ""
        self.faults = []

    def feed(self, data):
        self.raw += data
        data = self.left + data
        at = 0
        while at < len(data):
            if data[at] == "\x1b":
                found = re.match(r"\x1b\[([?0-9;]*)([A-Za-z])", data[at:])
                if not found:
                    break
                self.control(found[1], found[2])
                at += found.end()
                continue
            self.put(data[at])
            at += 1
        self.left = data[at:]

    def control(self, argument, letter):
        if letter == "H":
            self.row = self.column = 0
        elif letter == "K":
            # After the last column the cursor is still on it.
            column = min(self.column, self.columns - 1)
            self.text[self.row][column:] = [" "] * (self.columns - column)
        elif letter == "J":
            if argument == "2":
                self.text = [[" "] * self.columns for _ in range(self.rows)]
                return
            self.control("", "K")
            for row in range(self.row + 1, self.rows):
                self.text[row] = [" "] * self.columns
        elif letter not in "mhl":
            self.faults.append(f"unknown sequence {argument}{letter}")

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            if self.row + 1 >= self.rows:
                self.faults.append("the screen scrolls")
            self.row = min(self.row + 1, self.rows - 1)
        elif self.column >= self.columns:
            self.faults.append(f"a line is too long: {''.join(self.text[self.row])}")
        else:
            self.text[self.row][self.column] = character
            self.column += 2 if unicodedata.east_asian_width(character) in "WF" else 1

    def screen(self):
        return "\n".join("".join(row).rstrip() for row in self.text)


class Session:
    """A command that has a terminal for its own."""

    def __init__(self, words, rows=24, columns=80, environment=()):
        self.near, self.far = pty.openpty()
        self.resize(rows, columns, None)
        self.before = termios.tcgetattr(self.far)
        variables = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **dict(environment)}
        variables.pop("NOTIFY_SOCKET", None)
        self.process = subprocess.Popen(words, stdin=self.far, stdout=self.far, stderr=self.far, env=variables,
                                        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def resize(self, rows, columns, process):
        fcntl.ioctl(self.far, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.terminal = Terminal(rows, columns)
        if process:
            process.send_signal(signal.SIGWINCH)

    def read(self, seconds=0.1):
        """What comes until nothing does for a moment: a screen is drawn at once, and may be read in pieces."""
        end = time.monotonic() + 1
        while select.select([self.near], [], [], seconds)[0] and time.monotonic() < end:
            self.terminal.feed(os.read(self.near, 65536).decode(errors="replace"))
            seconds = 0.03

    def wait(self, what, condition, seconds=15.0):
        end = time.monotonic() + seconds
        while not condition(self.terminal):
            if time.monotonic() > end:
                sys.exit(f"{what} is not shown:\n{self.terminal.screen()}\n{self.terminal.raw[-500:]!r}")
            self.read()

    def drain(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read()

    def wait_until_stopped(self):
        """By SIGSTOP: a SIGCONT that comes before it would be lost."""
        end = time.monotonic() + 10
        while True:
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii", errors="replace") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "T":
                    return
            if time.monotonic() > end:
                sys.exit("the process does not stop")
            self.read()

    def stop_and_go_on(self, shown):
        """The stop key gives the terminal back; after SIGCONT the screen comes again, and then holds what is `shown`."""
        self.type("\x1a")
        self.wait("the terminal given back", lambda t: LEAVE in t.raw)
        self.wait_until_stopped()
        self.restored("SIGTSTP")
        self.terminal.raw = ""
        self.process.send_signal(signal.SIGCONT)
        self.wait("the screen again", lambda t: ENTER in t.raw and shown(t))

    def type(self, keys):
        os.write(self.near, keys.encode())

    def end(self, what, status=None):
        end = time.monotonic() + 10
        while self.process.poll() is None and time.monotonic() < end:
            self.read()
        self.read()
        if self.process.poll() is None:
            self.process.kill()
            sys.exit(f"it goes on after {what}")
        if status is not None and self.process.returncode != status:
            sys.exit(f"exit status {self.process.returncode} after {what}")
        self.restored(what)
        for descriptor in (self.near, self.far):
            os.close(descriptor)

    def restored(self, what):
        raw = self.terminal.raw
        if raw.rfind(LEAVE) < raw.rfind(ENTER) or raw.rfind("\x1b[?25h") < raw.rfind("\x1b[?25l"):
            sys.exit(f"after {what} the terminal is not as it was: {raw[-300:]!r}")
        if termios.tcgetattr(self.far) != self.before:
            sys.exit(f"after {what} the terminal's settings are not as they were")
