#!/usr/bin/env python3
"""In the lab: lbctl under ipvsadm's command line against ipvsadm itself. The same bytes on standard output and the same
exit status, over the tables of the cases, over live and injected connections, and over every kind of mistake.

usage: tests/lab/run --timeout 900 tests/parity/ipvsadm.py LBCTL INJECTOR REDIRECTION SHARED [PART]...

INJECTOR and REDIRECTION are built from tests/lab/inject_connections.cpp and redirect_connections.cpp. The parts are
tables, cases, lines and restore; all of them without a word. A part that compared fewer invocations than it
should is a failure, too: see MINIMUM.
"""
import ctypes
import difflib
import os
import re
import shlex
import signal
import subprocess
import sys
import time

# What each part must have compared at least; together more than 400.
MINIMUM = {"tables": 180, "cases": 500, "lines": 250, "restore": 17}

ATTEMPTS = 6  # seconds and rates move on between two readings
LIMIT = 60  # seconds for one invocation
LONGEST_SAVE = 700  # lines of a case; longer ones take minutes in the lab
NEW_NETWORK = 0x40000000  # CLONE_NEWNET

COLUMNS = [[], ["--stats"], ["--rate"], ["--thresholds"], ["--persistent-conn"], ["--tun-info"]]

HOSTS = """
10.0.0.1 www.example.com
10.0.1.1 real-one.example.com
10.0.0.5 a-very-long-host-name-for-a-service.example.com
10.0.1.5 another-very-long-host-name.of-a-real-server.example.com
fd00::1 www6.example.com
fd00:1::1 real6-one.example.com
172.16.0.0 client.example.com
"""

EVERYTHING = """\
-A -t 255.255.255.254:65535 -s lblcr -p 2678400 -M 255.255.0.0
-a -t 255.255.255.254:65535 -r 223.255.255.254:65535 -m -w 2147483647
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 10 -x 1000 -y 500
-a -t 10.0.0.1:80 -r 10.0.1.2:8080 -m
-A -t 10.0.0.2:443 -s wlc -p 300 -M 255.255.255.0
-a -t 10.0.0.2:443 -r 10.0.1.2:443 -m -w 0
-a -t 10.0.0.2:443 -r 10.0.1.3:443 -m
-A -t 10.0.0.5:8080 -s mh -b mh-port,mh-fallback
-a -t 10.0.0.5:8080 -r 10.0.1.5:8080 -i --tun-type gue --tun-port 5555 --tun-csum
-a -t 10.0.0.5:8080 -r 10.0.1.6:8080 -i --tun-type gre --tun-csum
-a -t 10.0.0.5:8080 -r 10.0.1.7:8080 -i
-A -u 10.0.0.1:53 -s wlc
-a -u 10.0.0.1:53 -r 10.0.1.1:53 -m
-A -u 10.0.0.3:5060 -s rr -p 60 --pe sip -o
-a -u 10.0.0.3:5060 -r 10.0.1.1:5060 -m
-A -u 10.0.0.4:5060 -s rr --pe sip
-A --sctp-service 10.0.0.1:3868 -s rr
-a --sctp-service 10.0.0.1:3868 -r 10.0.1.1:3868
-A -t 10.0.0.9:80 -s sh -b flag-1,flag-2,flag-3
-A -t 10.0.0.10:80 -s sh -b flag-3
-A -t 10.0.0.11:80 -s none
-A -t [fd00::1]:80 -s rr
-a -t [fd00::1]:80 -r [fd00:1::1]:8081 -m
-a -t [fd00::1]:80 -r [fd00:1::2]:8081 -m
-A -t [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -s rr -p
-a -t [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -r [2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65535 -m
-A -t [::ffff:10.0.0.1]:80 -s rr
-A -t [::10.0.0.1]:80 -s rr
-A -t [::]:80 -s rr
-A -f 7 -s rr -p
-a -f 7 -r 10.0.1.1 -g
-a -f 7 -r 10.0.1.2:81 -m
-A -f 7 -6 -s rr
-A -f 8 -6 -s sh -b sh-port -p 10 -M 64
-a -f 8 -6 -r [fd00:1::1]:0 -m
-A -f 4294967295 -s wrr
"""

