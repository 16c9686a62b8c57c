"""Tenants are moved from one version of a module to another under load: no request fails, no event is lost."""

import http.client
import itertools
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from conftest import BUILD, GANTRY, ROOT, eventually

SOURCE = ROOT / "Tests/EndToEndTests/modules/counter"
TENANTS = ["t1", "t2", "t3", "t4", "t5"]
LONG = "GANTRY_UPGRADES" in os.environ

MORE = "ALTER TABLE counts ADD COLUMN more{0} TEXT;\n"


class Versions:
    """Bundles of the module `counter`, several versions side by side in one folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)

    def make(self, version, migrations=(), name=None, **macros):
        """Builds a version; `migrations` are the texts of those after the first one."""
        source = self.folder.parent / f"source-{version}"
        shutil.copytree(SOURCE / "bundle", source, dirs_exist_ok=True)
        for path in (source / "module.yaml", source / "openapi.yaml"):
            path.write_text(path.read_text().replace("version: 0.1.0", f"version: {version}"))
        for number, sql in enumerate(migrations, 2):
            (source / f"migrations/{number:04}_step.sql").write_text(sql)
        library = self.folder.parent / "libcounter.so"
        defines = [f'-DCOUNTER_VERSION="{version}"', *(f"-DCOUNTER_{key.upper()}={value}" for key, value in
                                                       macros.items())]
        subprocess.run(
            ["cc", "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", *defines,
             f"-I{ROOT}/PluginAPI/C/include", f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o", library,
             SOURCE / "counter.c"], check=True)
        output = self.folder.parent / "output"
        subprocess.run([GANTRY, "bundle", "build", "--manifest", source, "--library", library, "--output", output],
                       check=True, capture_output=True)
        place = self.folder / (name or f"counter@{version}")
        shutil.rmtree(place, ignore_errors=True)
        shutil.move(output / "counter", place)
        shutil.rmtree(source)
        return place


class Load:
    """Connections that write and read all the time, of all tenants; every answer counts."""

    def __init__(self, host, tenants=TENANTS, connections=1):
        self.host, self.failures, self.written, self.longest = host, [], {tenant: 0 for tenant in tenants}, 0.0
        self.ends, self.lock = threading.Event(), threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(tenant, number), daemon=True)
                        for tenant in tenants for number in range(connections)]

    def run(self, tenant, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.host.port, timeout=60)
        for turn in itertools.count():
            if self.ends.is_set():
                return
            begun = time.monotonic()
            try:
                if turn % 3 == 2:
                    answer = call(self.host, "GET", "/v1/counts", tenant, connection)
                    expected = 200
                else:
                    answer = call(self.host, "POST", f"/v1/counts/w{number}", tenant, connection)
                    expected = 201
            except (OSError, http.client.HTTPException) as error:
                self.failures.append((tenant, repr(error)))
                connection.close()
                continue
            with self.lock:
                if answer.status != expected:
                    self.failures.append((tenant, answer.status, answer.body))
                elif expected == 201:
                    self.written[tenant] += 1
                self.longest = max(self.longest, time.monotonic() - begun)
            time.sleep(0.002)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        eventually(lambda: all(self.written.values()))
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join(60)


def call(host, method, path, tenant="t1", connection=None):
    return host.call(method, path, headers={"X-Tenant-Id": tenant}, connection=connection)


def counts(host, tenant="t1"):
    return call(host, "GET", "/v1/counts", tenant).json


def versions(host, tenants=TENANTS):
    return [counts(host, tenant)["version"] for tenant in tenants]


def upgrade(host, *options, check=True):
    return host.cli("module", "upgrade", "counter", *options, "--data", str(host.data), check=check)


def prepare(host, tenants=TENANTS, more="", **macros):
    """A host that serves version 0.1.0 to the tenants."""
    bundles = Versions(host.folder / "bundles")
    bundles.make("0.1.0", name="counter", **macros)
    listed = "".join(f"  - {{id: {tenant}, modules: {{counter: {{}}}}}}\n" for tenant in tenants)
    host.deployment.write_text(
        f"bundles: [bundles, {BUILD / 'bundles'}]\nlimits: {{default: 10000000/minute}}\nevent-loops: 2\n{more}"
        f"tenants:\n{listed}  - {{id: other, modules: {{tally: {{}}}}}}\n")
    host.start()
    return bundles


def nothing_is_lost(host, load):
    """Every acknowledged row is there, and each has come as an event exactly once to whoever dedupes."""
    assert not load.failures, load.failures[:5]
    for tenant, written in load.written.items():
        assert counts(host, tenant)["rows"] == written
        eventually(lambda: counts(host, tenant)["events"] == written, 60)


def memory(host):
    """Kilobytes that are the process' own."""
    status = pathlib.Path(f"/proc/{host.process.pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status).group(1))


def holdings(host):
    """Threads and descriptors of the process."""
    process = pathlib.Path(f"/proc/{host.process.pid}")
    return len(list((process / "task").iterdir())), len(list((process / "fd").iterdir()))


def test_upgrades_in_a_row_under_load_fail_no_request_and_lose_no_event(own_host):
    rounds, watch = (20, "500ms") if LONG else (10, "100ms")
    tenants = TENANTS if LONG else TENANTS[:2]
    bundles = prepare(own_host, tenants, state=1)
    for number in range(2, rounds + 2):
        bundles.make(f"0.{number}.0", [MORE.format(step) for step in range(2, number + 1, 3)], state=1)
    sizes = []
    with Load(own_host, tenants, 4 if LONG else 2) as load:
        for number in range(2, rounds + 2):
            done = upgrade(own_host, "--to", f"0.{number}.0", "--watch", watch, "--latency-factor", "1000")
            assert "moved" in done.stdout
            sizes.append(memory(own_host))
    nothing_is_lost(own_host, load)
    assert versions(own_host, tenants) == [f"0.{rounds + 1}.0"] * len(tenants)
    # The count in memory has come with the tenants through all generations.
    assert counts(own_host, tenants[0])["memory"] == load.written[tenants[0]]
    print(f"longest request {load.longest:.3f} s, RssAnon in KiB after each upgrade: {sizes}")
    # Rows come meanwhile, and with them the page caches of the databases, two MiB for each of five connections of each.
    assert sizes[-1] - sizes[4] < 20_000 * len(tenants), sizes


@pytest.mark.skipif(not LONG, reason="takes half a minute; `make upgrades` runs it")
def test_moves_to_and_fro_leave_no_memory_behind(own_host):
    bundles = prepare(own_host, ["t1"], state=1)
    bundles.make("0.2.0", [MORE.format(1)], state=1)
    sizes, held = [], []
    for number in range(60):
        for _ in range(5):
            counts(own_host)
        upgrade(own_host, "--to", f"0.{2 - number % 2}.0", "--allow-downgrade", "--watch", "0s")
        sizes.append(memory(own_host))
        held.append(holdings(own_host))
    print(f"RssAnon in KiB after each move: {sizes}, threads and descriptors: {held}")
    assert sizes[-1] - sizes[9] < 5_000, sizes
    # A connection of the pool or of a command more or less; a generation that leaves one each time would be fifty.
    assert all(abs(last - former) <= 5 for last, former in zip(held[-1], held[9])), held


def test_a_migration_that_fails_at_one_tenant_leaves_those_before_new_and_the_others_old(own_host):
    bundles = prepare(own_host)
    for name in ["a", "a"]:
        assert call(own_host, "POST", f"/v1/counts/{name}", "t3").status == 201
    bundles.make("0.2.0", ["CREATE UNIQUE INDEX one_of_each ON counts (name);\n"])
    other = Load(own_host, ["t5"])
    with other:
        failed = upgrade(own_host, "--watch", "100ms", check=False)
    assert failed.returncode != 0 and "t3" in failed.stderr and "UNIQUE" in failed.stderr, failed.stderr
    assert versions(own_host) == ["0.2.0", "0.2.0", "0.1.0", "0.1.0", "0.1.0"]
    shown = own_host.administration("module", "upgrade", "counter", "--status")
    assert shown["state"] == "failed" and "t3" in shown["message"]
    assert [step["state"] for step in shown["tenants"]] == ["moved", "moved", "failed", "waiting", "waiting"]
    # The mend: the tenant's own rows, through the version that still serves it; then those of the busy one.
    for tenant, name in [("t3", "a"), ("t5", "w0")]:
        assert call(own_host, "DELETE", f"/v1/counts/{name}", tenant).status == 200
    # A restart changes nobody's version.
    own_host.stop(signal.SIGKILL)
    own_host.start()
    assert versions(own_host) == ["0.2.0", "0.2.0", "0.1.0", "0.1.0", "0.1.0"]
    assert "moved" in upgrade(own_host, "--resume").stdout
    assert versions(own_host) == ["0.2.0"] * 5
    assert not other.failures, other.failures[:5]


@pytest.mark.parametrize("fault, reason", [({"fails": 2}, "errors of the server"),
                                           ({"delay_microseconds": 1500000}, "95 of 100 answers")])
def test_a_canary_that_does_worse_is_moved_back(own_host, fault, reason):
    bundles = prepare(own_host, ["t1", "t2"])
    bundles.make("0.2.0", [MORE.format(1)], **fault)
    with Load(own_host, ["t2"]) as untouched, Load(own_host, ["t1"], 4) as load:
        eventually(lambda: load.written["t1"] > 400, 60)
        done = upgrade(own_host, "--canary", "t1", "--watch", "50s", "--latency-factor", "2", check=False)
        assert done.returncode != 0 and reason in done.stderr, done.stderr
        assert "`t1` was moved back to 0.1.0" in done.stderr, done.stderr
        assert versions(own_host, ["t1", "t2"]) == ["0.1.0", "0.1.0"]
    # The canary's errors are the new version's own, and nobody else saw one.
    assert not untouched.failures and all(failure[1] == 500 for failure in load.failures), load.failures[:5]
    # The older version goes on with the newer schema, also after a restart.
    own_host.stop(signal.SIGKILL)
    own_host.start()
    assert versions(own_host, ["t1", "t2"]) == ["0.1.0", "0.1.0"]
    assert counts(own_host)["rows"] == load.written["t1"]
    metrics = own_host.call("GET", "/api/v1/public/health/ready")
    assert metrics.status == 200


def test_a_version_that_does_not_start_changes_nothing(own_host):
    bundles = prepare(own_host, ["t1"], state=1)
    bundles.make("0.2.0", breaks=1, state=1)
    with Load(own_host, ["t1"], 2) as load:
        done = upgrade(own_host, check=False)
    assert done.returncode != 0 and "`start`" in done.stderr, done.stderr
    nothing_is_lost(own_host, load)
    assert versions(own_host, ["t1"]) == ["0.1.0"]


def test_a_kill_in_the_middle_leaves_each_tenant_on_one_version_and_the_upgrade_goes_on(own_host):
    bundles = prepare(own_host)
    bundles.make("0.2.0", [MORE.format(1)])
    with Load(own_host) as load:
        running = subprocess.Popen(
            [GANTRY, "module", "upgrade", "counter", "--watch", "700ms", "--data", own_host.data],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        eventually(lambda: counts(own_host, "t2")["version"] == "0.2.0", 60)
        own_host.process.kill()
        own_host.process.wait()
        load.ends.set()
    running.communicate()
    own_host.start()
    found = versions(own_host)
    assert found[:2] == ["0.2.0"] * 2 and set(found) == {"0.1.0", "0.2.0"}, found
    for tenant, written in load.written.items():
        assert counts(own_host, tenant)["rows"] >= written
    shown = own_host.administration("module", "upgrade", "counter", "--status")
    assert shown["state"] == "interrupted", shown
    upgrade(own_host, "--resume", "--watch", "0s")
    assert versions(own_host) == ["0.2.0"] * 5
    for tenant in TENANTS:
        eventually(lambda: counts(own_host, tenant)["events"] == counts(own_host, tenant)["rows"], 60)


def test_versions_downgrades_and_twins(own_host):
    bundles = prepare(own_host, ["t1", "t2"])
    twin = bundles.make("0.2.0", [MORE.format(1)])
    upgrade(own_host, "--to", "0.2.0", "--tenants", "t1", "--watch", "0s")
    assert versions(own_host, ["t1", "t2"]) == ["0.2.0", "0.1.0"]
    listed = {item["version"]: item for item in own_host.administration("module", "list")["items"]
              if item["id"] == "counter"}
    assert listed["0.1.0"]["tenants"] == 1 and listed["0.2.0"]["tenants"] == 1
    shown = own_host.administration("module", "show", "counter")
    assert [(tenant["tenant"], tenant["version"]) for tenant in shown["tenants"]] == [("t1", "0.2.0"), ("t2", "0.1.0")]
    refused = upgrade(own_host, "--to", "0.1.0", "--watch", "0s", check=False)
    assert refused.returncode != 0 and "--allow-downgrade" in refused.stderr
    upgrade(own_host, "--to", "0.1.0", "--watch", "0s", "--allow-downgrade")
    assert versions(own_host, ["t1", "t2"]) == ["0.1.0", "0.1.0"]
    # A tenant of another module is none of this one's.
    stranger = upgrade(own_host, "--tenants", "other", check=False)
    assert stranger.returncode != 0 and "other" in stranger.stderr
    # Two bundles of one version that are not the same: neither is taken, and both are named.
    (bundles.folder.parent / "copy").mkdir()
    shutil.copytree(twin, bundles.folder / "again")
    (bundles.folder / "again/migrations/0002_step.sql").write_text(MORE.format(2))
    clash = upgrade(own_host, "--to", "0.2.0", check=False)
    assert clash.returncode != 0 and "bundles/again" in clash.stderr and str(twin.name) in clash.stderr, clash.stderr


def test_what_takes_something_away_is_refused_unless_it_is_allowed(own_host):
    bundles = prepare(own_host, ["t1"])
    bundles.make("0.2.0", ["ALTER TABLE counts ADD COLUMN extra TEXT;\nALTER TABLE counts DROP COLUMN extra;\n"])
    with Load(own_host, ["t1"], 2) as load:
        refused = upgrade(own_host, "--watch", "0s", check=False)
        assert refused.returncode != 0 and "--allow-destructive" in refused.stderr, refused.stderr
        assert versions(own_host, ["t1"]) == ["0.1.0"]
        # Requests wait while nobody serves, and none fails.
        upgrade(own_host, "--watch", "0s", "--allow-destructive")
        assert versions(own_host, ["t1"]) == ["0.2.0"]
    nothing_is_lost(own_host, load)


def test_a_request_that_was_routed_before_the_move_is_answered_after_it(own_host):
    bundles = prepare(own_host, ["t1"])
    bundles.make("0.2.0")
    assert counts(own_host)["version"] == "0.1.0"
    with socket.create_connection(("127.0.0.1", own_host.port), timeout=30) as slow:
        slow.sendall(b"POST /v1/counts/slow HTTP/1.1\r\nHost: x\r\nX-Tenant-Id: t1\r\nContent-Length: 2\r\n"
                     b"Content-Type: application/json\r\nConnection: close\r\n\r\n{")
        # Its head is routed once a later request of the same loop is answered; there are two loops.
        for _ in range(20):
            counts(own_host)
        upgrade(own_host, "--watch", "0s", "--drain", "0s")
        slow.sendall(b"}")
        answer = b"".join(iter(lambda: slow.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 201") and b'"version":"0.2.0"' in answer, answer


def test_a_process_takes_so_many_builds_of_a_module(own_host):
    bundles = prepare(own_host, ["t1"], more="instances: {generations: 2}\n")
    for version in ["0.2.0", "0.3.0"]:
        bundles.make(version)
    upgrade(own_host, "--to", "0.2.0", "--watch", "0s")
    refused = upgrade(own_host, "--to", "0.3.0", "--watch", "0s", check=False)
    assert refused.returncode != 0 and "gantry serve --replace" in refused.stderr, refused.stderr
    assert versions(own_host, ["t1"]) == ["0.2.0"]
    moves = [(entry["details"]["to"], entry["outcome"])
             for entry in own_host.administration("audit", "list", "--tenant", "t1")["items"]
             if entry["action"] == "module.move"]
    assert sorted(moves) == [("0.2.0", "done"), ("0.3.0", "failed")]


def test_a_deployment_names_the_version_that_a_tenant_begins_with(own_host):
    bundles = Versions(own_host.folder / "bundles")
    for version in ["0.1.0", "0.2.0"]:
        bundles.make(version)
    own_host.deployment.write_text("bundles: [bundles]\ntenants:\n  - {id: t1, modules: {counter: {version: 0.1.0}}}\n"
                                   "  - {id: t2, modules: {counter: {}}}\n")
    own_host.start()
    assert versions(own_host, ["t1", "t2"]) == ["0.1.0", "0.2.0"]
    own_host.deployment.write_text(own_host.deployment.read_text().replace("{version: 0.1.0}", "{version: 0.2.0}"))
    # A file moves nobody: it says what a tenant begins with, and a plan says what would move it.
    planned = own_host.cli("plan", str(own_host.deployment), "--data", str(own_host.data), check=False)
    assert "gantry module upgrade counter --to 0.2.0 --tenants t1" in planned.stdout, planned.stdout
    own_host.stop(signal.SIGKILL)
    own_host.start()
    assert versions(own_host, ["t1", "t2"]) == ["0.1.0", "0.2.0"]
