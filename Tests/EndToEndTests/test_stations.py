"""Stations as an operator's client meets them: energy by the hour, the detector's runs by themselves, through kill -9,
and over midnight."""

import contextlib
import datetime
import itertools
import json
import pathlib
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import threading
import time
import uuid

import pytest

import contracts
from conftest import BUILD, eventually

UTC = datetime.timezone.utc
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
            energy = 10 + day.weekday() % 3 + ago * 7 % 11 / 10
            made.append(session(station, day + datetime.timedelta(hours=hour), energy))
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


@pytest.fixture(scope="module")
def judged(api):
    """Three stations that the detector has judged; how long that took after the last write."""
    push(api, month("DEPOT*07"))
    for station in ("ST-lag", "ST-own"):
        push(api, [session(station, today() - datetime.timedelta(days=ago, hours=-8), 20) for ago in (4, 3, 2)])
    begun = time.monotonic()
    yesterday = (today() - datetime.timedelta(days=1)).date().isoformat()
    for station in ("DEPOT*07", "ST-lag", "ST-own"):
        day = yesterday if station == "DEPOT*07" else (today() - datetime.timedelta(days=2)).date().isoformat()
        assert eventually(lambda: (inference(api, station) or {}).get(
            "detectionDetails", {}).get("affected_period") == day, seconds=60)
    return time.monotonic() - begun


def test_a_month_and_a_dead_day(api, judged):
    assert judged < 60
    station, path = "DEPOT*07", "/v1/stations/DEPOT*07"
    yesterday = (today() - datetime.timedelta(days=1)).date().isoformat()
    verdict = inference(api, station)
    assert verdict["chargingStationId"] == station
    assert verdict["isAnomaly"] and verdict["anomalyScore"] >= 0.5
    details = verdict["detectionDetails"]
    assert details["anomaly_type"] in ("zero_energy", "energy_drop") and details["affected_period"] == yesterday
    assert details["expected_energy_kwh"] > 100 and details["actual_energy_kwh"] == 0
    history = api("GET", f"{path}/anomalies").json
    result = history["content"][0]
    assert result["isAnomaly"] and uuid.UUID(result["inferenceId"]) and result["detectionDetails"] == details
    days = [item["detectionDetails"]["affected_period"] for item in history["content"]]
    assert len(set(days)) == len(days) == history["pagination"]["totalCount"]
    assert api("GET", f"{path}/anomalies?page=9").json["content"] == []
    for wrong in ("page=-1", "pageSize=0", "pageSize=101", "page=x"):
        assert api("GET", f"{path}/anomalies?{wrong}").status == 422
    shade = api("GET", f"{path}/shade-overview").json
    assert shade["dayScore"] == verdict["anomalyScore"] and shade["isAnomaly"]
    assert shade["energyTimeline"][0] == {"timestamp": f"{yesterday}T00:00:00Z", "cumulativeKwh": 0}
    assert all(point["cumulativeKwh"] == 0 for point in shade["energyTimeline"])
    minutes = [marker["startMinute"] for marker in shade["anomalyMarkers"]]
    assert minutes == sorted(minutes)
    energy = api("GET", f"{path}/energy").json
    assert energy["energyDelivered"] == 0 and len(energy["energyConsumptionStation"]) == 10
    assert energy["anomalyOccurrences"] == [marker["timestamp"] for marker in shade["anomalyMarkers"]]
    listed = {item["chargingStationId"]: item for item in api("GET", "/v1/stations?pageSize=100").json["content"]}
    assert listed[station]["aiScore"] == verdict["anomalyScore"]


def test_a_change_is_judged_within_a_minute(api, judged):
    first = inference(api, "ST-lag")
    results = api("GET", "/v1/stations/ST-lag/anomalies").json["content"]
    begun = time.monotonic()
    noon = today() - datetime.timedelta(days=2, hours=-12)
    assert api("POST", "/v1/sessions", session("ST-lag", noon, 7)).status == 200
    later = eventually(lambda: (lambda found: found if found["analyzedAt"] > first["analyzedAt"] else None)(
        inference(api, "ST-lag")), seconds=60)
    assert later["detectionDetails"]["actual_energy_kwh"] == 27
    assert time.monotonic() - begun < 60
    assert [item["inferenceId"] for item in api("GET", "/v1/stations/ST-lag/anomalies").json["content"]] == [
        item["inferenceId"] for item in results]


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


