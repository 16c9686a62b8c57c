"""The author's commands: projects that build, test and run at once, and what `gantry dev` makes of each change."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import threading

import pytest
from conftest import GANTRY, ROOT, eventually

NATIVE = ["c", "cpp", "rust"]
SOURCES = {"c": "price_list.c", "cpp": "price_list.cpp", "rust": "src/lib.rs"}


def new(folder, *arguments):
    return subprocess.run([GANTRY, "new", "module", *arguments], cwd=folder, capture_output=True, text=True, timeout=30)


def make(project, *goals):
    return subprocess.run(
        ["make", *goals], cwd=project, capture_output=True, text=True, timeout=300,
        env={**os.environ, "GANTRY": str(GANTRY)})


@pytest.mark.parametrize("language", NATIVE)
def test_a_new_project_builds_and_passes_its_test_at_once(tmp_path, language):
    made = new(tmp_path, "price-list", "--lang", language)
    assert made.returncode == 0, made.stderr
    done = make(tmp_path / "price-list", "test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "passed"
    done = make(tmp_path / "price-list", "check")
    assert done.returncode == 0 and "0 failed" in done.stdout, done.stdout + done.stderr
    # It can be moved: nothing in it leads back to the place where it was made or to the kit.
    (tmp_path / "price-list").rename(tmp_path / "moved")
    done = make(tmp_path / "moved", "clean", "bundle")
    assert done.returncode == 0 and "fit to be loaded" in done.stdout, done.stdout + done.stderr


def test_a_new_project_in_swift_builds_and_passes_its_tests(tmp_path):
    """On the host's runtime, which is quicker to build; `Examples/notes-swift` brings its own by the same Makefile."""
    assert new(tmp_path, "price-list", "--lang", "swift").returncode == 0
    project = tmp_path / "price-list"

    def run(*command):
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    assert "Test run with 2 tests in 1 suite passed" in run("swift", "test", "--disable-xctest")
    run(GANTRY, "bundle", "build", "--manifest", "bundle", "--library", ".build/debug/libprice_list.so",
        "--output", "build/bundles")
    assert run(GANTRY, "dev", "--build", "true", "--test", "tests/http.sh").splitlines()[-1] == "passed"
    places = ("PluginAPI/Templates/swift/Makefile", "Examples/notes-swift/Makefile")
    flags = [re.search("^FLAGS := (.*)$", (ROOT / place).read_text(), re.M).group(1) for place in places]
    assert flags[0].replace("my_module", "notes") == flags[1]


def test_a_failing_test_fails_the_command_and_leaves_no_host(tmp_path):
    assert new(tmp_path, "price-list", "--lang", "c").returncode == 0
    done = subprocess.run(
        [GANTRY, "dev", "price-list", "--test", "echo $GANTRY_URL; exit 7"], cwd=tmp_path, capture_output=True,
        text=True, timeout=120)
    assert done.returncode == 7, done.stdout + done.stderr
    host, port = re.search(r"http://([\d.]+):(\d+)$", done.stdout, re.M).groups()
    with pytest.raises(OSError):
        http.client.HTTPConnection(host, int(port), timeout=5).request("GET", "/")


@pytest.mark.parametrize("arguments, words", [
    (["Price", "--lang", "c"], "lowercase letters, digits and single hyphens"),
    (["double", "--lang", "c"], "would clash with a word of the language"),
    (["prices", "--lang", "cobol"], "there are: c, cpp, rust, swift"),
    (["taken", "--lang", "c"], "taken is there already. Nothing was changed"),
    (["prices", "--lang", "c", "--sdk", "."], "is no kit for authors"),
])
def test_what_cannot_be_made_is_said_with_what_can(tmp_path, arguments, words):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").write_text("mine")
    done = new(tmp_path, *arguments)
    assert done.returncode == 1 and words in done.stderr, done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine", "taken"]


