"""The way of a request: tenant, route, principal, limits, contract check, module, response."""

import re
import uuid

import pytest


def test_host_routes_answer_without_tenant_and_key(host):
    assert host.call("GET", "/api/ping").json == {"status": "ok"}
    health = host.call("GET", "/api/health")
    assert health.status == 200 and health.json["status"] == "healthy"
    assert set(health.json["checks"]) == {"database", "redis", "storage", "schema_version"}
    assert host.call("GET", "/api/v1/public/health").json["status"] == "healthy"
    v2 = host.call("GET", "/api/v2/public/health").json
    assert v2["data"]["uptime_seconds"] >= 0 and v2["meta"]["version"] == "v2"


def test_metrics_speak_of_routes_by_template(host):
    host.call("GET", "/v1/hello/metrics", key=host.key("authors"))
    answer = host.call("GET", "/api/v1/public/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = answer.body.decode()
    assert re.search(r'http_requests_total\{[^}]*route="/v1/hello/\{name\}"[^}]*status="200"', text)
    assert "metrics" not in {m for m in re.findall(r'route="([^"]*)"', text)}
    for family in ("http_request_duration_seconds", "http_requests_in_flight", "module_up",
                   "process_start_time_seconds"):
        assert f"# TYPE {family} " in text
    assert 'module_up{' in text and 'tenant="' not in text


def test_request_id_is_kept_or_made(host):
    assert host.call("GET", "/api/ping", headers={"X-Request-ID": "abc.123"}).headers["x-request-id"] == "abc.123"
    made = host.call("GET", "/api/ping", headers={"X-Request-ID": "no spaces"}).headers["x-request-id"]
    assert uuid.UUID(made).version == 4


def test_a_request_line_in_the_log_names_request_tenant_and_module(host):
    host.call("GET", "/v1/hello/log", key=host.key("authors"), headers={"X-Request-ID": "find-me"})

    def line():
        return [entry for entry in host.log_lines() if entry.get("request_id") == "find-me"]

    from conftest import eventually
    entry = eventually(line)[0]
    assert entry["tenant"] == "authors" and entry["module"] == "guestbook"
    assert host.key("authors") not in host.log.read_text()


@pytest.mark.parametrize("way", ["key", "host", "header"])
def test_tenant_by_credential_host_and_header(host, way):
    headers = {"host": {"Host": "authors.localhost"}, "header": {"X-Tenant-Id": "authors"}}.get(way, {})
    assert host.call("GET", "/v1/hello/x", key=host.key("authors"), headers=headers).status == 200


@pytest.mark.parametrize("headers", [
    {"X-Tenant-Id": "harbor"}, {"X-Tenant-Id": "no-such-tenant"}, {"Host": "harbor.localhost"},
    {"Host": "authors.localhost", "X-Tenant-Id": "harbor"},
])
def test_contradicting_tenant_is_the_same_403_whether_or_not_it_exists(host, headers):
    answer = host.call("GET", "/v1/hello/x", key=host.key("authors"), headers=headers)
    assert (answer.status, answer.reason) == (403, "tenant_mismatch")


def test_unknown_tenant_without_credential(host):
    answer = host.call("GET", "/v1/sessions", headers={"X-Tenant-Id": "no-such-tenant"})
    assert answer.status == 404 and answer.json["error"]["details"]["resource"] == "Tenant"


def test_a_module_that_is_not_enabled_has_no_routes(host):
    for tenant in ("harbor", "empty"):
        answer = host.call("GET", "/v1/hello/x", key=host.key(tenant))
        assert answer.status == 404 and answer.json["error"]["details"]["resource"] == "Route"


def test_wrong_method_names_the_right_ones(host):
    answer = host.call("DELETE", "/v1/sessions", key=host.key("harbor"))
    assert answer.status == 405 and set(answer.headers["allow"].split(", ")) >= {"GET", "POST"}


@pytest.mark.parametrize("key", [None, "cak_" + "A" * 43, "rubbish", "a.b.c"])
def test_missing_and_bad_credentials_are_the_same_401(host, key):
    answer = host.call("GET", "/v1/sessions", key=key, headers={"X-Tenant-Id": "harbor"})
    assert (answer.status, answer.reason) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_key_is_refused_at_once(host):
    issued = host.administration("key", "create", "--tenant", "harbor", "--name", "short-lived")
    assert host.call("GET", "/v1/sessions", key=issued["key"]).status == 200
    host.administration("key", "revoke", issued["id"], "--tenant", "harbor")
    assert host.call("GET", "/v1/sessions", key=issued["key"]).status == 401


def test_a_users_token_works_and_a_tampered_one_does_not(host):
    token = host.token("harbor")
    assert host.call("GET", "/v1/sessions", key=token).status == 200
    head, payload, signature = token.split(".")
    assert host.call("GET", "/v1/sessions", key=f"{head}.{payload}.{signature[:-4]}AAAA").status == 401
    assert host.call("GET", "/v1/sessions", key=f"eyJhbGciOiJub25lIn0.{payload}.").status == 401


def test_unreadable_bodies(host):
    key = host.key("harbor")
    json_type = {"Content-Type": "application/json"}
    broken = host.call("POST", "/v1/sessions", body=b"{", key=key, headers=json_type)
    assert (broken.status, broken.reason) == (400, "malformed_json")
    text = host.call("POST", "/v1/sessions", body=b"{}", key=key, headers={"Content-Type": "text/plain"})
    assert (text.status, text.reason) == (400, "unsupported_media_type")
    deep = host.call("POST", "/v1/sessions", body=b"[" * 100 + b"]" * 100, key=key, headers=json_type)
    assert (deep.status, deep.reason) == (400, "malformed_json")
    large = host.call("POST", "/v1/sessions", body=b" " * (10 * 1024 * 1024 + 1), key=key, headers=json_type)
    assert (large.status, large.reason) == (413, "body_too_large")


def test_every_bad_field_is_named_in_one_answer(host):
    answer = host.call("POST", "/v1/sessions", key=host.key("harbor"), body={
        "chargingStationId": "bad id", "extra": 1,
        "meterValues": [{"timestamp": "2026-06-14T05:03:00", "value": "12"},
                        {"timestamp": "2026-06-14T05:03:00Z", "value": 47, "measurand": "SoC", "unit": "V"}]})
    assert answer.status == 422
    error = answer.json["error"]
    assert error["code"] == "VALIDATION_ERROR" and error["details"]["reason"] == "validation_failed"
    found = {(entry["field"], entry["code"]) for entry in error["details"]["errors"]}
    assert found == {
        ("sessionId", "required"), ("chargingStationId", "invalid_format"), ("extra", "unknown_field"),
        ("meterValues.0.timestamp", "invalid_timestamp"), ("meterValues.0.value", "invalid_type"),
        ("meterValues.1.unit", "unit_mismatch")}
    assert host.call("GET", "/v1/sessions?pageSize=101&page=-1", key=host.key("harbor")).status == 422


def test_limits_count_and_say_when_to_come_back(host):
    key = host.key("slow")
    answers = [host.call("GET", "/v1/hello/x", key=key) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    last = answers[-1]
    assert last.reason == "rate_limited"
    assert int(last.headers["retry-after"]) == last.json["error"]["details"]["retry_after"] >= 1
    assert answers[0].headers["x-ratelimit-limit"] == "3" and answers[0].headers["x-ratelimit-remaining"] == "2"


def test_head_is_get_without_a_body(host):
    answer = host.call("HEAD", "/v1/hello/x", key=host.key("authors"))
    assert answer.status == 200 and answer.body == b"" and int(answer.headers["content-length"]) > 0
