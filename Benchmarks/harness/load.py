"""Load: wrk with the scripts under load/. One client thread, so that it stays on one core."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent / "load"


class LoadFailed(Exception):
    """A load that met an error; its figures would describe an error path."""


@dataclass(frozen=True)
class Load:
    """What wrk saw."""

    requests: int
    seconds: float
    response_bytes: int
    p50_microseconds: float
    p99_microseconds: float


def run(port: int, script: str, arguments: list[str], connections: int, seconds: float) -> Load:
    """Runs one load and fails on the first sign of an answer that is not a success."""
    command = [
        "wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s", "-s", script,
        f"http://127.0.0.1:{port}/", "--", *arguments,
    ]
    done = subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise LoadFailed(f"wrk failed: {done.stdout}{done.stderr}")
    report = json.loads(lines[-1])
    if report["refused"] or report["broken"] or not report["requests"]:
        raise LoadFailed(f"not every answer was a success: {lines[-1]}")
    return Load(
        requests=report["requests"],
        seconds=report["microseconds"] / 1e6,
        response_bytes=report["bytes"],
        p50_microseconds=report["p50"],
        p99_microseconds=report["p99"],
    )
