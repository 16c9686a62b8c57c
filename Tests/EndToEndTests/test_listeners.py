"""Listeners of their own: TLS with certificates that change, protocols, and tenants."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

import pytest

from conftest import BUILD, GANTRY, Host, eventually
from http2_client import Client

DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: empty
listeners:
  - address: 127.0.0.1:{ports[0]}
    tls: {{certificate: cert.pem, key: key.pem}}
  - address: 127.0.0.1:{ports[1]}
    tenant: authors
  - address: 127.0.0.1:{ports[2]}
    protocols: [http/1.1]
  - address: 127.0.0.1:{ports[3]}
    protocols: [h2]
  - address: 127.0.0.1:{ports[4]}
    tenant: nobody
limits: {{default: 100000/minute}}
tenants:
  - id: authors
    hosts: [authors.localhost]
    modules: {{guestbook: {{limits: {{default: 100000/minute}}}}}}
  - id: readers
    hosts: [readers.localhost]
    modules: {{guestbook: {{limits: {{default: 100000/minute}}}}}}
  - id: empty
"""
READY = "/api/v1/public/health/ready"


def certificate(folder, name, days=30):
    """Writes a certificate of localhost and its key, the key first."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", folder / f"{name}key.pem", "-out", folder / f"{name}cert.pem", "-days", str(days),
         "-subj", f"/CN={name or 'localhost'}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for own in sockets:
        own.bind(("127.0.0.1", 0))
    ports = [own.getsockname()[1] for own in sockets]
    for own in sockets:
        own.close()
    return ports


@pytest.fixture(scope="module")
def host():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    ports = free_ports(5)
    running = Host(folder, DEPLOYMENT.format(bundles=BUILD / "bundles", ports=ports))
    certificate(running.folder, "")
    running.ports = ports
    running.start()
    yield running
    running.stop()
    shutil.rmtree(folder)


def curl(*arguments):
    return subprocess.run(["curl", "-s", "-S", "--max-time", "20", *arguments], capture_output=True, text=True)


def subject(port):
    """Who the server says that it is, and with which protocol."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-alpn", "h2"], input="", capture_output=True,
        text=True, timeout=20)
    return next(line.split("=")[-1].strip() for line in done.stdout.splitlines() if line.startswith("subject="))


# TLS

@pytest.mark.parametrize("flag, version", [("--http2", "2"), ("--http1.1", "1.1"), ("--no-alpn", "1.1")])
def test_the_protocol_is_agreed_on_with_the_handshake(host, flag, version):
    done = curl(flag, "--cacert", host.folder / "cert.pem", "-o", "/dev/null", "-w", "%{http_version} %{http_code}",
                f"https://localhost:{host.ports[0]}{READY}")
    assert done.stdout == f"{version} 200", done.stderr


def test_many_requests_go_over_tls(host):
    client = Client(host.ports[0], certificate=host.folder / "cert.pem")
    streams = [client.request(READY, host="localhost") for _ in range(50)]
    assert {client.response(stream).status for stream in streams} == {200}
    client.close()
    assert "1000 succeeded" in subprocess.run(
        ["h2load", "-n1000", "-c4", "-m20", f"https://127.0.0.1:{host.ports[0]}{READY}"], capture_output=True,
        text=True, check=True).stdout


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_of_tls_are_refused(host, version):
    context = ssl.create_default_context(cafile=host.folder / "cert.pem")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", host.ports[0])) as own, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(own, server_hostname="localhost")


def test_plain_http_on_a_port_of_tls_is_told_so(host):
    assert curl(f"http://127.0.0.1:{host.ports[0]}/").stdout == "This port speaks TLS: https://.\n"
    for garbage in (b"\x00\x01garbage", b"\x16garbage", b"\x16\x03\x01\xff\xff" + b"x" * 70_000):
        with socket.create_connection(("127.0.0.1", host.ports[0]), timeout=15) as own:
            try:
                own.sendall(garbage)
                own.shutdown(socket.SHUT_WR)
                while own.recv(1 << 16):
                    pass
            except OSError:
                # What the server has not read when it closes.
                pass
    assert subject(host.ports[0]) == "localhost"


def test_another_certificate_is_taken_up_and_a_bad_one_is_not(host):
    port = host.ports[0]
    old = Client(port, certificate=host.folder / "cert.pem")
    certificate(host.folder, "second-")
    # One after the other, as tools do that know nothing of the host.
    os.replace(host.folder / "second-key.pem", host.folder / "key.pem")
    os.replace(host.folder / "second-cert.pem", host.folder / "cert.pem")
    eventually(lambda: subject(port) == "second-")
    assert old.call(READY).status == 200, "the connection under way has lost its certificate"
    old.close()

    (host.folder / "cert.pem").write_text("this is no certificate")
    host.process.send_signal(signal.SIGHUP)
    line = eventually(lambda: next(
        (line for line in host.log_lines() if line["level"] == "error" and "cert.pem" in line["message"]), None))
    assert "holds no certificate in PEM" in line["message"] and subject(port) == "second-"

    certificate(host.folder, "third-")
    os.replace(host.folder / "third-cert.pem", host.folder / "cert.pem")
    host.process.send_signal(signal.SIGHUP)
    eventually(lambda: any("does not belong to the certificate" in line["message"] for line in host.log_lines()))
    assert subject(port) == "second-"
    os.replace(host.folder / "third-key.pem", host.folder / "key.pem")
    host.process.send_signal(signal.SIGHUP)
    eventually(lambda: subject(port) == "third-")


