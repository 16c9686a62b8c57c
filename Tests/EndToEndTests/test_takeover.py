"""One host takes the place of another while clients go on: nothing that was sent or acknowledged is lost."""

import contextlib
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from conftest import BUILD, DEPLOYMENT, GANTRY, eventually

slow = pytest.mark.skipif("GANTRY_ABUSE" not in os.environ, reason="takes minutes; `make abuse` runs it")


class Client(threading.Thread):
    """Sends one request after the other and counts each that is not answered; nothing is ever sent twice.

    With `keeps` it uses its connection again unless the last answer said that it closes, or the host has closed it
    since, as every client has to. With `thinks` it waits between requests, in seconds at most."""

    def __init__(self, port, request, keeps, thinks=0.0, seed=0):
        super().__init__(daemon=True)
        self.port, self.request, self.keeps, self.thinks = port, request, keeps, thinks
        self.dice = random.Random(seed)
        self.ends = threading.Event()
        self.answered, self.failures, self.longest = [], [], 0.0
        self.socket = None

    def run(self):
        number = 0
        while not self.ends.is_set():
            begun = time.monotonic()
            try:
                status = self.exchange(self.request(number))
                if status // 100 == 2:
                    self.answered.append(number)
                else:
                    self.failures.append(f"{status}")
            except OSError as error:
                self.failures.append(repr(error))
                self.close()
            self.longest = max(self.longest, time.monotonic() - begun)
            number += 1
            time.sleep(self.dice.random() * self.thinks)

    def exchange(self, data):
        if self.socket and select.select([self.socket], [], [], 0)[0]:
            self.close()
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=40)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(data)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.more()
        head, body = received.split(b"\r\n\r\n", 1)
        head = head.lower()
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += self.more()
        if not self.keeps or b"connection: close" in head:
            self.close()
        return int(head[9:12])

    def more(self):
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise ConnectionError("the connection ended where an answer was due")
        return piece

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None


def get(path, key=None):
    credential = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{credential}\r\n".encode()


def write(name, key):
    def request(number):
        body = f'{{"author": "{name}-{number}", "message": "kept"}}'
        return (f"POST /v1/entries HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json"
                f"\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()
    return request


@contextlib.contextmanager
def load(host):
    """Clients of every kind, in which nothing must fail."""
    key = host.key("authors")
    hello = get("/v1/hello/x", key)
    clients = [Client(host.port, lambda _: hello, True, 0.004, seed) for seed in range(4)]
    clients += [Client(host.port, lambda _: hello, True, 1.5, seed) for seed in range(8)]
    clients += [Client(host.port, lambda _: hello, False, 0.01, seed) for seed in range(4)]
    writers = [Client(host.port, write(f"w{seed}", key), seed % 2 == 0, 0.01, seed) for seed in range(4)]
    for client in clients + writers:
        client.start()
    eventually(lambda: all(client.answered for client in clients + writers))
    yield clients + writers
    for client in clients + writers:
        client.ends.set()
    for client in clients + writers:
        client.join(60)
    failures = [failure for client in clients + writers for failure in client.failures]
    assert not failures, failures[:5]
    entries = host.call("GET", "/v1/entries?limit=100000", key=key)
    kept = stored_authors(host)
    for index, writer in enumerate(writers):
        lost = {f"w{index}-{number}" for number in writer.answered} - kept
        assert not lost, f"acknowledged and gone: {sorted(lost)[:5]}, {entries.status}"
    total = sum(len(client.answered) for client in clients + writers)
    print(f"\n{total} requests, none failed; longest wait {max(c.longest for c in clients + writers) * 1000:.0f} ms")


def stored_authors(host):
    import sqlite3
    with sqlite3.connect(f"file:{host.data}/tenants/authors/guestbook/module.db?mode=ro", uri=True) as database:
        return {row[0] for row in database.execute("SELECT author FROM entries")}


def successor(host, *more, listen=None, deployment=None, environment=None):
    log = open(host.log, "ab")
    return subprocess.Popen(
        [GANTRY, "serve", "--deployment", deployment or host.deployment, "--data", host.data,
         "--listen", listen or f"127.0.0.1:{host.port}", "--replace", *more],
        stderr=log, stdout=log, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})


def serving(host, process):
    """Whether the process has said that it serves, and still does."""
    return process.poll() is None and any(
        line["message"] == "Gantry serves." for line in host.log_lines()[host.mark:])


def mark(host):
    host.mark = len(host.log_lines())


def replace(host):
    mark(host)
    new = successor(host)
    assert host.process.wait(40) == 0, host.log.read_text()[-2000:]
    eventually(lambda: serving(host, new))
    host.process = new


def test_no_request_and_no_acknowledged_write_is_lost_over_several_replacements(own_host):
    own_host.start()
    with load(own_host):
        for _ in range(3):
            replace(own_host)
    assert own_host.call("GET", "/api/v1/public/health/ready").status == 200


