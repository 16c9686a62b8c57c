"""Metrics, logs and traces as an operator's tools read them: promtool, a collector, grep."""

import base64
import contextlib
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import pytest
from conftest import BUILD, GANTRY, ROOT, Host, eventually
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: harbor
event-loops: 2
telemetry: {{server-timing: true}}
tenants:
  - id: harbor
    modules: {{guestbook: {{limits: {{default: 1000000/minute}}}}, tally: {{}}}}
  - id: linden
    settings: {{RATE_LIMIT_TENANT: 3/minute}}
    modules: {{guestbook: {{limits: {{default: 1000000/minute}}}}}}
  - id: quiet
    modules: {{guestbook: {{}}}}
"""
TRACE = "0af7651916cd43dd8448eb211c80319c"


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes what exporters post."""

    protocol_version = "HTTP/1.1"
    posts = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Collector.posts.append((self.path, self.headers["Content-Type"], body))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def collector():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextlib.contextmanager
def serving(**environment):
    folder = tempfile.mkdtemp(prefix="gantry-observed-")
    host = Host(folder, DEPLOYMENT.format(bundles=BUILD / "bundles"))
    try:
        yield host.start(environment=environment)
    finally:
        host.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def host(collector):
    with serving(
        METRICS_TENANT_LIMIT="1", OTEL_ENABLED="true", OTEL_EXPORTER_OTLP_ENDPOINT=collector,
        TRUSTED_PROXIES="127.0.0.0/8",
    ) as running:
        yield running


def sign(host, tenant, headers=None):
    answer = host.call(
        "POST", "/v1/entries", {"author": "Ada", "message": "A line."}, host.key(tenant), headers=headers)
    assert answer.status == 201, answer.body
    return answer