# Beside the samples of the cases; in the order given, for each finds the table that the ones before it left.
MORE_LINES = r"""
-L -n -w | -Lnx | -Lq | -L --numeric=5 | -L --tcp-service= | -L -n -n | -L -c -c | -D -t 10.0.0.1:80 -p | -A -t :80
-A -t [10.0.0.1]:80 | -A -t 10.0.0.1:80:90 | -A -t 10.0.0.1: -p | -A -t "" | -A -t 1.2.3.4:99999999999999999999
-A -f " 5" | -A -f 5x | -a -f 5 -r 10.0.0.300 | -a -f 5 -r 10.0.0.1:x | -a -f 5 -r 10.0.0.1 -w ""
-a -f 5 -r 10.0.0.1 -x -1 | -a -f 5 -r 10.0.0.1 -y x | -a -f 5 -r 10.0.0.1 --tun-port 0
-a -f 5 -r 10.0.0.1 -i --tun-type gue --tun-port 65536 | -a -f 5 -r 10.0.0.1 -i -i | -E -f 5 -b ""
-E -f 5 -s sh -b sh-port,,sh-fallback | --set 1 2 3 4 | --set -- 1 2 -3 | --start-daemon master --mcast-port 0
--start-daemon master --mcast-ttl 256 | --start-daemon master --sync-maxlen 65508
--start-daemon master --mcast-group ff02::1 | --start-daemon master extra | -L --start-daemon master | -L -h | -v -x
-C extra | -Z -f 77777 | -Z -t 1.2.3.4 | -L -c --timeout --daemon | -L -f 5 -t 1.2.3.4:5 | -S -n -n | -R extra | -S -c
-A -u 1.2.3.4:domain -s rr | -L -n -u 1.2.3.4:domain | -D -u 1.2.3.4:53 | -A -t 1.2.3.4:5 -M
-A -t 1.2.3.4:5 -M 255.255.255.256 | -A -t [fd00::1]:80 -M 64x | -A -t [fd00::77]:80 -M 64 -p | -D -t [fd00::77]:80
- -L | -L - | --list=5 | -A --pe | -L -6 | -L -f 5 -6 -6 | -Sn
"""

# What is given to -R: an input with a mistake changes nothing with lbctl, and half of it with ipvsadm.
GOOD, BAD = "good", "bad"
RESTORES = [
    (GOOD, "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1\n"),
    (GOOD, "ipvsadm -A -t 10.0.0.1:80 -s rr\n\n   \n\t-a  -t 10.0.0.1:80\t-r 10.0.1.1:80 -m\r\n"),
    (BAD, "# comment\n-A -t 10.0.0.1:80 -s rr\n"),
    (BAD, "-A -t 10.0.0.1:80 -s rr # comment\n-A -t 10.0.0.2:80 -s rr\n"),
    (GOOD, "-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.2:80 -s rr\n"),
    (GOOD, "-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.1:80 -s rr\n"),
    (BAD, "-A -t 10.0.0.1:80 -s rr\n-A -t bad:80x -s rr\n"),
    (BAD, "-A -t 10.0.0.1:80 -s rr\n--nosuch\n"),
    (BAD, "-A -t 10.0.0.1:80 -s rr\n-R\n"),
    (GOOD, "-A -t 10.0.0.1:80 -s rr\n-L -n\n-C\n-A -t 10.0.0.2:80 -s rr"),
    (GOOD, "-A -t 10.0.0.1:80 -s rr\n-A -t 10.0.0.1:80 -s rr\n-Ln\n"),
    (GOOD, "-A -t 10.0.0.1:80 -s rr\n-L -t 10.0.0.2:80\n-A -t 10.0.0.3:80\n"),
    (GOOD, "-A -t 10.0.0.1:80 -s rr\n-v\n-A -t 10.0.0.3:80\n"),
    (GOOD, "--add-service --tcp-service 10.0.0.1:80 --scheduler=rr\n-a -t10.0.0.1:80 -r10.0.1.1:80 -mw5\n"),
    (GOOD, ""),
    (GOOD, "\n"),
]


