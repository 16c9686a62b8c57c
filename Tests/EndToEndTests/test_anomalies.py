"""Anomaly records, their issues and the tenant's figures, as an operator's client meets them."""

import contextlib
import datetime
import itertools
import json
import sqlite3
import threading
import uuid

import pytest

import contracts
from conftest import reading

numbers = itertools.count()
FALLING = [reading(3, 18211.4), reading(18, 18214.1), reading(33, 18209.8)]
RISING = [reading(0, 100), reading(15, 102.7), reading(30, 105.4), reading(45, 108.1)]
LISTS = ["/v1/anomalies", "/v1/anomalies/connectors", "/v1/anomalies/sessions"]


class Client:
    """Requests of one caller; each answer is held against the contract."""

    def __init__(self, host, credential):
        self.host, self.credential = host, credential
        self.documents = contracts.modules()

    def __call__(self, method, path, body=None, status=200):
        answer = self.host.call(method, path, body, key=self.credential)
        contracts.check(self.documents, method, path, answer)
        assert answer.status == status, (method, path, answer.status, answer.body)
        return answer

    def get(self, path):
        return self("GET", path).json

    def create(self, readings=FALLING, **more):
        session = f"A-{next(numbers)}"
        body = {"sessionId": session, "chargingStationId": "ST-1", "connectorId": "1", "meterValues": readings, **more}
        return self("POST", "/v1/sessions", body).json["sessionId"]

    def record(self, session):
        """The only record of a session."""
        [record] = self.get(f"/v1/anomalies?chargingSessionId={session}")["content"]
        return record

    def errors(self, path, body=None):
        answer = self("PATCH" if body else "GET", path, body, 422)
        return [(one["field"], one["code"]) for one in answer.json["error"]["details"]["errors"]]


@pytest.fixture(scope="module")
def harbor(host):
    return Client(host, host.key("harbor"))


@pytest.fixture(scope="module")
def linden(host):
    return Client(host, host.key("linden"))


def events(host, tenant, kind):
    """Data of the events of one type that the module has published."""
    path = host.data / "tenants" / tenant / "anomaly" / "module.db"
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as database:
        rows = database.execute("SELECT data FROM gantry_outbox WHERE type = ? ORDER BY sequence", (kind,))
        return [json.loads(row[0]) for row in rows.fetchall()]


def test_a_record_and_what_is_told_of_it(harbor):
    station = {"ocppChargingStationId": "CP-77", "operator": "Hafenstrom"}
    session = harbor.create(
        chargingStationId="HH-7", connectorId="2", evseId="DE*HHX*E0071*2", metadata={"station": station})
    record = harbor.record(session)
    assert record["anomalyType"] == "KWH_DECREASE" and record["anomalyTypeId"] == "kwh-decrease"
    assert record["connectorId"] == "2" and record["evseId"] == "DE*HHX*E0071*2"
    assert record["chargingPointId"] == "HH-7" and record["ocppChargingStationId"] == "CP-77"
    assert record["dateOfAnomalyOccurrence"] == "2026-06-14T05:18:00Z"
    [issue] = record["issues"]
    assert issue["statusName"] == "OPEN" and issue["assignedTo"] is None
    detail = harbor.get(f"/v1/anomalies/sessions/{session}/categories/kwh-decrease/details")
    assert detail["clientId"] == "harbor" and detail["detectionLevel"] == "SESSION"
    assert detail["currentRiskScore"] == record["aiRiskScore"] == detail["anomalyCategory"]["maxScore"]
    assert detail["anomalyPeriod"] == {"start": "2026-06-14T05:18:00Z", "end": "2026-06-14T05:33:00Z"}
    assert [point["energy"] for point in detail["meterValues"]] == [18211.4, 18214.1, 18209.8]
    assert len(detail["riskScoreTimeline"]) == 1 and detail["issues"] == record["issues"]
    assert detail["ocppChargingStationId"] == "CP-77" and detail["lastUpdateDate"] == record["dateOfLastUpdate"]


