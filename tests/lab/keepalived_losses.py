#!/usr/bin/env python3
"""In the lab: what `lbctl reload' says and refuses where a reload would lose services, instances, addresses, or keepalived
itself; and that it loses nothing of the user's files.

usage: keepalived_losses.py LBCTL      run by tests/lab/run
"""
import os
import sys
import time

from keepalived_program import HAS_READ, KEEPS_COPY, RELEASE
from one_keepalived import Keepalived, call, connect_eth0, fail, lbctl, read, soon, table, verdict, write

FOLDER = "/run/losses"
FILE = os.path.join(FOLDER, "keepalived.conf")
FRESH = "/run/fresh/fresh.conf"


def service(port, weight=1, more=""):
    return (f"virtual_server 10.0.0.1 {port} {{\ndelay_loop 3\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n"
            f"real_server 10.0.1.1 80 {{\nweight {weight}\n{more}}}\n}}\n")


def instance(name="VI_1", interface="eth0", vrid=51, more="", addresses="10.0.0.1/24\n10.0.0.2/24\n"):
    return (f"vrrp_instance {name} {{\nstate MASTER\ninterface {interface}\nvirtual_router_id {vrid}\npriority 150\n"
            f"advert_int 1\n{more}virtual_ipaddress {{\n{addresses}}}\n}}\n")


def whole():
    return "# of the user\n" + instance() + service(80) + service(81)


def has_address(address):
    return f" {address}/" in call("ip", "-4", "-o", "address")[1]


def stays(keepalived, what, before):
    """Nothing of it reached keepalived."""
    time.sleep(0.5)
    if not keepalived.runs():
        fail(f"{what}: keepalived has ended")
    if keepalived.reloads() != before:
        fail(f"{what}: keepalived was told to reload")
    if read(FILE) != whole():
        fail(f"{what}: the file has changed")
    if sorted(os.listdir(FOLDER)) != ["keepalived.conf"]:
        fail(f"{what}: left behind: {os.listdir(FOLDER)}")


def drops_are_said():
    """What a file drops that keepalived runs with is a difference, in the table and besides it."""
    write(FRESH, "# of the user\n" + instance() + service(80))
    dropped = r"- TCP 10\.0\.0\.1:81 [^\n]*not-reloaded"
    lbctl("reload", "--dry-run", FRESH, expected=1, says=dropped, never="left alone")
    lbctl("diff", FRESH, expected=1, says=dropped, never="left alone")
    write(FILE, read(FRESH))
    if KEEPS_COPY:
        lbctl("diff", FILE, expected=1, says=dropped, never="left alone")
        lbctl("status", expected=1, says=r"TCP 10\.0\.0\.1:81 [^\n]*is not in the file", never="neither")
        lbctl("reload", "--dry-run", expected=1, says=dropped)
    else:
        # Whose it is nobody sees then.
        lbctl("diff", FILE, says=r"neither wanted nor made by lbctl, and left alone:\n  TCP 10\.0\.0\.1:81")
    write(FILE, whole())
    lbctl("diff", FILE)
    lbctl("reload", "--dry-run", never="besides")

    def besides(text, *says):
        write(FRESH, text)
        lbctl("reload", "--dry-run", FRESH, expected=1, says=says)

    besides(whole() + instance("VI_2", "eth0", 52, "", "10.0.0.9/24\n"), r"\+ vrrp_instance VI_2 \(10\.0\.0\.9/24\)")
    besides(whole().replace("10.0.0.2/24\n", ""), r"~ vrrp_instance VI_1: - virtual_ipaddress 10\.0\.0\.2/24")
    besides(whole().replace("priority 150", "priority 90"), r"~ vrrp_instance VI_1: priority 150 (->|→) 90\n")
    besides(whole().replace("router_id 51", "router_id 52"), r"virtual_router_id 51 (->|→) 52", "VI_1: another one for keepalived")
    besides(whole() + "vrrp_sync_group G {\ngroup {\nVI_1\n}\n}\n", r"\+ vrrp_sync_group G")
    besides("vrrp_script s {\nscript /usr/bin/true\n}\n" + whole(), r"\+ vrrp_script s")
    besides(whole().replace("weight 1\n", "weight 1\nTCP_CHECK {\nconnect_timeout 2\n}\n", 1),
            r"~ virtual_server 10\.0\.0\.1 80: \+ real_server 10\.0\.1\.1 80 TCP_CHECK")
    secret = "authentication {\nauth_type PASS\nauth_pass secret1\n}\n"
    write(FRESH, instance(more=secret) + service(80) + service(81))
    lbctl("reload", "--dry-run", FRESH, expected=1, says="authentication", never="secret1")
    # The same in other words is no difference.
    write(FRESH, "! another comment\n" + whole().replace("priority 150", "  priority   150"))
    lbctl("reload", "--dry-run", FRESH, never="besides")


def losses(keepalived):
    """A file with nothing in it, by whatever way, does not empty the director by mistake."""
    before = keepalived.reloads()
    none = r"no virtual server, and keepalived runs with 2: a reload would remove all of them.*not touched.*--force"
    write(FRESH, "")
    lbctl("reload", FRESH, expected=2, says=none)
    lbctl("reload", FRESH, "--dry-run", expected=2, says=[none, r"- TCP 10\.0\.0\.1:80"])
    lbctl("reload", "/dev/null", expected=2, says="no virtual server")
    lbctl("reload", "-", expected=2, says="standard input has no virtual server")
    write(FRESH, "# nothing but a comment\n")
    lbctl("reload", FRESH, expected=2, says=none)
    write(FRESH, service(80))
    lbctl("reload", FRESH, expected=2, says="no vrrp_instance, and keepalived runs with 1: .*its addresses.*not touched")
    write(FILE, "")
    # Before 2.2.0 the table tells.
    lbctl("reload", expected=2, says=none if KEEPS_COPY else "no virtual server, and there are 2 services in the table of keepalived")
    write(FILE, whole())
    # An include that is there beside FILE, and not where keepalived would look.
    write("/run/fresh/conf.d/a.conf", service(80))
    for pattern in ("conf.d/*.conf", "conf.d/a.conf"):
        write(FRESH, instance() + service(81) + f"include {pattern}\n")
        lbctl("reload", FRESH, expected=2, says="fresh.conf:[0-9]+: an include is missing.*not touched")
    stays(keepalived, "losses", before)


