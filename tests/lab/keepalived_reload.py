#!/usr/bin/env python3
"""In the lab: `lbctl reload' beside a keepalived: what is refused, what is waited for, how it is taken back, and what is
left when lbctl is killed at any moment.

usage: keepalived_reload.py LBCTL [KILLS]      run by tests/lab/run
"""
import os
import random
import re
import signal
import subprocess
import sys
import time

from keepalived_program import HAS_READ, KEEPS_COPY, RELEASE
from one_keepalived import Keepalived, fail, lbctl, read, soon, verdict, write

FOLDER = "/run/reload"
FILE = os.path.join(FOLDER, "keepalived.conf")
FRESH = os.path.join(FOLDER, "fresh.conf")


def configuration(weight):
    return ("virtual_server 10.0.0.1 80 {\ndelay_loop 3\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n"
            f"# a comment\nreal_server 10.0.1.1 80 {{\nweight {weight}\n}}\n}}\n")


def weight():
    run = subprocess.run(["ipvsadm", "-Sn"], capture_output=True, text=True, check=False)
    found = re.search(r"-r 10\.0\.1\.1:80 .*-w (\d+)", run.stdout)
    return int(found.group(1)) if found else None


def refusals(keepalived):
    before = keepalived.reloads()
    write(FRESH, configuration(2).replace("lb_algo", "lb_alg"))
    lbctl("reload", FRESH, expected=2, says="unknown-keyword.*has errors; keepalived was not touched")
    lbctl("reload", FRESH, "--dry-run", expected=2)
    lbctl("reload", os.path.join(FOLDER, "none"), expected=2)
    write(FRESH, configuration(2))
    lbctl("reload", FRESH, "--dry-run", expected=1, says=r"weight 1 (->|→) 2.*not-reloaded")
    if keepalived.reloads() != before or read(FILE) != configuration(1):
        fail("what was refused reached keepalived")


def ways():
    lbctl("reload", FRESH, says=HAS_READ + " /run/reload/keepalived.conf, and the table is as it wants it")
    if (weight(), read(FILE)) != (2, configuration(2)):
        fail("the file did not take its place")
    lbctl("diff", FILE)
    # Confirmed, rolled back by hand, and by the end of the time.
    write(FRESH, configuration(3))
    lbctl("reload", FRESH, "--confirm", "60", says="run `lbctl confirm' within 60 s")
    lbctl("status", says="waits for its confirmation: its time ends in")
    lbctl("weight", "10.0.1.1", "9", "--force", expected=2, says="waits for its confirmation")
    lbctl("confirm", says="confirmed: keepalived goes on with /run/reload/keepalived.conf")
    lbctl("confirm", expected=2, says="no apply waits.*of the last reload, at [^;]*: it was confirmed")
    write(FRESH, configuration(4))
    lbctl("reload", FRESH, "--confirm", "60")
    lbctl("confirm", "--roll-back", says="taken back: .*is as it was before, and keepalived " + ("has read it" if KEEPS_COPY else r"\(process \d+\) has been told to read it"))
    soon(lambda: weight() == 3, "roll back by hand does not come")
    if read(FILE) != configuration(3):
        fail("roll back by hand left another file")
    lbctl("reload", FRESH, "--confirm", "2")
    if weight() != 4:
        fail("the new weight is not there before the end of the time")
    soon(lambda: weight() == 3, "the end of the time does not bring the old weight")
    soon(lambda: read(FILE) == configuration(3), "nor the old file")
    lbctl("diff", FILE)
    if KEEPS_COPY:
        edited_in_place()
    else:
        # There would be nothing to go back to.
        lbctl("reload", "--confirm", "60", expected=2, says="what keepalived has read before cannot be seen.*give the new one as FILE")
    # Somebody changes the file while the reload waits.
    write(FRESH, configuration(6))
    lbctl("reload", FRESH, "--confirm", "60")
    write(FILE, configuration(7))
    lbctl("confirm", "--roll-back", expected=2, says="was changed by somebody else since, and stays as it is")
    if read(FILE) != configuration(7):
        fail("another's file was overwritten")
    lbctl("confirm", expected=2, says="of the last reload, at [^;]*was changed by somebody else since, and stays as it is")
    lbctl("reload")


def copies():
    return {name: read(os.path.join(FOLDER, name)) for name in os.listdir(FOLDER) if ".lbctl-edited" in name}


def forget():
    """lbctl does not know the files that keepalived has read."""
    for name in os.listdir("/run/lbctl"):
        if name.endswith(".configuration.json"):
            os.remove(os.path.join("/run/lbctl", name))


