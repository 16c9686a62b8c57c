"""What a module does to itself stays with it: faults in workers, while everybody else is served under load.

With GANTRY_CONTAINMENT set to seconds of load it also measures how long the others waited, with the fault and without.
"""

import http.client
import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time

import pytest
from conftest import BUILD, ROOT, Host, eventually

SOURCE = ROOT / "Tests" / "Containment"
SECONDS = float(os.environ.get("GANTRY_CONTAINMENT", "0"))
LIMITS = "{memory: 96, files: 40, crashes: %d, window: 10m, %s}"
# A busy machine may hold up a call that is in order for a second or two.
WATCH = "grace: 2s, longest-call: 4s, backoff: 20ms, longest-backoff: 20ms"
# As an operator has it, but for a wait that a test has the time for.
USUAL = "grace: 100ms, longest-call: 1s, longest-backoff: 1s"
DEPLOYMENT = """\
bundles: [{bundles}, {own}]
log: {{level: info, requests: none}}
event-loops: 2
limits: {{default: 1000000/minute}}
modules:
  mischief: {{isolation: {tier}, worker: {limits}}}
tenants:
  - {{id: north, modules: {{mischief: {{}}, tally: {{limits: {{default: 1000000/minute}}}}}}}}
  - {{id: south, modules: {{mischief: {{}}, tally: {{limits: {{default: 1000000/minute}}}}}}}}
"""

# The fault, what is said of how the worker ended, and its reason in the metrics.
FAULTS = [
    ("segfault", "SIGSEGV", "signal"), ("trap", "SIGILL", "signal"), ("abort", "SIGABRT", "signal"),
    ("recurse", "SIGSEGV", "signal"), ("divide", "SIGFPE", "signal"), ("exit", "by itself with code 7", "exit"),
    ("thread", "SIGSEGV", "signal"),
    ("loop", "did not return in its time", "hang"), ("transaction", "did not return in its time", "hang"),
    ("memory", "took more than 96 MiB", "memory"),
]


@pytest.fixture(scope="session")
def bundles():
    folder = tempfile.mkdtemp(prefix="gantry-mischief-")
    bundle = os.path.join(folder, "mischief")
    os.mkdir(bundle)
    for name in ("module.yaml", "openapi.yaml"):
        shutil.copy(SOURCE / name, bundle)
    subprocess.run(
        ["cc", "-std=c11", "-O1", "-Wall", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread",
         f"-I{ROOT}/PluginAPI/C/include", f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map",
         "-o", f"{bundle}/mischief.so", SOURCE / "mischief.c"], check=True)
    yield folder
    shutil.rmtree(folder)


def make_host(bundles, tier, crashes=1000, watch=WATCH):
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    text = DEPLOYMENT.format(bundles=BUILD / "bundles", own=bundles, tier=tier, limits=LIMITS % (crashes, watch))
    return Host(folder, text)


@pytest.fixture(scope="module")
def contained(bundles):
    """A process for each tenant, which may crash as often as it likes."""
    host = make_host(bundles, "worker-per-tenant").start()
    yield host
    host.stop()
    shutil.rmtree(host.folder)


@pytest.fixture
def fresh(bundles):
    """Makes hosts for one test."""
    made = []

    def make(tier, crashes=1000, watch=WATCH, environment=None):
        made.append(make_host(bundles, tier, crashes, watch).start(environment))
        return made[-1]

    yield make
    for host in made:
        host.stop(signal.SIGKILL)
        shutil.rmtree(host.folder)


def ask(host, tenant, what, inline=False):
    return host.call("POST", f"/mischief/{what}{'/inline' if inline else ''}", key=host.key(tenant))


def is_fine(host, tenant):
    return ask(host, tenant, "fine").status == 200


def worker(host, tenant=None):
    shown = host.administration("module", "show", "mischief")["workers"]
    return next((one for one in shown if one["tenant"] == tenant), None)


