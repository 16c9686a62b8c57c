"""Nothing that was acknowledged is lost, and nothing deduplicated happens twice: killed at every named point, at random
moments, and on a disk that loses what was not synced.

GANTRY_KILLS sets how many random kills there are; `make durability` runs 500.
"""

import contextlib
import http.client
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import zlib

import pytest

import recount
from conftest import PRODUCTS, ROOT, Host, eventually

CRASHER = PRODUCTS / "StoreCrasher"
RANDOM_KILLS = int(os.environ.get("GANTRY_KILLS", "40"))
SEED = int(os.environ.get("GANTRY_SEED", "20261121"))

# Passed at every commit and every piece of work; see Host/Threads/CrashPoint.swift.
HOST_POINTS = ["before-commit", "after-commit", "after-delivery", "after-job"]
# See Tests/Support/LossyDisk/lossy_disk.c.
DISK_POINTS = ["before-wal-write", "after-wal-write", "before-wal-sync", "after-wal-sync", "before-db-write",
               "after-db-write", "before-db-sync", "after-db-sync"]


@pytest.fixture(scope="module")
def disk():
    """The library that stands for a disk which loses what was not synced."""
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    library = folder + "/liblossy.so"
    subprocess.run(
        ["cc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library,
         ROOT / "Tests/Support/LossyDisk/lossy_disk.c", "-ldl", "-lpthread"], check=True)
    yield library
    shutil.rmtree(folder)


class Trial:
    """One database and everything that was acknowledged of it, over many kills."""

    def __init__(self, folder):
        self.path = str(pathlib.Path(folder) / "crash.db")
        self.acknowledged = set()
        self.next = 0

    def run_until_killed(self, environment=None, after_lines=None):
        """Runs the workload until it kills itself at a point, or until it has printed so many lines."""
        process = subprocess.Popen(
            [CRASHER, "whole", self.path, str(self.next)], stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})})
        self.next += 1_000_000
        lines = []
        for line in process.stdout:
            lines.append(line)
            if after_lines is not None and len(lines) >= after_lines:
                process.send_signal(signal.SIGKILL)
            if len(lines) > 20_000:
                process.send_signal(signal.SIGKILL)
                raise AssertionError(f"the point was never passed: {environment}")
        process.wait(20)
        whole = [line for line in lines if line.endswith(b"\n")]
        assert process.returncode == -signal.SIGKILL, b"".join(whole[-3:])
        self.acknowledged |= {int(line) for line in whole}

    def rows(self, query):
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            return database.execute(query).fetchall()

    def lost(self):
        """What was acknowledged and is gone."""
        try:
            return self.acknowledged - {row[0] for row in self.rows("SELECT id FROM item")}
        except sqlite3.DatabaseError:
            return self.acknowledged

    def check(self):
        assert self.rows("PRAGMA integrity_check") == [("ok",)]
        assert not self.lost()
        assert self.rows("SELECT id FROM item EXCEPT SELECT id FROM shadow") == []

    def check_effects(self):
        """Runs what is left, then: each row's event and job happened, and once."""
        subprocess.run([CRASHER, "drain", self.path], check=True, timeout=120)
        self.check()
        items = self.rows("SELECT count(*) FROM item")[0][0]
        assert items > 0
        for kind in ("event", "job"):
            effects = self.rows(
                f"SELECT count(*), count(DISTINCT item) FROM effect"
                f" WHERE kind = '{kind}' AND item IN (SELECT id FROM item)")
            assert effects == [(items, items)]
            assert self.rows(f"SELECT count FROM counter WHERE kind = '{kind}'") == [(items,)]


@pytest.fixture
def trial():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    yield Trial(folder)
    shutil.rmtree(folder)


