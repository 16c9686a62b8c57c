"""Rights of modules through the real host: taken away and given back while it runs, for one tenant and for all."""

import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from conftest import GANTRY, ROOT, Host, eventually

FIXTURE = ROOT / "Tests/Fixtures/TriesEverything"
CONTRACT = """\
openapi: 3.1.0
info: {title: Fixture, version: 1.0.0}
paths:
  /run: {post: {operationId: run, responses: {'200': {description: done, content: {text/plain: {}}}}}}
"""
DEPLOYMENT = """\
bundles: [BUNDLES]
log: {level: info, requests: none}
limits: {default: 100000/minute}
outbound: {allow: [127.0.0.1]}
tenants:
  - {id: north, modules: {fixture: {}}}
  - {id: south, modules: {fixture: {}}}
"""
# What the module tells of each use, by the capability that it needs.
USES = {
    "database": ["database", "query gantry.database"],
    "events": ["events", "query gantry.events"],
    "jobs": ["jobs", "query gantry.jobs"],
    "blobs": ["blobs", "blobs create", "query gantry.blobs"],
    "cache": ["cache", "query gantry.cache"],
    "secrets": ["secrets"],
    "identity": ["identity"],
    "directory": ["directory", "directory members", "query gantry.directory"],
    "http_client": ["http_client", "query gantry.http_client"],
    "webhooks": ["webhooks", "query gantry.webhooks"],
}
DENIED = -3


