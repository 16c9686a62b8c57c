"""The servers that are compared. Each starts on a free loopback port with a folder of its own."""

import http.client
import json
import os
import secrets
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from . import process

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "Benchmarks"
BUILD = ROOT / ".build"
PYTHON = BUILD / "bench-venv" / "bin"
START_SECONDS_MAX = 30


class ServerFailed(Exception):
    """A server that did not start or answered wrongly; says what it printed."""


@dataclass
class Server:
    """One running server."""

    name: str
    port: int
    process: subprocess.Popen
    log: Path
    key: str = ""

    def stop(self) -> None:
        process.stop(self.process)

    def request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """One request with the server's key, if it has one; the connection is closed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def wait_until_ready(self, path: str, statuses: tuple[int, ...] = (200,)) -> None:
        """Returns when `path` answers with one of `statuses`; fails when the process ends or takes too long."""
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                if self.request("GET", path)[0] in statuses:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.fail("did not become ready")

    def fail(self, why: str) -> NoReturn:
        """Stops the server and raises with the end of what it printed."""
        self.stop()
        raise ServerFailed(f"{self.name} {why}:\n{self.log.read_text(errors='replace')[-3000:]}")


def _launch(
    name: str, folder: Path, command: list[str], port: int, key: str = "", environment: dict[str, str] | None = None,
    working: Path | None = None,
) -> Server:
    log = folder / "output.log"
    return Server(name, port, process.start(command, working or folder, log, environment), log, key)


def start_nio(folder: Path, threads: int) -> Server:
    port = process.free_port()
    server = _launch("nio", folder, [str(BUILD / "bench/release/nio-hello"), str(port), str(threads)], port)
    server.wait_until_ready("/")
    return server


def start_hummingbird(folder: Path, threads: int) -> Server:
    port = process.free_port()
    command = [str(BUILD / "bench/release/hummingbird-hello"), str(port), str(threads)]
    server = _launch("hummingbird", folder, command, port)
    server.wait_until_ready("/v1/hello/bench")
    return server


def start_nginx(folder: Path, threads: int) -> Server:
    port = process.free_port()
    text = (BENCHMARKS / "peers/nginx.conf").read_text()
    for mark, value in {"@PORT@": port, "@WORKERS@": threads, "@FOLDER@": folder}.items():
        text = text.replace(mark, str(value))
    configuration = folder / "nginx.conf"
    configuration.write_text(text)
    command = [nginx_program(), "-p", str(folder), "-e", "stderr", "-c", str(configuration)]
    server = _launch("nginx", folder, command, port)
    server.wait_until_ready("/")
    return server


def start_fastapi(folder: Path, threads: int, application: str = "app:app", writes: str = "loop") -> Server:
    port = process.free_port()
    key = "peer_" + secrets.token_urlsafe(32)
    command = [
        str(PYTHON / "uvicorn"), application, "--host", "127.0.0.1", "--port", str(port), "--workers", str(threads),
        "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-proxy-headers", "--log-level", "warning",
    ]
    environment = {
        "PEER_DATABASE": str(folder / "peer.db"), "PEER_KEY": key, "PEER_WRITES": writes,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    server = _launch("fastapi", folder, command, port, key, environment, BENCHMARKS / "peers/fastapi")
    server.wait_until_ready("/v1/hello/bench")
    return server


def start_fastapi_with_writer(folder: Path, threads: int) -> Server:
    return start_fastapi(folder, threads, writes="thread")


def start_fastapi_usual(folder: Path, threads: int) -> Server:
    return start_fastapi(folder, threads, "usual:app")


def nginx_program() -> str:
    """nginx lies in sbin, which is not always in the path of an ordinary user."""
    return "/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else "nginx"


# ---------------------------------------------------------------- Gantry

GANTRY = Path(os.environ.get("GANTRY", BUILD / "release/gantry"))
BUNDLES = Path(os.environ.get("BUNDLES", BUILD / "bundles"))
TENANT = "bench"


def start_gantry(
    folder: Path, threads: int, program: Path = GANTRY, bundles: Path = BUNDLES, under: list[str] | None = None,
    environment: dict[str, str] | None = None,
) -> Server:
    """`gantry serve` with Benchmarks/deployment.yaml and an empty data folder, and a key of the tenant `bench`.

    `threads` are its event loops. What else it runs, such as writers, is counted too: CPU is summed over all threads.
    `under` is a command that runs it, such as valgrind.
    """
    port = process.free_port()
    data = folder / "data"
    deployment = folder / "deployment.yaml"
    text = (BENCHMARKS / "deployment.yaml").read_text()
    for mark, value in {"event-loops: 1": f"event-loops: {threads}", "../.build/bundles": str(bundles)}.items():
        if mark not in text:
            raise ServerFailed(f"deployment.yaml lacks `{mark}`")
        text = text.replace(mark, value)
    deployment.write_text(text)
    command = [
        *(under or []), str(program), "serve", "--deployment", str(deployment), "--data", str(data),
        "--listen", f"127.0.0.1:{port}",
    ]
    server = _launch("gantry", folder, command, port, environment=environment)
    server.wait_until_ready("/api/ping", (200, 204))
    made = subprocess.run(
        [str(program), "key", "create", "--data", str(data), "--tenant", TENANT, "--json"],
        capture_output=True, text=True, check=False,
    )
    if made.returncode != 0:
        server.fail(f"made no key ({made.stderr.strip()})")
    server.key = json.loads(made.stdout)["key"]
    return server