class Others:
    """Calls what must not be harmed, again and again on several connections, and keeps what it was answered."""

    def __init__(self, host, places):
        self.host, self.places, self.isOver = host, places, False
        self.failures, self.durations, self.counts = [], [], {place: 0 for place in places}
        for tenant, _, _ in places:
            host.key(tenant)
        self.threads = [threading.Thread(target=self.run, args=(place,)) for place in places]

    def run(self, place):
        tenant, method, path = place
        connection = http.client.HTTPConnection("127.0.0.1", self.host.port, timeout=30)
        while not self.isOver:
            begin = time.monotonic()
            try:
                answer = self.host.call(method, path, key=self.host.key(tenant), connection=connection)
                if answer.status != 200:
                    self.failures.append((place, answer.status, answer.body))
            except OSError as error:
                self.failures.append((place, repr(error)))
                connection.close()
            self.durations.append(time.monotonic() - begin)
            self.counts[place] += 1
            time.sleep(0.002)
        connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        eventually(lambda: all(self.counts.values()))
        return self

    def __exit__(self, *_):
        self.isOver = True
        for thread in self.threads:
            thread.join()

    def goOn(self):
        """Returns when each has been answered ten times more, or when the time of a measurement is over."""
        before, end = dict(self.counts), time.monotonic() + SECONDS
        eventually(lambda: time.monotonic() >= end
                   and all(self.counts[place] >= before[place] + 10 for place in self.places), 60 + SECONDS)

    def percentile(self):
        ordered = sorted(self.durations)
        return ordered[int(len(ordered) * 0.99)] * 1000


OTHER_MODULES = [("north", "GET", "/v1/tally"), ("south", "GET", "/v1/tally"), ("north", "GET", "/v1/tally/version")]
OTHER_TENANT = ("south", "POST", "/mischief/fine")


def is_own_shape(answer):
    return answer.status == 503 and answer.json["trouble"]["why"] in ("module_unavailable", "overloaded")


@pytest.mark.parametrize("fault, words, reason", FAULTS, ids=[fault for fault, _, _ in FAULTS])
def test_a_fault_stays_with_its_tenant_and_module(contained, fault, words, reason):
    assert eventually(lambda: is_fine(contained, "north"))
    before = worker(contained, "north")
    with Others(contained, [*OTHER_MODULES, OTHER_TENANT]) as others:
        answer = ask(contained, "north", fault, inline=fault in ("abort", "loop"))
        assert is_own_shape(answer), (answer.status, answer.body)
        assert eventually(lambda: is_fine(contained, "north")), "it starts again by itself"
        others.goOn()
    assert others.failures == []
    after = worker(contained, "north")
    assert after["state"] == "running" and after["process"] != before["process"], after
    assert after["restarts"] > before["restarts"] and words in after["last_exit"], after
    assert after["reason"] == reason
    assert worker(contained, "south")["restarts"] == 0
    counted = f'module_restarts_total{{module="mischief",reason="{reason}"}}'
    assert counted in contained.call("GET", "/api/v1/public/metrics").body.decode()


def test_calls_that_wait_with_the_one_that_crashes_are_answered_too(fresh):
    host = fresh("worker")
    assert is_fine(host, "north") and is_fine(host, "south")
    answers = []
    waiting = [threading.Thread(target=lambda one=tenant: answers.append(ask(host, one, "loop")))
               for tenant in ("north", "south") for _ in range(6)]
    with Others(host, OTHER_MODULES) as others:
        for thread in waiting:
            thread.start()
        for thread in waiting:
            thread.join()
        assert eventually(lambda: is_fine(host, "north") and is_fine(host, "south"))
        others.goOn()
    assert others.failures == []
    assert len(answers) == 12 and all(is_own_shape(answer) for answer in answers), [a.body for a in answers]


