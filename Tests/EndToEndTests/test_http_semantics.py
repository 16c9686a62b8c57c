"""What stock clients see of compression, conditions, other origins and methods."""

import gzip
import http.client
import shutil
import socket
import subprocess
import tempfile
import time
import zlib

import pytest

from conftest import Host, eventually
from test_streams import bundle

DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: rivers
event-loops: 2
tenants:
  - id: rivers
    modules: {{streams: {{}}}}
"""


@pytest.fixture(scope="module")
def host():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=bundle(folder)))
    running.start(environment={
        "CORS_ALLOWED_ORIGINS": "https://app.example, https://other.example:8443", "API_V1_DEPRECATED": "true",
        "API_V1_SUNSET": "2026-12-31T23:59:59Z", "API_V1_DEPRECATION_NOTICE": "Move to v2.",
        "ENVIRONMENT": "production"})
    yield running
    running.stop()
    shutil.rmtree(folder)


def curl(host, path, *arguments):
    """The answer's headers and body as curl has them."""
    done = subprocess.run(
        ["curl", "-s", "-D", "/dev/stderr", *arguments, f"http://127.0.0.1:{host.port}{path}"], capture_output=True,
        timeout=30, check=True)
    lines = done.stderr.decode().split("\r\n")
    return [line.lower() for line in lines], done.stdout


def test_curl_undoes_what_the_host_compresses(host):
    plain, expected = curl(host, "/openapi.json")
    coded, body = curl(host, "/openapi.json", "--compressed")
    assert "content-encoding: gzip" in coded and body == expected
    assert "content-encoding: gzip" not in plain and "vary: accept-encoding" in plain
    head, nothing = curl(host, "/openapi.json", "-I", "-H", "Accept-Encoding: gzip")
    assert [line for line in head if line.startswith("content-length")] == [
        line for line in coded if line.startswith("content-length")]
    refused, _ = curl(host, "/openapi.json", "-H", "Accept-Encoding: gzip;q=0, identity")
    assert not any(line.startswith("content-encoding") for line in refused)


def test_a_stream_is_compressed_piece_by_piece(host):
    answer = host.call("GET", "/v1/count/300000", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip" and answer.headers["transfer-encoding"] == "chunked"
    assert gzip.decompress(answer.body) == b"".join(b"%d\n" % number for number in range(300000))
    empty = host.call("GET", "/v1/count/0", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(empty.body) == b""


def test_an_event_is_not_held_back(host):
    own = http.client.HTTPConnection("127.0.0.1", host.port, timeout=10)
    own.request("GET", "/v1/open", headers={"Accept-Encoding": "gzip"})
    answer = own.getresponse()
    decoder = zlib.decompressobj(wbits=31)
    text = b""
    while not text.endswith(b"\n\n"):
        text += decoder.decompress(answer.read1(1000))
    assert text == b"data: open\n\n"
    own.close()
    answer.close()
    eventually(lambda: host.call("GET", "/v1/watched").body == b"0")


def test_a_slow_client_of_a_compressed_stream_holds_nothing_up(host):
    with socket.create_connection(("127.0.0.1", host.port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        client.sendall(b"GET /v1/count/1000000 HTTP/1.1\r\nHost: rivers\r\nAccept-Encoding: gzip\r\n"
                       b"Connection: close\r\n\r\n")
        # It does not read: what the host keeps for it is bounded, and others are served.
        assert host.call("GET", "/v1/count/10").body == b"".join(b"%d\n" % number for number in range(10))
        time.sleep(0.5)
        received = bytearray()
        while piece := client.recv(1 << 16):
            received += piece
    head, _, rest = bytes(received).partition(b"\r\n\r\n")
    assert b"gzip" in head
    body = bytearray()
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        count = int(size, 16)
        body += rest[:count]
        rest = rest[count + 2:]
    assert len(body) < 10 << 20
    assert gzip.decompress(bytes(body)) == b"".join(b"%d\n" % number for number in range(1000000))


def test_a_document_is_conditional(host):
    headers, _ = curl(host, "/openapi.json")
    tag = next(line for line in headers if line.startswith("etag: ")).removeprefix("etag: ").replace("w/", "W/")
    again, body = curl(host, "/openapi.json", "-H", f"If-None-Match: {tag}")
    assert again[0].startswith("http/1.1 304") and body == b""
    assert not any(line.startswith("content-length") for line in again)


def test_pages_of_listed_origins_may_call(host):
    asked, body = curl(host, "/v1/echo", "-X", "OPTIONS", "-H", "Origin: https://app.example",
                       "-H", "Access-Control-Request-Method: POST", "-H", "Access-Control-Request-Headers: x-a")
    assert asked[0].startswith("http/1.1 204") and body == b""
    assert "access-control-allow-origin: https://app.example" in asked
    assert "access-control-allow-headers: x-a" in asked and "access-control-max-age: 600" in asked
    given, _ = curl(host, "/v1/count/1", "-H", "Origin: https://other.example:8443")
    assert "access-control-allow-origin: https://other.example:8443" in given and "vary: origin" in given
    failed, _ = curl(host, "/nowhere", "-H", "Origin: https://app.example")
    assert failed[0].startswith("http/1.1 404")
    assert "access-control-allow-origin: https://app.example" in failed
    foreign, _ = curl(host, "/v1/count/1", "-H", "Origin: https://evil.example")
    assert not any(line.startswith("access-control") for line in foreign)


def test_the_environment_of_the_process_is_read(host):
    headers, _ = curl(host, "/api/ping")
    assert "deprecation: true" in headers and "sunset: thu, 31 dec 2026 23:59:59 gmt" in headers
    assert "x-deprecation-notice: move to v2." in headers and 'link: </api/v2/>; rel="successor-version"' in headers
    assert "x-frame-options: deny" in headers and "content-security-policy: default-src 'self'" in headers


def test_a_setting_that_makes_no_sense_keeps_the_host_from_starting(own_host):
    with pytest.raises(AssertionError, match="API_V1_SUNSET"):
        own_host.start(environment={"API_V1_DEPRECATED": "true", "API_V1_SUNSET": "soon"})


def test_a_coded_body_is_refused_and_expect_is_understood(host):
    refused, _ = curl(host, "/v1/echo", "--data-binary", "x", "-H", "Content-Type: application/octet-stream",
                      "-H", "Content-Encoding: gzip")
    assert refused[0].startswith("http/1.1 415") and "accept-encoding: identity" in refused
    waited, body = curl(host, "/v1/echo", "--data-binary", "x" * 5000, "-H", "Expect: 100-continue",
                        "-H", "Content-Type: application/octet-stream")
    assert waited[0].startswith("http/1.1 100") and body == b"x" * 5000
    assert any(line.startswith("http/1.1 200") for line in waited)