class Run:
    """What one process said and how it ended."""

    def __init__(self, status, out, errors):
        self.status, self.out, self.errors = status, out, errors


class Namespaces:
    """Network namespaces that this process goes into, so that no second program is started to do it."""

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)

    def enter(self, name):
        descriptor = self.home if name is None else os.open("/run/netns/" + name, os.O_RDONLY)
        if self.libc.setns(descriptor, NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "setns " + str(name))
        if name is not None:
            os.close(descriptor)


class Comparison:
    def __init__(self, lbctl, injector, redirection, cases):
        self.lbctl, self.injector, self.redirection, self.cases = lbctl, injector, redirection, cases
        self.namespaces = Namespaces()
        self.work = "/run/comparison"
        os.mkdir(self.work)
        self.environment = dict(os.environ, LC_ALL="C")
        self.extra = {}
        self.compared = self.different = self.other_words = 0

    def call(self, *words, text=None, namespace=None):
        """posix_spawn into files: no copy of this process, no threads and pipes to gather what is written."""
        source, out, errors = (os.path.join(self.work, name) for name in ("in", "out", "err"))
        if text is None:
            source = "/dev/null"
        else:
            with open(source, "wb") as file:
                file.write(text)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, source, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, out, flags, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, errors, flags, 0o600),
        ]
        self.namespaces.enter(namespace)
        try:
            process = os.posix_spawnp(words[0], words, {**self.environment, **self.extra}, file_actions=actions)
        finally:
            if namespace is not None:
                self.namespaces.enter(None)

        def too_long(*_):
            os.kill(process, signal.SIGKILL)

        signal.signal(signal.SIGALRM, too_long)
        signal.alarm(LIMIT)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        signal.alarm(0)
        with open(out, "rb") as file_out, open(errors, "rb") as file_errors:
            return Run(status, file_out.read(), file_errors.read())

    def theirs(self, *words, **how):
        return self.call("ipvsadm", *words, **how)

    def ours(self, *words, **how):
        return self.call(self.lbctl, "ipvsadm", *words, **how)

    def must(self, *words, **how):
        run = self.call(*words, **how)
        if run.status != 0:
            raise RuntimeError(f"{shlex.join(words)}: exit {run.status}: {run.errors.decode(errors='replace')}")
        return run.out

    def report(self, what, theirs, ours):
        self.different += 1
        print(f"DIFFERENT: {what}")
        lines = [side.decode(errors="backslashreplace").splitlines() for side in (theirs, ours)]
        for line in list(difflib.unified_diff(*lines, "ipvsadm", "lbctl", lineterm=""))[:20]:
            print("  " + line)
        sys.stdout.flush()

    def texts(self, what, theirs, ours):
        """One comparison of two texts that are there already."""
        self.compared += 1
        if theirs != ours:
            self.report(what, theirs, ours)
        return theirs == ours

    def pair(self, what, words, own_words):
        """Both programs, until they agree."""
        self.compared += 1
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(0.01 * attempt)
            theirs, ours = self.theirs(*words), self.call(self.lbctl, *own_words)
            if theirs.status == ours.status and theirs.out == ours.out:
                return
        if theirs.status != ours.status:
            print(f"exit status {theirs.status} (ipvsadm), {ours.status} (lbctl)")
        self.report(what, theirs.out, ours.out)

    def same(self, *words):
        """ipvsadm's command line, given to both."""
        self.pair("ipvsadm " + shlex.join(words), words, ["ipvsadm", *words])

    def own(self, command, words):
        """A command of lbctl's own, and the command line of ipvsadm that it is laid out as."""
        self.pair(f"lbctl {command}, ipvsadm {words}", words.split(), command.split())

    # The parts.

    def listings(self):
        for columns in COLUMNS:
            for order in ([], ["--nosort"], ["--sort"]):
                for exact in ([], ["--exact"]):
                    self.same("-L", "-n", *columns, *order, *exact)
        for first, columns in enumerate(COLUMNS[1:], 1):
            for second in COLUMNS[first + 1 :]:
                self.same("-Ln", *columns, *second)
        for words in [
            "-Ln --rate --persistent-conn -X",
            "-Ln --stats --rate --thresholds --persistent-conn --tun-info",
            "-l -n",
            "--list --numeric",
            "-L",
            "",
            "-L --stats",
            "-L --rate",
            "-L --thresholds",
            "-L --persistent-conn",
            "-L --tun-info",
            "-S",
            "-S -n",
            "--save --numeric",
            "-L --timeout",
            "-L --daemon",
            "-L -n --timeout",
            "-L --tun-info --daemon",
            "-L --syncid 3",
        ]:
            self.same(*words.split())
        for command, words in [
            ("list", "-Ln"),
            ("list --stats", "-Ln --stats"),
            ("stats", "-Ln --stats"),
            ("list --rate --exact", "-Ln --rate --exact"),
            ("rate", "-Ln --rate"),
            ("list --thresholds", "-Ln --thresholds"),
            ("list --persistent-conn", "-Ln --persistent-conn"),
            ("list --tun-info --nosort", "-Ln --tun-info --nosort"),
            ("list --resolve", "-L"),
            ("list --timeout", "-L --timeout"),
            ("list --daemon", "-L --daemon"),
            ("save", "-Sn"),
        ]:
            self.own(command, words)

    def some_listings(self):
        for columns in [*COLUMNS, ["--nosort"], ["--stats", "--exact"]]:
            self.same("-L", "-n", *columns)
        self.own("list", "-Ln")
        self.own("stats --exact", "-Ln --stats --exact")
        self.own("rate", "-Ln --rate")

    def connections(self):
        """Both read one copy of the table, for seconds run on."""
        copy = os.path.join(self.work, "connections")
        with open("/proc/net/ip_vs_conn", "rb") as table, open(copy, "wb") as file:
            file.write(table.read())
        self.extra = {"IP_VS_CONN_FILE": copy, "LD_PRELOAD": self.redirection}
        for words in [
            "-L -c -n",
            "-lnc",
            "-Lc",
            "-L -c -n -X",
            "-L -c --nosort",
            "-L -c -n --tun-info",
            "-L -c --sort -n",
            "-L -c -n --syncid 9",
            "-L -c -n --persistent-conn",
            "-L -c --persistent-conn",
        ]:
            self.same(*words.split())
        self.own("connections", "-Lcn")
        self.own("conns --resolve", "-Lc")
        self.own("connections --persistent", "-Lcn --persistent-conn")
        self.own(f"connections --from {copy}", "-Lcn")
        self.extra = {}

    def each_service(self):
        for line in self.must("ipvsadm", "-Sn").decode().splitlines():
            words = line.split()
            if words[0] != "-A" or words[2].startswith("-"):  # a mark that ipvsadm prints negative and does not read
                continue
            which = words[1:4] if words[3] == "-6" else words[1:3]
            self.same("-L", "-n", *which)
            self.same("-L", "-n", "--stats", *which)

    def inject(self, *words):
        self.must(self.injector, *(str(word) for word in words))

    def inject_all_kinds(self):
        for state in range(11):
            self.inject("--state", state, "--start", state, "--timeout", 100 + state, "--server-port", 8080)
        for state in range(14):
            self.inject(
                *("--protocol 132 --service-port 3868 --server-port 3868 --state".split() + [state, "--start", 20 + state])
            )
        for line in [
            "--protocol 17 --state 0 --service-port 53 --server-port 53 --inactive",
            "--protocol 50 --state 0 --service-port 500 --server-port 500",
            "--client fd00::9 --service fd00::1 --server fd00:1::1 --server-port 8081 --count 3",
            "--client 2001:db8:aaaa:bbbb:cccc:dddd:eeee:1 --service 2001:db8:1111:2222:3333:4444:5555:6666 "
            "--service-port 65535 --server 2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff --server-port 65535",
            "--client ::ffff:1.2.3.4 --service ::ffff:10.0.0.1 --server ::1.2.3.4",
            "--client 2001:0:0:1:: --service ::1 --server 1:0:0:2:0:0:0:3",
            "--template --service 10.0.0.2 --service-port 443 --server 10.0.1.2 --server-port 443 --state 0",
            "--template --service 10.0.0.2 --service-port 443 --server 10.0.1.2 --server-port 443 --state 1 --start 1",
            "--template --service 0.0.0.7 --service-port 0 --server 10.0.1.3 --server-port 0 --mark 7 --protocol 0",
            "--template --protocol 17 --service 10.0.0.3 --service-port 5060 --server-port 5060 --engine sip "
            "--engine-data short-call-id@host",
            "--timeout 86400 --client 255.255.255.254 --service 255.255.255.253 --service-port 65535 "
            "--server 255.255.255.252 --server-port 65535",
            "--timeout 6000 --start 60 --count 300 --server 10.0.1.1 --server 10.0.1.2 --server-port 8080",
        ]:
            self.inject(*line.split())

    def live_traffic(self):
        """Connections of a client that really asks; they end while the listings are compared."""
        for line in [
            "ip netns add client",
            "ip link add c0 type veth peer name c1 netns client",
            "ip addr add 192.168.1.1/24 dev c0",
            "ip link set c0 up",
            "ip -n client addr add 192.168.1.2/24 dev c1",
            "ip -n client link set c1 up",
            "ip -n client route add default via 192.168.1.1",
            "ip addr add 10.0.0.1/32 dev lo",
            "ip addr add 10.0.1.1/32 dev lo",
            "ip addr add 10.0.1.2/32 dev lo",
        ]:
            self.must(*line.split())
        quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen(["busybox", "nc", "-ll", "-p", "8080", "-e", "cat"], **quiet)
        time.sleep(0.5)
        self.namespaces.enter("client")
        clients = [subprocess.Popen(["busybox", "nc", "10.0.0.1", "80"], **quiet) for _ in range(5)]
        self.namespaces.enter(None)
        for client in clients:
            client.stdin.write(b"hello\n")
            client.stdin.flush()
        asked = b"C0A80102"  # the client's address as the kernel prints it
        for _ in range(100):
            with open("/proc/net/ip_vs_conn", "rb") as table:
                if table.read().count(asked) >= len(clients):
                    break
            time.sleep(0.1)
        else:
            raise RuntimeError("no connections of the client in /proc/net/ip_vs_conn")
        self.connections()
        for process in clients:
            process.kill()
            process.wait()
        self.some_listings()
        self.same("-Z")
        self.same("-Ln", "--stats")
        server.kill()
        server.wait()

    def tables(self):
        for line in [
            "ip link add sync0 type dummy",
            "ip link set sync0 up",
            "ip addr add 192.0.2.1/24 dev sync0",
            "ip link set lo up",
        ]:
            self.must(*line.split())
        self.must("ipvsadm", "-R", text=EVERYTHING.encode())
        # Servers of the other family go with no sync daemon.
        other = ["-t", "10.0.0.5:8080", "-r", "fd00:1::7"]
        self.must("ipvsadm", "-a", *other, *"-i --tun-type gue --tun-port 6 --tun-remcsum".split())
        for words in ["-Ln", "-Ln --tun-info", "-L", "-Sn", "-Ln --stats --nosort"]:
            self.same(*words.split())
        self.must("ipvsadm", "-d", *other)
        self.must("ipvsadm", *"--start-daemon master --mcast-interface sync0 --syncid 3".split())
        self.listings()
        self.connections()
        self.must("ipvsadm", *"--start-daemon backup --mcast-interface sync0 --syncid 0 --mcast-group 224.0.0.81".split())
        self.same("-L", "--daemon")
        self.own("list --daemon", "-L --daemon")
        self.inject_all_kinds()
        time.sleep(1)  # the kernel's daemon takes them in
        with open("/proc/net/ip_vs_conn", "rb") as table:
            count = table.read().count(b"\n") - 1
        print(f"{count} injected connections")
        if count < 300:
            raise RuntimeError("the injected connections did not arrive")
        self.connections()
        self.some_listings()
        self.each_service()
        self.live_traffic()
        self.must("ipvsadm", "--stop-daemon", "backup")
        self.must("ipvsadm", "--stop-daemon", "master")
        with open("/proc/sys/net/ipv4/vs/expire_nodest_conn", "w", encoding="ascii") as setting:
            setting.write("1\n")
        self.must("ipvsadm", "-C")

    def saves(self):
        """Every table of the cases once, with the first case that has it."""
        seen = set()
        for entry in sorted(os.listdir(self.cases)):
            if not entry.endswith(".save"):
                continue
            with open(os.path.join(self.cases, entry), "rb") as file:
                text = file.read()
            if text and text not in seen and text.count(b"\n") < LONGEST_SAVE:
                seen.add(text)
                yield entry, text

    @staticmethod
    def readable(text):
        """A mark above 2^31 is saved as a negative number, which neither program reads."""
        return re.sub(rb" -f -(\d+)", lambda mark: b" -f %d" % (2**32 - int(mark[1])), text)

    def every_case(self):
        """Each table of the cases: restored by lbctl, saved and listed by both, and through keepalived.conf and back."""
        lossy = 0
        for number, (entry, text) in enumerate(self.saves()):
            self.must("ipvsadm", "-C")
            restored = self.ours("-R", text=self.readable(text))
            if restored.status != 0:
                self.report(f"restore of {entry}", b"", restored.errors)
            # What lbctl restored, ipvsadm saves as the same text.
            saved = self.must("ipvsadm", "-Sn")
            self.texts(f"{entry}, restored by lbctl, saved by ipvsadm", text, saved)
            self.texts(f"{entry}, saved by both", saved, self.ours("-Sn").out)
            self.same("-Ln")
            self.same("-Ln", *COLUMNS[1 + number % 5], *([], ["--nosort"], ["--exact"])[number % 3])
            lossy += self.through_keepalived_conf(entry, saved)
            # And the other way round: what lbctl saved, ipvsadm restores.
            if number % 4 == 0:
                own = self.must(self.lbctl, "save")
                self.must("ipvsadm", "-C")
                self.must("ipvsadm", "-R", text=self.readable(own))
                self.texts(f"{entry}, saved by lbctl, restored by ipvsadm", own, self.must("ipvsadm", "-Sn"))
        self.must("ipvsadm", "-C")
        print(f"{lossy} tables that keepalived.conf cannot say in full, as lbctl said")

    def through_keepalived_conf(self, entry, before):
        """save --format keepalived, applied to an empty table, makes the same table. True when lbctl says that
        keepalived.conf cannot say all of it; then the table stays as it is."""
        saved = self.call(self.lbctl, "save", "--format", "keepalived")
        if saved.status == 1 and saved.errors.startswith(b"lbctl: keepalived.conf cannot say this: "):
            print(f"{entry}: {saved.errors.decode().splitlines()[0]}")
            return True
        if saved.status != 0:
            self.report(f"{entry}, save --format keepalived: exit {saved.status}", b"", saved.errors)
            return False
        file = os.path.join(self.work, "saved.conf")
        with open(file, "wb") as configuration:
            configuration.write(saved.out)
        self.must("ipvsadm", "-C")
        applied = self.call(self.lbctl, "apply", file)
        if applied.status != 0:
            self.report(f"{entry}, apply of the saved configuration: exit {applied.status}", b"", applied.errors)
        self.texts(f"{entry}, saved as keepalived.conf and applied", before, self.must("ipvsadm", "-Sn"))
        return False

    def two_namespaces(self):
        for name in ("theirs", "ours"):
            if os.path.exists("/run/netns/" + name):
                continue
            self.must("ip", "netns", "add", name)
            for line in ["link set lo up", "link add syn0 type dummy", "link set syn0 up", "addr add 192.0.2.1/24 dev syn0"]:
                self.must("ip", "-n", name, *line.split())

    def lines(self):
        """Status, output and table of every command line of the samples, one program a namespace."""
        self.two_namespaces()
        lines = []
        for name in ("ipvsadm-errors.txt", "ipvsadm-restore.txt"):
            with open(os.path.join(self.cases, name), encoding="utf-8") as file:
                lines += re.findall(r"^\$ ipvsadm ?(.*)$", file.read(), re.MULTILINE)
        lines += [line.strip() for line in re.split(r"[|\n]", MORE_LINES) if line.strip()]
        for line in lines:
            words = shlex.split(line)
            theirs, ours = self.theirs(*words, namespace="theirs"), self.ours(*words, namespace="ours")
            if theirs.status != ours.status:
                print(f"exit status {theirs.status} (ipvsadm), {ours.status} (lbctl)")
            self.texts(
                f"ipvsadm {line}", b"%d\n%b" % (theirs.status, theirs.out), b"%d\n%b" % (ours.status, ours.out)
            )
            if theirs.errors != ours.errors:
                self.other_words += 1
                print(f"other words for: ipvsadm {line}")
                print(f"  {theirs.errors.decode(errors='replace')}  {ours.errors.decode(errors='replace')}")

    def restore(self):
        self.two_namespaces()
        sides = {"theirs": ["ipvsadm"], "ours": [self.lbctl, "ipvsadm"]}
        for kind, text in RESTORES:
            results = []
            for namespace, program in sides.items():
                self.must("ipvsadm", "-C", namespace=namespace)
                run = self.call(*program, "-R", text=text.encode(), namespace=namespace)
                table = b"" if kind == BAD else self.must("ipvsadm", "-Sn", namespace=namespace)
                results.append(run.out + b"status %d\n" % run.status + table)
            self.texts(f"restore of {text!r}", *results)
        everything = b"".join(text for entry, text in self.saves() if re.match(r"a0|c|d0", entry))
        self.must("ipvsadm", "-C", namespace="ours")
        self.ours("-R", text=self.readable(everything), namespace="ours")
        saved = self.must(self.lbctl, "save", namespace="ours")
        self.must("ipvsadm", "-C", namespace="theirs")
        self.must("ipvsadm", "-R", text=self.readable(saved), namespace="theirs")
        self.texts("everything, saved by lbctl, restored by ipvsadm", self.must("ipvsadm", "-Sn", namespace="theirs"), saved)
        # The two scripts of ipvsadm, of which the second empties the table first.
        text = b"# saved\n-A -t 10.0.0.7:80 -s rr\n-a -t 10.0.0.7:80 -r 10.0.1.1\n"
        for name in ("ipvsadm-restore", "ipvsadm-save"):
            os.symlink(self.lbctl, os.path.join(self.work, name))
        results = []
        for namespace, folder in (("theirs", ""), ("ours", self.work + "/")):
            self.must(folder + "ipvsadm-restore", text=text, namespace=namespace)
            results.append(self.must(folder + "ipvsadm-save", "-n", namespace=namespace))
        self.texts("ipvsadm-restore and ipvsadm-save", *results)


