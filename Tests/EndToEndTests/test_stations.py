"""Stations as an operator's client meets them: energy by the hour, the detector's runs by themselves, through kill -9,
and past midnight."""

import contextlib
import datetime
import itertools
import re
import shutil
import signal
import sqlite3
import threading
import time
import uuid

import pytest

import contracts
from conftest import BUILD, eventually

UTC = datetime.timezone.utc
FAKE_CLOCK = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
numbers = itertools.count()

DEPLOYMENT = """\
bundles: [{bundles}]
log: {{level: info}}
tenants:
  - id: harbor
    modules: {{anomaly: {{limits: {{default: 1000000/minute, batches: 100000/minute}}}}}}
"""


@pytest.fixture(scope="module")
def api(host):
    documents = contracts.modules()

    def call(method, path, body=None, tenant="harbor"):
        answer = host.call(method, path, body, key=host.key(tenant))
        contracts.check(documents, method, path, answer)
        return answer

    return call


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def today():
    return datetime.datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def session(station, start, energy, minutes=60, connector="1", register=1000):
    """A session whose register rises evenly."""
    points = [(start + datetime.timedelta(minutes=minutes * step / 4), register + energy * step / 4)
              for step in range(5)]
    return {"sessionId": f"{station}-{next(numbers)}", "chargingStationId": station, "connectorId": connector,
            "status": "completed",
            "meterValues": [{"timestamp": text(at), "unit": "kWh", "value": round(value, 4)} for at, value in points]}


def month(station, days=30, first_hour=6, last_hour=21):
    """Hourly sessions of full days before yesterday, some kWh more on each weekday, and a dead yesterday."""
    made = []
    for ago in range(days + 1, 1, -1):
        day = today() - datetime.timedelta(days=ago)
        for hour in range(first_hour, last_hour):
            made.append(session(station, day + datetime.timedelta(hours=hour), 10 + day.weekday() % 3))
    # Cars plug in, and nothing flows.
    made += [session(station, today() - datetime.timedelta(days=1, hours=-hour), 0) for hour in (8, 12, 16)]
    return made


def push(call, sessions):
    """In batches of a hundred, until all are dealt with."""
    batches = []
    for start in range(0, len(sessions), 100):
        answer = call("POST", "/v1/sessions/batch", {"sessions": sessions[start:start + 100]})
        assert answer.status == 200, answer.body
        batches.append(answer.json["batchId"])
    for batch in batches:
        done = eventually(lambda: (lambda found: found if found["status"] == "completed" else None)(
            call("GET", f"/v1/sessions/batch/{batch}").json), seconds=60)
        assert done["failedSessions"] == 0


def inference(call, station):
    answer = call("GET", f"/v1/stations/{station}/inference")
    return answer.json if answer.status == 200 else None


def test_a_month_and_a_dead_day(api):
    station = "DEPOT 07/ä"
    path = "/v1/stations/DEPOT%2007%2F%C3%A4"
    push(api, month(station))
    begun = time.monotonic()
    yesterday = (today() - datetime.timedelta(days=1)).date().isoformat()
    verdict = eventually(lambda: (lambda found: found if found and found["isAnomaly"] else None)(
        inference(api, "DEPOT%2007%2F%C3%A4")), seconds=60)
    assert time.monotonic() - begun < 60
    assert verdict["chargingStationId"] == station
    details = verdict["detectionDetails"]
    assert details["anomaly_type"] in ("zero_energy", "energy_drop") and details["affected_period"] == yesterday
    assert details["expected_energy_kwh"] > 100 and details["actual_energy_kwh"] == 0
    assert verdict["anomalyScore"] >= 0.5
    # Judged once more after the last change, under the same identifier.
    history = api("GET", f"{path}/anomalies").json
    assert history["pagination"]["totalCount"] == 1
    [result] = history["content"]
    assert result["isAnomaly"] and uuid.UUID(result["inferenceId"])
    assert api("GET", f"{path}/anomalies?page=1").json["content"] == []
    for wrong in ("page=-1", "pageSize=0", "pageSize=101", "page=x"):
        assert api("GET", f"{path}/anomalies?{wrong}").status == 422
    shade = api("GET", f"{path}/shade-overview").json
    assert shade["dayScore"] == verdict["anomalyScore"] and shade["isAnomaly"]
    assert shade["energyTimeline"][0] == {"timestamp": f"{yesterday}T00:00:00Z", "cumulativeKwh": 0}
    assert all(point["cumulativeKwh"] == 0 for point in shade["energyTimeline"])
    assert [marker["startMinute"] for marker in shade["anomalyMarkers"]] == sorted(
        marker["startMinute"] for marker in shade["anomalyMarkers"])
    energy = api("GET", f"{path}/energy").json
    assert energy["energyDelivered"] == 0 and len(energy["energyConsumptionStation"]) == 10
    assert energy["anomalyOccurrences"] == [marker["timestamp"] for marker in shade["anomalyMarkers"]]
    listed = {item["chargingStationId"]: item for item in api("GET", "/v1/stations?pageSize=100").json["content"]}
    assert listed[station]["aiScore"] == verdict["anomalyScore"]


