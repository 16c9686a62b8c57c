"""Handlers that await, through the real host: the module of the kit's own tests, all on the host's threads."""

import concurrent.futures
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time

import pytest

from conftest import GANTRY, IN_PROCESS, PRODUCTS, ROOT, Host, eventually

DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: clinic
event-loops: 2
tenants:
  - id: clinic
    modules: {{patient: {{}}}}
"""


@pytest.fixture(scope="module")
def host():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    subprocess.run(
        [GANTRY, "bundle", "build", "--manifest", ROOT / "Tests/EndToEndTests/modules/patient/bundle", "--library",
         PRODUCTS / "libpatient.so", "--output", folder + "/bundles"], check=True)
    running = Host(folder, DEPLOYMENT.format(bundles=folder + "/bundles")).start()
    yield running
    running.stop()
    shutil.rmtree(folder)


def threads(host):
    """The names of the host's threads; one that the language's runtime starts is called like the program."""
    names = []
    for number in os.listdir(f"/proc/{host.process.pid}/task"):
        with open(f"/proc/{host.process.pid}/task/{number}/comm") as name:
            names.append(name.read().strip())
    return sorted(names)


def test_what_is_sent_comes_back(host):
    answer = host.call("POST", "/v1/echo/one?q=two", {"name": "zoë"})
    assert answer.status == 200 and answer.json == {"name": "zoë", "first": "one", "q": "two"}


def test_what_is_thrown_later_is_the_answer(host):
    answer = host.call("GET", "/v1/missing")
    assert answer.status == 404 and answer.json["error"]["details"]["reason"] == "not_found"
    assert host.call("GET", "/v1/broken").status == 500


def test_transactions_are_awaited_and_refused_as_ever(host):
    assert host.call("POST", "/v1/things/a").json == [1, 1]
    # The module's own event brings a second row by an asynchronous subscription.
    eventually(lambda: host.call("POST", "/v1/things/b").json[1] > 3)
    assert host.call("GET", "/v1/refused").body.startswith(b"denied: ")


@IN_PROCESS
def test_two_hundred_sleepers_need_no_thread_of_their_own(host):
    host.call("POST", "/v1/echo/one", {})
    before = threads(host)
    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        begin = time.monotonic()
        answers = list(pool.map(lambda _: host.call("GET", "/v1/span"), range(200)))
    assert all(answer.status == 200 for answer in answers)
    # Each sleeps for a second; one after the other on two cores they would take minutes.
    assert time.monotonic() - begin < 30
    assert threads(host).count("gantry") == before.count("gantry")
    assert len(threads(host)) - len(before) < 8


def test_streams_come_piece_by_piece(host):
    answer = host.call("GET", "/v1/export")
    assert answer.body == b"page 0\npage 1\npage 2\n" and answer.headers["transfer-encoding"] == "chunked"
    assert host.call("GET", "/v1/sync-export").body == answer.body
    assert host.call("GET", "/v1/tick").body == b"event: tick\nid: 1\ndata: a\ndata: b\n\n"
    answer = host.call("GET", "/v1/none")
    assert answer.status == 409 and answer.json["error"]["details"]["reason"] == "not_ready"


@pytest.mark.parametrize("path", ["/v1/upload", "/v1/sync-upload"])
def test_bodies_are_read_as_they_arrive(host, path):
    answer = host.call("POST", path, body=b"x" * 100_000, headers={"Content-Type": "application/octet-stream"})
    assert answer.body == b"100000"


def test_a_handler_whose_client_left_is_cancelled(host):
    with socket.create_connection(("127.0.0.1", host.port)) as client:
        client.sendall(b"GET /v1/endless/0 HTTP/1.1\r\nHost: x\r\n\r\n")
        eventually(lambda: host.call("GET", "/v1/started").body == b"1")
        # Mere silence might be a client that sends no more and still reads.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    eventually(lambda: host.call("GET", "/v1/cancellations/0").body == b"1")
