"""The public form: what is taken, its allowance by address, what is required, deliveries to another system."""

import itertools
import json
import pathlib
import shutil
import signal
import tempfile

import pytest
import standardwebhooks

import contracts
from conftest import BUILD, Host, eventually
from webhook_receiver import Receiver, certificates

CONTACT, STATUS = "/api/v1/public/contact", "/api/v1/public/contact/status"
SECRET = "whsec_dGVzdC1vbmx5LWNvbnRhY3Qtc2VjcmV0LTAwMDE="
BODY = {"name": "Ines Caldeira", "email": "ines@studio.example", "message": "Please call me back."}
DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: harbor
log: {{level: info, requests: failures}}
event-loops: 1
limits: {{default: 1000000/minute, trusted-proxies: [127.0.0.1]}}
outbound: {{allow: [127.0.0.1], certificates: {folder}/ca.pem}}
tenants:
  - {{id: harbor, modules: {{contact: {{}}}}}}
  - id: linden
    settings: {{CONTACT_RATE_LIMIT: 2/day}}
    modules:
      contact:
        configuration:
          {{CONTACT_REQUIRE_SUBJECT: true, CONTACT_REQUIRE_PHONE: 'true', CONTACT_SEND_CONFIRMATION: false}}
  - id: wired
    settings: {{CONTACT_RATE_LIMIT: 1000/second}}
    modules: {{contact: {{configuration: {{CONTACT_WEBHOOK_URL: '{url}', CONTACT_WEBHOOK_SECRET: '{secret}'}}}}}}
"""
addresses = (f"192.0.2.{number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def served():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gantry-test-"))
    certificates(folder)
    receiver = Receiver(folder)
    host = Host(folder, DEPLOYMENT.format(
        bundles=BUILD / "bundles", folder=folder, url=receiver.url("/hook"), secret=SECRET))
    host.receiver = receiver
    host.start()
    yield host
    host.stop()
    receiver.close()
    shutil.rmtree(folder)


def ask(host, method, path, body=None, address=None, tenant="harbor", **more):
    headers = {"X-Tenant-Id": tenant, **({"X-Forwarded-For": address} if address else {}), **more}
    answer = host.call(method, path, body, headers=headers)
    contracts.check(contracts.modules(), method, path, answer)
    return answer


def test_each_attempt_is_counted_by_address_and_the_status_takes_none(served):
    address, other = next(addresses), next(addresses)
    first = ask(served, "GET", STATUS, address=address).json
    assert first["rate_limit"]["limit"] == first["rate_limit"]["remaining"] == 5
    assert first["rate_limit"]["window"] == "5/hour" and first["available"] is True
    assert first["config"] == {"require_subject": False, "require_phone": False, "sends_confirmation": True}
    answers = [ask(served, "POST", CONTACT, body, address) for body in (BODY, {}, BODY, {**BODY, "email": "x"}, BODY)]
    assert [answer.status for answer in answers] == [200, 422, 200, 422, 200]
    assert [int(answer.headers["x-ratelimit-remaining"]) for answer in answers] == [4, 3, 2, 1, 0]
    references = [answer.json["reference_id"] for answer in answers if answer.status == 200]
    assert len(set(references)) == 3
    refused = ask(served, "POST", CONTACT, BODY, address)
    assert refused.status == 429 and 3500 <= refused.json["error"]["details"]["retry_after"] <= 3600
    assert refused.headers["retry-after"] == str(refused.json["error"]["details"]["retry_after"])
    spent = ask(served, "GET", STATUS, address=address).json["rate_limit"]
    assert spent["remaining"] == 0 and spent["reset"] == int(answers[0].headers["x-ratelimit-reset"])
    # Neither a credential nor a header of the host's own name makes a difference.
    token = served.token("harbor")
    assert ask(served, "POST", CONTACT, BODY, address, Authorization=f"Bearer {token}").status == 429
    told = ask(served, "GET", STATUS, address=address, **{"Gantry-Allowance": "5 5 1 5/hour"}).json["rate_limit"]
    assert told["remaining"] == 0
    assert ask(served, "GET", STATUS, address=other).json["rate_limit"]["remaining"] == 5
    assert ask(served, "POST", CONTACT, BODY, other).status == 200
    # Each tenant counts for itself.
    assert ask(served, "GET", STATUS, address=address, tenant="linden").json["rate_limit"]["remaining"] == 2


def test_a_tenants_own_settings_hold(served):
    address = next(addresses)
    status = ask(served, "GET", STATUS.replace("v1", "v2"), address=address, tenant="linden").json["data"]
    assert status["config"] == {"require_subject": True, "require_phone": True, "sends_confirmation": False}
    assert status["rate_limit"]["window"] == "2/day" and 86_390 <= status["seconds_until_reset"] <= 86_400
    refused = ask(served, "POST", CONTACT, {**BODY, "subject": " "}, address, "linden")
    assert refused.status == 422
    assert {one["field"] for one in refused.json["error"]["details"]["errors"]} == {"subject", "phone"}
    assert ask(served, "POST", CONTACT, {**BODY, "subject": "A", "phone": "1"}, address, "linden").status == 200


def test_what_is_free_has_bounds(served):
    for extra, status in (
            ({f"k{number}": number for number in range(50)}, 200), ({f"k{number}": 1 for number in range(51)}, 422),
            ({"k" * 100: 1}, 200), ({"k" * 101: 1}, 422), ({"k": "x" * 10_232}, 200), ({"k": "x" * 10_233}, 422),
            (None, 200), ([], 422)):
        answer = ask(served, "POST", CONTACT, {**BODY, "extra_fields": extra}, next(addresses))
        assert answer.status == status, (str(extra)[:40], answer.body)
        if status == 422:
            assert answer.json["error"]["details"]["field"] == "extra_fields"


def test_a_submission_is_delivered_signed_both_ways_and_again_with_the_same_body(served):
    served.receiver.answers["/hook"] = [(503, {"Retry-After": "1"}, 0), 204]
    reference = ask(served, "POST", CONTACT, {**BODY, "extra_fields": {"panels": 12}}, next(addresses),
                    "wired").json["reference_id"]
    first, second = eventually(
        lambda: (lambda found: found if len(found) == 2 else None)(served.receiver.at("/hook")), seconds=40)
    assert first.body == second.body
    for delivery in (first, second):
        headers = {name.lower(): value for name, value in delivery.headers.items()}
        assert headers["x-reference-id"] == headers["webhook-id"] == reference
        assert headers["x-webhook-signature"].startswith("sha256=")
        data = standardwebhooks.Webhook(SECRET).verify(delivery.body, headers)
        assert data["event"] == "contact.submitted" and data["data"]["extra_fields"] == {"panels": 12}
    assert json.loads(first.body)["data"]["reference_id"] == reference
    eventually(lambda: [row for row in served.administration("jobs", "list")["items"] if row["job"] == "deliver"] == [])


def test_what_was_acknowledged_outlives_a_kill(served):
    served.receiver.answers["/hook"] = [204]
    before = len(served.receiver.at("/hook"))
    references = {ask(served, "POST", CONTACT, BODY, tenant="wired").json["reference_id"] for _ in range(20)}
    served.stop(signal.SIGKILL)
    served.start()
    eventually(lambda: references <= {
        json.loads(one.body)["data"]["reference_id"] for one in served.receiver.at("/hook")[before:]}, seconds=40)
