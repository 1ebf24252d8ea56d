#!/usr/bin/env python3
"""Holds that `lbctl lint --host` finds what keepalived finds missing on the machine, and that all is well otherwise.

usage: host_rules.py LBCTL

Runs in a network namespace of its own that has the interfaces eth0 and eth1, with a folder of scripts. Each case is one line
of a configuration with the rule it draws, and one like it that draws none. Exit status 77 where there can be no such namespace.
"""
import json
import os
import subprocess
import sys
import tempfile

from namespace import run_inside
from verdicts import Verdicts


def instance(lines, interface="eth0", address="10.0.0.1/24"):
    return f"vrrp_instance a {{\ninterface {interface}\nvirtual_router_id 1\nvirtual_ipaddress {{\n{address}\n}}\n{lines}\n}}\n"


def server(lines):
    return "virtual_server 10.0.0.1 80 {\nlvs_sched rr\nlvs_method DR\nprotocol TCP\nreal_server 10.0.0.2 80 {\n" \
           f"{lines}\n}}\n}}\n"


def script(path, more=""):
    return f"vrrp_script s {{\nscript {path}\n{more}\n}}\n" + instance("track_script {\ns\n}")


def cases(folder):
    """Rule, a text that draws it, the word that it is about, and a text that draws none of these rules."""
    good, absent = f"{folder}/good", f"{folder}/absent"
    plain, loose, directory = f"{folder}/plain", f"{folder}/loose", f"{folder}/directory"
    missing, user = "host-interface-missing", "host-user-missing"
    yield missing, instance("", "nosuch0"), "nosuch0", instance("")
    yield missing, instance("", address="10.0.0.1/24 dev nosuch0"), "nosuch0", instance("", address="10.0.0.1/24 dev eth1")
    yield missing, instance("track_interface {\nnosuch0\n}"), "nosuch0", instance("track_interface {\neth1\n}")
    yield missing, instance("virtual_routes {\n10.1.0.0/16 dev nosuch0\n}"), "nosuch0", \
        instance("virtual_routes {\n10.1.0.0/16 dev eth1\n}")
    yield missing, instance("virtual_rules {\nfrom 10.1.0.0/16 iif nosuch0 table 9 preference 9\n}"), "nosuch0", \
        instance("virtual_rules {\nfrom 10.1.0.0/16 iif eth1 table 9 preference 9\n}")
    yield missing, "static_ipaddress {\n10.0.0.1/24 dev nosuch0\n}\n", "nosuch0", "static_ipaddress {\n10.0.0.1/24 dev eth0\n}\n"
    yield missing, "garp_group {\ngarp_interval 1\ninterfaces {\neth0 nosuch0\n}\n}\n", "nosuch0", \
        "garp_group {\ngarp_interval 1\ninterfaces {\neth0 eth1\n}\n}\n"
    yield missing, "interface_up_down_delays {\nnosuch0 1\n}\n", "nosuch0", "interface_up_down_delays {\neth1 1\n}\n"
    yield missing, server("TCP_CHECK {\nbind_if nosuch0\n}"), "nosuch0", server("TCP_CHECK {\nbind_if eth0\n}")
    yield missing, "global_defs {\nlvs_sync_daemon nosuch0\n}\n", "nosuch0", "global_defs {\nlvs_sync_daemon eth0\n}\n"
    yield missing, instance("virtual_routes {\n10.1.0.0/16 dev eth1 vrf nosuch0\n}"), "nosuch0", \
        instance("virtual_routes {\n10.1.0.0/16 dev eth1 vrf eth0\n}")
    for pipe in ("vrrp", "lvs"):
        fifo = f"global_defs {{\n{pipe}_notify_fifo {folder}/fifo\n{pipe}_notify_fifo_script "
        yield "host-script-missing", f"{fifo}{absent}\n}}\n", absent, f"{fifo}{good}\n}}\n"
    yield "host-directory-missing", f"global_defs {{\nnotify_fifo {absent}/fifo\n}}\n", absent, \
        f"global_defs {{\nnotify_fifo {folder}/fifo\n}}\n"
    yield "host-file-missing", f"SSL {{\nca {absent}\n}}\n", absent, f"SSL {{\nca {plain}\n}}\n"
    yield "host-namespace-missing", "net_namespace nosuchnetns\n", "nosuchnetns", "net_namespace_ipvs\n"
    yield "host-name-missing", instance("virtual_rules {\nfrom 10.1.0.0/16 preference 9 table 9 suppress_ifgroup nosuchgroup\n}"), \
        "nosuchgroup", instance("virtual_rules {\nfrom 10.1.0.0/16 preference 9 table 9 suppress_ifgroup default\n}")
    # keepalived makes this one.
    yield missing, instance("use_vmac\ntrack_interface {\nnosuch0\n}"), "nosuch0", \
        instance("use_vmac\ntrack_interface {\nvrrp.1\n}")
    # One that keepalived makes is no missing one.
    yield missing, instance("use_vmac mine0\ntrack_interface {\nnosuch0\n}"), "nosuch0", \
        instance("use_vmac mine0\ntrack_interface {\nmine0\n}")
    yield user, "global_defs {\nscript_user nosuchuser\n}\n", "nosuchuser", "global_defs {\nscript_user root\n}\n"
    yield user, script(good, "user nosuchuser"), "nosuchuser", script(good, "user root")
    yield user, instance(f"notify_master {good} nosuchuser"), "nosuchuser", instance(f"notify_master {good} root")
    yield user, server(f"MISC_CHECK {{\nmisc_path {good}\nuser nosuchuser\n}}"), "nosuchuser", \
        server(f"MISC_CHECK {{\nmisc_path {good}\nuser root\n}}")
    yield "host-group-missing", "global_defs {\nscript_user root nosuchgroup\n}\n", "nosuchgroup", \
        "global_defs {\nscript_user root root\n}\n"
    yield "host-group-missing", instance(f"notify_stop {good} root nosuchgroup"), "nosuchgroup", \
        instance(f"notify_stop {good} root root")
    for bad in (absent, plain, directory):
        yield "host-script-missing", script(bad), bad, script(good)
        yield "host-script-missing", script(f'"{bad} -v"'), bad, script(f'"{good} -v"')
        yield "host-script-missing", instance(f"notify {bad}"), bad, instance(f"notify {good}")
        yield "host-script-missing", server(f"MISC_CHECK {{\nmisc_path {bad}\n}}"), bad, \
            server(f"MISC_CHECK {{\nmisc_path {good}\n}}")
        yield "host-script-missing", server(f"notify_up {bad}"), bad, server(f"notify_up {good}")
        yield "host-script-missing", f"global_defs {{\nstartup_script {bad}\n}}\n", bad, f"global_defs {{\nstartup_script {good}\n}}\n"
    # The path is the first word of the command, by the quoting that commands have.
    yield "host-script-missing", script(f"\"'{absent} one' -v\""), absent, script(f"\"'{good} one' -v\"")
    yield "host-script-missing", script(f'"{absent}\\ one -v"'), absent, script(f'"{good}\\ one -v"')
    if os.geteuid() == 0:
        yield "host-script-writable", script(loose), loose, script(good)
    table = "host-table-missing"
    yield table, instance("virtual_routes {\n10.1.0.0/16 dev eth1 table nosuchtable\n}"), "nosuchtable", \
        instance("virtual_routes {\n10.1.0.0/16 dev eth1 table main\n}")
    yield table, instance("virtual_rules {\nfrom 10.1.0.0/16 preference 9 lookup 1s\n}"), "1s", \
        instance("virtual_rules {\nfrom 10.1.0.0/16 preference 9 lookup 0x10\n}")
    yield "host-cpu-missing", "global_defs {\nvrrp_cpu_affinity 0 1000\n}\n", "1000", "global_defs {\nvrrp_cpu_affinity 0\n}\n"
    peers = "unicast_peer {\n192.0.2.2\n}"
    yield "host-source-missing", instance(f"unicast_src_ip 192.0.2.9\n{peers}"), "192.0.2.9", \
        instance(f"unicast_src_ip 192.0.2.1\n{peers}")
    yield "host-ipv6-disabled", instance("", "eth1", "2001:db8::1"), "2001:db8::1", instance("", "eth0", "2001:db8::1")
    yield "host-ipv6-disabled", instance("", address="2001:db8::1 dev eth1"), "2001:db8::1", instance("", "eth1", "10.0.0.1 dev eth1")
    # The machine made for this forwards IPv6 only.
    by_nat = server("").replace("lvs_method DR", "lvs_method NAT")
    yield "host-forwarding-off", by_nat, "NAT", by_nat.replace("10.0.0.", "2001:db8::")
    yield "host-forwarding-off", server("lvs_method NAT"), "NAT", server("lvs_method TUN")
    yield "host-directory-missing", f"track_file f {{\nfile {absent}/value\n}}\n", absent, \
        f"track_file f {{\nfile {folder}/value\n}}\n"


