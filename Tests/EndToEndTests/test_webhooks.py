"""Webhooks end to end: a real receiver over https, verified with the stock client of Standard Webhooks."""

import concurrent.futures
import datetime
import json
import pathlib
import shutil
import signal
import tempfile
import time
import uuid

import pytest
import standardwebhooks

from conftest import BUILD, Host, eventually, reading
from webhook_receiver import Receiver, certificates

DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: harbor
log: {{level: info, requests: none}}
outbound: {{allow: [{allow}], certificates: {folder}/ca.pem}}
webhooks: {{retries: [50ms, 60ms, 70ms, 80ms, 90ms], timeout: 1s}}
tenants:
  - {{id: harbor, hosts: [harbor.localhost], modules: {{anomaly: {{}}}}}}
  - {{id: linden, hosts: [linden.localhost], modules: {{anomaly: {{}}}}}}
"""
ALL = ["session.analyzed", "anomaly.detected", "anomaly.issue.updated", "station.anomaly.detected", "batch.completed",
       "model.finetune.completed", "model.finetune.failed", "webhook.disabled"]


@pytest.fixture(scope="module")
def place():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gantry-webhooks-"))
    certificates(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def receiver(place):
    running = Receiver(place)
    yield running
    running.close()


@pytest.fixture(scope="module")
def host(place):
    (place / "host").mkdir()
    running = Host(place / "host", deployment(place)).start()
    yield running
    running.stop()


def deployment(place, allow="127.0.0.1"):
    return DEPLOYMENT.format(bundles=BUILD / "bundles", folder=place, allow=allow)


class Tenant:
    """What an admin of a tenant does."""

    def __init__(self, host, name="harbor", role="admin"):
        self.host, self.name = host, name
        self.token = host.token(name, user=f"usr_{name}", role=role)

    def __call__(self, method, path, body=None):
        return self.host.call(method, path, body, key=self.token, headers={"Host": f"{self.name}.localhost"})

    def create(self, url, events=("session.analyzed",), **more):
        answer = self("POST", "/v1/webhooks", {"url": url, "events": list(events), **more})
        assert answer.status == 200, answer.body
        return answer.json

    def read(self, webhook):
        answer = self("GET", f"/v1/webhooks/{webhook['id']}")
        assert answer.status == 200, answer.body
        return answer.json

    def patch(self, webhook, **change):
        answer = self("PATCH", f"/v1/webhooks/{webhook['id']}", change)
        assert answer.status == 200, answer.body
        return answer.json

    def session(self):
        """Causes `session.analyzed` once, for a session that has this id."""
        name = f"S-{uuid.uuid4()}"
        body = {"sessionId": name, "chargingStationId": "HH-1", "status": "completed",
                "meterValues": [reading(minute, 100 + minute / 10) for minute in (0, 10, 20)]}
        answer = self("POST", "/v1/sessions", body)
        assert answer.status == 200, answer.body
        return name

    def clear(self):
        for webhook in self("GET", "/v1/webhooks").json["content"]:
            assert self("DELETE", f"/v1/webhooks/{webhook['id']}").status == 200


@pytest.fixture
def harbor(host):
    tenant = Tenant(host)
    yield tenant
    tenant.clear()


@pytest.fixture
def linden(host):
    tenant = Tenant(host, "linden")
    yield tenant
    tenant.clear()


def fields(answer):
    assert answer.status == 422, answer.body
    return {(error["field"], error["code"]) for error in answer.json["error"]["details"]["errors"]}


def verified(delivery, secret):
    return standardwebhooks.Webhook(secret).verify(delivery.body, {k.lower(): v for k, v in delivery.headers.items()})


def settled(tenant, webhook, count=1):
    """The webhook's deliveries once so many are over."""
    def over():
        deliveries = tenant.read(webhook)["recentDeliveries"]
        return deliveries if len([one for one in deliveries if one["completedAt"]]) >= count else None
    return eventually(over)


# ------------------------------------------------------------------ what the operations answer