@pytest.mark.parametrize("point", HOST_POINTS)
def test_killed_at_each_point_of_the_host(trial, disk, point):
    for passing in (1, 2, 7, 30):
        trial.run_until_killed({"GANTRY_CRASH_AT": f"{point}:{passing}", "LD_PRELOAD": disk, "LOSSY_SEED": "1"})
        if trial.acknowledged:
            trial.check()
    trial.run_until_killed(after_lines=20)
    trial.check_effects()


@pytest.mark.parametrize("point", DISK_POINTS)
def test_killed_at_each_point_of_the_disk(trial, disk, point):
    # Some rows first, so that the file exists and its log is long enough for a checkpoint to be due.
    trial.run_until_killed(after_lines=300)
    for passing in (1, 2, 5, 23):
        trial.run_until_killed({"LOSSY_KILL": f"{point}:{passing}", "LD_PRELOAD": disk, "LOSSY_SEED": str(passing)})
        trial.check()
    trial.check_effects()


def test_killed_at_random_moments_on_a_disk_that_loses_what_was_not_synced(trial, disk):
    chooser = random.Random(SEED)
    for kill in range(RANDOM_KILLS):
        seed = chooser.randrange(1 << 30)
        trial.run_until_killed(
            {"LD_PRELOAD": disk, "LOSSY_SEED": str(seed)}, after_lines=chooser.randrange(1, 80))
        assert not trial.lost(), f"kill {kill} of seed {SEED}"
        if kill % 50 == 49:
            trial.check()
    trial.check_effects()
    print(f"{RANDOM_KILLS} kills, seed {SEED}: {len(trial.acknowledged)} acknowledged writes, none lost")


def test_the_suite_sees_a_database_that_does_not_sync(trial, disk):
    """The same trial with `synchronous=OFF` loses rows, so what passes above passes for a reason."""
    for seed in range(5):
        trial.run_until_killed(
            {"LD_PRELOAD": disk, "LOSSY_SEED": str(seed), "LOSSY_SYNCHRONOUS": "OFF"}, after_lines=50)
        if trial.lost():
            return
    raise AssertionError("synchronous=OFF went unnoticed")


def sign_until_killed(host, start, signed):
    """Eight clients sign the guestbook until the host is gone; what was acknowledged is noted."""
    def write(worker):
        for number in range(10_000):
            author = f"{start}-{worker}-{number}"
            try:
                answer = host.call("POST", "/v1/entries", {"author": author, "message": "x"}, key=host.key("authors"))
            except (OSError, http.client.HTTPException):
                return
            if answer.status == 201:
                signed.append(author)

    host.key("authors")
    writers = [threading.Thread(target=write, args=(index,)) for index in range(8)]
    for writer in writers:
        writer.start()
    return writers


def tally(host):
    return {row["author"]: row["entries"]
            for row in host.call("GET", "/v1/tally", key=host.key("authors")).json["authors"]}


def test_the_whole_host_on_such_a_disk(own_host, disk):
    """Killed at every point and at random moments: no acknowledged signature is lost, and each is counted once."""
    chooser = random.Random(SEED)
    signed = []
    points = [f"{point}:{chooser.randrange(40, 120)}" for point in HOST_POINTS if point != "after-job"]
    for start, point in enumerate(points + [None] * 4):
        environment = {"LD_PRELOAD": disk, "LOSSY_SEED": str(chooser.randrange(1 << 30))}
        if point:
            environment["GANTRY_CRASH_AT"] = point
        try:
            own_host.start(environment)
        except AssertionError:
            # What the last run left to do took it to the point before it was ready.
            assert point and own_host.process.returncode == -signal.SIGKILL
            continue
        before = len(signed)
        writers = sign_until_killed(own_host, start, signed)
        if not point:
            eventually(lambda: len(signed) - before > chooser.randrange(20, 60))
            own_host.stop(signal.SIGKILL)
        own_host.process.wait(30)
        for writer in writers:
            writer.join()
    own_host.start()
    assert len(signed) > 50
    counted = eventually(lambda: (lambda seen: seen if set(signed) <= set(seen) else None)(tally(own_host)), 30)
    assert set(counted.values()) == {1}


