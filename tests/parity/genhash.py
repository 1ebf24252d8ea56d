#!/usr/bin/env python3
"""Holds `lbctl check --digest' against genhash(1): what both send, and the digest that both print. In a network
namespace of its own.

usage: genhash.py LBCTL
"""
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

PAGE = b"hello\n"
BIG = bytes(range(256)) * 300
ANSWERS = {  # by port
    8080: b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX: y\r\n\r\n" + PAGE,
    8081: b"HTTP/1.1 404 Not Found\r\n\r\nnothing here",
    8082: b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nlonger than announced",
    8083: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello\n\r\n0\r\n\r\n",
    8084: b"HTTP/1.0 200 OK\r\n\r\n",
    8085: b"HTTP/1.0 200 OK\r\n\r\n" + BIG,
    8443: b"HTTP/1.1 200 OK\r\n\r\n" + PAGE,
    9000: b"no HTTP at all",
}
TLS_PORTS = {8443}

INVOCATIONS = [
    "-p 8080 -u /",
    "-p 8080 -u /a/b?c=d",
    "-p 8080 -u relative",
    "-p 8080 -u / -V www.example.org",
    "-p 8080 -u / -P 1.0",
    "-p 8080 -u / -P 1.0c",
    "-p 8080 -u / -P 1.0C",
    "-p 8080 -u / -P 1.1 -V www.example.org",
    "--port 8080 --url / --use-virtualhost w --protocol 1.1 --timeout 3",
    "-p 8081 -u /",
    "-p 8082 -u /",
    "-p 8083 -u / -P 1.1",
    "-p 8084 -u /",
    "-p 8085 -u /",
    "-S -p 8443 -u /",
    "-S -p 8443 -u / -V www.example.org",
    "-S -I -p 8443 -u / -V www.example.org",
    "--use-ssl --use-sni -p 8443 -u / -V www.example.org -P 1.1",
]

CONFIGURATION = """
virtual_server 10.0.0.1 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    real_server 127.0.0.1 8080 {
        HTTP_GET {
            http_protocol 1.1
            url {
                path /right
                digest %(right)s
            }
            url {
                path /wrong
                digest 00000000000000000000000000000000
            }
            url {
                path /none
                virtualhost www.example.org
            }
        }
    }
    real_server 127.0.0.1 8081 {
        HTTP_GET {
            connect_timeout 1
            url {
                path /missing
            }
        }
    }
    real_server 127.0.0.1 9000 {
        HTTP_GET {
            connect_timeout 1
            url {
                path /
            }
        }
    }
    real_server 127.0.0.1 8443 {
        SSL_GET {
            url {
                path /
            }
        }
        TCP_CHECK {
        }
    }
}
"""


class Servers:
    """They note what they are sent, with the name of the TLS handshake before it."""

    def __init__(self, folder):
        self.received = []
        certificate = os.path.join(folder, "certificate.pem")
        key = os.path.join(folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "3", "-subj", "/CN=test"], check=True, stderr=subprocess.DEVNULL)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        self.tls.sni_callback = lambda _socket, name, _context: self.received.append(name)
        for port, answer in ANSWERS.items():
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            listener.listen(16)
            threading.Thread(target=self.serve, args=(listener, port, answer), daemon=True).start()

    def serve(self, listener, port, answer):
        while True:
            connection, _ = listener.accept()
            try:
                if port in TLS_PORTS:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    request += connection.recv(4096)
                self.received.append(request)
                connection.sendall(answer)
                connection.close()
            except OSError as error:
                self.received.append(str(error))

    def take(self):
        received, self.received = self.received, []
        return received


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


