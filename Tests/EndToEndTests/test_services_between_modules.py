"""Services between modules: one in C++ calls one in Swift, which calls one in C, each within its own tenant; once all
in the host's process, and once each in a process of its own."""

import os
import shutil
import signal
import subprocess
import tempfile

import pytest

from conftest import BUILD, GANTRY, PRODUCTS, ROOT, Host, eventually

MODULES = "guestbook: {}, tally: {}, relay: {}, caller: {}"
DEPLOYMENT = """\
bundles: [{built}, {bundles}]
default-tenant: north
log: {{level: debug}}
modules: {{tally: {tier}, relay: {tier}, caller: {tier}}}
tenants:
  - id: north
    modules: {{{modules}}}
  - id: south
    modules: {{{modules}}}
  - id: east
    modules: {{guestbook: {{}}}}
"""
OK, UNSUPPORTED, CONFLICT = "0", "-2", "-7"


def build(folder):
    """Builds the bundles of this test and gives the folder that they are in."""
    source = ROOT / "Tests/EndToEndTests/modules"
    subprocess.run(
        ["c++", "-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden",
         "-I", ROOT / "PluginAPI/C/include", f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o",
         folder + "/libcaller.so", source / "caller/caller.cpp"], check=True)
    for name, library in (("caller", folder + "/libcaller.so"), ("relay", PRODUCTS / "librelay.so")):
        subprocess.run(
            [GANTRY, "bundle", "build", "--manifest", source / name / "bundle", "--library", library, "--output",
             folder + "/bundles"], check=True)
    return folder + "/bundles"


def deployment(bundles, tier="in-process"):
    return DEPLOYMENT.format(
        built=BUILD / "bundles", bundles=bundles, modules=MODULES, tier=f"{{isolation: {tier}}}")


@pytest.fixture(scope="module")
def bundles():
    folder = tempfile.mkdtemp(prefix="gantry-exchange-")
    yield build(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module", params=["in-process", "worker", "worker-per-tenant"])
def host(request, bundles):
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, deployment(bundles, request.param)).start()
    yield running
    running.stop()
    shutil.rmtree(folder)


def ask(host, path, tenant="north"):
    answer = host.call("GET", path, key=host.key(tenant))
    assert answer.status == 200, answer.body
    return answer.body.decode()


def sign(host, author, tenant="north"):
    body = {"author": author, "message": "Hello"}
    assert host.call("POST", "/v1/entries", body, key=host.token(tenant)).status == 201


def test_calls_go_through_three_languages_and_stay_in_their_tenant(host):
    sign(host, "Ada")
    sign(host, "Ada")
    sign(host, "Ada", tenant="south")
    eventually(lambda: ask(host, "/v1/caller/ask/Ada") == f"{OK} 2")
    eventually(lambda: ask(host, "/v1/caller/ask/Ada", "south") == f"{OK} 1")
    assert ask(host, "/v1/relay/count/Ada") == '{"entries":2}'
    assert ask(host, "/v1/relay/later/Ada") == '{"entries":2}'
    assert ask(host, "/v1/relay/later/Ada", "south") == '{"entries":1}'
    assert ask(host, "/v1/caller/describe/Grace") == f"{OK} north: Grace -7 2.5 true"
    assert ask(host, "/v1/caller/describe/Grace", "south") == f"{OK} south: Grace -7 2.5 true"
    # An inline route calls inline services; until the other module is up they are busy.
    eventually(lambda: ask(host, "/v1/caller/reverse/abc") == f"{OK} cba")
    assert ask(host, "/v1/caller/remember/Ada").split()[0] == OK
    assert ask(host, "/v1/caller/remember/nobody").split()[0] == CONFLICT


def test_a_module_that_is_not_there_is_told_from_one_that_fails(host):
    answer = host.call("GET", "/v1/relay/absent", key=host.key("north"))
    assert answer.status == 503 and answer.reason == "not_there"
    ask(host, "/v1/relay/count/Ada")
    host.administration("module", "disable", "tally", "--tenant", "north")
    assert ask(host, "/v1/caller/ask/Ada").split()[0] == UNSUPPORTED
    assert host.call("GET", "/v1/relay/count/Ada", key=host.key("north")).status == 500
    assert ask(host, "/v1/caller/ask/Ada", "south").split()[0] == OK
    host.administration("module", "enable", "tally", "--tenant", "north")
    eventually(lambda: ask(host, "/v1/caller/ask/Ada").split()[0] == OK)


def test_what_does_not_fit_is_refused_before_it_is_enabled(host, bundles):
    refused = host.cli("module", "enable", "caller", "--tenant", "east", "--data", str(host.data), check=False)
    assert refused.returncode != 0
    assert "`caller` imports `relay.ask(string) -> i64`" in refused.stderr and "not enabled" in refused.stderr
    text = deployment(bundles)
    file = host.folder / "other.yaml"
    file.write_text(text.replace("modules: {guestbook: {}}", "modules: {guestbook: {}, relay: {}}"))
    plan = host.cli("plan", str(file), "--data", str(host.data), "--json", check=False)
    assert "missing_service" in plan.stdout and "tally.count(string) -> i64" in plan.stdout


def test_the_operator_sees_who_calls_what(host):
    ask(host, "/v1/caller/describe/Grace")
    shown = host.administration("module", "show", "relay")
    assert "relay.describe(string, i64, f64, bool) -> string" in shown["exports"]
    assert shown["imports"] == ["tally.count(string) -> i64", "absent.knows(string) -> bool"]
    metrics = host.call("GET", "/api/v1/public/metrics").body.decode()
    name = 'service_calls_total{importer="caller",service="relay.describe",status="GANTRY_OK"}'
    assert name in metrics
    assert 'service_call_microseconds_total{importer="relay",service="tally.count"}' in metrics


def test_a_worker_that_dies_is_a_failure_for_who_calls_it_and_no_more(host):
    ask(host, "/v1/caller/ask/Nobody")
    workers = host.administration("module", "show", "tally").get("workers")
    if not workers:
        pytest.skip("the module runs in the host's process")
    for worker in workers:
        os.kill(worker["process"], signal.SIGKILL)
    # Whoever comes first may still meet the dead one: a failure then, and never a made-up count.
    status, count = ask(host, "/v1/caller/ask/Nobody").split()
    assert int(status) < 0 or (status, count) == (OK, "0")
    eventually(lambda: ask(host, "/v1/caller/ask/Nobody") == f"{OK} 0", 40)