def charge_until_killed(host, key, start, batches, stored):
    """Batches, single sessions and changes of verdicts until the host is gone; what was acknowledged is noted."""
    def body(name, fault):
        values = [10, 12, 3 if fault else 14, 16]
        return {"sessionId": name, "chargingStationId": f"ST-{zlib.crc32(name.encode()) % 7}",
                "evseId": f"E-{len(name) % 3}",
                "meterValues": [{"timestamp": f"2026-06-14T05:{minute:02d}:00Z", "value": value, "unit": "kWh"}
                                for minute, value in zip((0, 15, 30, 45), values)]}

    def call(method, path, content):
        try:
            return host.call(method, path, content, key=key)
        except (OSError, http.client.HTTPException):
            return None

    def send_batches():
        sessions = [body(f"B-{start}-{index}", index % 5 == 0) for index in range(200)]
        answer = call("POST", "/v1/sessions/batch", {"sessions": sessions})
        if answer is not None:
            assert answer.status == 200, answer.body
            batches.append(answer.json["batchId"])

    def send_singly(worker):
        for number in range(10_000):
            name = f"S-{start}-{worker}-{number}"
            answer = call("POST", "/v1/sessions", body(name, False))
            if answer is None or answer.status != 200:
                return
            stored.append(name)
            call("PUT", f"/v1/sessions/{stored[number * 7 % len(stored)]}", {
                "meterValues": body(name, number % 2 == 0)["meterValues"]})

    threads = [threading.Thread(target=send_batches)]
    threads += [threading.Thread(target=send_singly, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    return threads


def test_sessions_on_such_a_disk(own_host, disk):
    """Killed during batches: each acknowledged session is there once, and what is kept counted agrees with a count."""
    chooser = random.Random(SEED)
    batches, stored = [], []
    database = own_host.data / "tenants/harbor/anomaly/module.db"
    points = ["before-commit:60", "before-commit:160", "after-commit:90", None, "after-job:1", None]
    for start, point in enumerate(points):
        environment = {"LD_PRELOAD": disk, "LOSSY_SEED": str(chooser.randrange(1 << 30))}
        if point:
            environment["GANTRY_CRASH_AT"] = point
        try:
            own_host.start(environment)
        except AssertionError:
            assert point and own_host.process.returncode == -signal.SIGKILL
            continue
        before = len(stored)
        key = own_host.key("harbor")
        threads = charge_until_killed(own_host, key, start, batches, stored)
        if not point:
            eventually(lambda: len(stored) - before > 120, 60)
            own_host.stop(signal.SIGKILL)
        own_host.process.wait(60)
        for thread in threads:
            thread.join()
        assert recount.differences(database) == []
    own_host.start()
    key = own_host.key("harbor")
    for batch in batches:
        done = eventually(lambda: (lambda seen: seen if seen["status"] == "completed" else None)(
            own_host.call("GET", f"/v1/sessions/batch/{batch}?pageSize=1", key=key).json), 60)
        assert (done["processedSessions"], done["failedSessions"]) == (200, 0)
    assert recount.differences(database) == []
    with contextlib.closing(sqlite3.connect(database)) as connection:
        names = {row[0] for row in connection.execute("SELECT session_id FROM sessions")}
        created = connection.execute(
            "SELECT COUNT(*), COUNT(DISTINCT key) FROM gantry_outbox WHERE type = 'session.created'").fetchone()
        blocks = connection.execute("SELECT COUNT(*) FROM session_blocks").fetchone()[0]
    assert set(stored) <= names and len(batches) >= 2 and blocks > 0
    assert created == (len(names), len(names))
    listed = own_host.call("GET", "/v1/sessions?isAnomaly=true", key=key).json["pagination"]["totalCount"]
    assert 0 < listed < own_host.call("GET", "/v1/sessions", key=key).json["pagination"]["totalCount"] == len(names)
