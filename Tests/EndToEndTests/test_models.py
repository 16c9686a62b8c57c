"""Models: the shared ones, fine-tuning on the tenant's own sessions, promotion, failure, kill -9."""

import concurrent.futures
import datetime
import random
import signal
import time
import uuid

import pytest

import contracts
from conftest import eventually, reading

DOCUMENTS = contracts.modules()
RISING = [reading(minute, 100 + minute * 0.18) for minute in range(0, 75, 5)]
FALLING = [*RISING[:6], *(reading(minute, 90 + minute * 0.18) for minute in range(30, 75, 5))]


class Client:
    """A client of one tenant, each of whose answers is held against the contract."""

    def __init__(self, host, tenant):
        self.host = host
        self.key = host.key(tenant)

    def __call__(self, method, path, body=None):
        answer = self.host.call(method, path, body, key=self.key)
        contracts.check(DOCUMENTS, method, path, answer)
        return answer

    def send_batch(self, count, prefix="S"):
        sessions = [
            {"sessionId": f"{prefix}-{number}", "chargingStationId": f"ST-{number % 3}", "connectorId": "1",
             "status": "completed", "meterValues": FALLING if number % 10 == 0 else RISING}
            for number in range(count)]
        batch = self("POST", "/v1/sessions/batch", {"sessions": sessions}).json["batchId"]
        eventually(lambda: self("GET", f"/v1/sessions/batch/{batch}").json["status"] == "completed")

    def tune(self, **more):
        body = {"baseModelId": "base-csar-2", "name": "Spring", "dataSource": {"type": "sessions"}, **more}
        return self("POST", "/v1/models/fine-tune", body)

    def ended(self, job):
        def check():
            state = self("GET", f"/v1/models/fine-tune/{job}").json
            return state if state["status"] in ("completed", "failed") else None
        return eventually(check)


@pytest.fixture(scope="module")
def api(host):
    client = Client(host, "harbor")
    client.send_batch(70)
    return client


def codes(answer):
    assert answer.status == 422, answer.body
    return {(error["field"], error["code"]) for error in answer.json["error"]["details"]["errors"]}


def test_base_models_come_first(api):
    models = api("GET", "/v1/models").json["models"]
    assert {(model["type"], model["isBase"], model["status"]) for model in models[:2]} == {
        ("csar_2", True, "active"), ("shade", True, "active")}
    for model in models[:2]:
        detail = api("GET", f"/v1/models/{model['id']}").json
        assert detail["s3Path"] is None and detail["metrics"] == model["metrics"] and detail["baseModel"] is None


def test_unknown_models_and_jobs_are_not_found(api):
    for path in ("/v1/models/none", f"/v1/models/fine-tune/{uuid.uuid4()}",
                 "/v1/models/fine-tune/none", f"/v1/models/{'x' * 65}"):
        answer = api("GET", path)
        assert (answer.status, answer.reason) == (404, "not_found"), path


def test_a_model_is_tuned_used_and_walled_off(api, host):
    accepted = api.tune(trainingConfig={"epochs": 4, "validationSplit": 0.25, "randomState": 3})
    assert accepted.status == 200 and accepted.json["status"] == "queued"
    job = api.ended(accepted.json["jobId"])
    assert job["status"] == "completed" and job["errorMessage"] is None
    assert job["config"] == {"epochs": 4, "learningRate": 0.001, "batchSize": 32, "validationSplit": 0.25,
                             "randomState": 3, "dataSource": {"type": "sessions"}}
    assert job["createdAt"] <= job["startedAt"] <= job["completedAt"]
    model = api("GET", f"/v1/models/{job['resultModelId']}").json
    assert model["name"] == "Spring" and model["baseModel"] == "base-csar-2" and model["type"] == "csar_2"
    assert model["createdAt"] == job["completedAt"] and model["s3Path"].endswith(model["id"])
    assert model["metrics"]["recall"] >= 0.99 and model["metrics"]["trainingSessions"] + model["metrics"][
        "heldOutSessions"] == 70
    assert api("GET", "/v1/models").json["models"][2]["id"] == model["id"]
    verdict = api("POST", "/v1/sessions", {
        "sessionId": "after", "chargingStationId": "ST-1", "meterValues": FALLING}).json
    assert [found["category"] for found in verdict["anomalies"]] == ["KWH_DECREASE"]
    other = Client(host, "linden")
    assert other("GET", f"/v1/models/{model['id']}").status == 404
    assert other("GET", f"/v1/models/fine-tune/{job['jobId']}").status == 404
    assert len(other("GET", "/v1/models").json["models"]) == 2


