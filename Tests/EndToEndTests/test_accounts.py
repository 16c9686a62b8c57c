"""Accounts: people as providers and tokens tell of them, who may do what to whom, acting as others, and the trail."""

import base64
import concurrent.futures
import contextlib
import datetime
import hashlib
import json
import pathlib
import shutil
import signal
import sqlite3
import tempfile
import uuid

import jwt
import pytest
from conftest import BUILD, Host, eventually
from issuer import Issuer
from svix.webhooks import Webhook

ENVIRONMENT = {
    "JWT_SECRET": "a secret that only this test's host knows of",
    "CLERK_WEBHOOK_SECRET": "whsec_" + base64.b64encode(b"the secret of clerk's endpoint").decode(),
    "SUPABASE_WEBHOOK_SECRET": "the secret of the database hook, long enough",
}
ME, USERS = "/api/v1/app/users/me", "/api/v1/admin/users"
START, STOP = "/api/v1/admin/impersonate/start", "/api/v1/admin/impersonate/stop"
TRAIL, STATS = "/api/v1/admin/dashboard/audit-logs", "/api/v1/admin/dashboard/stats"
CLERK, SUPABASE = "/api/v1/public/webhooks/clerk", "/api/v1/public/webhooks/supabase"
DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: harbor
event-loops: 2
limits: {{default: 1000000/minute}}
outbound: {{allow: [127.0.0.1]}}
auth: {{jwks: '{jwks}', issuer: 'https://id.example.org/', audience: gantry}}
tenants:
  - {{id: harbor, modules: {{accounts: {{}}}}}}
  - {{id: linden, hosts: [linden.localhost], modules: {{accounts: {{}}}}}}
  - id: clerks
    auth: {{provider: clerk, issuer: 'https://clerk.example.org/', jwks: '{own}'}}
    modules: {{accounts: {{}}}}
  - id: bases
    auth: {{provider: supabase, issuer: 'https://base.example.org/', jwks: '{own}'}}
    modules: {{accounts: {{}}}}