def test_a_webhook_from_its_making_to_its_end(harbor):
    made = harbor.create("https://hooks.example.com/a?b=c", ["webhook.disabled", "anomaly.detected"], description=None)
    assert made["secret"].startswith("whsec_") and len(made["secret"]) == 50
    assert made["enabled"] is True and made["failureCount"] == 0 and made["disabledAt"] is None
    assert made["description"] is None and made["createdAt"] == made["updatedAt"]
    plain = {key: value for key, value in made.items() if key != "secret"}
    assert harbor.read(made) == {**plain, "recentDeliveries": []}
    second = harbor.create("https://hooks.example.com/a?b=c", ALL, description="  Control room ")
    assert second["description"] == "Control room"
    page = harbor("GET", "/v1/webhooks").json
    assert [one["id"] for one in page["content"]] == [made["id"], second["id"]], "oldest first"
    assert page["pagination"] == {"totalCount": 2, "page": 0, "size": 20}
    assert "secret" not in page["content"][0]
    path = f"/v1/webhooks/{made['id']}"
    assert harbor("PATCH", path, {}).json == plain, "an empty object changes nothing"
    same = {"url": made["url"], "events": made["events"][::-1], "description": None, "enabled": True}
    assert harbor("PATCH", path, same).json == plain, "nor does what it is already"
    off = harbor.patch(made, enabled=False, description="x")
    assert off["enabled"] is False and off["disabledAt"] == off["updatedAt"] != made["updatedAt"]
    on = harbor.patch(made, enabled=True, description=None)
    assert on["enabled"] and on["disabledAt"] is None and on["description"] is None
    changed = harbor.patch(made, url="https://other.example.com/", events=["batch.completed"])
    assert changed["url"] == "https://other.example.com/" and changed["events"] == ["batch.completed"]
    rotated = harbor("POST", path + "/rotate-secret")
    assert rotated.status == 200 and rotated.json["secret"] != made["secret"]
    assert harbor("GET", path.upper().replace("/V1/WEBHOOKS", "/v1/webhooks")).status == 200
    done = harbor("DELETE", path)
    assert (done.status, done.body) == (200, b"")
    for method, suffix in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate-secret"), ("POST", "/test")]:
        for name in [made["id"], str(uuid.uuid4()), "none"]:
            answer = harbor(method, f"/v1/webhooks/{name}{suffix}", {} if method == "PATCH" else None)
            assert (answer.status, answer.reason) == (404, "not_found"), (method, suffix)


@pytest.mark.parametrize("change, expected", [
    ({"url": None}, {("url", "invalid_type")}),
    ({"events": None}, {("events", "invalid_type")}),
    ({"enabled": None}, {("enabled", "invalid_type")}),
    ({"enabled": "yes"}, {("enabled", "invalid_type")}),
    ({"secret": "x"}, {("secret", "unknown_field")}),
    ({"events": []}, {("events", "too_few_items")}),
    ({"events": ["batch.completed", "batch.completed"]}, {("events", "duplicate_item")}),
    ({"events": ["webhook.test"]}, {("events.0", "invalid_value")}),
    ({"events": ["session.created"]}, {("events.0", "invalid_value")}),
    ({"description": "x" * 501}, {("description", "too_long")}),
    ({"url": "http://hooks.example.com/"}, {("url", "invalid_format")}),
    ({"url": "https://" + "a" * 2048}, {("url", "too_long")}),
    ({"url": "https://user:word@hooks.example.com/"}, {("url", "url_not_allowed")}),
    ({"url": "https://hooks.example.com/#part"}, {("url", "url_not_allowed")}),
    ({"url": "https://10.0.0.1/", "events": []}, {("url", "url_not_allowed"), ("events", "too_few_items")}),
])
def test_bad_fields(harbor, change, expected):
    made = harbor.create("https://hooks.example.com/")
    assert fields(harbor("PATCH", f"/v1/webhooks/{made['id']}", change)) == expected
    if "enabled" not in change:
        body = {"url": "https://hooks.example.com/", "events": ["batch.completed"], **change}
        assert fields(harbor("POST", "/v1/webhooks", body)) == expected
    assert fields(harbor("POST", "/v1/webhooks", {})) == {("url", "required"), ("events", "required")}
    assert harbor("POST", "/v1/webhooks", b"{").status == 400


