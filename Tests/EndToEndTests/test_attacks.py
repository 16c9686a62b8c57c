"""A tenant against another: every operation that the contracts serve, with the values of the other's real records."""

import itertools
import json
import re
import threading
import urllib.parse

import pytest
import yaml

import attacks
from attacks import ATTACKER, HOST_NAMES, INJECTIONS, VICTIM, WRITER, Wire, World, forged, twin, unsigned, variants
from conftest import BUILD, Host
from contracts import leaves, looks_bound

CONTRACTS, TENANTS = attacks.deployment()
OPERATIONS = attacks.tried(CONTRACTS)
WITH_RECORDS = [operation for operation in OPERATIONS if operation.path_names]
READING = [operation for operation in OPERATIONS if operation.method == "GET"]
WITH_BODY = [operation for operation in OPERATIONS if operation.body_schema]
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=repr)
each_record = pytest.mark.parametrize("operation", WITH_RECORDS, ids=repr)
each_body = pytest.mark.parametrize("operation", WITH_BODY, ids=repr)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    deployment = {"bundles": [str(BUILD / "bundles")], "default-tenant": ATTACKER, "event-loops": 2,
                  "log": {"level": "warning"}, "limits": {"default": "10000000/minute"}, "tenants": TENANTS}
    host = Host(tmp_path_factory.mktemp("attacks"), yaml.safe_dump(deployment)).start()
    made = World(host, CONTRACTS)
    yield made
    host.stop()


@pytest.fixture(autouse=True)
def unharmed(world):
    """Whatever a test tries, the victim's records are afterwards as they were."""
    before = world.state(VICTIM)
    assert before[0] and before[1]
    yield
    assert world.state(VICTIM) == before, "the victim's records have changed"


def body_of(operation, mark):
    return operation.marked(operation.examples[0], mark) if operation.body_schema else None


def credentials(world, tenant=ATTACKER):
    return {"key": world.keys[tenant], **world.tokens[tenant]}


def judge(world, reply, *sent):
    """What holds for every answer to an attack."""
    assert reply.status < 500, reply.body
    assert world.is_clean(reply, *sent), reply.body


def is_uuid(text):
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


def values_of(world, operation, tenant=VICTIM):
    return world.values[tenant].get(operation.id, [()])


def test_the_victim_has_records_behind_every_path(world):
    assert all(world.values[VICTIM][operation.id] for operation in WITH_RECORDS)
    readable = 0
    for operation in WITH_RECORDS:
        if operation.method == "GET":
            replies = [world.call(operation, world.owner(VICTIM), values) for values in values_of(world, operation)]
            readable += sum(reply.status == 200 for reply in replies)
            assert any(reply.status == 200 for reply in replies), f"{operation} found none of the values"
    assert readable and world.marks[VICTIM].encode() in world.everything(VICTIM)


@each_record
def test_a_record_of_another_tenant_is_one_that_does_not_exist(world, operation):
    body = body_of(operation, "attack")
    for values in values_of(world, operation):
        nowhere = tuple(twin(value) for value in values)
        for name, credential in credentials(world).items():
            mine = world.call(operation, credential, values, body=body)
            missing = world.call(operation, credential, nowhere, body=body)
            judge(world, mine, *values)
            assert mine.told(values[0]) == missing.told(nowhere[0]), (name, "the answers tell them apart")


@each_operation
def test_naming_the_victim_with_an_own_credential_is_a_mismatch(world, operation):
    name = HOST_NAMES[VICTIM]
    ways = [
        [("X-Tenant-Id", VICTIM)], [("x-TENANT-iD", VICTIM)], [("Host", name)], [("hOST", name.upper() + ".:8000")],
        [("Host", name), ("X-Tenant-Id", VICTIM)], [("Host", HOST_NAMES[ATTACKER]), ("X-Tenant-Id", VICTIM)],
        [("Host", name), ("X-Tenant-Id", ATTACKER)], [("X-Tenant-Id", VICTIM.upper())], [("X-Tenant-Id", "")],
        [("X-Tenant-Id", f"{ATTACKER},{VICTIM}")], [("X-Tenant-Id", f"{VICTIM}\u00a0")],
    ]
    values = values_of(world, operation)[0]
    body = body_of(operation, "attack")
    for credential, headers in itertools.product(credentials(world).values(), ways):
        reply = world.call(operation, credential, values, headers, body)
        judge(world, reply, *values)
        assert (reply.status, reply.reason) == (403, "tenant_mismatch"), headers
    absolute = f"http://{name}:1{operation.target(values)}"
    reply = world.wire.call(operation.method, absolute, [("Authorization", f"Bearer {world.keys[ATTACKER]}")], body)
    assert (reply.status, reply.reason) == (403, "tenant_mismatch"), "the host of an absolute target counts"


