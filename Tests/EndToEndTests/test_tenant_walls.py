"""Every operation of the anomaly module's contract, tried by one tenant on the records of another.

The operations, their path identifiers and their filters are taken from the contract document. What is not named in one
of the tables below has no place here yet, and fails: a new operation cannot come without its wall being tried.
"""

import copy
import json
import uuid

import pytest

import contracts
from conftest import eventually, reading

# Stands in every identifier and name that the first tenant chooses itself.
MARK = "walled-7f3a"
SESSION, STATION, CONNECTOR = f"{MARK}-S-0", f"{MARK}-ST", f"{MARK}-C"
EVSE, OWNER, WORKER = f"{MARK}-E", f"usr_{MARK}_owner", f"usr_{MARK}_worker"
RISING = [reading(minute, 100 + minute * 0.18) for minute in range(0, 75, 5)]
FALLING = [*RISING[:6], *(reading(minute, 90 + minute * 0.18) for minute in range(30, 75, 5))]

# Query parameters that name what belongs to a tenant, with what the first one has.
FILTERS = {
    "chargingStationId": STATION, "chargingPointId": STATION, "evseId": EVSE, "connectorId": CONNECTOR,
    "chargingSessionId": SESSION, "assignedTo": WORKER,
}
# Those that name nothing of anybody, with a value that keeps everything.
NEUTRAL = {
    "page": "0", "pageSize": "100", "isAnomaly": "true", "minScore": "0", "minConfidence": "0",
    "dateFrom": "2010-01-01T00:00:00Z", "dateTo": "2100-01-01T00:00:00Z", "anomalyType": "KWH_DECREASE",
    "occurrenceFrom": "2010-01-01T00:00:00Z", "occurrenceTo": "2100-01-01T00:00:00Z",
    "updateFrom": "2010-01-01T00:00:00Z", "updateTo": "2100-01-01T00:00:00Z", "sortByScore": "desc",
    "anomalyIssuesStatus": "IN_PROGRESS", "sortBy": "-lastUpdate", "lang": "en",
}
# Operations that write without an identifier in the path: bodies that name what is the first tenant's, and what comes.
# The first tenant has sessions enough for a training at that station, the other one has not.
WRITES = {
    "createSession": ({"sessionId": SESSION, "chargingStationId": STATION, "connectorId": CONNECTOR, "evseId": EVSE,
                       "metadata": {"station": {"operator": "another"}}, "meterValues": RISING}, 200),
    "submitBatch": ({"sessions": [{"sessionId": f"{MARK}-S-{number}", "chargingStationId": STATION}
                                  for number in range(1, 4)]}, 200),
    "startFineTune": ({"baseModelId": "base-csar-2", "name": "other", "trainingConfig": {"epochs": 1},
                       "dataSource": {"type": "sessions", "sessionFilter": {"chargingStationId": STATION}}}, 422),
    "createWebhook": ({"url": f"https://{MARK}.example/hook", "events": ["batch.completed"]}, 200),
    "createApiKey": ({"name": f"{MARK}-key"}, 200),
    "updateOrganization": ({"name": "Another"}, 200),
}
# Members of answers that move by themselves.
MOVING = {"lastUsedAt", "lastDeliveries", "deliveries", "failureCount"}


def operations():
    [contract] = [one for one in contracts.modules() if one.module == "anomaly"]
    written = {item[method]["operationId"] for item in contract.document["paths"].values()
               for method in contracts.METHODS if method in item}
    assert {one.id for one in contract.operations} == written, "the manifest does not serve the whole contract"
    return contract.operations


OPERATIONS = operations() if contracts.BUILD.joinpath("bundles").exists() else []


class Tenant:
    """An admin of a tenant."""

    def __init__(self, host, tenant, user):
        self.host, self.tenant = host, tenant
        self.credential = host.token(tenant, user, "admin")

    def __call__(self, method, path, body=None, **headers):
        return self.host.call(method, path, body, key=self.credential, headers=headers)

    def ok(self, method, path, body=None):
        answer = self(method, path, body)
        assert answer.status == 200, (method, path, answer.status, answer.body)
        return answer.json