def test_who_may_what(host, harbor, linden):
    made = harbor.create("https://hooks.example.com/")
    path = f"/v1/webhooks/{made['id']}"
    member, key = Tenant(host, role="user"), host.key("harbor")
    operations = [("POST", "/v1/webhooks", {"url": "https://a.example.com/", "events": ["batch.completed"]}),
                  ("PATCH", path, {}), ("POST", path + "/rotate-secret", None), ("POST", path + "/test", None),
                  ("DELETE", path, None)]
    for method, place, body in operations:
        refused = member(method, place, body)
        assert (refused.status, refused.reason) == (403, "role_required")
        refused = host.call(method, place, body, key=key, headers={"Host": "harbor.localhost"})
        assert (refused.status, refused.reason) == (403, "user_token_required")
        assert host.call(method, place, body, headers={"Host": "harbor.localhost"}).status == 401
        if place != "/v1/webhooks":
            foreign = linden(method, place, body)
            assert (foreign.status, foreign.reason) == (404, "not_found"), "another tenant's"
    assert linden("GET", path).status == 404 and linden("GET", "/v1/webhooks").json["content"] == []
    for read in ["/v1/webhooks", path]:
        assert member("GET", read).status == 200
        assert host.call("GET", read, key=key, headers={"Host": "harbor.localhost"}).status == 200


def test_twenty_and_no_more(harbor):
    body = {"url": "https://hooks.example.com/", "events": ["batch.completed"]}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: harbor("POST", "/v1/webhooks", body), range(26)))
    assert sorted(answer.status for answer in answers) == [200] * 20 + [409] * 6
    assert {answer.reason for answer in answers if answer.status == 409} == {"webhook_limit_reached"}
    assert harbor("GET", "/v1/webhooks").json["pagination"]["totalCount"] == 20


# ------------------------------------------------------------------ deliveries

def test_an_event_is_delivered_signed_and_to_its_tenant_alone(harbor, linden, receiver):
    webhook = harbor.create(receiver.url("/signed"), ["session.analyzed"])
    other = harbor.create(receiver.url("/other"), ["batch.completed"])
    foreign = linden.create(receiver.url("/foreign"), ALL)
    session = harbor.session()
    [delivery] = settled(harbor, webhook)
    [arrived] = receiver.at("/signed")
    event = verified(arrived, webhook["secret"])
    assert event["type"] == "session.analyzed" and event["tenantId"] == "harbor"
    assert event["data"]["sessionId"] == session and list(event) == ["id", "type", "tenantId", "occurredAt", "data"]
    assert arrived.headers["webhook-id"] == event["id"] and arrived.headers["content-type"] == "application/json"
    assert abs(int(arrived.headers["webhook-timestamp"]) - time.time()) < 5
    assert arrived.headers["webhook-signature"].count("v1,") == 1
    assert (delivery["status"], delivery["httpStatus"], delivery["attemptCount"]) == ("succeeded", 204, 1)
    assert delivery["eventType"] == "session.analyzed" and delivery["completedAt"]
    with pytest.raises(standardwebhooks.webhooks.WebhookVerificationError):
        verified(arrived, foreign["secret"])
    assert not receiver.at("/foreign") and not receiver.at("/other")
    assert harbor.read(other)["recentDeliveries"] == []
    # What another tenant does is not heard of here either.
    linden.session()
    settled(linden, foreign)
    assert len(receiver.at("/signed")) == 1 and len(receiver.at("/foreign")) == 1


def test_after_a_rotation_two_secrets_are_good_and_never_three(harbor, receiver):
    webhook = harbor.create(receiver.url("/rotated"))
    secrets = [webhook["secret"]]
    for _ in range(2):
        secrets.append(harbor("POST", f"/v1/webhooks/{webhook['id']}/rotate-secret").json["secret"])
    harbor.session()
    settled(harbor, webhook)
    [arrived] = receiver.at("/rotated")
    signatures = arrived.headers["webhook-signature"].split(" ")
    assert len(signatures) == 2
    for secret in secrets[1:]:
        verified(arrived, secret)
    moment = datetime.datetime.fromtimestamp(int(arrived.headers["webhook-timestamp"]), tz=datetime.timezone.utc)
    newest = standardwebhooks.Webhook(secrets[2]).sign(arrived.headers["webhook-id"], moment, arrived.body.decode())
    assert signatures[0] == newest, "the new secret's first"
    with pytest.raises(standardwebhooks.webhooks.WebhookVerificationError):
        verified(arrived, secrets[0])


