"""Schemathesis over the document that a tenant is served: its modules' operations and the host's own, every check but
one, seeded records, a fixed seed.

`GANTRY_EXAMPLES` says how many requests are made up for each operation beyond those for its boundaries; `make
schemathesis` sets it high. `positive_data_acceptance` is left out: a schema cannot say that a station is not there, so
a request that satisfies it may well be answered 404, 409 or 422.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

import contracts
from conftest import BUILD, Host, eventually, reading

EXAMPLES = os.environ.get("GANTRY_EXAMPLES", "4")
SEED = "20261121"
COMMAND = pathlib.Path(sys.executable).parent / "schemathesis"
HOOKS = "schemathesis_hooks"
FOLDER = os.path.dirname(__file__)

# The tenant that nobody names is the one under test, so that its routes are there without a credential too.
DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: harbor
log: {{level: info, requests: failures}}
event-loops: 1
limits: {{default: 1000000/second}}
tenants:
  - id: harbor
    modules: &modules
      anomaly: {{limits: {{default: 1000000/second, batches: 1000000/second, questions: 1000000/second}}}}
      guestbook: {{limits: {{default: 1000000/second}}}}
      tally: {{}}
  - id: linden
    modules: *modules
"""

CONFIGURATION = """\
seed = {seed}
hooks = "{hooks}"

[auth.wfc]
path = "{folder}/auth.json"
user = "harbor"
peers = ["harbor", "linden"]

[checks]
positive_data_acceptance = {{enabled = false}}

[warnings]
enabled = false

[generation]
with-security-parameters = false

[dictionaries]
sessions = {{values = {sessions}}}
stations = {{values = {stations}}}
batches = {{values = {batches}}}
issues = {{values = {issues}}}
categories = {{values = {categories}}}
anomalous = {{values = {anomalous}}}
bases = {{values = {bases}}}
jobs = {{values = {jobs}}}
models = {{values = {models}}}
members = {{values = {members}}}
keys = {{values = {keys}}}
webhooks = {{values = {webhooks}}}
addresses = {{values = {addresses}}}

[parameters]
"path.job_id" = {{dictionary = "jobs", probability = 0.6}}
"path.model_id" = {{dictionary = "models", probability = 0.6}}
"path.user_id" = {{dictionary = "members", probability = 0.6}}
"path.key_id" = {{dictionary = "keys", probability = 0.6}}
"path.webhook_id" = {{dictionary = "webhooks", probability = 0.6}}
"body.baseModelId" = {{dictionary = "bases", probability = 0.9}}
"body.url" = {{dictionary = "addresses", probability = 0.9}}
"path.issue_id" = {{dictionary = "issues", probability = 0.6}}
"path.category_id" = {{dictionary = "categories", probability = 0.6}}
"query.chargingPointId" = {{dictionary = "stations", probability = 0.3}}
"query.chargingSessionId" = {{dictionary = "anomalous", probability = 0.3}}
"path.session_id" = {{dictionary = "sessions", probability = 0.6}}
"path.charging_station_id" = {{dictionary = "stations", probability = 0.6}}
"path.batch_id" = {{dictionary = "batches", probability = 0.6}}
"query.chargingStationId" = {{dictionary = "stations", probability = 0.3}}
"body.chargingStationId" = {{dictionary = "stations", probability = 0.3}}
"""


@pytest.fixture(scope="module")
def served():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=BUILD / "bundles")).start()
    yield running
    running.stop()
    shutil.rmtree(folder)


def seed(host):
    """Sessions, clean ones and anomalous ones, a batch, and entries; what of them is named in paths."""
    rising = [reading(0, 100), reading(15, 102.7), reading(30, 105.4), reading(45, 108.1)]
    falling = [reading(3, 18211.4), reading(18, 18214.1), reading(33, 18209.8)]
    key = host.key("harbor")
    sessions = [f"S-{number}" for number in range(8)]
    for number, session in enumerate(sessions):
        made = host.call("POST", "/v1/sessions", {
            "sessionId": session, "chargingStationId": f"ST-{number % 3}", "connectorId": "1",
            "meterValues": (rising, falling, [])[number % 3]}, key=key)
        assert made.status == 200, made.body
        # One of them has no verdict, and none of the others an explanation in another language.
        explained = host.call("POST", f"/v1/sessions/{session}/explain", key=key)
        assert explained.status == (409 if number % 3 == 2 else 200), explained.body
    batch = host.call("POST", "/v1/sessions/batch", {"sessions": [
        {"sessionId": "B-1", "chargingStationId": "ST-1", "meterValues": falling}]}, key=key).json["batchId"]
    eventually(lambda: host.call("GET", f"/v1/sessions/batch/{batch}", key=key).json["status"] == "completed")
    # Readings on three days, so that the station detector has something to say.
    for day in ("11", "12", "13"):
        values = [{**value, "timestamp": value["timestamp"].replace("06-14", f"06-{day}")} for value in rising]
        assert host.call("POST", "/v1/sessions", {
            "sessionId": f"D-{day}", "chargingStationId": "ST-1", "meterValues": values}, key=key).status == 200
    assert eventually(lambda: host.call("GET", "/v1/stations/ST-1/inference", key=key).status == 200, seconds=30)
    for author in ("Ada", "Grace"):
        assert host.call("POST", "/v1/entries", {"author": author, "message": "hello"}, key=key).status == 201
    records = host.call("GET", "/v1/anomalies", key=key).json["content"]
    return tenant(host, rising) | {"sessions": sessions, "stations": ["ST-0", "ST-1", "ST-2"], "batches": [batch],
            "issues": [issue["id"] for record in records for issue in record["issues"]],
            "categories": ["kwh-decrease"], "anomalous": [record["chargingSessionId"] for record in records]}