def test_a_change_is_judged_within_a_minute(api):
    push(api, [session("ST-lag", today() - datetime.timedelta(days=ago, hours=-8), 20) for ago in (4, 3, 2)])
    first = eventually(lambda: inference(api, "ST-lag"), seconds=60)
    begun = time.monotonic()
    noon = today() - datetime.timedelta(days=2, hours=-12)
    assert api("POST", "/v1/sessions", session("ST-lag", noon, 7)).status == 200
    later = eventually(lambda: (lambda found: found if found["analyzedAt"] > first["analyzedAt"] else None)(
        inference(api, "ST-lag")), seconds=60)
    assert later["detectionDetails"]["actual_energy_kwh"] == 27
    assert time.monotonic() - begun < 60
    assert api("GET", "/v1/stations/ST-lag/anomalies").json["pagination"]["totalCount"] == 1


def test_energy_of_two_connectors_and_of_none(api):
    day = today() - datetime.timedelta(days=1)
    push(api, [
        session("ST-energy", day + datetime.timedelta(hours=9, minutes=30), 6, connector="2"),
        session("ST-energy", day + datetime.timedelta(hours=11), 4, connector="10"),
        session("ST-energy", day + datetime.timedelta(hours=12), 3, connector=None),
        session("ST-energy", day - datetime.timedelta(hours=1), 8, minutes=120, connector="2")])
    energy = api("GET", "/v1/stations/ST-energy/energy").json
    assert energy["energyDelivered"] == 17
    hours = [point["timestamp"] for point in energy["energyConsumptionStation"]]
    assert hours == [text(day + datetime.timedelta(hours=hour)) for hour in range(14)]
    assert [item["connectorId"] for item in energy["energyConsumptionConnectors"]] == ["10", "2"]
    sums = [0.0] * 14
    for item in energy["energyConsumptionConnectors"]:
        assert [point["timestamp"] for point in item["energy"]] == hours
        sums = [total + point["energy"] for total, point in zip(sums, item["energy"])]
    sums[12] += 3
    assert [point["energy"] for point in energy["energyConsumptionStation"]] == pytest.approx(sums)
    assert sums[0] == 4 and sums[9] == 3 and sums[10] == 3 and sums[11] == 4


def test_another_tenants_station_is_not_found(api):
    push(api, [session("ST-own", today() - datetime.timedelta(days=ago), 20) for ago in (4, 3, 2)])
    eventually(lambda: inference(api, "ST-own"), seconds=60)
    for operation in ("anomalies", "energy", "inference", "shade-overview"):
        for tenant, station in (("linden", "ST-own"), ("harbor", "ST-none"), ("harbor", "x" * 300)):
            answer = api("GET", f"/v1/stations/{station}/{operation}", tenant=tenant)
            assert (answer.status, answer.reason) == (404, "not_found")
    api("POST", "/v1/sessions", session("ST-young", today() - datetime.timedelta(days=1), 5))
    for operation in ("inference", "shade-overview"):
        answer = api("GET", f"/v1/stations/ST-young/{operation}")
        assert (answer.status, answer.reason) == (404, "inference_not_found")
    assert api("GET", "/v1/stations/ST-young/anomalies").json["content"] == []


