#!/usr/bin/env python3
"""Fills one tenant with many charging sessions over the public interface, then asks for lists of them.

Prints how fast they were taken, by tenths; what lists with all kinds of filters and pages cost at the end, and whether
their totals are right; what the sessions take on disk, and the memory of the host. Writes go in batches of 200 and, one
in five, singly over several connections.

    python3 Benchmarks/scale.py --sessions 1000000 --readings 30
"""

import argparse
import http.client
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
import urllib.parse
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from harness import charging, servers

BATCH = 200
SINGLES_SHARE = 0.2
SINGLE_CONNECTIONS = 16
BATCHES_UNDER_WAY = 6
TENTHS = 10
LIMIT_MILLISECONDS = 20
FALL_MAX = 0.2


class Client:
    """One kept-alive connection of the tenant's program."""

    def __init__(self, server: servers.Server) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        self.headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}

    def send(self, method: str, path: str, body: str | None = None) -> dict:
        self.connection.request(method, path, body.encode() if body else None, self.headers)
        response = self.connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise SystemExit(f"{method} {path}: {response.status} {content[:300]!r}")
        return json.loads(content)


class Filling:
    """Stores sessions in batches and singly, and knows when all of them are stored."""

    def __init__(self, server: servers.Server, sessions: charging.Sessions) -> None:
        self.server = server
        self.sessions = sessions
        self.client = Client(server)
        self.singles = [Client(server) for _ in range(SINGLE_CONNECTIONS)]
        self.number = 0

    def fill(self, count: int) -> float:
        """Stores so many further sessions; the seconds from the first to the last of them being stored."""
        start = time.monotonic()
        single_count = int(count * SINGLES_SHARE)
        bodies = [self._next() for _ in range(single_count)]
        prepared = time.monotonic() - start
        threads = [
            threading.Thread(target=self._send_singly, args=(client, bodies[index::SINGLE_CONNECTIONS]))
            for index, client in enumerate(self.singles)
        ]
        for thread in threads:
            thread.start()
        self._send_batches(count - single_count)
        for thread in threads:
            thread.join()
        return time.monotonic() - start - prepared

    def _next(self) -> str:
        self.number += 1
        return self.sessions.body(self.number)

    def _send_singly(self, client: Client, bodies: list[str]) -> None:
        for body in bodies:
            client.send("POST", "/v1/sessions", body)

    def _send_batches(self, count: int) -> None:
        under_way: list[str] = []
        while count > 0 or under_way:
            while count > 0 and len(under_way) < BATCHES_UNDER_WAY:
                size = min(BATCH, count)
                body = '{"sessions":[' + ",".join(self._next() for _ in range(size)) + "]}"
                under_way.append(self.client.send("POST", "/v1/sessions/batch", body)["batchId"])
                count -= size
            answer = self.client.send("GET", f"/v1/sessions/batch/{under_way[0]}?pageSize=1")
            if answer["status"] == "completed":
                if answer["failedSessions"]:
                    raise SystemExit(f"sessions of a batch failed: {answer}")
                under_way.pop(0)
            else:
                time.sleep(0.005)


def moment(milliseconds: int) -> str:
    text = datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


