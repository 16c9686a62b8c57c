"""Frames that no proper client sends: nothing falls over, everybody else is served, and memory stays bounded."""

import random
import shutil
import struct
import tempfile
import time

import pytest

from conftest import Host
from http2_client import (
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PREFACE, PRIORITY, PUSH_PROMISE,
    RST_STREAM, SETTINGS, WINDOW_UPDATE, Client, RawFrames, fields, frame, has)
from test_http2 import UNCHECKED
from test_streams import DEPLOYMENT, bundle, memory

PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED = 1, 3, 5, 6, 7
COMPRESSION_ERROR, CALM = 9, 11
PATH = "/api/v1/public/health/ready"


@pytest.fixture(scope="module")
def host():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=bundle(folder))).start(UNCHECKED)
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def others_are_served(host):
    before = memory(host)
    yield
    assert host.process.poll() is None, host.log.read_text()[-3000:]
    client = Client(host.port)
    assert client.call(PATH).status == 200 and host.call("GET", PATH).status == 200
    client.close()
    assert memory(host) - before < 64 << 20


def setting(identifier, value):
    return frame(SETTINGS, 0, 0, struct.pack(">HI", identifier, value))


# What a connection sends after the preface, and the code with which it is ended.
BROKEN = {
    "no settings first": (False, PREFACE + frame(PING, 0, 0, bytes(8)), None),
    "half a preface": (False, PREFACE[:14] + b"nonsense!!\r\n\r\n", None),
    "settings of a stream": (True, frame(SETTINGS, 0, 1), PROTOCOL_ERROR),
    "settings of an odd size": (True, frame(SETTINGS, 0, 0, bytes(5)), FRAME_SIZE_ERROR),
    "an answer to settings with content": (True, frame(SETTINGS, ACK, 0, bytes(6)), FRAME_SIZE_ERROR),
    "a window that is too large": (True, setting(4, 1 << 31), FLOW_CONTROL_ERROR),
    "frames that are too small": (True, setting(5, 100), PROTOCOL_ERROR),
    "a ping of a stream": (True, frame(PING, 0, 3, bytes(8)), PROTOCOL_ERROR),
    "a ping of seven bytes": (True, frame(PING, 0, 0, bytes(7)), FRAME_SIZE_ERROR),
    "a frame that is too large": (True, frame(DATA, 0, 1, bytes(20_000)), FRAME_SIZE_ERROR),
    "data of no stream": (True, frame(DATA, 0, 0, b"x"), PROTOCOL_ERROR),
    "data of an idle stream": (True, frame(DATA, 0, 5, b"x"), PROTOCOL_ERROR),
    "a reset of an idle stream": (True, frame(RST_STREAM, 0, 5, bytes(4)), PROTOCOL_ERROR),
    "a promise of a client": (True, frame(PUSH_PROMISE, END_HEADERS, 1, bytes(4)), PROTOCOL_ERROR),
    "a continuation of nothing": (True, frame(CONTINUATION, END_HEADERS, 1, b""), PROTOCOL_ERROR),
    "no increment": (True, frame(WINDOW_UPDATE, 0, 0, bytes(4)), PROTOCOL_ERROR),
    "an increment beyond all": (True, frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff") * 2, FLOW_CONTROL_ERROR),
    "headers of an even stream": (True, frame(HEADERS, END_HEADERS | END_STREAM, 2, b"\x82"), PROTOCOL_ERROR),
    "an index out of the table": (True, frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\xff\xff\x7f"), None),
    "a broken Huffman code": (True, frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x00\x84\xff\xff\xff\xff"), None),
    "more padding than frame": (True, frame(HEADERS, END_HEADERS | PADDED, 1, b"\xff\x82"), PROTOCOL_ERROR),
    "a priority of four bytes": (True, frame(PRIORITY, 0, 1, bytes(4)), None),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_frame_ends_its_connection(host, name):
    greets, sent, code = BROKEN[name]
    client = RawFrames(host.port, greets)
    client.send(sent)
    ended = client.end()
    assert code is None or ended == code
    client.close()


def test_headers_and_something_else_in_between_end_the_connection(host):
    client = RawFrames(host.port)
    client.send(client.head(1, path=PATH, flags=END_STREAM) + frame(PING, 0, 0, bytes(8)))
    assert client.end() == PROTOCOL_ERROR


@pytest.mark.parametrize("fields", [
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), ("X-Upper", "1")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), ("connection", "close")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), ("transfer-encoding", "chunked")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), ("upgrade", "websocket")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), ("te", "gzip")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), ("x", "a\r\nb: c")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), ("x y", "1")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/b")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), ("x", "1"), (":authority", "a")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), (":status", "200")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), (":else", "1")],
    [(":path", "/a b"), (":method", "GET"), (":scheme", "http"), (":authority", "a")],
    [(":path", "/"), (":method", "G T"), (":scheme", "http"), (":authority", "a")],
    [(":path", ""), (":method", "GET"), (":scheme", "http"), (":authority", "a")],
    [(":method", "GET"), (":scheme", "http"), (":authority", "a")],
    [(":path", "/"), (":scheme", "http"), (":authority", "a")],
    [(":path", "/"), (":method", "GET"), (":authority", "a")],
    [(":path", "/"), (":method", "CONNECT"), (":scheme", "http"), (":authority", "a")],
    [(":path", "/"), (":method", "CONNECT"), (":scheme", "http"), (":authority", "a"), (":protocol", "x")],
])
def test_a_head_out_of_the_rules_resets_its_stream_alone(host, fields):
    client = RawFrames(host.port)
    client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, client.encoder.encode(fields, huffman=False)))
    client.send(client.head(3, path=PATH))
    frames = client.frames(until=lambda found: has(found, HEADERS, 3) and has(found, RST_STREAM, 1))
    resets = [(stream, payload[3]) for kind, _, stream, payload in frames if kind == RST_STREAM]
    assert resets == [(1, PROTOCOL_ERROR)]
    assert any(kind == HEADERS and stream == 3 for kind, _, stream, _ in frames)
    client.close()


