"""What the checks of the code as a whole share: the command line, the end, and folders of a few files to try a check on."""
import contextlib
import os
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@contextlib.contextmanager
def folder_of(files):
    """A folder with these files, text by path; it is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                file.write(text)
        yield folder


def is_told_alone(expected, faults):
    """Whether the only fault is the expected one; where none is expected, whether there is none."""
    good = len(faults) == bool(expected) and all(expected in fault for fault in faults)
    if not good:
        print(f"self-test: `{expected}' expected, {faults} told")
    return good


def run(documentation, faults_in, self_test, what, least):
    """Does what the command line asks for; the exit status. `faults_in' gives of a folder how much of `what' it looked at, of
    which there are at least `least' here, and the faults; `self_test' how many kinds of fault were not found."""
    if len(sys.argv) > 2:
        sys.exit(documentation.split("\n\n")[1])
    if sys.argv[1:] == ["--self-test"]:
        return 1 if self_test() else 0
    count, faults = faults_in(sys.argv[1] if len(sys.argv) == 2 else ROOT)
    for fault in faults:
        print(fault)
    missed = self_test()
    print(f"{count} {what} looked at, {len(faults)} faults")
    return 1 if faults or missed or count < least else 0
