#!/usr/bin/env python3
"""Compares Gantry with its peers: CPU of the serving process per request, in one run. See README.md beside it."""

import argparse
import contextlib
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

sys.dont_write_bytecode = True

from harness import report, scenarios, servers  # noqa: E402

PACKAGES = "wrk nginx-light python3-venv"


def main() -> int:
    options = _options()
    tools = ["wrk", servers.nginx_program(), *([] if options.no_build else ["swift"])]
    if missing := [tool for tool in tools if shutil.which(tool) is None]:
        print(f"missing: {', '.join(missing)}; on Debian: apt-get install {PACKAGES}", file=sys.stderr)
        return 2
    if not options.no_build:
        _build_peers()
    if not servers.GANTRY.exists():
        print(f"gantry is left out: {servers.GANTRY} does not exist (make build)", file=sys.stderr, flush=True)
    chosen = [one for one in scenarios.SCENARIOS if not options.only or one.name in options.only]
    found = {
        "takenAt": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": report.machine(),
        "threads": options.threads,
        "rounds": options.rounds,
        "secondsPerRound": options.seconds,
        "scenarios": [],
    }
    machine = found["machine"]
    print(f"{machine['processor']}, {machine['cores']} cores, load {os.getloadavg()[0]:.1f}; each server on "
          f"{options.threads} serving thread(s), {options.rounds} rounds of {options.seconds:g} s, interleaved")
    try:
        for scenario in chosen:
            found["scenarios"].append(_compete(scenario, options))
            print(report.text(found["scenarios"][-1]), flush=True)
    except (servers.ServerFailed, OSError) as failure:
        print(f"failed: {failure}", file=sys.stderr)
        return 1
    if options.json:
        options.json.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    targets = [target for one in found["scenarios"] for target in one["targets"] if target["required"]]
    missed = any(target["met"] is False for target in targets)
    return 3 if missed and options.strict else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=[one.name for one in scenarios.SCENARIOS],
                        help="one kind of work; may be given several times")
    parser.add_argument("--servers", help="labels to run, separated by commas, such as gantry,nginx")
    parser.add_argument("--quick", action="store_true", help="two short rounds: to see that it works, not to quote")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="whole seconds of load per server and round")
    parser.add_argument("--threads", type=int, default=1, help="serving threads or processes of each peer")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures, round by round")
    parser.add_argument("--no-build", action="store_true", help="take the peers as they were built before")
    parser.add_argument("--strict", action="store_true", help="end with status 3 when a target is missed")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 2, 1
    return options


def _compete(scenario: scenarios.Scenario, options: argparse.Namespace) -> dict:
    """Starts all servers of a scenario, warms them up, and measures them in turn, round by round."""
    wanted = options.servers.split(",") if options.servers else None
    with contextlib.ExitStack() as running:
        # On the disk of the build and not in /tmp, which may be memory: a commit must reach a disk.
        folder = running.enter_context(tempfile.TemporaryDirectory(prefix="bench-data-", dir=servers.BUILD))
        contests = []
        for index, entrant in enumerate(scenario.entrants):
            absent = entrant.start is servers.start_gantry and not servers.GANTRY.exists()
            if absent or (wanted and entrant.label not in wanted):
                continue
            contest = scenarios.prepare(scenario, entrant, Path(folder) / str(index), options.threads)
            running.callback(contest.server.stop)
            contests.append(contest)
        for contest in contests:
            scenarios.measure(scenario, contest, 1)
        for number in range(options.rounds):
            # Each round starts with another server, so that none is always the one after a pause.
            turn = number % len(contests) if contests else 0
            for contest in contests[turn:] + contests[:turn]:
                contest.samples.append(scenarios.measure(scenario, contest, options.seconds))
        return report.result(scenario, contests)


def _build_peers() -> None:
    """Builds the Swift peers and the virtual environment of the Python one; both are quick when nothing changed."""
    subprocess.run(
        ["swift", "build", "--quiet", "-c", "release", "--package-path", str(servers.BENCHMARKS),
         "--scratch-path", str(servers.BUILD / "bench")],
        check=True, stdout=sys.stderr,
    )
    wanted = (servers.BENCHMARKS / "peers/fastapi/requirements.txt").read_text()
    folder = servers.BUILD / "bench-venv"
    mark = folder / "requirements.txt"
    if mark.exists() and mark.read_text() == wanted:
        return
    venv.create(folder, clear=True, symlinks=True, with_pip=True)
    subprocess.run(
        [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "-r",
         str(servers.BENCHMARKS / "peers/fastapi/requirements.txt")],
        check=True,
    )
    mark.write_text(wanted)


if __name__ == "__main__":
    sys.exit(main())