def test_equal_data_and_settings_give_equal_metrics(api):
    found = []
    for _ in range(2):
        job = api.ended(api.tune(dataSource={"type": "sessions", "sessionFilter": {
            "isAnomaly": False}}).json["jobId"])
        model = api("GET", f"/v1/models/{job['resultModelId']}").json
        found.append((model["metrics"], model["version"]))
    assert found[0][0] == found[1][0] and found[0][1] != found[1][1]


def test_the_station_detector_can_be_tuned_too(api):
    job = api.ended(api.tune(baseModelId="base-shade").json["jobId"])
    assert job["status"] == "completed"
    assert api("GET", f"/v1/models/{job['resultModelId']}").json["type"] == "shade"


def test_bad_fields_are_named(api):
    assert codes(api.tune(baseModelId="gone")) == {("baseModelId", "unknown_reference")}
    assert codes(api.tune(dataSource={"type": "upload"})) == {("dataSource.type", "data_source_unsupported")}
    few = {"type": "sessions", "sessionFilter": {"isAnomaly": True}}
    assert codes(api.tune(dataSource=few)) == {("dataSource.sessionFilter", "not_enough_training_data")}
    window = {"dateFrom": "2026-03-01T00:00:00Z", "dateTo": "2026-03-01T00:00:00Z"}
    assert codes(api.tune(dataSource={"type": "sessions", "sessionFilter": window})) == {
        ("dataSource.sessionFilter.dateTo", "out_of_range")}
    assert codes(api.tune(trainingConfig={"epochs": 0, "learningRate": 0, "batchSize": 1025, "seed": 1})) == {
        ("trainingConfig.epochs", "out_of_range"), ("trainingConfig.learningRate", "out_of_range"),
        ("trainingConfig.batchSize", "out_of_range"), ("trainingConfig.seed", "unknown_field")}
    assert codes(api.tune(name="  ")) == {("name", "too_short")}
    assert codes(api("POST", "/v1/models/fine-tune", {})) == {
        (name, "required") for name in ("baseModelId", "name", "dataSource")}


def test_a_tenant_without_sessions_has_too_little(host):
    assert codes(Client(host, "linden").tune()) == {("dataSource.sessionFilter", "not_enough_training_data")}


def test_one_job_at_a_time_under_simultaneous_calls(api):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.tune(trainingConfig={"epochs": 100}), range(8)))
    accepted = [answer.json["jobId"] for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status == 409]
    assert len(accepted) + len(refused) == 8 and accepted
    assert all(answer.reason == "fine_tune_in_progress" for answer in refused)
    spans = sorted(tuple(datetime.datetime.fromisoformat(job[member]) for member in ("createdAt", "completedAt"))
                   for job in map(api.ended, accepted))
    assert all(first[1] <= second[0] for first, second in zip(spans, spans[1:]))


def test_kill_9_leaves_no_job_hanging_and_makes_no_model_twice(own_host):
    own_host.start()
    api = Client(own_host, "harbor")
    api.send_batch(60)
    chance = random.Random(5)
    jobs = []
    for _ in range(3):
        jobs.append(api.tune(trainingConfig={"epochs": 50}).json["jobId"])
        time.sleep(chance.uniform(0, 0.06))
        own_host.stop(signal.SIGKILL)
        own_host.start()
        assert api.ended(jobs[-1])["status"] == "completed"
    tuned = [model for model in api("GET", "/v1/models").json["models"] if not model["isBase"]]
    results = [api("GET", f"/v1/models/fine-tune/{job}").json["resultModelId"] for job in jobs]
    assert [model["id"] for model in tuned] == results[::-1]
