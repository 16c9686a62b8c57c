"""The platform's own operations and its two versions of modules' routes, held against its contract; health, each part
broken once; requests that come twice."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import shutil
import signal
import tempfile
import uuid

import jsonschema
import pytest
import referencing
import referencing.jsonschema
import yaml

from conftest import BUILD, Host, eventually

ROOT = pathlib.Path(__file__).parent.parent.parent
CONTRACT = yaml.safe_load((ROOT / "manifests/platform/openapi.yaml").read_text())
REGISTRY = referencing.Registry().with_resource(
    "urn:platform", referencing.Resource(CONTRACT, referencing.jsonschema.DRAFT202012))
DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: harbor
log: {{level: info, requests: failures}}
event-loops: 1
limits: {{default: 100000/second}}
tenants:
  - {{id: harbor, modules: {{projects: {{}}}}}}
  - {{id: linden, modules: {{projects: {{}}}}}}
"""
PROJECTS = "/api/v1/app/projects"


@pytest.fixture(scope="module")
def served():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=BUILD / "bundles")).start()
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture
def doomed():
    """A host for one test that breaks it."""
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=BUILD / "bundles"))
    yield running
    running.stop(signal.SIGKILL)
    shutil.rmtree(folder)


def faults(schema, value):
    """What is wrong with a value by a schema of the platform's contract."""
    checker = jsonschema.Draft202012Validator({"$ref": f"urn:platform#/components/schemas/{schema}"}, registry=REGISTRY)
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(value)]


def check_headers(answer, version):
    for name in CONTRACT["x-shared-headers"]["every-response"]:
        assert name.lower() in answer.headers, name
    assert answer.headers["x-api-version"] == version and answer.headers["x-api-latest-version"] == "v2"
    assert "deprecation" not in answer.headers


def check_envelope(answer, status=200):
    assert answer.status == status, answer.body
    body = answer.json
    assert faults("V2Envelope", body) == [] and set(body) == {"data", "meta"}
    assert body["meta"]["request_id"] == answer.headers["x-request-id"]
    check_headers(answer, "v2")
    return body["data"]


def create(host, key, name, **headers):
    headers = {header.replace("_", "-"): value for header, value in headers.items()}
    return host.call("POST", PROJECTS, {"name": name}, key=key, headers=headers)


# Versions


@pytest.mark.parametrize("path, schema, second", [
    ("/public/health", "Health", "HealthV2"), ("/public/health/ready", "Readiness", "ReadinessV2")])
def test_versioned_routes_of_the_host_are_what_the_contract_says(served, path, schema, second):
    first = served.call("GET", "/api/v1" + path)
    assert first.status == 200 and faults(schema, first.json) == []
    check_headers(first, "v1")
    assert faults(second, check_envelope(served.call("GET", "/api/v2" + path))) == []
    chosen = served.call("GET", "/api" + path, headers={"Accept-Version": "v2", "X-API-Version": "v1"})
    assert faults(second, check_envelope(chosen)) == []


@pytest.mark.parametrize("path, schema", [
    ("/api/ping", "Pong"), ("/api/health", "DeploymentHealth"), ("/openapi.json", "OpenApiDocument")])
def test_routes_with_one_form_are_what_the_contract_says(served, path, schema):
    answer = served.call("GET", path, headers={"Accept-Version": "v2"})
    assert answer.status == 200 and faults(schema, answer.json) == []
    check_headers(answer, "v1")


def test_every_operation_of_the_contract_is_served_and_shown(served):
    shown = served.call("GET", "/openapi.json").json["paths"]
    for path, item in CONTRACT["paths"].items():
        for method, operation in item.items():
            if operation["x-role"] == "internal":
                continue
            assert shown[path][method]["operationId"] == "platform_" + operation["operationId"]
            # The stream is shown once; it is the same in both versions.
            if operation.get("x-versions") != [] and operation["operationId"] != "streamOrgEvents":
                second = path.replace("/api/v1/", "/api/v2/")
                assert shown[second][method]["operationId"] == f"platform_{operation['operationId']}_v2"


