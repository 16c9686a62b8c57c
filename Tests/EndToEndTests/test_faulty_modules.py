"""Modules with faults in the real host: what the operator reads, what the client gets, and that others go on."""

import shutil
import subprocess

import pytest
from conftest import BUILD, IN_PROCESS, ROOT, eventually

FIXTURES = ROOT / "Tests" / "Fixtures"
CONTRACT = """\
openapi: 3.1.0
info: {title: Fixture, version: 1.0.0}
paths:
  /run: {post: {operationId: run, responses: {'200': {description: done, content: {text/plain: {}}}}}}
  /nest: {post: {operationId: nest, responses: {'200': {description: done, content: {text/plain: {}}}}}}
"""


@pytest.fixture
def faulty(own_host, tmp_path):
    """Starts a host whose tenant `north` has the fixture, and `south` the tally."""

    def start(fault, *flags):
        bundle = tmp_path / "bundles" / "fixture"
        bundle.mkdir(parents=True)
        own = FIXTURES / fault / "module.yaml"
        shutil.copy(own if own.exists() else FIXTURES / "module.yaml", bundle / "module.yaml")
        (bundle / "openapi.yaml").write_text(CONTRACT)
        subprocess.run(
            ["cc", "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread",
             f"-I{ROOT}/PluginAPI/C/include", f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", *flags,
             "-o", bundle / "fixture.so", FIXTURES / fault / "fault.c"], check=True)
        own_host.deployment.write_text(
            f"bundles: [{BUILD}/bundles, {tmp_path}/bundles]\nlog: {{level: info, requests: none}}\ntenants:\n"
            "  - {id: north, modules: {fixture: {}}}\n  - {id: south, modules: {tally: {}}}\n")
        return own_host.start()

    return start


def run(host, path="/run"):
    return host.call("POST", path, key=host.key("north"))


def said(host, words):
    """Lines of the log; they are written a moment after the answer."""
    return [line for line in host.log_lines() if words in line["message"]]


def state(host):
    return host.administration("tenant", "show", "north")["modules"][0]


def is_unharmed(host):
    return host.call("GET", "/v1/tally/version", headers={"X-Tenant-Id": "south"}).status == 200


@IN_PROCESS
@pytest.mark.parametrize("effect, words", [
    ("thread", "it leaves 1 thread(s) running"),
    ("handler", "it changes what signal 10"),
    ("opened", "it opens file descriptor"),
    ("crash", "It ends the process, by signal 11 (Segmentation fault), when it is loaded."),
    ("hang", "It does not return within 5 seconds when it is loaded."),
])
def test_a_constructor_that_touches_the_process_is_refused_by_name(faulty, effect, words):
    host = faulty("SideEffects", "-DCONSTRUCTOR", f"-DEFFECT={effect}")
    assert run(host).status == 503 and is_unharmed(host)
    shown = state(host)
    assert shown["state"] == "failed" and words in shown["message"], shown


def test_a_symbol_of_the_host_is_refused_by_name(faulty):
    host = faulty("UsesHostSymbol")
    assert run(host).status == 503 and is_unharmed(host)
    assert "`swift_retain`" in state(host)["message"]


@pytest.mark.parametrize("fault, status, words", [
    ("AnswersTwice", 200, "`gantry.response.send` answered GANTRY_E_ALREADY"),
    ("OversizedBody", 200, "`gantry.response.send` answered GANTRY_E_LIMIT"),
    ("HeaderInjection", 200, "`gantry.response.send` answered GANTRY_E_INVALID"),
    ("WaitsInline", 200, "`gantry.database.transact` answered GANTRY_E_THREAD"),
    ("NeverAnswers", 500, "The module gave no answer."),
])
def test_misuse_of_the_interface_is_told_with_the_operation(faulty, fault, status, words):
    host = faulty(fault)
    assert [run(host).status for _ in range(3)] == [status] * 3 and is_unharmed(host)
    lines = eventually(lambda: said(host, words))
    assert "run" in str(lines[0]) and lines[0]["tenant"] == "north", lines
    host.stop()
    assert status == 500 or len(said(host, words)) == 1


def test_a_transaction_inside_of_a_transaction_is_refused(faulty):
    host = faulty("WaitsInline")
    assert run(host, "/nest").status == 200 and is_unharmed(host)
    assert eventually(lambda: said(host, "nested=-9"))
