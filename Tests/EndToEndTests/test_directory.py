"""API keys, the organization and the people of a tenant, by users whose tokens are of an issuer."""

import concurrent.futures
import contextlib
import datetime
import http.client
import json
import pathlib
import re
import shutil
import signal
import sqlite3
import tempfile
import time
import uuid

import pytest

from conftest import BUILD, Host, eventually, reading
from issuer import Issuer

RATES = "{limits: {default: 1000000/minute, batches: 100000/minute}}"
DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: house
event-loops: 2
limits: {{default: 100000/minute}}
outbound: {{allow: [127.0.0.1]}}
auth: {{jwks: '{jwks}', issuer: 'https://id.example.org/', audience: gantry}}
provisioning: {{modules: {{anomaly: {rates}}}}}
tenants:
  - {{id: house, modules: {{anomaly: {rates}, guestbook: {{}}}}}}
  - {{id: harbor, hosts: [harbor.localhost], modules: {{anomaly: {rates}}}}}
  - {{id: linden, modules: {{anomaly: {rates}}}}}
"""
OPERATIONS = [
    ("GET", "/v1/api-keys", None), ("POST", "/v1/api-keys", {"name": "k"}),
    ("DELETE", f"/v1/api-keys/{uuid.UUID(int=7)}", None), ("GET", "/v1/organization", None),
    ("PUT", "/v1/organization", {"name": "N"}), ("GET", "/v1/members", None), ("DELETE", "/v1/members/usr_x", None),
]
ADMIN_OPERATIONS = [OPERATIONS[1], OPERATIONS[2], OPERATIONS[4], OPERATIONS[6]]


class World:
    """A host, the issuer of its deployment, and tokens of fresh people."""

    def __init__(self, host, issuer):
        self.host, self.issuer = host, issuer
        self.call = host.call

    def token(self, user, tenant=None, role=None, **claims):
        return self.issuer.token(
            "ES256-1", sub=user, org_id=tenant, role=role, **{"email": f"{user}@people.example", **claims})

    def fresh(self, tenant=None, role=None):
        user = "usr_" + uuid.uuid4().hex[:10]
        return user, self.token(user, tenant, role)

    def provision(self, **fields):
        """A person with a tenant just made: id of the user, token, tenant."""
        user, token = self.fresh()
        answer = self.call("PUT", "/v1/organization", {"name": "Hafenstrom GmbH", **fields}, key=token)
        assert answer.status == 200, answer.body
        return user, token, answer.json["tenantId"]

    def members(self, token):
        return {person["userId"]: person for person in self.call("GET", "/v1/members", key=token).json["members"]}

    def events(self, tenant, kind):
        """Data of the events of the module that have been published."""
        path = self.host.data / "tenants" / tenant / "anomaly" / "module.db"
        if not path.exists():
            return []
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as database:
            rows = database.execute("SELECT data FROM gantry_outbox WHERE type = ? ORDER BY sequence", (kind,))
            return [json.loads(row[0]) for row in rows.fetchall()]


@contextlib.contextmanager
def running(deployment=DEPLOYMENT):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gantry-test-"))
    with Issuer() as issuer:
        issuer.rotate("ES256")
        host = Host(folder, deployment.format(bundles=BUILD / "bundles", jwks=issuer.url, rates=RATES))
        host.start()
        yield World(host, issuer)
        host.stop(signal.SIGKILL)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def world():
    with running() as world:
        yield world


def test_the_life_of_a_key(world):
    user, admin, tenant = world.provision()
    made = world.call("POST", "/v1/api-keys", {"name": "  ingest ", "description": "hub"}, key=admin)
    assert made.status == 200, made.body
    assert made.json["name"] == "ingest" and made.json["tenantId"] == tenant
    assert re.fullmatch(r"cak_[A-Za-z0-9_-]{43}", made.json["key"])
    assert made.json["expiresAt"][:4] == str(int(made.json["createdAt"][:4]) + 1)
    key, identity = made.json["key"], made.json["id"]
    listed = world.call("GET", "/v1/api-keys", key=admin).json["items"]
    assert [item["lastUsedAt"] for item in listed] == [None] and listed[0]["description"] == "hub"
    assert "key" not in listed[0] and made.json["key"] not in json.dumps(listed)
    # It acts as a member of the tenant, and its use is known.
    listed = world.call("GET", "/v1/api-keys", key=key).json["items"]
    assert listed[0]["lastUsedAt"] is not None and listed[0]["revokedAt"] is None
    second = world.call("POST", "/v1/api-keys", {"name": "ingest"}, key=admin).json["id"]
    assert [item["id"] for item in world.call("GET", "/v1/api-keys", key=key).json["items"]] == [second, identity]
    connection = http.client.HTTPConnection("127.0.0.1", world.host.port)
    assert world.call("GET", "/v1/stations", key=key, connection=connection).status == 200
    ended = world.call("DELETE", f"/v1/api-keys/{identity.upper()}", key=admin)
    assert (ended.status, ended.body) == (200, b"")
    assert world.call("GET", "/v1/stations", key=key, connection=connection).status == 401
    connection.close()
    revoked = world.call("GET", "/v1/api-keys", key=admin).json["items"][1]["revokedAt"]
    assert revoked and world.call("DELETE", f"/v1/api-keys/{identity}", key=admin).status == 200
    assert world.call("GET", "/v1/api-keys", key=admin).json["items"][1]["revokedAt"] == revoked
    for path in [uuid.uuid4(), "nothing", "%20"]:
        assert world.call("DELETE", f"/v1/api-keys/{path}", key=admin).status == 404
    created = eventually(lambda: len(found := world.events(tenant, "apikey.created")) == 2 and found)
    assert created[0] == {"keyId": identity, "name": "ingest", "actorUserId": user}
    assert eventually(lambda: world.events(tenant, "apikey.revoked")) == [created[0]]


def test_a_tenant_has_fifty_good_keys(world):
    _, admin, tenant = world.provision()
    first = world.call("POST", "/v1/api-keys", {"name": "0"}, key=admin).json["id"]
    for number in range(44):
        assert world.call("POST", "/v1/api-keys", {"name": str(number)}, key=admin).status == 200
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: world.call("POST", "/v1/api-keys", {"name": "k"}, key=admin), range(12)))
    assert sorted(answer.status for answer in answers) == [200] * 5 + [409] * 7
    assert {answer.reason for answer in answers if answer.status == 409} == {"api_key_limit_reached"}
    world.call("DELETE", f"/v1/api-keys/{first}", key=admin)
    assert world.call("POST", "/v1/api-keys", {"name": "k"}, key=admin).status == 200
    assert world.call("POST", "/v1/api-keys", {"name": "k"}, key=admin).status == 409
    assert eventually(lambda: len(found := world.events(tenant, "apikey.created")) >= 51 and found)[50:] != []
    assert len(world.events(tenant, "apikey.created")) == 51


@pytest.mark.parametrize("body, field, code", [
    ({}, "name", "required"), ({"name": "  "}, "name", "too_short"), ({"name": "x" * 101}, "name", "too_long"),
    ({"name": 7}, "name", "invalid_type"), ({"name": "a\u0001"}, "name", "invalid_format"),
    ({"name": "a", "description": "x" * 501}, "description", "too_long"),
    ({"name": "a", "key": "b"}, "key", "unknown_field"),
])
def test_bad_keys(world, body, field, code):
    admin = world.token("usr_root", "harbor", "admin")
    answer = world.call("POST", "/v1/api-keys", body, key=admin)
    assert answer.status == 422, answer.body
    assert [(error["field"], error["code"]) for error in answer.json["error"]["details"]["errors"]] == [(field, code)]


@pytest.mark.parametrize("body, field, code", [
    ({"phone": "+49"}, "name", "required"), ({"name": ""}, "name", "too_short"),
    ({"name": "n" * 201}, "name", "too_long"),
    ({"name": "n", "phone": "040"}, "phone", "invalid_format"), ({"name": "n", "address": " "}, "address", "too_short"),
    ({"name": "n", "taxIdType": "eu_vat"}, "taxIdValue", "required"),
    ({"name": "n", "taxIdValue": "DE1"}, "taxIdType", "required"),
    ({"name": "n", "taxIdType": "eu_vat", "taxIdValue": None}, "taxIdValue", "required"),
    ({"name": "n", "taxIdType": None, "taxIdValue": "DE1"}, "taxIdType", "required"),
    ({"name": "n", "taxIdType": "vat", "taxIdValue": "DE1"}, "taxIdType", "invalid_value"),
    ({"name": "n", "taxIdType": "eu_vat", "taxIdValue": "?!"}, "taxIdValue", "invalid_format"),
])
def test_bad_organizations(world, body, field, code):
    for token in [world.token("usr_root", "harbor", "admin"), world.fresh()[1]]:
        answer = world.call("PUT", "/v1/organization", body, key=token)
        assert answer.status == 422, answer.body
        errors = [(error["field"], error["code"]) for error in answer.json["error"]["details"]["errors"]]
        assert (field, code) in errors, errors


def test_who_may_do_what(world):
    key = world.host.key("harbor")
    _, member = world.fresh("harbor")
    for method, path, body in ADMIN_OPERATIONS:
        for caller, reason in [(key, "user_token_required"), (member, "role_required")]:
            # Also where the body is bad: what the caller may do comes first.
            for sent in {json.dumps(body), "{}" if body else "null"}:
                answer = world.call(method, path, sent.encode() if body else None, key=caller,
                                    headers={"Content-Type": "application/json"} if body else None)
                assert (answer.status, answer.reason) == (403, reason), (method, path, sent, answer.body)
    for method, path, body in OPERATIONS:
        assert world.call(method, path, body).status == 401
        assert world.call(method, path, body, key="cak_" + "x" * 43).status == 401
    superadmin = world.token("usr_super", "linden", "superadmin")
    assert world.call("POST", "/v1/api-keys", {"name": "by super"}, key=superadmin).status == 200
    _, stranger = world.fresh()
    for method, path, body in OPERATIONS:
        if path == "/v1/organization":
            continue
        answer = world.call(method, path, body, key=stranger)
        assert (answer.status, answer.reason) == (403, "tenant_required"), (method, path, answer.body)
    assert world.call("GET", "/v1/organization", key=stranger).reason == "organization_not_found"
    assert world.call("GET", "/v1/stations", key=stranger).reason == "tenant_required"


def test_the_organization_of_a_tenant_that_has_none(world):
    admin, key = world.token("usr_chief", "linden", "admin"), world.host.key("linden")
    missing = world.call("GET", "/v1/organization", key=key)
    assert (missing.status, missing.reason) == (404, "organization_not_found")
    body = {"name": " Linden ", "phone": "+4940555010", "address": "A\nB", "taxIdType": "eu_vat", "taxIdValue": "DE1"}
    made = world.call("PUT", "/v1/organization", body, key=admin)
    assert made.status == 200, made.body
    assert made.json["name"] == "Linden" and made.json["updatedAt"] is None and made.json["tenantId"] == "linden"
    assert world.call("GET", "/v1/organization", key=key).json == made.json
    # The same again changes nothing, and nothing is told of it.
    assert world.call("PUT", "/v1/organization", body, key=admin).json == made.json
    changed = world.call("PUT", "/v1/organization", {"name": "Linden"}, key=admin).json
    assert changed["updatedAt"] and changed["phone"] is None and changed["taxIdType"] is None
    assert changed["createdAt"] == made.json["createdAt"] and changed["id"] == made.json["id"]
    assert eventually(lambda: world.events("linden", "organization.updated")) == [changed]
    assert world.events("linden", "organization.created") == [made.json]


def test_a_signed_up_user_makes_a_tenant(world):
    user, token = world.fresh()
    connection = http.client.HTTPConnection("127.0.0.1", world.host.port)
    assert world.call("GET", "/v1/stations", key=token, connection=connection).reason == "tenant_required"
    made = world.call("PUT", "/v1/organization", {"name": "Neu"}, key=token, connection=connection)
    assert made.status == 200, made.body
    tenant = made.json["tenantId"]
    # The very same token, on the same connection and on others, is an admin's now.
    assert world.call("GET", "/v1/organization", key=token, connection=connection).json == made.json
    connection.close()
    people = world.call("GET", "/v1/members", key=token).json["members"]
    assert [(person["userId"], person["role"], person["status"]) for person in people] == [(user, "admin", "active")]
    assert people[0]["email"] == f"{user}@people.example" and people[0]["joinedAt"]
    assert world.call("POST", "/v1/api-keys", {"name": "k"}, key=token).status == 200
    assert world.call("PUT", "/v1/organization", {"name": "Neu 2"}, key=token).json["tenantId"] == tenant
    assert world.call("POST", "/v1/sessions", {"sessionId": "S", "chargingStationId": "C"}, key=token).status == 200
    assert world.call("GET", "/v1/hello/x", key=token).status == 404
    assert eventually(lambda: world.events(tenant, "organization.created")) == [made.json]
    assert eventually(lambda: world.events(tenant, "organization.updated"))[0]["name"] == "Neu 2"
    listed = {tenant["id"]: tenant for tenant in world.host.administration("tenant", "list")["items"]}
    assert listed[tenant]["modules"] == ["anomaly"] and listed[tenant]["name"] == "Neu"


def test_two_first_calls_make_one_tenant(world):
    for _ in range(5):
        user, token = world.fresh()
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(
                lambda number: world.call("PUT", "/v1/organization", {"name": f"N{number}"}, key=token), range(6)))
        assert {answer.status for answer in answers} <= {200, 409}
        assert {answer.reason for answer in answers if answer.status == 409} <= {"organization_exists"}
        assert len({answer.json["tenantId"] for answer in answers if answer.status == 200}) == 1
        with contextlib.closing(sqlite3.connect(world.host.data / "host.db", timeout=20)) as database:
            assert database.execute("SELECT count(*) FROM member WHERE user = ?", (user,)).fetchone() == (1,)


def test_others_may_look_at_the_database(world):
    """The lock by which SQLite tells others that its index is in use; one who finds none makes that file anew."""
    identity = (world.host.data / "host.db-shm").stat().st_ino
    held = [line.split() for line in pathlib.Path("/proc/locks").read_text().splitlines()]
    owners = [line[4] for line in held if line[1] == "POSIX" and line[5].endswith(f":{identity}")]
    assert str(world.host.process.pid) in owners


def test_a_new_tenant_outlives_the_process():
    with running() as world:
        _, token, tenant = world.provision(phone="+4940555010")
        key = world.call("POST", "/v1/api-keys", {"name": "k"}, key=token).json["key"]
        _, late = world.fresh()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            under_way = pool.submit(lambda: world.call("PUT", "/v1/organization", {"name": "Late"}, key=late).status)
            world.host.stop(signal.SIGKILL)
            with contextlib.suppress(OSError, http.client.HTTPException):
                under_way.result()
        world.host.start()
        assert world.call("GET", "/v1/organization", key=token).json["phone"] == "+4940555010"
        assert world.call("GET", "/v1/organization", key=key).json["tenantId"] == tenant
        # The other one is there whole or not at all.
        answer = world.call("GET", "/v1/organization", key=late)
        assert (answer.status, answer.reason if answer.status == 404 else answer.json["name"]) in [
            (200, "Late"), (404, "organization_not_found")]
        assert world.call("PUT", "/v1/organization", {"name": "Late"}, key=late).status == 200
        assert len(eventually(lambda: world.events(tenant, "apikey.created"))) >= 1
        assert len(eventually(lambda: world.events(tenant, "organization.created"))) >= 1
        world.host.cli("apply", str(world.host.deployment), "--data", str(world.host.data))
        assert world.call("GET", "/v1/organization", key=key).status == 200
        assert world.call("GET", "/v1/stations", key=token).status == 200


def test_members_come_with_their_tokens(world):
    _, admin, tenant = world.provision()
    # One without an address, and one whose address is none.
    first = world.token("usr_a" + tenant, tenant, "user", email=None)
    second = world.token("usr_b" + tenant, tenant, "admin", email="not an address")
    third = world.token("usr_c" + tenant, tenant)
    for token in [first, second, third]:
        assert world.call("GET", "/v1/stations", key=token).status == 200
    people = world.call("GET", "/v1/members", key=admin).json["members"]
    assert [person["userId"] for person in people[1:]] == [name + tenant for name in ["usr_a", "usr_b", "usr_c"]]
    assert [person["role"] for person in people] == ["admin", "member", "admin", "member"]
    assert [person["email"] for person in people[1:]] == [
        "unknown@address.invalid", "unknown@address.invalid", f"usr_c{tenant}@people.example"]
    joined = [datetime.datetime.fromisoformat(person["joinedAt"]) for person in people]
    assert joined == sorted(joined)
    # A role in a token counts as long as nobody has given one.
    assert world.call("GET", "/v1/stations", key=world.token("usr_a" + tenant, tenant, "admin")).status == 200
    assert world.members(admin)["usr_a" + tenant]["role"] == "admin"
    world.host.administration("member", "add", "usr_a" + tenant, "--tenant", tenant, "--role", "user")
    answer = world.call("POST", "/v1/api-keys", {"name": "k"}, key=world.token("usr_a" + tenant, tenant, "admin"))
    assert (answer.status, answer.reason) == (403, "role_required")
    assert world.members(admin)["usr_a" + tenant]["role"] == "member"


def test_invitations_are_for_admins_eyes(world):
    _, admin, tenant = world.provision()
    _, member = world.fresh(tenant)
    key = world.call("POST", "/v1/api-keys", {"name": "k"}, key=admin).json["key"]
    before = world.call("GET", "/v1/members", key=member).json
    invited = world.host.administration("member", "invite", "jo@people.example", "--tenant", tenant, "--role", "admin")
    assert invited["text"].startswith("inv_")
    taken = world.host.cli("member", "invite", "JO@people.example", "--tenant", tenant, "--data", str(world.host.data),
                           check=False)
    assert taken.returncode != 0
    pending = world.call("GET", "/v1/members", key=admin).json["members"][-1]
    assert pending["status"] == "pending" and pending["userId"] is None and pending["role"] == "admin"
    assert pending["invitationId"] == invited["id"] and pending["email"] == "jo@people.example"
    assert pending["invitedAt"] < pending["expiresAt"] and pending["joinedAt"] is None
    assert world.call("GET", "/v1/members", key=member).json == before
    assert world.call("GET", "/v1/members", key=key).json == before
    assert invited["text"].encode() not in (world.host.data / "host.db").read_bytes()


def test_a_removed_person_is_out_at_once(world):
    admin_user, admin, tenant = world.provision()
    user = "usr_gone" + tenant
    with_claim, without = world.token(user, tenant, "admin"), world.token(user)
    connection = http.client.HTTPConnection("127.0.0.1", world.host.port)
    assert world.call("GET", "/v1/stations", key=with_claim, connection=connection).status == 200
    assert world.call("DELETE", f"/v1/members/{user}x", key=admin).status == 404
    for position in range(2):
        made = world.call("POST", "/v1/sessions", {
            "sessionId": f"S-{position}", "chargingStationId": "C", "meterValues": [
                reading(0, 100, measurand="Energy.Active.Import.Register"),
                reading(15, 110, measurand="Energy.Active.Import.Register"),
                reading(30, 90, measurand="Energy.Active.Import.Register")]}, key=admin)
        assert made.json["isAnomaly"], made.body
    issues = [issue["id"] for item in world.call("GET", "/v1/anomalies", key=admin).json["content"]
              for issue in item["issues"]]
    assert len(issues) >= 2
    for issue in issues[:2]:
        assigned = world.call("PATCH", f"/v1/anomalies/issues/{issue}", {"status": "IN_PROGRESS", "assignedTo": user},
                              key=admin)
        assert assigned.status == 200, assigned.body
    key = world.call("POST", "/v1/api-keys", {"name": "stays"}, key=with_claim).json["key"]
    own = world.call("DELETE", f"/v1/members/{admin_user}", key=admin)
    assert (own.status, own.reason) == (409, "cannot_remove_self")
    gone = world.call("DELETE", f"/v1/members/{user}", key=admin)
    assert (gone.status, gone.body) == (200, b"")
    for token in [with_claim, world.token(user, tenant, "superadmin"), without]:
        answer = world.call("GET", "/v1/stations", key=token, connection=connection)
        assert (answer.status, answer.reason) == (403, "tenant_required")
    named = world.call("GET", "/v1/stations", key=with_claim, headers={"X-Tenant-Id": tenant})
    assert (named.status, named.reason) == (403, "tenant_required")
    connection.close()
    assert world.call("GET", "/v1/organization", key=with_claim).reason == "organization_not_found"
    assert world.call("DELETE", f"/v1/members/{user}", key=admin).status == 404
    assert user not in world.members(admin)
    assert world.call("GET", "/v1/stations", key=key).status == 200
    assert eventually(lambda: world.events(tenant, "member.removed")) == [{"userId": user, "removedBy": admin_user}]
    cleared = [event for event in world.events(tenant, "anomaly.issue.updated") if event["assignedTo"] is None]
    assert sorted(event["id"] for event in cleared) == sorted(issues[:2])
    assert {event["statusName"] for event in cleared} == {"IN_PROGRESS"}
    back = {"status": "OPEN", "assignedTo": user}
    refused = world.call("PATCH", f"/v1/anomalies/issues/{issues[0]}", back, key=admin)
    assert (refused.status, refused.json["error"]["details"]["errors"][0]["code"]) == (422, "unknown_reference")
    # Who was removed may begin anew, with the same token; and may be let in again.
    assert world.call("PUT", "/v1/organization", {"name": "Own"}, key=with_claim).status == 200
    assert world.call("GET", "/v1/organization", key=with_claim).json["name"] == "Own"
    world.host.administration("member", "add", user, "--tenant", tenant, "--role", "user")
    assert world.call("GET", "/v1/organization", key=with_claim).json["tenantId"] == tenant


def test_a_tenant_keeps_an_admin(world):
    admin_user, admin, tenant = world.provision()
    superadmin = world.token("usr_s" + tenant, tenant, "superadmin")
    last = world.call("DELETE", f"/v1/members/{admin_user}", key=superadmin)
    assert (last.status, last.reason) == (409, "last_admin")
    above = world.call("DELETE", f"/v1/members/usr_s{tenant}", key=admin)
    assert (above.status, above.reason) == (403, "role_required")
    # Two admins who remove each other at the same moment: one stays.
    second = world.token("usr_2" + tenant, tenant, "admin")
    assert world.call("GET", "/v1/stations", key=second).status == 200
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(
            lambda pair: world.call("DELETE", f"/v1/members/{pair[1]}", key=pair[0]),
            [(admin, "usr_2" + tenant), (second, admin_user)]))
    assert sorted(answer.status for answer in answers)[0] == 200
    assert sorted(answer.status for answer in answers)[1] in (403, 409)
    left = [person for person in world.members(superadmin).values() if person["role"] == "admin"]
    assert len(left) == 1
    other = world.token("usr_t" + tenant, tenant, "superadmin")
    assert world.call("GET", "/v1/stations", key=other).status == 200
    assert world.call("DELETE", f"/v1/members/usr_t{tenant}", key=superadmin).status == 200


def test_tenants_do_not_see_each_other(world):
    user, admin, tenant = world.provision()
    other_user, other, other_tenant = world.provision()
    key = world.call("POST", "/v1/api-keys", {"name": "mine"}, key=admin).json
    assert world.call("GET", "/v1/api-keys", key=other).json["items"] == []
    assert world.call("DELETE", f"/v1/api-keys/{key['id']}", key=other).status == 404
    assert world.call("GET", "/v1/stations", key=key["key"]).status == 200
    assert set(world.members(other)) == {other_user}
    assert world.call("DELETE", f"/v1/members/{user}", key=other).status == 404
    assert user in world.members(admin)
    assert world.call("PUT", "/v1/organization", {"name": "Theirs"}, key=other).json["tenantId"] == other_tenant
    assert world.call("GET", "/v1/organization", key=admin).json["name"] == "Hafenstrom GmbH"
    made = world.call("POST", "/v1/api-keys", {"name": "theirs"}, key=other).json
    assert made["tenantId"] == other_tenant
    for method, path, body in OPERATIONS:
        for name in [tenant, "harbor", "unheard-of"]:
            answer = world.call(method, path, body, key=other, headers={"X-Tenant-Id": name})
            assert (answer.status, answer.reason) == (403, "tenant_mismatch"), (method, path, name)
    # A stranger neither sees nor changes the default tenant, whose routes he has.
    _, stranger = world.fresh()
    house = world.token("usr_house", "house", "admin")
    assert world.call("PUT", "/v1/organization", {"name": "House"}, key=house).json["tenantId"] == "house"
    assert world.call("GET", "/v1/organization", key=stranger).status == 404
    assert world.call("PUT", "/v1/organization", {"name": "Mine"}, key=stranger).json["tenantId"] != "house"
    assert world.call("GET", "/v1/organization", key=house).json["name"] == "House"


def test_the_operators_commands(world):
    tenant = "harbor"
    token = world.host.administration(
        "token", "issue", "--user", "usr_cli", "--email", "cli@people.example")["token"]
    assert world.call("GET", "/v1/stations", key=token).reason == "tenant_required"
    world.host.administration("member", "add", "usr_cli", "--tenant", tenant, "--role", "admin")
    assert world.call("POST", "/v1/api-keys", {"name": "k"}, key=token).status == 200
    listed = world.host.administration("member", "list", "--tenant", tenant)["items"]
    assert [(item["user"], item["role"]) for item in listed if item["user"] == "usr_cli"] == [("usr_cli", "admin")]
    used = world.host.administration("key", "list", "--tenant", tenant)["items"]
    assert {"used", "revoked"} <= set(used[0])
    last = world.host.cli(
        "member", "remove", "usr_cli", "--tenant", tenant, "--data", str(world.host.data), check=False)
    if last.returncode != 0:
        assert "last admin" in last.stderr
        world.host.administration("member", "add", "usr_cli2", "--tenant", tenant, "--role", "admin")
        world.host.administration("member", "remove", "usr_cli", "--tenant", tenant)
    assert world.call("GET", "/v1/stations", key=token).reason == "tenant_required"
    assert eventually(lambda: world.events(tenant, "member.removed"))[-1] == {
        "userId": "usr_cli", "removedBy": "operator"}


def test_without_modules_for_new_tenants_nothing_is_made():
    deployment = DEPLOYMENT.replace("provisioning: {{modules: {{anomaly: {rates}}}}}\n", "")
    with running(deployment) as world:
        # Those of the default tenant, as they are now.
        _, token, tenant = world.provision()
        assert world.call("GET", "/v1/hello/x", key=token).status == 200
        listed = {item["id"]: item["modules"] for item in world.host.administration("tenant", "list")["items"]}
        assert listed[tenant] == ["anomaly", "guestbook"]
        started = time.monotonic()
        world.host.stop()
        world.host.start()
        assert time.monotonic() - started < 20
        assert world.call("GET", "/v1/organization", key=token).status == 200
