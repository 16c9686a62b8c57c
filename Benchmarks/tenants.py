#!/usr/bin/env python3
"""Many tenants on one host: time to ready, memory of those who are idle, latency of a random one. See README.md."""

import argparse
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True

from harness import load, process, servers  # noqa: E402

ROOT = servers.ROOT
MODULES = 11
NO_LIMIT = {"limits": {"default": "100000000/second"}}


def main() -> int:
    options = _options()
    if missing := [tool for tool in ("wrk", "cc") if shutil.which(tool) is None]:
        print(f"missing: {', '.join(missing)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="bench-tenants-", dir=servers.BUILD) as folder:
        folder = Path(folder)
        modules = _bundles(folder / "bundles")
        found = {"modules": len(modules), "tenants": options.tenants, "load": os.getloadavg()[0]}
        _start_figures(folder, modules, options, found)
        _latencies(folder, options, found)
        _eviction(folder, options, found)
    found["targets"] = _targets(found)
    print(_text(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")
    return 3 if options.strict and not all(target["met"] for target in found["targets"]) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=10_000)
    parser.add_argument("--touched", type=int, default=2000, help="tenants whose instances are stopped again")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="end with status 3 when a target is missed")
    return parser.parse_args()


# ---------------------------------------------------------------- what is served

def _bundles(folder: Path) -> list[str]:
    """The bundles of the build, and as many siblings of the C example as make eleven modules."""
    shutil.copytree(servers.BUNDLES, folder)
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    example = ROOT / "Examples/tally-c"
    number = 0
    while len(names) < MODULES:
        number += 1
        name = f"tally{number}"
        source = folder.parent / name
        shutil.copytree(example / "bundle", source)
        for file in ("module.yaml", "openapi.yaml"):
            text = (source / file).read_text()
            text = re.sub(r"\btally\b(?=\n)", name, text, count=1) if file == "module.yaml" else text
            (source / file).write_text(text.replace("libtally", f"lib{name}").replace("/v1/tally", f"/v1/{name}"))
        code = (example / "tally.c").read_text()
        library = folder.parent / f"lib{name}.so"
        (folder.parent / f"{name}.c").write_text(code.replace('"tally", 5', f'"{name}", {len(name)}'))
        subprocess.run(
            ["cc", "-std=c11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{ROOT}/PluginAPI/C/include",
             f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o", library, folder.parent / f"{name}.c"],
            check=True)
        _gantry("bundle", "build", "--manifest", source, "--library", library, "--output", folder)
        names.append(name)
    return names


def _gantry(*arguments) -> str:
    done = subprocess.run([servers.GANTRY, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise servers.ServerFailed(f"gantry {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def _import(folder: Path, modules: list[str], count: int, first: int = 0) -> float:
    """Makes so many tenants with all modules and a key each; gives the seconds that took."""
    lines = folder / "tenants.jsonl"
    tenant = {"modules": {name: NO_LIMIT if name == "guestbook" else {} for name in modules}}
    lines.write_text("".join(
        json.dumps({"id": f"t{number:05}", **tenant}) + "\n" for number in range(first, first + count)))
    begun = time.monotonic()
    _gantry("tenant", "import", lines, "--keys", folder / "keys.jsonl", "--data", folder / "data")
    keys = [json.loads(line)["key"] for line in (folder / "keys.jsonl").read_text().splitlines()]
    (folder / "keys.txt").write_text("".join(key + "\n" for key in keys))
    return time.monotonic() - begun


@contextlib.contextmanager
def _host(folder: Path, idle_seconds: int = 3600):
    """A running host on the folder; gives its port, its process and the seconds until it was ready."""
    port = process.free_port()
    (folder / "deployment.yaml").write_text(
        f"event-loops: 1\nbundles: [{folder}/bundles]\nlog: {{level: warning, requests: failures}}\n"
        f"instances: {{idle: {idle_seconds}}}\n")
    begun = time.monotonic()
    running = servers._launch(
        "gantry", folder,
        [str(servers.GANTRY), "serve", "--deployment", str(folder / "deployment.yaml"), "--data",
         str(folder / "data"), "--listen", f"127.0.0.1:{port}"], port)
    try:
        while True:
            if running.process.poll() is not None or time.monotonic() - begun > 120:
                running.fail("did not become ready")
            with contextlib.suppress(OSError):
                if running.request("GET", "/api/v1/public/health/ready")[0] == 200:
                    break
            time.sleep(0.005)
        yield port, running.process.pid, time.monotonic() - begun
    finally:
        # So many instances take their time to end, and a kill would leave work for the next start.
        running.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.process.wait(60)
        running.stop()


# ---------------------------------------------------------------- figures

def _start_figures(folder: Path, modules: list[str], options, found: dict) -> None:
    with _host(folder):
        pass  # The first start tells the folder where the bundles are.
    _import(folder, modules, 100)
    with _host(folder) as (_, pid, seconds):
        found["firstReady100"] = seconds
        process.wait_until_quiet(pid, 120)
    starts = []
    for _ in range(3):
        with _host(folder) as (_, pid, seconds):
            starts.append(seconds)
            process.wait_until_quiet(pid)
            few = process.memory_mebibytes(pid)
    found["ready100"] = statistics.median(starts)
    found["importSeconds"] = _import(folder, modules, options.tenants - 100, 100)
    starts = []
    for _ in range(3):
        with _host(folder) as (_, pid, seconds):
            starts.append(seconds)
            process.wait_until_quiet(pid, 600)
            many = process.memory_mebibytes(pid)
    found["ready"] = statistics.median(starts)
    found["memoryMebibytes100"], found["memoryMebibytes"] = few, many
    found["kibibytesPerTenant"] = (many - few) * 1024 / (options.tenants - 100)
    _tell(f"ready after {found['ready']:.2f} s, {found['kibibytesPerTenant']:.1f} KiB a tenant")


def _latencies(folder: Path, options, found: dict) -> None:
    everybody = (0, options.tenants)

    def measure(port, path, who, seconds, connections=32):
        # Each tenant once takes as long as it takes; of a load by time wrk tells the rest.
        return load.run(port, "tenants.lua", [str(folder / "keys.txt"), path, *map(str, who)], connections, seconds)

    with _host(folder) as (port, pid, _):
        # Modules with schedules learn of them: each tenant's is started once in the background.
        begun = time.monotonic()
        process.wait_until_quiet(pid, 600)
        _tell(f"quiet after {time.monotonic() - begun:.0f} s")
        found["firstEver"] = _once(folder, port, "/v1/tally", options.touched)
        found["databasesMebibytes"] = process.memory_mebibytes(pid)
    with _host(folder) as (port, pid, seconds):
        found["readyWithDatabases"] = seconds
        process.wait_until_quiet(pid, 120)
        found["databaseCold"] = _once(folder, port, "/v1/entries")
        _tell(f"every tenant was opened in {found['databaseCold']['seconds']:.0f} s")
        process.wait_until_quiet(pid, 120)
        found["databaseWarm"] = _line(measure(port, "/v1/entries", everybody, options.seconds))
        measure(port, "/v1/hello/bench", everybody, 1)
        pairs = []
        for _ in range(options.rounds):
            one = measure(port, "/v1/hello/bench", (17, 1), options.seconds)
            many = measure(port, "/v1/hello/bench", everybody, options.seconds)
            pairs.append((one, many))
        found["inlineOne"] = _median([one for one, _ in pairs])
        found["inlineRandom"] = _median([many for _, many in pairs])
        found["inlineRatio"] = statistics.median(
            many.p99_microseconds / one.p99_microseconds for one, many in pairs)


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _once(folder: Path, port: int, path: str, count: int | None = None) -> dict:
    """Every tenant once, eight at a time, so that no figure is that of a queue alone."""
    keys = (folder / "keys.txt").read_text().split()[:count]
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(servers.BENCHMARKS / "harness/once.py"), str(port), path, "8"],
        input="\n".join(keys), capture_output=True, text=True, check=True)
    times = sorted(json.loads(done.stdout))
    return {"count": len(times), "seconds": time.monotonic() - begun,
            "p50": times[len(times) // 2] * 1e6, "p99": times[len(times) * 99 // 100] * 1e6}


def _line(one: load.Load) -> dict:
    return {"requestsPerSecond": one.requests / one.seconds, "p50": one.p50_microseconds, "p99": one.p99_microseconds}


def _median(loads: list[load.Load]) -> dict:
    lines = [_line(one) for one in loads]
    return {name: statistics.median(line[name] for line in lines) for name in lines[0]}


def _eviction(folder: Path, options, found: dict) -> None:
    with _host(folder, idle_seconds=5) as (port, pid, _):
        process.wait_until_quiet(pid)
        before = process.memory_mebibytes(pid)
        _once(folder, port, "/v1/entries", options.touched)
        full = process.memory_mebibytes(pid)
        least, end = full, time.monotonic() + 60
        while time.monotonic() < end:
            time.sleep(1)
            least = min(least, process.memory_mebibytes(pid))
        count = min(options.touched, options.tenants)
        found["eviction"] = {"tenants": count, "before": before, "full": full, "after": least}


# ---------------------------------------------------------------- report

def _targets(found: dict) -> list[dict]:
    def target(name, value, limit):
        return {"name": name, "value": value, "limit": limit, "met": value <= limit}

    return [
        target("start to ready, 100 tenants, s", found["ready100"], 0.5),
        target(f"start to ready, {found['tenants']:,} tenants, s", found["ready"], 3),
        target("memory of an idle tenant, KiB", found["kibibytesPerTenant"], 10),
        target("p99 of an inline route, random tenant against one, ratio", found["inlineRatio"], 2),
        target("memory, idle, 100 tenants, MiB", found["memoryMebibytes100"], 80),
    ]


def _text(found: dict) -> str:
    lines = [f"{found['tenants']:,} tenants with {found['modules']} modules each; load before: {found['load']:.1f}"]
    for one in found["targets"]:
        lines.append(
            f"  {one['name']}: {one['value']:.2f} (target ≤ {one['limit']}: {'met' if one['met'] else 'NOT MET'})")
    lines.append(f"  import of {found['tenants'] - 100:,} tenants with a key each: {found['importSeconds']:.1f} s")
    lines.append(f"  start to ready once every tenant has a database: {found['readyWithDatabases']:.2f} s")
    lines.append(f"  memory, {found['tenants']:,} idle tenants: {found['memoryMebibytes']:.0f} MiB")
    for name, title in [("firstEver", "first request ever of a tenant (its database is made)"),
                        ("databaseCold", "database route, cold (instance and file are opened)"),
                        ("databaseWarm", "database route, warm, random tenant"),
                        ("inlineOne", "inline route, one tenant"), ("inlineRandom", "inline route, random tenant")]:
        lines.append(f"  {title}: p50 {found[name]['p50']:,.0f} µs, p99 {found[name]['p99']:,.0f} µs")
    evicted = found["eviction"]
    lines.append(f"  memory before, with {evicted['tenants']:,} tenants' instances, and after they were stopped: "
                 f"{evicted['before']:.0f}, {evicted['full']:.0f}, {evicted['after']:.0f} MiB")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
