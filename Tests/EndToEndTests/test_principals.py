"""Tokens of issuers that are others than the host: their keys, rotation, outages, tenants, and what must not pass."""

import base64
import concurrent.futures
import hashlib
import hmac
import http.client
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest
from conftest import BUILD, GANTRY, Host, eventually
from cryptography.hazmat.primitives import serialization
from issuer import MAKERS, Issuer, certificate

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
PATH = "/v1/hello/world"
DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: empty
event-loops: 2
outbound: {{allow: [127.0.0.1], certificates: {certificate}}}
auth: {{jwks: '{jwks}', issuer: 'https://id.example.org/', audience: gantry}}
tenants:
  - {{id: authors, hosts: [authors.localhost], modules: {{guestbook: {{limits: {{default: 1000000/minute}}}}}}}}
  - id: own
    hosts: [own.localhost]
    auth: {{jwks: '{own}', issuer: 'https://own.example.org/', algorithms: [EdDSA]}}
    modules: {{guestbook: {{}}}}
  - {{id: shared, auth: {{issuer: 'https://shared.example.org/'}}, modules: {{guestbook: {{}}}}}}
  - {{id: empty, modules: {{guestbook: {{}}}}}}
"""


@pytest.fixture(scope="module")
def world():
    """A host, the issuer of its deployment, and the one that a tenant has set up for itself over TLS."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gantry-test-"))
    files = certificate(folder)
    with Issuer() as issuer, Issuer("https://own.example.org/", files) as own:
        issuer.rotate(*ALGORITHMS)
        own.rotate("EdDSA")
        host = Host(folder, DEPLOYMENT.format(
            bundles=BUILD / "bundles", certificate=files[0], jwks=issuer.url, own=own.url))
        host.start()
        yield host, issuer, own
        host.stop()
    shutil.rmtree(folder)


@pytest.fixture
def lone(own_host):
    """A host that was not started, its issuer, which publishes nothing yet."""
    with Issuer() as issuer:
        own_host.deployment.write_text(
            f"bundles: [{BUILD / 'bundles'}]\noutbound: {{allow: [127.0.0.1]}}\nevent-loops: 1\n"
            f"auth: {{jwks: '{issuer.url}', outage: 3600}}\ntenants: [{{id: authors, modules: {{guestbook: {{}}}}}}]\n")
        yield own_host, issuer


def status(host, token, path=PATH, **headers):
    return host.call("GET", path, key=token, headers=headers).status


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_published_key_of_each_kind(world, algorithm):
    host, issuer, _ = world
    token = issuer.token(f"{algorithm}-1", org_id="authors")
    answer = host.call("GET", PATH, key=token)
    assert answer.status == 200, answer.body
    assert status(host, token, **{"X-Tenant-Id": "authors"}) == 200
    assert status(host, issuer.token(f"{algorithm}-1", org_id="authors", aud=["x", "gantry"])) == 200


def test_who_names_no_tenant_belongs_to_none(world):
    host, issuer, _ = world
    token = issuer.token("RS256-1")
    answer = host.call("GET", PATH, key=token)
    assert (answer.status, answer.reason) == (403, "tenant_required")
    assert status(host, token, "/v1/entries") == 200
    assert status(host, token, **{"X-Tenant-Id": "authors"}) == 403


def test_a_tenants_own_issuer_speaks_for_it_alone(world):
    host, issuer, own = world
    name = "EdDSA-1"
    assert status(host, own.token(name, org_id="own")) == 200
    # Its settings name the issuer, so that its tokens need not name the tenant.
    assert status(host, own.token(name)) == 200
    assert status(host, own.token(name), Host="own.localhost") == 200
    for claims in [{"org_id": "authors"}, {"org_id": "empty"}, {"org_id": "unheard"}, {"iss": issuer.name},
                   {"iss": issuer.name, "org_id": "own"}, {"iss": issuer.name, "org_id": "authors"}]:
        assert status(host, own.token(name, **claims)) == 401, claims
    # And the deployment's does not speak for it, whatever it calls itself.
    for claims in [{"org_id": "own"}, {"org_id": "own", "iss": own.name}, {"iss": own.name}]:
        assert status(host, issuer.token("EdDSA-1", **claims)) == 401, claims
    # One that was only given another name has the deployment's keys.
    assert status(host, issuer.token("RS256-1", iss="https://shared.example.org/", org_id="shared")) == 200
    assert status(host, issuer.token("RS256-1", org_id="shared")) == 401


