"""For the lab: the keepalived that tests run beside, and its release.

LBCTL_KEEPALIVED names another one than that of PATH: a build of any release from 2.0 on. Where a release shows less of
itself than later ones, tests know it by KEEPS_COPY.
"""
import os
import re
import subprocess

KEEPALIVED = os.environ.get("LBCTL_KEEPALIVED", "keepalived")


def version_text():
    run = subprocess.run([KEEPALIVED, "--version"], capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


RELEASE = tuple(int(number) for number in re.search(r"Keepalived v(\d+)\.(\d+)\.(\d+)", version_text()).groups())
HAS_JSON = bool(re.search(r"\bJSON\b", version_text()))
# It keeps what it has read in memory, so that lbctl sees what that is, and when it was read.
KEEPS_COPY = RELEASE >= (2, 2, 0)
# What `lbctl reload' says of it at the end.
HAS_READ = "has read" if KEEPS_COPY else "has been told to read"
