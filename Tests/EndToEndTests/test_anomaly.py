"""The anomaly module's first slice, as a charging operator's client meets it."""

import itertools
import threading

import pytest

import contracts
from conftest import eventually, reading

numbers = itertools.count()


@pytest.fixture
def api(host):
    key = host.key("harbor")
    documents = contracts.modules()

    def call(method, path, body=None):
        answer = host.call(method, path, body, key=key)
        contracts.check(documents, method, path, answer)
        return answer

    return call


def create(api, readings=None, **more):
    body = {"sessionId": f"S-{next(numbers)}", "chargingStationId": "HH-DEPOT-07", **more}
    if readings is not None:
        body["meterValues"] = readings
    answer = api("POST", "/v1/sessions", body)
    assert answer.status == 200, answer.body
    return answer.json


FALLING = [reading(3, 18211.4), reading(18, 18214.1), reading(33, 18209.8)]
RISING = [reading(0, 100), reading(15, 102.7), reading(30, 105.4), reading(45, 108.1)]


def test_the_contracts_example_is_judged(api):
    body = {
        "sessionId": "S-20260614-0193", "chargingStationId": "HH-DEPOT-07", "connectorId": "2",
        "evseId": "DE*HHX*E0071*2", "status": "active",
        "metadata": {"pricePerKwh": 0.49, "station": {"address": "Billstrasse 8, Hamburg", "operator": "Hafenstrom"}},
        "meterValues": [
            reading(3, 18211.4, measurand="Energy.Active.Import.Register"),
            {"timestamp": "2026-06-14T05:03:00Z", "measurand": "Power.Active.Import", "unit": "kW", "value": 10.9},
            reading(18, 18214.1), reading(33, 18209.8),
            {"timestamp": "2026-06-14T05:33:00Z", "measurand": "SoC", "unit": "Percent", "value": 47,
             "location": "EV"}]}
    verdict = api("POST", "/v1/sessions", body).json
    assert verdict["isAnomaly"] is True and verdict["status"] == "active"
    [found] = verdict["anomalies"]
    assert found["category"] == "KWH_DECREASE" and found["score"] >= 0.5
    assert found["timeRange"] == {"startTimestamp": "2026-06-14T05:18:00Z", "endTimestamp": "2026-06-14T05:33:00Z"}
    assert found["bucketRange"] == {"startUnit": 15, "endUnit": 30}
    assert 0.5 <= verdict["anomalyScore"] <= found["score"]
    detail = api("GET", "/v1/sessions/S-20260614-0193").json
    assert len(detail["meterValues"]) == 5
    assert [value["timestamp"] for value in detail["meterValues"]] == sorted(
        value["timestamp"] for value in detail["meterValues"])
    assert detail["meterValues"][-1]["unit"] in ("kWh", "Percent")
    assert detail["anomalies"] == verdict["anomalies"] and detail["createdAt"] == verdict["createdAt"]


def test_too_few_readings_give_no_verdict_and_say_so(api):
    result = create(api, RISING[:2])
    assert result["isAnomaly"] is None and result["anomalies"] is None and result["status"] == "active"
    assert result["message"] == "No analysis yet. At least 3 meter values are needed, 2 are stored."
    assert create(api)["status"] == "pending"


def test_a_clean_session_is_clean(api):
    result = create(api, RISING)
    assert result["isAnomaly"] is False and result["anomalies"] == [] and result["anomalyScore"] < 0.5


def test_a_taken_id_is_a_conflict_and_changes_nothing(api):
    first = create(api, RISING)
    again = api("POST", "/v1/sessions", {"sessionId": first["sessionId"], "chargingStationId": "OTHER"})
    assert (again.status, again.reason) == (409, "session_exists")
    assert api("GET", f"/v1/sessions/{first['sessionId']}").json["createdAt"] == first["createdAt"]
    assert api("GET", "/v1/stations/OTHER").status == 404


