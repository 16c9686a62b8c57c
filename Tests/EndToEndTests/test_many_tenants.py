"""Many tenants: instances start when they are wanted and stop when they are idle, and no event is forgotten by a start
that opens marked databases only."""

import concurrent.futures
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import threading
import time

import pytest
from conftest import BUILD, eventually

COUNT = 300
MODULES = {"guestbook": {"limits": {"default": "1000000/minute"}}, "tally": {}}


def deployment(host, idle=600, bundles=None):
    host.deployment.write_text(
        f"bundles: [{bundles or BUILD / 'bundles'}]\nlog: {{level: info, requests: none}}\n"
        f"instances: {{warm: 0, idle: {idle}}}\n")


def tenant(number):
    return f"t{number:03}"


def import_tenants(host, count=COUNT, modules=None, check=True):
    lines = host.folder / "tenants.jsonl"
    lines.write_text("".join(
        json.dumps({"id": tenant(number), "modules": modules or MODULES}) + "\n" for number in range(count)))
    keys = host.folder / "keys.jsonl"
    done = host.cli(
        "tenant", "import", str(lines), "--keys", str(keys), "--data", str(host.data), "--json", check=check)
    if done.returncode == 0:
        host.keys.update((line["tenant"], line["key"]) for line in map(json.loads, keys.read_text().splitlines()))
    return done


@pytest.fixture
def many(own_host):
    """A folder with many tenants that was never served."""
    deployment(own_host)
    import_tenants(own_host)
    return own_host


def open_databases(host):
    """Tenants and modules whose files the process has open."""
    found = set()
    folder = f"/proc/{host.process.pid}/fd"
    for name in os.listdir(folder):
        try:
            match = re.search(r"/tenants/([^/]+)/([^/]+)/module\.db$", os.readlink(f"{folder}/{name}"))
        except OSError:
            continue
        if match:
            found.add(match.groups())
    return found


def states(host, name):
    return {row["module"]: row["state"] for row in host.administration("tenant", "show", name)["modules"]}


def sign(host, name, author="ada"):
    answer = host.call("POST", "/v1/entries", {"author": author, "message": "x"}, key=host.key(name))
    assert answer.status == 201, answer.body


def counted(host, name):
    """What the tally of a tenant holds, read from its file, so that nothing is started by asking."""
    path = host.data / "tenants" / name / "tally" / "module.db"
    if not path.exists():
        return {}
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        return dict(database.execute("SELECT author, entries FROM tally"))
    except sqlite3.OperationalError:
        return {}
    finally:
        database.close()


def marked(host):
    """Where work waits that can be done; the next run of a schedule is a mark with a time to come."""
    database = sqlite3.connect(f"file:{host.data / 'host.db'}?mode=ro", uri=True, timeout=10)
    try:
        return set(database.execute(
            "SELECT tenant, module FROM module_database WHERE mark <> 0 AND due_ms <= ?", [time.time() * 1000]))
    finally:
        database.close()


def test_a_start_opens_nothing_and_the_first_request_starts_its_module_alone(many):
    many.start()
    # One instance of each module shows at the start whether the module works.
    assert open_databases(many) == {(tenant(0), "guestbook"), (tenant(0), "tally")}
    assert states(many, tenant(7)) == {"guestbook": "idle", "tally": "idle"}
    assert many.call("GET", "/v1/hello/x", key=many.key(tenant(7))).status == 200
    assert states(many, tenant(7)) == {"guestbook": "started", "tally": "idle"}
    # An event starts the module that it is for.
    sign(many, tenant(7))
    eventually(lambda: counted(many, tenant(7)) == {"ada": 1})
    assert states(many, tenant(7)) == {"guestbook": "started", "tally": "started"}
    assert not (many.data / "tenants" / tenant(8)).exists()
    assert states(many, tenant(9)) == {"guestbook": "idle", "tally": "idle"}


def test_an_unknown_caller_starts_nothing(many):
    many.start()
    for headers in ({"X-Tenant-Id": tenant(5)}, {"Authorization": "Bearer cak_" + "A" * 43}):
        assert many.call("GET", "/v1/hello/x", headers=headers).status == 401
    assert many.call("GET", "/v1/none", key=many.key(tenant(5))).status == 404
    assert states(many, tenant(5)) == {"guestbook": "idle", "tally": "idle"}


def test_concurrent_first_requests_of_all_tenants_are_answered_by_their_own(many):
    many.start()
    jobs = [(tenant(number), f"{tenant(number)}-{index}") for number in range(COUNT) for index in range(3)]
    random.Random(1).shuffle(jobs)
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda job: sign(many, *job), jobs))
    for number in random.Random(2).sample(range(COUNT), 40):
        entries = many.call("GET", "/v1/entries", key=many.key(tenant(number))).json["entries"]
        assert {entry["author"] for entry in entries} == {f"{tenant(number)}-{index}" for index in range(3)}
    eventually(lambda: all(sum(counted(many, tenant(number)).values()) == 3 for number in range(COUNT)), 60)
    applied = [line for line in many.log_lines() if line["message"] == "A migration was applied."]
    assert len(applied) == COUNT * 2, "each database was migrated once"


