"""Every service behind the tables through the real host: outbound requests, blobs, cache, secrets, tokens, numbers."""

import contextlib
import hashlib
import http.server
import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import urllib.parse

import pytest

from conftest import GANTRY, ROOT, Host, eventually

DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: north
log: {{level: debug}}
outbound: {{allow: [127.0.0.1], certificates: {folder}/trusted.pem}}
tenants:
  - id: north
    modules: {{services: {{}}}}
  - id: south
    modules: {{services: {{outbound: ["*.example.org"]}}}}
  - id: east
    modules: {{services: {{}}}}
"""
OK, END, DENIED, THREAD, FAILED = "0", "2", "-3", "-9", "-11"


def bundle(folder):
    """Builds the module of this folder and its bundle."""
    source = ROOT / "Tests/EndToEndTests/modules/services"
    library = folder + "/libservices.so"
    subprocess.run(
        ["cc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden",
         "-I", ROOT / "PluginAPI/C/include", f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o", library,
         source / "services.c"], check=True)
    subprocess.run(
        [GANTRY, "bundle", "build", "--manifest", source / "bundle", "--library", library,
         "--output", folder + "/bundles"], check=True)
    return folder + "/bundles"


class Target(http.server.BaseHTTPRequestHandler):
    """The server that the module asks."""

    protocol_version = "HTTP/1.1"
    seen = []

    def do_GET(self):
        Target.seen.append((self.path, dict(self.headers)))
        if self.path == "/away":
            return self.reply(302, b"", Location="http://api.example.com/")
        if self.path == "/inside":
            return self.reply(302, b"", Location=f"http://localhost:{self.server.server_port}/next")
        self.reply(200, b"x" * (3 << 20) if self.path == "/large" else b"hello from " + self.path.encode())

    def reply(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def certificate(folder, name):
    """A certificate for the loopback address that nobody but itself vouches for."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/{name}.key",
         "-out", f"{folder}/{name}.pem"], check=True, capture_output=True)


