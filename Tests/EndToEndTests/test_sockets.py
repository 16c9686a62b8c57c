"""WebSockets from outside: openings and how they are refused, messages, ends, slow and silent clients, two tenants."""

import asyncio
import base64
import concurrent.futures
import contextlib
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

import pytest
from websockets.asyncio.client import connect as connect_later
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from conftest import GANTRY, PRODUCTS, ROOT, Host, eventually

DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: harbor
log: {{level: info, requests: all}}
event-loops: 2
tenants:
  - id: harbor
    modules: {{switchboard: {{}}}}
  - id: linden
    hosts: [linden.localhost]
    modules:
      switchboard:
        configuration: {{allowedOrigins: "https://app.example, https://other.example/", mostConnections: 3}}
"""


def bundle(folder):
    """Builds the module's bundle; gives the folder of bundles."""
    subprocess.run(
        [GANTRY, "bundle", "build", "--manifest", ROOT / "Tests/EndToEndTests/modules/switchboard/bundle", "--library",
         PRODUCTS / "libswitchboard.so", "--output", folder + "/bundles"], check=True)
    return folder + "/bundles"


@pytest.fixture(scope="module")
def host():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=bundle(folder))).start()
    yield running
    running.stop()
    shutil.rmtree(folder)


def url(host, path):
    return f"ws://127.0.0.1:{host.port}{path}"


def opened(host, path, **options):
    """A connection, by the stock client; compression only where it is asked for."""
    return connect(url(host, path), compression=options.pop("compression", None), **options)


def end(connection):
    """Reads to the end: the close code and reason."""
    try:
        while True:
            connection.recv(timeout=10)
    except ConnectionClosed as closed:
        return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


HANDSHAKE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode()}


