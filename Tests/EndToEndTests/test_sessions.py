"""Tokens of a module that may not lie unused slide, end, outlive a restart, and are listed and ended by command."""

import shutil
import subprocess
import tempfile
import time

import pytest
from conftest import GANTRY, ROOT, Host, eventually

SOURCE = ROOT / "Tests/EndToEndTests/modules/services"
IDLE = 2


@pytest.fixture(scope="module")
def host():
    """The module of services, whose tokens are sessions here."""
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    shutil.copytree(SOURCE / "bundle", folder + "/manifest")
    with open(folder + "/manifest/module.yaml", "r+") as file:
        text = file.read().replace("lifetime: 1h", f"lifetime: 1h, idle: {IDLE}s")
        assert "idle" in text
        file.seek(0)
        file.write(text)
    library = folder + "/libservices.so"
    subprocess.run(
        ["cc", "-std=c11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-I", ROOT / "PluginAPI/C/include",
         f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o", library, SOURCE / "services.c"], check=True)
    subprocess.run(
        [GANTRY, "bundle", "build", "--manifest", folder + "/manifest", "--library", library, "--output",
         folder + "/bundles"], check=True)
    running = Host(
        folder, f"bundles: [{folder}/bundles]\ninstances: {{idle: 1}}\ntenants: [{{id: north}}, {{id: south}}]\n")
    running.start()
    for tenant in ("north", "south"):
        subprocess.run(
            [GANTRY, "secret", "set", "signing-key", "--tenant", tenant, "--module", "services", "--data",
             running.data], input=b"x", check=True, capture_output=True)
        running.administration("module", "enable", "services", "--tenant", tenant)
    yield running
    running.stop()
    shutil.rmtree(folder)


def begin(host, subject, tenant="north"):
    """A session's id and text."""
    return host.call("POST", f"/v1/tokens/{subject}", key=host.key(tenant)).body.decode().split(" ")


def status(host, token):
    return host.call("GET", "/v1/whoami", key=token).status


def sessions(host, *arguments, tenant="north"):
    return host.administration("token", "list", "--tenant", tenant, "--module", "services", *arguments)["items"]


def test_what_is_used_goes_on_and_what_lies_unused_ends(host):
    _, used = begin(host, "ada")
    identifier, unused = begin(host, "bob")
    assert [item["id"] for item in sessions(host, "--subject", "bob")] == [identifier]
    deadline = time.monotonic() + IDLE * 1.6
    while time.monotonic() < deadline:
        assert status(host, used) == 200
        time.sleep(0.1)
    assert status(host, unused) == 401
    assert sessions(host, "--subject", "bob") == []
    # It had been used until now, and the host keeps that when it stops.
    host.stop()
    host.start()
    assert status(host, used) == 200
    assert status(host, unused) == 401


def test_one_subjects_sessions_are_ended_together_and_at_once(host):
    first, second, other = begin(host, "eve"), begin(host, "eve"), begin(host, "mallory")
    foreign = begin(host, "eve", "south")
    assert {item["id"] for item in sessions(host, "--subject", "eve")} == {first[0], second[0]}
    assert [item["id"] for item in sessions(host, "--subject", "eve", tenant="south")] == [foreign[0]]
    place = ["--tenant", "north", "--module", "services"]
    assert host.administration("token", "revoke", *place, "--subject", "eve") == {"revoked": 2}
    assert [status(host, token) for _, token in (first, second, other, foreign)] == [401, 401, 200, 200]
    assert host.administration("token", "revoke", other[0], *place) == {"revoked": 1}
    assert status(host, other[1]) == 401
    wrong = host.cli("token", "revoke", foreign[0], *place, "--data", str(host.data), check=False)
    assert wrong.returncode != 0 and "no token" in wrong.stderr
    assert status(host, foreign[1]) == 200


def test_a_key_is_replaced_with_an_overlap(host):
    made = host.administration("key", "create", "--tenant", "north", "--name", "importer", "--days", "2")
    next_one = host.administration("key", "rotate", made["id"], "--tenant", "north", "--overlap", "2")
    assert next_one["former"] == made["id"] and next_one["name"] == "importer"
    assert status(host, made["key"]) == status(host, next_one["key"]) == 200
    eventually(lambda: status(host, made["key"]) == 401)
    assert status(host, next_one["key"]) == 200
    again = host.cli("key", "rotate", made["id"], "--tenant", "north", "--data", str(host.data), check=False)
    assert again.returncode != 0
    host.administration("key", "rotate", next_one["id"], "--tenant", "north", "--overlap", "0")
    assert status(host, next_one["key"]) == 401
