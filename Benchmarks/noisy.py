#!/usr/bin/env python3
"""Whether a tenant that asks for ten times its share is felt by another one: p99 of the calm one alone and beside it.

Requests are sent at fixed rates (load/steady.c), so that a slow server is not asked less. The calm tenant sends at its
share, the noisy one at ten times that, on many more connections. What is measured is the calm tenant's p99, in turns
alone and beside the other; the figures are medians over the rounds. See README.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

from harness import process, servers  # noqa: E402

TARGET = 2.0
FACTOR = 10
DEPLOYMENT = """\
event-loops: 2
bundles: [{bundles}]
default-tenant: calm
log: {{level: warning, requests: failures}}
tenants:
  - id: calm
    modules:
      guestbook: {{limits: {{default: 100000000/second}}}}
  - id: noisy
    settings: {{RATE_LIMIT_TENANT: {allowance}/second}}
    modules:
      guestbook: {{limits: {{default: 100000000/second}}}}
"""


@dataclass(frozen=True)
class Route:
    """What both tenants ask for, and how often the calm one does."""

    name: str
    method: str
    path: str
    share: int
    body: bytes = b""

    def request(self, key: str) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: bench", f"Authorization: Bearer {key}"]
        if self.body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


ENTRY = json.dumps({"author": "Bench", "message": "A line in the book."}).encode()
ROUTES = [
    Route("inline", "GET", "/v1/hello/bench", 500),
    Route("database, read", "GET", "/v1/entries", 200),
    Route("database, write", "POST", "/v1/entries", 50, ENTRY),
]


def main() -> int:
    options = _options()
    if options.real_time:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    with tempfile.TemporaryDirectory(prefix="bench-noisy-", dir=servers.BUILD) as folder:
        folder = Path(folder)
        steady = folder / "steady"
        source = servers.BENCHMARKS / "load/steady.c"
        subprocess.run(["cc", "-std=gnu11", "-O2", "-o", steady, source], check=True)
        found = []
        for kept in (True, False):
            for route in (route for route in ROUTES if options.only in route.name):
                found.append(_measure(folder, steady, route, options, kept))
                print(_line(found[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    missed = [entry for entry in found if entry["ratio"] > TARGET]
    print(f"worst ratio {max(entry['ratio'] for entry in found):.2f}, target {TARGET:g}")
    return 3 if options.strict and missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--only", default="", metavar="TEXT", help="routes whose name holds it")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument(
        "--real-time", action="store_true", help="before all other work of the machine (SCHED_FIFO; needs the right)")
    parser.add_argument("--strict", action="store_true", help="end with status 3 when the target is missed")
    return parser.parse_args()


def _measure(folder: Path, steady: Path, route: Route, options: argparse.Namespace, kept: bool) -> dict:
    """One route. `kept`: the deployment holds the noisy tenant to its share, and the rest is refused."""
    place = folder / f"{route.name.replace(', ', '-')}-{'kept' if kept else 'free'}"
    place.mkdir()
    allowance = route.share if kept else 100_000_000
    server = _start(place, allowance)
    try:
        files = {}
        for tenant in ("calm", "noisy"):
            files[tenant] = place / f"{tenant}.http"
            files[tenant].write_bytes(route.request(_key(place, tenant)))
        alone, beside, refused, cpu = [], [], 0, []
        for _ in range(options.rounds):
            alone.append(_calm(steady, server, route, files, options)["p99_us"])
            noise = _begin(steady, server, route.share * FACTOR, 64, options.seconds + 1, files["noisy"])
            before = process.cpu_seconds(server.process.pid)
            beside.append(_calm(steady, server, route, files, options)["p99_us"])
            cpu.append((process.cpu_seconds(server.process.pid) - before) / (options.seconds + 0.5))
            statuses = _end(noise)["statuses"]
            refused += statuses.get("429", 0)
            if set(statuses) - {"200", "201", "429"} or (kept and not refused):
                server.fail(f"answered the noisy tenant with {statuses}")
        ratio = statistics.median(beside) / statistics.median(alone)
        return {
            "route": route.name, "kept_to_share": kept, "share": route.share, "alone_p99_us": alone,
            "beside_p99_us": beside, "ratio": ratio, "refused": refused, "host_cores": statistics.median(cpu),
            "load": os.getloadavg()[0],
        }
    finally:
        server.stop()


def _start(place: Path, allowance: int) -> servers.Server:
    port = process.free_port()
    deployment = place / "deployment.yaml"
    deployment.write_text(DEPLOYMENT.format(bundles=servers.BUNDLES, allowance=allowance))
    command = [
        str(servers.GANTRY), "serve", "--deployment", str(deployment), "--data", str(place / "data"), "--listen",
        f"127.0.0.1:{port}",
    ]
    log = place / "output.log"
    server = servers.Server("gantry", port, process.start(command, place, log), log)
    server.wait_until_ready("/api/v1/public/health/ready")
    return server


def _key(place: Path, tenant: str) -> str:
    made = subprocess.run(
        [str(servers.GANTRY), "key", "create", "--data", str(place / "data"), "--tenant", tenant, "--json"],
        capture_output=True, text=True, check=True)
    return json.loads(made.stdout)["key"]


def _begin(
    steady: Path, server: servers.Server, rate: int, connections: int, seconds: float, file: Path
) -> subprocess.Popen:
    command = [str(steady), str(server.port), str(rate), str(connections), f"{seconds:g}", str(file), "0.5"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _end(load: subprocess.Popen) -> dict:
    output, errors = load.communicate(timeout=120)
    if load.returncode != 0:
        raise servers.ServerFailed(f"the load failed: {errors}")
    return json.loads(output)


def _calm(
    steady: Path, server: servers.Server, route: Route, files: dict[str, Path], options: argparse.Namespace
) -> dict:
    found = _end(_begin(steady, server, route.share, 4, options.seconds, files["calm"]))
    if set(found["statuses"]) - {"200", "201"} or found["requests"] < 0.95 * route.share * options.seconds:
        server.fail(f"answered the calm tenant with {found['statuses']}")
    return found


def _line(entry: dict) -> str:
    kept = "kept to it" if entry["kept_to_share"] else "unbounded"
    return (
        f"{entry['route']:16} share {entry['share']:4}/s, noisy one at {FACTOR} x, {kept:10}  "
        f"p99 alone {statistics.median(entry['alone_p99_us']):7.0f} us, "
        f"beside {statistics.median(entry['beside_p99_us']):7.0f} us, ratio {entry['ratio']:.2f}  "
        f"(host {entry['host_cores']:.2f} cores, machine's load {entry['load']:.1f})"
    )


if __name__ == "__main__":
    sys.exit(main())
