"""Bundles built from every frozen revision, and those of today, served by the real host."""

import json
import shutil
import subprocess
import sys

import pytest
from conftest import GANTRY, ROOT, eventually

MUSEUM = ROOT / "Tests" / "Museum"
LANGUAGES = ["c", "cpp", "rust"]
REVISIONS = sorted(path.name for path in MUSEUM.iterdir() if path.name[0].isdigit())

pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("gcc", "g++", "rustc")), reason="gcc, g++ or rustc is not installed")


@pytest.fixture
def served(own_host, tmp_path):
    """Starts a host with all exhibits of a revision, for two tenants."""

    def start(revision):
        folder = MUSEUM / revision
        if revision == "today":
            subprocess.run([sys.executable, MUSEUM / "add.py", revision, "--into", tmp_path], check=True)
            folder = tmp_path / revision
        for language in LANGUAGES:
            shutil.copytree(folder / language, tmp_path / "bundles" / f"exhibit-{language}")
        modules = ", ".join(f"exhibit-{language}: {{}}" for language in LANGUAGES)
        own_host.deployment.write_text(
            f"bundles: [{tmp_path}/bundles]\nlog: {{level: info, requests: none}}\ntenants:\n"
            f"  - {{id: north, modules: {{{modules}}}}}\n  - {{id: south, modules: {{{modules}}}}}\n")
        return own_host.start()

    return start


@pytest.mark.parametrize("revision", [*REVISIONS, "today"])
def test_exhibits_are_served_with_database_events_and_jobs(served, revision):
    host = served(revision)
    north, south = host.key("north"), host.key("south")
    plain = {"Content-Type": "text/plain"}
    for language in LANGUAGES:
        path = f"/v1/{language}/notes"
        assert host.call("GET", f"{path}/first", key=north).status == 404
        assert host.call("PUT", f"{path}/first", "kept by north".encode(), key=north, headers=plain).status == 204
        answer = host.call("GET", f"{path}/first", key=north)
        assert (answer.status, answer.body) == (200, b"kept by north")
        # The other tenant has a table of its own.
        assert host.call("GET", f"{path}/first", key=south).status == 404
        assert host.call("GET", f"/v1/{language}/time", key=south).status == 204
    # What its own event and its job write, for the tenant that they belong to.
    for language in LANGUAGES:
        for kind in ("event", "job"):
            path = f"/v1/{language}/notes/{kind}"
            assert eventually(lambda path=path: host.call("GET", path, key=north).body == b"heard")
            assert host.call("GET", path, key=south).status == 404
    host.stop()


def test_the_command_checks_a_bundle(tmp_path):
    subprocess.run([sys.executable, MUSEUM / "add.py", "today", "--into", tmp_path], check=True)
    bundle = tmp_path / "today" / "c"
    done = subprocess.run(
        [GANTRY, "check", bundle, "--only", "[fd]*", "--json"], capture_output=True, text=True, timeout=120)
    said = json.loads(done.stdout)
    assert done.returncode == 0 and said["failed"] == 0 and said["passed"] >= 3, said
    (bundle / "libexhibit.so").write_bytes(b"nothing")
    done = subprocess.run([GANTRY, "check", bundle, "--only", "file"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "is no ELF file" in done.stdout and "reproduce  gantry check" in done.stdout
    listed = subprocess.run([GANTRY, "check", "--list"], capture_output=True, text=True, timeout=60).stdout
    assert "leak: nothing of one tenant reaches another" in listed
