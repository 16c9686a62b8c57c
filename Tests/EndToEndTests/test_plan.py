"""gantry plan, apply and migrate, on a running host and on a folder that none uses."""

import fcntl
import json
import os
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import time

import pytest

from conftest import BUILD, GANTRY, eventually

DEPLOYMENT = """\
bundles: [bundles]
tenants:
  - id: acme
    name: Acme Ltd
    hosts: [acme.localhost]
    modules:
      guestbook: {}
      tally: {}
  - id: linden
    modules:
      guestbook: {limits: {default: 10/minute}}
"""

# The first plan of the file above, with its folder as FOLDER.
FIRST_PLAN = """\
Plan of FOLDER/deployment.yaml for a folder that no host uses:
  + guestbook: grants GRANTS
  + tally: grants GRANTS
  ~ bundles: looks for bundles in FOLDER/bundles; finds guestbook 1.0.0; finds tally 1.0.0
  ~ acme: makes the tenant, named Acme Ltd; claims acme.localhost
  + acme/guestbook: starts it
      migration 1 entries
  + acme/tally: starts it
      migration 1 tally
  ~ linden: makes the tenant, named linden
  + linden/guestbook: starts it; limits {"default":"10/minute"}
      migration 1 entries

8 changes, 3 migrations.
"""

DROPPING = "-- Nobody read it.\nALTER TABLE entries DROP COLUMN mood;\nDELETE FROM entries;\n"


