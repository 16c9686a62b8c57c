"""Schemathesis over each contract that is served: every check but one, seeded records, a fixed seed.

`GANTRY_EXAMPLES` says how many requests are made up for each operation beyond those for its boundaries; `make
schemathesis` sets it high. `positive_data_acceptance` is left out: a schema cannot say that a station is not there, so
a request that satisfies it may well be answered 404, 409 or 422.
"""

import json
import os
import shutil
import subprocess
import tempfile

import pytest

import contracts
from conftest import BUILD, Host, eventually, reading

EXAMPLES = os.environ.get("GANTRY_EXAMPLES", "4")
SEED = "20261121"
COMMAND = BUILD / "venv" / "bin" / "schemathesis"
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
      anomaly: {{limits: {{default: 1000000/second, batches: 1000000/second}}}}
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

[parameters]
"path.session_id" = {{dictionary = "sessions", probability = 0.6}}
"path.charging_station_id" = {{dictionary = "stations", probability = 0.6}}
"path.batch_id" = {{dictionary = "batches", probability = 0.6}}
"query.chargingStationId" = {{dictionary = "stations", probability = 0.3}}
"body.chargingStationId" = {{dictionary = "stations", probability = 0.3}}
"""

METHODS = contracts.METHODS
HOST_STATUSES = ("400", "401", "403", "404", "405", "408", "413", "422", "429", "431", "500", "503")


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
    batch = host.call("POST", "/v1/sessions/batch", {"sessions": [
        {"sessionId": "B-1", "chargingStationId": "ST-1", "meterValues": falling}]}, key=key).json["batchId"]
    eventually(lambda: host.call("GET", f"/v1/sessions/batch/{batch}", key=key).json["status"] == "completed")
    for author in ("Ada", "Grace"):
        assert host.call("POST", "/v1/entries", {"author": author, "message": "hello"}, key=key).status == 201
    return {"sessions": sessions, "stations": ["ST-0", "ST-1", "ST-2"], "batches": [batch]}


def document(contract):
    """The contract with the operations that are served, and with the statuses that the host gives by itself."""
    body = {"application/json": {"schema": {"type": "object", "required": ["error"]}}}
    paths = {}
    for operation in contract.operations:
        definition = dict(operation.definition)
        own = {status: {"description": "From the host", "content": body} for status in HOST_STATUSES}
        definition["responses"] = own | definition["responses"]
        item = paths.setdefault(operation.path, {name: value for name, value in
                                                 contract.document["paths"][operation.path].items()
                                                 if name not in METHODS})
        item[operation.method.lower()] = definition
    return contract.document | {"paths": paths}


def bodies(contract):
    """Of each operation that takes JSON: the schema of its body, and whose text the host trims before it checks it."""
    names = contract.manifest.get("validation", {}).get("trim", ["*"])
    return {f"{one.method} {one.path}": {"pointer": one.body_pointer, "trimmed": names}
            for one in contract.operations if one.body_schema}


def run(host, contract, folder):
    """Runs Schemathesis over a contract: its report, for each operation how often which status came, its output."""
    (folder / "document.json").write_text(json.dumps(document(contract)))
    (folder / "bodies.json").write_text(json.dumps(bodies(contract)))
    (folder / "auth.json").write_text(json.dumps({"auth": [
        {"name": tenant, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {host.key(tenant)}"}]}
        for tenant in ("harbor", "linden")]}))
    values = {kind: json.dumps(ids) for kind, ids in host.seeds.items()}
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


@pytest.mark.parametrize("contract", contracts.modules(), ids=lambda contract: contract.module)
def test_every_answer_is_what_the_contract_says(served, tmp_path, contract):
    if not hasattr(served, "seeds"):
        served.seeds = seed(served)
    report, answers, output = run(served, contract, tmp_path)
    assert report["exit_code"] == 0 and report["complete"], output[-20000:]
    assert report["operations"]["tested"] == len(contract.operations)
    print(f"\n{contract.module}: {report['test_cases']['generated']} requests in {report['running_time']:.0f} s")
    for label, statuses in sorted(answers.items()):
        print(f"  {label}: {statuses}")
    missing = [label for label, statuses in answers.items() if not any(one[0] == "2" for one in statuses)]
    assert not missing and len(answers) == len(contract.operations), f"never answered with success: {missing}"
    assert not any(one[0] == "5" for statuses in answers.values() for one in statuses)