def test_a_successor_that_cannot_serve_leaves_the_old_one_as_it_was(own_host, tmp_path):
    own_host.start()
    unknown, claims = tmp_path / "unknown.yaml", tmp_path / "claims.yaml"
    unknown.write_text("surprise: 1\n")
    claims.write_text(DEPLOYMENT.format(bundles=BUILD / "bundles") + "    modules: {nothing: {}}\n")
    with load(own_host), socket.create_server(("127.0.0.1", 0)) as taken:
        for process in (successor(own_host, deployment=unknown), successor(own_host, deployment=claims),
                        successor(own_host, listen=f"127.0.0.1:{taken.getsockname()[1]}")):
            assert process.wait(20) == 1
    assert own_host.process.poll() is None
    text = own_host.log.read_text()
    assert "surprise" in text and "nothing" in text and "cannot be listened on" in text and "Draining" not in text


def draining(host):
    return any(line["message"] == "Draining." for line in host.log_lines()[host.mark:])


def test_a_successor_that_is_killed_before_it_serves_gives_the_place_back(own_host):
    own_host.start()
    with load(own_host):
        for moment in (0.0, 0.4, 0.8):
            mark(own_host)
            new = successor(own_host)
            eventually(lambda: draining(own_host))
            time.sleep(moment)
            new.kill()
            new.wait()
            eventually(lambda: serving(own_host, own_host.process), 30)
    assert own_host.call("GET", "/api/ping").status == 200


@slow
def test_whenever_one_of_the_two_is_killed_the_other_serves(own_host):
    own_host.start()
    dice = random.Random(20261121)
    for round in range(40):
        mark(own_host)
        new = successor(own_host)
        eventually(lambda: draining(own_host))
        time.sleep(dice.random() * 1.6)
        victim, other = (new, own_host.process) if dice.random() < 0.5 else (own_host.process, new)
        victim.kill()
        victim.wait()
        # Where the change was over already, the victim may have been the only one.
        if victim is new and other.poll() is not None or victim is not new and other.poll() is not None:
            own_host.process = other
            own_host.stop(signal.SIGKILL)
            own_host.process = successor(own_host)
            other = own_host.process
        own_host.process = other
        assert eventually(lambda: own_host.call("GET", "/api/ping").status == 200, 30), round


def test_an_old_host_that_is_killed_does_not_keep_the_successor(own_host):
    own_host.start()
    own_host.key("authors")
    mark(own_host)
    with socket.create_connection(("127.0.0.1", own_host.port)) as waiting:
        new = successor(own_host)
        eventually(lambda: draining(own_host))
        own_host.process.kill()
        own_host.process.wait()
        own_host.process = new
        eventually(lambda: serving(own_host, new), 20)
        assert own_host.call("GET", "/api/ping").status == 200
        waiting.close()


def test_replacing_nobody_is_an_ordinary_start(own_host):
    own_host.start()
    own_host.stop(signal.SIGKILL)
    mark(own_host)
    own_host.process = successor(own_host)
    eventually(lambda: serving(own_host, own_host.process))
    assert own_host.call("GET", "/api/ping").status == 200


HANDS_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3, inheritable=True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_a_service_managers_socket_keeps_connections_over_a_plain_restart(own_host):
    """As a socket unit does: whoever connects while no host runs is answered by the next one."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        os.set_inheritable(listener.fileno(), True)
        own_host.port = listener.getsockname()[1]
        command = [sys.executable, "-c", HANDS_OVER, str(listener.fileno()), GANTRY, "serve", "--deployment",
                   own_host.deployment, "--data", own_host.data, "--listen", f"127.0.0.1:{own_host.port}"]

        def start():
            mark(own_host)
            with open(own_host.log, "ab") as log:
                own_host.process = subprocess.Popen(command, stderr=log, stdout=log, pass_fds=[listener.fileno()])

        own_host.log.touch()
        start()
        eventually(lambda: serving(own_host, own_host.process))
        assert own_host.call("GET", "/api/ping").status == 200
        assert own_host.stop() == 0
        with socket.create_connection(("127.0.0.1", own_host.port), timeout=30) as waiting:
            waiting.sendall(get("/api/ping"))
            start()
            assert waiting.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_readiness_fails_before_anything_else_does(own_host):
    own_host.deployment.write_text(own_host.deployment.read_text() + "drain-delay: 2\n")
    own_host.start()
    key = own_host.key("authors")
    own_host.process.send_signal(signal.SIGTERM)
    eventually(lambda: own_host.call("GET", "/api/v1/public/health/ready").status == 503)
    begun = time.monotonic()
    while time.monotonic() - begun < 1:
        answer = own_host.call("GET", "/v1/hello/x", key=key)
        assert answer.status == 200 and answer.headers["connection"] == "close"
    assert own_host.process.wait(20) == 0