@each_operation
def test_headers_that_decide_must_not_occur_twice(world, operation):
    values = values_of(world, operation)[0]
    own, other = (f"Bearer {world.keys[tenant]}" for tenant in (ATTACKER, VICTIM))
    for headers in (
        [("Authorization", own), ("Authorization", other)], [("Authorization", other), ("authorization", own)],
        [("Authorization", own), ("X-Tenant-Id", ATTACKER), ("x-tenant-id", VICTIM)],
        [("Authorization", own), ("X-Tenant-Id", VICTIM), ("X-TENANT-ID", ATTACKER)],
        [("Authorization", own), ("Host", HOST_NAMES[ATTACKER]), ("HOST", HOST_NAMES[VICTIM])],
        [("Authorization", own), ("Host", f"{HOST_NAMES[VICTIM]}, {HOST_NAMES[ATTACKER]}")],
        [("Authorization", own), ("Host", f"{HOST_NAMES[ATTACKER]}@{HOST_NAMES[VICTIM]}")],
        [("Authorization", own), ("Host", HOST_NAMES[VICTIM] + "/")],
    ):
        reply = world.call(operation, None, values, headers, body_of(operation, "attack"))
        judge(world, reply)
        assert reply.status == 400, headers


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one in READING + WITH_RECORDS], ids=repr)
def test_headers_that_other_servers_trust_change_nothing(world, operation):
    values = values_of(world, operation)[0]
    nowhere = tuple(twin(value) for value in values)
    name, body = HOST_NAMES[VICTIM], body_of(operation, "attack")
    ways = [
        [("X-Forwarded-Host", name)], [("Forwarded", f"host={name};for=127.0.0.1")], [("X-Host", name)],
        [("X-Tenant", VICTIM)], [("X_Tenant_Id", VICTIM)], [("X-Org-Id", VICTIM)], [("X-User-Id", f"usr_{VICTIM}")],
        [("Cookie", f"session={world.owner(VICTIM)}")], [("Proxy-Authorization", f"Bearer {world.keys[VICTIM]}")],
        [("X-Original-URL", operation.target(values))], [("X-Rewrite-URL", operation.target(values))],
        [("X-HTTP-Method-Override", "DELETE")], [("X-Api-Key", world.keys[VICTIM])], [("X-Forwarded-For", "127.0.0.1")],
        [("Connection", "close, authorization, x-tenant-id")], [("Content-Encoding", "identity")],
    ]
    for headers in ways:
        mine = world.call(operation, world.keys[ATTACKER], values, headers, body)
        missing = world.call(operation, world.keys[ATTACKER], nowhere, headers, body)
        judge(world, mine, *values)
        assert mine.told(values[0] if values else "") == missing.told(nowhere[0] if nowhere else ""), headers


@pytest.fixture(scope="module")
def worthless(world):
    """Credentials that are nobody's."""
    key, token = world.keys[VICTIM], world.tokens[ATTACKER]["superadmin"]
    revoked = world.host.administration("key", "create", "--tenant", VICTIM, "--name", "revoked")
    assert world.wire.call("GET", OPERATIONS[0].path, [("Authorization", f"Bearer {revoked['key']}")]).status < 400
    world.host.administration("key", "revoke", revoked["id"], "--tenant", VICTIM)
    head, payload, signature = token.split(".")
    other = world.owner(VICTIM).split(".")
    claims = {"org_id": VICTIM, "sub": f"usr_{VICTIM}"}
    return {
        "revoked": revoked["key"], "forged tenant": forged(token, **claims), "forged role": forged(token, role="owner"),
        "no algorithm": unsigned(token, "none", **claims), "None": unsigned(token, "None", **claims),
        "other algorithm": unsigned(token, "RS256", **claims), "empty signature": f"{head}.{payload}.",
        "signature of another": f"{head}.{other[1]}.{signature}", "payload of another": f"{head}.{payload}.{other[2]}",
        "two parts": f"{other[0]}.{other[1]}", "four parts": f"{world.owner(VICTIM)}.{signature}",
        "upper case": key.upper(), "swapped case": key.swapcase(), "a letter more": key + "A", "one less": key[:-1],
        "last letter": key[:-1] + ("A" if key[-1] != "A" else "B"), "padded": key + "=", "wildcard": key[:-1] + "%",
        "injected": "' OR '1'='1", "prefix": key[:12], "key id": revoked["id"], "nul": key + "%00",
        "quoted": f'"{key}"', "empty": "", "two": f"{world.keys[ATTACKER]}, Bearer {key}", "long": "a" * 7000,
        "unicode": "cak_" + "\u0430" * 43,
    }


