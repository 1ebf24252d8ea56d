#!/usr/bin/env python3
"""Where keepalived's verdict is not the one that an operator expects: `lbctl check' has to say so, and `--as-meant' has
to judge otherwise; and what `--strict-once' says of later rounds. In a network namespace of its own.

usage: surprises.py LBCTL
"""
import hashlib
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello\n\r\n0\r\n\r\n"
HELLO = hashlib.md5(b"hello\n").hexdigest()


def http(answer, stays=0.0, reset=False):
    def serve(connection):
        while not connection.recv(4096).endswith(b"\r\n\r\n"):
            pass
        connection.sendall(answer)
        time.sleep(stays)
        if reset:
            time.sleep(0.2)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return serve


def drip(connection):
    connection.recv(4096)
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    for _ in range(8):
        time.sleep(0.2)
        connection.sendall(b".")


def smtp(greeting):
    def serve(connection):
        connection.sendall(greeting)
        connection.recv(100)
        connection.sendall(b"250 ok\r\n")
        connection.recv(100)
        connection.sendall(b"221 bye\r\n")
    return serve


def url(lines="", above="", kind="HTTP_GET", path="/"):
    return f"{kind} {{\n connect_timeout 1\n {above}\n url {{\n path {path}\n {lines}\n }}\n}}"


