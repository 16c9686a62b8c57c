#!/usr/bin/env python3
"""Memory of the host while 1 GiB goes up and comes down at signed addresses. Fails when it grows with the size.

The bytes are made as they are sent and counted as they come: neither side ever has them whole.
"""

import argparse
import hashlib
import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parents[1]
GANTRY = ROOT / ".build/release/gantry"
PIECE = 1 << 20
# What the host may hold more while bytes pass through it.
ALLOWED_GROWTH_KIB = 32 << 10
DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: bench
event-loops: 1
log: {{level: warning, requests: failures}}
tenants: [{{id: bench, modules: {{files: {{configuration: {{maximumBytes: 5368709120}}}}}}}}]
"""


def memory(process: subprocess.Popen, name: str) -> int:
    """KiB of the host: `VmRSS` now, `VmHWM` at most so far."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise AssertionError(name)


def call(port: int, method: str, path: str, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request(method, path, body, headers or {})
    return connection.getresponse()


def pieces(size: int, digest):
    for number in range(size // PIECE):
        piece = number.to_bytes(8, "little") * (PIECE // 8)
        digest.update(piece)
        yield piece


def serve(folder: Path) -> tuple[subprocess.Popen, int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "deployment.yaml").write_text(DEPLOYMENT.format(bundles=ROOT / ".build/bundles"))
    process = subprocess.Popen(
        [GANTRY, "serve", "--deployment", folder / "deployment.yaml", "--data", folder / "data",
         "--listen", f"127.0.0.1:{port}"],
        env={"FILES_SIGNING_SECRET": "a secret of 32 bytes and a few more"}, stdin=subprocess.DEVNULL)
    for _ in range(600):
        try:
            if call(port, "GET", "/api/v1/public/health/ready").status == 200:
                return process, port
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit("the host is not ready within 30 s")


def measure(folder: Path, process: subprocess.Popen, port: int, size: int) -> dict:
    issued = subprocess.run(
        [GANTRY, "token", "issue", "--tenant", "bench", "--user", "ada", "--role", "user", "--data",
         folder / "data", "--json"], capture_output=True, check=True)
    who = {"Authorization": "Bearer " + json.loads(issued.stdout)["token"], "Content-Type": "application/json"}
    order = json.dumps({"filename": "large", "content_type": "application/octet-stream", "size": size})
    ticket = json.load(call(port, "POST", "/api/v1/app/files/upload-url", order, who))
    # The start needs more than what follows: the most is counted from here on.
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    before = memory(process, "VmRSS")
    address, sent, begun = urllib.parse.urlsplit(ticket["upload_url"]), hashlib.sha256(), time.monotonic()
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
    answer = call(port, "PUT", f"{address.path}?{address.query}", pieces(size, sent), headers)
    assert answer.status == 204, answer.read()
    up = time.monotonic() - begun
    order = json.dumps({"file_id": ticket["file_id"]})
    assert call(port, "POST", "/api/v1/app/files/confirm", order, who).status == 200
    found = json.load(call(port, "GET", f"/api/v1/app/files/{ticket['file_id']}/download-url", None, who))
    address, come, begun = urllib.parse.urlsplit(found["download_url"]), hashlib.sha256(), time.monotonic()
    answer = call(port, "GET", f"{address.path}?{address.query}")
    while piece := answer.read(PIECE):
        come.update(piece)
    assert come.digest() == sent.digest(), "what came is not what was sent"
    return {"bytes": size, "before_kib": before, "most_kib": memory(process, "VmHWM"),
            "up_seconds": round(up, 2), "down_seconds": round(time.monotonic() - begun, 2)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=1024)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gantry-transfers-") as name:
        process, port = serve(Path(name))
        try:
            figures = measure(Path(name), process, port, options.mebibytes * PIECE)
        finally:
            process.terminate()
            process.wait()
    print(json.dumps(figures))
    return 0 if figures["most_kib"] - figures["before_kib"] <= ALLOWED_GROWTH_KIB else 1


if __name__ == "__main__":
    sys.exit(main())
