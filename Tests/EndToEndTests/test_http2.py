"""HTTP/2 as proper clients speak it: requests, bodies with flow control, streams, limits, and the end of the host."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

import pytest

from conftest import Host, eventually
from http2_client import HEADERS, Client, RawFrames, has
from test_streams import DEPLOYMENT, bundle, memory

# The module's contract does not say what its streams hold.
UNCHECKED = {"ENVIRONMENT": "production"}


@pytest.fixture(scope="module")
def host():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    text = DEPLOYMENT.format(bundles=bundle(folder)) + "limits: {default: 1000000/minute}\n"
    running = Host(folder, text).start(UNCHECKED)
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture
def client(host):
    own = Client(host.port)
    yield own
    own.close()


def curl(*arguments):
    done = subprocess.run(["curl", "-s", "-S", "--max-time", "20", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_gets_the_same_answer_by_both_protocols(host):
    url = f"http://127.0.0.1:{host.port}/v1/count/3"
    assert curl("--http2-prior-knowledge", "-w", " %{http_version} %{http_code}", url) == "0\n1\n2\n 2 200"
    assert curl("--http1.1", "-w", " %{http_version} %{http_code}", url) == "0\n1\n2\n 1.1 200"
    # An upgrade from HTTP/1 is not offered any more (RFC 9113); the request is answered where it came.
    assert curl("--http2", "-w", " %{http_version} %{http_code}", url).endswith(" 1.1 200")


def test_headers_and_failures_are_those_of_http_1(host, client):
    answer = client.call("/v1/nothing-here")
    same = host.call("GET", "/v1/nothing-here")
    assert answer.status == same.status == 404
    varying = {"date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset", "content-length", ":status"}
    names = {name for name in answer.headers if name not in varying}
    assert names == {name for name in same.headers if name not in varying}
    assert json.loads(answer.body)["error"]["code"] == same.json["error"]["code"]
    assert answer.headers["content-length"] == str(len(answer.body))


def test_a_head_has_no_body(client):
    answer = client.call("/api/v1/public/health/ready", "HEAD")
    assert answer.status in (200, 204) and answer.body == b""


def test_many_requests_share_a_connection(client):
    streams = [client.request(f"/v1/count/{number}") for number in range(90)]
    for number, stream in enumerate(streams):
        assert client.response(stream).body == b"".join(b"%d\n" % line for line in range(number))


def test_bodies_of_any_size_come_back(client):
    for size in (0, 1, 70_000, 3 << 20):
        body = os.urandom(size)
        answer = client.call("/v1/echo", "POST", body, [("content-type", "application/octet-stream")])
        assert answer.status == 200 and hashlib.sha256(answer.body).digest() == hashlib.sha256(body).digest()


def test_a_body_that_nobody_reads_stops_its_sender_and_no_other(host):
    client = Client(host.port, window=1000, reads=False)
    stream = client.request("/v1/echo", "POST", ends=False)
    sent = 0
    client.socket.settimeout(1)
    while sent < 8 << 20:
        room = min(client.h2.local_flow_control_window(stream), 16384)
        if room <= 0:
            try:
                client.receive()
            except TimeoutError:
                break
            continue
        client.h2.send_data(stream, b"x" * room)
        client.flush()
        sent += room
    assert 60_000 < sent < 2 << 20, "what nobody reads is taken nevertheless"
    assert client.call("/v1/nothing-here").status == 404
    other = Client(host.port)
    assert other.call("/v1/measure", "POST", b"z" * (1 << 20)).body == str(1 << 20).encode()
    other.close()
    client.close()


def test_a_reader_that_is_slow_costs_no_memory(host):
    before = memory(host)
    client = Client(host.port, reads=False)
    stream = client.request("/v1/count/2000000")
    client.socket.settimeout(1)
    with pytest.raises(TimeoutError):
        while client.receive():
            pass
    assert memory(host) - before < 10 << 20
    answer = client.responses[stream]
    assert 0 < len(answer.body) <= 65_535 and not answer.is_whole
    client.reads = True
    client.socket.settimeout(20)
    client.h2.acknowledge_received_data(len(answer.body), stream)
    client.flush()
    assert client.response(stream).body.endswith(b"1999999\n")
    client.close()


def test_too_large_a_body_is_413_and_the_connection_goes_on(client):
    announced = client.request("/v1/measure", "POST", more=[("content-length", str((16 << 20) + 1))], ends=False)
    assert client.response(announced).status == 413
    assert client.call("/v1/count/1").body == b"0\n"


def test_whoever_asks_first_is_told_to_go_on(client):
    stream = client.request(
        "/v1/measure", "POST", more=[("expect", "100-continue"), ("content-length", "5")], ends=False)
    told = []
    take = client.take
    client.take = lambda event: (told.append(type(event).__name__), take(event))
    while "InformationalResponseReceived" not in told:
        assert client.receive()
    client.send(stream, b"12345")
    assert client.response(stream).body == b"5"


def test_trailers_are_passed_over(client):
    stream = client.request("/v1/measure", "POST", ends=False)
    client.send(stream, b"abc", ends=False)
    client.h2.send_headers(stream, [("x-sum", "1")], end_stream=True)
    client.flush()
    assert client.response(stream).body == b"3"


@pytest.mark.parametrize("more, status", [
    ([("host", "other")], 400),
    ([("host", "rivers")], 200),
    ([("x-large", "v" * 40_000)], 431),
    ([(f"x-{number}", "v") for number in range(120)], 431),
    ([("cookie", "a=1"), ("cookie", "b=2")], 200),
])
def test_heads_are_judged_as_in_http_1(client, more, status):
    client.call("/v1/count/1")
    assert client.call("/v1/count/1", more=more).status == status
    assert client.call("/v1/count/1").status == 200


def test_a_module_learns_that_a_stream_was_reset(host, client):
    streams = [client.request("/v1/open") for _ in range(4)]
    eventually(lambda: host.call("GET", "/v1/watched").body == b"4")
    for stream in streams:
        client.h2.reset_stream(stream, 8)
    client.flush()
    eventually(lambda: host.call("GET", "/v1/watched").body == b"0")
    assert client.call("/v1/count/1").body == b"0\n"


def test_a_thousand_answers_that_come_later(host):
    assert "1000 succeeded" in subprocess.run(
        ["h2load", "-n1000", "-c4", "-m90", f"http://127.0.0.1:{host.port}/v1/later/20"],
        capture_output=True, text=True, check=True).stdout


def test_the_end_lets_streams_finish_and_takes_no_more():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    own = Host(folder, DEPLOYMENT.format(bundles=bundle(folder))).start(UNCHECKED)
    try:
        # `h2` takes nothing after the announcement of an end, which is not how the standard means it; curl does.
        answers = []
        later = threading.Thread(target=lambda: answers.append(curl(
            "--http2-prior-knowledge", f"http://127.0.0.1:{own.port}/v1/later/1500")))
        later.start()
        idle = RawFrames(own.port)
        idle.send(idle.head(1, path="/v1/count/1"))
        idle.frames(until=lambda found: has(found, HEADERS, 1))
        time.sleep(0.3)
        begin = time.monotonic()
        end = threading.Thread(target=own.stop)
        end.start()
        assert idle.end() == 0
        later.join()
        assert answers == ["later"]
        end.join()
        assert time.monotonic() - begin < 9
        assert own.process.returncode == 0
    finally:
        own.stop()
        shutil.rmtree(folder)