def edited_in_place():
    """What comes back is what keepalived had read; nothing that somebody wrote is lost."""
    former = read(FILE)
    lbctl("reload", "--confirm", "60")
    lbctl("confirm", "--roll-back", says="taken back")
    if read(FILE) != former or copies():
        fail("a file that was not edited is another one after the roll back, or was copied")
    # lbctl has kept what keepalived had read at its last reload: it comes back byte for byte, with what it includes.
    part = os.path.join(FOLDER, "part.conf")
    write(part, "# of another\n" + configuration(3))
    write(FILE, "# of the user\ninclude part.conf\n")
    lbctl("reload")
    write(part, configuration(5))
    write(FILE, "# edited\ninclude part.conf\n")
    lbctl("reload", "--confirm", "60")
    lbctl("confirm", "--roll-back", says="so is .*part.conf, and what it held is kept in .*/.part.conf.lbctl-edited")
    soon(lambda: weight() == 3, "what keepalived had read does not come back")
    if (read(FILE), read(part)) != ("# of the user\ninclude part.conf\n", "# of another\n" + configuration(3)):
        fail("the files are not as they were: " + read(FILE) + read(part))
    if copies() != {"keepalived.conf.lbctl-edited": "# edited\ninclude part.conf\n",
                    ".part.conf.lbctl-edited": configuration(5)}:
        fail(f"what was edited is not kept: {copies()}")
    os.remove(part)
    for name in copies():
        os.remove(os.path.join(FOLDER, name))
    write(FILE, former)
    lbctl("reload")
    # It does not have it: there is what keepalived has in memory.
    forget()
    write(FILE, configuration(5))
    lbctl("reload", "--confirm", "60")
    lbctl("confirm", "--roll-back", says="as one file without comments; what it held is kept in .*keepalived.conf.lbctl-edited")
    soon(lambda: weight() == 3, "what keepalived had read does not come back")
    if copies() != {"keepalived.conf.lbctl-edited": configuration(5)}:
        fail(f"what was edited is not kept: {copies()}")
    lbctl("diff", FILE)
    # Only what it includes was edited.
    write(part, configuration(3))
    whole = "# of the user\ninclude part.conf\n"
    write(FILE, whole)
    lbctl("reload")
    forget()
    write(part, configuration(5))
    lbctl("reload", "--confirm", "60")
    lbctl("confirm", "--roll-back")
    soon(lambda: weight() == 3, "what was included before does not come back")
    if copies() != {"keepalived.conf.lbctl-edited": configuration(5), "keepalived.conf.lbctl-edited-2": whole}:
        fail(f"the file that includes is not kept: {copies()}")
    if read(part) != configuration(5):
        fail("an included file was changed")
    os.remove(part)
    for name in copies():
        os.remove(os.path.join(FOLDER, name))
    # An edit that keepalived has not read, before another file takes its place.
    write(FILE, configuration(5))
    write(FRESH, configuration(4))
    lbctl("reload", FRESH, "--confirm", "60", says="was never read by keepalived, and is kept in .*lbctl-edited")
    if copies() != {"keepalived.conf.lbctl-edited": configuration(5)}:
        fail("an edit is lost")
    lbctl("confirm", "--roll-back")
    soon(lambda: weight() == 3, "the roll back does not bring what keepalived ran with")
    os.remove(os.path.join(FOLDER, "keepalived.conf.lbctl-edited"))
    write(FILE, former)
    lbctl("reload")