def test_a_failure_is_tried_again_with_the_same_id_and_a_new_signature(harbor, receiver):
    receiver.answers["/flaky"] = [
        500, (302, {"Location": receiver.url("/aim")}, 0), (503, {"Retry-After": "2"}, 0), 200]
    webhook = harbor.create(receiver.url("/flaky"))
    harbor.session()
    [delivery] = settled(harbor, webhook)
    assert (delivery["status"], delivery["httpStatus"], delivery["attemptCount"]) == ("succeeded", 200, 4)
    attempts = receiver.at("/flaky")
    assert len({one.headers["webhook-id"] for one in attempts}) == 1 and len({one.body for one in attempts}) == 1
    for one in attempts:
        verified(one, webhook["secret"])
        assert abs(int(one.headers["webhook-timestamp"]) - one.at) < 2, "the time of the attempt"
    assert attempts[3].at - attempts[2].at >= 2, "Retry-After is honoured"
    assert not receiver.at("/aim"), "a redirect is not followed"
    assert harbor.read(webhook)["failureCount"] == 0


def test_ten_failed_deliveries_switch_it_off_and_the_others_are_told(harbor, receiver):
    receiver.answers["/broken"] = [(500, {}, 0)]
    broken = harbor.create(receiver.url("/broken"), ["session.analyzed", "webhook.disabled"])
    witness = harbor.create(receiver.url("/witness"), ["webhook.disabled"])
    for _ in range(9):
        harbor.session()
    deliveries = settled(harbor, broken, 9)
    assert {(one["status"], one["attemptCount"], one["httpStatus"]) for one in deliveries} == {("failed", 6, 500)}
    state = harbor.read(broken)
    assert state["failureCount"] == 9 and state["enabled"]
    receiver.answers["/broken"] = [200]
    harbor.session()
    settled(harbor, broken, 10)
    assert harbor.read(broken)["failureCount"] == 0, "a success makes up for them"
    receiver.answers["/broken"] = [500]
    for _ in range(10):
        harbor.session()
    eventually(lambda: not harbor.read(broken)["enabled"])
    state = harbor.read(broken)
    assert state["failureCount"] == 10 and state["disabledAt"] == state["updatedAt"]
    settled(harbor, witness)
    [told] = receiver.at("/witness")
    event = verified(told, witness["secret"])
    assert event["type"] == "webhook.disabled"
    assert event["data"] == {"webhookId": broken["id"], "reason": "failures", "failureCount": 10,
                             "disabledAt": state["disabledAt"]}
    count = len(receiver.at("/broken"))
    harbor.session()
    on = harbor.patch(broken, enabled=True)
    assert on["failureCount"] == 0 and on["disabledAt"] is None
    receiver.answers["/broken"] = [200]
    harbor.session()
    eventually(lambda: len(receiver.at("/broken")) > count)
    time.sleep(0.2)
    assert len(receiver.at("/broken")) == count + 1, "what happened meanwhile is not made up for"


def test_410_switches_it_off_at_once_and_so_does_an_admin(harbor, receiver):
    receiver.answers["/gone"] = [410]
    gone = harbor.create(receiver.url("/gone"))
    manual = harbor.create(receiver.url("/manual"))
    witness = harbor.create(receiver.url("/told"), ["webhook.disabled"])
    harbor.session()
    [delivery] = settled(harbor, gone)
    assert (delivery["status"], delivery["attemptCount"], delivery["httpStatus"]) == ("failed", 1, 410)
    assert harbor.read(gone)["enabled"] is False
    assert harbor.patch(manual, enabled=False)["enabled"] is False
    assert harbor.patch(manual, enabled=False)["enabled"] is False
    settled(harbor, witness, 2)
    reasons = [verified(one, witness["secret"])["data"]["reason"] for one in receiver.at("/told")]
    assert sorted(reasons) == ["gone", "manual"], "told once each"