def bundle(folder, change=lambda text: text):
    """Builds the fixture and gives the folder of bundles."""
    place = folder / "bundles/fixture"
    place.mkdir(parents=True, exist_ok=True)
    (place / "module.yaml").write_text(change((FIXTURE / "module.yaml").read_text()))
    (place / "openapi.yaml").write_text(CONTRACT)
    if not (place / "fixture.so").exists():
        subprocess.run(
            ["cc", "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{ROOT}/PluginAPI/C/include",
             f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o", place / "fixture.so", FIXTURE / "fault.c"],
            check=True)
    return place.parent


def told(host, tenant):
    """What the module of the tenant has told, in its order."""
    matches = (
        re.fullmatch(r"([a-z_. ]+)=(-?\d+)", line["message"]) for line in host.log_lines()
        if line.get("tenant") == tenant and line.get("module") == "fixture")
    return [(match[1], int(match[2])) for match in matches if match]


def run(host, tenant):
    """What one request told, by use; the log is written a moment after the answer."""
    before = len(told(host, tenant))
    assert host.call("POST", "/run", key=host.key(tenant)).status == 200
    eventually(lambda: ("query gantry.webhooks" in dict(told(host, tenant)[before:])))
    return dict(told(host, tenant)[before:])


def denied(host, tenant):
    """The uses that one request was denied."""
    return {use for use, status in run(host, tenant).items() if status == DENIED}


def change(host, verb, *arguments):
    return host.administration("capability", verb, "fixture", *arguments)


def denials(host, capability, tenant="north"):
    """How many the metrics tell of, and how many entries of the audit log."""
    text = host.call("GET", "/api/v1/public/metrics").body.decode()
    counted = [int(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if line.startswith("gantry_capability_denials_total{") and f'capability="{capability}"' in line]
    entries = host.administration("audit", "list", "--tenant", tenant, "--outcome", "denied", "--limit", "1000")
    return sum(counted), [item["target"] for item in entries["items"]]


@pytest.fixture(scope="module")
def host():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder)
    running.deployment.write_text(DEPLOYMENT.replace("BUNDLES", str(bundle(running.folder))))
    running.start()
    for tenant in ("north", "south"):
        subprocess.run(
            [GANTRY, "secret", "set", "known", "--tenant", tenant, "--module", "fixture", "--data", running.data],
            input="value of a secret", text=True, check=True, capture_output=True)
    yield running
    running.stop()
    shutil.rmtree(folder)


def test_each_capability_is_denied_at_once_for_one_tenant_alone_counted_audited_and_given_back(host):
    assert denied(host, "north") == denied(host, "south") == set()
    for capability, uses in USES.items():
        change(host, "revoke", capability, "--tenant", "north")
        lost = denied(host, "north")
        # Where no transaction is begun nothing is tried in it.
        assert set(uses) == lost, capability
        assert denied(host, "south") == set(), capability
        assert denials(host, capability)[0] >= len(uses), capability
        # Entries are written a moment after the answer.
        eventually(lambda: capability in denials(host, capability)[1])
        change(host, "grant", capability, "--tenant", "north")
        assert denied(host, "north") == set(), capability
    assert denials(host, "cache", "south")[1] == []
    acts = host.administration("audit", "list", "--tenant", "north", "--action", "capability", "--limit", "1000")
    kinds = [item["action"] for item in acts["items"]]
    assert kinds.count("capability.revoke") == kinds.count("capability.grant") == len(USES)
    assert host.administration("audit", "verify")["intact"]


def test_a_module_that_asks_again_and_again_fills_neither_log_nor_audit_log(host):
    change(host, "revoke", "cache", "--tenant", "south")
    before, _ = denials(host, "cache")
    for _ in range(12):
        run(host, "south")
    assert denials(host, "cache", "south")[0] - before >= 24
    eventually(lambda: "cache" in denials(host, "cache", "south")[1])
    # One a minute, and a machine may be slow.
    assert denials(host, "cache", "south")[1].count("cache") <= 3
    lines = [line for line in host.log_lines()
             if line.get("tenant") == "south" and "was denied `cache`" in line["message"]]
    assert 1 <= len(lines) <= 3
    change(host, "grant", "cache", "--tenant", "south")


@pytest.mark.parametrize("part, use", [
    ("secrets:known", "secrets"), ("identity:share", "identity"), ("directory:keys", "directory"),
    ("directory:members", "directory members"), ("events:entry.added", "events"), ("jobs:digest", "jobs"),
    ("http_client:127.0.0.1:9", "http_client"),
])
def test_a_part_of_a_capability_is_taken_away_by_itself(host, part, use):
    change(host, "revoke", part, "--tenant", "north")
    assert denied(host, "north") == {use}
    assert denied(host, "south") == set()
    change(host, "grant", part, "--tenant", "north")
    assert denied(host, "north") == set()


def test_what_is_taken_away_for_all_can_be_left_to_one(host):
    change(host, "revoke", "blobs", "cache")
    change(host, "grant", "cache", "--tenant", "south")
    assert denied(host, "north") == {*USES["blobs"], *USES["cache"]}
    assert denied(host, "south") == set(USES["blobs"])
    rows = {(row["tenant"], row["capability"]): row["state"]
            for row in host.administration("capability", "list", "fixture")["items"]}
    assert rows["*", "blobs"] == rows["*", "cache"] == "revoked" and rows["south", "cache"] == "granted"
    change(host, "grant", "blobs", "cache")
    assert denied(host, "north") == set()


@pytest.mark.parametrize("arguments, words", [
    (["fixture", "blob"], "`blob` is no capability"), (["fixture", "blobs:x"], "`blobs:x` is no capability"),
    (["nothing", "blobs"], "There is no module `nothing`"),
    (["fixture", "blobs", "--tenant", "nobody"], "There is no tenant `nobody`"),
])
def test_what_does_not_exist_is_refused(host, arguments, words):
    for verb in ("grant", "revoke"):
        done = host.cli("capability", verb, *arguments, "--data", str(host.data), check=False)
        assert done.returncode == 1 and words in done.stderr


def test_a_decision_outlives_a_kill_and_the_file_says_it_anew_only_when_it_is_edited(own_host):
    own_host.deployment.write_text(DEPLOYMENT.replace("BUNDLES", str(bundle(own_host.folder))))
    own_host.start()
    change(own_host, "revoke", "cache", "--tenant", "north")
    own_host.stop(signal.SIGKILL)
    own_host.start()
    assert denied(own_host, "north") == set(USES["cache"])
    assert denied(own_host, "south") == set()
    text = own_host.deployment.read_text()
    own_host.deployment.write_text(text.replace(
        "{id: south, modules: {fixture: {}}}", "{id: south, modules: {fixture: {deny: [blobs, 'directory:keys']}}}"))
    plan = own_host.cli("plan", str(own_host.deployment), "--data", str(own_host.data), check=False)
    assert "denies blobs, directory:keys" in plan.stdout, plan.stdout + plan.stderr
    own_host.cli("apply", str(own_host.deployment), "--data", str(own_host.data))
    assert denied(own_host, "south") == {*USES["blobs"], "directory"}, "without a restart"
    change(own_host, "grant", "blobs", "--tenant", "south")
    own_host.stop()
    own_host.start()
    assert denied(own_host, "south") == {"directory"}
    assert denied(own_host, "north") == set(USES["cache"])


def test_what_a_changed_manifest_asks_for_besides_is_named_by_tenant_and_not_given_by_itself(own_host):
    fewer = lambda text: text.replace("blobs, cache, ", "")
    own_host.deployment.write_text(DEPLOYMENT.replace("BUNDLES", str(bundle(own_host.folder, fewer))))
    own_host.start()
    run(own_host, "north")
    bundle(own_host.folder)
    place = (str(own_host.deployment), "--data", str(own_host.data))
    plan = own_host.cli("plan", *place, check=False)
    assert plan.returncode == 1 and "gantry capability grant fixture blobs cache" in plan.stdout
    for tenant in ("north", "south"):
        assert f"gantry capability grant fixture blobs cache --tenant {tenant}" in plan.stdout
    assert own_host.call("POST", "/run", key=own_host.key("north")).status == 200, "The former build goes on."
    own_host.stop()
    own_host.start()
    assert own_host.call("POST", "/run", key=own_host.key("north")).status == 503
    shown = own_host.administration("tenant", "show", "north")["modules"][0]
    assert "asks for blobs, cache" in shown["message"] and "gantry capability grant" in shown["message"]
    change(own_host, "grant", "blobs", "--tenant", "north")
    change(own_host, "revoke", "cache", "--tenant", "north")
    own_host.administration("module", "enable", "fixture", "--tenant", "north")
    # It was started without that table, and has none to use.
    assert denied(own_host, "north") == {"query gantry.cache"}
    assert own_host.call("POST", "/run", key=own_host.key("south")).status == 503, "Of this tenant nothing was said."


@pytest.mark.parametrize("tier", ["worker", "worker-per-tenant"])
def test_a_module_in_a_worker_is_denied_the_same(own_host, tier):
    own_host.deployment.write_text(
        DEPLOYMENT.replace("BUNDLES", str(bundle(own_host.folder))) + f"modules: {{fixture: {{isolation: {tier}}}}}\n")
    own_host.start()
    change(own_host, "revoke", "cache", "database", "--tenant", "north")
    assert denied(own_host, "north") == {*USES["cache"], *USES["database"]}
    assert denied(own_host, "south") == set()
    change(own_host, "grant", "cache", "database", "--tenant", "north")
    assert denied(own_host, "north") == set()