def tenant(host, rising):
    """People, keys, webhooks, the organization and a model: some of each, as they are deleted too."""
    admin = host.token("harbor", "usr_admin", "admin")

    def made(method, path, body):
        answer = host.call(method, path, body, key=admin)
        assert answer.status == 200, answer.body
        return answer.json

    made("PUT", "/v1/organization", {"name": "Hafenstrom"})
    members = [f"usr_{number}" for number in range(12)]
    for member in members:
        assert host.call("GET", "/v1/statistics", key=host.token("harbor", member)).status == 200
    addresses = [f"https://hooks-{number}.example/events" for number in range(10)]
    batch = made("POST", "/v1/sessions/batch", {"sessions": [
        {"sessionId": f"M-{number}", "chargingStationId": "ST-2", "meterValues": rising} for number in range(60)]})
    eventually(lambda: host.call(
        "GET", f"/v1/sessions/batch/{batch['batchId']}", key=admin).json["status"] == "completed")
    job = made("POST", "/v1/models/fine-tune", {
        "baseModelId": "base-csar-2", "name": "Spring", "trainingConfig": {"epochs": 1},
        "dataSource": {"type": "sessions"}})["jobId"]
    eventually(lambda: host.call("GET", f"/v1/models/fine-tune/{job}", key=admin).json["status"] == "completed")
    return {
        "bases": ["base-csar-2", "base-shade"], "jobs": [job], "members": members, "addresses": addresses,
        "models": [model["id"] for model in host.call("GET", "/v1/models", key=admin).json["models"]],
        "keys": [made("POST", "/v1/api-keys", {"name": f"key {number}"})["id"] for number in range(12)],
        "webhooks": [made("POST", "/v1/webhooks", {"url": address, "events": ["batch.completed"]})["id"]
                     for address in addresses],
    }


def operations(document):
    """Method and path of each operation."""
    return {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in contracts.METHODS
            if method in item}


def bodies(document):
    """Of each operation that takes JSON: the schema of its body, and whose text the host trims before it checks it."""
    found = {}
    for module in contracts.modules():
        names = module.manifest.get("validation", {}).get("trim", ["*"])
        for one in module.operations:
            label = f"{one.method} {one.path}"
            if one.body_schema and label in operations(document):
                found[label] = {"pointer": one.body_pointer, "trimmed": names}
    return found


def run(host, document, seeds, folder):
    """Runs Schemathesis over a document: its report, for each operation how often which status came, its output."""
    (folder / "document.json").write_text(json.dumps(document))
    (folder / "bodies.json").write_text(json.dumps(bodies(document)))
    (folder / "auth.json").write_text(json.dumps({"auth": [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {credential}"}]}
        for name, credential in (("harbor", host.token("harbor", "usr_admin", "admin")), ("linden", host.key("linden")))
    ]}))
    values = {kind: json.dumps(ids) for kind, ids in seeds.items()}
    (folder / "schemathesis.toml").write_text(
        CONFIGURATION.format(seed=SEED, hooks=HOOKS, folder=folder, **values))
    done = subprocess.run(
        [COMMAND, "--config-file", folder / "schemathesis.toml", "run", folder / "document.json",
         "--url", f"http://127.0.0.1:{host.port}", "--max-examples", EXAMPLES, "--continue-on-failure",
         "--report", "json", "--report-json-path", folder / "report.json"],
        cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": FOLDER, "GANTRY_ANSWERS": str(folder / "answers.json"),
             "GANTRY_DOCUMENT": str(folder / "document.json"), "GANTRY_BODIES": str(folder / "bodies.json")})
    report = folder / "report.json"
    assert report.exists(), done.stdout + done.stderr
    return json.loads(report.read_text()), json.loads((folder / "answers.json").read_text()), done.stdout


def test_every_answer_is_what_the_served_document_says(served, tmp_path):
    seeds = seed(served)
    document = served.call("GET", "/openapi.json", key=served.key("harbor")).json
    # An answer that has no end would be waited for.
    document["paths"] = {path: item for path, item in document["paths"].items() if "text/event-stream" not in str(item)}
    known = operations(document)
    assert len(bodies(document)) >= 5 and {"GET /api/ping", "GET /v1/tally", "GET /v1/hello/{name}"} <= known
    report, answers, output = run(served, document, seeds, tmp_path)
    print(f"\n{report['test_cases']['generated']} requests in {report['running_time']:.0f} s")
    for label, statuses in sorted(answers.items()):
        print(f"  {label}: {statuses}")
    assert report["exit_code"] == 0 and report["complete"], output[-20000:]
    assert report["operations"]["tested"] == len(known)
    missing = [label for label in known if not any(one[0] == "2" for one in answers.get(label, {}))]
    assert not missing, f"never answered with success: {missing}"
    assert not any(one[0] == "5" for statuses in answers.values() for one in statuses)
    # Failures that were counted above have a line of their own.
    assert [line["message"] for line in served.log_lines() if line["level"] == "error"
            and line["message"] != "request"] == []