def test_a_module_is_served_in_both_versions_by_one_handler(served):
    key = served.token("harbor", "usr_versions")
    made = create(served, key, "Harbor signage")
    assert made.status == 201 and "data" not in made.json
    check_headers(made, "v1")
    path = f"/app/projects/{made.json['id']}"
    second = check_envelope(served.call("GET", "/api/v2" + path, key=key))
    assert set(second) - set(made.json) == {"days_since_created", "is_recently_updated"}
    assert {name: second[name] for name in made.json} == made.json
    chosen = served.call("GET", "/api" + path, key=key, headers={"Accept-Version": "v2"})
    assert check_envelope(chosen) == second
    assert served.call("GET", "/api" + path, key=key).json == made.json
    # A version in the path decides, whatever a header says.
    assert served.call("GET", "/api/v1" + path, key=key, headers={"Accept-Version": "nonsense"}).json == made.json
    refused = served.call("GET", "/api" + path, key=key, headers={"X-API-Version": "v3"})
    assert refused.status == 400 and refused.json["error"]["code"] == "BAD_REQUEST"
    assert refused.json["error"]["details"]["header"] == "X-API-Version"
    assert refused.json["error"]["details"]["supported"] == ["v1", "v2"]
    # Neither version shows it to another tenant.
    for version in ("v1", "v2"):
        stranger = served.call("GET", f"/api/{version}{path}", key=served.token("linden", "usr_versions"))
        assert stranger.status == 404 and faults("ErrorEnvelope", stranger.json) == []


@pytest.mark.parametrize("method, path, status, code", [
    ("GET", "/app/projects", 401, "AUTHENTICATION_ERROR"), ("GET", "/app/nothing", 404, "NOT_FOUND"),
    ("PUT", "/app/projects", 405, "METHOD_NOT_ALLOWED")])
def test_failures_have_the_platforms_shape_in_both_versions(served, method, path, status, code):
    for version in ("v1", "v2"):
        answer = served.call(method, f"/api/{version}{path}")
        assert answer.status == status and answer.json["error"]["code"] == code
        assert faults("ErrorEnvelope", answer.json) == [] and ("meta" in answer.json) == (version == "v2")
        check_headers(answer, version)


def test_a_deprecated_version_says_so(doomed):
    doomed.start({"API_V1_DEPRECATED": "true", "API_V1_SUNSET": "2026-12-31T23:59:59Z",
                  "API_V1_DEPRECATION_NOTICE": "Move to v2.", "ENVIRONMENT": "production"})
    answers = {version: doomed.call("GET", f"/api/{version}/app/projects") for version in ("v1", "v2")}
    told = {"deprecation": "true", "sunset": "Thu, 31 Dec 2026 23:59:59 GMT", "x-deprecation-notice": "Move to v2.",
            "link": '</api/v2/>; rel="successor-version"'}
    assert {name: answers["v1"].headers.get(name) for name in told} == told
    assert not set(told) & set(answers["v2"].headers)
    for answer in answers.values():
        for name in CONTRACT["x-shared-headers"]["when-production"]:
            assert answer.headers[name.lower()] == CONTRACT["components"]["headers"][name]["schema"]["const"]


# Health


def health(host):
    """The report of a fresh round: one may be two seconds old."""
    answer = host.call("GET", "/api/health")
    assert faults("DeploymentHealth", answer.json) == []
    assert (answer.status == 200) == (answer.json["status"] == "healthy")
    return answer.json


def unhealthy(host):
    return {name for name, check in health(host)["checks"].items() if check["status"] == "unhealthy"}