def raw(host, path, **headers):
    """An opening by hand: the socket and what was answered."""
    client = socket.create_connection(("127.0.0.1", host.port), timeout=10)
    lines = {"Host": "harbor.localhost", **HANDSHAKE, **headers}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    client.sendall(f"GET {path} HTTP/1.1\r\n{text}\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = client.recv(1)
        if not piece:
            break
        answer += piece
    return client, answer.decode()


def frame(first, payload=b""):
    """A short masked frame."""
    return bytes([first, 0x80 | len(payload), 0, 0, 0, 0]) + payload


def received(client, count):
    data = b""
    while len(data) < count:
        piece = client.recv(count - len(data))
        if not piece:
            break
        data += piece
    return data


@pytest.mark.parametrize("path", ["/v1/echo", "/v1/echo-waiting", "/v1/echo-later", "/v1/echo-folded"])
def test_what_is_sent_comes_back(host, path):
    with opened(host, path, max_size=None) as client:
        for message in ["", "zoë 𐍈", b"", bytes(range(256)), "x" * 20_000]:
            client.send(message)
            assert client.recv(timeout=10) == message
        client.send(["in ", "three ", "pieces"])
        assert client.recv(timeout=10) == "in three pieces"
        client.ping().wait(10)
        for number in range(300):
            client.send(str(number))
        assert [client.recv(timeout=10) for _ in range(300)] == [str(number) for number in range(300)]


def test_large_messages(host):
    message = os.urandom(3 << 20)
    with opened(host, "/v1/echo", max_size=None) as client:
        client.send(message)
        assert client.recv(timeout=20) == message
    with opened(host, "/v1/echo-waiting") as client:
        client.send("x" * 32_769)
        assert end(client) == (1009, "message too big")


def test_compression_where_the_route_asks_for_it(host):
    with opened(host, "/v1/echo-folded", compression="deflate", max_size=None) as client:
        assert "permessage-deflate" in client.response.headers["Sec-WebSocket-Extensions"]
        for message in ["a" * 100_000, os.urandom(50_000), "short", "a" * 100_000]:
            client.send(message)
            assert client.recv(timeout=10) == message
    with opened(host, "/v1/echo", compression="deflate") as client:
        assert "Sec-WebSocket-Extensions" not in client.response.headers
    with opened(host, "/v1/echo-waiting", compression="deflate") as client:
        assert "server_no_context_takeover" in client.response.headers["Sec-WebSocket-Extensions"]
        client.send("a" * 10_000)
        assert client.recv(timeout=10) == "a" * 10_000


def test_what_is_no_opening_is_refused_with_the_right_status(host):
    for headers in ({}, {"Upgrade": "h2c", "Connection": "Upgrade"}, {**HANDSHAKE, "Sec-WebSocket-Version": "8"}):
        answer = host.call("GET", "/v1/echo", headers=headers)
        assert answer.status == 426 and answer.headers["sec-websocket-version"] == "13"
        assert answer.headers["upgrade"] == "websocket" and answer.reason == "upgrade_required"
    for key in (None, "", "short", "x" * 24, base64.b64encode(bytes(17)).decode()):
        client, answer = raw(host, "/v1/echo", **{"Sec-WebSocket-Key": key})
        client.close()
        assert answer.startswith("HTTP/1.1 400 "), key
    assert host.call("POST", "/v1/echo", headers=HANDSHAKE).status == 405
    # The platform's own contract has 400 for all of them.
    assert host.call("GET", "/v1/room", headers={**HANDSHAKE, "Sec-WebSocket-Version": "8"}).status == 400
    assert host.call("GET", "/v1/echo-nowhere", headers=HANDSHAKE).status == 404


def test_an_opening_as_browsers_write_it(host):
    client, answer = raw(
        host, "/v1/echo", Origin="https://app.example", Connection="keep-alive, Upgrade", Pragma="no-cache",
        **{"Cache-Control": "no-cache", "User-Agent": "Mozilla/5.0", "Accept-Encoding": "gzip, deflate, br",
           "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"})
    assert answer.startswith("HTTP/1.1 101 ") and "sec-websocket-extensions" not in answer.lower()
    assert "Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n" in answer
    # Frames that come with the opening itself are read after it.
    client.sendall(frame(0x81, b"hello"))
    assert received(client, 7) == b"\x81\x05hello"
    client.close()


def test_origins_are_the_tenants_to_name(host):
    with opened(host, "/v1/echo", origin="https://evil.example") as client:
        client.send("harbor names none")
        assert client.recv(timeout=10) == "harbor names none"
    token = host.token("linden")
    for origin, status in (("https://app.example", 101), ("https://other.example", 101), ("https://evil.example", 403)):
        client, answer = raw(host, f"/v1/room?token={token}", Host="linden.localhost", Origin=origin)
        client.close()
        assert answer.startswith(f"HTTP/1.1 {status} "), answer


def test_who_calls_is_said_in_the_query_and_refusals_after_the_upgrade(host):
    token, foreign = host.token("harbor", user="ada"), host.token("linden", user="eve")
    with opened(host, f"/v1/room?token={token}&colour=red") as client:
        assert client.recv(timeout=10).startswith("connected ada ")
    with opened(host, f"/v1/room?colour=red&token={token}", additional_headers={"Authorization": "Bearer x"}) as client:
        assert client.recv(timeout=10).endswith("[colour=red]")
    for query in ("", "?token=", "?token=nonsense", f"?token={token[:-2]}xx"):
        with opened(host, "/v1/room" + query) as client:
            assert end(client) == (4401, "authentication"), query
    with opened(host, "/v1/room", additional_headers={"Authorization": f"Bearer {token}"}) as client:
        assert end(client) == (4401, "authentication")
    with opened(host, f"/v1/room?token={foreign}", additional_headers={"X-Tenant-Id": "harbor"}) as client:
        assert end(client) == (4403, "tenant")
    # The token alone names the tenant, as on every route.
    with opened(host, f"/v1/room?token={foreign}") as client:
        assert client.recv(timeout=10).startswith("connected eve ")
    # A token in the query is none where the route does not say so.
    with opened(host, f"/v1/echo?token={foreign}") as client:
        client.send("still harbor's")
        assert client.recv(timeout=10) == "still harbor's"
    log = host.log.read_text()
    assert token not in log and foreign not in log and "token=" not in log


def test_no_socket_outlives_its_credential(host):
    made = host.administration("key", "create", "--tenant", "harbor")
    host.administration("key", "rotate", made["id"], "--tenant", "harbor", "--overlap", "2")
    with opened(host, f"/v1/room?token={made['key']}") as client:
        assert client.recv(timeout=10).startswith("connected ")
        assert end(client) == (4401, "authentication")


def test_refusals_of_the_handler_and_of_the_limit(host):
    with opened(host, "/v1/refuse/403") as client:
        assert end(client) == (4403, "")
    with pytest.raises(InvalidStatus) as refused, opened(host, "/v1/refuse/404"):
        pass
    assert refused.value.response.status_code == 404
    token = host.token("harbor", user="greedy")
    statuses = []
    for _ in range(25):
        client, answer = raw(host, f"/v1/limited?token={token}")
        client.close()
        statuses.append(int(answer.split()[1]))
    assert statuses.count(101) == 20 and statuses[-1] == 429 and "Retry-After: " in answer


def test_how_a_module_ends_a_socket(host):
    token = host.token("harbor", user="ada")
    for message, expected in (("bye", (4400, "too many faults")), ("fail", (1011, "internal error")),
                              (b"bytes", (1003, "text only"))):
        with opened(host, f"/v1/room?token={token}") as client:
            client.recv(timeout=10)
            client.send(message)
            assert end(client) == expected


def test_protocol_violations_end_the_connection(host):
    for sent, code in ((b"\x81\x01x", 1002), (frame(0x83), 1002), (frame(0xC1, b"x"), 1002), (frame(0x80), 1002),
                       (frame(0x81, b"\xff"), 1007), (frame(0x88, b"\x03\xed"), 1002)):
        client, answer = raw(host, "/v1/echo")
        assert answer.startswith("HTTP/1.1 101 ")
        client.sendall(sent)
        head = received(client, 4)
        assert head[0] == 0x88 and struct.unpack(">H", head[2:4])[0] == code, sent
        received(client, head[1] - 2)
        assert client.recv(1) == b""
        client.close()


def test_a_client_that_answers_no_ping_is_let_go(host):
    client, _ = raw(host, "/v1/echo-waiting")
    begin = time.monotonic()
    assert received(client, 2)[0] == 0x89
    received(client, 4)
    head = received(client, 4)
    assert head[0] == 0x88 and struct.unpack(">H", head[2:4])[0] == 4408
    assert received(client, head[1] - 2) == b"heartbeat"
    # Nor does it answer the closing frame: after the time for that the connection is dropped.
    assert client.recv(1) == b"" and 0.6 < time.monotonic() - begin < 5
    client.close()
    with opened(host, "/v1/echo-waiting") as client:
        time.sleep(1)
        client.send("still here")
        assert client.recv(timeout=10) == "still here"


def test_a_client_that_reads_too_slowly_is_closed(host):
    before = host.call("GET", "/v1/ends").json
    client, _ = raw(host, "/v1/flood")
    client.sendall(frame(0x81, b"go"))
    ends = eventually(lambda: [e for e in host.call("GET", "/v1/ends").json[len(before):]])
    assert ends == ["4410 slow consumer"]
    client.close()
    # Where sending waits, everything arrives.
    with opened(host, "/v1/flood-later", max_size=None) as client:
        client.send("go")
        assert sum(1 for _ in iter(lambda: client.recv(timeout=20), "done")) == 500


def test_a_client_that_is_gone(host):
    token = host.token("harbor", user="ada")
    client, _ = raw(host, f"/v1/room?token={token}")
    received(client, 20)
    before = len(host.call("GET", "/v1/ends").json)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    eventually(lambda: host.call("GET", "/v1/ends").json[before:] == ["1006 "])


def test_sockets_belong_to_one_tenants_instance(host):
    ada, eve = host.token("harbor", user="ada"), host.token("linden", user="eve")
    with opened(host, f"/v1/room?token={ada}") as harbor, opened(host, f"/v1/room?token={eve}") as linden:
        number = harbor.recv(timeout=10).split()[2]
        linden.recv(timeout=10)
        assert host.call("POST", f"/v1/say/{number}", key=ada).body == b"sent"
        assert host.call("POST", f"/v1/say/{number}", key=eve).body == b"stale"
        harbor.send("only here")
        assert harbor.recv(timeout=10) == "from another call" and harbor.recv(timeout=10) == "ada: only here"
        linden.send("only there")
        assert linden.recv(timeout=10) == "eve: only there"
        assert host.call("POST", "/v1/close", key=eve).body == b"1"
        assert end(linden) == (4001, "moved")
        harbor.send("still open")
        assert harbor.recv(timeout=10) == "ada: still open"


def test_subprotocols_and_what_a_handler_may_use(host):
    with opened(host, "/v1/subprotocol", subprotocols=["first", "second.v1"]) as client:
        assert client.subprotocol == "second.v1"
    with opened(host, "/v1/number") as client:
        client.send("one")
        first = int(client.recv(timeout=10).split()[1])
        client.send("two")
        assert client.recv(timeout=10) == f"two {first + 1}"


def test_the_number_of_connections_is_limited(host):
    eve = {"X-Tenant-Id": "linden"}
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(opened(host, "/v1/echo-later", additional_headers=eve)) for _ in range(3)]
        with pytest.raises(InvalidStatus) as refused, opened(host, "/v1/echo-later", additional_headers=eve):
            pass
        assert refused.value.response.status_code == 503
        clients[0].close()

        def another():
            try:
                with opened(host, "/v1/echo-later", additional_headers=eve) as client:
                    client.send("in")
                    return client.recv(timeout=10)
            except InvalidStatus:
                return None
        assert eventually(another) == "in"