class Lists:
    """Lists of many kinds, asked one after the other, and compared with what the database has."""

    def __init__(self, server: servers.Server, database: Path, seed: int) -> None:
        self.client = Client(server)
        self.random = random.Random(seed)
        self.database = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self.first, self.last = self.database.execute(
            "SELECT min(created_at), max(created_at) FROM sessions").fetchone()
        self.places = self.database.execute(
            "SELECT station_id, evse_id FROM sessions ORDER BY random() LIMIT 300").fetchall()
        self.busiest = self.database.execute(
            "SELECT station_id, sum(stored_sessions) FROM connectors GROUP BY 1 ORDER BY 2 DESC LIMIT 3").fetchall()

    KINDS = {
        "all": "", "station": "s", "busiest station": "b", "EVSE": "e", "anomalous": "a", "clean": "c",
        "score": "p", "confidence": "q", "score and confidence": "pq", "clean, score": "cp", "window": "t",
        "short window": "u", "window, anomalous": "ta", "window, clean, score": "tcp", "short window, score": "up",
        "station, anomalous": "sa", "busiest station, clean": "bc", "busiest station, score": "bp",
        "busiest station, window, score": "btp", "EVSE, clean, score": "ecp", "station and EVSE": "se",
        "everything": "setcpq",
    }

    def query(self, letters: str) -> dict[str, str]:
        """A random query of a kind."""
        chance, query = self.random, {}
        place = chance.choice(self.places)
        span = self.last - self.first
        for letter in letters:
            if letter == "s":
                query["chargingStationId"] = place[0]
            elif letter == "b":
                query["chargingStationId"] = chance.choice(self.busiest)[0]
            elif letter == "e":
                query["evseId"] = place[1]
            elif letter in "ac":
                query["isAnomaly"] = "true" if letter == "a" else "false"
            elif letter in "pq":
                query["minScore" if letter == "p" else "minConfidence"] = f"{chance.random():.4f}"
            else:
                length = span * (chance.random() if letter == "t" else 0.01 * chance.random())
                start = self.first + chance.random() * (span - length)
                query["dateFrom"], query["dateTo"] = moment(int(start)), moment(int(start + length) + 1)
        return query

    def expected(self, query: dict[str, str]) -> int:
        """The total as counted row by row."""
        terms, values = ["1 = 1"], []
        for name, term in {
            "chargingStationId": "station_id = ?", "evseId": "evse_id = ?", "minScore": "anomaly_score >= ?",
            "minConfidence": "anomaly_confidence >= ?",
        }.items():
            if name in query:
                terms.append(term)
                values.append(float(query[name]) if name.startswith("min") else query[name])
        if "isAnomaly" in query:
            terms.append("is_anomaly = ?")
            values.append(int(query["isAnomaly"] == "true"))
        for name, sign in {"dateFrom": ">=", "dateTo": "<"}.items():
            if name in query:
                terms.append(f"created_at {sign} ?")
                stamp = datetime.fromisoformat(query[name].replace("Z", "+00:00"))
                values.append(round(stamp.timestamp() * 1000))
        return self.database.execute(f"SELECT count(*) FROM sessions WHERE {' AND '.join(terms)}", values).fetchone()[0]

    def measure(self, letters: str, requests: int) -> list[float]:
        """Milliseconds of so many lists: first pages, pages near it, and pages anywhere."""
        times, total = [], 0
        for number in range(requests):
            query = self.query(letters)
            size = self.random.choice((20, 100))
            page = (0, self.random.randrange(10), self.random.randrange(max(1, total // size + 1)))[number % 3]
            text = urllib.parse.urlencode({**query, "page": min(page, 1_000_000), "pageSize": size})
            start = time.perf_counter()
            answer = self.client.send("GET", f"/v1/sessions?{text}")
            times.append((time.perf_counter() - start) * 1000)
            total = answer["pagination"]["totalCount"]
            if len(answer["content"]) != min(size, max(0, total - page * size)):
                raise SystemExit(f"{text}: {len(answer['content'])} sessions on a page of {total}")
            if number < 3 and total != self.expected(query):
                raise SystemExit(f"{text}: a total of {total}, not {self.expected(query)}")
        return sorted(times)


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def memory_of(server: servers.Server) -> tuple[float, float]:
    """Resident memory now and at its peak, in MiB."""
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    values = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if line.startswith(("VmRSS", "VmHWM"))}
    return int(values["VmRSS"]) / 1024, int(values["VmHWM"]) / 1024


def processor_of(server: servers.Server) -> float:
    """Seconds of CPU that the host has used."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tables_of(database: Path, sessions: int) -> None:
    """What each table and index takes, where SQLite can tell."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        try:
            rows = connection.execute(
                "SELECT name, sum(pgsize) FROM dbstat GROUP BY 1 ORDER BY 2 DESC LIMIT 24").fetchall()
        except sqlite3.OperationalError:
            return
    print("\nbytes per session by table and index:")
    for name, size in rows:
        if size / sessions >= 1:
            print(f"  {name:40} {size / sessions:8.1f}")


def run(arguments: argparse.Namespace, folder: Path) -> bool:
    server = servers.start_gantry(folder, 1)
    database = folder / "data/tenants" / servers.TENANT / "anomaly/module.db"
    try:
        filling = Filling(server, charging.Sessions(
            arguments.sessions, arguments.readings, arguments.stations, arguments.seed))
        rates = []
        print(f"{arguments.sessions} sessions of {arguments.readings} readings, {arguments.stations} stations")
        for tenth in range(TENTHS):
            count, before = arguments.sessions // TENTHS, processor_of(server)
            rates.append(count / filling.fill(count))
            spent = (processor_of(server) - before) / count * 1e6
            now, peak = memory_of(server)
            size = size_of(folder / "data")
            print(
                f"tenth {tenth + 1:2}: {rates[-1]:7.0f} sessions/s, {spent:5.0f} µs of CPU, {size / 2**20:5.0f} MiB "
                f"({size / filling.number:.0f} bytes each), memory {now:.0f} MiB (peak {peak:.0f})", flush=True)
        fall = 1 - rates[-1] / rates[0]
        print(f"from the first to the last tenth: {-fall * 100:+.0f} % (may fall by {FALL_MAX * 100:.0f} %)")
        return measure_lists(server, database, arguments) and fall <= FALL_MAX
    finally:
        server.stop()
        if database.exists():
            tables_of(database, max(1, arguments.sessions))


def measure_lists(server: servers.Server, database: Path, arguments: argparse.Namespace) -> bool:
    lists, worst = Lists(server, database, arguments.seed), 0.0
    print(f"\n{'list':34} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'CPU ms':>8}")
    for name, letters in Lists.KINDS.items():
        before = processor_of(server)
        times = lists.measure(letters, arguments.requests)
        spent = (processor_of(server) - before) / arguments.requests * 1000
        high = times[int(len(times) * 0.99)]
        worst = max(worst, high)
        print(f"{name:34} {times[len(times) // 2]:8.2f} {high:8.2f} {times[-1]:8.2f} {spent:8.2f}", flush=True)
    met = worst <= LIMIT_MILLISECONDS
    print(f"highest p99: {worst:.2f} ms (target {LIMIT_MILLISECONDS}: {'met' if met else 'not met'})")
    return met


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=int(os.environ.get("SESSIONS", "1000000")))
    parser.add_argument("--readings", type=int, default=int(os.environ.get("READINGS", "30")))
    parser.add_argument("--stations", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=300, help="lists of each kind")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--folder", type=Path, help="where the data lie; kept afterwards")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="scale-", dir=servers.BUILD))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        succeeds = run(arguments, folder)
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder)
    sys.exit(0 if succeeds else 1)


if __name__ == "__main__":
    main()
