"""The same bundles, unchanged, in every tier: what stands here for `make workers`, which runs the whole suite so."""

import os
import shutil
import tempfile

import pytest
from conftest import Host, eventually, reading

TIERS = ["in-process", "worker", "worker-per-tenant"]


@pytest.fixture(scope="module", params=TIERS)
def tier(request):
    """A host with every module in the tier, and the tier's name."""
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder).start({"GANTRY_ISOLATION": request.param})
    yield running, request.param
    running.stop()
    shutil.rmtree(folder)


def workers(host, module):
    return host.administration("module", "show", module)["workers"]


def test_modules_run_where_they_should(tier):
    host, name = tier
    host.call("GET", "/v1/hello/x", key=host.key("authors"))
    host.call("GET", "/v1/hello/x", key=host.key("slow"))
    shown = workers(host, "guestbook")
    tenants = {"in-process": [], "worker": [None], "worker-per-tenant": ["authors", "slow"]}[name]
    assert [one["tenant"] for one in shown] == tenants
    processes = {one["process"] for one in shown}
    assert len(processes) == len(tenants) and host.process.pid not in processes
    # Each is a child of the host's.
    assert all(f"PPid:\t{host.process.pid}\n" in open(f"/proc/{one}/status").read() for one in processes)


def test_rows_events_and_other_modules(tier):
    host, _ = tier
    key = host.key("authors")
    before = host.call("GET", "/v1/tally", key=key).json
    made = host.call("POST", "/v1/entries", {"author": "Ada", "message": "From a process of its own."}, key=key)
    assert made.status == 201, made.body
    listed = host.call("GET", "/v1/entries", key=key)
    assert listed.status == 200 and "From a process of its own." in listed.body.decode()
    # The event crosses from a module in Swift to one in C.
    eventually(lambda: host.call("GET", "/v1/tally", key=key).json != before)
    assert host.call("GET", "/v1/hello/Ada", key=key).status == 200
    assert host.call("POST", "/v1/entries", {"author": ""}, key=key).status in (400, 422)


def test_another_tenant_sees_nothing(tier):
    host, _ = tier
    own, other = host.key("authors"), host.key("slow")
    host.call("POST", "/v1/entries", {"author": "Ada", "message": "Only for authors."}, key=own)
    assert "Only for authors." not in host.call("GET", "/v1/entries", key=other).body.decode()
    refused = host.call("GET", "/v1/entries", key=other, headers={"X-Tenant-Id": "authors"})
    assert refused.status == 403


def test_sessions_are_judged(tier):
    host, _ = tier
    key = host.key("harbor")
    falling = [reading(3, 18211.4), reading(18, 18214.1), reading(33, 18209.8)]
    made = host.call("POST", "/v1/sessions", {
        "sessionId": "T-1", "chargingStationId": "ST-1", "meterValues": falling}, key=key)
    assert made.status == 200 and made.json["isAnomaly"] is True, made.body
    assert len(host.call("GET", "/v1/sessions/T-1", key=key).json["meterValues"]) == 3
    assert host.call("POST", "/v1/sessions", {"sessionId": "T-1"}, key=key).status in (409, 422)
    assert host.call("GET", "/v1/sessions/T-1", key=host.key("linden")).status == 404


def test_no_worker_is_left_when_the_host_stops(tier):
    host, _ = tier
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    other = Host(folder).start({"GANTRY_ISOLATION": tier[1]})
    try:
        processes = [one["process"] for module in ("anomaly", "guestbook", "tally") for one in workers(other, module)]
        assert other.stop() == 0
        assert not any(os.path.exists(f"/proc/{process}") for process in processes)
        # Readiness that was asked for too early has its line, too.
        errors = [line for line in other.log_lines() if line["level"] == "error" and line["message"] != "request"]
        assert errors == []
    finally:
        other.stop()
        shutil.rmtree(folder)