@pytest.fixture(scope="module")
def intruder(host):
    return Tenant(host, "linden", "usr_other")


@pytest.fixture(scope="module")
def owner(host):
    """The first tenant with one of everything; `ids` has what stands in paths."""
    owner = Tenant(host, "harbor", OWNER)
    ok = owner.ok
    ok("PUT", "/v1/organization", {"name": f"{MARK} GmbH"})
    assert host.call("GET", "/v1/statistics", key=host.token("harbor", WORKER)).status == 200
    sessions = [{"sessionId": f"{MARK}-S-{number}", "chargingStationId": STATION, "connectorId": CONNECTOR,
                 "evseId": EVSE, "status": "completed", "metadata": {"station": {"operator": MARK}},
                 "meterValues": FALLING if number % 10 == 0 else RISING} for number in range(60)]
    batch = ok("POST", "/v1/sessions/batch", {"sessions": sessions})["batchId"]
    eventually(lambda: ok("GET", f"/v1/sessions/batch/{batch}")["status"] == "completed")
    # Readings on three days, so that the station detector has something to say.
    for day in ("11", "12", "13"):
        values = [{**value, "timestamp": value["timestamp"].replace("06-14", f"06-{day}")} for value in RISING]
        ok("POST", "/v1/sessions", {
            "sessionId": f"{MARK}-D-{day}", "chargingStationId": STATION, "connectorId": CONNECTOR, "evseId": EVSE,
            "meterValues": values})
    eventually(lambda: owner("GET", f"/v1/stations/{STATION}/inference").status == 200, seconds=30)
    ok("POST", f"/v1/sessions/{SESSION}/explain")
    [record] = ok("GET", f"/v1/anomalies?chargingSessionId={SESSION}&anomalyType=KWH_DECREASE")["content"]
    issue = record["issues"][0]["id"]
    ok("PATCH", f"/v1/anomalies/issues/{issue}", {"status": "IN_PROGRESS", "assignedTo": WORKER})
    job = ok("POST", "/v1/models/fine-tune", {
        "baseModelId": "base-csar-2", "name": f"{MARK} model", "trainingConfig": {"epochs": 1},
        "dataSource": {"type": "sessions"}})["jobId"]
    tuned = eventually(lambda: (
        state := ok("GET", f"/v1/models/fine-tune/{job}"))["status"] in ("completed", "failed") and state)
    webhook = ok("POST", "/v1/webhooks", {
        "url": f"https://{MARK}.example/hook", "events": ["batch.completed"], "description": MARK})["id"]
    key = ok("POST", "/v1/api-keys", {"name": f"{MARK} key"})["id"]
    owner.ids = {
        "session_id": SESSION, "charging_station_id": STATION, "category_id": "kwh-decrease", "batch_id": batch,
        "issue_id": issue, "job_id": job, "model_id": tuned["resultModelId"], "webhook_id": webhook, "key_id": key,
        "user_id": WORKER,
    }
    owner.secrets = [MARK, batch, issue, job, webhook, key, record["id"]]
    # What works in the background has come to rest.
    eventually(lambda: snapshot(owner) == snapshot(owner))
    return owner


def target(operation, ids):
    missing = [name for name in operation.path_names if name not in ids]
    assert not missing, f"{operation.id}: give the path identifiers {missing} a place in this suite"
    return operation.target([ids[name] for name in operation.path_names])


def body_of(operation):
    return copy.deepcopy(operation.examples[0]) if operation.body_schema else None


def without_moving(value):
    if isinstance(value, dict):
        return {name: without_moving(one) for name, one in value.items() if name not in MOVING}
    return [without_moving(one) for one in value] if isinstance(value, list) else value


def snapshot(tenant):
    """What every reading operation answers to a tenant, as far as it does not move by itself."""
    found = {}
    for operation in OPERATIONS:
        if operation.method == "GET":
            size = "?pageSize=100" if any(one["name"] == "pageSize" for one in operation.query) else ""
            answer = tenant("GET", target(operation, tenant.ids) + size)
            found[operation.id] = (answer.status, without_moving(answer.json))
    return found