class Development:
    """`gantry dev`, and what it says."""

    def __init__(self, project, *options):
        self.folder = project.parent / "temporary"
        self.folder.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [GANTRY, "dev", *options], cwd=project, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(self.folder)})
        self.lines = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def said(self, words, since=0):
        """The place of the line with the words, once it is there."""
        def look():
            assert self.process.poll() is None or any(words in line for line in self.lines), "\n".join(self.lines)
            return next((place + 1 for place in range(since, len(self.lines)) if words in self.lines[place]), None)
        try:
            return eventually(look, seconds=120)
        except AssertionError:
            raise AssertionError(f"it never said `{words}`:\n" + "\n".join(self.lines)) from None

    def latest(self, pattern):
        return [match for line in self.lines for match in re.findall(pattern, line)][-1]

    def call(self, method, path, body=None, tenant="dev"):
        host, port = self.latest(r"is served at http://([\d.]+):(\d+)")
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        headers = {"Authorization": f"Bearer {self.latest(f'key of the tenant {tenant}: +(cak_.*)')}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def end(self, with_signal=signal.SIGINT):
        self.process.send_signal(with_signal)
        return self.process.wait(60)


@pytest.fixture
def project(tmp_path):
    assert new(tmp_path, "price-list", "--lang", "c").returncode == 0
    return tmp_path / "price-list"


@pytest.fixture
def dev(project):
    running = Development(project)
    running.said("saved changes are served")
    yield running
    if running.process.poll() is None:
        running.end()


def edit(path, before, after):
    text = path.read_text()
    assert before in text, before
    # As editors write: a file beside it, which takes its place.
    beside = path.with_name(path.name + ".tmp")
    beside.write_text(text.replace(before, after))
    beside.rename(path)


def test_a_saved_change_is_served_and_what_does_not_build_is_not(dev, project):
    source = project / "price_list.c"
    assert dev.call("POST", "/v1/price-list/notes", {"text": "Nuts"})[0] == 201
    assert '"text":"Nuts"' in dev.call("GET", "/v1/price-list/notes")[1]
    assert dev.call("GET", "/v1/price-list/notes", tenant="other") == (200, '{"notes":[]}')

    place = len(dev.lines)
    edit(source, "ORDER BY created_at DESC", "WHERE text <> 'Nuts' ORDER BY created_at DESC")
    dev.said("price-list 1.0.0 is served", since=place)
    assert dev.call("GET", "/v1/price-list/notes") == (200, '{"notes":[]}')

    place = len(dev.lines)
    edit(source, "static int32_t read_notes(", "static int32_t read_notes(this is no C;")
    place = dev.said("error:", since=place)
    dev.said("the build failed; the last one goes on", since=place)
    assert dev.call("GET", "/v1/price-list/notes") == (200, '{"notes":[]}')

    place = len(dev.lines)
    edit(source, "static int32_t read_notes(this is no C;", "static int32_t read_notes(")
    edit(source, "WHERE text <> 'Nuts' ", "")
    place = dev.said("price-list 1.0.0 is served", since=place)
    assert '"text":"Nuts"' in dev.call("GET", "/v1/price-list/notes")[1]  # the data is the same


def test_nobody_is_turned_away_while_a_change_is_taken_over(dev, project):
    statuses, is_over = [], threading.Event()

    def ask():
        while not is_over.is_set():
            statuses.append(dev.call("GET", "/v1/price-list/notes")[0])

    asking = threading.Thread(target=ask)
    asking.start()
    for number in range(3):
        place, asked = len(dev.lines), len(statuses)
        edit(project / "price_list.c", "/* ---- Life ---- */", f"extern int change_{number};\n/* ---- Life ---- */")
        edit(project / "price_list.c", "GANTRY_EXPORT", f"int change_{number} = {number};\nGANTRY_EXPORT")
        dev.said("price-list 1.0.0 is served", since=place)
        eventually(lambda: len(statuses) > asked + 3)
    is_over.set()
    asking.join()
    assert set(statuses) == {200}, {status: statuses.count(status) for status in set(statuses)}


def test_a_new_version_is_served_from_its_first_build_on(dev, project):
    place = len(dev.lines)
    edit(project / "price_list.c", '.version = "1.0.0"', '.version = "1.1.0"')
    edit(project / "bundle/module.yaml", "version: 1.0.0", "version: 1.1.0")
    dev.said("price-list 1.1.0 is served", since=place)
    assert dev.call("GET", "/v1/price-list/notes") == (200, '{"notes":[]}')


def test_an_answer_that_breaks_the_contract_is_told_to_the_author(dev, project):
    place = len(dev.lines)
    edit(project / "price_list.c", '{\\"notes\\":[', '{\\"prices\\":[')
    place = dev.said("price-list 1.0.0 is served", since=place)
    status, body = dev.call("GET", "/v1/price-list/notes")
    assert status == 500 and "is not what the contract says: #/notes is required" in body
    place = dev.said("An answer is not what the contract says.", since=place)
    assert "operation=listNotes" in dev.lines[place - 1]


def test_a_migration_that_was_changed_begins_anew_and_a_new_one_is_run(dev, project):
    assert dev.call("POST", "/v1/price-list/notes", {"text": "Nuts"})[0] == 201
    place = len(dev.lines)
    (project / "bundle/migrations/0002_colours.sql").write_text("ALTER TABLE notes ADD COLUMN colour TEXT;\n")
    dev.said("price-list 1.0.0 is served", since=place)
    assert '"text":"Nuts"' in dev.call("GET", "/v1/price-list/notes")[1]

    place = len(dev.lines)
    edit(project / "bundle/migrations/0002_colours.sql", "colour", "hue")
    place = dev.said("a migration that has run was changed: beginning again without data", since=place)
    dev.said("saved changes are served", since=place)
    assert dev.call("GET", "/v1/price-list/notes") == (200, '{"notes":[]}')


def test_a_module_that_crashes_is_started_again(dev, project):
    place = len(dev.lines)
    edit(project / "price_list.c", "    note new = {", "    if (request->body.size == 14) abort();\n    note new = {")
    place = dev.said("price-list 1.0.0 is served", since=place)
    assert dev.call("POST", "/v1/price-list/notes", {"text": "kept"})[0] == 201
    with pytest.raises((OSError, http.client.HTTPException)):
        dev.call("POST", "/v1/price-list/notes", {"text": "12"})
    place = dev.said("the host has ended by signal 6", since=place)
    dev.said("saved changes are served", since=place)
    assert '"text":"kept"' in dev.call("GET", "/v1/price-list/notes")[1]


def host_of(dev):
    """The process of its host, by its parent."""
    done = subprocess.run(["pgrep", "-P", str(dev.process.pid), "-f", "serve"], capture_output=True, text=True)
    return int(done.stdout.split()[0])


def is_gone(process):
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_its_end_ends_the_host_and_takes_away_what_nobody_keeps(dev, end):
    host = host_of(dev)
    code = dev.end(end)
    eventually(lambda: is_gone(host), seconds=60)
    if end != signal.SIGKILL:
        assert code == 0 and list(dev.folder.iterdir()) == []


def test_data_that_is_kept_is_there_the_next_time(project, tmp_path):
    for count in (1, 2):
        running = Development(project, "--data", str(tmp_path / "kept"))
        running.said("saved changes are served")
        assert running.call("POST", "/v1/price-list/notes", {"text": f"note {count}"})[0] == 201
        assert running.call("GET", "/v1/price-list/notes")[1].count('"text"') == count
        assert running.end() == 0


def kit_update(project, *options):
    done = subprocess.run(
        [GANTRY, "kit", "update", *options], cwd=project, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_project_with_an_older_kit_is_told_so_and_brought_to_this_one(project):
    assert "It is that of this gantry" in kit_update(project)
    kit = project / "sdk/kit.list"
    kit.write_text(kit.read_text().replace("gantry 0", "gantry 0.0.1-older-than-0", 1))
    header, own = project / "sdk/CKit/gantry_kit.h", project / "price_list.c"
    edited = header.read_text() + "/* mine */\n"
    header.write_text(edited)
    before = own.read_text()
    running = Development(project)
    running.said("`gantry kit update --dry-run` names them")
    running.end()
    said = kit_update(project, "--dry-run")
    assert "kept     sdk/CKit/gantry_kit.h" in said and "Nothing was changed" in said, said
    assert "0.0.1-older-than-0" in kit.read_text()
    assert "Build and test it" in kit_update(project)
    assert "0.0.1" not in kit.read_text() and header.read_text() == edited and own.read_text() == before
    kit_update(project, "--force")
    assert "mine" not in header.read_text()


def test_a_module_is_developed_in_a_worker_whose_crash_leaves_the_host(project):
    running = Development(project, "--isolation", "worker")
    running.said("saved changes are served")
    assert running.call("POST", "/v1/price-list/notes", {"text": "kept"})[0] == 201
    host, place = host_of(running), len(running.lines)
    edit(project / "price_list.c", "    note new = {", "    if (request->body.size == 14) abort();\n    note new = {")
    place = running.said("price-list 1.0.0 is served", since=place)
    assert running.call("POST", "/v1/price-list/notes", {"text": "12"})[0] == 503
    running.said("A worker has crashed", since=place)
    eventually(lambda: running.call("GET", "/v1/price-list/notes")[0] == 200)
    assert '"text":"kept"' in running.call("GET", "/v1/price-list/notes")[1]
    assert host_of(running) == host
    assert running.end() == 0


def test_a_folder_without_a_project_is_refused(tmp_path):
    done = subprocess.run([GANTRY, "dev", "."], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1 and "has no bundle/module.yaml" in done.stderr


MISTAKES = {
    "a handler is missing": (
        "price_list.c", r', \{"addNote", add_note\}', "",
        "the manifest's operation `addNote` has no handler in the library"),
    "the id is another": (
        "price_list.c", r'\.id = "price-list"', '.id = "prices"', "the library calls itself `prices`"),
    "the version is another": (
        "price_list.c", r'\.version = "1.0.0"', '.version = "1.0.1"',
        "the library has version 1.0.1, the manifest 1.0.0"),
    "the note is missing": (
        "price_list.c", r"GANTRY_EXPORT\(module\)",
        "int32_t gantry_entry_v1(const gantry_host_v1 *h, gantry_module_v1 *m) { (void)h; "
        "return gantry_kit_enter(&module, m); }", "The library has no readable Gantry note"),
    "the migration makes another table": (
        "bundle/migrations/0001_notes.sql", "CREATE TABLE notes", "CREATE TABLE nodes", "no such table: notes"),
    "a column is misspelt": ("price_list.c", "SELECT id, text", "SELECT id, txt", "no such column: txt"),
    "the SQL is wrong": (
        "bundle/migrations/0001_notes.sql", "TEXT NOT NULL,\n    created", "TEXT NOT NUL,\n    created",
        "bundle/migrations/0001_notes.sql"),
    "the contract has no such operation": (
        "bundle/openapi.yaml", "operationId: addNote", "operationId: newNote",
        "the contract has no operation `addNote`"),
    "the path is another": (
        "bundle/module.yaml", "GET, path: /v1/price-list/notes", "GET, path: /v1/price-list/note",
        "the contract describes it at GET /v1/price-list/notes"),
    "the answer does not fit": (
        "price_list.c", r"createdAt", "created_at", "#/createdAt is required"),
    "a capability is missing": (
        "bundle/module.yaml", r"capabilities: \[database, events\]", "capabilities: [database]",
        "`events.publishes` needs the capabilities `events` and `database`."),
    "an event is not declared": (
        "bundle/module.yaml", r"publishes: \[price-list.note.added\]", "publishes: []",
        "The event `price-list.note.added` is not declared under `events.publishes`."),
    "the route must not wait": (
        "bundle/module.yaml", "execution: blocking", "execution: inline",
        "A route that waits says `execution: blocking`."),
    "nothing is answered": (
        "price_list.c", r"return gantry_send_json\(self->response, call, 201, &new.json\)", "return GANTRY_OK",
        "The handler has returned before anything was sent"),
    "a setting is misspelt": (
        "bundle/module.yaml", "entry: concurrent", "entry: concurent",
        "bundle/module.yaml:7: entry: `concurent` is not one of: serial, concurrent."),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_beginners_mistake_is_told_with_what_and_where(project, mistake):
    file, before, after, words = MISTAKES[mistake]
    text, count = re.subn(before, lambda _: after, (project / file).read_text())
    assert count
    (project / file).write_text(text)
    curl = 'curl -s -H "Authorization: Bearer $GANTRY_KEY" $GANTRY_URL/v1/price-list/notes'
    call = curl + """ -H 'Content-Type: application/json' -d '{"text": "a"}'; """ + curl
    done = subprocess.run(
        [GANTRY, "dev", "--test", call], cwd=project, capture_output=True, text=True, timeout=120)
    assert words in done.stdout + done.stderr, done.stdout + done.stderr