@each_operation
def test_a_worthless_credential_is_refused_alike(world, worthless, operation):
    values = values_of(world, operation)[0]
    body = body_of(operation, "attack")
    for headers in ([("Host", HOST_NAMES[VICTIM])], [("X-Tenant-Id", VICTIM)], []):
        told = set()
        for name, credential in worthless.items():
            reply = world.call(operation, None, values, [*headers, ("Authorization", f"Bearer {credential}")], body)
            judge(world, reply, *values)
            assert reply.status == 401, name
            told.add(reply.told(""))
        assert len(told) == 1, "the answers tell why"
    for scheme in ("Basic", "Bearer:", "Bearer\t", "Token", "Negotiate", "bearer  "):
        reply = world.call(operation, None, values, [("Authorization", f"{scheme} {world.keys[ATTACKER]}")], body)
        judge(world, reply, *values)
        assert reply.status in (401, 403), scheme


@each_record
def test_no_other_way_to_write_an_id_finds_it(world, operation):
    body = body_of(operation, "attack")
    for values in values_of(world, operation):
        for position, value in enumerate(values):
            other = variants(twin(value))
            for name, variant in variants(value).items():
                replies = []
                for text in (variant, other[name]):
                    changed = values[:position] + (text,) + values[position + 1:]
                    replies.append(world.call(operation, world.keys[ATTACKER], changed, body=body))
                judge(world, replies[0], value)
                assert replies[0].status == replies[1].status, (name, variant)


@pytest.mark.parametrize("operation", [one for one in READING if one in WITH_RECORDS], ids=repr)
def test_not_even_the_owner_finds_it_by_what_only_looks_the_same(world, operation):
    alike = ("swapped", "nul", "nul-first", "dot", "dots", "double-encoded", "fullwidth", "cyrillic", "zero-width",
             "space", "plus", "tab", "semicolon", "overlong-utf8", "star", "percent", "combining", "byte-order-mark")
    for values in values_of(world, operation):
        exact = world.call(operation, world.owner(VICTIM), values)
        encoded = (variants(values[0])["encoded"], *values[1:])
        assert world.call(operation, world.owner(VICTIM), encoded).told("") == exact.told("")
        if exact.status != 200 or not world.marks[VICTIM].encode() in exact.body.replace(values[0].encode(), b""):
            continue
        for name in alike:
            variant = variants(values[0])[name]
            # Not every identifier has a letter that looks like another; a UUID is the same in either case.
            if urllib.parse.unquote(variant) != values[0] and not (name == "swapped" and is_uuid(values[0])):
                reply = world.call(operation, world.owner(VICTIM), (variant, *values[1:]))
                assert reply.status in (400, 404), (name, variant)


@pytest.mark.parametrize("operation", READING, ids=repr)
def test_filters_by_the_victims_values_find_nothing(world, operation):
    values = values_of(world, operation, ATTACKER)[0]
    for parameter, value in itertools.product(operation.query or [{"name": "any"}], world.known()):
        for credential in credentials(world).values():
            found, missing = (
                world.call(operation, credential, values, query=f"?{parameter['name']}={text}&X-Tenant-Id={VICTIM}")
                for text in (value, twin(value)))
            judge(world, found, value)
            assert found.told(value) == missing.told(twin(value)), parameter["name"]


@each_body
def test_a_body_with_the_victims_values_meets_nothing_of_it(world, operation):
    """References and names of another tenant are as free, and as unknown, as any others."""
    own = values_of(world, operation, WRITER)[0]
    numbers = itertools.count()

    def attempt(place, text):
        """The status of a request that has the text in the given place, and is new in every other."""
        example = operation.marked(operation.examples[0], f"writer-{next(numbers)}-{operation.id}")
        parent, name = list(leaves(example))[place]
        parent[name] = text
        reply = world.call(operation, world.owner(WRITER), own, body=example)
        judge(world, reply, text)
        return reply.status

    for value in world.known():
        for place, (parent, name) in enumerate(list(leaves(operation.examples[0]))):
            if not looks_bound(parent[name]):
                assert attempt(place, twin(value)) == attempt(place, value), (name, "tells that another tenant has it")


@each_operation
def test_no_other_method_tells_of_a_record(world, operation):
    values = values_of(world, operation)[0]
    nowhere = tuple(twin(value) for value in values)
    for method in ("HEAD", "OPTIONS", "DELETE", "TRACE", "PROPFIND", "LINK", "PURGE"):
        mine, missing = (
            world.wire.call(method, operation.target(one), [("Authorization", f"Bearer {world.keys[ATTACKER]}")])
            for one in (values, nowhere))
        judge(world, mine, *values)
        assert world.keys[ATTACKER].encode() not in mine.body, "the credential comes back"
        assert mine.told(values[0] if values else "") == missing.told(nowhere[0] if nowhere else ""), method