# Of each real server: name, checker (%(port)d is its port), how it serves, keepalived's verdict, the one that was meant
# (the same: no surprise), and a word of the reason.
CASES = [
    ("plain", url(), http(b"HTTP/1.0 200 OK\r\n\r\nhello\n"), "up", "up", ""),
    ("keep-alive", url(), http(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n", 1.5), "down", "up", "a whole answer"),
    ("keep-alive-chunked", url(), http(CHUNKED, 1.5), "down", "up", "a whole answer"),
    ("keep-alive-error", url(), http(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", 1.5), "down", "down", ""),
    ("reset", url(), http(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n", 0, True), "down", "up", "a whole answer"),
    ("short", url(), http(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello\n"), "up", "down", "6 of 9 bytes"),
    ("cut-chunks", url(), http(CHUNKED[:-7]), "up", "down", "last chunk"),
    ("no-reason", url(), http(b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), "down", "up", "a whole answer"),
    ("other-protocol", url(), http(b"ICY 200 OK\r\n\r\nhello"), "up", "down", "no HTTP/1"),
    ("continue", url("status_code 200"), http(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
     "down", "up", "a whole answer"),
    ("bare-lines", url(), http(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"), "down", "up", "a whole answer"),
    ("digest-of-chunks", url(f"digest {HELLO}"), http(CHUNKED), "down", "up", "a whole answer"),
    ("digest-lower-case", url(f"digest {HELLO}"), http(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello\nmore"), "down", "up",
     "a whole answer"),
    ("other-digest", url(f"digest {HELLO}"), http(b"HTTP/1.0 200 OK\r\n\r\nother"), "down", "down", ""),
    ("regex-in-header", url('regex "Apache"'), http(b"HTTP/1.0 200 OK\r\nServer: Apache\r\n\r\nbody"), "up", "down",
     "the body does not match"),
    ("regex-at-end", url('regex "END$"'), http(b"HTTP/1.0 200 OK\r\n\r\nthis is the END"), "down", "up", "a whole answer"),
    ("big-header", url(), http(b"HTTP/1.0 200 OK\r\nX: " + b"x" * 5000 + b"\r\n\r\nbody"), "down", "down", ""),
    ("tls", url(kind="SSL_GET"), http(b"HTTP/1.0 200 OK\r\n\r\nhello\n"), "up", "down", "self-signed"),
    ("smtp", "SMTP_CHECK {\nconnect_timeout 1\n}", smtp(b"220 mail\r\n"), "up", "up", ""),
    ("smtp-lines", "SMTP_CHECK {\nconnect_timeout 1\n}", smtp(b"220-mail\r\n220 is here\r\n"), "down", "up", "RFC 5321"),
    ("smtp-no-text", "SMTP_CHECK {\nconnect_timeout 1\n}", smtp(b"220\r\n"), "down", "up", "RFC 5321"),
    ("smtp-busy", "SMTP_CHECK {\nconnect_timeout 1\n}", smtp(b"421 busy\r\n"), "down", "down", ""),
    ("udp-silence", "UDP_CHECK {\nconnect_timeout 0.5\n}", None, "up", "none", "nothing came"),
    ("udp-short", "UDP_CHECK {\nconnect_timeout 1\nrequire_reply 010203\n}", b"\1", "up", "down", "1 bytes"),
    ("udp-reply", "UDP_CHECK {\nconnect_timeout 1\nrequire_reply 01\n}", b"\1\2", "up", "up", ""),
    ("dns-nothing", "DNS_CHECK {\nconnect_timeout 1\nname example.org\n}", "dns-empty", "up", "down", "no answer"),
    ("dns", "DNS_CHECK {\nconnect_timeout 1\nname example.org\n}", "dns", "up", "up", ""),
    ("script-gone", "MISC_CHECK {\nmisc_path %(folder)s/no-interpreter\n}", None, "up", "down", "could not be run"),
    ("script-slow", "MISC_CHECK {\nmisc_path %(folder)s/slow\nmisc_timeout 1\n}", None, "up", "down", "stopped"),
    ("script-good", "MISC_CHECK {\nmisc_path %(folder)s/good\n}", None, "up", "up", ""),
    ("file-missing", "FILE_CHECK {\ntrack_file gone\n}", None, "up", "none", "no number"),
]

STRICT = """
virtual_server 10.0.0.2 80 {
    protocol TCP
    lb_algo rr
    lb_kind NAT
    delay_loop 1
    real_server 127.0.0.2 9001 {
        HTTP_GET {
            connect_timeout 1
            url {
                path /
                regex "a(b"
            }
        }
    }
    real_server 127.0.0.3 9001 {
        HTTP_GET {
            connect_timeout 0.5
            url {
                path /
            }
        }
    }
    real_server 127.0.0.4 {
        TCP_CHECK {
            connect_timeout 1
        }
    }
    real_server 127.0.0.5 9001 {
        TCP_CHECK {
            bindto 127.0.0.1
            bind_port 4711
        }
    }
    real_server 127.0.0.6 9001 {
        MISC_CHECK {
            misc_path %(folder)s/link/good
        }
    }
    real_server 127.0.0.7 9001 {
        TCP_CHECK {
        }
    }
    real_server 127.0.0.8 9001 {
        HTTP_GET {
            connect_timeout 1
            url {
                path /
                digest %(digest)s
                regex "."
                regex_min_offset 3
            }
        }
    }
}
"""


class Servers:
    def __init__(self, folder):
        certificate, key = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "3", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"], check=True,
                       stderr=subprocess.DEVNULL)
        self.certificate = certificate
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)

    def stream(self, address, port, behaviour, tls=False):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(16)

        def serve(connection):
            try:
                if tls:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                behaviour(connection)
                connection.close()
            except OSError:
                pass

        def accept():
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()

    @staticmethod
    def datagrams(port, answer):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", port))

        def serve():
            while True:
                question, peer = server.recvfrom(2000)
                if answer is None:
                    continue
                reply = answer
                if answer == "dns-empty":
                    reply = question[:2] + b"\x81\x80\0\1\0\0\0\0\0\0" + question[12:]
                elif answer == "dns":
                    reply = question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question[12:] + b"\xc0\x0c\0\6\0\1\0\0\0\0\0\0"
                server.sendto(reply, peer)

        threading.Thread(target=serve, daemon=True).start()


def write_script(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)


def check(lbctl, path, *options, environment=()):
    done = subprocess.run([lbctl, "check", "--format", "json", *options, path], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **dict(environment)})
    if done.returncode == 2 or not done.stdout:
        sys.exit(f"check {options}: exit status {done.returncode}: {done.stderr}")
    services = json.loads(done.stdout)["services"]
    return done.returncode, [server for service in services for server in service["real_servers"]]


def main():
    lbctl = sys.argv[1]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    faults = []
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        os.chmod(folder, 0o755)
        servers = Servers(folder)
        write_script(folder, "good", "#!/bin/sh\nexit 0\n")
        write_script(folder, "slow", "#!/bin/sh\ntrap 'exit 0' TERM\nsleep 5 & wait\n")
        write_script(folder, "no-interpreter", "#!/nowhere/interpreter\n")
        os.symlink(folder, os.path.join(folder, "link"))
        text = f"global_defs {{\nscript_user root\n}}\ntrack_file gone {{\nfile {folder}/gone\n}}\n"
        text += "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\n"
        for place, (_, checker, behaviour, _, _, _) in enumerate(CASES):
            port = 8000 + place
            if checker.startswith(("UDP", "DNS")):
                servers.datagrams(port, behaviour)
            elif behaviour:
                servers.stream("127.0.0.1", port, behaviour, checker.startswith("SSL_GET"))
            text += f"real_server 127.0.0.1 {port} {{\n{checker.replace('%(folder)s', folder)}\n}}\n"
        path = os.path.join(folder, "surprises.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text + "}\n")
        _, plain = check(lbctl, path)
        _, meant = check(lbctl, path, "--as-meant")
        for (name, _, _, keepalived, wanted, word), one, other in zip(CASES, plain, meant, strict=True):
            one, other = one["checkers"][0], other["checkers"][0]
            found = (one["verdict"], one.get("as_meant", {"verdict": one["verdict"]})["verdict"], other["verdict"],
                     other.get("keepalived", {"verdict": other["verdict"]})["verdict"])
            said = one.get("as_meant", {"reason": ""})["reason"]
            if found != (keepalived, wanted, wanted, keepalived) or word not in said:
                faults.append(f"{name}: {found} `{said}' ({one['reason']}), wanted {keepalived} and {wanted} `{word}'")
        # With the right authority the certificate is valid.
        tls = next(place for place, case in enumerate(CASES) if case[0] == "tls")
        trusted = os.path.join(folder, "trusted.conf")
        with open(trusted, "w", encoding="utf-8") as file:
            file.write(f"SSL {{\nca {servers.certificate}\n}}\nvirtual_server 10.0.0.1 443 {{\nlb_algo rr\nlb_kind NAT\n"
                       f"real_server 127.0.0.1 {8000 + tls} {{\n{url(kind='SSL_GET')}\n}}\n"
                       f"real_server 127.0.0.1 {8000 + tls} {{\nweight 2\n{url('virtualhost other.example', kind='SSL_GET')}\n}}\n"
                       "}\nvirtual_server 10.0.0.1 444 {\nlb_algo rr\nlb_kind NAT\n"
                       f"real_server 127.0.0.1 {8000 + tls} {{\n{url('virtualhost other.example', kind='SSL_GET')}\n}}\n}}\n")
        _, found = check(lbctl, trusted, "--as-meant")
        verdicts = [(server["checkers"][0]["verdict"], server["checkers"][0]["reason"]) for server in found]
        if verdicts[0][0] != "up" or verdicts[-1][0] != "down" or "ostname" not in verdicts[-1][1]:
            faults.append(f"with the certificate's own authority: {verdicts}")

        # Authorities of the system: by the hash of their names, or all in one file.
        hashed, empty = os.path.join(folder, "hashed"), os.path.join(folder, "empty")
        os.mkdir(hashed)
        os.mkdir(empty)
        with open(servers.certificate, encoding="ascii") as file, open(os.path.join(hashed, "one.pem"), "w",
                                                                       encoding="ascii") as copy:
            copy.write(file.read())
        subprocess.run(["openssl", "rehash", hashed], check=True)
        for environment in ({"SSL_CERT_DIR": hashed}, {"SSL_CERT_DIR": empty, "SSL_CERT_FILE": servers.certificate}):
            one = check(lbctl, path, "--as-meant", "--server", f"127.0.0.1:{8000 + tls}", environment=environment)[1][0]
            if one["state"] != "up":
                faults.append(f"with {environment}: {one['checkers'][0]['reason']}")

        for last, behaviour in (("2", None), ("3", drip), ("7", lambda _: None), ("5", lambda _: None),
                                ("8", http(b"HTTP/1.0 200 OK\r\n\r\nhello\n"))):
            if behaviour:
                servers.stream(f"127.0.0.{last}", 9001, behaviour)
        path = os.path.join(folder, "strict.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(STRICT % {"folder": folder, "digest": HELLO})
        status, once = check(lbctl, path)
        if any("later" in server["checkers"][0] for server in once):
            faults.append("later rounds are told without --strict-once")
        status, strict = check(lbctl, path, "--strict-once")
        later = [[one["text"] for one in server["checkers"][0]["later"]] for server in strict]
        notes = [[one["text"] for one in server["checkers"][0].get("notes", [])] for server in strict]
        for place, words in enumerate([["crashes"], ["longer than delay_loop"], [], ["TIME_WAIT"], ["never checked"], [],
                                       ["offsets", "counted twice"]]):
            if len(later[place]) != len(words) or not all(word in text for word, text in zip(words, later[place])):
                faults.append(f"--strict-once of server {place + 1}: {later[place]}, wanted {words}")
        if not any("anew" in text for text in notes[1]) or not any("port 0" in text for text in notes[2]) or notes[5]:
            faults.append(f"notes: {notes}")
        if strict[0]["state"] != "down" or strict[5]["state"] != "up" or status != 1:
            faults.append(f"--strict-once: {status}, {[server['state'] for server in strict]}")
        # Something to come up with in later rounds is reason enough to fail.
        with open(path, "w", encoding="utf-8") as file:
            file.write("virtual_server 10.0.0.2 80 {\nlb_algo rr\nlb_kind NAT\nreal_server 127.0.0.6 9001 {\n"
                       f"MISC_CHECK {{\nmisc_path {folder}/link/good\n}}\n}}\n}}\n")
        if (check(lbctl, path)[0], check(lbctl, path, "--strict-once")[0]) != (0, 1):
            faults.append("--strict-once does not fail for a checker that keepalived removes")
        if check(lbctl, path, "--as-meant")[1][0]["state"] != "unknown":
            faults.append("--as-meant does not miss a checker that keepalived removes")
    if faults:
        sys.exit("\n".join(faults))
    print("surprises: ok")


if __name__ == "__main__":
    main()
