"""Starts the real product for each test module: the release build, a folder of its own, loopback on a free port."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Another build is tested through these two: `make sanitize` has a debug build in a folder of its own.
BUILD = ROOT / os.environ.get("GANTRY_BUILD", ".build")
PRODUCTS = BUILD / os.environ.get("GANTRY_CONFIGURATION", "release")
GANTRY = PRODUCTS / "gantry"

# The suite runs below a `make`; what tests start of their own is not part of it.
for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
    os.environ.pop(name, None)

# What modules answer is held against their contracts.
ENVIRONMENT = {"ENVIRONMENT": "test"}

# What concerns the host's own process, and is another thing where modules have processes of their own.
IN_PROCESS = pytest.mark.skipif(
    os.environ.get("GANTRY_ISOLATION", "in-process") != "in-process", reason="modules run in workers")

DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: empty
log: {{level: info, requests: all}}
event-loops: 2
limits: {{default: 100000/minute}}
tenants:
  - id: harbor
    hosts: [harbor.localhost]
    modules:
      anomaly: {{limits: {{default: 1000000/minute, batches: 100000/minute, questions: 100000/minute}}}}
  - id: linden
    hosts: [linden.localhost]
    modules:
      anomaly: {{limits: {{default: 1000000/minute, batches: 100000/minute, questions: 100000/minute}}}}
  - id: authors
    hosts: [authors.localhost]
    modules:
      guestbook: {{limits: {{default: 1000000/minute}}}}
      tally: {{}}
  - id: slow
    modules:
      guestbook: {{limits: {{default: 3/minute}}}}
  - id: empty
"""


class Answer:
    """One response, read whole."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def reason(self):
        return self.json["error"]["details"].get("reason")


class Host:
    """A running gantry: its process, its folder, its port."""

    def __init__(self, folder, deployment=None):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.deployment = self.folder / "deployment.yaml"
        self.deployment.write_text(deployment or DEPLOYMENT.format(bundles=BUILD / "bundles"))
        self.log = self.folder / "host.log"
        self.process = None
        self.port = None
        self.keys = {}

    def start(self, environment=None, before=()):
        """`before` is a command that ends by running its further arguments."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*before, GANTRY, "serve", "--deployment", self.deployment, "--data", self.data,
                 "--listen", f"127.0.0.1:{self.port}"],
                stderr=log, stdout=log, stdin=subprocess.DEVNULL,
                env={**ENVIRONMENT, **os.environ, **(environment or {})})
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            try:
                if self.call("GET", "/api/v1/public/health/ready").status == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError("not ready within 30 s: " + self.log.read_text()[-3000:])

    def stop(self, with_signal=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(with_signal)
            self.process.wait(20)
        return self.process.returncode if self.process else None

    def cli(self, *arguments, check=True):
        done = subprocess.run([GANTRY, *arguments], capture_output=True, text=True, timeout=60)
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def administration(self, *arguments):
        """A command on this host's folder, its JSON answer."""
        return json.loads(self.cli(*arguments, "--data", str(self.data), "--json").stdout)

    def key(self, tenant):
        if tenant not in self.keys:
            self.keys[tenant] = self.administration("key", "create", "--tenant", tenant)["key"]
        return self.keys[tenant]

    def token(self, tenant, user="usr_1", role="user"):
        return self.administration(
            "token", "issue", "--tenant", tenant, "--user", user, "--role", role)["token"]

    def call(self, method, path, body=None, key=None, headers=None, connection=None):
        """One request; `body` may be bytes, or anything that becomes JSON."""
        headers = dict(headers or {})
        if key:
            headers["Authorization"] = f"Bearer {key}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            own.request(method, path, body=body, headers=headers)
            return Answer(own.getresponse())
        finally:
            if connection is None:
                own.close()

    def log_lines(self):
        # What the host is just writing may end within a line.
        whole = self.log.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]


def eventually(check, seconds=15):
    """Asks until `check` gives something true; background work has no other moment to wait for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = check()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("it did not come true in time")


@pytest.fixture(scope="session", autouse=True)
def built():
    assert GANTRY.exists(), "run `make build` first"


@pytest.fixture(scope="module")
def host():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder).start()
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture
def own_host():
    """A host for one test that stops, kills or alters it."""
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder)
    yield running
    running.stop(signal.SIGKILL)
    shutil.rmtree(folder)


def reading(minute, value, **more):
    """One register reading of a June morning."""
    timestamp = f"2026-06-14T{5 + minute // 60:02}:{minute % 60:02}:00Z"
    return {"timestamp": timestamp, "unit": "kWh", "value": value, **more}
