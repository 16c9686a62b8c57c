"""What lasts longer than a request through a move and an automatic way back: sockets, streams, live events, jobs,
schedules and webhooks; in the host's process and in workers."""

import http.client
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from conftest import GANTRY, ROOT, Host, eventually
from test_live import Stream
from webhook_receiver import Receiver, certificates

SOURCE = ROOT / "Tests/EndToEndTests/modules/voyage"
TIERS = ["in-process", "worker", "worker-per-tenant"]
DEPLOYMENT = """\
bundles: [{bundles}]
log: {{level: info, requests: none}}
event-loops: 2
limits: {{default: 10000000/minute}}
outbound: {{allow: [127.0.0.1], certificates: {folder}/ca.pem}}
webhooks: {{retries: [50ms, 60ms, 70ms, 80ms, 90ms], timeout: 5s}}
modules: {{voyage: {{isolation: {tier}}}}}
tenants:
  - {{id: t1, modules: {{voyage: {{}}}}}}
  - {{id: t2, modules: {{voyage: {{}}}}}}
"""


@pytest.fixture(scope="module")
def place():
    """Bundles of several versions, and a receiver of webhooks with its certificate."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gantry-voyage-"))
    certificates(folder)
    for version, macros in [("0.1.0", []), ("0.2.0", []), ("0.3.0", ["-DVOYAGE_FAILS"]),
                            ("0.4.0", ["-DVOYAGE_STATE"]), ("0.5.0", ["-DVOYAGE_STATE"])]:
        make(folder, version, macros)
    yield folder
    shutil.rmtree(folder)


def make(folder, version, macros):
    source, library = folder / "source", folder / "libvoyage.so"
    shutil.copytree(SOURCE / "bundle", source)
    for path in (source / "module.yaml", source / "openapi.yaml"):
        path.write_text(path.read_text().replace("version: 0.1.0", f"version: {version}"))
    subprocess.run(
        ["cc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden",
         f'-DVOYAGE_VERSION="{version}"', *macros, f"-I{ROOT}/PluginAPI/C/include",
         f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o", library, SOURCE / "voyage.c"], check=True)
    subprocess.run([GANTRY, "bundle", "build", "--manifest", source, "--library", library, "--output",
                    folder / "output"], check=True, capture_output=True)
    (folder / "all").mkdir(exist_ok=True)
    shutil.move(folder / "output/voyage", folder / f"all/voyage@{version}")
    shutil.rmtree(source)


@pytest.fixture(params=TIERS)
def tier(request):
    return request.param


@pytest.fixture
def begin(place):
    """Starts a host with the first of these versions served and the others beside it."""
    made = []

    def start(tier, first, *others):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="gantry-test-"))
        (folder / "bundles").mkdir()
        shutil.copytree(place / f"all/voyage@{first}", folder / f"bundles/voyage@{first}")
        text = DEPLOYMENT.format(bundles=folder / "bundles", folder=place, tier=tier)
        made.append(Host(folder, text).start())
        for version in others:
            shutil.copytree(place / f"all/voyage@{version}", folder / f"bundles/voyage@{version}")
        return made[-1]

    yield start
    for host in made:
        host.stop()
        shutil.rmtree(host.folder)


def call(host, method, path, tenant="t1", connection=None):
    return host.call(method, path, headers={"X-Tenant-Id": tenant}, connection=connection)


def voyage(host, tenant="t1"):
    answer = call(host, "GET", "/v1/voyage", tenant)
    assert answer.status == 200, answer.body
    return answer.json


def sail(host, milliseconds=0, tenant="t1"):
    assert call(host, "POST", f"/v1/sails/{milliseconds}", tenant).status == 201


def upgrade(host, to, *options, check=True):
    return host.cli("module", "upgrade", "voyage", "--to", to, "--tenants", "t1", *options, "--data", str(host.data),
                    check=check)


class Talk:
    """A WebSocket that asks all the time, and comes again when the host tells it to."""

    def __init__(self, host, tenant="t1"):
        self.host, self.tenant = host, tenant
        self.versions, self.closes, self.failures = [], [], []
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        number = 0
        while not self.ends.is_set():
            try:
                with connect(f"ws://127.0.0.1:{self.host.port}/v1/talk", compression=None, open_timeout=30,
                             additional_headers={"X-Tenant-Id": self.tenant}) as socket:
                    while not self.ends.is_set():
                        number += 1
                        socket.send(str(number))
                        version, said = socket.recv(timeout=30).split(" ")
                        if said != str(number):
                            self.failures.append((said, number))
                        if version not in self.versions:
                            self.versions.append(version)
                        time.sleep(0.005)
            except ConnectionClosed as closed:
                self.closes.append((closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else None)
            except (OSError, TimeoutError) as error:
                self.failures.append(repr(error))

    def __enter__(self):
        self.thread.start()
        eventually(lambda: self.versions)
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join(60)


class Watch:
    """A stream that is read to its end."""

    def __init__(self, host, tenant="t1"):
        self.lines, self.failure = [], None
        connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=60)
        connection.request("GET", "/v1/watch", headers={"X-Tenant-Id": tenant})
        response = connection.getresponse()
        assert response.status == 200
        self.lines.append(response.readline())
        self.thread = threading.Thread(target=self.run, args=(response,), daemon=True)
        self.thread.start()

    def run(self, response):
        try:
            while line := response.readline():
                if line.strip():
                    self.lines.append(line)
        except (OSError, http.client.HTTPException) as error:
            self.failure = repr(error)

    def end(self):
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self.lines[-1], self.failure


class Sailing:
    """Requests all the time, each with a row, an event for webhooks and a job; none may fail."""

    def __init__(self, host, milliseconds=30):
        self.host, self.milliseconds, self.count, self.failures = host, milliseconds, 0, []
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.host.port, timeout=60)
        while not self.ends.is_set():
            answer = call(self.host, "POST", f"/v1/sails/{self.milliseconds}", connection=connection)
            if answer.status == 201:
                self.count += 1
            else:
                self.failures.append((answer.status, answer.body))
            time.sleep(0.01)

    def __enter__(self):
        self.thread.start()
        eventually(lambda: self.count > 5)
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join(60)


def test_all_that_lasts_goes_through_a_move(begin, place, tier):
    host = begin(tier, "0.1.0", "0.2.0")
    receiver = Receiver(place)
    assert call(host, "POST", f"/v1/hooks/{receiver.port}").status == 201
    live = Stream(host, "t1")
    assert live.block()[0] == ": connected"
    other, watch = Watch(host, "t2"), Watch(host)
    with Talk(host) as talk, Talk(host, "t2") as others_talk, Sailing(host) as sailing:
        done = upgrade(host, "0.2.0", "--watch", "300ms", "--drain", "1s")
        assert "answers, 0 of them errors" in done.stdout, done.stdout
        eventually(lambda: "0.2.0" in talk.versions)
        before = sailing.count
        eventually(lambda: sailing.count > before + 5)
    # The socket was served by the old version as long as it could be, and told to come again.
    assert talk.versions == ["0.1.0", "0.2.0"] and not talk.failures, talk.failures
    assert talk.closes == [(1012, "service restart")]
    assert others_talk.versions == ["0.1.0"] and not others_talk.closes and not others_talk.failures
    assert watch.end() == (b"data: the end\n", None)
    assert other.lines[-1] == b"data: 0.1.0\n"
    assert not sailing.failures
    # Each row has its one run, its live event and its delivery.
    eventually(lambda: voyage(host)["over"] == sailing.count, 60)
    found = voyage(host)
    assert found["sails"] == found["jobs"] == found["runs"] == sailing.count, found
    assert [live.event()["type"] for _ in range(sailing.count)] == ["voyage.sailed"] * sailing.count
    eventually(lambda: len({one.headers["webhook-id"] for one in receiver.at("/hook")}) == sailing.count, 60)
    # The schedule has gone on, each of its runs under one name.
    seen = voyage(host)["watches"]
    eventually(lambda: voyage(host)["watches"] > seen)
    assert voyage(host, "t2")["sails"] == 0
    live.close()
    receiver.close()


def test_all_that_lasts_goes_through_an_automatic_way_back(begin, place, tier):
    host = begin(tier, "0.1.0", "0.3.0")
    receiver = Receiver(place)
    assert call(host, "POST", f"/v1/hooks/{receiver.port}").status == 201
    live = Stream(host, "t1")
    assert live.block()[0] == ": connected"
    ends, statuses = threading.Event(), []

    def look():
        while not ends.is_set():
            statuses.append(call(host, "GET", "/v1/voyage").status)
            time.sleep(0.01)

    looking = threading.Thread(target=look)
    with Talk(host) as talk, Sailing(host) as sailing:
        looking.start()
        # Ends at the first errors that are seen, not after all this time.
        done = upgrade(host, "0.3.0", "--watch", "10m", "--drain", "1s", check=False)
        assert done.returncode != 0 and "moved back to 0.1.0" in done.stderr, done.stderr
        before = sailing.count
        eventually(lambda: sailing.count > before + 5)
        ends.set()
        looking.join()
    # The listing's errors are the new version's own.
    assert 500 in statuses and set(statuses) == {200, 500}
    assert not sailing.failures and not talk.failures, (sailing.failures, talk.failures)
    assert talk.versions[0] == "0.1.0" and {close[0] for close in talk.closes} == {1012}
    eventually(lambda: voyage(host)["over"] == sailing.count, 60)
    found = voyage(host)
    assert found["version"] == "0.1.0"
    assert found["sails"] == found["jobs"] == found["runs"] == sailing.count, found
    assert [live.event()["type"] for _ in range(sailing.count)] == ["voyage.sailed"] * sailing.count
    eventually(lambda: len({one.headers["webhook-id"] for one in receiver.at("/hook")}) == sailing.count, 60)
    acts = [entry["action"] for entry in host.administration("audit", "list", "--tenant", "t1")["items"]]
    assert {"upgrade.canary", "upgrade.rollback", "module.move"} <= set(acts), acts
    live.close()
    receiver.close()


def test_a_long_job_is_left_to_the_version_that_began_it_and_runs_once(begin):
    host = begin("in-process", "0.1.0", "0.2.0")
    sail(host, 13000)
    eventually(lambda: voyage(host)["runs"] == 1)
    # The move waits ten seconds for it, and then leaves it to the old version.
    upgrade(host, "0.2.0", "--watch", "0s", "--drain", "60s")
    assert voyage(host) | {"watches": 0} == {
        "version": "0.2.0", "sails": 1, "jobs": 1, "runs": 1, "over": 1, "watches": 0}
    assert any("Jobs of the old generation go on" in line["message"] for line in host.log_lines())
    sail(host, 1)
    eventually(lambda: voyage(host)["over"] == 2)
    assert voyage(host)["runs"] == 2


def test_sockets_do_not_hold_up_a_version_that_hands_over_state(begin):
    host = begin("in-process", "0.4.0", "0.5.0")
    watch = Watch(host)
    with Talk(host) as talk, Sailing(host) as sailing:
        upgrade(host, "0.5.0", "--watch", "0s")
        eventually(lambda: "0.5.0" in talk.versions)
    assert not talk.failures and not sailing.failures
    assert talk.closes == [(1012, "service restart")]
    assert watch.end() == (b"data: the end\n", None)


def test_a_canary_without_requests_is_told_and_does_not_count_where_some_are_asked_for(begin):
    host = begin("in-process", "0.1.0", "0.2.0")
    paused = host.cli("module", "upgrade", "voyage", "--to", "0.2.0", "--canary", "t2", "--watch", "50ms",
                      "--minimum-requests", "5", "--data", str(host.data), check=False)
    assert paused.returncode != 0 and "only 0 of 5 requests" in paused.stderr, paused.stderr
    assert [voyage(host, tenant)["version"] for tenant in ("t1", "t2")] == ["0.1.0", "0.2.0"]
    assert host.administration("module", "upgrade", "voyage", "--status")["state"] == "paused"
    done = host.cli("module", "upgrade", "voyage", "--resume", "--data", str(host.data))
    assert "no request came while it was watched" in done.stdout or "0.1.0 to 0.2.0, moved" in done.stdout
    assert voyage(host)["version"] == "0.2.0"
    acts = [entry["action"] for entry in host.administration("audit", "list")["items"]]
    assert {"upgrade.begin", "upgrade.resume", "upgrade.end"} <= set(acts), acts