def test_health_tells_of_a_database_that_is_gone_and_of_one_that_is_none(doomed):
    doomed.start()
    assert unhealthy(doomed) == set()
    database = doomed.data / "host.db"
    database.rename(doomed.data / "aside")
    eventually(lambda: unhealthy(doomed) == {"database"})
    ready = doomed.call("GET", "/api/v2/public/health/ready")
    # Under v2 a report of 503 is wrapped like any other body.
    assert check_envelope(ready, 503)["components"]["database"] == {"status": "unhealthy"}
    assert doomed.call("GET", "/api/ping").status == 200
    (doomed.data / "aside").rename(database)
    eventually(lambda: unhealthy(doomed) == set())
    for name in ("host.db", "host.db-wal"):
        with open(doomed.data / name, "r+b") as file:
            file.write(bytes(os.path.getsize(doomed.data / name)))
    eventually(lambda: "database" in unhealthy(doomed))
    detail = health(doomed)["checks"]["database"]["detail"]
    assert detail and str(doomed.data) not in detail


def test_health_tells_of_storage_that_takes_nothing(doomed):
    doomed.start()
    probe = doomed.data / ".health-probe"
    probe.mkdir()
    eventually(lambda: unhealthy(doomed) == {"storage"})
    probe.rmdir()
    eventually(lambda: unhealthy(doomed) == set())


def test_health_tells_of_migrations_that_do_not_fit(doomed, tmp_path):
    bundles = tmp_path / "bundles"
    shutil.copytree(BUILD / "bundles" / "projects", bundles / "projects")
    doomed.deployment.write_text(DEPLOYMENT.format(bundles=bundles))
    doomed.start()
    assert create(doomed, doomed.token("harbor"), "first").status == 201
    doomed.stop()
    for script in (bundles / "projects" / "migrations").iterdir():
        script.write_text(script.read_text() + "\n-- altered\n")
    doomed.start()
    assert create(doomed, doomed.token("harbor"), "second").status == 503
    eventually(lambda: unhealthy(doomed) == {"schema_version"})
    assert health(doomed)["checks"]["schema_version"]["pending"] == ["projects"]


# Requests that come twice


def names(host, key):
    return [item["name"] for item in host.call("GET", PROJECTS + "?limit=100", key=key).json["items"]]


def test_a_project_is_made_once_for_a_key(served):
    key, name = served.token("harbor", "usr_twice"), str(uuid.uuid4())
    first = create(served, key, "once", Idempotency_Key=name)
    again = create(served, key, "once", Idempotency_Key=name)
    assert first.status == again.status == 201 and first.json == again.json
    assert "idempotent-replayed" not in first.headers and again.headers["idempotent-replayed"] == "true"
    other = create(served, key, "other", Idempotency_Key=name)
    assert other.status == 422 and other.reason == "idempotency_key_reused"
    # What was refused before the handler does not use the key up.
    fresh = str(uuid.uuid4())
    assert create(served, key, "", Idempotency_Key=fresh).status == 422
    assert create(served, key, "after", Idempotency_Key=fresh).status == 201
    assert names(served, key) == ["after", "once"]


def test_nobody_elses_key_gives_an_answer(served):
    name = str(uuid.uuid4())
    mine = create(served, served.token("harbor", "usr_mine"), "secret plan", Idempotency_Key=name)
    assert mine.status == 201
    for tenant, user in (("harbor", "usr_thief"), ("linden", "usr_mine"), ("linden", "usr_thief")):
        answer = create(served, served.token(tenant, user), "secret plan", Idempotency_Key=name)
        assert answer.status == 201 and "idempotent-replayed" not in answer.headers
        assert answer.json["id"] != mine.json["id"] and answer.json["owner_id"] == user
    anonymous = create(served, None, "secret plan", Idempotency_Key=name)
    assert anonymous.status == 401 and b"secret plan" not in anonymous.body