@contextlib.contextmanager
def encrypted(folder, name):
    """A server that shows the certificate."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def target():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()


def secret(host, value, *arguments, tenant="north", action="set", name="signing-key"):
    return subprocess.run(
        [GANTRY, "secret", action, *([] if action == "list" else [name]), "--tenant", tenant, "--module", "services",
         "--data", host.data, "--json", *arguments], input=value, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def host():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    for name in ("trusted", "unknown"):
        certificate(folder, name)
    running = Host(folder, DEPLOYMENT.format(bundles=bundle(folder), folder=folder)).start()
    for tenant in ("north", "south"):
        assert secret(running, f"secret of {tenant}\n", tenant=tenant).returncode == 0
        running.administration("module", "enable", "services", "--tenant", tenant)
    yield running
    running.stop()
    shutil.rmtree(folder)


def ask(host, method, path, body=None, tenant="north", status=OK, key=None, **query):
    """The answer's text; the module's own status is compared."""
    path += "?" + urllib.parse.urlencode(query) if query else ""
    headers = {"Content-Type": "application/octet-stream"} if body is not None else {}
    answer = host.call(method, path, body=body, key=key or host.key(tenant), headers=headers)
    assert answer.status == 200, answer.body
    assert answer.headers["x-status"] == status, (answer.headers["x-status"], answer.body)
    return answer.body.decode()


@pytest.mark.parametrize("operation", ["fetch", "submit"])
def test_a_listed_host_is_asked_with_the_trace_of_the_call(host, target, operation):
    url = f"http://{target}/{operation}"
    assert ask(host, "GET", f"/v1/{operation}", url=url) == f"200 {url} hello from /{operation}"
    headers = [headers for path, headers in Target.seen if path == f"/{operation}"][-1]
    assert headers["traceparent"].startswith("00-") and len(headers["traceparent"]) == 55


def test_a_body_flows_by_credit(host, target):
    assert ask(host, "GET", "/v1/flow", url=f"http://{target}/large") == str(3 << 20)


def test_where_the_module_may_not_go(host, target):
    port = target.split(":")[1]
    message = ask(host, "GET", "/v1/fetch", status=DENIED, url="http://api.example.com/")
    assert "`api.example.com`" in message and "outbound" in message
    assert "api.example.com" in ask(host, "GET", "/v1/fetch", status=DENIED, url=f"http://{target}/away")
    assert "hello from /next" in ask(host, "GET", "/v1/fetch", url=f"http://{target}/inside")
    assert "operator" in ask(host, "GET", "/v1/fetch", tenant="south", status=DENIED, url=f"http://{target}/")
    before = len(Target.seen)
    for name in ("[::1]", "169.254.169.254", "0.0.0.0"):
        ask(host, "GET", "/v1/fetch", status=DENIED, url=f"http://{name}:{port}/")
    assert len(Target.seen) == before


def test_a_certificate_that_nobody_vouches_for_is_refused(host):
    with encrypted(host.folder, "trusted") as trusted, encrypted(host.folder, "unknown") as unknown:
        assert "hello from /safe" in ask(host, "GET", "/v1/fetch", url=f"https://{trusted}/safe")
        message = ask(host, "GET", "/v1/fetch", status=FAILED, url=f"https://{unknown}/secret")
        assert "trusted connection" in message and "secret" not in message
    assert not [path for path, _ in Target.seen if path == "/secret"]


def test_blobs_survive_a_kill_and_belong_to_one_tenant(host):
    content = os.urandom(100_000)
    digest = hashlib.sha256(content).hexdigest()
    assert ask(host, "PUT", "/v1/blobs/..%2Fetc", body=content).strip() == f"../etc 100000 {digest}"
    ask(host, "PUT", "/v1/blobs/small", body=b"old")
    ask(host, "PUT", "/v1/blobs/small", body=b"new")
    host.stop(signal.SIGKILL)
    host.start()
    assert ask(host, "GET", "/v1/blobs/small") == "new"
    assert ask(host, "GET", "/v1/blobs", prefix="../") == f"../etc 100000 {digest}\n"
    assert ask(host, "GET", "/v1/blobs", tenant="south") == ""
    ask(host, "GET", "/v1/blobs/small", tenant="south", status=END)
    ask(host, "DELETE", "/v1/blobs/small", tenant="south", status=END)
    ask(host, "DELETE", "/v1/blobs/small")
    ask(host, "DELETE", "/v1/blobs/small", status=END)
    assert not list(host.data.glob("tenants/*/*/blobs/partial/*"))


def test_the_cache_counts_for_each_tenant(host):
    assert [ask(host, "POST", "/v1/cache/visits") for _ in range(3)] == ["1", "2", "3"]
    assert ask(host, "POST", "/v1/cache/visits", tenant="south") == "1"


def test_secrets_reach_their_module_alone_and_rotate(host):
    assert ask(host, "GET", "/v1/secrets/signing-key") == "secret of north"
    assert ask(host, "GET", "/v1/secrets/signing-key", tenant="south") == "secret of south"
    assert ask(host, "GET", "/v1/secrets/extra", status=END) == ""
    ask(host, "GET", "/v1/secrets/undeclared", status="-1")
    assert secret(host, "rotated").returncode == 0
    assert ask(host, "GET", "/v1/secrets/signing-key") == "rotated"
    listed = json.loads(secret(host, "", action="list").stdout)["items"]
    assert [(item["name"], item["required"], item["updated"] is not None) for item in listed] == [
        ("signing-key", True, True), ("extra", False, False)]
    assert secret(host, "x", name="unknown").returncode != 0
    for path in [host.log, *host.data.glob("host.db*")]:
        assert b"rotated" not in path.read_bytes() and b"secret of" not in path.read_bytes()
    assert (host.data / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_missing_secret_is_named_and_harms_nobody_else(host):
    answer = host.call("GET", "/v1/blobs", key=host.key("east"))
    assert answer.status == 503
    assert "needs the secret `signing-key`" in json.dumps(host.administration("module", "show", "services"))
    planned = host.cli("plan", str(host.deployment), "--data", str(host.data), "--json", check=False)
    plan = json.loads(planned.stdout)
    assert [note["tenant"] for note in plan["notes"] if "`signing-key`" in note["message"]] == ["east"]
    refused = host.cli("module", "enable", "services", "--tenant", "east", "--data", str(host.data), check=False)
    assert refused.returncode != 0 and "`signing-key`" in refused.stderr and "gantry secret set" in refused.stderr


def test_a_token_is_a_principal_of_its_module_until_it_is_revoked(host):
    identifier, token = ask(host, "POST", "/v1/tokens/guest-1").split(" ")
    assert ask(host, "GET", "/v1/whoami", key=token) == f'3|guest-1|viewer|{identifier}|{{"album":7}}'
    assert ask(host, "GET", "/v1/tokens", text=token).startswith("3|guest-1|viewer|")
    ask(host, "GET", "/v1/tokens", tenant="south", status=DENIED, text=token)
    assert host.call("GET", "/v1/blobs", key=token).status == 403
    assert host.call("GET", "/v1/whoami", key=token[:-2] + "AA").status == 401
    assert host.call("GET", "/v1/whoami", key=token, headers={"X-Tenant-Id": "south"}).status == 403
    ask(host, "DELETE", f"/v1/tokens/{identifier}", tenant="south", status=END)
    assert ask(host, "GET", "/v1/whoami", key=token).startswith("3|")
    ask(host, "DELETE", f"/v1/tokens/{identifier}")
    assert host.call("GET", "/v1/whoami", key=token).status == 401
    host.stop()
    host.start()
    assert host.call("GET", "/v1/whoami", key=token).status == 401
    assert ask(host, "GET", "/v1/whoami").startswith("2|")


def test_a_recording_holds_no_secret_that_the_host_gave(host, tmp_path):
    path = tmp_path / "north.recording"
    assert secret(host, "secret of north\n").returncode == 0
    host.administration("record", "start", "services", "--tenant", "north", "--output", str(path))
    assert ask(host, "GET", "/v1/secrets/signing-key") == "secret of north"
    _, token = ask(host, "POST", "/v1/tokens/guest-2").split(" ")
    assert ask(host, "GET", "/v1/tokens", text=token).startswith("3|guest-2|viewer|")
    assert host.administration("record", "stop")["records"] > 10
    content = path.read_bytes()
    assert b"signing-key" in content and b"guest-2" in content
    for planted in ("secret of north", token, host.key("north")):
        assert planted.encode() not in content, planted


def test_nothing_waits_on_an_event_loop(host):
    assert ask(host, "GET", "/v1/forbidden") == THREAD * 3


def test_numbers_and_spans_are_the_operators(host, target):
    ask(host, "GET", "/v1/fetch", url=f"http://{target}/span")
    metrics = host.call("GET", "/api/v1/public/metrics").body.decode()
    assert 'module_services_calls_total{module="services",method="GET"}' in metrics
    assert 'module_services_operation_number_count{module="services"}' in metrics
    spans = eventually(lambda: [
        line for line in host.log_lines() if line.get("span") == "fetching" and line["status"] == "GANTRY_OK"])
    assert spans[-1]["tenant"] == "north" and spans[-1]["purpose"] == "test"
    assert len(spans[-1]["parent_span_id"]) == 16
