"""A network namespace for a test, with the interfaces that it needs."""
import os
import subprocess
import sys

INSIDE = "LBCTL_TEST_NAMESPACE"


def run_inside(preparation, *more_namespaces):
    """Runs this script again in a network namespace of its own, and once there, returns.

    `preparation` is what a shell does there first; `more_namespaces` are further options of unshare(1). Ends with status 77
    where there can be no such namespace.
    """
    if INSIDE in os.environ:
        return
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    user = [] if os.geteuid() == 0 else ["-r"]
    enter = ["unshare", *user, "-n", *more_namespaces, "sh", "-c", f'{preparation}\nexec "$@"', "sh"]
    try:
        able = subprocess.run([*enter, "true"], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        able = False
    if not able:
        print("SKIP: no network namespace with interfaces can be made here")
        sys.exit(77)
    os.environ[INSIDE] = "yes"
    os.execvp(enter[0], [*enter, sys.executable, *sys.argv])