def test_a_trial(harbor, receiver):
    receiver.answers["/trial"] = [500, 410, 204]
    webhook = harbor.create(receiver.url("/trial"), ["batch.completed"])
    harbor.patch(webhook, enabled=False)
    other = harbor.create(receiver.url("/untried"), ALL)
    path = f"/v1/webhooks/{webhook['id']}/test"
    for count in range(1, 4):
        answer = harbor("POST", path)
        assert (answer.status, answer.json) == (200, {})
        settled(harbor, webhook, count)
    deliveries = harbor.read(webhook)["recentDeliveries"]
    assert [(one["eventType"], one["status"], one["attemptCount"], one["httpStatus"]) for one in deliveries] == [
        ("webhook.test", "succeeded", 1, 204), ("webhook.test", "failed", 1, 410), ("webhook.test", "failed", 1, 500)]
    state = harbor.read(webhook)
    assert state["failureCount"] == 0 and state["enabled"] is False
    assert verified(receiver.at("/trial")[0], webhook["secret"])["data"] == {"webhookId": webhook["id"]}
    assert [harbor("POST", path).status for _ in range(3)] == [200, 200, 429]
    late = harbor("POST", path.replace(webhook["id"], webhook["id"].upper()))
    assert late.status == 429 and late.reason == "rate_limited" and int(late.headers["retry-after"]) > 0
    assert harbor("POST", f"/v1/webhooks/{other['id']}/test").status == 200, "each has its own allowance"
    settled(harbor, other)


def test_a_slow_receiver_holds_up_nobody_else(harbor, linden, receiver):
    receiver.answers["/slow"] = [(200, {}, 1.5)]
    slow = harbor.create(receiver.url("/slow"))
    quick, foreign = harbor.create(receiver.url("/quick")), linden.create(receiver.url("/abroad"))
    for _ in range(12):
        harbor.session()
    linden.session()
    settled(harbor, quick, 12)
    settled(linden, foreign)
    pending = harbor.read(slow)["recentDeliveries"]
    assert sum(one["status"] == "pending" for one in pending) >= 8, "they wait for themselves alone"
    assert all(one["httpStatus"] is None for one in pending), "an answer after the time is none"


# ------------------------------------------------------------------ ends of the host

def test_nothing_is_lost_between_event_and_delivery(place, receiver):
    folder = place / "killed"
    folder.mkdir()
    host = Host(folder, deployment(place)).start()
    harbor = Tenant(host)
    receiver.answers["/hooked"] = [(503, {"Retry-After": "1"}, 0)]
    webhook = harbor.create(receiver.url("/hooked"))
    sessions = [harbor.session() for _ in range(5)]
    host.stop(signal.SIGKILL)
    receiver.answers["/hooked"] = [204]
    # Started by nothing but what waits.
    host.start()

    def arrived():
        return {json.loads(one.body)["data"]["sessionId"] for one in receiver.at("/hooked")} >= set(sessions)
    eventually(arrived)
    assert all(one["status"] == "succeeded" for one in settled(harbor, webhook, 5))
    for one in receiver.at("/hooked"):
        verified(one, webhook["secret"])
    receiver.answers["/hooked"] = [(200, {}, 0.8)]
    session = harbor.session()
    receiver.reached.clear()
    assert host.stop() == 0, "a stop waits for what is under way"
    host.start()
    assert all(one["status"] == "succeeded" for one in settled(harbor, webhook, 6))
    assert [json.loads(one.body)["data"]["sessionId"] for one in receiver.at("/hooked")].count(session) >= 1
    text = host.log.read_text()
    assert webhook["secret"] not in text and "/hooked" not in text, "neither secrets nor URLs are logged"
    host.stop()


@pytest.fixture(scope="module")
def strict(place, receiver):
    """A host that was allowed to reach the receiver when a webhook was saved, and is not any more."""
    folder = place / "strict"
    folder.mkdir()
    host = Host(folder, deployment(place)).start()
    tenant = Tenant(host)
    saved = [tenant.create(url) for url in (receiver.url("/inside"), receiver.url("/named", "localhost"))]
    host.stop()
    host.deployment.write_text(deployment(place, allow="192.0.2.1"))
    host.start()
    yield tenant, saved
    host.stop()