def test_a_chart_is_in_common_units_with_states_of_charge_filled_in(harbor):
    def row(minute, energy, power, soc):
        time = f"2026-06-14T05:{minute:02}:00Z"
        yield {"timestamp": time, "value": energy * 1000}
        yield {"timestamp": time, "measurand": "Power.Active.Import", "unit": "W", "value": power * 1000}
        if soc is not None:
            yield {"timestamp": time, "measurand": "SoC", "value": soc, "location": "EV"}

    rows = [(0, 100, 12, 20), (5, 101, 12, 22), (10, 102, 12, None), (15, 103, 12, None), (20, 104, 12, 28),
            (25, 99, 12, 30), (30, 100, 12, 32)]
    session = harbor.create([value for one in rows for value in row(*one)])
    points = harbor.get(f"/v1/anomalies/sessions/{session}/categories/kwh-decrease/details")["meterValues"]
    assert [point["energy"] for point in points] == [one[1] for one in rows]
    assert {point["power"] for point in points} == {12}
    assert [point["stateOfCharge"] for point in points] == [one[3] for one in rows]
    used = [point["soc"] for point in points]
    assert used[:2] == [20, 22] and used[4:] == [28, 30, 32] and 22 < used[2] < used[3] < 28


@pytest.mark.parametrize("path", [
    "no-such/categories/kwh-decrease", "{session}/categories/power-spike", "{session}/categories/KWH_DECREASE",
    "{session}/categories/nonsense"])
def test_what_was_never_found_is_not_there(harbor, path):
    path = path.format(session=harbor.create())
    assert harbor("GET", f"/v1/anomalies/sessions/{path}/details", status=404).reason == "not_found"


def test_filters_and_orders(harbor):
    key = f"F-{uuid.uuid4().hex[:6]}"
    sessions = [harbor.create(chargingStationId=key, connectorId=str(number % 2)) for number in range(5)]
    harbor.create(RISING, chargingStationId=key)
    path = f"/v1/anomalies?chargingPointId={key}"

    def found(query):
        page = harbor.get(path + query)
        assert page["pagination"]["totalCount"] >= len(page["content"])
        return [record["chargingSessionId"] for record in page["content"]]

    assert found("") == sessions[::-1]
    assert found("&connectorId=1") == [sessions[3], sessions[1]]
    assert found("&connectorId=1&anomalyType=ENERGY_PIT") == []
    assert found("&page=1&pageSize=2") == sessions[2::-1][:2]
    assert found("&page=1000000&pageSize=100") == []
    harbor("PUT", f"/v1/sessions/{sessions[1]}", {"meterValues": RISING})
    assert found("&sortByScore=asc")[0] == sessions[1] and found("&sortByScore=desc")[-1] == sessions[1]
    updated = harbor.record(sessions[1])["dateOfLastUpdate"]
    assert harbor.record(sessions[1])["aiRiskScore"] == 0
    assert sessions[1] in found(f"&updateFrom={updated}") and sessions[1] not in found(f"&updateTo={updated}")
    assert found("&occurrenceFrom=2026-06-14T07:18:00%2B02:00&occurrenceTo=2026-06-14T05:18:00.001Z")
    assert found("&occurrenceTo=2026-06-14T05:18:00Z") == []
    [one, zero] = harbor.get(f"/v1/anomalies/connectors?sortBy=-anomalyCount&pageSize=100")["content"][:2]
    assert one["anomalyCount"] >= zero["anomalyCount"]
    sums = {item["connectorId"]: item for item in harbor.get("/v1/anomalies/connectors?pageSize=100")["content"]
            if item["chargingPointId"] == key}
    assert {name: item["anomalyCount"] for name, item in sums.items()} == {"0": 3, "1": 2}
    assert sums["0"]["anomalyTypes"] == [{"type": "KWH_DECREASE", "typeId": "kwh-decrease", "count": 3}]
    [item] = harbor.get(f"/v1/anomalies/sessions?chargingSessionId={sessions[0]}")["content"]
    assert item["anomalyCount"] == 1 and item["aiRiskScore"] > 0.5


@pytest.mark.parametrize("query, errors", [
    ("anomalyType=kwh-decrease", [("anomalyType", "invalid_value")]),
    ("page=-1&pageSize=101", [("page", "out_of_range"), ("pageSize", "out_of_range")]),
    ("occurrenceFrom=2026-06-14T05:00:00", [("occurrenceFrom", "invalid_timestamp")]),
    ("occurrenceFrom=2026-06-14T05:00:00Z&occurrenceTo=2026-06-14T05:00:00Z", [("occurrenceTo", "out_of_range")]),
])
def test_bad_queries(harbor, query, errors):
    for path in LISTS:
        assert harbor.errors(f"{path}?{query}") == errors
    assert harbor.errors("/v1/anomalies?sortByScore=up&anomalyIssuesStatus=open&updateFrom=2026-06-14T05:00:00Z"
                         "&updateTo=2026-06-14T05:00:00Z") == [
        ("sortByScore", "invalid_value"), ("anomalyIssuesStatus", "invalid_value"), ("updateTo", "out_of_range")]
    assert harbor.errors("/v1/anomalies/sessions?sortBy=score") == [("sortBy", "invalid_value")]
    assert harbor.errors("/v1/anomalies/connectors?sortBy=-aiRiskScore") == [("sortBy", "invalid_value")]