def test_append_overwrites_repeats_and_judges_all(api):
    session = create(api, RISING[:2])["sessionId"]
    path = f"/v1/sessions/{session}"
    assert api("PATCH", path, {"meterValues": [reading(30, 99)]}).json["isAnomaly"] is True
    repaired = api("PATCH", path, {"meterValues": [reading(30, 105.4)]}).json
    assert repaired["isAnomaly"] is False
    assert len(api("GET", path).json["meterValues"]) == 3
    assert api("PATCH", path, {"meterValues": []}).json["analyzedAt"] == repaired["analyzedAt"], "a no-op"


def test_concurrent_appends_lose_none(api):
    session = create(api, [reading(0, 1)])["sessionId"]
    threads = [threading.Thread(target=api, args=("PATCH", f"/v1/sessions/{session}",
                                                  {"meterValues": [reading(minute, 1 + minute / 10)]}))
               for minute in range(1, 41)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(api("GET", f"/v1/sessions/{session}").json["meterValues"]) == 41


def test_replace_swaps_the_readings_and_the_verdict(api):
    session = create(api, FALLING, metadata={"kept": 1})["sessionId"]
    path = f"/v1/sessions/{session}"
    replaced = api("PUT", path, {"meterValues": RISING, "status": "completed"}).json
    assert replaced["isAnomaly"] is False and replaced["status"] == "completed"
    assert api("PUT", path, {"meterValues": RISING[:1]}).json["isAnomaly"] is None
    assert api("PUT", path, {"meterValues": []}).status == 422
    assert api("PUT", "/v1/sessions/never-made", {"meterValues": RISING}).status == 404


def test_final_statuses_are_final(api):
    done = create(api, RISING, status="completed")["sessionId"]
    answer = api("PATCH", f"/v1/sessions/{done}", {"status": "active"})
    assert (answer.status, answer.reason) == (409, "session_status_final")
    assert api("PATCH", f"/v1/sessions/{done}", {"meterValues": [reading(50, 109)]}).status == 200
    invalid = create(api, RISING, status="invalid")["sessionId"]
    assert api("PATCH", f"/v1/sessions/{invalid}", {"meterValues": [reading(50, 109)]}).status == 409


@pytest.mark.parametrize("change, field, code", [
    ({"sessionId": "batch"}, "sessionId", "reserved_value"),
    ({"sessionId": "..."}, "sessionId", "reserved_value"),
    ({"chargingStationId": "lookup"}, "chargingStationId", "reserved_value"),
    ({"meterValues": [{"timestamp": "2009-12-31T23:59:59Z", "value": 1}]}, "meterValues.0.timestamp", "out_of_range"),
    ({"meterValues": [{"timestamp": "2126-01-01T00:00:00Z", "value": 1}]}, "meterValues.0.timestamp", "out_of_range"),
    ({"metadata": {"pricePerKwh": -1}}, "metadata.pricePerKwh", "out_of_range"),
    ({"metadata": {"text": "x" * 17000}}, "metadata", "out_of_range"),
    ({"evseId": "bad\u0007"}, "evseId", "invalid_format"),
])
def test_what_a_schema_cannot_say(api, change, field, code):
    answer = api("POST", "/v1/sessions", {"sessionId": f"V-{next(numbers)}", "chargingStationId": "ST", **change})
    assert answer.status == 422
    assert (field, code) in {(e["field"], e["code"]) for e in answer.json["error"]["details"]["errors"]}


def test_lists_filter_and_page_in_a_total_order(api):
    made = [create(api, FALLING if index % 2 else RISING, chargingStationId="LIST-1")["sessionId"]
            for index in range(7)]
    everything = api("GET", "/v1/sessions?chargingStationId=LIST-1&pageSize=100").json
    assert [item["sessionId"] for item in everything["content"]] == made[::-1]
    pages = [item["sessionId"] for page in range(4)
             for item in api("GET", f"/v1/sessions?chargingStationId=LIST-1&pageSize=2&page={page}").json["content"]]
    assert pages == made[::-1]
    anomalous = api("GET", "/v1/sessions?chargingStationId=LIST-1&isAnomaly=true&minScore=0.5").json
    assert anomalous["pagination"] == {"totalCount": 3, "page": 0, "size": 20}
    assert api("GET", "/v1/sessions?chargingStationId=LIST-1&page=9").json["content"] == []
    assert api("GET", "/v1/sessions?dateFrom=2026-01-02T00:00:00Z&dateTo=2026-01-01T00:00:00Z").status == 422
    assert api("GET", "/v1/sessions?isAnomaly=TRUE").status == 422


def test_a_batch_treats_each_session_on_its_own(api):
    taken = create(api, RISING)["sessionId"]
    fresh = f"B-{next(numbers)}"
    accepted = api("POST", "/v1/sessions/batch", {"sessions": [
        {"sessionId": fresh, "chargingStationId": "BATCH", "meterValues": FALLING},
        {"sessionId": taken, "chargingStationId": "BATCH"}]}).json
    assert (accepted["totalSessions"], accepted["status"]) == (2, "pending")
    path = f"/v1/sessions/batch/{accepted['batchId']}"
    batch = eventually(lambda: (lambda b: b if b["status"] == "completed" else None)(api("GET", path).json))
    assert (batch["processedSessions"], batch["failedSessions"]) == (2, 1)
    assert [(r["sessionId"], r["status"]) for r in batch["results"]] == [(fresh, "active"), (taken, "failed")]
    assert batch["results"][0]["anomalies"][0]["category"] == "KWH_DECREASE"
    assert batch["results"][1]["message"] and batch["results"][1]["createdAt"] is None
    assert api("GET", "/v1/sessions/batch/not-a-uuid").status == 404


def test_a_batch_with_one_bad_session_is_refused_whole(api):
    answer = api("POST", "/v1/sessions/batch", {"sessions": [
        {"sessionId": "D-1", "chargingStationId": "BATCH"}, {"sessionId": "D-1", "chargingStationId": "BATCH"}]})
    assert answer.status == 422
    assert api("GET", "/v1/sessions/D-1").status == 404


def test_stations_count_their_sessions(api):
    station = f"ST-{next(numbers)}"
    create(api, RISING, chargingStationId=station, connectorId="1", metadata={"station": {"operator": "A", "gone": 1}})
    create(api, FALLING, chargingStationId=station, connectorId="2",
           metadata={"station": {"operator": "B", "gone": None}})
    create(api, FALLING, chargingStationId=station)
    create(api, FALLING, chargingStationId=station, connectorId="1", status="invalid")
    assert station in api("GET", "/v1/stations/lookup").json["items"]

    def counted():
        detail = api("GET", f"/v1/stations/{station}").json
        return detail if detail["totalSessions"] == 3 else None

    detail = eventually(counted, 125)
    assert detail["anomalousSessions"] == 2 and detail["metadata"] == {"operator": "B"}
    assert detail["connectors"] == [
        {"connectorId": "1", "totalSessions": 1, "anomalousSessions": 0},
        {"connectorId": "2", "totalSessions": 1, "anomalousSessions": 1}]
    listed = [item for item in api("GET", "/v1/stations?pageSize=100").json["content"]
              if item["chargingStationId"] == station][0]
    assert listed["totalAnomalies"] == 2 and listed["ocppChargingStationId"] == station


def test_recurring_faults_are_recognised_on_the_connector(api):
    station = f"RC-{next(numbers)}"
    assert create(api, FALLING, chargingStationId=station, connectorId="1")["isRecurring"] is False
    assert create(api, FALLING, chargingStationId=station, connectorId="1")["isRecurring"] is True
    assert create(api, FALLING, chargingStationId=station, connectorId="2")["isRecurring"] is False
