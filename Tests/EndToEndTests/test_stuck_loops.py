"""Modules that do not keep their word about time: one that keeps an event loop, one that never answers."""

import os
import shutil
import socket
import subprocess
import time

import pytest

import test_streams
from conftest import BUILD, IN_PROCESS, ROOT, eventually

slow = pytest.mark.skipif("GANTRY_ABUSE" not in os.environ, reason="takes minutes; `make abuse` runs it")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """The bundles, with a tally whose inline operation takes four seconds for one tenant."""
    folder = tmp_path_factory.mktemp("stuck")
    shutil.copytree(BUILD / "bundles", folder / "bundles")
    source = (ROOT / "Examples" / "tally-c" / "tally.c").read_text()
    changed = source.replace("    case 1:\n", """\
    case 1:
        if (call->tenant.size == 14 && memcmp(call->tenant.data, "holds-its-loop", 14) == 0) sleep(4);
""").replace("#include <stdio.h>", "#include <stdio.h>\n#include <unistd.h>")
    assert changed.count("sleep(4)") == 1
    (folder / "tally.c").write_text(changed)
    subprocess.run(
        ["cc", "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{ROOT}/PluginAPI/C/include",
         f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-D_GNU_SOURCE",
         "-o", folder / "bundles" / "tally" / "libtally.so", folder / "tally.c"], check=True)
    return folder / "bundles"


def ask(host, tenant):
    return host.call("GET", "/v1/tally/version", headers={"X-Tenant-Id": tenant})


def begin(host, tenant):
    client = socket.create_connection(("127.0.0.1", host.port), timeout=30)
    client.sendall(f"GET /v1/tally/version HTTP/1.1\r\nHost: h\r\nX-Tenant-Id: {tenant}\r\n\r\n".encode())
    return client


@IN_PROCESS
def test_an_operation_that_keeps_its_event_loop_is_found_out_and_holds_no_other(own_host, bundles):
    own_host.deployment.write_text(
        f"bundles: [{bundles}]\nevent-loops: 2\nlog: {{level: info, requests: none}}\ntenants:\n"
        "  - id: holds-its-loop\n    modules: {tally: {}}\n  - id: fine\n    modules: {tally: {}}\n")
    own_host.start()
    assert ask(own_host, "fine").status == 200
    # The first request of a tenant starts its instance on another thread; this one is on the loop.
    with begin(own_host, "holds-its-loop") as first:
        begun = time.monotonic()
        time.sleep(0.3)  # The request must be inside: a connection that is on its loop before that waits with it.
        found = False
        while not found:
            asked = time.monotonic()
            assert ask(own_host, "fine").status == 200
            assert time.monotonic() - asked < 1.5, "a new connection waits for the loop that is stuck"
            found = any("keeps its event loop" in line["message"] for line in own_host.log_lines())
            assert time.monotonic() - begun < 4
        line = [line for line in own_host.log_lines() if "keeps its event loop" in line["message"]][0]
        assert (line["tenant"], line["module"], line["operation"]) == ("holds-its-loop", "tally", "showVersion")
        # From now on it begins elsewhere, so that two of it do not hold the only other loop.
        with begin(own_host, "holds-its-loop") as second, begin(own_host, "holds-its-loop") as third:
            for _ in range(10):
                asked = time.monotonic()
                assert ask(own_host, "fine").status == 200 and time.monotonic() - asked < 1.5
            for client in (first, second, third):
                assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    metrics = own_host.call("GET", "/api/v1/public/metrics").body.decode()
    assert 'gantry_event_loop_stalls_total{module="tally"} 1' in metrics


@slow
def test_a_call_without_an_answer_is_given_up_at_its_deadline(own_host, tmp_path):
    own_host.deployment.write_text(test_streams.DEPLOYMENT.format(bundles=test_streams.bundle(str(tmp_path))))
    own_host.start()
    with socket.create_connection(("127.0.0.1", own_host.port), timeout=60) as client:
        begun = time.monotonic()
        client.sendall(b"GET /v1/later/50000 HTTP/1.1\r\nHost: rivers\r\n\r\n")
        # Others on the same connection do not move its deadline.
        for _ in range(20):
            time.sleep(1)
            client.sendall(b"GET /api/ping HTTP/1.1\r\nHost: rivers\r\n\r\n")
        answer = client.recv(4096)
        assert answer.startswith(b"HTTP/1.1 503 ") and b"deadline_exceeded" in answer
        assert 29.5 < time.monotonic() - begun < 31.5
        eventually(lambda: client.recv(1 << 16).count(b"HTTP/1.1 200 ") > 0)