def test_an_issue_is_worked_on(host, harbor):
    token = host.token("harbor", "usr_ada")
    ada = Client(host, token)
    ada.get("/v1/statistics")
    record = harbor.record(harbor.create())
    path = f"/v1/anomalies/issues/{record['issues'][0]['id']}"

    def move(status, http=200, client=harbor, **more):
        return client("PATCH", path, {"status": status, **more}, http)

    before = len(events(host, "harbor", "anomaly.issue.updated"))
    assert move("OPEN").json["statusName"] == "OPEN"
    assert len(events(host, "harbor", "anomaly.issue.updated")) == before
    taken = move("IN_PROGRESS", client=ada, assignedTo="usr_ada").json
    assert taken == {"id": record["issues"][0]["id"], "statusName": "IN_PROGRESS", "assignedTo": "usr_ada"}
    [event] = events(host, "harbor", "anomaly.issue.updated")[before:]
    assert event == {**taken, "anomalyId": record["id"], "updatedBy": "usr_ada"}
    after = harbor.record(record["chargingSessionId"])
    assert after["issues"] == [taken] and after["dateOfLastUpdate"] > record["dateOfLastUpdate"]
    both = "/v1/anomalies?assignedTo=usr_ada&anomalyIssuesStatus="
    assert [one["id"] for one in harbor.get(both + "IN_PROGRESS")["content"]] == [record["id"]]
    assert harbor.get(both + "OPEN")["content"] == []
    assert move("RESOLVED").json["assignedTo"] == "usr_ada"
    for status in ("IN_PROGRESS", "DISMISSED"):
        assert move(status, 409).reason == "issue_transition_not_allowed"
    # Within a closed status the assignee may change; what the issue is moved to stays refused, whoever is named.
    assert move("RESOLVED", assignedTo=None).json["assignedTo"] is None
    assert harbor.errors(path, {"status": "DISMISSED", "assignedTo": "usr_nobody"}) == [
        ("assignedTo", "unknown_reference")]
    assert move("OPEN").json["statusName"] == "OPEN"
    [identifier] = {one["updatedBy"] for one in events(host, "harbor", "anomaly.issue.updated")[before + 1:]}
    assert identifier.startswith("key_") or uuid.UUID(identifier)


@pytest.mark.parametrize("body, errors", [
    ({}, [("status", "required")]), ({"status": "open"}, [("status", "invalid_value")]),
    ({"status": "OPEN", "assignedTo": ""}, [("assignedTo", "too_short")]),
    ({"status": "OPEN", "assignedTo": 7}, [("assignedTo", "invalid_type")]),
    ({"status": None, "note": "x"}, [("status", "invalid_type"), ("note", "unknown_field")]),
    ({"status": "OPEN", "assignedTo": "usr_nobody"}, [("assignedTo", "unknown_reference")]),
])
def test_bad_issue_updates(harbor, body, errors):
    path = f"/v1/anomalies/issues/{harbor.record(harbor.create())['issues'][0]['id']}"
    answer = harbor("PATCH", path, body, 422)
    found = [(one["field"], one["code"]) for one in answer.json["error"]["details"]["errors"]]
    assert sorted(found)[:1] == sorted(errors)[:1] and {code for _, code in errors} <= {code for _, code in found}


def test_issues_that_are_not_there(harbor):
    for identifier in (str(uuid.uuid4()), "nonsense", "1"):
        assert harbor("PATCH", f"/v1/anomalies/issues/{identifier}", {"status": "OPEN"}, 404).reason == "not_found"
    # The fields come before the record.
    assert harbor.errors(f"/v1/anomalies/issues/{uuid.uuid4()}", {"status": "NO"}) == [("status", "invalid_value")]