def test_work_that_never_ends_is_found_though_nobody_waits_for_it(fresh):
    host = fresh("worker")
    with Others(host, OTHER_MODULES) as others:
        assert ask(host, "north", "work").status in (200, 503)
        ended = eventually(lambda: (worker(host) or {}).get("last_exit"), 40)
        assert "hung" in ended
        assert eventually(lambda: is_fine(host, "south"))
    assert others.failures == []


def test_a_process_that_stops_itself_while_nothing_is_under_way_is_found(fresh):
    host = fresh("worker", watch=WATCH + ", heartbeat: 1s")
    with Others(host, OTHER_MODULES) as others:
        assert is_fine(host, "north")
        frozen = worker(host)["process"]
        assert ask(host, "north", "freeze").status in (200, 503)
        shown = eventually(lambda: (one := worker(host) or {}).get("restarts") and one, 60)
        assert shown["reason"] == "hang" and "hung" in shown["last_exit"], shown
        eventually(lambda: not is_running(frozen))
        assert eventually(lambda: is_fine(host, "south"))
    assert others.failures == []


def test_a_module_that_takes_all_descriptors_has_few(contained):
    with Others(contained, [*OTHER_MODULES, OTHER_TENANT]) as others:
        eventually(lambda: is_fine(contained, "north"))
        answer = ask(contained, "north", "files")
        assert answer.status == 200 and 0 < int(answer.body) < 40
        assert is_fine(contained, "north"), "its channel needs none"
        others.goOn()
    assert others.failures == []


def test_garbage_through_the_interface_harms_nobody(contained):
    with Others(contained, [*OTHER_MODULES, OTHER_TENANT]) as others:
        eventually(lambda: is_fine(contained, "north"))
        for _ in range(20):
            assert ask(contained, "north", "garbage").status in (500, 503)
        assert eventually(lambda: is_fine(contained, "north"))
        others.goOn()
    assert others.failures == []


def test_a_spoilt_ring_ends_its_own_channel_alone(contained):
    with Others(contained, [*OTHER_MODULES, OTHER_TENANT]) as others:
        eventually(lambda: is_fine(contained, "north"))
        answer = ask(contained, "north", "ring")
        assert answer.status in (500, 503) or answer.body != b"not found", answer.body
        assert eventually(lambda: is_fine(contained, "north"))
        others.goOn()
    assert others.failures == []


@pytest.mark.parametrize("tier", ["worker", "worker-per-tenant"])
def test_a_spent_budget_quarantines_and_an_operator_lifts_it(fresh, tier):
    host = fresh(tier, crashes=3)
    place = "north" if tier == "worker-per-tenant" else None
    places = OTHER_MODULES + ([OTHER_TENANT] if place else [])
    with Others(host, places) as others:
        for count in range(3):
            assert eventually(lambda: is_fine(host, "north")), count
            assert is_own_shape(ask(host, "north", "abort"))
        shown = eventually(lambda: (w := worker(host, place)) and w["state"] == "quarantined" and w)
        assert shown["next_start"] is None and shown["crashes"] == 3 and "SIGABRT" in shown["last_exit"]
        assert is_own_shape(ask(host, "north", "fine"))
        listed = next(m for m in host.administration("module", "list")["items"] if m["id"] == "mischief")
        assert (listed["isolation"], listed["state"]) == (tier, "quarantined")
        assert 'module_quarantined{module="mischief"} 1' in host.call("GET", "/api/v1/public/metrics").body.decode()
        others.goOn()
    assert others.failures == []
    # The other tenant: it has a worker of its own, or shares the fate of the module.
    assert (ask(host, "south", "fine").status == 200) == (place is not None)
    shown = host.administration("tenant", "show", "north")["modules"]
    assert "quarantined" in next(one for one in shown if one["module"] == "mischief")["message"]
    done = host.administration("module", "restart", "mischief")
    assert done["state"] == "restarted" and is_fine(host, "north") and is_fine(host, "south")
    assert worker(host, place)["state"] == "running"
    assert 'module_quarantined{module="mischief"} 0' in host.call("GET", "/api/v1/public/metrics").body.decode()