@pytest.mark.parametrize("named", ["authors", "own", "empty", "unheard"])
def test_tokens_and_names_that_contradict_each_other(world, named):
    host, issuer, own = world
    headers = {"X-Tenant-Id": named, "X-Request-ID": "same"}
    for tenant, token in [("authors", issuer.token("ES256-1", org_id="authors")), ("own", own.token("EdDSA-1")),
                          ("unheard", issuer.token("ES256-1", org_id="unheard"))]:
        answer = host.call("GET", PATH, key=token, headers=headers)
        if tenant == named and tenant != "unheard":
            assert answer.status == 200
        else:
            assert (answer.status, answer.reason) == (403, "tenant_mismatch")
            other = host.call("GET", PATH, key=token, headers={**headers, "X-Tenant-Id": "no-such-tenant"})
            assert other.body == answer.body
    for tenant in ["authors", "own"]:
        if tenant != named:
            key = host.call("GET", PATH, key=host.key(tenant), headers=headers)
            assert (key.status, key.reason) == (403, "tenant_mismatch")
            assert status(host, host.key(tenant), Host=f"{tenant}.localhost", **headers) == 403


def attacks(issuer):
    """Tokens that must not pass, by what they try."""
    good = issuer.token("RS256-1", org_id="authors")
    head, body, signature = good.split(".")
    public = issuer.keys["RS256-1"][1].public_key()

    def signed(header, secret, claims=None):
        data = text(json.dumps(header).encode()) + "." + (text(json.dumps(claims).encode()) if claims else body)
        return data + "." + text(hmac.new(secret, data.encode(), hashlib.sha256).digest())

    for name in ["none", "None", "nOnE", ""]:
        yield f"alg {name!r}", text(json.dumps({"alg": name}).encode()) + f".{body}."
    for number, encoding in enumerate([serialization.Encoding.PEM, serialization.Encoding.DER]):
        secret = public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        yield f"the public key as a secret, {number}", signed({"alg": "HS256", "kid": "RS256-1"}, secret)
    yield "a key id that is a path", signed({"alg": "HS256", "kid": "../../../dev/null"}, b"")
    stranger = ("RS256", MAKERS["RS256"]())
    yield "a stranger's key", issuer.token("RS256-1", key=stranger, org_id="authors")
    yield "a stranger's key with SQL for an id", issuer.token("x", key=stranger, kid="' OR 1=1 --", org_id="authors")
    yield "no signature", f"{head}.{body}."
    yield "another's claims", f"{head}.{text(json.dumps(issuer.claims(sub='root')).encode())}.{signature}"
    yield "padded", f"{head}==.{body}.{signature}"
    yield "oversized", issuer.token("ES256-1", org_id="authors", more="x" * 7000)
    for claims in [{"exp": int(time.time()) - 60}, {"exp": None}, {"nbf": int(time.time()) + 600}, {"iss": "other"},
                   {"aud": "other"}, {"aud": None}, {"imp": True}, {"org_id": "../authors"}]:
        yield str(claims), issuer.token("RS256-1", **{"org_id": "authors", **claims})


def test_attacks_are_all_the_same_401(world):
    host, issuer, _ = world
    bodies = set()
    for name, token in attacks(issuer):
        answer = host.call("GET", PATH, key=token, headers={"X-Request-ID": "same"})
        assert answer.status == 401, name
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"', name
        bodies.add(answer.body)
    assert len(bodies) == 1
    log = host.log.read_text()
    assert "eyJ" not in log


def test_a_new_key_is_known_once_it_is_published_and_an_old_one_forgotten(lone):
    host, issuer = lone
    issuer.rotate("RS256", "ES256")
    host.start()
    old = issuer.token("RS256-1", org_id="authors")
    early = issuer.token("x", key=("RS256", MAKERS["RS256"]()), kid="RS256-9", org_id="authors")
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
    assert host.call("GET", PATH, key=old, connection=connection).status == 200
    assert status(host, early) == 401
    kept = list(issuer.keys)
    [name] = issuer.rotate("RS256", keep=kept)
    assert status(host, issuer.token(name, org_id="authors")) == 200
    assert host.call("GET", PATH, key=old, connection=connection).status == 200
    # The key is gone as soon as the host has asked again, also for those who used it on an open connection.
    [name] = issuer.rotate("RS256", keep=[key for key in issuer.keys if key != "RS256-1"])
    assert status(host, issuer.token(name, org_id="authors")) == 200
    assert host.call("GET", PATH, key=old, connection=connection).status == 401
    assert status(host, old) == 401


