"""Nothing of one tenant is seen or changed by another, whatever it sends."""

import pytest

from conftest import eventually, reading


@pytest.fixture(scope="module")
def secret(host):
    """A session, its station and a batch of the tenant `harbor`."""
    key = host.key("harbor")
    body = {"sessionId": "SECRET", "chargingStationId": "SECRET-ST", "connectorId": "1",
            "meterValues": [reading(0, 10), reading(10, 12), reading(20, 5)]}
    assert host.call("POST", "/v1/sessions", body, key=key).status == 200
    batch = host.call("POST", "/v1/sessions/batch",
                      {"sessions": [{"sessionId": "SECRET-2", "chargingStationId": "SECRET-ST"}]}, key=key).json
    path = f"/v1/sessions/batch/{batch['batchId']}"
    eventually(lambda: host.call("GET", path, key=key).json["status"] == "completed")
    return batch["batchId"]


def credentials(host):
    return {"key": host.key("linden"), "user": host.token("linden"), "admin": host.token("linden", role="admin"),
            "superadmin": host.token("linden", role="superadmin")}


@pytest.mark.parametrize("kind", ["key", "user", "admin", "superadmin"])
def test_ids_of_another_tenant_do_not_exist(host, secret, kind):
    credential = credentials(host)[kind]
    values = {"meterValues": [reading(0, 1)]}
    attempts = [
        ("GET", "/v1/sessions/SECRET", None), ("PUT", "/v1/sessions/SECRET", values),
        ("PATCH", "/v1/sessions/SECRET", values), ("GET", f"/v1/sessions/batch/{secret}", None),
        ("GET", "/v1/stations/SECRET-ST", None), ("GET", "/v1/stations/SECRET-ST/connectors", None),
    ]
    for method, path, body in attempts:
        mine = host.call(method, path, body, key=credential)
        missing = host.call(method, path.replace("SECRET", "NOWHERE").replace(secret, "0" * 8 + secret[8:]), body,
                            key=credential)
        assert mine.status == missing.status == 404, (method, path)
        assert mine.json["error"] == missing.json["error"], "the answers must not tell them apart"


@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/stations", "/v1/stations/lookup",
                                  "/v1/sessions?chargingStationId=SECRET-ST"])
def test_lists_hold_nothing_of_another_tenant(host, secret, path):
    assert b"SECRET" not in host.call("GET", path, key=host.key("linden")).body


def test_the_same_id_may_exist_in_two_tenants(host, secret):
    body = {"sessionId": "SECRET", "chargingStationId": "OWN"}
    assert host.call("POST", "/v1/sessions", body, key=host.key("linden")).status == 200
    assert host.call("GET", "/v1/sessions/SECRET", key=host.key("harbor")).json["meterValues"] != []
    assert host.call("GET", "/v1/sessions/SECRET", key=host.key("linden")).json["meterValues"] == []


@pytest.mark.parametrize("headers", [{"X-Tenant-Id": "harbor"}, {"Host": "harbor.localhost"}])
def test_a_foreign_credential_cannot_name_the_tenant(host, secret, headers):
    for credential in credentials(host).values():
        answer = host.call("GET", "/v1/sessions/SECRET", key=credential, headers=headers)
        assert (answer.status, answer.reason) == (403, "tenant_mismatch")


def test_a_token_that_claims_another_tenant_is_worth_nothing(host, secret):
    import base64
    import json
    head, payload, signature = host.token("linden").split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["org_id"] = "harbor"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert host.call("GET", "/v1/sessions/SECRET", key=f"{head}.{forged}.{signature}").status == 401


def test_events_stay_in_their_tenant(host):
    host.call("POST", "/v1/entries", {"author": "only-authors", "message": "x"}, key=host.key("authors"))
    host.administration("module", "enable", "guestbook", "--tenant", "linden", "--mount", "/book")
    host.administration("module", "enable", "tally", "--tenant", "linden", "--mount", "/book")
    key = host.key("linden")
    assert host.call("POST", "/book/v1/entries", {"author": "only-linden", "message": "x"}, key=key).status == 201
    names = lambda: {row["author"] for row in host.call("GET", "/book/v1/tally", key=key).json["authors"]}
    assert eventually(names) == {"only-linden"}