@pytest.mark.parametrize("name", [
    "127.0.0.1", "[::1]", "169.254.169.254", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0x7f.1", "2130706433",
    "0177.0.0.1", "127.1", "0.0.0.0", "[::]", "10.1.2.3", "192.168.0.1", "172.16.0.1", "100.64.0.1", "[fe80::1]",
    "[fd00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost", "localhost.", "LOCALHOST", "printer.local",
    "metadata.google.internal", "224.0.0.1", "127.0.0.1:8000", "%31%32%37.0.0.1"])
def test_addresses_inside_are_refused_when_they_are_saved(strict, name):
    tenant, saved = strict
    body = {"url": f"https://{name}/", "events": ["batch.completed"]}
    answer = tenant("POST", "/v1/webhooks", body)
    assert answer.status == 422 and all(field == "url" for field, _ in fields(answer)), answer.body
    if "%" not in name:
        assert fields(answer) == {("url", "url_not_allowed")}
    assert tenant("PATCH", f"/v1/webhooks/{saved[0]['id']}", {"url": body["url"]}).status == 422


def test_addresses_inside_are_refused_when_they_are_called(strict, receiver):
    tenant, saved = strict
    tenant.session()
    for webhook in saved:
        [delivery] = settled(tenant, webhook)
        assert (delivery["status"], delivery["httpStatus"], delivery["attemptCount"]) == ("failed", None, 6)
    assert not receiver.at("/inside") and not receiver.at("/named"), "no connection was made"


# ------------------------------------------------------------------ the operator's side

def test_the_operator_sees_and_retries(host, harbor, receiver):
    receiver.answers["/operated"] = [500]
    webhook = harbor.create(receiver.url("/operated"))
    harbor.session()
    settled(harbor, webhook)
    listed = host.administration("webhook", "list", "--tenant", "harbor")["items"]
    [entry] = [one for one in listed if one["id"] == webhook["id"]]
    assert entry["url"] == webhook["url"] and "secret" not in entry and entry["failures"] == 1
    [delivery] = host.administration(
        "webhook", "deliveries", webhook["id"], "--tenant", "harbor", "--state", "failed")["items"]
    assert delivery["attempts"] == 6 and delivery["status"] == 500 and delivery["reason"] == "The answer was 500."
    receiver.answers["/operated"] = [204]
    done = host.administration("webhook", "retry", webhook["id"], "--tenant", "harbor")
    assert done["retried"] == 1
    eventually(lambda: harbor.read(webhook)["recentDeliveries"][0]["status"] == "succeeded")
    metrics = host.call("GET", "/api/v1/public/metrics").body.decode()
    assert 'webhook_attempts_total{outcome="failed"}' in metrics and "webhook_deliveries_pending" in metrics


def test_deliveries_wait_while_the_right_to_webhooks_is_taken_away(host, harbor, linden, receiver):
    webhook, _ = harbor.create(receiver.url("/held")), linden.create(receiver.url("/others"))
    data = ("--data", str(host.data))
    host.cli("capability", "revoke", "anomaly", "webhooks", "--tenant", "harbor", *data)
    try:
        held = [harbor.session() for _ in range(3)]
        # Another tenant's go on, and while they arrive nothing of this one's does.
        for _ in range(3):
            linden.session()
        eventually(lambda: len(receiver.at("/others")) == 3)
        assert not receiver.at("/held")
    finally:
        host.cli("capability", "grant", "anomaly", "webhooks", "--tenant", "harbor", *data)
    eventually(lambda: len(receiver.at("/held")) == 3)
    sent = [verified(delivery, webhook["secret"]) for delivery in receiver.at("/held")]
    assert {event["data"]["sessionId"] for event in sent} == set(held)
    # The time that they were held counted no attempt.
    eventually(lambda: [(one["status"], one["attemptCount"]) for one in harbor.read(webhook)["recentDeliveries"]]
               == [("succeeded", 1)] * 3)
