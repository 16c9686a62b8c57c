"""Projects: both versions, pages and searches, walls between people and tenants, keys of requests, a kill."""

import http.client
import itertools
import shutil
import signal
import tempfile
import threading
import uuid

import pytest

import contracts
from conftest import BUILD, Host

PROJECTS = "/api/v1/app/projects"
DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: harbor
log: {{level: info, requests: failures}}
event-loops: 2
limits: {{default: 1000000/minute}}
tenants:
  - {{id: harbor, modules: {{projects: {{}}}}}}
  - {{id: linden, hosts: [linden.localhost], modules: {{projects: {{}}}}}}
"""
numbers = itertools.count()


@pytest.fixture(scope="module")
def served():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=BUILD / "bundles")).start()
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture
def ada(served):
    """Somebody new."""
    return served.token("harbor", f"usr_{next(numbers)}")


def create(host, token, name="Harbor signage", **more):
    answer = host.call("POST", PROJECTS, {"name": name, **more}, key=token)
    assert answer.status == 201, answer.body
    return answer


def test_a_project_is_made_found_changed_and_removed(served, ada):
    made = create(served, ada, "  Harbor signage ", description="Wayfinding")
    project = made.json
    assert project["name"] == "Harbor signage" and project["created_at"] == project["updated_at"]
    path = f"{PROJECTS}/{project['id']}"
    assert made.headers["location"] == path
    assert served.call("GET", path, key=ada).json == project
    assert served.call("PATCH", path, {}, key=ada).json == project
    changed = served.call("PATCH", path, {"description": None}, key=ada).json
    assert changed["description"] is None and changed["name"] == "Harbor signage"
    assert served.call("GET", PROJECTS, key=ada).json == {"items": [changed], "total": 1, "skip": 0, "limit": 20}
    assert served.call("DELETE", path, key=ada).status == 204
    for method, body in (("GET", None), ("PATCH", {"name": "Again"}), ("DELETE", None)):
        answer = served.call(method, path, body, key=ada)
        assert answer.status == 404 and answer.json["error"]["details"]["id"] == project["id"]
    assert served.call("GET", PROJECTS, key=ada).json["total"] == 0


def test_the_second_version_wraps_and_adds(served, ada):
    made = served.call("POST", "/api/v2/app/projects", {"name": "One"}, key=ada)
    project = made.json["data"]
    assert made.status == 201 and made.headers["location"] == f"/api/v2/app/projects/{project['id']}"
    assert project["days_since_created"] == 0 and project["is_recently_updated"] is True
    assert made.json["meta"]["version"] == "v2"
    page = served.call("GET", "/api/v2/app/projects", key=ada).json["data"]
    assert page["items"] == [project] and page["total"] == 1
    first = served.call("GET", f"{PROJECTS}/{project['id']}", key=ada).json
    assert first == {name: value for name, value in project.items()
                     if name not in ("days_since_created", "is_recently_updated")}
    unversioned = served.call("POST", "/api/app/projects", {"name": "Two"}, key=ada,
                              headers={"Accept-Version": "v2"})
    assert unversioned.headers["location"].startswith("/api/v2/app/projects/")


def test_nobody_else_reaches_a_project(served, ada):
    project = create(served, ada).json
    others = {
        "another user": served.token("harbor", "usr_other"),
        "an administrator": served.token("harbor", "usr_admin", "admin"),
        "a superadmin": served.token("harbor", "usr_super", "superadmin"),
        "the same user id in another tenant": served.token("linden", project["owner_id"]),
        "another tenant's superadmin": served.token("linden", "usr_super", "superadmin"),
    }
    unknown = str(uuid.uuid4())
    for who, token in others.items():
        for method, body in (("GET", None), ("PATCH", {"name": "Taken"}), ("DELETE", None)):
            answer, missing = (served.call(method, f"{PROJECTS}/{one}", body, key=token)
                               for one in (project["id"], unknown))
            assert (answer.status, missing.status) == (404, 404), who
            assert answer.body.replace(project["id"].encode(), b"") == missing.body.replace(unknown.encode(), b"")
        assert served.call("GET", PROJECTS, key=token).json["total"] == 0, who
        assert served.call("GET", f"{PROJECTS}?search=harbor", key=token).json["items"] == [], who
        mine = served.call("POST", PROJECTS, {"name": "Theirs", "owner_id": project["owner_id"], "id": project["id"]},
                           key=token).json
        assert mine["id"] != project["id"]
        assert served.call("DELETE", f"{PROJECTS}/{mine['id']}", key=token).status == 204
    assert served.call("GET", f"{PROJECTS}/{project['id']}", key=ada).json == project
    assert served.call("GET", PROJECTS, key=ada).json["total"] == 1
    assert served.call("GET", PROJECTS, key=ada, headers={"X-Tenant-Id": "linden"}).status == 403
    assert served.call("GET", PROJECTS).status == 401


def test_an_id_that_cannot_exist_is_one_that_does_not(served, ada):
    for wrong in ("7", "not-a-uuid", "%00", "a" * 300):
        for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
            answer = served.call(method, f"{PROJECTS}/{wrong}", body, key=ada)
            assert answer.status == 404, (wrong, answer.body)
            details = answer.json["error"]["details"]
            assert details["resource"] == "Project" and len(details["id"]) > 0


def test_pages_and_searches(served, ada):
    for number in range(23):
        create(served, ada, f"P{number:02}" + (" 100%_sure" if number % 10 == 0 else " Straße"))
    names = [f"P{number:02}" for number in reversed(range(23))]

    def page(query):
        answer = served.call("GET", f"{PROJECTS}?{query}", key=ada)
        assert answer.status == 200, answer.body
        return [one["name"][:3] for one in answer.json["items"]], answer.json["total"]

    assert page("") == (names[:20], 23)
    assert page("skip=20&limit=20") == (names[20:], 23)
    assert page("skip=100") == ([], 23) and page("skip=2147483647&limit=100") == ([], 23)
    assert page("search=100%25_SURE") == (["P20", "P10", "P00"], 3)
    assert page("search=%25") == (["P20", "P10", "P00"], 3) and page("search=%20%20") == (names[:20], 23)
    assert page("search=STRASSE&limit=2&skip=1") == ([names[1], names[3]], 20)
    for query in ("limit=0", "limit=101", "limit=x", "skip=-1", "skip=2147483648", "search=" + "a" * 256):
        answer = served.call("GET", f"{PROJECTS}?{query}", key=ada)
        assert answer.status == 422 and answer.json["error"]["details"]["field"] == query.split("=")[0], query


def test_what_breaks_a_rule_is_refused(served, ada):
    project = create(served, ada).json
    path = f"{PROJECTS}/{project['id']}"
    for body in ({}, {"name": None}, {"name": "  "}, {"name": "x" * 256}, {"name": 7}, {"name": "a",
                 "description": "x" * 2001}):
        answer = served.call("POST", PROJECTS, body, key=ada)
        assert answer.status == 422 and answer.json["error"]["code"] == "VALIDATION_ERROR", body
    for body in ({"name": None}, {"name": " "}, {"description": 1}):
        assert served.call("PATCH", path, body, key=ada).status == 422, body
    # Lengths are those of trimmed text, in scalar values.
    assert create(served, ada, " " + "🌊" * 255 + " ").json["name"] == "🌊" * 255
    assert served.call("POST", PROJECTS, b"{", key=ada, headers={"Content-Type": "application/json"}).status == 400
    assert served.call("PUT", path, {}, key=ada).status == 405


def test_a_repeated_order_makes_one_project(served, ada):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, second = (served.call("POST", PROJECTS, {"name": "Once"}, key=ada, headers=key) for _ in range(2))
    assert first.status == second.status == 201 and first.body == second.body
    assert served.call("GET", PROJECTS, key=ada).json["total"] == 1


def test_answers_are_what_the_contract_says(served, ada):
    documents = contracts.modules()
    project = create(served, ada).json
    for method, path, body in (
            ("GET", PROJECTS, None), ("POST", PROJECTS, {"name": "A"}), ("GET", f"{PROJECTS}/{project['id']}", None),
            ("PATCH", f"{PROJECTS}/{project['id']}", {"name": "B"}), ("POST", PROJECTS, {"name": ""}),
            ("GET", f"{PROJECTS}/{uuid.uuid4()}", None)):
        contracts.check(documents, method, path, served.call(method, path, body, key=ada))


def test_what_was_acknowledged_outlives_a_kill(own_host):
    own_host.deployment.write_text(DEPLOYMENT.format(bundles=BUILD / "bundles"))
    own_host.start()
    tokens = [own_host.token("harbor", f"usr_{number}") for number in range(4)]
    acknowledged, enough = [[] for _ in tokens], threading.Semaphore(0)

    def write(place):
        for number in itertools.count():
            try:
                answer = own_host.call("POST", PROJECTS, {"name": f"N{number}"}, key=tokens[place])
                assert answer.status == 201
                kept = answer.json
                if number % 3 == 2:
                    assert own_host.call("DELETE", f"{PROJECTS}/{kept['id']}", key=tokens[place]).status == 204
                    kept = None
                acknowledged[place].append((answer.json["id"], kept))
                enough.release()
            except (OSError, http.client.HTTPException):
                return

    threads = [threading.Thread(target=write, args=[place]) for place in range(len(tokens))]
    for thread in threads:
        thread.start()
    for _ in range(60):
        enough.acquire()
    own_host.stop(signal.SIGKILL)
    for thread in threads:
        thread.join()
    own_host.start()
    for token, mine in zip(tokens, acknowledged):
        for project, kept in mine:
            answer = own_host.call("GET", f"{PROJECTS}/{project}", key=token)
            assert (answer.status, answer.json if kept else None) == ((200, kept) if kept else (404, None))