def last_words(keepalived):
    """What reload says at its end, beside a stopped keepalived, and where keepalived's own file is gone."""
    lbctl("drain", "10.0.1.1", "--force")
    lbctl("reload", says="the table is as it wants it, but for 1 drained server")
    lbctl("enable", "10.0.1.1", "--force")
    subprocess.run(["ipvsadm", "-e", "-t", "10.0.0.1:80", "-r", "10.0.1.1:80", "-m", "-w", "77"], check=True)
    said = lbctl("reload", expected=1, says="the table is not as it wants it")
    command = re.search(r"`lbctl (.*?)'", said).group(1).split()
    lbctl(*command)
    lbctl("diff", FILE)
    # It is stopped when its reload is taken back.
    former = weight()
    write(FRESH, configuration(8))
    lbctl("reload", FRESH, "--confirm", "60")
    keepalived.process.send_signal(signal.SIGSTOP)
    lbctl("confirm", "--roll-back", says="keepalived reads it when it goes on .*is stopped")
    keepalived.process.send_signal(signal.SIGCONT)
    soon(lambda: weight() == former, "it does not read the file when it goes on")
    # Its own file is gone.
    text = read(FILE)
    os.remove(FILE)
    for words in (("status",), ("diff", FILE), ("reload",)):
        said = lbctl(*words, expected=2, says="keepalived.conf, the file of keepalived .*cannot be read: .*goes on with what "
                                              "it has read.*" + ("lbctl reload FILE" if KEEPS_COPY else "put the file back"))
        if KEEPS_COPY and f"weight {former}\n" not in read(re.search(r"copied from (/proc/\d+/fd/\d+)", said).group(1)):
            fail("there is no text where it is said to be")
    said = subprocess.run([sys.argv[1], "why", "10.0.1.1"], capture_output=True, text=True, check=False).stderr
    if "cannot be read" not in said:
        fail("why does not say that the file is gone: " + said)
    write(FRESH, configuration(8))
    if KEEPS_COPY:
        lbctl("reload", FRESH, says=HAS_READ)
    else:
        # There would be nothing to go back to.
        lbctl("reload", FRESH, expected=2, says="cannot be read: .*put the file back", never="lbctl reload FILE")
    write(FILE, text)
    lbctl("reload", says=HAS_READ)


def at_once():
    """Two reloads at the same time come one after the other."""
    write(FRESH, configuration(5))
    other = os.path.join(FOLDER, "other.conf")
    write(other, configuration(6))
    runs = [subprocess.Popen([sys.argv[1], "reload", file], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True) for file in (FRESH, other)]
    for run in runs:
        said = run.communicate(timeout=60)[0]
        if run.returncode != 0:
            fail(f"one of two reloads gives {run.returncode}: {said}")
    os.remove(other)
    if read(FILE) != configuration(weight()):
        fail("after two reloads keepalived does not run with its file")


def status_said():
    return subprocess.run([sys.argv[1], "status"], capture_output=True, text=True, check=False).stderr