def test_another_tenants_station_is_not_found(api, judged):
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


def announced(host, day):
    """Stations of the events about a day, as they wait in the outbox for whoever subscribes."""
    path = host.data / "tenants" / "harbor" / "anomaly" / "module.db"
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as database:
        rows = database.execute(
            "SELECT key, data FROM gantry_outbox WHERE type = 'station.anomaly.detected' ORDER BY sequence").fetchall()
    return [key for key, data in rows if json.loads(data)["detectionDetails"]["affected_period"] == day]


def test_kill_9_in_the_middle_of_the_work_loses_and_repeats_nothing(depot):
    depot.start()
    call = caller(depot)
    stations = [f"ST-{number}" for number in range(16)]
    shape = month("x", days=60, first_hour=12, last_hour=13)
    for station in stations:
        push(call, [{**one, "sessionId": f"{station}-{index}", "chargingStationId": station}
                    for index, one in enumerate(shape)])
    for _ in range(4):
        depot.stop(signal.SIGKILL)
        depot.start()
        call("POST", "/v1/sessions", session("ST-9", today() - datetime.timedelta(days=1, hours=-9), 0))
        time.sleep(0.15)
    eventually(lambda: all((inference(call, station) or {}).get("isAnomaly") for station in stations), seconds=60)
    yesterday = (today() - datetime.timedelta(days=1)).date().isoformat()
    for station in stations:
        results = call("GET", f"/v1/stations/{station}/anomalies").json["content"]
        days = [result["detectionDetails"]["affected_period"] for result in results]
        assert days[0] == yesterday and len(set(days)) == len(days)
    assert sorted(announced(depot, yesterday)) == sorted(stations)


class Clock:
    """The wall clock of a host that is started with its environment; it may be set while the host runs."""

    def __init__(self, folder):
        library = folder / "clock.so"
        subprocess.run(["cc", "-O2", "-fPIC", "-shared", "-o", library, pathlib.Path(__file__).with_name("clock.c")],
                       check=True)
        self.file = folder / "clock"
        self.set(datetime.timedelta())
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(self.file)}

    def set(self, ahead):
        """Lets it be ahead of the machine's."""
        with open(self.file, "r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("<q", round(ahead.total_seconds())))


def test_a_station_fallen_silent_is_noticed_at_midnight_and_a_clock_set_back_repeats_nothing(depot):
    clock = Clock(depot.folder)
    depot.start(environment=clock.environment)
    call = caller(depot)
    push(call, [session("ST-silent", today() - datetime.timedelta(days=ago, hours=-hour), 18 + ago * 7 % 5)
                for ago in range(1, 60) for hour in (9, 15)])
    day, yesterday = ((today() - datetime.timedelta(days=ago)).date().isoformat() for ago in (0, 1))

    def judged(day):
        return eventually(lambda: (lambda found: found if found and found["detectionDetails"]["affected_period"] == day
                                   else None)(inference(call, "ST-silent")), seconds=30)

    assert judged(yesterday)
    depot.stop(signal.SIGKILL)
    midnight = today() + datetime.timedelta(days=1)
    clock.set(midnight - datetime.datetime.now(UTC) - datetime.timedelta(seconds=2))
    depot.start(environment=clock.environment)
    verdict = judged(day)
    assert verdict["analyzedAt"] >= text(midnight)
    assert verdict["isAnomaly"] and verdict["detectionDetails"]["anomaly_type"] == "zero_energy"
    assert announced(depot, day) == ["ST-silent"]
    # The clock is set back and passes midnight once more, which has been dealt with.
    history = call("GET", "/v1/stations/ST-silent/anomalies").json["content"]
    assert [item["detectionDetails"]["affected_period"] for item in history][:2] == [day, yesterday]
    clock.set(midnight - datetime.datetime.now(UTC) - datetime.timedelta(seconds=2))
    depot.stop()
    depot.start(environment=clock.environment)
    time.sleep(3)
    assert call("GET", "/v1/stations/ST-silent/anomalies").json["content"] == history
    assert announced(depot, day) == ["ST-silent"]
