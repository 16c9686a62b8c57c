"""Jobs and schedules: on time, once, through kill -9, and what an operator sees and changes."""

import contextlib
import json
import re
import shutil
import signal
import sqlite3
import time

import pytest

from conftest import BUILD, eventually

DEPLOYMENT = """\
bundles: [{bundles}]
log: {{level: info}}
tenants:
  - id: authors
    modules: {{guestbook: {{limits: {{default: 1000000/minute}}}}}}
  - id: readers
    modules: {{guestbook: {{limits: {{default: 1000000/minute}}}}}}
"""


def schedule(host, every, payload="{keep: 10000}", more=""):
    """Gives the guestbook's nightly schedule another timing; the next start knows it."""
    manifest = host.folder / "bundles" / "guestbook" / "module.yaml"
    text = re.sub(r"schedules:\n.*\n", f"schedules:\n  - {{name: nightly-trim, job: trim, every: {every}, "
                                       f"payload: {payload}{more}}}\n", manifest.read_text())
    text = re.sub(r"retry: {.*?}", "retry: {attempts: 2, initial: 200ms, maximum: 200ms}", text)
    manifest.write_text(text)


@pytest.fixture
def book(own_host):
    shutil.copytree(BUILD / "bundles", own_host.folder / "bundles")
    own_host.deployment.write_text(DEPLOYMENT.format(bundles=own_host.folder / "bundles"))
    return own_host


def sign(host, author, tenant="authors"):
    answer = host.call("POST", "/v1/entries", {"author": author, "message": "hello"}, key=host.key(tenant))
    assert answer.status == 201, answer.body


def authors(host, tenant="authors"):
    return [row["author"] for row in host.call("GET", "/v1/entries", key=host.key(tenant)).json["entries"]]


def execute(host, sql, tenant="authors"):
    path = host.data / "tenants" / tenant / "guestbook" / "module.db"
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as database:
        rows = database.execute(sql).fetchall()
        database.commit()
        return rows


def occurrences(host, tenant="authors"):
    return [row[0] for row in execute(
        host, "SELECT occurrence_ms FROM gantry_schedule_run ORDER BY occurrence_ms", tenant)]


def break_trim(host):
    execute(host, "CREATE TRIGGER broken BEFORE DELETE ON entries "
                  "BEGIN SELECT RAISE(ABORT, 'the shears are blunt'); END")


def mend(host):
    execute(host, "DROP TRIGGER broken")


def jobs(host, *arguments):
    return host.administration("jobs", "list", *arguments)["items"]


def failed(host):
    return eventually(lambda: jobs(host, "--tenant", "authors", "--state", "failed"))


def test_a_schedule_runs_its_job_for_each_tenant(book):
    schedule(book, "1s", "{keep: 2}")
    book.start()
    for number in range(5):
        sign(book, f"a{number}")
        sign(book, f"r{number}", "readers")
    assert eventually(lambda: authors(book) == ["a4", "a3"] and authors(book, "readers") == ["r4", "r3"])
    rows = book.administration("jobs", "schedules")["items"]
    assert [(row["tenant"], row["module"], row["schedule"], row["job"], row["timing"]) for row in rows] == [
        (tenant, "guestbook", "nightly-trim", "trim", "every 1s") for tenant in ("authors", "readers")]
    assert all(row["state"] == "enabled" and row["last"] and row["next"] for row in rows)


def test_each_occurrence_queues_once_through_kill_9_and_restart(book):
    schedule(book, "1s")
    for stop in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
        book.start()
        begun = len(occurrences(book))
        assert eventually(lambda: len(occurrences(book)) >= begun + 2)
        book.stop(stop)
    seen = occurrences(book)
    assert len(seen) == len(set(seen)) and all(moment % 1000 == 0 for moment in seen)
    assert len({row[0] for row in execute(book, "SELECT hex(job_id) FROM gantry_schedule_run")}) == len(seen)


def test_a_disabled_module_has_no_runs_and_one_makes_up_for_them(book):
    schedule(book, "1s")
    book.start()
    assert eventually(lambda: occurrences(book))
    book.administration("module", "disable", "guestbook", "--tenant", "authors")
    before = occurrences(book)
    time.sleep(2.5)
    assert occurrences(book) == before
    (row,) = book.administration("jobs", "schedules", "--tenant", "authors")["items"]
    assert row["state"] == "disabled" and row["next"] is None
    book.administration("module", "enable", "guestbook", "--tenant", "authors")
    assert eventually(lambda: len(occurrences(book)) > len(before))
    (row,) = book.administration("jobs", "schedules", "--tenant", "authors")["items"]
    assert row["missed"] >= 1