@pytest.mark.parametrize("fields", [
    [(":path", "/"), (":method", "GET"), (":scheme", "http")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), ("host", "b")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), ("host", "b"), ("host", "b")],
    [(":path", "/"), (":method", "GET"), (":scheme", "ftp"), (":authority", "a")],
    [(":path", "x"), (":method", "GET"), (":scheme", "http"), (":authority", "a")],
    [(":path", "http://b/"), (":method", "GET"), (":scheme", "http"), (":authority", "a")],
    [(":path", "*"), (":method", "GET"), (":scheme", "http"), (":authority", "a")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a/b")],
    [(":path", "/"), (":method", "GET"), (":scheme", "http"), (":authority", "a"), ("authorization", "1"),
     ("authorization", "2")],
])
def test_a_head_that_says_nothing_clear_is_400(host, fields):
    client = RawFrames(host.port)
    client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, client.encoder.encode(fields)))
    assert client.statuses() == {1: "400"}
    client.close()


def test_a_body_of_another_length_than_announced_resets_its_stream(host):
    client = RawFrames(host.port)
    for stream, body in ((1, b"1234"), (3, b"123456")):
        client.send(client.head(stream, [("content-length", "5")], END_HEADERS, path="/v1/measure", method="POST"))
        client.send(frame(DATA, END_STREAM, stream, body))
    resets = [stream for kind, _, stream, _ in client.frames(until=lambda found: has(found, RST_STREAM, 3))
              if kind == RST_STREAM]
    assert resets == [1, 3]
    client.close()


def test_a_body_beyond_the_window_ends_the_connection_or_the_stream(host):
    client = RawFrames(host.port)
    client.send(client.head(1, flags=END_HEADERS, path="/v1/open", method="GET"))
    for _ in range(200):
        if not client.send(frame(DATA, 0, 1, bytes(16_384))):
            break
    kinds = [(kind, payload[-1]) for kind, _, _, payload in client.frames(2) if kind in (RST_STREAM, GOAWAY)]
    assert any(code in (0, FLOW_CONTROL_ERROR, STREAM_CLOSED) for _, code in kinds)
    client.close()


def flood(host, frames, count, before=b""):
    """Sends a frame again and again; the code of the server's GOAWAY."""
    client = RawFrames(host.port)
    client.send(before)
    for _ in range(count):
        if not client.send(frames):
            break
    return client.end()


@pytest.mark.parametrize("frames, count", [
    (frame(PING, 0, 0, bytes(8)), 20_000),
    (setting(3, 100), 20_000),
    (frame(SETTINGS), 20_000),
    (frame(PRIORITY, 0, 1, b"\0\0\0\0\x10"), 20_000),
], ids=["ping", "settings", "empty settings", "priority"])
def test_a_flood_of_frames_that_cost_and_bring_nothing_is_ended(host, frames, count):
    assert flood(host, frames * 10, count // 10) in (CALM, None)


def test_a_flood_of_empty_data_is_ended(host):
    client = RawFrames(host.port)
    client.send(client.head(1, flags=END_HEADERS, path="/v1/measure", method="POST"))
    for _ in range(1000):
        if not client.send(frame(DATA, 0, 1, b"") * 10):
            break
    assert client.end() in (CALM, None)


def test_a_head_without_end_is_ended(host):
    """CONTINUATION flood (2024): a head that never ends, in frames with something in them and in empty ones."""
    for part in (bytes(1000), b""):
        client = RawFrames(host.port)
        client.send(frame(HEADERS, END_STREAM, 1, b"\x82"))
        for _ in range(10_000):
            if not client.send(frame(CONTINUATION, 0, 1, part)):
                break
        assert client.end() in (CALM, PROTOCOL_ERROR, COMPRESSION_ERROR, None)
        client.close()


def test_a_small_head_that_becomes_a_large_one_is_ended(host):
    """A field of 4000 bytes in the table, named by one byte each time."""
    client = RawFrames(host.port)
    bomb = b"\x82\x86\x84\x41\x01a" + b"\x40\x01x\x7f\xa1\x1e" + b"v" * 4000 + b"\xbe" * 12_000
    client.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, bomb))
    client.end()
    client.close()


