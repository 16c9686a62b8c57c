#!/usr/bin/env python3
"""Says where the CPU of one kind of request goes: loads Gantry like run.py and sorts the samples of perf by part."""

import argparse
import collections
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from harness import scenarios, servers  # noqa: E402

KERNEL = (
    ("send", "sock_write_iter|sock_sendmsg|tcp_sendmsg"),
    ("receive", "sock_read_iter|sock_recvmsg|tcp_recvmsg"),
    ("wait for sockets", "epoll"),
    ("wake the event loop", "eventfd"),
    ("threads wait and wake", "futex"),
    ("files", "ext4|xfs|btrfs|fsync|pwrite|pread|fcntl"),
    ("random numbers", "crng|random"),
)
HOST = re.compile(r"Gantry(?:Server|Gateway|Contract|Identity|Loader|Runtime|Store|Events|Threads|Telemetry|JSON)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", choices=[one.name for one in scenarios.SCENARIOS])
    parser.add_argument("--rounds", type=int, default=5, help="rounds of two seconds without perf, for the total")
    parser.add_argument("--top", type=int, default=0, help="also the functions that take the most, so many")
    options = parser.parse_args()
    if shutil.which("perf") is None:
        print("missing: perf; on Debian: apt-get install linux-perf", file=sys.stderr)
        return 2
    scenario = next(one for one in scenarios.SCENARIOS if one.name == options.scenario)
    entrant = next(one for one in scenario.entrants if one.start is servers.start_gantry)
    with tempfile.TemporaryDirectory(prefix="bench-data-", dir=servers.BUILD) as folder:
        contest = scenarios.prepare(scenario, entrant, Path(folder) / "0", 1)
        try:
            scenarios.measure(scenario, contest, 1)
            rounds = [scenarios.measure(scenario, contest, 2).cpu_microseconds for _ in range(options.rounds)]
            samples = _record(scenario, contest, Path(folder) / "perf.data")
        finally:
            contest.server.stop()
    _report(scenario, rounds, samples, options.top)
    return 0


def _record(scenario: scenarios.Scenario, contest: scenarios.Contest, file: Path) -> list[list[tuple[str, str]]]:
    """Samples of three seconds under load; each is the stack from its leaf on, as pairs of function and library."""
    command = ["perf", "record", "-q", "-F", "4999", "--call-graph", "fp", "-o", str(file)]
    with subprocess.Popen([*command, "-p", str(contest.server.process.pid), "--", "sleep", "3"]) as recorder:
        scenarios.measure(scenario, contest, 3)
        recorder.wait()
    printed = subprocess.run(
        ["perf", "script", "-i", str(file), "-F", "comm,ip,sym,dso"], capture_output=True, text=True, check=True)
    samples: list[list[tuple[str, str]]] = []
    for line in printed.stdout.splitlines():
        if found := re.match(r"\s+[0-9a-f]+ (.*) \((.*)\)$", line):
            samples[-1].append((found[1], found[2]))
        elif line.strip():
            samples.append([])
    return [one for one in samples if one]


def _part(stack: list[tuple[str, str]]) -> str:
    """The part that a sample belongs to: what its nearest known caller is about."""
    if "kernel" in stack[0][1]:
        names = " ".join(name for name, _ in stack)
        for part, pattern in KERNEL:
            if re.search(pattern, names):
                return f"kernel: {part}"
        return "kernel: other"
    for name, library in stack:
        if "sqlite" in library:
            return "SQLite"
        if library.endswith(".so") and "/lib" not in library or "/modules/" in library or "memfd" in library:
            return "module: JSON" if re.search("JSON|ReadingWriter|RFC3339", name) else "module: other"
        if "llhttp" in name:
            return "NIO: HTTP parser"
        if "NIO" in name and not HOST.search(name):
            return "NIO: other"
        if found := HOST.search(name):
            return f"host: {found[0]}"
    return "runtime without a known caller"


def _report(scenario: scenarios.Scenario, rounds: list[float], samples: list, top: int) -> None:
    total = statistics.median(rounds)
    print(f"{scenario.title}: {total:.1f} µs (median of {len(rounds)} rounds: "
          f"{min(rounds):.1f} – {max(rounds):.1f}), {len(samples)} samples")
    parts = collections.Counter(_part(one) for one in samples)
    for part, count in parts.most_common():
        print(f"  {part:<32}{100 * count / len(samples):5.1f} %{total * count / len(samples):7.1f} µs")
    leaves = collections.Counter(one[0][0] for one in samples)
    for name, count in leaves.most_common(top):
        print(f"    {100 * count / len(samples):5.1f} %  {name[:100]}")


if __name__ == "__main__":
    sys.exit(main())
