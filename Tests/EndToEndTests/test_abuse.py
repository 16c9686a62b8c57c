"""Clients that mean harm, against the real host: it stays up, its memory stays bounded, and others are served."""

import json
import os
import socket
import tempfile
import time
import shutil

import pytest

from abuse import (MEGABYTE, connect, memory, raise_file_limit, read_to_end, reset, send_all, sockets, statuses,
                   unharmed)
from conftest import BUILD, DEPLOYMENT, Host, eventually

HEAD = "POST /v1/entries HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
PING = b"GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n"
slow = pytest.mark.skipif("GANTRY_ABUSE" not in os.environ, reason="takes minutes; `make abuse` runs it")


@pytest.fixture(scope="module")
def host():
    raise_file_limit(15_000)
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=BUILD / "bundles").replace("requests: all", "requests: none"))
    running.start()
    running.key("authors")
    for _ in range(200):
        running.call("GET", "/v1/hello/x", key=running.key("authors"))
    yield running
    running.stop()
    shutil.rmtree(folder)


def head(host, *more):
    return (HEAD.format(key=host.key("authors")) + "".join(f"{line}\r\n" for line in more) + "\r\n").encode()


# Slowness


def test_ten_thousand_idle_connections_cost_little(host):
    if not raise_file_limit(15_000):
        pytest.skip("the system gives too few descriptors")
    count = 10_000
    before = memory(host)
    with unharmed(host, megabytes=200):
        idle = [connect(host) for _ in range(count)]
        eventually(lambda: sockets(host) >= count, 30)
        for client in idle[:: count // 10]:
            client.sendall(PING)
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        time.sleep(0.5)
        each = (memory(host) - before) / count
        for client in idle:
            client.close()
    print(f"  {each:.0f} bytes for each of {count} idle connections")
    assert each < 16_384


def test_heads_that_come_byte_by_byte_hold_nobody_up(host):
    with unharmed(host, megabytes=32):
        clients = [connect(host) for _ in range(500)]
        for byte in b"GET /api/ping HTTP/1.1\r\nX: ":
            for client in clients:
                client.send(bytes([byte]))
        for client in clients:
            client.sendall(b"y\r\nHost: x\r\n\r\n")
        assert all(client.recv(4096).startswith(b"HTTP/1.1 200 ") for client in clients)
        for client in clients:
            client.close()


def test_bodies_that_come_byte_by_byte_hold_nobody_up(host):
    body = b'{"author": "slow", "message": "x"}'
    with unharmed(host, megabytes=32):
        clients = [connect(host) for _ in range(200)]
        for client in clients:
            client.sendall(head(host, f"Content-Length: {len(body)}"))
        for byte in body:
            for client in clients:
                client.send(bytes([byte]))
        assert {client.recv(4096)[9:12] for client in clients} == {b"201"}
        for client in clients:
            client.close()


@slow
def test_a_head_and_a_body_that_never_end_are_given_up(host):
    with unharmed(host, megabytes=32):
        heads, bodies = [connect(host) for _ in range(100)], [connect(host) for _ in range(100)]
        begun = time.monotonic()
        for client in bodies:
            client.sendall(head(host, "Content-Length: 1000"))
        for client in heads:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        open_ones = set(heads) | set(bodies)
        while open_ones and time.monotonic() - begun < 80:
            for client in list(open_ones):
                if not send_all(client, b"a"):
                    open_ones.discard(client)
                    client.close()
            time.sleep(1)
        assert not open_ones, f"{len(open_ones)} are still open after {time.monotonic() - begun:.0f} s"


@pytest.fixture(scope="module")
def large(host):
    """A request whose answer has about a megabyte."""
    key = host.key("authors")
    for number in range(60):
        host.call("POST", "/v1/entries", {"author": f"large-{number}", "message": "m" * 2000}, key=key)
    answer = host.call("GET", "/v1/entries", key=key)
    assert answer.status == 200 and len(answer.body) > 20_000
    return f"GET /v1/entries HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode()


def test_clients_that_do_not_read_their_answers_cost_no_memory(host, large):
    with unharmed(host, megabytes=150):
        clients = [connect(host, receive_buffer=4096) for _ in range(50)]
        for client in clients:
            client.settimeout(0.05)
            for _ in range(20):
                if not send_all(client, large * 20):
                    break
        time.sleep(1)
        for client in clients:
            reset(client)


# Floods


def test_a_flood_of_pipelined_requests_is_answered_in_its_order(host):
    count = 5000
    with unharmed(host, megabytes=64):
        with connect(host) as client:
            text = b"".join(b"GET /api/ping HTTP/1.1\r\nHost: x\r\nX-Request-ID: n%d\r\n\r\n" % n for n in range(count))
            sent, received = 0, b""
            client.setblocking(False)
            deadline = time.monotonic() + 30
            while received.count(b"\r\n\r\n") < count and time.monotonic() < deadline:
                try:
                    sent += client.send(text[sent:sent + 65536]) if sent < len(text) else 0
                except BlockingIOError:
                    pass
                try:
                    received += client.recv(1 << 16)
                except BlockingIOError:
                    time.sleep(0.001)
        lines = [line for line in received.split(b"\r\n") if line.lower().startswith(b"x-request-id")]
        assert [line.split(b": ")[1] for line in lines] == [b"n%d" % n for n in range(count)]


@pytest.mark.parametrize("piece, status", [
    (b"X: y\r\n", b"431"), (b"a" * 4096, b"431"), (b"X" * 500 + b": " + b"y" * 1000 + b"\r\n", b"431"),
], ids=["lines", "one line", "long lines"])
def test_a_head_without_end_is_refused_at_its_limit(host, piece, status):
    with unharmed(host, megabytes=32):
        for _ in range(5):
            with connect(host) as client:
                send_all(client, b"GET / HTTP/1.1\r\nHost: x\r\nY: ")
                sent = 0
                while sent < 64 * MEGABYTE and send_all(client, piece * 100):
                    sent += len(piece) * 100
                assert sent < 64 * MEGABYTE, "it goes on being read"
                assert read_to_end(client)[9:12] in (status, b"")


def test_a_line_that_begins_no_request_is_not_read_for_ever(host):
    with unharmed(host, megabytes=32):
        for piece in (b"A" * 65536, b"\r\n" * 32768, b"\0" * 65536, b"GET " + b" " * 65536):
            with connect(host) as client:
                sent = 0
                while sent < 64 * MEGABYTE and send_all(client, piece):
                    sent += len(piece)
                assert sent < 64 * MEGABYTE, f"{piece[:4]} goes on being read"


def test_bodies_without_end_are_refused_at_their_limit(host):
    key_head = head(host, "Transfer-Encoding: chunked")
    with unharmed(host, megabytes=64):
        for piece in (b"10000\r\n" + b"x" * 65536 + b"\r\n", b"1\r\nx\r\n" * 10_000):
            with connect(host) as client:
                send_all(client, key_head)
                sent = 0
                while sent < 256 * MEGABYTE and send_all(client, piece):
                    sent += len(piece)
                assert sent < 256 * MEGABYTE, "it goes on being read"


def test_extensions_and_trailers_without_end_are_refused(host):
    chunked = head(host, "Transfer-Encoding: chunked")
    with unharmed(host, megabytes=32):
        for first, piece in ((b"1;", b"e" * 65536), (b"1;a=\"", b"\\\"" * 32768), (b"0\r\n", b"T: t\r\n" * 8192),
                             (b"0\r\nT: ", b"t" * 65536), (b"", b"0" * 65536)):
            with connect(host) as client:
                send_all(client, chunked + first)
                sent = 0
                while sent < 64 * MEGABYTE and send_all(client, piece):
                    sent += len(piece)
                assert sent < 64 * MEGABYTE, f"{first + piece[:4]} goes on being read"


def test_a_body_in_the_smallest_chunks_is_a_body(host):
    body = json.dumps({"author": "chunks", "message": "m" * 1500}).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    with connect(host) as client:
        client.sendall(head(host, "Transfer-Encoding: chunked") + chunks)
        assert client.recv(4096).startswith(b"HTTP/1.1 201 ")


# Ends that are none


def test_connections_that_are_reset_in_any_state_leave_nothing(host):
    body_begun = head(host, "Content-Length: 100") + b'{"author": '
    with unharmed(host, megabytes=64):
        for number in range(3000):
            client = connect(host)
            match number % 6:
                case 1: client.sendall(b"GET /api/pi")
                case 2: client.sendall(PING)
                case 3: client.sendall(PING * 50)
                case 4: client.sendall(body_begun)
                case 5:
                    client.sendall(PING)
                    client.recv(10)
            reset(client)


def test_a_client_that_has_said_everything_is_answered(host):
    with unharmed(host, megabytes=32):
        for _ in range(200):
            with connect(host) as client:
                client.sendall(PING * 3)
                client.shutdown(socket.SHUT_WR)
                assert statuses(read_to_end(client)) == [200, 200, 200]
            with connect(host) as client:
                client.sendall(head(host, "Content-Length: 100") + b"{")
                client.shutdown(socket.SHUT_WR)
                assert read_to_end(client) == b""


# Nonsense


TARGETS = [
    "/%", "/%4", "/%zz", "/%%", "/v1/hello/%", "/v1/hello/%G0", "/v1/hello/%00", "/v1/hello/a%00b", "/v1/hello/%c0%af",
    "/v1/hello/%ff%fe", "/v1/hello/%ed%a0%80", "/v1/hello/%e2%82", "/v1/hello/..", "/v1/../v1/hello/x",
    "/../../etc/passwd",
    "/v1/hello/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/v1/hello/..%2f..%2f", "/v1/hello/%252e%252e%252f", "/v1/hello/....//",
    "/v1/hello/..\\..\\", "/v1/hello/%5c..%5c", "//v1/hello/x", "/v1//hello//x", "/v1/./hello/x", "/v1/hello/x/",
    "/v1/hello/x;a=b", "/v1/hello/x?%", "/v1/hello/x?a=%zz", "/v1/hello/x?a=%00", "/v1/hello/x?" + "a&" * 5000,
    "/v1/hello/x?" + "a=1&" * 3000, "/v1/hello/" + "a" * 20_000, "/" + "a/" * 10_000, "/v1/hello/x?=",
    "/v1/hello/x?&&&==&",
    "/v1/hello/%u002e", "/v1/hello/\x7f", "*", "http://", "http://x", "http://[::1", "http://[zz]/",
    "http://x:99999999/",
    "http://x:-1/", "http://%00/", "/v1/entries?limit=99999999999999999999", "/v1/entries?limit=1e400",
    "/v1/entries?limit=-1", "/v1/entries?limit=NaN", "/v1/entries?limit=%2B1", "/v1/entries?limit=1&limit=2",
]


def test_no_target_is_more_than_a_mistake(host):
    key = host.key("authors")
    with unharmed(host, megabytes=32):
        for target in TARGETS:
            for method in ("GET", "POST", "OPTIONS", "X" * 40):
                with connect(host) as client:
                    client.sendall(f"{method} {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
                                   "Connection: close\r\n\r\n".encode("latin-1"))
                    status = int(read_to_end(client)[9:12])
                    assert 200 <= status < 500, (method, target[:80], status)
                    assert b"root:" not in read_to_end(client)


def test_no_control_byte_gets_into_a_head(host):
    for byte in [*range(0x20), 0x7f]:
        if byte in (9, 10, 13):
            continue
        for text in (b"GET /api/p%cng HTTP/1.1\r\nHost: x\r\n\r\n", b"G%cT /api/ping HTTP/1.1\r\nHost: x\r\n\r\n",
                     b"GET /api/ping HTTP/1.1\r\nHost: x\r\nA: b%cc\r\n\r\n",
                     b"GET /api/ping HTTP/1.1\r\nHost: x\r\nA%c: b\r\n\r\n",
                     b"GET /api/ping HTTP/1.%c\r\nHost: x\r\n\r\n"):
            with connect(host) as client:
                client.sendall(text % byte)
                client.shutdown(socket.SHUT_WR)
                assert read_to_end(client)[9:12] == b"400", (byte, text)


BODIES = {
    "deep arrays": b"[" * 500_000, "deep objects": b'{"a":' * 200_000, "closed deep arrays": b"[" * 9000 + b"]" * 9000,
    "a long number": b'{"author": 1' + b"0" * 100_000 + b"}", "a huge exponent": b'{"author": 1e999999999}',
    "a long string": b'{"author": "' + b"a" * 900_000 + b'"}', "many members": b"{" + b'"a":1,' * 100_000 + b'"b":1}',
    "one name a thousand times": b"{" + b'"author":"x",' * 1000 + b'"message":"y"}',
    "a lonely surrogate": b'{"author": "\\ud800", "message": "x"}',
    "no utf-8": b'{"author": "\xff\xfe", "message": "x"}',
    "a nul": b'{"author": "a\\u0000b", "message": "x"}',
    "a byte order mark": b'\xef\xbb\xbf{"author": "a", "message": "x"}',
    "nothing": b"", "spaces": b" " * 500_000, "two values": b"{} {}", "a comment": b'{"author": /**/ "x"}',
    "nan": b'{"author": NaN}', "a cut": b'{"author": "x", "mess',
}


@pytest.mark.parametrize("name", BODIES)
def test_no_body_is_more_than_a_mistake(host, name):
    with unharmed(host, megabytes=64):
        answers = [host.call("POST", "/v1/entries", BODIES[name], key=host.key("authors"),
                             headers={"Content-Type": "application/json"}) for _ in range(5)]
        assert {answer.status for answer in answers} <= {201, 400, 413, 422}, answers[0].body[:200]


@pytest.mark.parametrize("content_type", [
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "b" * 8000,
    "multipart/form-data; boundary=x; boundary=y", 'multipart/form-data; boundary="', "multipart/mixed; boundary=x",
    "application/x-www-form-urlencoded", "text/plain", "application/json; charset=utf-16",
    "application/json, text/plain",
    "a" * 8000, "/", ";", "application/", "application/xml", "application/json;" * 500])
def test_no_content_type_is_more_than_a_mistake(host, content_type):
    body = (b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" * 2000) + b"--x--"
    answer = host.call("POST", "/v1/entries", body, key=host.key("authors"), headers={"Content-Type": content_type})
    assert answer.status in (400, 415, 422), answer.body[:200]


def test_a_host_without_descriptors_goes_on_and_does_not_spin(own_host):
    own_host.start(before=["prlimit", "--nofile=250:250"])
    with connect(own_host) as regular:
        regular.sendall(PING)
        assert regular.recv(4096).startswith(b"HTTP/1.1 200 ")
        others = [connect(own_host) for _ in range(300)]
        others[0].sendall(PING)
        assert others[0].recv(4096).startswith(b"HTTP/1.1 200 ")
        begun = processor_seconds(own_host)
        time.sleep(1)
        assert processor_seconds(own_host) - begun < 0.3
        regular.sendall(PING)
        assert regular.recv(4096).startswith(b"HTTP/1.1 200 "), "those that are connected are served"
        for client in others:
            client.close()
        eventually(lambda: own_host.call("GET", "/api/ping").status == 200)


def processor_seconds(host):
    with open(f"/proc/{host.process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
