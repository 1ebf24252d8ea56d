#!/usr/bin/env python3
"""Holds .debian/ against the repository, and looks at what `cmake --install' installs.

usage: metadata.py LBCTL BUILD      BUILD is the folder of a complete build
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAMES = ("ipvsadm", "ipvsadm-save", "ipvsadm-restore")
# Packages of tests/packages that a Debian builder has anyway, or has no use for.
NOT_FOR_BUILDERS = {"g++", "ccache"}


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def section(name):
    return set(re.search(rf"^# {name}\n((?:[^#\n].*\n)+)", read("tests", "packages"), re.MULTILINE).group(1).split())


def metadata_faults():
    faults = []
    version = re.search(r"^project\(lbctl VERSION (\S+)", read("CMakeLists.txt"), re.MULTILINE).group(1)
    changelog = re.match(r"lbctl \((.+?)-\S+\)", read(".debian", "changelog")).group(1)
    if version != changelog:
        faults.append(f".debian/changelog speaks of {changelog}, CMakeLists.txt of {version}")
    fields = read(".debian", "control").split("\n\n", maxsplit=1)[0]
    wanted = set(re.findall(r"^(?:Build-Depends:)?\s+([a-z0-9][\w.+-]+)", fields, re.MULTILINE))
    for package in sorted(section("build") - NOT_FOR_BUILDERS - wanted):
        faults.append(f"tests/packages: {package} is needed to build, and is not in Build-Depends of .debian/control")
    for name in sorted(os.listdir(os.path.join(ROOT, ".debian"))):
        if name.endswith((".postinst", ".prerm", ".postrm", ".preinst")):
            for number, line in enumerate(read(".debian", name).split("\n"), 1):
                if changes_machine(line):
                    faults.append(f".debian/{name}:{number}: a maintainer script that could touch a table: {line}")
    return faults


def changes_machine(line):
    """Whether a line of a maintainer script starts a program that could change a table or start one that does."""
    return re.match(r"\s*(?:exec |! |if |then |else )?(?:\S*/)?"
                    r"(?:lbctl|ipvsadm\S*|keepalived|modprobe|systemctl|service|invoke-rc\.d|ip)\s", line) is not None


def installed(build, prefix):
    """Every file below DESTDIR by its path, with its mode; and DESTDIR itself."""
    folder = tempfile.mkdtemp()
    subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "DESTDIR": folder})
    files = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            files[path[len(folder):]] = os.lstat(path).st_mode
    return folder, files


def installation_faults(lbctl, build):
    faults = []
    folder, files = installed(build, "/usr")
    commands = re.findall(r"^  ([a-z]+)(?:, ([a-z]+))? ", subprocess.run(
        [lbctl, "--help"], capture_output=True, text=True, check=True).stdout, re.MULTILINE)
    commands = [name for names in commands for name in names if name]
    if len(commands) < 20:
        faults.append(f"only {len(commands)} commands in lbctl --help: {commands}")
    wanted = {"/usr/bin/lbctl", "/usr/share/man/man1/lbctl.1", "/usr/share/man/man7/lbctl-rules.7",
              "/usr/share/bash-completion/completions/lbctl", "/usr/share/zsh/vendor-completions/_lbctl",
              "/usr/share/fish/vendor_completions.d/lbctl.fish", "/usr/share/lbctl/configuration.schema.json",
              "/usr/share/doc/lbctl/README.md", "/usr/share/doc/lbctl/examples/lvs-dr/keepalived-master.conf"}
    wanted |= {f"/usr/share/man/man1/lbctl-{command}.1" for command in commands}
    wanted |= {f"/usr/libexec/lbctl/{name}" for name in NAMES}
    for unit in ("lbctl-apply.service", "lbctl-drift.service", "lbctl-drift.timer", "lbctl-watch.service"):
        if not any(path.endswith(f"/lib/systemd/system/{unit}") for path in files):
            faults.append(f"{unit} is not installed")
    if not any(path.endswith("/apparmor.d/lbctl") for path in files):
        faults.append("the AppArmor profile is not installed")
    for path in sorted(wanted - set(files)):
        faults.append(f"{path} is not installed")
    for path, mode in files.items():
        if not os.path.islink(folder + path) and (mode & 0o022 or bool(mode & 0o111) != (path == "/usr/bin/lbctl")):
            faults.append(f"{path} has the mode {mode & 0o7777:o}")
    for name in NAMES:
        target = os.path.realpath(f"{folder}/usr/libexec/lbctl/{name}")
        if target != os.path.realpath(folder + "/usr/bin/lbctl"):
            faults.append(f"{name} leads to {target}")
    # By the other two names it would talk to the kernel of this machine.
    said = subprocess.run([f"{folder}/usr/libexec/lbctl/ipvsadm", "--version"], capture_output=True, text=True)
    if not said.stdout.startswith("ipvsadm v1.31 "):
        faults.append(f"ipvsadm does not act as ipvsadm: {said.stdout[:80]}{said.stderr[:80]}")
    elsewhere, files = installed(build, "/opt/lb")
    units = [path for path in files if path.endswith(".service")]
    for path in units:
        with open(elsewhere + path, encoding="utf-8") as file:
            for line in file:
                if re.match(r"Exec\w+=\S*lbctl ", line) and "=/opt/lb/bin/lbctl " not in line:
                    faults.append(f"{path} of an installation in /opt/lb: {line.strip()}")
    if len(units) < 2:
        faults.append(f"only {units} of an installation in /opt/lb")
    subprocess.run(["rm", "-rf", folder, elsewhere], check=True)
    return faults


def main():
    lbctl, build = sys.argv[1:]
    faults = metadata_faults() + installation_faults(os.path.abspath(lbctl), build)
    for line, expected in (("    /usr/bin/lbctl apply x", True), ("ipvsadm -C", True), ("systemctl start x", True),
                           ("    update-alternatives --remove ipvsadm /usr/libexec/lbctl/ipvsadm", False)):
        if changes_machine(line) != expected:
            faults.append(f"self-test: `{line}' is {'not ' * expected}told")
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
