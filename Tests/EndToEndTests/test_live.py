"""The stream of an organisation's live events, from outside: what arrives, in which form, for whom, until when."""

import http.client
import json
import signal
import time

import pytest

from conftest import eventually, reading


class Stream:
    """One client of `/api/v1/{org_id}/events/stream`."""

    def __init__(self, host, tenant, headers=None, query=""):
        self.connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=20)
        self.connection.request(
            "GET", f"/api/v1/{tenant}/events/stream{query}",
            headers=headers or {"Authorization": f"Bearer {host.token(tenant)}"})
        self.response = self.connection.getresponse()

    def block(self):
        """The lines up to the next empty one; nothing at the end of the stream."""
        lines = []
        while line := self.response.readline():
            if line == b"\n":
                return lines
            lines.append(line.decode().rstrip("\n"))
        return None

    def event(self):
        """The next event, with its frame held against the contract."""
        while True:
            lines = self.block()
            assert lines is not None, "the stream has ended"
            if lines[0].startswith(":"):
                continue
            assert [line.split(": ")[0] for line in lines] == ["id", "event", "data"]
            event = json.loads(lines[2][6:])
            assert (event["id"], event["type"]) == (lines[0][4:], lines[1][7:])
            assert set(event) == {"id", "type", "org_id", "practice_id", "occurred_at", "data"}
            assert event["occurred_at"].endswith("Z")
            return event

    def close(self):
        self.connection.close()


@pytest.fixture
def stream(host):
    stream = Stream(host, "harbor")
    assert stream.response.status == 200
    assert stream.block() == [": connected", "retry: 3000"]
    yield stream
    stream.close()


def falling(name):
    """A charging process whose register falls."""
    values = [100, 104, 101, 102]
    return {"sessionId": name, "chargingStationId": "LIVE-1",
            "meterValues": [reading(minute * 10, value) for minute, value in enumerate(values)]}


def test_events_of_the_own_organisation_arrive_reduced(host, stream):
    headers = {name.lower(): value for name, value in stream.response.getheaders()}
    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "no-cache"
    assert headers["x-accel-buffering"] == "no"
    # Another organisation's is not to be seen here.
    assert host.call("POST", "/v1/sessions", falling("L-0"), key=host.key("linden")).status == 200
    began = time.monotonic()
    assert host.call("POST", "/v1/sessions", falling("L-1"), key=host.key("harbor")).status == 200
    events = [stream.event() for _ in range(3)]
    assert time.monotonic() - began < 5
    assert [event["type"] for event in events] == ["session.created", "session.analyzed", "anomaly.detected"]
    for event in events:
        assert event["org_id"] == "harbor" and event["practice_id"] is None
        assert event["data"]["sessionId"] == "L-1"
    # What the manifest does not show is not shown.
    assert "anomalies" not in events[1]["data"] and events[1]["data"]["isAnomaly"] is True
    assert "anomalyId" not in events[2]["data"] and events[2]["data"]["category"] == "KWH_DECREASE"


def test_nothing_from_before_is_replayed(host):
    assert host.call("POST", "/v1/sessions", falling("L-2"), key=host.key("harbor")).status == 200
    stream = Stream(host, "harbor", {"Authorization": f"Bearer {host.token('harbor')}", "Last-Event-ID": "0"})
    assert host.call("POST", "/v1/sessions", falling("L-3"), key=host.key("harbor")).status == 200
    assert stream.event()["data"]["sessionId"] == "L-3"
    stream.close()


def test_every_follower_gets_each_event_once_and_in_order(host):
    streams = [Stream(host, "harbor", {"Authorization": f"Bearer {host.token('harbor', user=f'u{n // 8}')}"})
               for n in range(24)]
    assert {stream.response.status for stream in streams} == {200}
    names = [f"L-many-{number}" for number in range(20)]
    for name in names:
        body = {"sessionId": name, "chargingStationId": "LIVE-2"}
        assert host.call("POST", "/v1/sessions", body, key=host.key("harbor")).status == 200
    for stream in streams:
        assert [stream.event()["data"]["sessionId"] for _ in names] == names
        stream.close()


def test_only_members_follow(host):
    def status(tenant, credential):
        headers = {"Authorization": f"Bearer {credential}"} if credential else {"X-Nothing": "1"}
        stream = Stream(host, tenant, headers)
        body = stream.response.read() if stream.response.status != 200 else b"{}"
        stream.close()
        return stream.response.status, json.loads(body).get("error", {}).get("details", {}).get("reason")

    assert status("harbor", None)[0] == 401
    assert status("harbor", "cak_" + "x" * 43)[0] == 401
    foreign = host.token("linden", role="superadmin")
    assert status("harbor", foreign) == (403, "tenant_mismatch")
    assert status("nowhere", foreign) == (403, "tenant_mismatch")
    assert status("lab-tests", foreign)[0] == 404


def test_a_stream_ends_with_its_key(host):
    created = host.administration("key", "create", "--tenant", "harbor")
    stream = Stream(host, "harbor", {"Authorization": f"Bearer {created['key']}"})
    assert stream.block() == [": connected", "retry: 3000"]
    host.administration("key", "revoke", created["id"], "--tenant", "harbor")
    began = time.monotonic()
    while stream.block() is not None:
        assert time.monotonic() - began < 10
    stream.close()


def test_a_stop_ends_streams_in_order(own_host):
    own_host.start()
    stream = Stream(own_host, "harbor")
    assert stream.block() == [": connected", "retry: 3000"]
    own_host.process.send_signal(signal.SIGTERM)
    assert stream.block() is None
    assert own_host.process.wait(20) == 0
    stream.close()


def test_the_count_of_open_streams_is_a_metric(host):
    def count():
        text = host.call("GET", "/api/v1/public/metrics").body.decode()
        return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith("sse_connections "))

    eventually(lambda: count() == 0)
    stream = Stream(host, "harbor")
    stream.block()
    assert count() == 1
    stream.close()
    eventually(lambda: count() == 0)
