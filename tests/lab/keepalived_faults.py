#!/usr/bin/env python3
"""In the lab: what commands say beside a keepalived when something is not as it should be: two keepaliveds for one table, files
of lbctl that are damaged or closed, a process that may not be looked at, names with bytes that move a terminal.

usage: keepalived_faults.py LBCTL      run by tests/lab/run
"""
import json
import os
import re
import subprocess
import sys

from director import FOLDER, Director, call, play, server, service, wait_for
from keepalived_program import KEEPALIVED, KEEPS_COPY

failures = []
BLIND = ("setpriv", "--bounding-set=-all,+net_admin", "--inh-caps=-all", "--")


def run(it, *command):
    return call("ip", "netns", "exec", it.name, *command)


def second(it, name, configuration, *options):
    """Another keepalived in the namespace of that director."""
    file = os.path.join(it.folder, name + ".conf")
    it.write(configuration, name + ".conf")
    pids = [word for letter in "prc" for word in ("-" + letter, os.path.join(it.folder, f"{name}.{letter}.pid"))]
    with open(os.path.join(it.folder, name + ".log"), "w", encoding="utf-8") as log:
        process = subprocess.Popen(["ip", "netns", "exec", it.name, KEEPALIVED, "-nlD", "-f", file, *pids, *options],
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    wait_for(lambda: has_read(process))
    return process, file


def has_read(process):
    """Whether it has read its configuration, and lives."""
    assert process.poll() is None, "a keepalived has ended at its start"
    if not KEEPS_COPY:
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="utf-8") as file:
            return file.read() != ""
    folder = f"/proc/{process.pid}/fd"
    for name in os.listdir(folder):
        try:
            if "memfd:" in os.readlink(os.path.join(folder, name)):
                return True
        except FileNotFoundError:
            pass
    return False


def end(process):
    process.terminate()
    process.wait()


def two_keepaliveds(it):
    other, file = second(it, "other", it.read())
    both = (rf"2 keepaliveds write this table: process {it.daemon.pid} \({it.file}\) and process {other.pid} \({file}\); both "
            r"have TCP 10.0.0.1:80, and each undoes what the other does: stop one of them; lbctl goes by process "
            rf"{it.daemon.pid}$")
    said = it.lbctl("status", expected=1)
    told = re.sub(r"\s+", " ", said)
    assert re.search(both.rstrip("$"), told), told
    for line in said.split("\n"):
        assert len(line) <= 80, line
    _, out, _ = run(it, it.lbctl_program, "status", "--format", "json")
    others = json.loads(out)["keepalived"]["others"]
    assert [(each["process"], each["shared"]) for each in others] == [(other.pid, ["TCP 10.0.0.1:80"])], others
    it.lbctl("diff", it.file, says="lbctl: note: " + both)
    it.lbctl("apply", it.file, "--force", says="lbctl: note: " + both)
    it.lbctl("drain", "10.0.1.3", "-n", expected=1, says="lbctl: note: " + both)
    end(other)
    it.lbctl("apply", it.file, "--force")
    it.lbctl("status")
    # Of another table, of other services, or of none.
    other, _ = second(it, "apart", service("10.0.0.9", server(1)), "-i", "apart")
    it.lbctl("diff", it.file, says=r"2 keepaliveds write this table: .*config-id apart\); they have no service in common; lbctl")
    it.lbctl("status")
    end(other)
    it.lbctl("apply", it.file, "--force")
    vrrp = "vrrp_instance V {\ninterface eth0\nvirtual_router_id 5\npriority 9\nvirtual_ipaddress {\n10.0.0.5\n}\n}\n"
    for options in ((), ("-P",)):
        other, _ = second(it, "vrrp", vrrp, *options)
        for words, expected in ((("status",), 0), (("diff", it.file), 0)):
            assert "2 keepaliveds" not in it.lbctl(*words, expected=expected), words
        end(other)
    call("ip", "netns", "add", "elsewhere")
    call("ip", "-n", "elsewhere", "link", "set", "lo", "up")
    elsewhere = Director(it.lbctl_program, "elsewhere", service("10.0.0.1", server(1, 9001)), (9001,))
    wait_for(lambda: "10.0.1.1:80" in elsewhere.ipvsadm("-Sn"))
    assert "2 keepaliveds" not in re.sub(r"\s+", " ", it.lbctl("status"))
    assert elsewhere.daemon.poll() is None
    elsewhere.daemon.terminate()


def memory_file(it, name):
    _, inode, _ = run(it, "readlink", "/proc/self/ns/net")
    return f"/run/lbctl/net-{re.sub('[^0-9]', '', inode)}.{name}.json"


READERS = (("status",), ("diff",), ("why", "10.0.1.3"), ("reload", "-n"), ("list",))