@each_operation
def test_injected_sql_is_only_text(world, operation):
    own = values_of(world, operation, WRITER)[0]
    for payload in INJECTIONS:
        text = attacks.quoted(payload)
        plain_text = "x" * len(payload)
        for position in range(len(own)):
            replies = [world.call(operation, world.owner(WRITER), own[:position] + (one,) + own[position + 1:],
                                  body=body_of(operation, "attack")) for one in (text, plain_text)]
            judge(world, replies[0], payload)
            assert world.marks[WRITER].encode() not in replies[0].body, "the condition was widened"
            assert replies[0].status == replies[1].status, (payload, replies[0].body)
        for parameter in operation.query:
            reply, neutral = (world.call(operation, world.owner(WRITER), own, query=f"?{parameter['name']}={one}")
                              for one in (text, plain_text))
            judge(world, reply, payload)
            assert reply.status == 422 or reply.told(payload) == neutral.told(plain_text), (parameter["name"], payload)


@each_body
def test_injected_sql_in_a_body_is_only_text(world, operation):
    own = values_of(world, operation, WRITER)[0]
    for number, payload in enumerate(INJECTIONS):
        example = operation.marked(operation.examples[0], f"sql-{number}-{operation.id}")
        for place, (parent, name) in enumerate(list(leaves(example))):
            before = parent[name]
            parent[name] = payload
            reply = world.call(operation, world.owner(WRITER), own, body=example)
            judge(world, reply, payload)
            assert reply.status in (200, 201, 202, 204, 400, 404, 409, 422), reply.body
            parent[name] = before
    for listing, reply in world.lists(WRITER):
        assert reply.status == 200 and not listing.faults(200, reply.headers.get("content-type"), reply.body)


@each_operation
def test_line_breaks_in_values_make_no_headers(world, operation):
    split = "x%0d%0aX-Injected: 1%0d%0a%0d%0aHTTP/1.1 200 OK".replace(" ", "%20")
    values = tuple(split for _ in operation.path_names)
    headers = [("X-Request-ID", "a%0d%0aX-Injected: 1"), ("traceparent", "00-zz%0d%0aX-Injected: 1")]
    reply = world.call(operation, world.keys[ATTACKER], values, headers, body_of(operation, "attack-line"),
                       query=f"?page={split}&{split}={split}")
    judge(world, reply)
    assert "x-injected" not in reply.headers and "\n" not in "".join(value for _, value in reply.fields)


def test_many_clients_at_once_see_their_own_only(world):
    """Threads and connections are shared by all tenants; records, buffers and answers are not."""
    # The third tenant has written what it knew of the victim into records of its own.
    marks = {world.marks[tenant].encode() for tenant in (VICTIM, ATTACKER)}
    faults = []

    def read(tenant):
        wire, own = Wire(world.host.port), world.marks[tenant].encode()
        for _, operation in itertools.product(range(8), READING):
            for values in values_of(world, operation, tenant):
                reply = wire.call("GET", operation.target(values), [("Authorization", f"Bearer {world.keys[tenant]}")])
                if reply.status != 200 or any(mark in reply.body for mark in marks - {own}):
                    faults.append((tenant, operation, reply.status, reply.body[:300]))
        wire.close()

    threads = [threading.Thread(target=read, args=(tenant,)) for tenant in (VICTIM, ATTACKER) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults[0]


@each_body
def test_a_member_that_the_contract_forbids_is_refused_and_another_is_not(world, operation):
    schema = operation.contract.resolve(operation.body_schema)
    body = {**body_of(operation, "surplus"), "nobody-knows-this": 1}
    reply = world.call(operation, world.owner(WRITER), values_of(world, operation, WRITER)[0], body=body)
    judge(world, reply)
    assert (reply.status == 422) == (schema.get("additionalProperties") is False), reply.body


def test_answers_of_the_attacked_keep_to_the_contract(world):
    for operation in OPERATIONS:
        for values in values_of(world, operation):
            if operation.method == "GET":
                for credential in (world.owner(VICTIM), world.owner(ATTACKER), world.keys[ATTACKER], "worthless"):
                    reply = world.call(operation, credential, values)
                    content_type = reply.headers.get("content-type")
                    assert operation.faults(reply.status, content_type, reply.body) == []
                    if reply.status >= 400:
                        error = json.loads(reply.body)["error"]
                        assert set(error) == {"code", "message", "details"} and error["details"]["reason"]