def test_no_acknowledged_event_is_forgotten_by_a_start_after_kill_9(many):
    acknowledged = {}
    lock = threading.Lock()
    for seed in range(3):
        many.start()
        choice = random.Random(seed)
        stop = threading.Event()

        def write(numbers):
            for index, number in enumerate(numbers):
                if stop.is_set():
                    return
                name, author = tenant(number), f"s{seed}-{index}"
                try:
                    sign(many, name, author)
                except OSError:
                    return
                with lock:
                    acknowledged.setdefault(name, set()).add(author)

        writers = [threading.Thread(target=write, args=([choice.randrange(COUNT) for _ in range(5000)],))
                   for _ in range(6)]
        before = sum(map(len, acknowledged.values()))
        for writer in writers:
            writer.start()
        eventually(lambda: sum(map(len, acknowledged.values())) > before + 150)
        many.stop(signal.SIGKILL)
        stop.set()
        for writer in writers:
            writer.join()
    left = {name for name in acknowledged if not acknowledged[name] <= set(counted(many, name))}
    assert left <= {name for name, _ in marked(many)}, "every database with work is marked"
    many.start()
    # Nobody asks for these tenants: the host itself delivers what waits, and nothing twice.
    eventually(lambda: all(authors <= set(counted(many, name)) for name, authors in acknowledged.items()), 60)
    assert all(counted(many, name)[author] >= 1 for name, authors in acknowledged.items() for author in authors)
    untouched = {tenant(number) for number in range(1, COUNT)} - {name for name, _ in marked(many)}
    assert not {name for name, _ in open_databases(many)} & (untouched - set(acknowledged))


def test_what_is_idle_is_stopped_and_leaves_no_mark(many):
    deployment(many, idle=2)
    many.start()
    for number in range(20):
        sign(many, tenant(number))
    eventually(lambda: all(counted(many, tenant(number)) == {"ada": 1} for number in range(20)))
    eventually(lambda: not open_databases(many) and not marked(many), 60)
    assert states(many, tenant(3)) == {"guestbook": "idle", "tally": "idle"}
    # It comes back, with all that it had.
    sign(many, tenant(3), "grace")
    entries = many.call("GET", "/v1/entries", key=many.key(tenant(3))).json["entries"]
    assert {entry["author"] for entry in entries} == {"ada", "grace"}
    eventually(lambda: counted(many, tenant(3)) == {"ada": 1, "grace": 1})


def test_an_upgrade_migrates_every_tenant_that_has_a_database(many, tmp_path):
    many.start()
    for number in range(30):
        sign(many, tenant(number))
    many.stop()
    bundles = tmp_path / "bundles"
    shutil.copytree(BUILD / "bundles", bundles)
    (bundles / "tally" / "migrations" / "0002_more.sql").write_text(
        "CREATE TABLE more (id TEXT NOT NULL PRIMARY KEY);\n")
    deployment(many, bundles=bundles)
    many.start()
    # A tenant that is asked for need not wait for the others.
    assert many.call("GET", "/v1/tally", headers={"X-Tenant-Id": tenant(29)}).status == 200
    eventually(lambda: many.call("GET", "/api/health").status == 200, 60)
    applied = [line for line in many.log_lines() if line.get("migration") == "more"]
    assert {line["tenant"] for line in applied} >= {tenant(number) for number in range(30)}
    assert not (many.data / "tenants" / tenant(31)).exists()


def test_a_database_that_is_gone_is_named_and_not_replaced_by_an_empty_one(many):
    many.start()
    sign(many, tenant(1))
    many.stop()
    path = many.data / "tenants" / tenant(1) / "guestbook" / "module.db"
    kept = path.read_bytes()
    shutil.rmtree(path.parent)
    many.start()
    assert many.call("GET", "/v1/entries", key=many.key(tenant(1))).status == 503
    shown = {row["module"]: row for row in many.administration("tenant", "show", tenant(1))["modules"]}["guestbook"]
    assert shown["state"] == "failed" and str(path) in shown["message"] and "gantry module enable" in shown["message"]
    assert many.call("GET", "/v1/entries", key=many.key(tenant(2))).status == 200
    assert not path.exists()
    many.stop()
    path.parent.mkdir()
    path.write_bytes(kept)
    many.start()
    assert many.call("GET", "/v1/entries", key=many.key(tenant(1))).json["entries"][0]["author"] == "ada"


def test_one_tenants_broken_module_is_no_failure_of_the_deployment(many):
    refused = import_tenants(many, 1)
    assert json.loads(refused.stdout)["existing"] == 1
    many.start()
    sign(many, tenant(4))
    assert many.call("GET", "/api/v1/public/health/ready").status == 200
    assert many.call("GET", "/api/health").status == 200


@pytest.mark.parametrize("line, words", [
    ('{"id": "a b"}', "`id` must be"),
    ('{"id": "x", "colour": "red"}', "`colour` is unknown"),
    ('{"id": "x", "modules": {"guestbook": {"limits": {"default": "many"}}}}', "600/minute"),
    ('{"id": "x", "modules": {"nothing": {}}}', "no bundle of the module `nothing`"),
    ("no json", "it is no JSON"),
])
def test_a_line_that_is_wrong_is_named_and_nothing_of_its_part_is_made(own_host, line, words):
    deployment(own_host)
    own_host.start()
    (own_host.folder / "lines").write_text('{"id": "good"}\n\n' + line + "\n")
    done = own_host.cli("tenant", "import", str(own_host.folder / "lines"), "--data", str(own_host.data), check=False)
    assert done.returncode != 0 and "Line 3" in done.stderr and words in done.stderr
    assert own_host.administration("tenant", "list")["items"] == []


def test_an_import_into_a_running_host_is_served_at_once_and_can_be_made_again(own_host):
    deployment(own_host)
    own_host.start()
    import_tenants(own_host, 50)
    assert own_host.call("GET", "/v1/hello/x", key=own_host.key(tenant(49))).status == 200
    again = import_tenants(own_host, 60)
    assert json.loads(again.stdout) == {"created": 10, "existing": 50}
    assert own_host.call("GET", "/v1/hello/x", key=own_host.key(tenant(59))).status == 200