def test_a_thousand_idle_sockets(host):
    def gauge():
        exposition = host.call("GET", "/api/v1/public/metrics").body
        return int(re.search(rb"\nwebsocket_connections (\d+)", exposition).group(1))

    def resident():
        with open(f"/proc/{host.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * 4096

    async def crowd():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(connect_later(url(host, "/v1/echo"), compression=None).__aenter__())
                     for _ in range(1000)]
        clients = [task.result() for task in tasks]
        grown = resident() - before
        assert gauge() >= 1000
        await asyncio.gather(*(client.send("all at once") for client in clients))
        answers = await asyncio.gather(*(client.recv() for client in clients))
        await asyncio.gather(*(client.close() for client in clients))
        return grown, answers

    others, before = gauge(), resident()
    grown, answers = asyncio.run(crowd())
    assert answers == ["all at once"] * 1000
    assert grown < 64 << 20, f"{grown // 1000} bytes for each"
    eventually(lambda: gauge() <= others)


def test_what_stops_closes_its_sockets_with_a_word(host):
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    own = Host(folder, DEPLOYMENT.format(bundles=bundle(folder))).start()
    paths = ("/v1/echo", "/v1/echo-waiting", "/v1/echo-later")
    try:
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(opened(own, path)) for path in paths]
            own.cli("module", "disable", "switchboard", "--tenant", "harbor", "--data", str(own.data))
            assert [end(client) for client in clients] == [(1001, "shutdown")] * 3
        linden = {"X-Tenant-Id": "linden"}
        with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(1) as pool:
            clients = [stack.enter_context(opened(own, path, additional_headers=linden)) for path in paths]
            stopping = pool.submit(own.stop)
            assert [end(client) for client in clients] == [(1001, "shutdown")] * 3
            assert stopping.result() == 0
    finally:
        own.stop()
        shutil.rmtree(folder)
