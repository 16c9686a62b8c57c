"""A module that means harm calls every function of every table with whatever comes to hand: the host must answer it.

`GANTRY_HOSTILE_SEEDS` names how many seeds are tried (`make hostile` tries many), `GANTRY_HOSTILE_FIRST` the first.
"""

import contextlib
import http.client
import os
import shutil
import subprocess
import sys

import pytest
from conftest import BUILD, ROOT

SOURCE = ROOT / "Tests" / "Fuzz" / "HostileModule"
FIRST = int(os.environ.get("GANTRY_HOSTILE_FIRST", "1"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("GANTRY_HOSTILE_SEEDS", "60")))
CALLS = 300

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="cc is not installed")


@pytest.fixture
def attacked(own_host, tmp_path):
    """A host with the module for `north`, and for `south` one that means well."""
    bundle = tmp_path / "bundles" / "hostile"
    shutil.copytree(SOURCE, bundle)
    subprocess.run([sys.executable, SOURCE / "generate.py", bundle / "attacks.c"], check=True)
    subprocess.run(
        ["cc", "-std=gnu11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread", f"-I{SOURCE}",
         f"-I{ROOT}/PluginAPI/C/include", f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o",
         bundle / "libhostile.so", SOURCE / "hostile.c", bundle / "attacks.c"], check=True)
    own_host.deployment.write_text(
        f"bundles: [{BUILD}/bundles, {tmp_path}/bundles]\nlog: {{level: error, requests: none}}\n"
        "limits: {default: 1000000/minute}\ntenants:\n"
        "  - {id: north, modules: {hostile: {}}}\n  - {id: south, modules: {tally: {}}}\n")
    return own_host.start({"ENVIRONMENT": "production"})


def test_random_calls_are_answered_and_nobody_else_is_harmed(attacked):
    key = attacked.key("north")
    assert attacked.call("GET", "/v1/rest", key=key).status == 204
    for seed in SEEDS:
        # Whatever the module answered in its frenzy, or broke off; the host is there, and so are its other tenants.
        with contextlib.suppress(http.client.HTTPException, ConnectionError):
            attacked.call("POST", f"/v1/attack/{seed}/{CALLS}", key=key)
        assert attacked.process.poll() is None, f"seed {seed} ends the host: {attacked.log.read_text()[-2000:]}"
        tally = attacked.call("GET", "/v1/tally/version", headers={"X-Tenant-Id": "south"})
        assert tally.status == 200, seed
    assert attacked.call("GET", "/v1/rest", key=key).status == 204
    assert attacked.stop() == 0, attacked.log.read_text()[-2000:]
