"""The audit log through the real host: who did what, that it is found when somebody alters it, and kill -9."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import threading

import pytest

from conftest import GANTRY, eventually


def entries(host, *arguments):
    return host.administration("audit", "list", "--limit", "5000", *arguments)["items"]


def verify(host, *arguments):
    """Whether the log is intact, and what is wrong."""
    done = host.cli("audit", "verify", "--data", str(host.data), "--json", *arguments, check=False)
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["intact"] else 1), done.stderr
    return [f"{finding['chain']} {finding['kind']} {finding['sequence']}" for finding in answer["findings"]]


def alter(host, *statements):
    with sqlite3.connect(host.data / "host.db") as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def test_what_operators_do_is_told_with_their_user_and_without_secrets(own_host):
    own_host.start()
    key = own_host.administration("key", "create", "--tenant", "harbor", "--name", "meters")
    own_host.administration("key", "revoke", key["id"], "--tenant", "harbor")
    own_host.administration("module", "disable", "anomaly", "--tenant", "harbor")
    own_host.administration("module", "enable", "anomaly", "--tenant", "harbor")
    own_host.administration("member", "add", "usr_7", "--tenant", "harbor", "--role", "admin")
    own_host.cli("key", "create", "--tenant", "nobody", "--data", str(own_host.data), check=False)
    told = [(item["action"], item["target"], item["outcome"]) for item in entries(own_host, "--tenant", "harbor")]
    assert told == [
        ("key.create", key["id"], "done"), ("key.revoke", key["id"], "done"), ("module.disable", "anomaly", "done"),
        ("module.enable", "anomaly", "done"), ("member.add", "usr_7", "done")]
    own = entries(own_host)
    assert own[0]["action"] == "host.start" and "harbor/anomaly" in own[0]["details"]["declared"]
    assert (own[-1]["action"], own[-1]["outcome"]) == ("key.create", "failed")
    everything = json.dumps([own, entries(own_host, "--tenant", "harbor")])
    assert key["key"] not in everything
    actors = {item["actor"] for item in json.loads(json.dumps(entries(own_host, "--tenant", "harbor")))}
    assert actors == {f"operator:{os.getuid()}"}
    assert entries(own_host, "--tenant", "linden") == []
    assert verify(own_host) == []


def test_commands_on_other_files_are_told_before_and_after(own_host):
    own_host.start()
    own_host.administration(
        "events", "purge", "--tenant", "authors", "--module", "guestbook", "--older-than", "7d", "--yes")
    outcomes = [item["outcome"] for item in entries(own_host, "--tenant", "authors", "--action", "events.purge")]
    assert outcomes == ["begun", "done"]


def test_tampering_is_found_on_a_running_host_and_on_a_stopped_one(own_host):
    own_host.start()
    for _ in range(4):
        own_host.administration("key", "create", "--tenant", "harbor")
        own_host.administration("key", "create", "--tenant", "linden")
    assert verify(own_host) == []
    alter(own_host, "UPDATE audit_entry SET target = 'x' WHERE chain = 'harbor' AND sequence = 2")
    assert verify(own_host) == ["harbor altered 2"]
    assert verify(own_host, "--tenant", "linden") == []
    own_host.stop()
    alter(own_host, "DELETE FROM audit_entry WHERE chain = 'linden' AND sequence = 3")
    assert verify(own_host) == ["harbor altered 2", "linden deleted 3"]
    alter(own_host, "DELETE FROM audit_entry WHERE chain = 'linden'", "DELETE FROM audit_head WHERE chain = 'linden'")
    assert "linden truncated 1" in verify(own_host)
    own_host.start()
    own_host.administration("key", "create", "--tenant", "linden")
    assert any(finding.startswith("linden") for finding in verify(own_host)), "It does not heal by going on."


def test_an_export_is_verified_elsewhere_and_an_archived_chain_goes_on(own_host, tmp_path):
    own_host.start()
    for _ in range(3):
        own_host.administration("key", "create", "--tenant", "harbor")
    exported = own_host.cli("audit", "export", "--tenant", "harbor", "--data", str(own_host.data)).stdout
    assert len(exported.splitlines()) == 4
    shutil.copy(own_host.data / "secret.key", tmp_path / "key")

    def check(text, *arguments):
        done = subprocess.run(
            [GANTRY, "audit", "verify", "--file", "-", "--json", *arguments], input=text, text=True,
            capture_output=True, timeout=60, cwd=tmp_path)
        return done.returncode, [item["kind"] for item in json.loads(done.stdout)["findings"]]

    assert check(exported) == check(exported, "--key", "key") == (0, [])
    lines = exported.splitlines()
    assert check("\n".join([lines[0], lines[2], lines[1], lines[3]]))[1][0] == "deleted"
    assert check("\n".join(lines[:-1])) == (1, ["truncated"])
    assert check(exported.replace('"done"', '"nope"', 1)) == (1, ["altered"])
    head = json.loads(lines[0])
    head["head"]["sequence"] = 2
    head["head"]["hash"] = json.loads(lines[2])["hash"]
    forged = "\n".join([json.dumps(head), *lines[1:3]])
    assert check(forged) == (0, []), "Hashes alone do not tell,"
    assert check(forged, "--key", "key") == (1, ["unsealed"]), "the seal does."
    own_host.administration("audit", "archive", "--tenant", "harbor", "--up-to", "2")
    assert verify(own_host) == []
    assert [item["sequence"] for item in entries(own_host, "--tenant", "harbor")] == [3, 4]


@pytest.mark.parametrize("delay", [0.15, 0.3])
def test_no_act_without_its_entry_and_no_entry_without_its_act_after_a_kill(own_host, delay):
    own_host.start()
    over = threading.Event()

    def work(tenant):
        while not over.is_set():
            own_host.cli("key", "create", "--tenant", tenant, "--data", str(own_host.data), check=False)

    threads = [threading.Thread(target=work, args=(tenant,)) for tenant in ("harbor", "linden", "authors")]
    for thread in threads:
        thread.start()
    eventually(lambda: len(entries(own_host, "--tenant", "harbor")) >= 2)
    over.wait(delay)
    own_host.stop(signal.SIGKILL)
    over.set()
    for thread in threads:
        thread.join()
    assert verify(own_host) == []
    for tenant in ("harbor", "linden", "authors"):
        made = sorted(row["id"] for row in own_host.administration("key", "list", "--tenant", tenant)["items"])
        told = sorted(item["target"] for item in entries(own_host, "--tenant", tenant, "--action", "key.create"))
        assert made == told