def test_a_job_that_ends_its_worker_is_tried_again_and_counted(fresh):
    host = fresh("worker-per-tenant")
    assert ask(host, "north", "job").status == 200
    line = eventually(lambda: [one for one in host.log_lines() if one["message"].startswith("job_attempt")], 40)
    assert line[0]["message"] == "job_attempt=2"
    assert worker(host, "north")["restarts"] >= 1


def test_no_worker_outlives_its_host(fresh):
    host = fresh("worker-per-tenant")
    processes = [worker(host, tenant)["process"] for tenant in ("north", "south")
                 if is_fine(host, tenant)]
    assert len(set(processes)) == 2 and all(os.path.exists(f"/proc/{process}") for process in processes)
    host.stop(signal.SIGKILL)
    eventually(lambda: not any(is_running(process) for process in processes))


def is_running(process):
    """Whether the process is there and no zombie that waits for somebody else to take its end."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into a process that cannot be debugged")
def test_a_worker_inherits_nothing_of_the_host(contained):
    assert eventually(lambda: is_fine(contained, "north"))
    process = worker(contained, "north")["process"]
    environment = open(f"/proc/{process}/environ", "rb").read().split(b"\0")
    assert {line.split(b"=")[0] for line in environment if line} <= {b"LANG", b"SWIFT_BACKTRACE"}
    targets = [os.readlink(f"/proc/{process}/fd/{one}") for one in os.listdir(f"/proc/{process}/fd")]
    assert not any(str(contained.data) in target or "deployment" in target for target in targets), targets
    assert len(targets) <= 6, targets


def test_a_change_of_the_isolation_is_planned_and_applied(fresh):
    host = fresh("worker")
    assert is_fine(host, "north")
    former = worker(host)["process"]
    host.deployment.write_text(host.deployment.read_text().replace("isolation: worker,", "isolation: in-process,"))
    plan = json.loads(host.cli(
        "plan", str(host.deployment), "--data", str(host.data), "--json", check=False).stdout)
    steps = [step for step in plan["steps"] if step["action"] == "isolate"]
    assert len(steps) == 1 and "worker memory=96" in steps[0]["details"][0] and steps[0]["module"] == "mischief"
    host.cli("apply", str(host.deployment), "--data", str(host.data))
    assert is_fine(host, "north") and is_fine(host, "south")
    eventually(lambda: not is_running(former))
    assert host.administration("module", "show", "mischief")["isolation"] == "in-process"


def test_a_crash_of_the_process_is_told_with_the_module(fresh):
    # Swift's own report takes seconds, and comes after ours.
    host = fresh("in-process", environment={} if SECONDS else {"SWIFT_BACKTRACE": "enable=no"})
    assert is_fine(host, "north")
    with pytest.raises(OSError):
        ask(host, "north", "segfault")
    assert host.process.wait(20) == -signal.SIGSEGV
    assert SECONDS == 0 or "Backtrace took" in host.log.read_text()
    begin = time.monotonic()
    host.start()
    assert is_fine(host, "north") and time.monotonic() - begin < 20
    told = eventually(lambda: [one for one in host.log_lines() if "has crashed" in one["message"]])[0]
    assert told["module"] == "mischief" and "SIGSEGV" in told["report"] and "`blocking`" in told["report"]
    crash = host.administration("module", "show", "mischief")["last_crash"]
    assert (crash["module"], crash["tenant"], crash["signal"]) == ("mischief", "north", "SIGSEGV")
    assert crash["code_of"] == "mischief"
    found = host.cli("doctor", "--data", str(host.data), "--json", check=False).stdout
    assert "mischief" in next(one for one in json.loads(found)["findings"] if one["subject"] == "last crash")["message"]


@pytest.mark.parametrize("inline", [False, True], ids=["on a thread of the pool", "on an event loop"])
def test_a_stack_that_is_used_up_is_told_with_the_module(fresh, inline):
    host = fresh("in-process", environment={"SWIFT_BACKTRACE": "enable=no"})
    assert is_fine(host, "north") and is_fine(host, "south")
    with pytest.raises(OSError):
        ask(host, "north", "recurse", inline)
    assert host.process.wait(20) == -signal.SIGSEGV
    crash = json.loads((host.data / "crash.json").read_text())
    assert (crash["module"], crash["tenant"], crash["code_of"]) == ("mischief", "north", "mischief")
    assert "`inline`" in crash["activity"] if inline else "`blocking`" in crash["activity"]
    assert "its stack is used up" in crash["cause"]
    found = host.cli("doctor", "--data", str(host.data), "--json", check=False).stdout
    told = next(one for one in json.loads(found)["findings"] if one["subject"] == "last crash")["message"]
    assert "mischief" in told and "stack is used up" in told


ROUNDS = 3
PLACES = [*OTHER_MODULES, OTHER_TENANT]


def loaded(host, what):
    """The others' calls while two clients ask north's module for this all the time."""
    stop = threading.Event()

    def ask_on():
        while not stop.is_set():
            ask(host, "north", what)
            time.sleep(0.05)

    eventually(lambda: is_fine(host, "north"), 30)
    asking = [threading.Thread(target=ask_on) for _ in range(2)]
    with Others(host, PLACES) as others:
        for thread in asking:
            thread.start()
        others.goOn()
        # What is under way ends with the measurement, not after it.
        others.isOver = True
    stop.set()
    for thread in asking:
        thread.join()
    return others


class Measured:
    """Pairs of rounds under the same load, one without the fault and one with it right after."""

    def __init__(self, host, fault):
        self.fault, self.before, self.after, self.failures, self.count = fault, [], [], 0, 0
        for _ in range(ROUNDS):
            calm, troubled = loaded(host, "fine"), loaded(host, fault)
            self.before.append(calm.percentile())
            self.after.append(troubled.percentile())
            self.failures += len(troubled.failures) + len(calm.failures)
            self.count += len(troubled.durations)

    @property
    def isContained(self):
        """Of the pairs the one in the middle: twice as long at most, or two milliseconds more."""
        excess = [after - max(2 * before, before + 2) for before, after in zip(self.before, self.after)]
        return self.failures == 0 and statistics.median(excess) <= 0

    def __str__(self):
        before, after = statistics.median(self.before), statistics.median(self.after)
        ratio = statistics.median(after / before for before, after in zip(self.before, self.after))
        return (f"{self.fault:12} {before:9.2f} ms {after:7.2f} ms {ratio:7.2f} {self.failures:9} {self.count:9}  "
                + ("contained" if self.isContained else "NOT CONTAINED"))


@pytest.mark.skipif(SECONDS == 0, reason="set GANTRY_CONTAINMENT to seconds of load for each round")
def test_the_others_do_not_wait_longer(fresh):
    """Zero failures, and p99 of the others at most twice what it is without the fault, or two milliseconds more."""
    host = fresh("worker-per-tenant", watch=USUAL)
    print(f"\n{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before; {ROUNDS} pairs of {SECONDS} s each")
    print(f"{'fault':12} {'p99 without':>12} {'p99 with':>10} {'ratio':>7} {'failures':>9} {'requests':>9}  verdict")
    rows = []
    for fault in [fault for fault, _, _ in FAULTS] + ["work", "files", "garbage", "ring"]:
        rows.append(Measured(host, fault))
        print(rows[-1], flush=True)
    spilt = [row.fault for row in rows if not row.isContained]
    print(f"verdict: {len(rows) - len(spilt)} of {len(rows)} faults are contained"
          + (f"; not {', '.join(spilt)}" if spilt else ""), flush=True)
    assert not spilt