def test_many_sessions_at_once_lose_no_energy(api):
    day = today() - datetime.timedelta(days=1)
    threads = [threading.Thread(target=lambda: [
        api("POST", "/v1/sessions", session("ST-many", day + datetime.timedelta(hours=10), 1)) for _ in range(25)])
        for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert api("GET", "/v1/stations/ST-many/energy").json["energyDelivered"] == 200


@pytest.fixture
def depot(own_host):
    """A host whose midnight comes without jitter."""
    shutil.copytree(BUILD / "bundles", own_host.folder / "bundles")
    manifest = own_host.folder / "bundles" / "anomaly" / "module.yaml"
    changed = re.sub(r", jitter: 4m", "", manifest.read_text())
    assert changed != manifest.read_text()
    manifest.write_text(changed)
    own_host.deployment.write_text(DEPLOYMENT.format(bundles=own_host.folder / "bundles"))
    return own_host


def caller(host):
    return lambda method, path, body=None: host.call(method, path, body, key=host.key("harbor"))


def announced(host):
    """Stations of the events, as they wait in the outbox for whoever subscribes."""
    path = host.data / "tenants" / "harbor" / "anomaly" / "module.db"
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as database:
        return [key for key, in database.execute(
            "SELECT key FROM gantry_outbox WHERE type = 'station.anomaly.detected' ORDER BY sequence")]


def test_kill_9_in_the_middle_of_the_work_loses_and_repeats_nothing(depot):
    depot.start()
    call = caller(depot)
    stations = [f"ST-{number}" for number in range(40)]
    shape = month("x", days=60, first_hour=12, last_hour=13)
    for station in stations:
        push(call, [{**one, "sessionId": f"{station}-{index}", "chargingStationId": station}
                    for index, one in enumerate(shape)])
    for _ in range(4):
        depot.stop(signal.SIGKILL)
        depot.start()
        call("POST", "/v1/sessions", session("ST-39", today() - datetime.timedelta(days=1, hours=-9), 0))
        time.sleep(0.15)
    eventually(lambda: all((inference(call, station) or {}).get("isAnomaly") for station in stations), seconds=60)
    for station in stations:
        assert call("GET", f"/v1/stations/{station}/anomalies").json["pagination"]["totalCount"] == 1
    assert sorted(announced(depot)) == sorted(stations)


def test_a_station_fallen_silent_is_noticed_at_midnight(depot):
    start = datetime.datetime.now(UTC)
    depot.start()
    push(caller(depot), [session("ST-silent", today() - datetime.timedelta(days=ago, hours=-hour), 20)
                         for ago in range(1, 60) for hour in (9, 15)])
    eventually(lambda: inference(caller(depot), "ST-silent"), seconds=30)
    assert announced(depot) == []
    depot.stop()
    midnight = today() + datetime.timedelta(days=1, seconds=-6)
    depot.start(environment={"LD_PRELOAD": FAKE_CLOCK, "FAKETIME": f"+{int((midnight - start).total_seconds())}s",
                             "DONT_FAKE_MONOTONIC": "1"})
    verdict = eventually(lambda: (lambda found: found if found["isAnomaly"] else None)(
        inference(caller(depot), "ST-silent")), seconds=40)
    assert verdict["detectionDetails"]["affected_period"] == today().date().isoformat()
    assert verdict["detectionDetails"]["anomaly_type"] == "zero_energy"
    history = caller(depot)("GET", "/v1/stations/ST-silent/anomalies").json["content"]
    assert [item["isAnomaly"] for item in history] == [True, False]
    assert announced(depot) == ["ST-silent"]