@pytest.mark.parametrize("certificate_text, key_text, reason", [
    (None, "", "cert.pem` cannot be used"), ("nonsense", None, "cert.pem` cannot be used: it holds no certificate"),
])
def test_a_host_without_its_certificate_does_not_start(tmp_path, certificate_text, key_text, reason):
    (tmp_path / "deployment.yaml").write_text(
        "listeners: [{address: '127.0.0.1:0', tls: {certificate: cert.pem, key: key.pem}}]\ntenants: [{id: default}]\n")
    if certificate_text is not None:
        (tmp_path / "cert.pem").write_text(certificate_text)
    done = subprocess.run(
        [GANTRY, "serve", "--deployment", tmp_path / "deployment.yaml", "--data", tmp_path / "data", "--listen",
         "127.0.0.1:0"], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0 and reason in done.stderr + done.stdout


# Protocols

def test_a_listener_speaks_what_it_was_told_to(host):
    assert curl("--http2-prior-knowledge", f"http://127.0.0.1:{host.ports[2]}{READY}").returncode != 0
    assert curl("--http1.1", f"http://127.0.0.1:{host.ports[2]}{READY}").returncode == 0
    assert curl("--http2-prior-knowledge", f"http://127.0.0.1:{host.ports[3]}{READY}").returncode == 0
    assert curl("--http1.1", f"http://127.0.0.1:{host.ports[3]}{READY}").returncode != 0


# Tenants

ENTRIES = "/v1/entries"


def ask(host, port, path=ENTRIES, key=None, **headers):
    named = [("-H", f"{name.replace('_', '-')}: {value}") for name, value in headers.items()]
    if key:
        named.append(("-H", f"Authorization: Bearer {key}"))
    done = curl("-w", "\n%{http_code}", *[part for pair in named for part in pair], f"http://127.0.0.1:{port}{path}")
    body, _, status = done.stdout.rpartition("\n")
    reason = json.loads(body)["error"]["details"].get("reason") if int(status) >= 400 else None
    return int(status), reason


def test_a_listener_names_the_tenant(host):
    bound, free = host.ports[1], host.port
    assert ask(host, free)[0] == 404, "the default tenant has no guestbook"
    assert ask(host, bound)[0] == ask(host, free, X_Tenant_Id="authors")[0]
    assert ask(host, bound, key=host.key("authors"))[0] == 200
    assert ask(host, bound, X_Tenant_Id="authors", Host="authors.localhost", key=host.key("authors"))[0] == 200


@pytest.mark.parametrize("named", [
    {"Host": "readers.localhost"}, {"X_Tenant_Id": "readers"}, {"X_Tenant_Id": "nowhere"}, {"key": "readers"},
    {"key": "readers", "X_Tenant_Id": "readers"}, {"key": "authors", "Host": "readers.localhost"},
    {"key": "authors", "X_Tenant_Id": "readers"}, {"X_Tenant_Id": "authors", "Host": "readers.localhost"},
], ids=str)
def test_nobody_contradicts_the_listener(host, named):
    named = dict(named)
    if "key" in named:
        named["key"] = host.key(named["key"])
    assert ask(host, host.ports[1], **named) == (403, "tenant_mismatch")


def test_a_listener_of_a_tenant_that_does_not_exist(host):
    assert ask(host, host.ports[4])[0] == 404
    assert ask(host, host.ports[4], X_Tenant_Id="authors") == (403, "tenant_mismatch")
    assert ask(host, host.ports[4], key=host.key("authors")) == (403, "tenant_mismatch")


# The file

@pytest.mark.parametrize("listeners, place", [
    ("[{address: nowhere}]", "listeners.0.address"),
    ("[{address: '127.0.0.1:99999'}]", "listeners.0.address"),
    ("[{tenant: a}]", "address"),
    ("[{address: '127.0.0.1:1', tls: {key: k}}]", "certificate"),
    ("[{address: '127.0.0.1:1', protocols: []}]", "protocols"),
    ("[{address: '127.0.0.1:1', protocols: [spdy]}]", "protocols"),
    ("[{address: '127.0.0.1:1', adress: x}]", "adress"),
    ("[{address: '127.0.0.1:1'}, {address: '127.0.0.1:1'}]", "twice"),
])
def test_a_fault_in_a_listener_is_told_with_its_place(tmp_path, listeners, place):
    file = tmp_path / "deployment.yaml"
    file.write_text(f"log: {{level: info}}\nlisteners: {listeners}\ntenants: [{{id: default}}]\n")
    done = subprocess.run(
        [GANTRY, "serve", "--deployment", file, "--data", tmp_path / "data", "--listen", "127.0.0.1:0"],
        capture_output=True, text=True, timeout=20)
    assert done.returncode != 0 and "deployment.yaml:2" in done.stderr and place in done.stderr