def test_unknown_keys_do_not_flood_the_issuer(lone):
    host, issuer = lone
    issuer.rotate("EdDSA")
    host.start()
    stranger = ("EdDSA", MAKERS["EdDSA"]())
    before = issuer.requests
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        tokens = [issuer.token("x", key=stranger, kid=f"unknown-{number}", org_id="authors") for number in range(100)]
        answers = list(pool.map(lambda token: status(host, token), tokens))
    assert set(answers) == {401}
    assert issuer.requests - before <= 6 + (time.monotonic() - begin) / 15
    assert status(host, issuer.token("EdDSA-1", org_id="authors")) == 200


def test_a_start_does_not_need_the_issuer_and_an_outage_is_503(lone):
    host, issuer = lone
    [name] = issuer.rotate("ES256")
    issuer.stop()
    host.start()
    token = issuer.token(name, org_id="authors")
    answer = host.call("GET", PATH, key=token)
    assert (answer.status, answer.reason) == (503, "issuer_unavailable")
    assert answer.json["error"]["details"]["service"] == "auth"
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert "www-authenticate" not in answer.headers
    # Nobody else is concerned, and what cannot be a good token is refused all the same.
    assert status(host, host.key("authors")) == 200
    assert status(host, "nonsense") == 401
    issuer.start()
    eventually(lambda: status(host, token) == 200)
    # It goes away again: what was signed with a known key is good, of an unknown one nobody can say.
    issuer.stop()
    assert status(host, issuer.token(name, sub="usr_8", org_id="authors")) == 200
    [late] = issuer.rotate("ES256", keep=[name])
    assert status(host, issuer.token(late, org_id="authors")) == 503
    issuer.start()
    eventually(lambda: status(host, issuer.token(late, org_id="authors")) == 200)
    lines = [line for line in host.log_lines() if "issuer_keys" in line]
    assert [line["level"] for line in lines[:2]] == ["warning", "info"], lines


def test_requests_wait_for_a_slow_issuer_and_hinder_nobody(lone):
    host, issuer = lone
    [known] = issuer.rotate("ES256")
    host.start()
    assert status(host, issuer.token(known, org_id="authors")) == 200
    key, count = host.key("authors"), issuer.requests
    [name] = issuer.rotate("ES256", keep=[known])
    tokens = [issuer.token(name, sub=f"usr_{number}", org_id="authors") for number in range(20)]
    issuer.gate.clear()
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(host.call, "POST", "/v1/entries", {"author": "a", "message": "b"}, token)
                   for token in tokens]
        # There is one event loop, and it does not wait for the issuer.
        eventually(lambda: issuer.requests > count)
        for _ in range(5):
            assert status(host, key) == 200
            assert status(host, issuer.token(known, sub="other", org_id="authors")) == 200
        assert not any(future.done() for future in waiting)
        issuer.gate.set()
        assert {future.result().status for future in waiting} == {201}
    # Those that came while it was under way asked once more at most, all together.
    assert issuer.requests - count <= 2


def test_who_leaves_while_waiting_leaves_nothing_behind(lone):
    host, issuer = lone
    issuer.rotate("EdDSA")
    host.start()
    [name] = issuer.rotate("EdDSA")
    token = issuer.token(name, org_id="authors")
    issuer.gate.clear()
    head = f"Host: x\r\nAuthorization: Bearer {token}\r\n"
    body = "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    for request in [f"GET {PATH} HTTP/1.1\r\n{head}\r\n", f"POST /v1/entries HTTP/1.1\r\n{head}{body}"]:
        with socket.create_connection(("127.0.0.1", host.port)) as client:
            client.sendall(request.encode())
    # A body that is larger than is kept for somebody unknown is to come again.
    with socket.create_connection(("127.0.0.1", host.port)) as client:
        length = "Content-Type: application/json\r\nContent-Length: 2000000\r\n\r\n"
        client.sendall(f"POST /v1/entries HTTP/1.1\r\n{head}{length}".encode())
        assert client.recv(4096).startswith(b"HTTP/1.1 503 ")
    issuer.gate.set()
    assert eventually(lambda: status(host, token) == 200)
    metrics = host.call("GET", "/api/v1/public/metrics").body.decode()
    [in_flight] = [line for line in metrics.splitlines() if line.startswith("http_requests_in_flight ")]
    assert float(in_flight.split()[1]) <= 1, in_flight