def test_another_tenants_records_are_not_there(harbor, linden):
    session = harbor.create(chargingStationId="WALL")
    record = harbor.record(session)
    issue = record["issues"][0]["id"]
    assert linden("PATCH", f"/v1/anomalies/issues/{issue}", {"status": "RESOLVED"}, 404).reason == "not_found"
    linden("GET", f"/v1/anomalies/sessions/{session}/categories/kwh-decrease/details", status=404)
    for path in LISTS:
        assert linden.get(path) == {"content": [], "pagination": {"totalCount": 0, "page": 0, "size": 20}}
    assert linden.get("/v1/anomalies?chargingPointId=WALL")["content"] == []
    figures = linden.get("/v1/statistics")
    assert {value for name, value in figures.items() if name != "uptimePercentage"} == {0}
    assert figures["uptimePercentage"] == 100
    assert harbor.record(session)["issues"][0]["statusName"] == "OPEN"


def test_figures_follow_every_change(harbor):
    def change(do):
        before = harbor.get("/v1/statistics")
        do()
        after = harbor.get("/v1/statistics")
        assert 0 <= after["revenueLeakEstimate"] <= after["revenueAtRisk"] <= after["totalRevenue"]
        return {name: round(after[name] - before[name], 4) for name in after
                if after[name] != before[name] and not name.startswith("uptime")}

    station = f"FIG-{uuid.uuid4().hex[:6]}"
    created = []
    assert change(lambda: created.append(harbor.create(
        RISING, chargingStationId=station, metadata={"pricePerKwh": 0.5}))) == {
        "totalSessions": 1, "totalRevenue": 4.05}
    [session] = created
    assert change(lambda: harbor("PATCH", f"/v1/sessions/{session}", {"metadata": {"pricePerKwh": 1}})) == {
        "totalRevenue": 4.05}
    became = change(lambda: harbor("PUT", f"/v1/sessions/{session}", {"meterValues": FALLING}))
    assert became.pop("revenueLeakEstimate") > 0 and became == {
        "activeAnomaliesCount": 1, "sessionsWithAnomaliesCount": 1, "connectorsWithAnomaliesCount": 1,
        "chargingStationsWithAnomaliesCount": 1, "totalAnomaliesCount": 1, "totalRevenue": -5.4, "revenueAtRisk": 2.7}
    issue = harbor.record(session)["issues"][0]["id"]
    assert change(lambda: harbor("PATCH", f"/v1/anomalies/issues/{issue}", {"status": "DISMISSED"})) == {
        "activeAnomaliesCount": -1}
    # Found again after an analysis without it: a further issue, and active again.
    harbor("PUT", f"/v1/sessions/{session}", {"meterValues": RISING})
    harbor("PUT", f"/v1/sessions/{session}", {"meterValues": FALLING})
    assert [one["statusName"] for one in harbor.record(session)["issues"]] == ["DISMISSED", "OPEN"]
    gone = change(lambda: harbor("PATCH", f"/v1/sessions/{session}", {"status": "invalid"}))
    assert gone.pop("revenueLeakEstimate") < 0 and gone == {
        "activeAnomaliesCount": -1, "sessionsWithAnomaliesCount": -1, "connectorsWithAnomaliesCount": -1,
        "chargingStationsWithAnomaliesCount": -1, "totalAnomaliesCount": -1, "totalSessions": -1,
        "totalRevenue": -2.7, "revenueAtRisk": -2.7}
    assert harbor.record(session)["aiRiskScore"] > 0, "it can be listed like any other"
    assert not any(item["chargingPointId"] == station
                   for item in harbor.get("/v1/anomalies/connectors?pageSize=100")["content"])


def test_concurrent_appends_are_all_kept_and_leave_a_point_each(harbor):
    session = harbor.create(RISING[:3])
    failures = []

    def append(start):
        for minute in range(start, 240, 8):
            try:
                harbor("PATCH", f"/v1/sessions/{session}", {"meterValues": [reading(50 + minute, 200 + minute)]})
            except AssertionError as failure:
                failures.append(failure)

    threads = [threading.Thread(target=append, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    detail = harbor.get(f"/v1/sessions/{session}")
    assert len(detail["meterValues"]) == 3 + 240
    # As times: a full second is written without its thousandths, which sorts as text behind those that follow it.
    analyzed = [datetime.datetime.fromisoformat(event["analyzedAt"])
                for event in events(harbor.host, "harbor", "session.analyzed") if event["sessionId"] == session]
    assert len(analyzed) == 241 and analyzed == sorted(analyzed)
