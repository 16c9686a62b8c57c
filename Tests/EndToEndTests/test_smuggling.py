"""Requests that two servers in a row might read differently, over raw sockets: one reading, or none."""

import json
import random
import re

import pytest

from attacks import Wire
from conftest import reading

JSON = "Content-Type: application/json\r\n"
VICTIM, ATTACKER = "harbor", "linden"


@pytest.fixture(scope="module")
def secret(host):
    """A record of the victim, and the request of the victim that an attacker would like to swallow or to forge."""
    body = {"sessionId": "SECRET-OF-HARBOR", "chargingStationId": "HARBOR-ST",
            "meterValues": [reading(0, 10), reading(10, 12), reading(20, 5)]}
    assert host.call("POST", "/v1/sessions", body, key=host.key(VICTIM)).status == 200
    return f"GET /v1/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {host.key(VICTIM)}\r\n\r\n"


@pytest.fixture
def wire(host):
    connection = Wire(host.port)
    yield connection
    connection.close()


def answers(wire, text):
    """All responses to a stream of bytes after which nothing more is sent."""
    wire.send(text.encode("latin-1"))
    try:
        wire.socket.shutdown(1)
    except OSError:
        pass  # the host has closed first
    found = []
    while wire.socket and (reply := wire.receive()):
        found.append(reply)
    return found


def head(host, method="POST", target="/v1/sessions", more=""):
    return f"{method} {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {host.key(ATTACKER)}\r\n{more}"


