"""Servers that answer health checks as somebody hostile or broken would: one process with one loop, many behaviours.

Every port is opened once for all addresses; the address that a client asks says how it is answered, so that thousands of
servers need one socket. A behaviour of a stream is a generator of steps:

    ("send", BYTES)      send all of it; as fast as the peer reads
    ("wait", SECONDS)
    ("read",)            wait for bytes, which the step gives back; b"" when the peer has closed
    ("take",)            what came already, or b""
    ("reset",)           close with RST
    ("hold",)            say nothing more, and keep the connection until the peer closes

and at its end the connection is closed. One of datagrams is a function of a question that gives the answers to it.
"""
import heapq
import itertools
import os
import selectors
import socket
import ssl
import struct
import subprocess
import threading
import time


def checksum(message):
    """RFC 1071."""
    total = sum(struct.unpack("!%dH" % (len(message) // 2), message[:len(message) & ~1]))
    if len(message) % 2:
        total += message[-1] << 8
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Stream:
    """One connection and its behaviour."""

    def __init__(self, loop, connection, steps):
        self.loop, self.connection, self.steps = loop, connection, steps
        self.outgoing, self.until, self.wants = memoryview(b""), None, None
        self.events = 0
        self.go_on(None)

    def watch(self, events):
        if events == self.events:
            return
        if self.events == 0:
            self.loop.selector.register(self.connection, events, self.ready)
        elif events == 0:
            self.loop.selector.unregister(self.connection)
        else:
            self.loop.selector.modify(self.connection, events, self.ready)
        self.events = events

    def end(self, reset=False):
        self.watch(0)
        self.steps.close()
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            # What was not read would make it a reset.
            self.received()
        self.connection.close()
        self.wants = "nothing"

    def received(self):
        """None: nothing is there."""
        try:
            return self.connection.recv(65536)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""

    def go_on(self, value):
        """Steps until one has to wait; a few at most, so that who is flooded leaves the others their turn."""
        for _ in range(4):
            try:
                step = self.steps.send(value)
            except StopIteration:
                return self.end()
            value = None
            verb = step[0]
            if verb == "send":
                self.outgoing, self.wants = memoryview(step[1]), "write"
                if not self.write():
                    return None
            elif verb == "wait":
                self.wants = "time"
                self.watch(0)
                self.loop.after(step[1], self.wake)
                return None
            elif verb == "take":
                value = self.received() or b""
            elif verb == "reset":
                return self.end(reset=True)
            else:
                self.wants = verb
                return self.watch(selectors.EVENT_READ)
        self.wants = "turn"
        return self.watch(selectors.EVENT_WRITE)

    def wake(self):
        if self.wants == "time":
            self.go_on(None)

    def write(self):
        """False when it has to wait or is over."""
        while self.outgoing:
            try:
                self.outgoing = self.outgoing[self.connection.send(self.outgoing):]
            except (BlockingIOError, InterruptedError):
                self.watch(selectors.EVENT_WRITE)
                return False
            except OSError:
                self.end()
                return False
        return True

    def ready(self):
        if self.wants == "write":
            if self.write():
                self.go_on(None)
        elif self.wants == "turn":
            self.go_on(None)
        elif self.wants == "read":
            data = self.received()
            if data is not None:
                self.watch(0)
                self.go_on(data)
        elif self.wants == "hold" and self.received() == b"":
            self.end()


class Servers:
    """All of them; run in a thread."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.times, self.order = [], itertools.count()
        self.ends = False

    def after(self, seconds, call):
        heapq.heappush(self.times, (time.monotonic() + seconds, next(self.order), call))

    def stream(self, port, behaviour_of):
        """`behaviour_of' gives the steps for the address that was asked."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("0.0.0.0", port))
        listener.listen(8192)
        listener.setblocking(False)

        def accept():
            for _ in range(64):
                try:
                    connection, _ = listener.accept()
                except (BlockingIOError, InterruptedError):
                    return
                except OSError:
                    continue
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                Stream(self, connection, behaviour_of(connection.getsockname()[0]))
        self.selector.register(listener, selectors.EVENT_READ, accept)

    def datagrams(self, port, behaviour_of):
        """`behaviour_of' gives, for the address that was asked and the question, answers: bytes, or seconds to wait."""
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        receiver.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO
        receiver.bind(("0.0.0.0", port))
        receiver.setblocking(False)

        def ask():
            for _ in range(64):
                try:
                    question, about, _, peer = receiver.recvmsg(65536, 256)
                except (BlockingIOError, InterruptedError):
                    return
                asked = next(socket.inet_ntoa(data[8:12]) for level, kind, data in about if (level, kind) == (0, 8))
                answer(asked, peer, iter(behaviour_of(asked, question)))

        def answer(asked, peer, answers):
            information = struct.pack("=i4s4s", 0, socket.inet_aton(asked), socket.inet_aton(asked))
            for one in answers:
                if not isinstance(one, bytes):
                    self.after(one, lambda: answer(asked, peer, answers))
                    return
                try:
                    receiver.sendmsg([one], [(socket.IPPROTO_IP, 8, information)], 0, peer)
                except OSError:
                    pass
        self.selector.register(receiver, selectors.EVENT_READ, ask)

    def echoes(self, behaviour_of):
        """Echo requests, in the place of the kernel (net.ipv4.icmp_echo_ignore_all)."""
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        raw.setblocking(False)

        def ask():
            for _ in range(64):
                try:
                    packet = raw.recv(65536)
                except (BlockingIOError, InterruptedError):
                    return
                message = packet[(packet[0] & 15) * 4:]
                if message[:1] != b"\x08":
                    continue
                asked = socket.inet_ntoa(packet[16:20])
                for one in behaviour_of(asked, message):
                    one = one[:2] + b"\0\0" + one[4:]
                    one = one[:2] + checksum(one).to_bytes(2, "big") + one[4:]
                    try:
                        raw.sendmsg([one], [(socket.IPPROTO_IP, 8, struct.pack("=i4s4s", 0, packet[16:20], packet[16:20]))], 0,
                                    (socket.inet_ntoa(packet[12:16]), 0))
                    except OSError:
                        pass
        self.selector.register(raw, selectors.EVENT_READ, ask)

    def run(self):
        while not self.ends:
            patience = 0.2 if not self.times else max(0.0, min(0.2, self.times[0][0] - time.monotonic()))
            for key, _ in self.selector.select(patience):
                key.data()
            while self.times and self.times[0][0] <= time.monotonic():
                heapq.heappop(self.times)[2]()

    def start(self):
        threading.Thread(target=self.run, daemon=True).start()


# Streams.

def after_question(steps):
    """Reads what is asked first."""
    def behaviour():
        yield ("read",)
        yield from steps()
    return behaviour


def without_end(start, piece, pause=0.0):
    """Sends a piece again and again, for ever."""
    def steps():
        yield ("send", start)
        while True:
            yield ("send", piece)
            if pause:
                yield ("wait", pause)
    return steps


def closed_after(answer, count, reset=False):
    def steps():
        yield ("send", answer[:count])
        if reset:
            yield ("reset",)
    return steps


def held_after(answer):
    def steps():
        yield ("send", answer)
        yield ("hold",)
    return steps


def of_size(start, piece, size):
    """The start and so many bytes, then the end."""
    def steps():
        yield ("send", start)
        for _ in range(size // len(piece)):
            yield ("send", piece)
    return steps


def talk(lines, limit=None, reset=False, pause=0.0):
    """A line, a question, a line, as SMTP has it; ends after so many bytes in all."""
    def steps():
        left = limit
        for index, line in enumerate(lines):
            if index != 0:
                yield ("read",)
            piece = line if left is None else line[:left]
            if piece:
                yield ("send", piece)
            if left is not None:
                left -= len(piece)
                if len(piece) < len(line):
                    break
            if pause:
                yield ("wait", pause)
        if reset:
            yield ("reset",)
        if limit is None:
            yield ("read",)
    return steps


# TLS.

def make_certificate(folder, extra=()):
    """A certificate and its key, in one file."""
    path = os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=hostile.example", *extra, "-keyout", path + ".key", "-out", path],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(path, "a", encoding="ascii") as certificate, open(path + ".key", encoding="ascii") as key:
        certificate.write(key.read())
    return path


def tls_context(certificate, newest=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if newest is not None:
        context.maximum_version = newest
    return context


class TlsLimit(Exception):
    """As many bytes were sent as were to be."""


def tls(context, inside, limit=None, reset=False, holds=False, says_farewell=True):
    """Inside TLS the steps that `inside' gives; `limit' counts raw bytes, after which it ends, or holds."""
    def steps():
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(incoming, outgoing, server_side=True)
        left = limit

        def flush():
            nonlocal left
            data = outgoing.read()
            if left is not None:
                cut = data[:left]
                left -= len(cut)
                if cut:
                    yield ("send", cut)
                if left == 0:
                    raise TlsLimit
            elif data:
                yield ("send", data)

        def until_done(call):
            while True:
                try:
                    result = call()
                    yield from flush()
                    return result
                except ssl.SSLWantReadError:
                    yield from flush()
                    data = yield ("read",)
                    if not data:
                        incoming.write_eof()
                        raise ConnectionError from None
                    incoming.write(data)
        try:
            if limit == 0:
                yield ("read",)
                raise TlsLimit
            yield from until_done(session.do_handshake)
            play = inside()
            value = None
            while True:
                try:
                    step = play.send(value)
                except StopIteration:
                    break
                value = None
                if step[0] == "send":
                    session.write(step[1])
                    yield from flush()
                elif step[0] == "read":
                    value = yield from until_done(lambda: session.read(65536))
                else:
                    value = yield step
            if says_farewell:
                try:
                    session.unwrap()
                except ssl.SSLError:
                    pass
                yield from flush()
        except TlsLimit:
            if holds:
                yield ("hold",)
            if reset:
                yield ("reset",)
        except (ConnectionError, ssl.SSLError):
            pass
    return steps


def tls_bytes(context, inside):
    """How many raw bytes a whole conversation sends."""
    client_in, client_out = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    client = trusting.wrap_bio(client_in, client_out)
    play, sent, value, asked = tls(context, inside)(), 0, None, False

    def client_turn():
        nonlocal asked
        try:
            client.do_handshake()
            if not asked:
                client.write(b"GET / HTTP/1.0\r\n\r\n")
                asked = True
            client.read(65536)
        except ssl.SSLError:
            pass
        return client_out.read()
    try:
        while True:
            step = play.send(value)
            value = None
            if step[0] == "send":
                sent += len(step[1])
                client_in.write(bytes(step[1]))
            elif step[0] == "read":
                value = client_turn()
    except StopIteration:
        return sent