def queries(operation):
    """Queries that name what is the first tenant's: none, each filter alone, and all of them together."""
    unknown = [one["name"] for one in operation.query if one["name"] not in FILTERS | NEUTRAL]
    assert not unknown, f"{operation.id}: give the parameters {unknown} a place in this suite"
    values = {one["name"]: (FILTERS | NEUTRAL)[one["name"]] for one in operation.query}
    return [{}, values, *({name: value} for name, value in values.items())]


def query(parameters):
    return ("?" + "&".join(f"{name}={value}" for name, value in parameters.items())) if parameters else ""


def test_each_identifier_is_the_owners(owner):
    for operation in OPERATIONS:
        if operation.method == "GET":
            answer = owner("GET", target(operation, owner.ids))
            assert answer.status == 200, (operation, answer.body)


def test_another_tenants_records_are_not_there(owner, intruder):
    before = snapshot(owner)
    tried = 0
    for operation in OPERATIONS:
        if not operation.path_names:
            continue
        for parameters in queries(operation)[:2]:
            answer = intruder(operation.method, target(operation, owner.ids) + query(parameters), body_of(operation))
            assert answer.status == 404, (operation, answer.status, answer.body)
            # Not to be told from one that does not exist, but for its own name in neither.
            unknown = {name: str(uuid.UUID(int=7)) for name in owner.ids} | {"category_id": "kwh-decrease"}
            nothing = intruder(operation.method, target(operation, unknown) + query(parameters), body_of(operation))
            assert nothing.status == 404 and nothing.json == answer.json, operation
            assert not leaks(answer, owner), operation
        tried += 1
    assert tried >= 24
    assert snapshot(owner) == before


def leaks(answer, owner):
    return [one for one in owner.secrets if one.encode() in answer.body]


def test_no_list_and_no_filter_shows_them(owner, intruder):
    for operation in OPERATIONS:
        if operation.method != "GET" or operation.path_names:
            continue
        for parameters in queries(operation):
            answer = intruder("GET", operation.path + query(parameters))
            # It has no organization yet.
            expected = 404 if operation.id == "getOrganization" else 200
            assert answer.status == expected, (operation, parameters, answer.body)
            assert not leaks(answer, owner), (operation, parameters, answer.body)
            total = answer.json.get("pagination", {}).get("totalCount", 0)
            assert total == 0, (operation, parameters)


def test_a_credential_speaks_for_its_own_tenant_alone(owner, intruder):
    before = snapshot(owner)
    for operation in OPERATIONS:
        answer = intruder(operation.method, target(operation, owner.ids), body_of(operation), **{
            "X-Tenant-Id": owner.tenant})
        assert (answer.status, answer.reason) == (403, "tenant_mismatch"), (operation, answer.body)
        assert not leaks(answer, owner), operation
    assert snapshot(owner) == before


def test_equal_names_are_different_records(owner, intruder):
    """The last test: from here on the second tenant has records of the same names."""
    before = snapshot(owner)
    writing = [one for one in OPERATIONS if one.method != "GET" and not one.path_names]
    assert {one.id for one in writing} == set(WRITES), "give each operation that writes a place in this suite"
    for operation in writing:
        body, status = WRITES[operation.id]
        answer = intruder(operation.method, operation.path, body)
        assert answer.status == status, (operation, answer.status, answer.body)
        assert not any(one.encode() in answer.body for one in owner.secrets[1:]), operation
        if operation.id == "submitBatch":
            path = f"{operation.path}/{answer.json['batchId']}"
            eventually(lambda: intruder.ok("GET", path)["status"] == "completed")
    assert intruder.ok("GET", f"/v1/sessions/{SESSION}")["isAnomaly"] is False
    assert intruder.ok("GET", f"/v1/stations/{STATION}")["totalSessions"] == 4
    assert intruder.ok("GET", "/v1/anomalies")["content"] == []
    assert json.dumps(snapshot(owner), sort_keys=True) == json.dumps(before, sort_keys=True)