LENGTHS = {
    "length and chunks": ("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    "chunks and length": ("Transfer-Encoding: chunked\r\nContent-Length: 4", "0\r\n\r\n"),
    "two lengths": ("Content-Length: 0\r\nContent-Length: 2", "{}"),
    "two equal lengths": ("Content-Length: 2\r\nContent-Length: 2", "{}"),
    "a list of lengths": ("Content-Length: 2, 2", "{}"), "a signed length": ("Content-Length: +2", "{}"),
    "a negative length": ("Content-Length: -2", "{}"), "a hexadecimal length": ("Content-Length: 0x2", "{}"),
    "an empty length": ("Content-Length: ", "{}"), "a length with a space": ("Content-Length: 2 0", "{}"),
    "an enormous length": ("Content-Length: 18446744073709551618", "{}"),
    "a length in words": ("Content-Length: two", "{}"), "a spaced name": ("Content-Length : 2", "{}"),
    "a tab in the name": ("Content-Length\t: 2", "{}"), "a length of another line": ("Content-Length:\r\n 2", "{}"),
    "unknown coding": ("Transfer-Encoding: xchunked", "0\r\n\r\n"), "no coding": ("Transfer-Encoding: ", "0\r\n\r\n"),
    "identity": ("Transfer-Encoding: identity", ""),
    "chunks first": ("Transfer-Encoding: chunked, identity", "0\r\n\r\n"),
    "chunks last": ("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
    "chunks twice": ("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"),
    "two codings": ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"),
    "two equal codings": ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    "coding with a spaced name": ("Transfer-Encoding : chunked", "0\r\n\r\n"),
    "coding after a vertical tab": ("Transfer-Encoding: \x0bchunked", "0\r\n\r\n"),
    "quoted coding": ('Transfer-Encoding: "chunked"', "0\r\n\r\n"),
    "coding with a parameter": ("Transfer-Encoding: chunked;q=1", "0\r\n\r\n"),
    "folded coding": ("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"),
    "coding behind a line feed": ("X: y\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    "coding behind a carriage return": ("X: y\rTransfer-Encoding: chunked", "0\r\n\r\n"),
    "coding behind a nul": ("X: y\0\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
}
CHUNKS = {
    "too large a size": "10000000000000002\r\n{}\r\n0\r\n\r\n", "a negative size": "-2\r\n{}\r\n0\r\n\r\n",
    "a prefixed size": "0x2\r\n{}\r\n0\r\n\r\n", "a spaced size": "2 \r\n{}\r\n0\r\n\r\n",
    "a size too small": "1\r\n{}\r\n0\r\n\r\n", "a size too large": "3\r\n{}\r\n0\r\n\r\n",
    "line feeds only": "2\n{}\n0\n\n", "a line feed in an extension": "2;a\nxx\r\n{}\r\n0\r\n\r\n",
    "no size": "\r\n{}\r\n0\r\n\r\n", "a line feed at the end": "2\r\n{}\r\n0\r\n\n",
    "a nul in an extension": "2;a\0\r\n{}\r\n0\r\n\r\n", "a bad trailer": "2\r\n{}\r\n0\r\nBad Name: x\r\n\r\n",
}
HEADS = {
    "line feeds only": "GET /v1/sessions HTTP/1.1\nHost: x\nAuthorization: Bearer {key}\n\n",
    "a bare carriage return": "GET /v1/sessions HTTP/1.1\r\nX: a\rb: c\r\n{fields}\r\n",
    "a folded header": "GET /v1/sessions HTTP/1.1\r\n{fields}X-Tenant-Id: har\r\n bor\r\n\r\n",
    "a space before the colon": "GET /v1/sessions HTTP/1.1\r\n{fields}X-Tenant-Id : harbor\r\n\r\n",
    "a first header that is folded": "GET /v1/sessions HTTP/1.1\r\n X-Tenant-Id: harbor\r\n{fields}\r\n",
    "a nul in a value": "GET /v1/sessions HTTP/1.1\r\n{fields}X-Tenant-Id: linden\0harbor\r\n\r\n",
    "no colon": "GET /v1/sessions HTTP/1.1\r\n{fields}Foo\r\n\r\n",
    "no name": "GET /v1/sessions HTTP/1.1\r\n{fields}: x\r\n\r\n",
    "no host": "GET /v1/sessions HTTP/1.1\r\nAuthorization: Bearer {key}\r\n\r\n",
    "two hosts": "GET /v1/sessions HTTP/1.1\r\n{fields}Host: harbor.localhost\r\n\r\n",
    "two paths": "GET /v1/sessions /v1/stations HTTP/1.1\r\n{fields}\r\n",
    "a control character": "GET /v1/sessions/a\x01b HTTP/1.1\r\n{fields}\r\n",
    "bytes that are no ASCII": "GET /v1/sessions/\xff HTTP/1.1\r\n{fields}\r\n",
    "a fragment": "GET /v1/sessions#x HTTP/1.1\r\n{fields}Connection: close\r\n\r\n",
    "an old version": "GET /v1/sessions\r\n\r\n", "a later version": "GET /v1/sessions HTTP/1.2\r\n{fields}\r\n",
    "a handshake": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    "a method in lower case": "get /v1/sessions HTTP/1.1\r\n{fields}\r\n",
    "a tunnel": "CONNECT harbor.localhost:80 HTTP/1.1\r\n{fields}\r\n",
    "a target without a path": "GET v1/sessions HTTP/1.1\r\n{fields}\r\n",
    "an authority with a user": "GET http://a@x/v1/sessions HTTP/1.1\r\n{fields}Connection: close\r\n\r\n",
    "an empty authority": "GET http:///v1/sessions HTTP/1.1\r\n{fields}Connection: close\r\n\r\n",
    "another scheme": "GET ftp://x/v1/sessions HTTP/1.1\r\n{fields}Connection: close\r\n\r\n",
}


@pytest.mark.parametrize("name", LENGTHS)
def test_a_body_of_doubtful_length_ends_the_connection(host, secret, wire, name):
    fields, body = LENGTHS[name]
    replies = answers(wire, head(host, more=f"{JSON}{fields}\r\n\r\n{body}{secret}"))
    assert [reply.status for reply in replies] == [400], "what follows must not be taken for a request"
    assert replies[0].headers["connection"] == "close"


@pytest.mark.parametrize("name", CHUNKS)
def test_doubtful_chunks_end_the_connection(host, secret, wire, name):
    text = head(host, more=f"{JSON}Transfer-Encoding: chunked\r\n\r\n{CHUNKS[name]}{secret}")
    assert [reply.status for reply in answers(wire, text)] == [400]


@pytest.mark.parametrize("name", HEADS)
def test_a_doubtful_head_ends_the_connection(host, secret, wire, name):
    fields = head(host).split("\r\n", 1)[1]
    replies = answers(wire, HEADS[name].format(fields=fields, key=host.key(ATTACKER)) + secret)
    assert [reply.status for reply in replies] == [400]


@pytest.mark.parametrize("more, body", [
    ("Content-Length: 0002", "{}"), ("TRANSFER-ENCODING: CHUNKED", "2\r\n{}\r\n0\r\n\r\n"),
    ("Transfer-Encoding: chunked", "2;name=value\r\n{}\r\n00;last\r\nX-Trailer: 1\r\n\r\n"),
    ("Expect: nothing\r\nContent-Length: 2", "{}"),
])
def test_what_is_unusual_but_clear_has_one_meaning(host, secret, wire, more, body):
    replies = answers(wire, head(host, more=f"{JSON}{more}\r\n\r\n{body}{secret}"))
    assert [reply.status for reply in replies] == [422, 200]
    assert b"SECRET-OF-HARBOR" not in replies[0].body and b"SECRET-OF-HARBOR" in replies[1].body


def test_a_request_within_a_body_is_only_a_body(host, secret, wire):
    for method in ("GET", "POST", "PUT", "DELETE"):
        text = head(host, method, "/v1/sessions/x", f"{JSON}Content-Length: {len(secret)}\r\n\r\n{secret}")
        replies = answers(wire, text)
        assert len(replies) == 1 and b"SECRET" not in replies[0].body
    chunked = f"{len(secret):x}\r\n{secret}\r\n0\r\n\r\n"
    replies = answers(wire, head(host, more=f"{JSON}Transfer-Encoding: chunked\r\n\r\n{chunked}"))
    assert [reply.status for reply in replies] == [400]


@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunks"])
@pytest.mark.parametrize("status, first", [
    (401, "POST /v1/sessions HTTP/1.1\r\nHost: harbor.localhost\r\n"),
    (401, "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer rubbish\r\n"),
    (403, "POST /v1/sessions HTTP/1.1\r\nHost: harbor.localhost\r\nAuthorization: Bearer {key}\r\n"),
    (404, "POST /v1/nothing HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"),
    (405, "DELETE /v1/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"),
    (200, "GET /api/ping HTTP/1.1\r\nHost: x\r\n"),
    (400, "GET /v1/sessions HTTP/1.1\r\nHost: x\r\nX-Tenant-Id: linden\r\nX-Tenant-Id: harbor\r\n"),
])
def test_the_body_of_a_request_that_was_answered_early_is_no_request(host, secret, wire, status, first, is_chunked):
    own = head(host, "GET", "/v1/sessions?pageSize=1") + "X-Request-ID: own\r\n\r\n"
    for size in (1, 400):
        body = secret * size
        framed = f"{len(body):x}\r\n{body}\r\n0\r\n\r\n" if is_chunked else body
        length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(body)}"
        replies = answers(wire, first.format(key=host.key(ATTACKER)) + f"{JSON}{length}\r\n\r\n{framed}{own}")
        assert replies[0].status == status
        # A long rest may end the connection; if it does not, the next request is the one after the body.
        assert [reply.headers["x-request-id"] for reply in replies[1:]] in ([], ["own"])
        assert all(b"SECRET-OF-HARBOR" not in reply.body for reply in replies)
        assert size > 1 or len(replies) == 2
        wire.close()


def test_whoever_was_not_told_to_continue_cannot_be_followed_by_a_request(host, secret, wire):
    first = f"POST /v1/sessions HTTP/1.1\r\nHost: harbor.localhost\r\n{JSON}Expect: 100-continue\r\n"
    replies = answers(wire, f"{first}Content-Length: {len(secret)}\r\n\r\n{secret}")
    assert [reply.status for reply in replies] == [401]


def test_what_follows_a_body_too_large_is_no_request(host, secret, wire):
    length = 10 * 1024 * 1024 + 1
    for fields, body in ((f"Content-Length: {length}", secret),
                         ("Transfer-Encoding: chunked", f"{length:x}\r\n{'x' * length}\r\n0\r\n\r\n{secret}")):
        replies = answers(wire, head(host, more=f"{JSON}{fields}\r\n\r\n{body}"))
        assert [reply.status for reply in replies] == [413] and replies[0].headers["connection"] == "close"
        wire.close()


def test_an_old_client_is_answered_once(host, secret, wire):
    first = f"GET /v1/sessions HTTP/1.0\r\nAuthorization: Bearer {host.key(ATTACKER)}\r\n"
    assert [reply.status for reply in answers(wire, f"{first}\r\n{secret}")] == [200]
    wire.close()
    body = f"{JSON}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n{secret}"
    replies = answers(wire, first.replace("GET", "POST") + body)
    assert len(replies) == 1 and b"SECRET" not in replies[0].body


def test_credentials_in_a_trailer_are_nobodys(host, secret, wire):
    text = ("POST /v1/sessions HTTP/1.1\r\nHost: harbor.localhost\r\n" + JSON + "Transfer-Encoding: chunked\r\n\r\n"
            f"2\r\n{{}}\r\n0\r\nAuthorization: Bearer {host.key(VICTIM)}\r\nX-Tenant-Id: harbor\r\n\r\n")
    assert [reply.status for reply in answers(wire, text)] == [401]


def test_a_change_of_protocol_is_not_made_and_ends_the_requests(host, secret, wire):
    for upgrade in ("h2c", "websocket", "TLS/1.0"):
        more = f"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\nHTTP2-Settings: AAMAAABkAAQ\r\n\r\n"
        replies = answers(wire, head(host, "GET", more=more) + secret)
        assert [reply.status for reply in replies] == [200] and b"SECRET" not in replies[0].body


@pytest.mark.parametrize("text", [
    "X: " + "a" * 300_000, "\r\n".join(f"X{n}: a" for n in range(3000)), "A" * 300_000 + ": a",
    "X-Tenant-Id: " + "linden" * 50_000], ids=["value", "number", "name", "tenant"])
def test_too_large_a_head_is_431_and_ends_the_connection(host, secret, wire, text):
    assert [reply.status for reply in answers(wire, head(host, "GET", more=text + "\r\n\r\n") + secret)] == [431]


def test_an_absolute_target_names_the_host_and_begins_where_its_authority_ends(host, secret, wire):
    key = host.key(ATTACKER)

    def status(target, name="x"):
        return wire.call("GET", target, [("Host", name), ("Authorization", f"Bearer {key}")]).status

    assert status("http://linden.localhost/v1/sessions", "harbor.localhost") == 200
    assert status("http://harbor.localhost/v1/sessions", "linden.localhost") == 403
    assert status("HTTP://HARBOR.localhost.:80/v1/sessions") == 403
    assert status("http://x?y=/v1/sessions") == 404
    assert status("//harbor.localhost/v1/sessions") == 404


def test_pipelined_requests_of_many_keep_their_order_and_their_tenant(host, secret, wire):
    """Inline, blocking, refused and host routes, of two tenants, strangers and nobody, on one connection."""
    dice = random.Random(20260614)
    host.call("POST", "/v1/sessions", {"sessionId": "RECORD-OF-LINDEN", "chargingStationId": "L"},
              key=host.key(ATTACKER))
    kinds = [
        (host.key(VICTIM), "GET", "/v1/sessions?pageSize=100", "SECRET-OF-HARBOR", 200),
        (host.key(ATTACKER), "GET", "/v1/sessions?pageSize=100", "RECORD-OF-LINDEN", 200),
        (host.key(ATTACKER), "GET", "/v1/sessions/SECRET-OF-HARBOR", "NOT_FOUND", 404),
        (host.key(VICTIM), "GET", "/v1/sessions/SECRET-OF-HARBOR", "SECRET-OF-HARBOR", 200),
        (host.key("authors"), "GET", "/v1/hello/{id}", "{id}", 200), (None, "GET", "/api/ping", "ok", 200),
        ("cak_" + "A" * 43, "GET", "/v1/sessions", "AUTHENTICATION_ERROR", 401),
        (host.key(ATTACKER) + "\r\nX-Tenant-Id: harbor", "GET", "/v1/sessions", "AUTHORIZATION_ERROR", 403),
    ]
    for _ in range(4):
        plan = [dice.choice(kinds) for _ in range(60)]
        text = ""
        for number, (key, method, target, _, _) in enumerate(plan):
            credential = f"Authorization: Bearer {key}\r\n" if key else ""
            text += (f"{method} {target.format(id=f'n{number}')} HTTP/1.1\r\nHost: x\r\n{credential}"
                     f"X-Request-ID: n{number}\r\n\r\n")
        data = text.encode()
        while data:
            size = dice.choice([1, 7, 100, 4000])
            wire.send(data[:size])
            data = data[size:]
        for number, (key, _, _, mark, status) in enumerate(plan):
            reply = wire.receive()
            assert (reply.headers["x-request-id"], reply.status) == (f"n{number}", status)
            body = reply.body.decode()
            assert mark.format(id=f"n{number}") in body
            assert ("RECORD-OF-LINDEN" if key == host.key(VICTIM) else "SECRET-OF-HARBOR") not in body


def test_what_is_said_of_unreadable_requests_is_an_error_like_others(host, wire):
    [reply] = answers(wire, "nonsense\r\n\r\n")
    error = json.loads(reply.body)["error"]
    assert error["details"]["reason"] == "malformed_request" and re.match(r"[\w-]{36}$", reply.headers["x-request-id"])