def test_keys_outlive_kill_9_and_no_effect_comes_twice(doomed):
    doomed.start()
    key = doomed.token("harbor", "usr_killed")
    keys = [str(uuid.uuid4()) for _ in range(400)]

    def order(name):
        try:
            return name, create(doomed, key, name, Idempotency_Key=name)
        except (OSError, json.JSONDecodeError, http.client.HTTPException):
            return name, None

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        running = [pool.submit(order, name) for name in keys]
        eventually(lambda: sum(one.done() for one in running) >= 40)
        doomed.stop(signal.SIGKILL)
        first = dict(one.result() for one in running)
    doomed.start()
    statuses = set()
    for name in keys:
        answer = create(doomed, key, name, Idempotency_Key=name)
        statuses.add((answer.status, answer.headers.get("idempotent-replayed")))
        assert answer.status == 201 or answer.reason == "outcome_unknown", answer.body
        before = first[name]
        if before is not None and before.status == 201:
            # Who has had his answer gets the same.
            assert answer.status == 201 and answer.json == before.json
            assert answer.headers["idempotent-replayed"] == "true"
    assert (201, "true") in statuses and (201, None) in statuses
    listed = []
    for skip in range(0, 400, 100):
        page = doomed.call("GET", f"{PROJECTS}?limit=100&skip={skip}", key=key).json
        listed += [item["name"] for item in page["items"]]
    assert sorted(listed) == sorted(keys)


# Sister services


SECRET = "a secret between sisters"


@pytest.fixture(scope="module")
def sisters():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=BUILD / "bundles")).start({"INTERNAL_API_TOKEN": SECRET})
    yield running
    running.stop()
    shutil.rmtree(folder)


ORGANISATIONS = "/api/v1/internal/orgs"
NOTICES = "/api/v1/internal/auth/user-sync"


def test_tenants_are_told_to_sister_services_alone(sisters, served):
    answer = sisters.call("GET", ORGANISATIONS, key=SECRET)
    assert answer.status == 200 and faults("OrgList", answer.json) == []
    assert {"harbor", "linden"} <= {item["id"] for item in answer.json["items"]}
    assert answer.json["total"] == len(answer.json["items"]) and answer.headers["x-ratelimit-limit"] == "600"
    assert check_envelope(sisters.call("GET", "/api/v2/internal/orgs", key=SECRET)) == answer.json
    assert sisters.call("GET", ORGANISATIONS + "?status=archived", key=SECRET).json == {"items": [], "total": 0}
    wrong = sisters.call("GET", ORGANISATIONS + "?status=gone", key=SECRET)
    assert wrong.status == 422 and faults("ErrorEnvelopeWithDetail", wrong.json) == []
    assert wrong.json["detail"][0]["loc"] == ["query", "status"]
    # Users' tokens count for nothing here, whatever their role.
    for key in (None, SECRET + "x", sisters.token("harbor", role="superadmin"), sisters.key("harbor")):
        refused = sisters.call("GET", ORGANISATIONS, key=key)
        assert refused.status == 401 and b"linden" not in refused.body
    assert served.call("GET", ORGANISATIONS, key=SECRET).status == 503


def notice(number, kind="user.created", at="2026-03-01T09:59:58Z", **user):
    return {"event_id": f"sync_{number}", "event": kind, "occurred_at": at, "user": {"id": "user_7hq2mz", **user}}


def test_notices_of_the_auth_service_are_taken_once(sisters):
    first = notice(1, email="mira.okafor@example.org", org_ids=["harbor", "not-there-yet"])
    for status in ("processed", "duplicate"):
        answer = sisters.call("POST", NOTICES, first, key=SECRET)
        assert answer.status == 200 and faults("WebhookAck", answer.json) == []
        assert answer.json == {"received": True, "event_id": "sync_1", "status": status}
    older = notice(2, "user.updated", "2026-02-01T00:00:00Z", email="old@example.org")
    assert sisters.call("POST", NOTICES, older, key=SECRET).json["status"] == "ignored"
    assert sisters.call("POST", NOTICES, first, key=sisters.token("harbor", role="superadmin")).status == 401
    assert sisters.call("POST", NOTICES, notice(3), key=SECRET).status == 422
    assert sisters.call("POST", NOTICES, b"{", key=SECRET, headers={"Content-Type": "application/json"}).status == 400
    assert sisters.call("POST", NOTICES, notice(4, "user.deleted", "2026-03-04T16:20:00Z"), key=SECRET).json[
        "status"] == "processed"
    assert sisters.call("GET", NOTICES, key=SECRET).status == 405