def main():
    if "LBCTL_LAB" not in os.environ or len(sys.argv) < 5:
        sys.exit(__doc__)
    lbctl, injector, redirection, shared = (os.path.realpath(word) for word in sys.argv[1:5])
    wanted = sys.argv[5:] or list(MINIMUM)
    comparison = Comparison(lbctl, injector, redirection, os.path.join(shared, "cases", "ipvs"))
    with open("/etc/nsswitch.conf", "w", encoding="ascii") as switch:
        switch.write("hosts: files\nservices: files\n")
    with open("/etc/hosts", "a", encoding="ascii") as hosts:
        hosts.write(HOSTS)
    parts = {
        "tables": comparison.tables,
        "cases": comparison.every_case,
        "lines": comparison.lines,
        "restore": comparison.restore,
    }
    short = False
    for part in wanted:
        before, begin = comparison.compared, time.monotonic()
        parts[part]()
        compared = comparison.compared - before
        print(f"{part}: {compared} invocations compared in {time.monotonic() - begin:.0f} s")
        if compared < MINIMUM[part]:
            short = True
            print(f"{part}: that is less than the {MINIMUM[part]} that it should be")
        sys.stdout.flush()
    print(
        f"{comparison.compared} invocations compared, {comparison.different} different, "
        f"{comparison.other_words} messages in other words"
    )
    return 1 if short or comparison.different else 0


if __name__ == "__main__":
    sys.exit(main())