def findings(lbctl, text, *options):
    run = subprocess.run([lbctl, "lint", "--format", "json", *options, "-"], input=text.encode(), capture_output=True, timeout=20)
    return [each for each in json.loads(run.stdout)["findings"] if each["rule"].startswith("host-")]


def main():
    run_inside("set -e\nip link add eth0 type veth peer name eth1\nip address add 192.0.2.1/24 dev eth0\n"
               "echo 1 >/proc/sys/net/ipv6/conf/eth1/disable_ipv6\necho 0 >/proc/sys/net/ipv4/ip_forward\n"
               "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding")
    lbctl = os.path.abspath(sys.argv[1])
    verdicts = Verdicts()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        os.mkdir(f"{folder}/directory")
        for name, mode in (("good", 0o755), ("good one", 0o755), ("plain", 0o644), ("loose", 0o777)):
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\n")
            os.chmod(f"{folder}/{name}", mode)
        for rule, fires, about, silent in cases(folder):
            line = next(number for number, each in enumerate(fires.split("\n"), 1) if about in each)
            faults = []
            found = [(each["rule"], each["line"]) for each in findings(lbctl, fires, "--host")]
            if found != [(rule, line)]:
                faults.append(f"finds {found}, not {rule} on line {line}, in:\n{fires}")
            for text, options in ((silent, ["--host"]), (fires, [])):
                found = findings(lbctl, text, *options)
                if found:
                    faults.append(f"finds {found[0]['rule']} on line {found[0]['line']}{' without --host' if not options else ''}, in:\n{text}")
            verdicts.add(rule, faults)
    return verdicts.finish()


sys.exit(main())