def damaged_memory(it):
    it.lbctl("drain", "10.0.1.3")
    path = memory_file(it, "drained")
    with open(path, encoding="utf-8") as file:
        good = file.read()

    def note(text):
        for words in READERS:
            words = words if words != ("diff",) else ("diff", it.file)
            status, out, err = run(it, it.lbctl_program, *words)
            if status == 2 or "lbctl: note: cannot tell which servers are drained: " not in err or text not in err or not out:
                failures.append(f"{words} with drained.json {text}: exit {status}: {out}{err}")
            if err.count("cannot tell which servers") != 1:
                failures.append(f"{words} says it more than once: {err}")
        # Who changes the table, or has nothing else to show, does nothing.
        for words in (("drain", "10.0.1.1"), ("enable", "10.0.1.3"), ("drained",)):
            it.lbctl(*words, expected=2, says=re.escape(text))

    for text, what in (("garbage", "is damaged"), ("", "is damaged"), ("[" * 100000, "is damaged"),
                       ('{"schema": "lbctl-drained/7", "weights": {}}', "is of another release")):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        note(what)
    with open(path, "w", encoding="utf-8") as file:
        file.write(good)
    # Root is told whose it is, and not to become root.
    for change, back, what in ((("chown", "65534", path), ("chown", "0", path), "belongs to the user with number 65534"),
                               (("chmod", "666", path), ("chmod", "600", path), "others may write it (mode 0666)"),
                               (("chown", "65534", "/run/lbctl"), ("chown", "0", "/run/lbctl"), "/run/lbctl is not to be trusted: "
                                "it belongs to the user with number 65534")):
        call(*change)
        note(what)
        _, _, err = run(it, it.lbctl_program, "list")
        assert "run it as root" not in err, err
        call(*back)
    owned = memory_file(it, "owned")
    with open(owned, "w", encoding="utf-8") as file:
        file.write("garbage")
    for words in (("status",), ("diff", it.file), ("reload", "-n")):
        status, out, err = run(it, it.lbctl_program, *words)
        if status == 2 or "cannot tell which services lbctl made: " not in err:
            failures.append(f"{words} with a damaged owned.json: exit {status}: {out}{err}")
    os.remove(owned)
    for name, what in (("pending", "an apply waits"), ("reload", "a reload waits"), ("begun", "the last change was completed")):
        path = memory_file(it, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("garbage")
        for words in READERS:
            status, out, err = run(it, it.lbctl_program, *(words if words != ("diff",) else ("diff", it.file)))
            if status == 2 or f"note: cannot tell whether {what}: " not in err or "look at it, and remove it" not in err or not out:
                failures.append(f"{words} with a damaged {name}.json: exit {status}: {out}{err}")
        os.remove(path)
    it.lbctl("enable", "10.0.1.3")


def closed_folder(it):
    """A folder on a file system that is read-only, and root without the right to pass over modes."""
    call("mount", "-t", "tmpfs", "-o", "mode=700", "none", "/run/lbctl")
    call("mount", "-o", "remount,ro", "/run/lbctl")
    said = it.lbctl("drain", "10.0.1.3", expected=2)
    assert "ead-only file system" in said and "run it as root" not in said, said
    call("umount", "/run/lbctl")
    os.chmod("/run/lbctl", 0)
    status, _, err = run(it, *BLIND, it.lbctl_program, "drained")
    assert status == 2 and "run it as root" not in err and "belongs to user 0 and group 0 with mode 0000" in err, err
    os.chmod("/run/lbctl", 0o700)
    status, _, err = run(it, "setpriv", "--reuid", "65534", "--clear-groups", "--inh-caps=+net_admin", "--ambient-caps=+net_admin",
                         "--", it.lbctl_program, "drained")
    assert status == 2 and ("run it as root" in err or "belongs to the user with number 0" in err), (status, err)


def not_looked_at(it):
    status, out, err = run(it, *BLIND, it.lbctl_program, "status", it.file)
    assert status == 2 and re.search(r"keepalived +could not be looked at", out) and "CAP_SYS_PTRACE" in out, (status, out, err)
    assert "TCP 10.0.0.1:80" in out, out
    status, out, _ = run(it, *BLIND, it.lbctl_program, "status", it.file, "--format", "json")
    found = json.loads(out)
    assert status == 2 and not found["well"] and "CAP_SYS_PTRACE" in found["hidden"], out
    _, out, _ = run(it, it.lbctl_program, "status", "--format", "json")
    assert json.loads(out)["hidden"] is None, out


def frozen(it):
    """To /proc a frozen process sleeps."""
    call("mount", "-t", "cgroup2", "none", "/sys/fs/cgroup")
    os.mkdir("/sys/fs/cgroup/unit")

    def put(name, text):
        with open(os.path.join("/sys/fs/cgroup/unit", name), "w", encoding="utf-8") as file:
            file.write(text)

    def freeze(value):
        put("cgroup.freeze", value)
        wait_for(lambda: f"frozen {value}" in call("cat", "/sys/fs/cgroup/unit/cgroup.events")[1])

    put("cgroup.procs", str(it.daemon.pid))
    freeze("1")
    try:
        it.lbctl("status", expected=1, says=rf"process {it.daemon.pid} is frozen .cgroup.freeze.(.|\n)*systemctl\s+thaw")
        it.lbctl("reload", expected=2, says="would not read its configuration: process")
    finally:
        freeze("0")
    it.lbctl("status")


def dry_runs(it):
    it.close(9001)
    wait_for(lambda: "10.0.1.1:80" not in it.ipvsadm("-Ln"))
    leaves = "does not look at it again; apply leaves what it holds down as it is: it runs"
    said = it.lbctl("apply", it.file, "--force", "-n", says=leaves)
    assert "would get traffic" not in said, said
    it.lbctl("apply", it.file, "-n", says=leaves.replace("again;", "again, so that apply needs --force;"))
    it.lbctl("apply", it.file, "--force", "--no-keep-failed", "-n", expected=1, says="servers that it holds down would get traffic")
    it.open(9001)
    wait_for(lambda: "10.0.1.1:80" in it.ipvsadm("-Ln"))


def names(it):
    """A name with an escape is escaped once."""
    for words in (("why", "\x1b[31mx"), ("drain", "\x1b[31mx"), ("connections", "--top", "3", "--by", "\x1b[31mx")):
        status, out, err = run(it, it.lbctl_program, *words)
        assert "\x1b" not in out + err and "\\x1b[31m" in err and "\\\\x1b" not in err, (words, status, out, err)
    it.change("# name", "include more/*.conf\n# name")
    it.write(service("10.0.0.8", server(8)), "more/a\x1b[31m.conf")
    it.lbctl("diff", it.file, expected=1)
    for words in (("status",), ("diff", it.file)):
        status, out, err = run(it, it.lbctl_program, *words)
        assert "\x1b" not in out + err and "\\\\x1b" not in out + err, (words, out, err)
    os.remove(os.path.join(it.folder, "more/a\x1b[31m.conf"))
    it.change("include more/*.conf\n# name", "# name")


def since(it):
    """A drain has a time; of an instance keepalived tells it, and lbctl says nothing else."""
    it.lbctl("drain", "10.0.1.3")
    it.lbctl("status", says=r"drained +10.0.1.3:80.*\n +lbctl drained it by root since 20..-..-.. ..:..; its\s+weight\s+was\s+1")
    _, out, _ = run(it, it.lbctl_program, "status", "--format", "json")
    found = json.loads(out)
    drains = {each["server"]: each["drained"] for each in found["services"][0]["servers"]}
    assert drains["10.0.1.3:80"]["since"] and drains["10.0.1.3:80"]["by"] and drains["10.0.1.2:80"] is None, drains
    assert found["keepalived"]["started"] and found["instances"][0]["since"] is None, found
    _, out, _ = run(it, it.lbctl_program, "status", "--ask", "--format", "json")
    found = json.loads(out)
    instance = found["instances"][0]
    assert (instance["state"], instance["source"]) == ("MASTER", "told"), (instance, found["keepalived"])
    assert re.fullmatch(r"20..-..-..T..:..:..Z", instance["since"] or ""), instance
    it.lbctl("status", "--ask", says=r"since 20..-..-.. ..:..:..; its\s+address\s+is")
    it.lbctl("enable", "10.0.1.3")


def main():
    lbctl = sys.argv[1]
    os.makedirs(FOLDER)
    call("ip", "netns", "add", "faults")
    call("ip", "-n", "faults", "link", "set", "lo", "up")
    call("ip", "-n", "faults", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1")
    call("ip", "-n", "faults", "link", "set", "eth1", "up")
    call("ip", "-n", "faults", "address", "add", "10.0.0.11/24", "dev", "eth0")
    call("ip", "-n", "faults", "link", "set", "eth0", "up")
    vrrp = ("vrrp_instance VI_1 {\nstate MASTER\ninterface eth0\nvirtual_router_id 51\npriority 150\nadvert_int 1\n"
            "virtual_ipaddress {\n10.0.0.1/24\n}\n}\n")
    it = Director(lbctl, "faults", vrrp + service("10.0.0.1", server(1, 9001) + server(2) + server(3)) + "# name\n", (9001,),
                  {"more/none": ""})
    wait_for(lambda: it.told_states()[1:3] == ({"VI_1": "MASTER"}, 0))
    return play(it, (two_keepaliveds, damaged_memory, closed_folder, not_looked_at, frozen, dry_runs, names, since), failures)


sys.exit(main())
