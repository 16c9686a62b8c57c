"""Processes: start, stop, and what CPU they used. Every process is ended by its own id."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command: list[str], folder: Path, log: Path, environment: dict[str, str] | None = None) -> subprocess.Popen:
    """Starts a server; its output goes to a file that is shown when something fails."""
    with log.open("wb") as output:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )


def stop(process: subprocess.Popen) -> None:
    """Asks the process to end and insists after ten seconds."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_seconds(root: int) -> float:
    """User and system time of a process, all its threads and all its descendants, living and reaped."""
    total = 0
    for pid in _tree(root):
        # The name in parentheses may hold spaces; the fields are counted from behind it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(field) for field in fields[11:15])
    return total / TICKS_PER_SECOND


def switches(root: int) -> int:
    """How often threads of a process and its descendants have gone to sleep: what does not depend on neighbours."""
    total = 0
    for pid in _tree(root):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                lines = (task / "status").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:"))
    return total


def memory_mebibytes(root: int) -> float:
    """Resident memory of a process and its descendants, shared pages counted once each."""
    kibibytes = 0
    for pid in _tree(root):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kibibytes += int(line.split()[1])
    return kibibytes / 1024


def wait_until_quiet(root: int, seconds_max: float = 20) -> None:
    """Returns when the process has used no CPU for a quarter of a second: what was in flight is then served."""
    end = time.monotonic() + seconds_max
    before = cpu_seconds(root)
    while time.monotonic() < end:
        time.sleep(0.25)
        now = cpu_seconds(root)
        if now - before <= 1 / TICKS_PER_SECOND:
            return
        before = now


def _tree(root: int) -> list[int]:
    found = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").iterdir():
            # A thread may end between the listing and the look.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found.extend(int(child) for child in (task / "children").read_text().split())
    return found