"""


class World:
    """A host, the issuer of its deployment, and people with tokens."""

    def __init__(self, host, issuer, own):
        self.host, self.issuer, self.own = host, issuer, own
        self.boss = self.person("superadmin")
        self.chief = self.person("admin")

    def token(self, user, tenant="harbor", **claims):
        return self.issuer.token("ES256-1", sub=user, org_id=tenant, **{"email": f"{user}@people.example", **claims})

    def person(self, role=None, tenant="harbor"):
        """Somebody who has signed in: id and token."""
        user = "usr_" + uuid.uuid4().hex[:10]
        token = self.token(user, tenant, role=role)
        answer = self.host.call("GET", ME, key=token)
        assert answer.status == 200, answer.body
        return user, token

    def ask(self, method, path, person, body=None, **headers):
        return self.host.call(method, path, body, key=person[1], headers=headers)


@pytest.fixture(scope="module")
def world():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gantry-test-"))
    with Issuer() as issuer, Issuer() as own:
        issuer.rotate("ES256", "RS256", "EdDSA")
        own.rotate("RS256")
        host = Host(folder, DEPLOYMENT.format(bundles=BUILD / "bundles", jwks=issuer.url, own=own.url))
        host.start(ENVIRONMENT)
        yield World(host, issuer, own)
        host.stop()
    shutil.rmtree(folder)


def test_the_first_token_makes_the_account_in_both_versions(world):
    for kind in ("ES256-1", "RS256-1", "EdDSA-1"):
        user = "usr_" + uuid.uuid4().hex[:10]
        token = world.issuer.token(kind, sub=user, org_id="harbor", email=f"{user}@people.example")
        account = world.host.call("GET", ME, key=token).json
        assert (account["id"], account["role"], account["email"]) == (user, "user", f"{user}@people.example")
    second = world.host.call("GET", "/api/v2/app/users/me", key=token).json
    assert second["meta"]["version"] == "v2"
    extras = {"is_premium": False, "days_since_joined": 0}
    assert second["data"] == account | extras
    renamed = world.host.call("PATCH", ME, {"full_name": " Mira "}, key=token)
    assert renamed.json == account | {"full_name": "Mira"}
    assert world.host.call("PATCH", ME, {"avatar_url": "ftp://x"}, key=token).status == 422
    assert world.host.call("GET", ME).status == 401


def test_the_stored_role_counts_and_not_the_token(world):
    user, token = world.person()
    louder = world.token(user, role="superadmin")
    assert world.host.call("GET", USERS, key=louder).status == 403
    raised = world.ask("PATCH", f"{USERS}/{user}", world.chief, {"role": "admin"})
    assert raised.status == 200 and raised.json["role"] == "admin", raised.body
    # The token says nothing of it, and the connection that bore it before learns of it too.
    assert world.host.call("GET", USERS, key=token).status == 200
    lowered = world.ask("PATCH", f"{USERS}/{user}", world.boss, {"role": "user"})
    assert lowered.status == 200
    assert world.host.call("GET", USERS, key=louder).status == 403


def test_who_may_change_whom(world):
    other, _ = world.person("admin")
    user, _ = world.person()
    cases = [
        (world.chief, other, {"is_active": False}, 403, "role_hierarchy"),
        (world.chief, user, {"role": "superadmin"}, 403, "role_hierarchy"),
        (world.chief, world.boss[0], {"role": "user"}, 403, "role_hierarchy"),
        (world.chief, world.chief[0], {"role": "user"}, 403, "self_change"),
        (world.boss, world.boss[0], {"is_active": False}, 403, "self_change"),
        (world.boss, "usr_nobody", {"role": "user"}, 404, "not_found"),
    ]
    for actor, target, body, status, reason in cases:
        answer = world.ask("PATCH", f"{USERS}/{target}", actor, body)
        assert (answer.status, answer.reason) == (status, reason), (target, answer.body)
    details = world.ask("GET", f"{USERS}/usr_nobody", world.boss).json["error"]["details"]
    assert (details["resource"], details["id"]) == ("User", "usr_nobody")
    assert world.ask("PATCH", f"{USERS}/{user}", world.boss, {"role": None}).status == 422
    assert world.ask("PATCH", f"{USERS}/{user}", world.boss, {}).status == 200


def test_a_deactivated_account_is_shut_out_from_the_next_request_on(world):
    user, token = world.person()
    connection = world.host.call("GET", ME, key=token)
    assert connection.status == 200
    shut = world.ask("POST", f"{USERS}/{user}/deactivate", world.chief)
    assert shut.status == 200 and shut.json["is_active"] is False
    assert world.host.call("GET", ME, key=token).status == 403
    assert world.ask("POST", f"{USERS}/{user}/deactivate", world.chief).status == 200
    assert world.ask("POST", f"{USERS}/{user}/activate", world.chief).status == 200
    assert world.host.call("GET", ME, key=token).status == 200
    rows = world.ask("GET", f"{TRAIL}?resource_type=user&actor_id={world.chief[0]}", world.chief).json["items"]
    acts = [row["action"] for row in rows if row["resource_id"] == user]
    assert acts == ["user.activate", "user.deactivate"]
    assert all(row["ip_address"] == "127.0.0.1" for row in rows)


def test_no_tenant_reaches_the_people_of_another(world):
    user, token = world.person()
    stranger = world.person("superadmin", tenant="linden")
    paths = [("GET", f"{USERS}/{user}"), ("PATCH", f"{USERS}/{user}"), ("POST", f"{USERS}/{user}/deactivate"),
             ("POST", f"{USERS}/{user}/activate")]
    for method, path in paths:
        body = {"role": "admin"} if method == "PATCH" else None
        assert world.ask(method, path, stranger, body).status == 404
        assert world.ask(method, path, stranger, body, **{"X-Tenant-Id": "harbor"}).status == 403
    assert world.ask("POST", START, stranger, {"user_id": user}).status == 404
    listed = world.ask("GET", f"{USERS}?limit=100", stranger).json
    assert user not in [one["id"] for one in listed["items"]]
    assert world.ask("GET", f"{TRAIL}?actor_id={world.chief[0]}", stranger).json["total"] == 0
    assert world.ask("GET", STATS, stranger).json["users"]["total"] == listed["total"]
    assert world.host.call("GET", ME, key=token).json["role"] == "user"


def test_acting_as_somebody_else(world):
    user, _ = world.person()
    started = world.ask("POST", START, world.chief, {"user_id": user, "reason": "case 7"})
    assert started.status == 200, started.body
    acting = (user, started.json["token"])
    claims = jwt.decode(acting[1], options={"verify_signature": False})
    assert (claims["sub"], claims["act"], claims["org_id"], claims["imp"]) == (
        user, {"sub": world.chief[0]}, "harbor", True)
    assert world.ask("GET", ME, acting).json["id"] == user
    # Whatever the other may do, nothing for administrators is done in his name.
    for method, path in [("GET", USERS), ("GET", STATS), ("GET", TRAIL), ("POST", f"{USERS}/{user}/deactivate")]:
        assert world.ask(method, path, acting).status == 403
    nested = world.ask("POST", START, acting, {"user_id": user})
    assert (nested.status, nested.reason) == (403, "nested_impersonation")
    assert world.ask("POST", STOP, world.chief).reason == "not_impersonating"
    assert world.ask("GET", ME, acting, **{"X-Tenant-Id": "linden"}).status == 403
    assert world.ask("POST", STOP, acting).status == 200
    for _ in range(2):
        assert world.ask("POST", STOP, acting).status == 401
        assert world.ask("GET", ME, acting).status == 401
    rows = world.ask("GET", f"{TRAIL}?actor_id={world.chief[0]}", world.chief).json["items"]
    told = [(row["action"], row["resource_id"]) for row in rows if row["action"].startswith("impersonate.")]
    assert told[:2] == [("impersonate.stop", user), ("impersonate.start", user)]
    assert started.json["token"] not in json.dumps(rows)


def test_tokens_of_impersonation_that_must_not_pass(world):
    user, _ = world.person()
    good = world.ask("POST", START, world.boss, {"user_id": user}).json["token"]
    claims = jwt.decode(good, options={"verify_signature": False})
    secret = ENVIRONMENT["JWT_SECRET"]
    forged = [
        jwt.encode(claims, "another secret that is long enough too", "HS256"),
        # An id that the host has not given, another tenant, no mark, and nobody behind it.
        jwt.encode(claims | {"jti": str(uuid.uuid4())}, secret, "HS256"),
        jwt.encode(claims | {"org_id": "linden"}, secret, "HS256"),
        jwt.encode(claims | {"imp": False}, secret, "HS256"),
        jwt.encode({name: value for name, value in claims.items() if name != "imp"}, secret, "HS256"),
        jwt.encode({name: value for name, value in claims.items() if name != "act"}, secret, "HS256"),
        # A good issuer may not say that somebody acts for another.
        world.token(user, imp=True, act={"sub": world.boss[0]}, jti=claims["jti"]),
    ]
    for token in forged:
        assert world.host.call("GET", ME, key=token).status == 401
    assert world.host.call("GET", ME, key=good).status == 200
    assert world.ask("POST", f"{USERS}/{user}/deactivate", world.boss).status == 200
    assert world.ask("POST", START, world.boss, {"user_id": user}).reason == "user_inactive"
    assert world.ask("POST", f"{USERS}/{user}/activate", world.boss).status == 200
    # What was void stays void.
    assert world.host.call("GET", ME, key=good).status == 401


def test_who_loses_his_office_acts_as_nobody_any_more(world):
    user, _ = world.person()
    helper = world.person("admin")
    token = world.ask("POST", START, helper, {"user_id": user}).json["token"]
    assert world.host.call("GET", ME, key=token).status == 200
    assert world.ask("PATCH", f"{USERS}/{helper[0]}", world.boss, {"role": "user"}).status == 200
    assert world.host.call("GET", ME, key=token).status == 403
    assert world.host.call("POST", STOP, key=token).status == 403


def test_roles_of_clerk_and_supabase_stand_where_they_put_them(world):
    now = {"aud": "gantry"}
    cases = [
        ("clerks", "https://clerk.example.org/", {"o": {"id": "clerks", "rol": "admin"}}, "admin"),
        ("clerks", "https://clerk.example.org/", {"org_role": "org:admin"}, "admin"),
        ("clerks", "https://clerk.example.org/", {"org_role": "org:member"}, "user"),
        ("bases", "https://base.example.org/", {"role": "authenticated", "app_metadata": {"role": "admin"}}, "admin"),
        ("bases", "https://base.example.org/", {"role": "authenticated", "user_metadata": {"role": "admin"}}, "user"),
    ]
    for tenant, name, claims, role in cases:
        user = "usr_" + uuid.uuid4().hex[:10]
        token = world.own.token("RS256-1", sub=user, iss=name, **now, **claims)
        answer = world.host.call("GET", ME, key=token, headers={"X-Tenant-Id": tenant})
        assert answer.status == 200 and answer.json["role"] == role, (claims, answer.body)
        # It speaks for that tenant alone.
        elsewhere = world.host.call("GET", ME, key=token, headers={"X-Tenant-Id": "linden"})
        assert elsewhere.status == 403


def clerk(world, type, data, id=None, secret=None, moment=None, body=None, **headers):
    body = body or json.dumps({"type": type, "object": "event", "data": data})
    id = id or "msg_" + uuid.uuid4().hex
    moment = moment or datetime.datetime.now(datetime.timezone.utc)
    signature = Webhook(secret or ENVIRONMENT["CLERK_WEBHOOK_SECRET"]).sign(id, moment, body)
    signed = {"svix-id": id, "svix-timestamp": str(int(moment.timestamp())), "svix-signature": signature,
              "Content-Type": "application/json"}
    return world.host.call("POST", CLERK, body.encode(), headers=signed | headers)


def test_what_clerk_signs_is_taken_once(world):
    user = "usr_" + uuid.uuid4().hex[:10]
    data = {"id": user, "email_addresses": [{"id": "a", "email_address": f"{user}@clerk.example"}],
            "primary_email_address_id": "a", "first_name": "Mira", "last_name": "Okafor", "image_url": None,
            "public_metadata": {}, "created_at": 1768723960000, "updated_at": 1768723960000}
    first = clerk(world, "user.created", data, id=f"msg_{user}")
    assert first.json == {"received": True, "event_id": f"msg_{user}", "status": "processed"}
    assert clerk(world, "user.created", data, id=f"msg_{user}").json["status"] == "duplicate"
    account = world.ask("GET", f"{USERS}/{user}", world.chief).json
    assert (account["full_name"], account["auth_provider"]) == ("Mira Okafor", "clerk")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        once = f"msg_{uuid.uuid4().hex}"
        changed = data | {"first_name": "Anna", "updated_at": 1768723970000}
        answers = [one.json["status"] for one in pool.map(
            lambda _: clerk(world, "user.updated", changed, id=once), range(8))]
    assert sorted(answers) == ["duplicate"] * 7 + ["processed"]
    token = world.token(user)
    assert world.host.call("GET", ME, key=token).json["full_name"] == "Anna Okafor"
    assert clerk(world, "user.deleted", {"id": user, "deleted": True}).json["status"] == "processed"
    assert world.host.call("GET", ME, key=token).status == 401
    assert clerk(world, "user.created", data | {"updated_at": 1868723970000}).json["status"] == "ignored"
    assert world.host.call("GET", ME, key=token).status == 401


def test_deliveries_that_must_not_pass(world):
    now = datetime.datetime.now(datetime.timezone.utc)
    data = {"id": "usr_never"}
    other = "whsec_" + base64.b64encode(b"another secret, of somebody else").decode()
    refused = [
        clerk(world, "user.created", data, secret=other),
        clerk(world, "user.created", data, moment=now - datetime.timedelta(seconds=310)),
        clerk(world, "user.created", data, moment=now + datetime.timedelta(seconds=310)),
        clerk(world, "user.created", data, **{"svix-id": "msg_other"}),
        clerk(world, "user.created", data, **{"svix-signature": "v1,"}),
        clerk(world, "user.created", data, **{"svix-signature": "v1a,AAAA v2,BBBB"}),
        # The key that the host gives is nobody else's to set.
        world.host.call("POST", CLERK, b"{}", headers={"gantry-delivery": "x", "Content-Type": "application/json"}),
        world.host.call("POST", SUPABASE, {}, key=world.boss[1]),
        world.host.call("POST", SUPABASE, {}, key=ENVIRONMENT["SUPABASE_WEBHOOK_SECRET"] + "x"),
        world.host.call("POST", SUPABASE, {}),
    ]
    assert [answer.status for answer in refused] == [401] * len(refused)
    # The signature is over the bytes: a body that means the same is another.
    body = json.dumps({"type": "user.created", "data": data})
    moment = now
    signature = Webhook(ENVIRONMENT["CLERK_WEBHOOK_SECRET"]).sign("msg_bytes", moment, body)
    headers = {"svix-id": "msg_bytes", "svix-timestamp": str(int(moment.timestamp())), "svix-signature": signature}
    assert world.host.call("POST", CLERK, body.replace(": ", ":").encode(), headers=headers).status == 401
    # Of several signatures one is enough, and only then is the body read.
    both = {"svix-signature": "v1,AAAA " + signature}
    assert world.host.call("POST", CLERK, body.encode(), headers=headers | both).status == 200
    assert clerk(world, "user.created", data, body="{").status == 400
    assert clerk(world, "", {}, body='{"type":"user.created"}').status == 400


def test_what_supabase_delivers(world):
    user = str(uuid.uuid4())
    key = ENVIRONMENT["SUPABASE_WEBHOOK_SECRET"]
    row = {"id": user, "email": "teo@base.example", "raw_user_meta_data": {"full_name": "Teo"},
           "raw_app_meta_data": {"provider": "email"}, "created_at": "2026-02-27T12:00:00Z",
           "updated_at": "2026-02-27T12:00:00Z"}
    body = json.dumps(
        {"type": "INSERT", "table": "users", "schema": "auth", "record": row, "old_record": None}).encode()
    first = world.host.call("POST", SUPABASE, body, key=key)
    assert first.json == {"received": True, "event_id": hashlib.sha256(body).hexdigest(), "status": "processed"}
    assert world.host.call("POST", SUPABASE, body, key=key).json["status"] == "duplicate"
    assert world.ask("GET", f"{USERS}/{user}", world.chief).json["auth_provider"] == "supabase"
    elsewhere = world.host.call("POST", SUPABASE, body, key=key, headers={"X-Tenant-Id": "linden"})
    assert elsewhere.json["status"] == "processed", "each tenant has an inbox of its own"
    assert world.ask("GET", STATS, world.chief).json["webhooks"]["total"] > 0


def test_the_trail_is_in_the_chain_that_can_be_verified(world):
    user, _ = world.person()
    assert world.ask("POST", f"{USERS}/{user}/deactivate", world.chief).status == 200
    entries = world.host.administration("audit", "list", "--tenant", "harbor", "--action", "user")["items"]
    told = [entry for entry in entries if entry["target"] == f"user:{user}"]
    assert [(entry["action"], entry["actor"]) for entry in told] == [("user.deactivate", f"user:{world.chief[0]}")]
    assert world.host.cli("audit", "verify", "--tenant", "harbor", "--data", str(world.host.data)).returncode == 0


def test_a_kill_leaves_what_was_acknowledged(own_host):
    with Issuer() as issuer:
        issuer.rotate("ES256")
        own_host.deployment.write_text(DEPLOYMENT.format(
            bundles=BUILD / "bundles", jwks=issuer.url, own=issuer.url))
        own_host.start(ENVIRONMENT)
        world = World(own_host, issuer, issuer)
        people = [world.person() for _ in range(6)]
        acting = world.ask("POST", START, world.chief, {"user_id": people[5][0]}).json["token"]
        ended = world.ask("POST", START, world.chief, {"user_id": people[5][0]}).json["token"]
        assert own_host.call("POST", STOP, key=ended).status == 200
        done = []
        for round in range(2):
            for user, token in people[round * 2:round * 2 + 2]:
                assert world.ask("POST", f"{USERS}/{user}/deactivate", world.chief).status == 200
                assert clerk(world, "user.created", {"id": f"clerk_{user}"}).json["status"] == "processed"
                done.append((user, token))
            own_host.stop(signal.SIGKILL)
            own_host.start(ENVIRONMENT)
            for user, token in done:
                assert own_host.call("GET", ME, key=token).status == 403
                assert world.ask("GET", f"{USERS}/clerk_{user}", world.chief).status == 200
            assert own_host.call("GET", ME, key=acting).status == 200
            assert own_host.call("GET", ME, key=ended).status == 401
        rows = world.ask("GET", f"{TRAIL}?action=user.deactivate", world.chief).json
        assert rows["total"] == len(done)
        chain = own_host.administration("audit", "list", "--tenant", "harbor", "--action", "user.deactivate")["items"]
        assert len(chain) == len(done)


JOBS = "/api/v1/admin/jobs"


def test_jobs_of_all_modules_are_listed_and_tried_again(own_host):
    with Issuer() as issuer:
        issuer.rotate("ES256")
        own_host.deployment.write_text(DEPLOYMENT.format(
            bundles=BUILD / "bundles", jwks=issuer.url, own=issuer.url).replace(
                "{id: harbor, modules: {", "{id: harbor, modules: {guestbook: {}, "))
        own_host.start(ENVIRONMENT)
        world = World(own_host, issuer, issuer)
        path = own_host.data / "tenants/harbor/guestbook/module.db"
        eventually(lambda: own_host.call("GET", "/v1/entries").status == 200)
        own_host.stop()
        id = uuid.uuid4()
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute(
                "INSERT INTO gantry_job(id, name, key, payload, queued_ms, not_before_ms, attempt, state, last_error)"
                " VALUES(?, 'trim', '', ?, 1772359200000, 0, 5, 2, 'refused')", (id.bytes, b'{"keep":1}'))
            database.commit()
        own_host.start(ENVIRONMENT)
        listed = world.ask("GET", f"{JOBS}?status=failed", world.chief).json
        assert (listed["total"], listed["items"][0]["id"]) == (1, str(id)), listed
        job = listed["items"][0]
        assert (job["module"], job["name"], job["status"], job["error"]) == ("guestbook", "trim", "failed", "refused")
        assert (job["attempts"], job["max_attempts"], job["created_at"]) == (5, 5, "2026-03-01T10:00:00Z")
        second = world.ask("GET", "/api/v2/admin/jobs?status=failed", world.chief).json["data"]["items"][0]
        assert second == job | {"duration_ms": None}
        stranger = world.person("superadmin", tenant="linden")
        assert world.ask("GET", JOBS, stranger).json["total"] == 0
        assert world.ask("POST", f"{JOBS}/{id}/retry", stranger).status == 404
        assert world.ask("POST", f"{JOBS}/nothing/retry", world.chief).status == 404
        assert world.ask("GET", f"{JOBS}?status=lost", world.chief).status == 422
        again = world.ask("POST", f"{JOBS}/{id}/retry", world.chief)
        assert again.status == 202, again.body
        assert (again.json["status"], again.json["attempts"], again.json["max_attempts"]) == ("queued", 5, 6)
        # It runs, and the guestbook's are not remembered.
        eventually(lambda: world.ask("GET", JOBS, world.chief).json["total"] == 0)
        rows = world.ask("GET", f"{TRAIL}?action=job.retry", world.chief).json
        assert [row["resource_id"] for row in rows["items"]] == [str(id)]


def test_without_secrets_it_is_not_configured(own_host):
    with Issuer() as issuer:
        issuer.rotate("ES256")
        own_host.deployment.write_text(DEPLOYMENT.format(
            bundles=BUILD / "bundles", jwks=issuer.url, own=issuer.url))
        own_host.start()
        world = World(own_host, issuer, issuer)
        user, _ = world.person()
        assert world.ask("POST", START, world.chief, {"user_id": user}).status == 503
        for path in (CLERK, SUPABASE):
            answer = own_host.call("POST", path, {})
            assert answer.status == 503 and answer.json["error"]["details"]["service"] in path
