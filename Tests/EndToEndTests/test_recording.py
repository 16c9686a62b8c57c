"""What crosses the border of one module for one tenant is kept without secrets, and played to builds of it."""

import json
import subprocess

import pytest
from conftest import BUILD, GANTRY, ROOT

DEPLOYMENT = """\
bundles: [{bundles}]
log: {{level: info, requests: none}}
modules: {{exhibit: {{isolation: {isolation}}}}}
tenants:
  - id: north
    modules: {{exhibit: {{}}}}
  - id: south
    modules: {{exhibit: {{}}}}
"""
SOURCE = ROOT / "Tests" / "Museum" / "Exhibits"


def build(folder, *changes):
    """The exhibit in C as a bundle, with changes of its source; its requests are JSON."""
    folder.mkdir(parents=True)
    (folder / "migrations").mkdir()
    for name in ("module.yaml", "openapi.yaml", "migrations/0001_notes.sql"):
        text = (SOURCE / "bundle" / name).read_text().replace("exhibit-LANGUAGE", "exhibit")
        text = text.replace("text/plain: {schema: {type: string, maxLength: 1000}}", "application/json: {schema: {}}")
        (folder / name).write_text(text.replace("LANGUAGE", "c"))
    source = (SOURCE / "exhibit.c").read_text().replace("exhibit-c", "exhibit")
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    (folder / "exhibit.c").write_text(source)
    subprocess.run(
        ["cc", "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{ROOT}/PluginAPI/C/include",
         f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o", folder / "libexhibit.so", folder / "exhibit.c"],
        check=True)
    return folder


def replay(recording, bundle):
    """The exit code of `gantry replay`, and what it says."""
    done = subprocess.run(
        [GANTRY, "replay", recording, "--bundle", bundle, "--json"], capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


@pytest.fixture(scope="module", params=["in-process", "worker"])
def recorded(request, tmp_path_factory):
    """A recording of north's traffic, with south's beside it."""
    from conftest import Host

    folder = tmp_path_factory.mktemp("recording")
    bundle = build(folder / "bundles" / "exhibit")
    host = Host(folder, DEPLOYMENT.format(bundles=folder / "bundles", isolation=request.param)).start()
    north, south = host.key("north"), host.key("south")
    path = folder / "north.recording"
    began = host.administration("record", "start", "exhibit", "--tenant", "north", "--output", str(path),
                                "--redact", "shoeSize")
    assert began["state"] == "recording", began
    secret = {"password": "hunter2-of-north", "nested": {"apiKey": "north-key-000111", "plain": "seen-of-north"},
              "shoeSize": 98765432, "key": north, "tokens": "seen", "token": ["list-of-north", {"in": "deep-of-north"}],
              "passphrase": 'quoted"of-north'}
    headers = {"Cookie": "session=cookie-of-north", "X-Api-Key": "header-key-of-north"}
    assert host.call("PUT", "/v1/c/notes/first", secret, key=north, headers=headers).status == 204
    # The same secret again, where nothing says that it is one.
    assert host.call("PUT", "/v1/c/notes/hunter2-of-north", {"a": 1}, key=north).status == 204
    assert host.call("PUT", "/v1/c/notes/second?api_key=query-of-north", {"a": 1}, key=north).status == 204
    assert host.call("PUT", "/v1/c/notes/first", {"a": "only-of-south"}, key=south).status == 204
    assert host.call("GET", "/v1/c/notes/first", key=north).json["password"] == "hunter2-of-north"
    assert host.call("GET", "/v1/c/notes/missing", key=north).status == 404
    assert host.call("GET", "/v1/c/notes/first", key=south).json == {"a": "only-of-south"}
    assert host.call("GET", "/v1/c/time", key=north).status == 204
    # Nobody shares the worker of what is recorded.
    workers = {one["process"]: one["tenant"] for one in host.administration("module", "show", "exhibit")["workers"]}
    workers.pop(None, None)
    tenants = {"in-process": [], "worker": [None, "north"]}[request.param]
    assert sorted(workers.values(), key=str) == sorted(tenants, key=str), workers
    ended = host.administration("record", "stop")
    assert ended["state"] == "ended" and ended["records"] > 20, ended
    size = path.stat().st_size
    # It goes on as it was; nothing more is written.
    assert host.call("GET", "/v1/c/notes/first", key=north).json["password"] == "hunter2-of-north"
    assert path.stat().st_size == size == ended["bytes"]
    yield host, path, bundle, north, south
    assert host.stop() == 0


def test_no_secret_stands_in_it(recorded):
    _, path, _, north, south = recorded
    content = path.read_bytes()
    for secret in ("hunter2-of-north", "north-key-000111", "98765432", "cookie-of-north", "header-key-of-north",
                   "list-of-north", "deep-of-north", 'quoted\\"of-north', 'quoted"of-north', "query-of-north",
                   north, south):
        assert secret.encode() not in content, secret
    # What is no secret does, and what was equal stays so: the path's name and the member were the same.
    assert b"seen-of-north" in content
    replaced = content.split(b'"password": "')[1].split(b'"')[0]
    assert len(replaced) == len("hunter2-of-north") and content.count(replaced) > 2


def test_nothing_of_another_tenant_stands_in_it(recorded):
    content = recorded[1].read_bytes()
    assert b"only-of-south" not in content and b"south" not in content
    assert recorded[1].stat().st_mode & 0o077 == 0


def test_the_same_build_does_the_same(recorded):
    _, path, bundle, _, _ = recorded
    status, said = replay(path, bundle)
    assert (status, said["differences"]) == (0, []), said
    assert said["calls"] > 10


@pytest.mark.parametrize("old, new, recorded_words, found_words", [
    ("SELECT content FROM notes", "SELECT content  FROM notes", "SELECT content FROM", "SELECT content  FROM"),
    ('"not_found"', '"not_there"', "not_found", "not_there"),
    ("(void)self->log->write(call, GANTRY_LOG_INFO", "if (now < 0) (void)self->log->write(call, GANTRY_LOG_INFO",
     "gantry.log", "gantry.response"),
])
def test_another_build_is_told_by_what_it_does_otherwise(recorded, tmp_path, old, new, recorded_words, found_words):
    _, path, _, _, _ = recorded
    status, said = replay(path, build(tmp_path / "changed", (old, new)))
    assert status == 1 and said["differences"], said
    assert all("gantry.module.http handle" in one["call"] for one in said["differences"]), said
    assert any(recorded_words in one["recorded"] and found_words in one["found"] for one in said["differences"]), said


def test_what_a_statement_calls_a_secret_is_none_of_it(tmp_path):
    """What was stored long before, and comes out of a column with such a name, whatever its own text says."""
    from conftest import Host

    bundle = build(tmp_path / "bundles" / "exhibit", ("SELECT content FROM", "SELECT content AS password FROM"))
    host = Host(tmp_path, DEPLOYMENT.format(bundles=tmp_path / "bundles", isolation="in-process")).start()
    north = host.key("north")
    assert host.call("PUT", "/v1/c/notes/first", "stored-of-north", key=north).status == 204
    path = tmp_path / "north.recording"
    host.administration("record", "start", "exhibit", "--tenant", "north", "--output", str(path))
    assert host.call("GET", "/v1/c/notes/first", key=north).json == "stored-of-north"
    assert host.administration("record", "stop")["records"] > 10
    content = path.read_bytes()
    assert b"AS password" in content and b"stored-of-north" not in content
    assert replay(path, bundle)[0] == 0
    assert host.stop() == 0


def test_bounds_and_refusals(recorded, tmp_path):
    host, path, bundle, north, _ = recorded
    arguments = ["record", "start", "exhibit", "--tenant", "north", "--data", str(host.data), "--output"]
    again = host.cli(*arguments, str(path), check=False)
    assert again.returncode != 0 and "File exists" in again.stderr, again.stderr
    small = tmp_path / "small"
    host.cli(*arguments, str(small), "--mebibytes", "1")
    twice = host.cli(*arguments, str(tmp_path / "other"), check=False)
    assert twice.returncode != 0 and "is being recorded" in twice.stderr, twice.stderr
    for _ in range(12):
        assert host.call("PUT", "/v1/c/notes/large", {"a": "x" * 90_000}, key=north).status == 204
    shown = host.administration("record", "show")
    assert (shown["state"], shown["reason"]) == ("ended", "the size is reached"), shown
    assert small.stat().st_size <= 1 << 20
    assert host.administration("record", "stop")["state"] == "ended"
    assert replay(small, bundle)[0] == 0
    (tmp_path / "none").write_text("nothing\n")
    assert replay(tmp_path / "none", bundle)[0] == 2


def test_a_module_on_the_swift_kit_is_recorded_and_played(own_host):
    own_host.start()
    host, key = own_host, own_host.key("authors")
    path = host.folder / "guestbook.recording"
    host.administration("record", "start", "guestbook", "--tenant", "authors", "--output", str(path))
    for number in range(3):
        entry = {"author": "Ada", "message": f"hello {number}"}
        assert host.call("POST", "/v1/entries", entry, key=key).status == 201
    assert len(host.call("GET", "/v1/entries", key=key).json["entries"]) == 3
    assert host.call("GET", "/v1/hello/Ada", key=key).status == 200
    host.administration("record", "stop")
    status, said = replay(path, BUILD / "bundles" / "guestbook")
    assert status == 0 and said["calls"] > 8, said
    host.stop()