def main():
    lbctl = sys.argv[1]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    faults = []

    def expect(what, found, wanted):
        if found != wanted:
            faults.append(f"{what}: {found!r} instead of {wanted!r}")

    with tempfile.TemporaryDirectory() as folder:
        servers = Servers(folder)
        genhash = shutil.which("genhash")
        for line in INVOCATIONS:
            words = ["-s", "127.0.0.1", *line.split()]
            ours = run(lbctl, "check", "--digest", *words)
            sent = servers.take()
            expect(line, ours.returncode, 0)
            if len(ours.stdout) != 33 or not sent:
                faults.append(f"{line}: prints {ours.stdout!r} {ours.stderr!r}, sends {sent!r}")
            if genhash:
                theirs = run(genhash, *words)
                expect(f"{line}: the digest", ours.stdout, theirs.stdout)
                expect(f"{line}: what is sent", sent, servers.take())
        expect("body", run(lbctl, "check", "--digest", "-s", "127.0.0.1", "-p", "8085", "-u", "/").stdout,
               hashlib.md5(BIG).hexdigest() + "\n")
        for line, status, said in [
                ("-s 127.0.0.1 -p 9000 -u /", 2, "closed without a whole HTTP header"),
                ("-s 127.0.0.1 -p 9 -u /", 2, "Connection refused"),
                ("-s localhost -u /", 2, "no address"),
                ("-u /", 2, "no address"),
                ("-s 127.0.0.1 -u / -P 1.2", 2, "1.0C"),
                ("-s 127.0.0.1 -u / -H sha1", 2, "md5"),
                ("-s 127.0.0.1 -u / some.conf", 2, "leave the file"),
                ("-p 80", 2, "--url"),
                ("--format junit some.conf", 2, "some.conf"),
        ]:
            done = run(lbctl, "check", "--digest", *line.split())
            if done.returncode != status or said not in done.stderr or done.stdout:
                faults.append(f"{line}: exit status {done.returncode}, {done.stdout!r} {done.stderr!r}")
        verbose = run(lbctl, "check", "--digest", "-v", "-s", "127.0.0.1", "-p", "8080", "-u", "/")
        for part in ["request:\n  GET / HTTP/1.0\\r\\n\n", "header:\n  HTTP/1.1 200 OK\\r\\n\n", "  \\r\\n\nbody:\n",
                     "  0000  68 65 6c 6c 6f 0a ", "  hello.\n", hashlib.md5(PAGE).hexdigest() + "\nafter 0."]:
            if part not in verbose.stdout:
                faults.append(f"--verbose lacks {part!r}: {verbose.stdout}")

        path = os.path.join(folder, "test.conf")
        digest = hashlib.md5(PAGE).hexdigest()
        with open(path, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION % {"right": digest.upper()})
        servers.take()
        done = run(lbctl, "check", "--digest", "--format", "json", path)
        expect("exit status", done.returncode, 1)
        pages = json.loads(done.stdout)
        expect("schema", pages["schema"], "lbctl-digest/1")
        expect("states", [(page["port"], page["path"], page["state"], page.get("status")) for page in pages["pages"]],
               [(8080, "/right", "same", 200), (8080, "/wrong", "other", 200), (8080, "/none", "absent", 200),
                (8081, "/missing", "absent", 404), (9000, "/", "unknown", None), (8443, "/", "absent", 200)])
        expect("requests", sorted(request for request in servers.take() if isinstance(request, bytes)),
               sorted([b"GET /right HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\n"
                       b"Host: 127.0.0.1:8080\r\n\r\n",
                       b"GET /wrong HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\n"
                       b"Host: 127.0.0.1:8080\r\n\r\n",
                       b"GET /none HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\n"
                       b"Host: www.example.org\r\n\r\n",
                       b"GET /missing HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.1:8081\r\n\r\n",
                       b"GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.1:9000\r\n\r\n",
                       b"GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.1:8443\r\n\r\n"]))
        text = run(lbctl, "check", "--digest", path)
        expect("text", text.stdout.replace(path, "test.conf").split("\n")[:8], [
            "# test.conf:9: /right of 127.0.0.1:8080 of TCP 10.0.0.1:80: HTTP 200, the file has this digest",
            f"digest {digest}",
            "# test.conf:13: /wrong of 127.0.0.1:8080 of TCP 10.0.0.1:80: HTTP 200, the file has another digest",
            f"digest {digest}",
            "# test.conf:17: /none of 127.0.0.1:8080 of TCP 10.0.0.1:80: HTTP 200, the file has no digest",
            f"digest {digest}",
            "# test.conf:26: /missing of 127.0.0.1:8081 of TCP 10.0.0.1:80: HTTP 404 (the status fails the check "
            "whatever the digest), the file has no digest",
            f"digest {hashlib.md5(b'nothing here').hexdigest()}"])
        some = run(lbctl, "check", "--digest", "--server", "127.0.0.1:8443", path)
        expect("one server", (some.returncode, some.stdout.count("digest")), (0, 2))
    if faults:
        sys.exit("\n".join(faults))
    print(f"genhash: ok{'' if genhash else ' (genhash is not installed, and was not compared)'}")


if __name__ == "__main__":
    main()