def test_a_job_that_fails_is_retried_given_up_and_retried_by_an_operator(book):
    schedule(book, "2s", "{keep: 0}")
    book.start()
    sign(book, "ada")
    break_trim(book)
    row = failed(book)[0]
    assert (row["job"], row["key"], row["attempts"]) == ("trim", "schedule/nightly-trim", 2)
    assert "the shears are blunt" in row["error"]
    shown = book.administration("jobs", "show", row["id"], "--tenant", "authors")
    assert shown["payload"] == {"keep": 0} and shown["state"] == "failed"
    metrics = book.call("GET", "/api/v1/public/metrics").body.decode()
    assert re.search(r'background_jobs\{status="failed"\} [1-9]', metrics)
    # Another tenant has no such job.
    for command in ("show", "retry", "cancel"):
        done = book.cli("jobs", command, row["id"], "--tenant", "readers", "--data", str(book.data), check=False)
        assert done.returncode == 1 and "has no job" in done.stderr
    mend(book)
    assert book.administration("jobs", "retry", row["id"], "--tenant", "authors")["state"] == "retried"
    assert eventually(lambda: row["id"] not in {job["id"] for job in jobs(book, "--tenant", "authors")})
    assert eventually(lambda: authors(book) == [])


def test_failed_jobs_are_cancelled_or_retried_together(book):
    schedule(book, "1s", "{keep: 0}")
    book.start()
    sign(book, "ada")
    break_trim(book)
    rows = eventually(lambda: (lambda found: found if len(found) >= 2 else None)(failed(book)))
    cancelled = book.administration("jobs", "cancel", rows[0]["id"], "--tenant", "authors", "--module", "guestbook")
    assert cancelled["state"] == "cancelled"
    assert rows[0]["id"] not in {job["id"] for job in jobs(book)}
    mend(book)
    done = book.administration("jobs", "retry", "--failed", "--tenant", "authors", "--module", "guestbook")
    assert done["retried"] >= 1
    assert eventually(lambda: not jobs(book, "--state", "failed"))


def test_a_schedule_of_a_quiet_tenant_is_kept_while_nobody_uses_it(book):
    schedule(book, "1h", more=", missed: skip")
    book.start()
    rows = book.administration("jobs", "schedules")["items"]
    book.stop()
    schedule(book, "1s")
    book.start()
    # The new timing is known to every tenant although nobody has called.
    assert eventually(lambda: occurrences(book) and occurrences(book, "readers"))
    assert {row["timing"] for row in rows} == {"every 1h"}


def test_tables_and_offline_use(book):
    schedule(book, "1s", "{keep: 0}")
    book.start()
    sign(book, "ada")
    break_trim(book)
    failed(book)
    book.stop()
    text = book.cli("jobs", "list", "--state", "failed", "--limit", "1", "--data", str(book.data)).stdout
    lines = text.splitlines()
    assert lines[0].split() == [
        "TENANT", "MODULE", "ID", "JOB", "KEY", "STATE", "ATTEMPTS", "QUEUED", "NEXT", "ERROR"]
    assert re.match(
        r"authors +guestbook +[0-9a-f-]{36} +trim +schedule/nightly-trim +failed +2 +\S+ \S+ +- +", lines[1])
    shown = book.cli("jobs", "show", lines[1].split()[2], "--tenant", "authors", "--data", str(book.data)).stdout
    assert re.search(r"^payload +\{.*keep.*0\}$", shown, re.M)
    table = book.cli("jobs", "schedules", "--tenant", "authors", "--data", str(book.data)).stdout.splitlines()
    assert table[0].split() == [
        "TENANT", "MODULE", "SCHEDULE", "JOB", "TIMING", "NEXT", "LAST", "MISSED", "STATE"]
    assert re.match(r"authors +guestbook +nightly-trim +trim +every 1s ", table[1])
    mend(book)
    job = json.loads(book.cli("jobs", "retry", lines[1].split()[2], "--tenant", "authors", "--json",
                              "--data", str(book.data)).stdout)["id"]
    book.start()
    assert eventually(lambda: job not in {row["id"] for row in jobs(book)})


@pytest.mark.parametrize("arguments, words", [
    (("list", "--tenant", "nobody"), "nobody"),
    (("list", "--state", "lost"), "waiting, running, failed"),
    (("show", "1", "--tenant", "authors"), "`1` is no id"),
    (("retry", "--tenant", "authors"), "--failed"),
    (("retry", "--failed", "--tenant", "authors"), "--module"),
    (("cancel", "0190b2f4-6c1e-7a53-9d0a-3f5b8c2e4d71", "--tenant", "authors"), "no job"),
    (("schedules", "--module", "nothing"), "nothing"),
])
def test_mistakes_are_named(host, arguments, words):
    done = host.cli("jobs", *arguments, "--data", str(host.data), check=False)
    assert done.returncode != 0 and words in done.stderr, done.stderr
