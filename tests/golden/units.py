#!/usr/bin/env python3
"""Holds the unit of `check --watch' against systemd: it is understood, hardened, and names lbctl where it will lie.

usage: units.py LBCTL BUILD_FOLDER
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

MOST = 2.0  # of systemd-analyze security, from 0 (safe) to 10


def main():
    lbctl, build = sys.argv[1:]
    if not shutil.which("systemd-analyze"):
        print("SKIP: no systemd-analyze")
        sys.exit(77)
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        prefix = os.path.join(folder, "usr")
        subprocess.run(["cmake", "--install", build, "--prefix", prefix, "--component", "lbctl-units"], check=True,
                       stdout=subprocess.DEVNULL)
        unit = os.path.join(prefix, "lib/systemd/system/lbctl-watch.service")
        with open(unit, encoding="utf-8") as file:
            text = file.read()
        if f"ExecStart={prefix}/bin/lbctl check --watch --apply /etc/keepalived/keepalived.conf\n" not in text:
            faults.append("the unit does not start lbctl where it was installed")
        for line in ("Type=notify", "WatchdogSec=", "CapabilityBoundingSet=CAP_NET_ADMIN\n", "ExecReload="):
            if f"\n{line}" not in text:
                faults.append(f"the unit has no {line}")
        os.makedirs(os.path.join(prefix, "bin"), exist_ok=True)
        if not os.path.exists(os.path.join(prefix, "bin/lbctl")):
            os.symlink(os.path.abspath(lbctl), os.path.join(prefix, "bin/lbctl"))
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
        complaints = [line for line in verified.stderr.split("\n") if "lbctl-watch" in line]
        if complaints:
            faults.append("\n".join(complaints))
        security = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", unit],
                                  capture_output=True, text=True)
        found = re.search(r"exposure level for \S+: ([0-9.]+)", security.stdout)
        if not found:
            print(f"SKIP: systemd-analyze says nothing without systemd: {security.stderr}")
            sys.exit(77)
        if float(found[1]) > MOST:
            faults.append(f"the exposure level is {found[1]}, more than {MOST}\n{security.stdout}")
        # The command of the unit is one that lbctl takes.
        command = re.search(r"^ExecStart=(.*)$", text, re.M)[1].split()
        tried = subprocess.run([lbctl, *command[1:-1], "/nonexistent.conf"], capture_output=True, text=True, timeout=20)
        if tried.returncode != 2 or "nonexistent" not in tried.stderr:
            faults.append(f"{command}: {tried.stderr}")
    if faults:
        sys.exit("\n".join(faults))
    print(f"units: ok, exposure level {found[1]}")


if __name__ == "__main__":
    main()
