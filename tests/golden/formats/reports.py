"""The formats of lint, and configurations that are hard to tell about; for the tests in this folder and beside it."""
import os
import re
import subprocess

# Controls of terminals and of XML, bytes that are no UTF-8, what formats escape by themselves.
FOREIGN = [b"\x1b[31m", b"\x01\x07\x08\x7f", b"\x9b31m", b"\x90\xff\xc0\x80", "\u0085\u009b31m".encode(), "\u202e".encode(),
           "\ufffe\uffff".encode(), b"\xe2\x80 \xed\xa0\x80", b"%0A::error::x%", b"]]><a b='c' d=\"e\">&amp;</a>",
           b"[a](b) {0} {1}", "\u65e5\u672c\U0001f642".encode()]

CONFIGURATION = b"""# about X
include none-X.conf
$A=aXb
global_defs {
  router_idX one
  vrrp_version X
}
virtual_server 10.0.0.1 X {
  lb_algo rX
  lb_kind NATT
  X
}
vrrp_instance VX {
  interface eX
  X auth_pass
  blockX {
    unknown
  }
}
X {
"""


def formats(lbctl):
    """The names of all formats, as --help has them."""
    text = subprocess.run([lbctl, "lint", "--help"], capture_output=True, check=True).stdout.decode()
    return re.search(r"--format\s+([a-z|]+)", text).group(1).split("|")


def reports(lbctl, folder, *arguments, of=None, into=None):
    """What lint tells in every format, by the format's name, and its exit status."""
    names = of or formats(lbctl)
    outputs = [os.path.join(into or folder, f"report.{name}") for name in names]
    options = [word for name, path in zip(names, outputs) for word in ("--output", f"{name}={path}")]
    run = subprocess.run([lbctl, "lint", "--quiet", *options, *arguments], cwd=folder, stdin=subprocess.DEVNULL,
                         capture_output=True, timeout=60, check=False)
    told = {}
    for name, path in zip(names, outputs):
        if os.path.exists(path):
            with open(path, "rb") as file:
                told[name] = file.read()
            os.unlink(path)
    return told, run
