"""Counts of one request under valgrind's callgrind: instructions and calls of the functions that allocate."""

import collections
import os
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import process, servers, session

TOOLS = ("valgrind", "callgrind_control", "strip", "cc")
KINDS = ("hello", "read", "page", "write")
ALLOCATORS = ("malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc")
WATCHED = (
    *ALLOCATORS, "free", "swift_allocObject", "swift_retain", "swift_release", "swift_bridgeObjectRetain",
    "swift_bridgeObjectRelease", "swift_beginAccess", "swift_getGenericMetadata", "swift_dynamicCast",
    "__tls_get_addr", "pthread_mutex_lock", "clock_gettime", "read", "write", "writev", "epoll_wait",
)
MODULES = (("manifests/anomaly", "libanomaly.so"), ("Examples/guestbook/bundle", "libguestbook.so"))
SEEDED_SESSIONS = 40
STATIONS = 40


@dataclass
class Count:
    """What one request costs."""

    instructions: float
    allocations: float
    calls: collections.Counter


def missing_tools() -> list[str]:
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def prepare(folder: Path) -> Path:
    """A copy of the build that valgrind can read, since what it has for debuggers is newer than that; its program."""
    release = servers.GANTRY.parent
    program = folder / "gantry"
    _run(["strip", "--strip-debug", "-o", str(program), str(servers.GANTRY)])
    for manifest, library in MODULES:
        _run(["strip", "--strip-debug", "-o", str(folder / library), str(release / library)])
        _run([str(program), "bundle", "build", "--manifest", str(servers.ROOT / manifest),
              "--library", str(folder / library), "--output", str(folder / "bundles")])
    _run(["cc", "-O1", "-shared", "-fPIC", "-o", str(folder / "own_program.so"),
          str(servers.BENCHMARKS / "count/own_program.c"), "-ldl"])
    return program


def count(kind: str, program: Path, folder: Path, requests: int, keep: Path | None) -> Count:
    """Starts the host under callgrind, warms it up, and counts so many requests of one connection."""
    folder.mkdir()
    output = folder / "callgrind.out"
    server = servers.start_gantry(
        folder, 1, program=program, bundles=program.parent / "bundles",
        under=["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}", "--compress-strings=no",
               "--compress-pos=no"],
        environment={"LD_PRELOAD": str(program.parent / "own_program.so"), "COUNTED_PROGRAM": str(program)})
    pid = str(server.process.pid)
    try:
        client = _Client(server)
        if kind in ("read", "page"):
            for index in range(SEEDED_SESSIONS):
                client.write(f"S{index:09d}", index)
        for index in range(max(100, requests // 4)):
            client.ask(kind, index)
        _quiet(server)
        _run(["callgrind_control", "-z", pid])
        for index in range(requests):
            client.ask(kind, 1_000_000 + index)
        _quiet(server)
        _run(["callgrind_control", "-d", pid])
        time.sleep(0.5)
    finally:
        server.stop()
    dump = min(folder.glob("callgrind.out.*"))
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        shutil.copy(dump, keep / f"{kind}.callgrind")
    return _read(dump, requests)


class _Client:
    """One connection that waits for each answer."""

    def __init__(self, server: servers.Server) -> None:
        self.server = server
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        self.received = b""

    def ask(self, kind: str, index: int) -> None:
        if kind == "write":
            self.write(f"W{index:09d}", index)
        else:
            self._exchange("GET", {
                "hello": "/v1/hello/bench", "read": f"/v1/sessions/S{index % SEEDED_SESSIONS:09d}",
                "page": "/v1/sessions?pageSize=20"}[kind])

    def write(self, name: str, index: int) -> None:
        self._exchange("POST", "/v1/sessions", session.body(name, f"ST-{index % STATIONS:05d}"))

    def _exchange(self, method: str, path: str, body: bytes | None = None) -> None:
        more = "" if body is None else f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        head = (f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.server.port}\r\n"
                f"Authorization: Bearer {self.server.key}\r\n{more}\r\n")
        self.socket.sendall(head.encode() + (body or b""))
        while b"\r\n\r\n" not in self.received:
            self._receive()
        answer, _, self.received = self.received.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)\r\ncontent-length: (\d+)", answer)[1])
        while len(self.received) < length:
            self._receive()
        if answer.split()[1] not in (b"200", b"201"):
            self.server.fail(f"answered {method} {path} with {answer + self.received[:length]!r}")
        self.received = self.received[length:]

    def _receive(self) -> None:
        piece = self.socket.recv(1 << 16)
        if not piece:
            self.server.fail("closed the connection")
        self.received += piece


def _quiet(server: servers.Server) -> None:
    """What a request leaves behind, such as the delivery of events, belongs to it."""
    process.wait_until_quiet(server.process.pid)


def _read(dump: Path, requests: int) -> Count:
    total = 0
    calls: collections.Counter = collections.Counter()
    called = ""
    for line in dump.read_text().splitlines():
        if line.startswith("cfn="):
            called = re.split("['@]", line[4:])[0]
        elif line.startswith("calls="):
            calls[called] += int(line[6:].split()[0])
        elif found := re.match(r"(?:totals|summary): (\d+)", line):
            total = int(found[1])
    watched = collections.Counter({name: calls[name] / requests for name in WATCHED if calls[name]})
    return Count(total / requests, sum(watched[name] for name in ALLOCATORS), watched)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    if done.returncode != 0:
        raise servers.ServerFailed(f"{' '.join(command[:2])} failed:\n{done.stdout}{done.stderr}")
