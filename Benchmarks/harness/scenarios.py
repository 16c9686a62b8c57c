"""What is measured: four kinds of work, each with the servers that do it and the targets of the design."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import load, process, servers, session
from .servers import Server

SEEDED_SESSIONS = 200
GREETING = {"message": "Hello, bench!"}


@dataclass(frozen=True)
class Entrant:
    """A server in one scenario: how it starts, what path it is asked for, whether it is shown a key."""

    label: str
    start: Callable[[Path, int], Server]
    path: str = ""
    keyed: bool = True


@dataclass(frozen=True)
class Target:
    """`first` ÷ `second` of a figure must not be above (or, with `least`, not below) `bound`."""

    text: str
    figure: str
    first: str
    second: str
    bound: float
    least: bool = False
    # What would be fine, but is not asked for, is printed and counts for nothing.
    required: bool = True

    def is_met(self, ratio: float) -> bool:
        return ratio >= self.bound if self.least else ratio <= self.bound


@dataclass(frozen=True)
class Scenario:
    """One kind of work."""

    name: str
    title: str
    entrants: list[Entrant]
    baseline: str
    targets: list[Target]
    connections: int = 32
    writes: bool = False
    seeds: bool = False


@dataclass
class Sample:
    """One round of one server."""

    cpu_microseconds: float
    requests_per_second: float
    p50_microseconds: float
    p99_microseconds: float
    response_bytes: float
    requests: int
    memory_mebibytes: float


@dataclass
class Contest:
    """A server ready to be measured, with the requests that it will be sent."""

    entrant: Entrant
    server: Server
    folder: Path
    paths: list[str]
    samples: list[Sample] = field(default_factory=list)
    rounds: int = 0


GANTRY, NIO, HUMMINGBIRD, NGINX, FASTAPI = "gantry", "nio (bare)", "hummingbird", "nginx", "fastapi"
# Written as the documentation teaches; targets are against the one that was written for speed.
USUAL = "fastapi, usual"

SCENARIOS = [
    Scenario(
        "hello",
        "GET /v1/hello/{name}: Gantry with tenant, route, API key, limits, contract check; peers a plain hello",
        [
            Entrant(GANTRY, servers.start_gantry, "/v1/hello/bench"),
            Entrant(NIO, servers.start_nio, "/v1/hello/bench", keyed=False),
            Entrant(HUMMINGBIRD, servers.start_hummingbird, "/v1/hello/bench", keyed=False),
            Entrant(NGINX, servers.start_nginx, "/v1/hello/bench", keyed=False),
            Entrant(FASTAPI, servers.start_fastapi, "/hello/bench", keyed=False),
            Entrant("fastapi, with key", servers.start_fastapi, "/v1/hello/bench"),
            Entrant(USUAL, servers.start_fastapi_usual, "/v1/hello/bench"),
        ],
        NIO,
        [
            Target("≤ 1.5 × bare NIO", "cpu", GANTRY, NIO, 1.5),
            Target("≤ 1 × the web framework", "cpu", GANTRY, HUMMINGBIRD, 1.0),
            Target("≥ 5 × cheaper than FastAPI", "cpu", FASTAPI, GANTRY, 5, least=True),
            Target("≤ 1.3 × nginx (the dream)", "cpu", GANTRY, NGINX, 1.3, required=False),
        ],
    ),
    Scenario(
        "read",
        "GET /v1/sessions/{id} with 100 readings",
        [
            Entrant(GANTRY, servers.start_gantry),
            Entrant(FASTAPI, servers.start_fastapi),
            Entrant(USUAL, servers.start_fastapi_usual),
        ],
        FASTAPI,
        [Target("≥ 8 × cheaper than FastAPI", "cpu", FASTAPI, GANTRY, 8, least=True)],
        seeds=True,
    ),
    Scenario(
        "page",
        "GET /v1/sessions?pageSize=20",
        [
            Entrant(GANTRY, servers.start_gantry, "/v1/sessions?pageSize=20"),
            Entrant(FASTAPI, servers.start_fastapi, "/v1/sessions?pageSize=20"),
            Entrant(USUAL, servers.start_fastapi_usual, "/v1/sessions?pageSize=20"),
        ],
        FASTAPI,
        [Target("≥ 8 × cheaper than FastAPI", "cpu", FASTAPI, GANTRY, 8, least=True)],
        seeds=True,
    ),
    Scenario(
        "write",
        "POST /v1/sessions with 100 readings, durable; Gantry also analyses and publishes, the peer only stores",
        [
            Entrant(GANTRY, servers.start_gantry),
            Entrant(FASTAPI, servers.start_fastapi),
            Entrant("fastapi, writer", servers.start_fastapi_with_writer),
            Entrant(USUAL, servers.start_fastapi_usual),
        ],
        FASTAPI,
        [Target("≥ 10 × FastAPI's throughput", "throughput", GANTRY, FASTAPI, 10, least=True)],
        writes=True,
    ),
]


def prepare(scenario: Scenario, entrant: Entrant, folder: Path, threads: int) -> Contest:
    """Starts a server, fills it, and checks status and body of what will be measured."""
    folder.mkdir(parents=True)
    server = entrant.start(folder, threads)
    contest = Contest(entrant, server, folder, [entrant.path])
    try:
        if scenario.writes:
            (folder / "session.json").write_bytes(session.template())
            _check_write(server)
        elif scenario.seeds:
            names = [f"seed-{index:04d}" for index in range(SEEDED_SESSIONS)]
            for index, name in enumerate(names):
                _expect(server, "POST", "/v1/sessions", session.body(name, f"ST-{index % 100:05d}"))
            if not entrant.path:
                contest.paths = [f"/v1/sessions/{name}" for name in names]
        _check_read(scenario, server, contest.paths[0])
    except BaseException:
        server.stop()
        raise
    return contest


def measure(scenario: Scenario, contest: Contest, seconds: float) -> Sample:
    """One round: CPU of the server before and after a load, divided by what was served."""
    server = contest.server
    pid = server.process.pid
    process.wait_until_quiet(pid)
    stored = _stored(server) if scenario.writes else 0
    before = process.cpu_seconds(pid)
    try:
        seen = load.run(server.port, *_load(scenario, contest), seconds)
    except load.LoadFailed as failure:
        server.fail(str(failure))
    process.wait_until_quiet(pid)
    cpu = process.cpu_seconds(pid) - before
    # When wrk stops, each connection has one request under way: the server does its work, wrk does not count it.
    # Writes are counted in the database instead, which proves at the same time that they were stored.
    served = seen.requests + scenario.connections
    if scenario.writes:
        served = _stored(server) - stored
        if served < seen.requests:
            server.fail(f"acknowledged {seen.requests} sessions and stored {served}")
    contest.rounds += 1
    return Sample(
        cpu_microseconds=cpu * 1e6 / served,
        requests_per_second=served / seen.seconds,
        p50_microseconds=seen.p50_microseconds,
        p99_microseconds=seen.p99_microseconds,
        response_bytes=seen.response_bytes / seen.requests,
        requests=served,
        memory_mebibytes=process.memory_mebibytes(pid),
    )


def _load(scenario: Scenario, contest: Contest) -> tuple[str, list[str], int]:
    """The script, its arguments, and the number of connections."""
    key = contest.server.key if contest.entrant.keyed else ""
    if not scenario.writes:
        return "get.lua", [key, *contest.paths], scenario.connections
    # Two letters that no other round of this server has, so that no identifier comes twice.
    prefix = chr(ord("a") + contest.rounds // 26) + chr(ord("a") + contest.rounds % 26)
    return "write.lua", [key, prefix, str(contest.folder / "session.json")], scenario.connections


def _expect(server: Server, method: str, path: str, body: bytes | None = None) -> dict:
    status, answer = server.request(method, path, body)
    if status != 200:
        server.fail(f"answered {method} {path} with {status} {answer[:500]!r}")
    return json.loads(answer)


def _check_read(scenario: Scenario, server: Server, path: str) -> None:
    if scenario.name == "hello":
        found = _expect(server, "GET", path)
        if found != GREETING:
            server.fail(f"greeted with {found}")
    elif scenario.name == "read":
        found = _expect(server, "GET", path)
        first = {"timestamp": "2025-06-14T05:00:00Z", "measurand": "Energy.Active.Import.Register", "value": 18211.4}
        readings = found["meterValues"]
        if len(readings) != session.READINGS or not any(first.items() <= reading.items() for reading in readings[:3]):
            server.fail(f"read a session wrongly: {str(found)[:500]}")
    elif scenario.name == "page":
        found = _expect(server, "GET", path)
        if len(found["content"]) != 20 or found["pagination"]["totalCount"] != SEEDED_SESSIONS:
            server.fail(f"listed sessions wrongly: {str(found)[:500]}")


def _check_write(server: Server) -> None:
    made = _expect(server, "POST", "/v1/sessions", session.body("checked", "ST-00000"))
    if made["sessionId"] != "checked" or made["status"] != "completed":
        server.fail(f"created a session wrongly: {made}")
    for body, status in ((session.body("checked", "ST-00000"), 409), (session.body("bad name", "ST-00000"), 422)):
        if (answered := server.request("POST", "/v1/sessions", body))[0] != status:
            server.fail(f"should have answered {status}, not {answered}")


def _stored(server: Server) -> int:
    return _expect(server, "GET", "/v1/sessions?pageSize=1")["pagination"]["totalCount"]
