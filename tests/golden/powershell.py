#!/usr/bin/env python3
"""Parses what `lbctl emit real-server-windows' writes with a grammar of PowerShell that others have made, hostile names included.

usage: powershell.py LBCTL BUILD_FOLDER

The grammar (tree-sitter-powershell) is installed by npm into BUILD_FOLDER, once. Exit status 77 where npm cannot do that.
Held as well: every command of the script that asks or changes Windows stands in the table of examples/windows-iis/README.md.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(os.path.dirname(os.path.dirname(HERE)), "examples", "windows-iis", "README.md")
PACKAGES = ["web-tree-sitter@0.25.10", "tree-sitter-powershell@0.26.4"]
NAMES = ["plain.conf", "it's $(New-Item canary) `n \"@{.conf", "a\n'@\nRemove-Item canary\n#>.conf",
         "curly ‘quotes’ ‚and‛ “these”.conf", "a\rRemove-Item\x1b[31m\u202e\u2028.conf"]
CONFIGURATION = """vrrp_instance x'$(Remove-Item)`n {{
 interface eth0
 virtual_router_id 9
 virtual_ipaddress {{
  {vip}
 }}
}}
virtual_server {vip} 80 {{
 protocol TCP
 lb_algo rr
 lb_kind {kind}
 real_server {server} 80 {{
 }}
}}
"""


def parser(build):
    """The folder with the packages, or why there is none."""
    place = os.path.join(build, "tree-sitter-powershell")
    if not all(os.path.isdir(os.path.join(place, "node_modules", package.split("@")[0])) for package in PACKAGES):
        if shutil.which("npm") is None:
            return None, "there is no npm"
        os.makedirs(place, exist_ok=True)
        try:
            run = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", place, *PACKAGES], cwd=place,
                                 stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            return None, "npm does not reach its registry"
        if run.returncode != 0:
            return None, f"npm cannot install {PACKAGES}: {run.stderr.decode(errors='replace').strip()[:200]}"
    return place, ""


def parse(place, paths):
    """What the grammar does not take, as it is told; and whether it looked at all."""
    run = subprocess.run(["node", os.path.join(HERE, "parse_powershell.cjs"), *paths], env={**os.environ, "NODE_PATH": os.path.join(place, "node_modules")},
                         stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    return run.returncode, (run.stdout + run.stderr).decode(errors="replace")


def main():
    lbctl, build = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    place, reason = parser(build)
    if place is None:
        print(f"SKIP: {reason}")
        return 77
    faults, paths = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(NAMES):
            for kind, vip, server in (("DR", "10.0.8.9", "10.0.8.12"), ("DR", "fd00:8::9", "fd00:8::12"), ("NAT", "10.0.8.9", "10.0.8.12")):
                path = os.path.join(folder, name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(CONFIGURATION.format(kind=kind, vip=vip, server=server))
                run = subprocess.run([lbctl, "emit", "real-server-windows", path, "--devcon", f"C:\\{name}"], stdin=subprocess.DEVNULL,
                                     capture_output=True, timeout=60, check=False)
                if run.returncode != 0:
                    faults.append(f"{name!r}, {kind}: exit {run.returncode}: {run.stderr.decode(errors='replace')}")
                    continue
                if re.search(rb"[^\n -~]", run.stdout):
                    faults.append(f"{name!r}, {kind}: there is more than ASCII in the script")
                # No quotation mark of a name ends a string: what is left of the first lines is always the same.
                head = re.sub(r"'(?:[^']|'')*'", "''", "\n".join(line for line in run.stdout.decode().split("\n") if not line.startswith("#")))
                paths.append((os.path.join(folder, f"{number}-{kind}-{len(paths)}.ps1"), (kind, vip), head))
                with open(paths[-1][0], "wb") as file:
                    file.write(run.stdout)
        for _, kind, head in paths:
            plain = next(other for _, same, other in paths if same == kind)
            if head != plain:
                faults.append(f"{kind}: a name is more than a string")
        status, told = parse(place, [path for path, _, _ in paths])
        if status != 0:
            faults.append(told)
        # It can say no.
        with open(os.path.join(folder, "broken.ps1"), "w", encoding="utf-8") as file:
            file.write("if ($a) { 'open\n")
        if parse(place, [os.path.join(folder, "broken.ps1")])[0] != 1:
            faults.append("the grammar takes a script that is broken")
        with open(TABLE, encoding="utf-8") as file:
            table = "".join(line for line in file if line.startswith("|"))
        with open(paths[0][0], encoding="utf-8") as file:
            script = file.read()
        changing = set(re.findall(r"\b(?:Set|New|Remove|Disable)-(?:Net|Dns)\w+", script)) | set(re.findall(r"^    (\w+) = '", script, re.MULTILINE))
        for word in sorted(changing):
            if word not in table:
                faults.append(f"{word} is not in the table of examples/windows-iis/README.md")
    for fault in faults[:20]:
        print(fault[:2000])
    print(f"{len(paths)} scripts, {len(changing)} settings and commands, {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