class Place:
    """A deployment file with bundles of its own beside a data folder."""

    def __init__(self, host):
        self.host = host
        self.folder = host.folder
        self.bundles = host.folder / "bundles"
        for module in ("guestbook", "tally"):
            shutil.copytree(BUILD / "bundles" / module, self.bundles / module)
        self.write(DEPLOYMENT)

    def write(self, text):
        self.host.deployment.write_text(text)

    def migration(self, name, sql, module="guestbook"):
        (self.bundles / module / "migrations" / name).write_text(sql)

    def run(self, *arguments, status=0):
        done = subprocess.run([GANTRY, *arguments, "--data", str(self.host.data)], capture_output=True, text=True,
                              timeout=120)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def plan(self, *arguments, status=2):
        done = self.run("plan", str(self.host.deployment), *arguments, "--json", status=status)
        return json.loads(done.stdout)

    def changes(self):
        """How many steps are left; a plan's status is 0 or 2 then."""
        done = subprocess.run([GANTRY, "plan", self.host.deployment, "--data", self.host.data, "--json"],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode in (0, 2), done.stderr
        return json.loads(done.stdout)["changes"]

    def apply(self, *arguments, status=0):
        return self.run("apply", str(self.host.deployment), *arguments, status=status)

    def database(self, tenant, module="guestbook"):
        return self.host.data / "tenants" / tenant / module / "module.db"

    def query(self, tenant, sql, module="guestbook"):
        database = sqlite3.connect(f"file:{self.database(tenant, module)}?mode=ro", uri=True)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def sign(self, tenant, message="Hello"):
        token = self.host.token(tenant)
        answer = self.host.call("POST", "/v1/entries", {"author": "Ada", "message": message}, key=token)
        assert answer.status == 201, answer.body

    def entries(self, tenant):
        return self.host.call("GET", "/v1/entries", key=self.host.key(tenant)).json["entries"]


@pytest.fixture
def place(own_host):
    return Place(own_host)


def steps(plan):
    return [(step["action"], "/".join(filter(None, [step["tenant"], step["module"]]))) for step in plan["steps"]]


def obstacles(plan):
    return [(obstacle["code"], obstacle["tenant"], obstacle["module"]) for obstacle in plan["obstacles"]]


def test_the_first_plan_in_text_and_json_changes_nothing_and_apply_does_it(place):
    done = place.run("plan", str(place.host.deployment), status=2)
    text = re.sub(r"grants [a-z_, ]+", "grants GRANTS", done.stdout).replace(str(place.folder), "FOLDER")
    assert text == FIRST_PLAN
    assert not place.host.data.exists(), "a plan makes nothing"
    plan = place.plan()
    assert list(plan) == ["deployment", "running", "changes", "steps", "obstacles", "notes"]
    assert plan["changes"] == 8 and plan["running"] is False and plan["obstacles"] == plan["notes"] == []
    assert list(plan["steps"][4]) == ["action", "tenant", "module", "details", "migrations", "arguments"]
    assert list(plan["steps"][4]["migrations"][0]) == ["version", "name", "file", "destructive"]
    lines = place.apply().stdout.splitlines()
    assert lines[4].startswith("[5/8] acme/guestbook: started; 1 migration: entries in ")
    assert lines[-1] == "8 changes applied."
    assert place.plan(status=0)["steps"] == []
    assert place.run("plan", str(place.host.deployment)).stdout.endswith("\nNothing to do.\n")
    assert place.apply().stdout == "Nothing to do.\n"
    place.host.start()
    place.sign("acme")
    assert place.plan(status=0)["running"] is True


def test_a_running_host_takes_new_tenants_modules_configurations_and_builds_without_a_restart(place):
    place.host.start()
    process = place.host.process.pid
    place.sign("acme")
    place.write(DEPLOYMENT.replace("      tally: {}\n", "").replace("10/minute", "20/minute") + """\
  - id: fresh
    hosts: [fresh.localhost]
    modules:
      guestbook: {mount: /book}
""")
    place.migration("0002_moods.sql", "ALTER TABLE entries ADD COLUMN mood TEXT;\n")
    assert steps(place.plan()) == [
        ("bundles", ""), ("stop", "acme/tally"), ("upgrade", "acme/guestbook"), ("change", "linden/guestbook"),
        ("tenant", "fresh"), ("start", "fresh/guestbook")]
    place.apply()
    assert place.plan(status=0)["steps"] == []
    assert place.host.process.pid == process and place.host.process.poll() is None
    assert len(place.entries("acme")) == 1
    assert place.query("acme", "SELECT mood FROM entries") == [(None,)]
    assert place.host.call("GET", "/v1/tally", key=place.host.key("acme")).status == 404
    assert place.host.call("GET", "/book/v1/entries", key=place.host.key("fresh")).status == 200
    assert place.host.call("GET", "/book/v1/entries", headers={"Host": "fresh.localhost"}).status == 200
    state = {row["tenant"]: row for row in place.host.administration("migrate", "status")["items"]}
    assert state["acme"]["applied"] == 2 or state["acme"]["module"] == "tally"


def test_what_commands_did_is_left_alone_and_said(place):
    place.host.start()
    place.host.administration("module", "disable", "tally", "--tenant", "acme")
    place.host.administration("tenant", "create", "own")
    place.host.administration("module", "enable", "guestbook", "--tenant", "own")
    plan = place.plan(status=0)
    assert [(note["tenant"], note["module"]) for note in plan["notes"]] == [("acme", "tally")]
    assert "disabled" in plan["notes"][0]["message"]
    place.migration("0002_moods.sql", "ALTER TABLE entries ADD COLUMN mood TEXT;\n")
    place.apply()
    notes = {note["tenant"]: note["message"] for note in place.plan(status=0)["notes"]}
    assert "behind by 1 migration" in notes["own"] and "--tenant own" in notes["own"]
    assert "own/guestbook: migrated; 1 migration: moods" in place.run("migrate", "apply", "--tenant", "own").stdout
    assert [note["tenant"] for note in place.plan(status=0)["notes"]] == ["acme"]
    assert place.query("own", "SELECT count(*) FROM gantry_migration") == [(2,)]


def test_destructive_statements_are_named_and_a_restore_point_brings_the_rows_back(place):
    place.write(DEPLOYMENT.partition("  - id: linden")[0])
    place.host.start()
    place.sign("acme", "precious")
    place.migration("0002_moods.sql", "ALTER TABLE entries ADD COLUMN mood TEXT;\n")
    place.migration("0003_drop.sql", DROPPING)
    plan = place.plan()
    step = [step for step in plan["steps"] if step["tenant"] == "acme"][0]
    destructive = [re.sub(".*/", "", text) for migration in step["migrations"] for text in migration["destructive"]]
    assert destructive == ["0003_drop.sql:2: drops the column `mood`", "0003_drop.sql:3: deletes all rows of `entries`"]
    dry = place.run("migrate", "apply", "--dry-run", "--tenant", "acme", "--module", "tally").stdout
    assert dry == "Nothing is pending.\n"
    assert "restore point 0002-" in place.apply().stdout
    assert place.entries("acme") == []
    which = ("--tenant", "acme", "--module", "guestbook")
    points = place.host.administration("migrate", "restore-points", *which)["items"]
    assert [point["version"] for point in points] == [2] and "drops the column mood" in points[0]["before"]
    refused = place.run("migrate", "restore", points[0]["point"], *which, status=1)
    assert "Disable it" in refused.stderr
    place.host.administration("module", "disable", "guestbook", "--tenant", "acme")
    restored = place.host.administration("migrate", "restore", points[0]["point"], *which)
    assert restored["restored"] == points[0]["point"] and restored["former"].startswith("0003-")
    # The build that lost the rows is taken back, or it would lose them again.
    (place.bundles / "guestbook/migrations/0003_drop.sql").unlink()
    place.apply()
    place.host.administration("module", "enable", "guestbook", "--tenant", "acme")
    assert [entry["message"] for entry in place.entries("acme")] == ["precious"]


def test_a_dry_run_tells_what_would_become_of_the_rows_and_changes_nothing(place):
    place.apply()
    database = sqlite3.connect(place.database("acme"))
    database.executemany("INSERT INTO entries (author, message, signed_at) VALUES ('a', ?, 't')",
                         [(str(number),) for number in range(100)])
    database.commit()
    database.close()
    place.migration("0002_thin.sql", "DELETE FROM entries WHERE id > 40;\nCREATE TABLE kept (id TEXT NOT NULL);\n")
    done = place.run("migrate", "apply", "--dry-run", "--tenant", "acme")
    assert "rows of entries 100 → 40; rows of kept none → 0" in done.stdout
    answer = json.loads(place.run("migrate", "apply", "--dry-run", "--json").stdout)
    assert answer["failure"] is None and len(answer["done"]) == 2
    assert {"table": "entries", "rows_before": 100, "rows_after": 40} in answer["done"][0]["tables"]
    assert sorted(os.listdir(place.database("acme").parent)) == ["module.db", "module.db-migration"]
    assert place.query("acme", "SELECT count(*) FROM entries") == [(100,)]
    assert place.run("migrate", "plan", status=2).stdout.startswith("acme/guestbook: pending\n  migration 2 thin\n")


def test_what_stands_in_the_way_is_named_and_nothing_is_applied(place):
    place.apply()
    (place.bundles / "guestbook/migrations/0001_entries.sqlite.sql").write_text("CREATE TABLE other (a TEXT);\n")
    for file in ("module.yaml", "openapi.yaml", "contract.json"):
        path = place.bundles / "tally" / file
        path.write_text(re.sub(r"/v1/tally(?![\w/])", "/v1/entries", path.read_text()))
    manifest = place.bundles / "tally/module.yaml"
    manifest.write_text(manifest.read_text() + "configuration: {type: object, properties: {limit: {type: integer}}}\n")
    place.write(DEPLOYMENT.replace("tally: {}", "tally: {configuration: {limit: many}}") + """\
  - id: fresh
    hosts: [acme.localhost]
    modules: {unheard-of: {}}
""")
    plan = place.plan(status=1)
    assert obstacles(plan) == [
        ("host_conflict", "fresh", None), ("drift", "acme", "guestbook"), ("configuration", "acme", "tally"),
        ("route_conflict", "acme", None), ("drift", "linden", "guestbook"),
        ("missing_module", "fresh", "unheard-of")]
    messages = "\n".join(obstacle["message"] for obstacle in plan["obstacles"])
    for words in ("both claim `acme.localhost`", "0001_entries.sqlite.sql was changed after it ran", "its checksum is",
                  "`configuration.limit`", "guestbook` and `tally", "GET /v1/entries", "no bundle of `unheard-of`"):
        assert words in messages, words
    refused = place.apply(status=1)
    assert "Nothing was applied" in refused.stderr and "In the way:" in refused.stdout
    assert {row["id"] for row in place.host.administration("tenant", "list")["items"]} == {"acme", "linden"}


def test_an_older_build_is_refused_because_the_database_is_ahead(place):
    place.migration("0002_moods.sql", "ALTER TABLE entries ADD COLUMN mood TEXT;\n")
    place.apply()
    (place.bundles / "guestbook/migrations/0002_moods.sql").unlink()
    plan = place.plan(status=1)
    assert {code for code, _, _ in obstacles(plan)} == {"ahead"}
    assert "migration 2 (moods) has run" in plan["obstacles"][0]["message"]


def test_a_capability_that_is_newly_asked_for_has_to_be_granted(place):
    place.host.start()
    manifest = place.bundles / "tally/module.yaml"
    manifest.write_text(re.sub(r"capabilities: \[", "capabilities: [jobs, ", manifest.read_text()))
    plan = place.plan(status=1)
    assert obstacles(plan) == [("capability", None, "tally")]
    message = plan["obstacles"][0]["message"]
    assert "asks for jobs" in message and "--allow tally=jobs" in message
    place.apply(status=1)
    place.plan("--allow", "tally=jobs")
    place.write("modules: {tally: {allow: [database, events, jobs]}}\n" + DEPLOYMENT)
    assert ("grant", "tally") in steps(place.plan())
    place.write(DEPLOYMENT)
    assert "tally: granted" in place.apply("--allow", "tally=jobs").stdout
    assert place.plan(status=0)["steps"] == []


def test_the_holder_of_a_lock_is_named(place):
    place.apply()
    place.migration("0002_moods.sql", "ALTER TABLE entries ADD COLUMN mood TEXT;\n")
    with open(f"{place.database('acme')}-migration", "r+") as lock:
        lock.write("4711 1700000000000\n")
        lock.flush()
        fcntl.fcntl(lock, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
        plan = place.plan(status=1)
        assert obstacles(plan) == [("locked", "acme", "guestbook")]
        assert "process 4711" in plan["obstacles"][0]["message"]
    assert steps(place.plan()) == [("migrate", "acme/guestbook"), ("migrate", "linden/guestbook")]


def test_apply_stops_at_the_first_failure_with_everything_before_it_intact(place):
    place.apply()
    place.migration("0002_unique.sql", "ALTER TABLE entries ADD COLUMN mood TEXT;\n\n"
                    "CREATE UNIQUE INDEX once ON entries (author);\n")
    database = sqlite3.connect(place.database("linden"))
    database.executemany("INSERT INTO entries (author, message, signed_at) VALUES (?, 'm', 't')", [("a",), ("a",)])
    database.commit()
    database.close()
    failed = place.apply(status=1)
    assert "[1/2] acme/guestbook: migrated" in failed.stdout
    assert re.search(r"\[2/2\] linden/guestbook: .*/0002_unique.sql:3: .*UNIQUE constraint failed: entries.author",
                     failed.stderr)
    assert "1 of 2 are done and stay" in failed.stderr
    assert place.query("linden", "SELECT count(*) FROM gantry_migration") == [(1,)]
    assert place.query("linden", "SELECT count(*) FROM pragma_table_info('entries') WHERE name = 'mood'") == [(0,)]
    assert steps(place.plan()) == [("migrate", "linden/guestbook")]
    # A host that starts now serves the tenant that has no such trouble.
    place.host.start()
    place.sign("acme")
    assert place.host.call("GET", "/v1/entries", key=place.host.key("linden")).status == 503


def many(count):
    modules = "    modules: {guestbook: {}}\n"
    return "bundles: [bundles]\ntenants:\n" + "".join(f"  - id: t{number:03}\n{modules}" for number in range(count))


@pytest.mark.parametrize("is_running", [False, True], ids=["idle folder", "running host"])
def test_apply_goes_on_after_it_was_killed(place, is_running):
    """Killed after each of several steps; what was done is done once, and the rest is done by the next."""
    count = 30
    place.write(many(count))
    place.apply()
    if is_running:
        place.host.start()
    place.migration("0002_moods.sql", "ALTER TABLE entries ADD COLUMN mood TEXT;\n")
    kills = 0
    while place.changes() and kills < 12:
        process = subprocess.Popen(
            [GANTRY, "apply", str(place.host.deployment), "--data", str(place.host.data)], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        for _ in range(kills % 3 + 1):
            process.stdout.readline()
        time.sleep(0.002 * (kills % 5))
        process.send_signal(signal.SIGKILL)
        process.stdout.read()
        process.wait(20)
        kills += 1
    assert kills >= 3
    place.apply()
    assert place.plan(status=0)["steps"] == []
    for number in range(count):
        assert place.query(f"t{number:03}", "SELECT version FROM gantry_migration ORDER BY version") == [(1,), (2,)]
    if not is_running:
        place.host.start()
    place.sign("t007")
    assert eventually(lambda: place.entries("t007"))


def test_a_bundle_whose_migrations_do_not_fit_both_engines_is_refused(tmp_path):
    manifest = tmp_path / "tally"
    shutil.copytree(BUILD / "bundles" / "tally", manifest)
    library = next(manifest.glob("*.so"))
    (manifest / "migrations/0002_more.sql").write_text("CREATE TABLE more (id INTEGER PRIMARY KEY AUTOINCREMENT);\n")
    build = [GANTRY, "bundle", "build", "--manifest", manifest, "--library", library, "--output", tmp_path / "out"]
    refused = subprocess.run(build, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1 and "0002_more.sql:1:" in refused.stderr and "[autoincrement]" in refused.stderr
    inspected = subprocess.run([GANTRY, "bundle", "inspect", manifest], capture_output=True, text=True, timeout=60)
    assert inspected.returncode == 1 and "[autoincrement]" in inspected.stderr
    (manifest / "migrations/0002_more.sql").write_text(
        "CREATE TABLE more (id TEXT NOT NULL PRIMARY KEY);\nDROP TABLE nowhere;\n")
    refused = subprocess.run(build, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1 and "0002_more.sql:2: " in refused.stderr and "no such table" in refused.stderr
    (manifest / "migrations/0002_more.sql").write_text("CREATE TABLE more (id TEXT NOT NULL PRIMARY KEY);\n")
    assert subprocess.run(build, capture_output=True, text=True, timeout=60).returncode == 0
