"""A disk that is full or cannot be written to: a clear error, nothing lost, and the other tenants go on. Each disk is a
real one, mounted for the host alone in a namespace of its own."""

import contextlib
import json
import sqlite3
import subprocess

from conftest import GANTRY, eventually


def mounted(command):
    """Runs what follows where the mounts of `command` are seen by nobody else."""
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", command + ' && exec "$@"', "sh"]


def inside(host, *command):
    """Runs a command where the host's mounts are seen."""
    subprocess.run(["nsenter", f"--target={host.process.pid}", "--user", "--preserve-credentials", "--mount", *command],
                   check=True)


def sign(host, author, size=10, tenant="authors"):
    return host.call("POST", "/v1/entries", {"author": author, "message": "x" * size}, key=host.key(tenant))


def tenant_folder(host, tenant):
    folder = host.data / "tenants" / tenant
    folder.mkdir(mode=0o700, parents=True)
    host.data.chmod(0o700)
    return folder


def test_a_full_disk_is_told_and_costs_nothing_that_was_acknowledged(own_host):
    folder = tenant_folder(own_host, "authors")
    own_host.start(before=mounted(f"mount -t tmpfs -o size=3m,mode=700 none {folder}"))
    signed = []
    for number in range(2000):
        answer = sign(own_host, f"a{number}", 1000)
        if answer.status != 201:
            break
        signed.append(f"a{number}")
    assert (answer.status, answer.reason) == (503, "storage_full"), answer.body
    assert len(signed) > 50
    # Others have a disk of their own, and what is stored can be read.
    assert sign(own_host, "elsewhere", tenant="slow").status == 201
    assert own_host.call("GET", "/v1/entries", key=own_host.key("authors")).status == 200
    assert any("disk" in str(line).lower() and line.get("tenant") == "authors" for line in own_host.log_lines())
    # With room again everything goes on without a restart.
    inside(own_host, "mount", "-o", "remount,size=30m", folder)
    assert eventually(lambda: sign(own_host, "later", 1000).status == 201)
    inside(own_host, "cp", "-r", folder, own_host.folder / "copy")
    own_host.stop()
    with contextlib.closing(sqlite3.connect(next((own_host.folder / "copy" / "guestbook").glob("*.db")))) as database:
        stored = {row[0] for row in database.execute("SELECT author FROM entries")}
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert stored == {*signed, "later"}


def test_a_folder_that_cannot_be_written_to_concerns_its_tenant_alone(own_host):
    folder = tenant_folder(own_host, "authors")
    own_host.start(before=mounted(f"mount -t tmpfs -o ro,mode=700 none {folder}"))
    answer = sign(own_host, "nobody")
    assert answer.status == 503, answer.body
    assert sign(own_host, "elsewhere", tenant="slow").status == 201
    # The operator reads why, by tenant.
    lines = [line for line in own_host.log_lines() if line.get("tenant") == "authors" and line["level"] == "error"]
    assert any("read-only" in json.dumps(line).lower() for line in lines), lines


def test_a_data_folder_that_cannot_be_written_to_is_refused_by_name(own_host):
    own_host.start()
    own_host.stop()
    done = subprocess.run(
        [*mounted(f"mount --bind {own_host.data} {own_host.data} && mount -o remount,bind,ro {own_host.data}"),
         GANTRY, "serve", "--deployment", own_host.deployment, "--data", own_host.data, "--listen", "127.0.0.1:0"],
        capture_output=True, text=True, timeout=30)
    assert done.returncode != 0
    assert str(own_host.data) in done.stderr and "ead-only" in done.stderr, done.stderr
