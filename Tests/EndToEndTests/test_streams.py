"""Bodies as streams through the real host: large both ways, slow clients, clients that leave, late answers."""

import contextlib
import hashlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import pytest

from conftest import GANTRY, ROOT, Host, eventually

DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: rivers
event-loops: 2
tenants:
  - id: rivers
    modules: {{streams: {{}}}}
"""


def bundle(folder):
    """Builds the module of this folder and its bundle."""
    source = ROOT / "Tests/EndToEndTests/modules/streams"
    library = folder + "/libstreams.so"
    subprocess.run(
        ["cc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden",
         "-I", ROOT / "PluginAPI/C/include", f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o", library,
         source / "streams.c"], check=True)
    subprocess.run(
        [GANTRY, "bundle", "build", "--manifest", source / "bundle", "--library", library,
         "--output", folder + "/bundles"], check=True)
    return folder + "/bundles"


@pytest.fixture(scope="module")
def host():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=bundle(folder))).start()
    yield running
    running.stop()
    shutil.rmtree(folder)


def memory(host):
    """Resident bytes of the host."""
    with open(f"/proc/{host.process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_many_lines_arrive_whole_and_in_order(host):
    answer = host.call("GET", "/v1/count/300000")
    assert answer.status == 200 and answer.headers["transfer-encoding"] == "chunked"
    assert answer.body == b"".join(b"%d\n" % number for number in range(300000))
    assert host.call("GET", "/v1/count/0").body == b""
    assert host.call("HEAD", "/v1/count/5").status in (200, 404, 405)


def test_a_slow_reader_costs_no_memory_and_gets_everything(host):
    before = memory(host)
    with socket.create_connection(("127.0.0.1", host.port)) as client:
        client.sendall(b"GET /v1/count/5000000 HTTP/1.1\r\nHost: rivers\r\nConnection: close\r\n\r\n")
        time.sleep(1)
        assert memory(host) - before < 24 << 20, "39 MB of lines wait in memory for a client that does not read"
        received = 0
        digest = b""
        while part := client.recv(1 << 16):
            received += len(part)
            digest = (digest + part)[-32:]
    assert received > sum(len(str(number)) + 1 for number in (9, 99)) and digest.endswith(b"4999999\n\r\n0\r\n\r\n")


def test_an_echo_of_any_size_comes_back(host):
    for size in (1, 8192, 3 << 20):
        body = os.urandom(size)
        answer = host.call("POST", "/v1/echo", body, headers={"Content-Type": "application/octet-stream"})
        assert answer.status == 200 and hashlib.sha256(answer.body).digest() == hashlib.sha256(body).digest()
    assert host.call("POST", "/v1/echo", b"").body == b""


def test_an_upload_is_measured_as_it_comes_and_bounded(host):
    assert host.call("POST", "/v1/measure", b"x" * (9 << 20)).body == str(9 << 20).encode()

    def parts():
        for _ in range(40):
            yield b"y" * 100_000

    assert host.call("POST", "/v1/measure", None).body == b"0"
    own = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
    own.request("POST", "/v1/measure", body=parts(), encode_chunked=True,
                headers={"Transfer-Encoding": "chunked"})
    assert own.getresponse().read() == b"4000000"
    own.close()
    with socket.create_connection(("127.0.0.1", host.port)) as client:
        client.sendall(b"POST /v1/measure HTTP/1.1\r\nHost: rivers\r\nContent-Length: 16777217\r\n\r\n")
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 413 ")


def test_answers_that_come_later_hold_no_thread(host):
    """More of them at once than there are threads for blocking work."""
    answers = []

    def ask():
        answers.append(host.call("GET", "/v1/later/500").body)

    begin = time.monotonic()
    threads = [threading.Thread(target=ask) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"later"] * 100
    assert time.monotonic() - begin < 10


def test_a_module_learns_that_its_client_has_left(host):
    clients = []
    for _ in range(5):
        client = socket.create_connection(("127.0.0.1", host.port))
        client.sendall(b"GET /v1/open HTTP/1.1\r\nHost: rivers\r\n\r\n")
        assert b"200 OK" in client.recv(1 << 16)
        clients.append(client)
    assert host.call("GET", "/v1/watched").body == b"5"
    for client in clients:
        client.close()
    eventually(lambda: host.call("GET", "/v1/watched").body == b"0")


def test_the_end_of_the_host_ends_events_and_breaks_off_what_is_not_whole():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    own = Host(folder, "drain: 2\n" + DEPLOYMENT.format(bundles=bundle(folder))).start()
    try:
        with socket.create_connection(("127.0.0.1", own.port)) as events, \
                socket.create_connection(("127.0.0.1", own.port)) as lines:
            events.sendall(b"GET /v1/open HTTP/1.1\r\nHost: rivers\r\n\r\n")
            assert b"200 OK" in events.recv(1 << 16)
            lines.sendall(b"GET /v1/count/5000000 HTTP/1.1\r\nHost: rivers\r\n\r\n")
            assert b"200 OK" in lines.recv(100)
            begun = time.monotonic()
            own.process.send_signal(signal.SIGTERM)
            # Clients of events come back by themselves, so they are let go in order and at once.
            assert read_to_end(events).endswith(b"0\r\n\r\n") and time.monotonic() - begun < 1.5
            assert own.process.wait(20) == 0
            assert not read_to_end(lines).endswith(b"0\r\n\r\n"), "what was broken off looks whole"
    finally:
        own.stop()
        shutil.rmtree(folder)


def read_to_end(client):
    rest = b""
    with contextlib.suppress(ConnectionError):
        while part := client.recv(1 << 16):
            rest += part
    return rest