def test_an_answer_that_is_no_key_set_is_an_outage(lone):
    host, issuer = lone
    [name] = issuer.rotate("EdDSA")
    issuer.body = b'{"keys": [' + b'"x", ' * 100_000 + b'"x"]}'
    host.start()
    token = issuer.token(name, org_id="authors")
    assert status(host, token) == 503
    issuer.body = b"<html>"
    eventually(lambda: status(host, token) == 503 and issuer.requests >= 2)
    issuer.body = None
    eventually(lambda: status(host, token) == 200)


def test_the_guard_keeps_the_host_from_addresses_that_were_not_allowed(lone):
    host, issuer = lone
    [name] = issuer.rotate("EdDSA")
    host.deployment.write_text(host.deployment.read_text().replace("outbound: {allow: [127.0.0.1]}\n", ""))
    host.start()
    assert status(host, issuer.token(name, org_id="authors")) == 503
    assert issuer.requests == 0
    assert any("outbound.allow" in line.get("message", "") for line in host.log_lines())


def test_settings_of_the_environment_and_a_secret(lone):
    host, issuer = lone
    [name] = issuer.rotate("EdDSA")
    published = host.folder / "keys.json"
    published.write_text(json.dumps(issuer.published()))
    secret = "a shared secret of an older project, long enough"
    host.start({"AUTH_JWKS_URL": f"file://{published}", "AUTH_ISSUER": "https://env.example.org/",
                "SUPABASE_JWT_SECRET": secret})
    assert status(host, issuer.token(name, org_id="authors")) == 401
    assert status(host, issuer.token(name, org_id="authors", iss="https://env.example.org/")) == 200
    assert issuer.requests == 0
    claims = issuer.claims(org_id="authors", iss="https://env.example.org/")
    data = text(b'{"alg":"HS256","typ":"JWT"}') + "." + text(json.dumps(claims).encode())
    token = data + "." + text(hmac.new(secret.encode(), data.encode(), hashlib.sha256).digest())
    assert status(host, token) == 200
    # A tenant's own secret takes the place of the deployment's keys and secret, at once.
    own = "the tenant's own secret, which is long enough too"
    subprocess.run([GANTRY, "secret", "set", "SUPABASE_JWT_SECRET", "--tenant", "authors", "--module", "platform",
                    "--data", host.data], input=own.encode(), check=True, capture_output=True)
    assert status(host, token) == 401
    token = data + "." + text(hmac.new(own.encode(), data.encode(), hashlib.sha256).digest())
    assert status(host, token) == 200
    assert status(host, issuer.token(name, org_id="authors", iss="https://env.example.org/")) == 401
    host.cli("secret", "unset", "SUPABASE_JWT_SECRET", "--tenant", "authors", "--module", "platform",
             "--data", str(host.data))
    assert status(host, token) == 401


def test_settings_that_make_no_sense_keep_the_host_from_starting(own_host):
    for line, field in [("auth: {jwks: 'http://id.example.org/keys'}", "auth.jwks"),
                        ("auth: {algorithms: [HS256]}", "auth.algorithms"), ("auth: {algorithms: [none]}", "auth"),
                        ("auth: {provider: other}", "auth.provider"), ("auth: {outage: -1}", "auth.outage")]:
        own_host.deployment.write_text(f"{line}\n")
        done = own_host.cli("serve", "--deployment", str(own_host.deployment), "--data", str(own_host.data),
                            "--listen", "127.0.0.1:0", check=False)
        assert done.returncode != 0 and field in done.stderr, (line, done.stderr)


def test_a_key_that_is_revoked_is_refused_on_every_open_connection(world):
    host, _, _ = world
    made = host.administration("key", "create", "--tenant", "authors", "--name", "to be revoked")
    connections = [http.client.HTTPConnection("127.0.0.1", host.port, timeout=30) for _ in range(8)]
    for connection in connections:
        assert host.call("GET", PATH, key=made["key"], connection=connection).status == 200
    host.cli("key", "revoke", made["id"], "--tenant", "authors", "--data", str(host.data))
    for connection in connections:
        assert host.call("GET", PATH, key=made["key"], connection=connection).status == 401
    host.stop(signal.SIGKILL)
    host.start()
    assert status(host, made["key"]) == 401