def metrics(host):
    answer = host.call("GET", "/api/v1/public/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.body.decode()


def test_promtool_finds_nothing_to_say(host):
    sign(host, "harbor")
    done = subprocess.run(["promtool", "check", "metrics"], input=metrics(host), capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_families_of_the_platform_are_there(host):
    text = metrics(host)
    for name, kind in {
        "http_requests_total": "counter", "http_request_duration_seconds": "histogram",
        "http_requests_in_flight": "gauge", "rate_limit_rejections_total": "counter", "module_up": "gauge",
        "sse_connections": "gauge", "websocket_connections": "gauge", "inbound_webhooks_total": "counter",
        "background_jobs": "gauge", "process_start_time_seconds": "gauge", "call_cpu_seconds_total": "counter",
    }.items():
        assert f"# TYPE {name} {kind}\n" in text, name


def test_only_the_busiest_tenant_is_named(host):
    for _ in range(20):
        host.call("GET", "/v1/hello/x", key=host.key("harbor"))
    host.call("GET", "/v1/hello/x", key=host.key("quiet"))
    metrics(host)
    host.call("GET", "/v1/hello/x", key=host.key("quiet"))
    host.call("GET", "/v1/hello/x", key=host.key("harbor"))
    text = metrics(host)
    assert set(re.findall(r'tenant="([^"]*)"', text)) == {"harbor", "other"}
    assert not re.search(r'route="/v1/hello/x"', text), "a label holds a path"


def test_what_a_client_makes_up_becomes_no_label(host):
    for number in range(50):
        host.call("GET", f"/made/up/{number}")
        host.call(f"VERB{number}", "/v1/hello/x", key=host.key("harbor"))
    text = metrics(host)
    assert "made" not in text and "VERB" not in text


def test_a_tenant_has_its_own_allowance_for_everything(host):
    proxied = {"X-Forwarded-For": "6.6.6.6, 198.51.100.7"}
    statuses = [host.call("GET", "/v1/hello/x", key=host.key("linden"), headers=proxied).status for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert 'rate_limit_rejections_total{group="tenant"} 2' in metrics(host)
    lines = eventually(lambda: [line for line in host.log_lines() if line.get("status") == 429])
    assert lines[-1]["client"] == "198.51.100.7"


def spans(path="/v1/traces"):
    """All spans of the collector so far, read by OpenTelemetry's own definition of the format."""
    found = []
    for posted, content_type, body in list(Collector.posts):
        if posted != path:
            continue
        assert content_type == "application/json"

        def bytes_of(match):
            # The one place where OTLP's JSON is not that of protocol buffers: ids are hexadecimal.
            digits = bytes.fromhex(match.group(2))
            return f'"{match.group(1)}":"{base64.b64encode(digits).decode()}"'

        text = re.sub(r'"(traceId|spanId|parentSpanId)":"([0-9a-f]*)"', bytes_of, body.decode())
        request = json_format.Parse(text, trace_service_pb2.ExportTraceServiceRequest())
        for resource in request.resource_spans:
            names = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
            assert names["service.name"] == "gantry"
            for scope in resource.scope_spans:
                found += scope.spans
    return found


def test_a_trace_goes_from_the_caller_to_the_database_and_the_events(host):
    answer = sign(host, "harbor", {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "tracestate": "vendor=1"})
    assert answer.headers["traceparent"].startswith(f"00-{TRACE}-")
    assert answer.headers["tracestate"] == "vendor=1"
    assert "cpu;dur=" in answer.headers["server-timing"] and "db;dur=" in answer.headers["server-timing"]

    def complete():
        mine = {span.name: span for span in spans() if span.trace_id.hex() == TRACE}
        wanted = {"POST /v1/entries", "guestbook.signGuestbook", "database write", "deliver guestbook.entry.signed"}
        return mine if wanted <= set(mine) else None

    mine = eventually(complete)
    request = mine["POST /v1/entries"]
    assert request.parent_span_id.hex() == "b7ad6b7169203331" and request.trace_state == "vendor=1"
    assert request.kind == trace_pb2.Span.SPAN_KIND_SERVER
    assert answer.headers["traceparent"].split("-")[2] == request.span_id.hex()
    handler = mine["guestbook.signGuestbook"]
    assert handler.parent_span_id == request.span_id
    writers = {span.parent_span_id for span in spans() if span.name == "database write"}
    assert handler.span_id in writers, "a transaction belongs to the handler that began it"
    delivery = mine["deliver guestbook.entry.signed"]
    assert delivery.kind == trace_pb2.Span.SPAN_KIND_CONSUMER and delivery.parent_span_id == handler.span_id
    assert delivery.span_id in writers
    assert request.start_time_unix_nano <= handler.start_time_unix_nano < request.end_time_unix_nano
    facts = {pair.key: pair.value for pair in request.attributes}
    assert facts["http.response.status_code"].int_value == 201
    assert facts["gantry.tenant"].string_value == "harbor"


def test_a_caller_who_wants_no_recording_gets_none(host):
    other = "1" * 32
    host.call("GET", "/v1/hello/x", key=host.key("harbor"), headers={"traceparent": f"00-{other}-{'2' * 16}-00"})
    sign(host, "harbor", {"traceparent": f"00-{'3' * 32}-{'2' * 16}-01"})
    eventually(lambda: [span for span in spans() if span.trace_id.hex() == "3" * 32])
    assert not [span for span in spans() if span.trace_id.hex() == other]


def test_zipkin_and_the_console(collector):
    with serving(
        OTEL_ENABLED="true", OTEL_EXPORTER="zipkin", OTEL_EXPORTER_ZIPKIN_ENDPOINT=f"{collector}/api/v2/spans"
    ) as host:
        sign(host, "harbor", {"traceparent": f"00-{'4' * 32}-{'2' * 16}-01"})

        def received():
            posts = [json.loads(body) for path, _, body in list(Collector.posts) if path == "/api/v2/spans"]
            return [span for post in posts for span in post if span["traceId"] == "4" * 32]

        server = [span for span in eventually(received) if span.get("kind") == "SERVER"]
        assert server[0]["parentId"] == "2" * 16 and server[0]["tags"]["http.response.status_code"] == "201"
        assert isinstance(server[0]["timestamp"], int) and server[0]["duration"] >= 1
    with serving(OTEL_ENABLED="true", OTEL_EXPORTER="console") as host:
        sign(host, "harbor", {"traceparent": f"00-{'5' * 32}-{'2' * 16}-01"})
        lines = eventually(lambda: [
            line for line in host.log_lines() if line["message"] == "span" and line["trace_id"] == "5" * 32])
        assert {"POST /v1/entries", "database write"} <= {line["span"] for line in lines}


def test_a_module_that_subscribes_hears_of_finished_requests(tmp_path):
    """The tally counts by an event's key, which names the user."""
    manifest = tmp_path / "manifest"
    shutil.copytree(ROOT / "Examples/tally-c/bundle", manifest)
    text = (manifest / "module.yaml").read_text()
    (manifest / "module.yaml").write_text(text.replace("guestbook.entry.signed", "http.request.completed"))
    bundles = tmp_path / "bundles"
    shutil.copytree(BUILD / "bundles/guestbook", bundles / "guestbook")
    subprocess.run(
        [GANTRY, "bundle", "build", "--manifest", manifest, "--library", BUILD / "tally/libtally.so", "--output",
         bundles], check=True, capture_output=True)
    folder = tmp_path / "host"
    folder.mkdir()
    host = Host(folder, DEPLOYMENT.format(bundles=bundles))
    try:
        host.start()
        token = host.token("harbor", user="usr_ada")
        for _ in range(5):
            assert host.call("GET", "/v1/hello/x", key=token).status == 200
        assert host.call("GET", "/v1/hello/x", key="cak_wrong").status == 401
        eventually(lambda: "request_events_total 5" in metrics(host))
        assert host.call("GET", "/v1/tally").json == {"authors": [{"author": "usr_ada", "entries": 5}]}
        assert "request_events_dropped_total 0" in metrics(host)
    finally:
        host.stop()


def test_a_collector_that_is_away_costs_requests_nothing():
    with serving(OTEL_ENABLED="true", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9") as host:
        begin = time.monotonic()
        for _ in range(50):
            host.call("GET", "/v1/hello/x", key=host.key("harbor"))
        assert time.monotonic() - begin < 5
        failures = "trace_export_failures_total"
        eventually(lambda: re.search(rf"^{failures} [1-9]", metrics(host), re.MULTILINE))


@pytest.mark.parametrize("name, value", [
    ("RATE_LIMIT_AI", "many"), ("OTEL_ENABLED", "perhaps"), ("OTEL_EXPORTER", "jaeger"),
    ("METRICS_TENANT_LIMIT", "-1"), ("TRUSTED_PROXIES", "10.0.0.0/99"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
])
def test_a_setting_that_makes_no_sense_is_named(name, value, tmp_path):
    deployment = tmp_path / "deployment.yaml"
    deployment.write_text("tenants: []\n")
    done = subprocess.run(
        [GANTRY, "serve", "--deployment", deployment, "--data", tmp_path / "data", "--listen", "127.0.0.1:0"],
        env={**os.environ, name: value}, capture_output=True, text=True, timeout=30)
    assert done.returncode != 0 and name in done.stderr


def test_no_credential_and_no_made_up_line_reaches_the_log(host):
    token = host.token("harbor", user="usr_secret")
    stranger = "cak_" + "Z" * 40
    for credential in (token, stranger):
        host.call("GET", f"/v1/hello/x?token={credential}&signature=abcdef0123456789", key=credential)
        host.call("GET", f"/nowhere/{credential}?token={credential}", key=credential)
    forged = '{"level":"error","message":"forged"}'
    with socket.create_connection(("127.0.0.1", host.port)) as raw:
        raw.sendall(f"GET /v1/hello/%0A{forged} HTTP/1.1\r\nHost: x\r\nX-Request-ID: a\x0b{forged}\r\n"
                    f"Authorization: Bearer {token}\r\nConnection: close\r\n\r\n".encode())
        while raw.recv(65536):
            pass
    host.call("GET", "/v1/hello/x", key=host.key("harbor"), headers={"X-Request-ID": forged})
    host.call("GET", "/v1/hello/x", key=host.key("harbor"), headers={"X-Request-ID": "the-last-one"})
    eventually(lambda: "the-last-one" in host.log.read_text())
    log = host.log.read_text()
    for secret in [token, token.split(".")[-1], stranger, "abcdef0123456789", *host.keys.values()]:
        assert secret not in log
    assert "forged" not in log
    for line in log.splitlines():
        fields = json.loads(line)
        assert {"timestamp", "level", "message"} <= set(fields)
        assert fields["level"] in {"debug", "info", "warning", "error"}
        if fields["message"] == "request":
            assert len(fields["trace_id"]) == 32 and len(fields["span_id"]) == 16 and fields["request_id"]
    request = [json.loads(line) for line in log.splitlines() if "the-last-one" in line][0]
    assert request["tenant"] == "harbor" and request["module"] == "guestbook" and "cpu_us" in request


def test_who_does_not_read_the_log_holds_nobody_up(tmp_path):
    """Standard error is a pipe that nobody reads: lines are dropped and counted, requests are answered."""
    deployment = tmp_path / "deployment.yaml"
    deployment.write_text("tenants: []\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [GANTRY, "serve", "--deployment", deployment, "--data", tmp_path / "data", "--listen", f"127.0.0.1:{port}"],
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        def connected():
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", port), timeout=30)
            return None

        count = 40_000
        with eventually(connected) as raw:
            piece = b"GET /api/ping HTTP/1.1\r\nHost: x\r\n\r\n" * 100
            answered = 0
            for _ in range(count // 100):
                raw.sendall(piece)
                seen = 0
                rest = b""
                while seen < 100:
                    received = raw.recv(1 << 16)
                    assert received
                    text = rest + received
                    seen += text.count(b"HTTP/1.1 200")
                    rest = text[-11:] if not text.endswith(b"HTTP/1.1 200") else b""
                answered += seen
            assert answered == count
            raw.sendall(b"GET /api/v1/public/metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            body = b""
            while received := raw.recv(1 << 16):
                body += received
        assert re.search(rb"^log_lines_dropped_total [1-9]", body, re.MULTILINE)
    finally:
        process.kill()
        process.wait()