def deaths(keepalived):
    """What keepalived itself refuses does not reach it: it ends of it, and its addresses stay."""
    before = keepalived.reloads()
    write(FRESH, whole().replace("interface eth0", "interface eth9"))
    lbctl("reload", FRESH, expected=2, says=r"keepalived 2[0-9.]* itself refuses .*eth9.*not touched.*--force")
    lbctl("reload", "--dry-run", FRESH, expected=2, says="itself refuses .*eth9")
    # With an include, for which the check needs a file in the folder.
    write(os.path.join("/run/more", "a.conf"), instance("VI_2", "eth9", 52, "", "10.0.0.9/24\n"))
    write(FRESH, whole() + "include ../more/*.conf\n")
    # The first releases do not say in which file.
    lbctl("reload", FRESH, expected=2, says=r"itself refuses .*more/a\.conf.*eth9" if KEEPS_COPY else "itself refuses .*eth9")
    # What it takes for its whole life.
    write(FRESH, "instance other\n" + whole())
    lbctl("reload", FRESH, expected=2, says="another instance than keepalived runs with.*restart keepalived")
    stays(keepalived, "deaths", before)
    # Complaints with which it goes on, and those of what it runs with already, are no reason.
    tracked = whole().replace("advert_int 1", "advert_int 1\ntrack_script {\ns\n}")
    write(FRESH, "vrrp_script s {\nscript /usr/bin/true\n}\n" + tracked)
    lbctl("reload", FRESH, says=HAS_READ)
    lbctl("reload", FRESH, says=HAS_READ)
    # A script that it would not run is one, and none when it has dropped that already. 2.4.3 drops one behind a symbolic
    # link, all of them one that is not there.
    behind_link = "/bin/true" if RELEASE >= (2, 4, 3) else "/usr/bin/none"
    write(FRESH, f"vrrp_script s {{\nscript {behind_link}\n}}\n" + tracked)
    lbctl("reload", FRESH, expected=2, says="would not carry out all of .*Disabling track script s .*not touched.*--force")
    lbctl("reload", "--force", FRESH, says=HAS_READ)
    if KEEPS_COPY:
        lbctl("reload", FRESH, says=HAS_READ)
    write(FRESH, whole())
    lbctl("reload", FRESH, says=HAS_READ)


def groups(keepalived):
    """keepalived takes the last virtual server of a group for the one that goes."""
    def group(*protocols):
        return whole() + "virtual_server_group G {\n10.0.0.3 90\n}\n" + "".join(
            f"virtual_server group G {{\ndelay_loop 3\nlb_algo rr\nlb_kind NAT\nprotocol {protocol}\n"
            "real_server 10.0.1.1 80 {\nweight 1\n}\n}\n" for protocol in protocols)

    write(FRESH, group("TCP", "UDP"))
    lbctl("reload", FRESH, says=HAS_READ)
    write(FRESH, group("UDP"))
    lbctl("reload", FRESH, expected=2, says="virtual servers of the group G in other places.*not touched")
    lbctl("reload", "--force", FRESH, expected=1, says="note: .*group G in other places")
    if "-A -t 10.0.0.3:90" not in table():
        fail("keepalived removes the right one now: there is nothing to refuse")
    write(FILE, group("TCP", "UDP"))
    keepalived.restart()
    soon(lambda: "10.0.0.1:81" in table(), "keepalived does not start again")
    soon(lambda: "-A -u 10.0.0.3:90" in table() and has_address("10.0.0.2"), "the groups do not come")
    write(FRESH, group("TCP"))
    lbctl("reload", FRESH, says="the table is as it wants it")
    write(FRESH, whole())
    lbctl("reload", FRESH, says="the table is as it wants it")


def force(keepalived):
    write(FRESH, "# empty\n")
    lbctl("reload", "--force", FRESH, says=["note: .*no virtual server", HAS_READ])
    soon(lambda: "10.0.0.1" not in table(), "--force does not empty the table")
    write(FRESH, whole())
    lbctl("reload", FRESH, says=HAS_READ)
    soon(lambda: "10.0.0.1:81" in table() and has_address("10.0.0.2"), "it does not come back")
    # A service that goes is waited for.
    write(FRESH, "# of the user\n" + instance() + service(80))
    lbctl("reload", FRESH, says="the table is as it wants it")
    if "10.0.0.1:81" in table():
        fail("lbctl says that the table is as wanted, and the dropped service is there")
    write(FRESH, whole())
    lbctl("reload", FRESH)
    if not keepalived.runs():
        fail("keepalived has ended")


def main():
    connect_eth0()
    write(FILE, whole())
    keepalived = Keepalived(FILE, "/run")
    soon(lambda: "10.0.0.1:81" in table() and has_address("10.0.0.2"), "keepalived does not do its work")
    drops_are_said()
    losses(keepalived)
    deaths(keepalived)
    groups(keepalived)
    force(keepalived)
    keepalived.process.terminate()
    return verdict()


sys.exit(main())
