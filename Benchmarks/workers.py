#!/usr/bin/env python3
"""What a request costs more when its module runs in a worker: CPU of host and worker, summed, beside the host's alone.

The same bundle and route in both tiers, in turns, at one rate of requests that both can serve; the figures are medians
over the rounds. See README.md.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from harness import process, servers  # noqa: E402

TARGET_MICROSECONDS = 15.0
TIERS = ["in-process", "worker"]
ROUTE = "/v1/hello/bench"
DEPLOYMENT = """\
event-loops: 1
bundles: [{bundles}]
default-tenant: bench
log: {{level: warning, requests: failures}}
modules: {{guestbook: {{isolation: {tier}}}}}
tenants: [{{id: bench, modules: {{guestbook: {{limits: {{default: 100000000/second}}}}}}}}]
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found: dict[str, list[float]] = {tier: [] for tier in TIERS}
    with tempfile.TemporaryDirectory(prefix="bench-workers-", dir=servers.BUILD) as folder:
        for number in range(options.rounds):
            for tier in TIERS:
                place = Path(folder) / f"{number}-{tier}"
                place.mkdir()
                cost, rate, switches = _measure(place, tier, options)
                found[tier].append(cost)
                print(f"round {number + 1}  {tier:10}  {cost:7.2f} µs of CPU  {switches:5.2f} switches  "
                      f"{rate:9.0f} requests/s", flush=True)
    inside, worker = (statistics.median(found[tier]) for tier in TIERS)
    more = worker - inside
    print(f"\nCPU of a request: in-process {inside:.2f} µs, worker {worker:.2f} µs; {more:.2f} µs more (target 15)")
    if options.json:
        options.json.write_text(json.dumps({"in_process": inside, "worker": worker, "more": more}))
    return 0 if more <= TARGET_MICROSECONDS else 1


def _measure(folder: Path, tier: str, options: argparse.Namespace) -> tuple[float, float, float]:
    """CPU microseconds a request of the host with all its processes, requests a second, and how often threads slept."""
    port, data = process.free_port(), folder / "data"
    deployment = folder / "deployment.yaml"
    deployment.write_text(DEPLOYMENT.format(bundles=servers.BUILD / "bundles", tier=tier))
    program = str(servers.BUILD / "release/gantry")
    command = [program, "serve", "--deployment", str(deployment), "--data", str(data), "--listen", f"127.0.0.1:{port}"]
    server = servers.Server(tier, port, process.start(command, folder, folder / "log"), folder / "log")
    try:
        server.wait_until_ready("/api/v1/public/health/ready")
        made = subprocess.run(
            [program, "key", "create", "--tenant", "bench", "--data", str(data), "--json"], check=True,
            capture_output=True, text=True)
        key = json.loads(made.stdout)["key"]
        _load(port, key, 1, options.connections)
        process.wait_until_quiet(server.process.pid)
        before, slept = process.cpu_seconds(server.process.pid), process.switches(server.process.pid)
        count = _load(port, key, options.seconds, options.connections)
        process.wait_until_quiet(server.process.pid)
        used = process.cpu_seconds(server.process.pid) - before
        slept = process.switches(server.process.pid) - slept
        return used / count * 1e6, count / options.seconds, slept / count
    finally:
        server.stop()


def _load(port: int, key: str, seconds: int, connections: int) -> int:
    """Requests that were answered, all with 200."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-H", f"Authorization: Bearer {key}",
         f"http://127.0.0.1:{port}{ROUTE}"], check=True, capture_output=True, text=True)
    assert "Non-2xx" not in done.stdout and "Socket errors" not in done.stdout, done.stdout
    return int(next(line for line in done.stdout.splitlines() if " requests in " in line).split()[0])


if __name__ == "__main__":
    sys.exit(main())