def test_requests_that_are_reset_at_once_are_ended(host):
    """Rapid reset (CVE-2023-44487): 100,000 requests that the client gives up before they are answered."""
    client = RawFrames(host.port)
    begin = time.monotonic()
    sent = 0
    for batch in range(1000):
        frames = b"".join(
            client.head(stream, path="/v1/later/3000") + frame(RST_STREAM, 0, stream, struct.pack(">I", 8))
            for stream in range(1 + 200 * batch, 1 + 200 * (batch + 1), 2))
        sent += 100
        if not client.send(frames):
            break
    assert client.end() in (CALM, None) and time.monotonic() - begin < 10
    assert host.call("GET", "/v1/count/1").body == b"0\n"
    client.close()


def test_requests_given_up_still_count_while_their_module_works(host):
    client = RawFrames(host.port)
    streams = range(1, 301, 2)
    client.send(b"".join(
        client.head(stream, path="/v1/later/2000") + frame(RST_STREAM, 0, stream, struct.pack(">I", 8))
        for stream in streams))
    client.send(client.head(301, path="/v1/count/1"))
    found = client.frames(until=lambda found: has(found, RST_STREAM, 301))
    refused = [stream for kind, _, stream, payload in found if kind == RST_STREAM and payload[3] == REFUSED]
    assert 301 in refused
    client.close()


def test_more_streams_than_allowed_are_refused(host):
    client = RawFrames(host.port)
    client.send(b"".join(client.head(stream, path="/v1/later/3000") for stream in range(1, 411, 2)))
    found = client.frames(until=lambda found: any(entry[0] in (RST_STREAM, GOAWAY) for entry in found))
    assert any(entry[0] in (RST_STREAM, GOAWAY) for entry in found)
    client.close()


def test_a_client_without_a_window_holds_little(host):
    before = memory(host)
    clients = []
    for _ in range(2):
        client = RawFrames(host.port)
        client.send(setting(4, 0))
        client.send(b"".join(client.head(stream, path="/v1/count/1000000") for stream in range(1, 181, 2)))
        clients.append(client)
    time.sleep(2)
    # 180 answers of 7 MB, each up to what a stream may have waiting.
    assert memory(host) - before < 180 * (160 << 10)
    for client in clients:
        client.close()


def test_a_client_that_reads_nothing_is_not_read_either(host):
    client = RawFrames(host.port)
    client.socket.settimeout(1)
    block = client.encoder.encode(fields(PATH, "HEAD"))
    sent = 0
    while sent < 1_000_000:
        frames = (frame(HEADERS, END_HEADERS | END_STREAM, stream, block) for stream in range(1 + sent, 401 + sent, 2))
        # What was sent first is in the table now.
        if not client.send(b"".join(frames)):
            break
        block = client.encoder.encode(fields(PATH, "HEAD"))
        sent += 400
    assert sent < 1_000_000, "half a million answers wait for a client that does not read"
    client.close()


def test_frames_at_random(host):
    """Whatever it is, the host goes on; `random` with a fixed seed, so that a failure can be had again."""
    source = random.Random(44487)
    for _ in range(150):
        client = RawFrames(host.port, greets=source.random() < 0.9)
        for _ in range(source.randrange(1, 12)):
            size = source.choice([0, 1, 4, 5, 6, 8, 9, 50, 300, 17_000])
            kind = source.randrange(0, 12)
            stream = source.choice([0, 1, 1, 3, 5, 2, 1 << 30])
            payload = source.randbytes(size)
            if kind == HEADERS and source.random() < 0.7:
                client.send(client.head(stream, path=source.choice(["/v1/count/100", "/v1/echo", PATH]),
                                        flags=source.choice([0, 1, 4, 5])))
            else:
                client.send(frame(kind, source.randrange(0, 256), stream, payload))
        client.close()