def kills(keepalived, count):
    """lbctl is killed at any moment of a reload: keepalived runs on with one of the two files, and the next command says what
    became of it."""
    write(FILE, configuration(1))
    lbctl("reload")
    write(FRESH, configuration(2))
    start = time.monotonic()
    lbctl("reload", FRESH)
    length = time.monotonic() - start
    noted = 0
    for number in range(count):
        former = int(re.search(r"weight (\d+)", read(FILE)).group(1))
        fresh = former % 9 + 1
        write(FRESH, configuration(fresh))
        confirms = number % 2 == 1
        words = ["reload", FRESH] + (["--confirm", "60"] if confirms else [])
        process = subprocess.Popen([sys.argv[1], *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(random.uniform(0.0, 1.2) * length)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if not keepalived.runs():
            fail("keepalived has ended")
            return
        if read(FILE) not in (configuration(former), configuration(fresh)):
            fail("the file is neither the former nor the fresh one: " + read(FILE))
        if weight() not in (former, fresh):
            fail(f"the weight is {weight()}, neither {former} nor {fresh}")
        under_way = os.path.exists("/run/lbctl") and any(name.endswith(".reload.json") for name in os.listdir("/run/lbctl"))
        said = status_said()
        for _ in range(2):
            # The process that takes it back may hold the lock of the table in that moment, as a reload that runs does.
            if under_way and "reload of keepalived" not in said:
                time.sleep(0.5)
                said = status_said()
        if under_way != ("reload of keepalived" in said):
            fail(f"killed, {'with' if under_way else 'without'} a record, and status says: {said}")
        if under_way:
            noted += 1
            left = re.search(r"its time ends in (\d+) s", said)
            if confirms and not (left and int(left.group(1)) <= 60):
                fail("status tells a wrong time: " + said)
            kept = number % 3 == 1 and subprocess.run([sys.argv[1], "confirm"], capture_output=True, check=False).returncode == 0
            if kept:
                soon(lambda fresh=fresh: weight() == fresh, "confirm keeps what is not there")
                if read(FILE) != configuration(fresh):
                    fail("confirm keeps another file")
            elif number % 4 < 2 or "waits for its confirmation" in said:
                lbctl("confirm", "--roll-back", says="taken back: ")
                soon(lambda former=former: weight() == former, "the former weight does not come back")
                if read(FILE) != configuration(former):
                    fail("the former file is not back")
            else:
                lbctl("reload", says=HAS_READ)
                if read(FILE) != configuration(fresh):
                    fail("reload does not complete the one that was killed")
        else:
            lbctl("reload")
        if any(name.endswith(".reload.json") for name in os.listdir("/run/lbctl")):
            fail("a reload is under way still")
        if (weight(), "") != (int(re.search(r"weight (\d+)", read(FILE)).group(1)), lbctl("diff", FILE)):
            fail("it is not well afterwards")
    print(f"{count} kills, {noted} with a note")
    if noted == 0:
        fail("no kill came while a reload was under way")


def weight_elsewhere():
    run = subprocess.run(["ip", "netns", "exec", "elsewhere", "ipvsadm", "-Sn"], capture_output=True, text=True, check=False)
    found = re.search(r"-r 10\.0\.1\.1:80 .*-w (\d+)", run.stdout)
    return int(found.group(1)) if found else None


def reload_records():
    return [name for name in os.listdir("/run/lbctl") if name.endswith(".reload.json")]


def killed_under_way(*words):
    """lbctl is killed as soon as it has written down that a reload is under way."""
    process = subprocess.Popen([sys.argv[1], "reload", *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + 20
    while not reload_records() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if not reload_records():
        fail("the reload was not killed while it was under way")


def table_elsewhere():
    """With net_namespace_ipvs what is remembered of a reload goes by the namespace of the table, for every command."""
    subprocess.run(["ip", "netns", "add", "elsewhere"], check=True)
    subprocess.run(["ip", "-n", "elsewhere", "link", "set", "lo", "up"], check=True)

    def text(weight):
        return "# of the user\nnet_namespace_ipvs elsewhere\n" + configuration(weight)

    write(FILE, text(1))
    keepalived = Keepalived(FILE, FOLDER)
    soon(lambda: weight_elsewhere() == 1, "keepalived does not fill its table in another namespace")
    lbctl("reload", says="the table is as it wants it")
    for end in ("complete", "--roll-back", "back to what was before the killed one"):
        former = weight_elsewhere()
        fresh = former + 1
        write(FRESH, text(fresh))
        killed_under_way(FRESH)
        if "a reload of keepalived was killed before its end" not in status_said():
            fail(f"{end}: status does not say that the reload was killed: {status_said()}")
        if end == "complete":
            lbctl("reload", says=HAS_READ)
        elif end == "--roll-back":
            lbctl("confirm", "--roll-back", says="taken back: .*keepalived.conf is as it was before")
            fresh = former
        else:
            lbctl("reload", "--confirm", "60", says="run `lbctl confirm' within 60 s")
            lbctl("status", says="waits for its confirmation")
            lbctl("confirm", "--roll-back", says="taken back: .*keepalived.conf is as it was before")
            fresh = former
        soon(lambda fresh=fresh: weight_elsewhere() == fresh, f"{end}: the weight is {weight_elsewhere()}, not {fresh}")
        if read(FILE) != text(fresh):
            fail(f"{end}: the file is another one: {read(FILE)}")
        if reload_records():
            fail(f"{end}: a reload is under way still")
    # What comes back of an edit in place is the file itself, which lbctl has kept.
    former = weight_elsewhere()
    if KEEPS_COPY:
        lbctl("reload")
        write(FILE, text(former + 1))
        lbctl("reload", "--confirm", "60")
        lbctl("confirm", "--roll-back", says="keepalived.conf.lbctl-edited")
        soon(lambda: weight_elsewhere() == former, "what keepalived had read does not come back")
        if read(FILE) != text(former):
            fail("what comes back is not the file: " + read(FILE))
    # It waits until the time is over, too.
    write(FRESH, text(former + 2))
    lbctl("reload", FRESH, "--confirm", "2")
    soon(lambda: weight_elsewhere() == former, "the end of the time does not bring the old weight")
    write(FRESH, text(former + 3))
    lbctl("reload", FRESH, "--confirm", "60")
    lbctl("confirm", says="confirmed: keepalived goes on with")
    keepalived.process.terminate()
    keepalived.process.wait()


def main():
    os.makedirs(FOLDER)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    write(FILE, configuration(1))
    lbctl("reload", expected=2, says="no keepalived runs here")
    keepalived = Keepalived(FILE, FOLDER)
    soon(lambda: weight() == 1, "keepalived does not fill its table")
    refusals(keepalived)
    ways()
    last_words(keepalived)
    at_once()
    kills(keepalived, int(sys.argv[2]) if len(sys.argv) > 2 else 12)
    keepalived.process.terminate()
    keepalived.process.wait()
    # The release in which net_namespace_ipvs came.
    if RELEASE >= (2, 1, 0):
        table_elsewhere()
    return verdict()


sys.exit(main())
