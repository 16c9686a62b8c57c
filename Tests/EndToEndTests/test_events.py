"""Events through failures: backoff, dead letters, replay, purge, and what an operator sees of them."""

import contextlib
import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import BUILD, GANTRY, eventually

DEPLOYMENT = """\
bundles: [{bundles}]
log: {{level: info}}
tenants:
  - id: authors
    modules: {{guestbook: {{limits: {{default: 1000000/minute}}}}, tally: {{}}}}
  - id: readers
    modules: {{guestbook: {{limits: {{default: 1000000/minute}}}}, tally: {{}}}}
"""


def start(host, settings):
    """Starts a host with two tenants of the same modules, and with more settings of tally's subscription."""
    bundles = host.folder / "bundles"
    shutil.copytree(BUILD / "bundles", bundles)
    manifest = bundles / "tally" / "module.yaml"
    manifest.write_text(manifest.read_text().replace("handler: onSigned}", f"handler: onSigned, {settings}}}"))
    host.deployment.write_text(DEPLOYMENT.format(bundles=bundles))
    return host.start()


@pytest.fixture
def book(own_host):
    """A host whose deliveries are tried three times in quick succession."""
    return start(own_host, "retry: {attempts: 3, initial: 200ms, maximum: 400ms}")


def sign(host, author, tenant="authors"):
    answer = host.call("POST", "/v1/entries", {"author": author, "message": "hello"}, key=host.key(tenant))
    assert answer.status == 201, answer.body


def tally(host, tenant="authors"):
    rows = host.call("GET", "/v1/tally", key=host.key(tenant)).json["authors"]
    return {row["author"]: row["entries"] for row in rows}


def execute(host, sql, tenant="authors", module="tally"):
    """Statements on a module's database, as if its own code had other thoughts."""
    path = host.data / "tenants" / tenant / module / "module.db"
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as database:
        rows = database.execute(sql).fetchall()
        database.commit()
        return rows


def break_author(host, author):
    execute(host, f"CREATE TRIGGER broken BEFORE INSERT ON tally WHEN NEW.author = '{author}' "
                  "BEGIN SELECT RAISE(ABORT, 'the scales are broken'); END")


def mend(host):
    execute(host, "DROP TRIGGER broken")


def events(host, *arguments):
    return host.administration("events", "list", "--module", "guestbook", *arguments)["items"]


def states(host, tenant="authors"):
    """State by key; an author's last event counts."""
    return {row["key"]: row["state"] for row in reversed(events(host, "--tenant", tenant))}


def typed(host, answers, *arguments):
    """What a command says to somebody at a terminal who gives these answers."""
    terminal, end = pty.openpty()
    process = subprocess.Popen([GANTRY, *arguments, "--data", str(host.data)], stdin=end, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    os.close(end)
    os.write(terminal, answers.encode())
    text, _ = process.communicate(timeout=30)
    os.close(terminal)
    return text


def replay(host, *arguments):
    return host.administration("events", "replay", "--tenant", "authors", "--module", "guestbook", *arguments)


def test_failures_back_off_become_dead_letters_and_are_replayed_once(book):
    break_author(book, "poison")
    sign(book, "poison")
    sign(book, "ada")
    sign(book, "poison")
    sign(book, "ada")
    # The failing author holds up nobody else.
    assert eventually(lambda: tally(book) == {"ada": 2})
    assert eventually(lambda: states(book) == {"poison": "dead", "ada": "delivered"})
    dead = eventually(lambda: (lambda rows: rows if len(rows) == 2 else None)(events(book, "--state", "dead")))
    shown = book.administration("events", "show", dead[1]["id"], "--tenant", "authors")
    assert shown["data"]["author"] == "poison" and shown["type"] == "guestbook.entry.signed"
    (delivery,) = shown["deliveries"]
    assert (delivery["subscriber"], delivery["state"], delivery["attempts"]) == ("tally", "dead", 3)
    assert "the scales are broken" in delivery["error"]
    failures = [line for line in book.log_lines() if line.get("reason", "").count("the scales are broken")]
    assert [line["attempt"] for line in failures][:3] == [1, 2, 3]
    assert 'event_deliveries{status="dead"} 2' in metrics(book)

    mend(book)
    assert replay(book, "--dead")["replayed"] == 2
    assert eventually(lambda: tally(book) == {"ada": 2, "poison": 2})
    # Everything once more: the ids are the old ones, so nothing is counted twice.
    assert replay(book, "--since", "1h", "--subscriber", "tally")["replayed"] == 4
    assert eventually(lambda: set(states(book).values()) == {"delivered"})
    assert replay(book, dead[0]["id"], "--subscriber", "tally")["replayed"] == 1
    assert eventually(lambda: set(states(book).values()) == {"delivered"})
    assert tally(book) == {"ada": 2, "poison": 2}
    assert eventually(lambda: 'event_deliveries{status="dead"} 0' in metrics(book))


def metrics(host):
    return host.call("GET", "/api/v1/public/metrics").body.decode()


def test_a_retry_survives_kill_9_and_counts_once(book):
    break_author(book, "poison")
    for _ in range(3):
        sign(book, "poison")
        sign(book, "grace")
    eventually(lambda: states(book)["poison"] in ("retrying", "dead"))
    book.stop(signal.SIGKILL)
    mend(book)
    book.start()
    replay(book, "--dead")
    assert eventually(lambda: tally(book) == {"poison": 3, "grace": 3})
    assert execute(book, "SELECT count(*) FROM seen_events") == [(6,)]


def test_what_was_published_while_a_subscriber_was_disabled_comes_when_it_is_back(book):
    sign(book, "first")
    assert eventually(lambda: tally(book) == {"first": 1})
    book.administration("module", "disable", "tally", "--tenant", "authors")
    sign(book, "second")
    assert states(book)["second"] == "pending"
    book.administration("module", "enable", "tally", "--tenant", "authors")
    assert eventually(lambda: tally(book) == {"first": 1, "second": 1})


def test_a_subscriber_that_is_enabled_later_gets_what_comes_from_then_on(book):
    book.administration("tenant", "create", "late")
    book.administration("module", "enable", "guestbook", "--tenant", "late")
    sign(book, "before", "late")
    book.administration("module", "enable", "tally", "--tenant", "late")
    sign(book, "after", "late")
    assert eventually(lambda: tally(book, "late") == {"after": 1})
    # The one from before can be had by a replay.
    done = book.administration("events", "replay", "--tenant", "late", "--module", "guestbook",
                               "--since", "1h", "--subscriber", "tally")
    assert done["replayed"] == 2
    assert eventually(lambda: tally(book, "late") == {"after": 1, "before": 1})


def test_events_of_a_tenant_are_nothing_to_another_one(book):
    sign(book, "ada", "authors")
    sign(book, "bob", "readers")
    assert eventually(lambda: tally(book, "authors") == {"ada": 1} and tally(book, "readers") == {"bob": 1})
    (ours,) = events(book, "--tenant", "authors")
    (theirs,) = events(book, "--tenant", "readers")
    for arguments in [("show", theirs["id"], "--tenant", "authors"),
                      ("replay", theirs["id"], "--tenant", "authors", "--module", "guestbook",
                       "--subscriber", "tally")]:
        done = book.cli("events", *arguments, "--data", str(book.data), check=False)
        assert done.returncode == 1 and theirs["id"] in done.stderr, done
    book.administration("events", "replay", ours["id"], "--tenant", "authors", "--module", "guestbook",
                        "--subscriber", "tally")
    time.sleep(0.3)
    assert tally(book, "authors") == {"ada": 1} and tally(book, "readers") == {"bob": 1}
    assert execute(book, "SELECT count(*) FROM seen_events", "readers") == [(1,)]


def test_a_subscription_to_one_module_takes_nobody_elses_events(own_host):
    start(own_host, "from: elsewhere")
    sign(own_host, "ada")
    assert own_host.call("GET", "/v1/tally", key=own_host.key("authors")).json["authors"] == []
    assert eventually(lambda: states(own_host) == {"ada": "delivered"})
    done = own_host.cli("events", "replay", "--since", "1h", "--tenant", "authors", "--module", "guestbook",
                        "--subscriber", "tally", "--data", str(own_host.data), check=False)
    assert done.returncode == 1 and "no subscriber `tally`" in done.stderr
    assert tally(own_host) == {}


def test_a_list_comes_in_pages_and_as_a_table(book):
    for number in range(5):
        sign(book, f"a{number}", "authors" if number < 3 else "readers")
    assert eventually(lambda: set(states(book).values()) == {"delivered"})
    seen, after = [], None
    while True:
        page = book.administration("events", "list", "--limit", "2", *(("--after", after) if after else ()))
        seen += [(row["tenant"], row["key"]) for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [("authors", "a2"), ("authors", "a1"), ("authors", "a0"), ("readers", "a4"), ("readers", "a3")]
    text = book.cli("events", "list", "--limit", "2", "--data", str(book.data)).stdout
    lines = text.splitlines()
    assert lines[0].split() == ["TENANT", "MODULE", "ID", "TYPE", "KEY", "TIME", "STATE"]
    assert re.fullmatch(
        r"authors +guestbook +[0-9a-f-]{36} +guestbook\.entry\.signed +a2 +\S+ \S+ +delivered", lines[1])
    assert lines[-1].startswith("There are more; go on with --after authors/guestbook/")
    shown = book.cli("events", "show", lines[1].split()[2], "--tenant", "authors", "--data", str(book.data)).stdout
    assert re.search(r"^state +delivered$", shown, re.M)


def test_a_purge_asks_and_removes_what_everybody_has_got(book):
    break_author(book, "poison")
    for author in ("poison", "ada"):
        sign(book, author)
    assert eventually(lambda: states(book) == {"poison": "dead", "ada": "delivered"})
    place = ("--tenant", "authors", "--module", "guestbook")
    asked = book.cli("events", "purge", *place, "--data", str(book.data), check=False)
    assert asked.returncode == 1 and "--yes" in asked.stderr
    for answers, words in [("n\n", "Nothing was removed"), ("y\nreaders\n", "Nothing was removed")]:
        assert words in typed(book, answers, "events", "purge", *place)
    assert set(states(book)) == {"poison", "ada"}
    assert book.administration("events", "purge", *place, "--older-than", "1h", "--yes")["removed"] == 0
    assert re.search(r"removed +1", typed(book, "y\nauthors\n", "events", "purge", *place))
    assert states(book) == {"poison": "dead"}
    forgotten = book.cli("events", "purge", *place, "--forget", "tally", "--yes", "--data", str(book.data), check=False)
    assert forgotten.returncode == 1 and "Disable it first" in forgotten.stderr
    assert book.administration("events", "purge", *place, "--dead", "--yes")["removed"] == 1
    assert states(book) == {"poison": "delivered"}


def test_the_same_commands_work_while_no_host_runs(book):
    break_author(book, "poison")
    sign(book, "poison")
    assert eventually(lambda: states(book) == {"poison": "dead"})
    book.stop()
    assert states(book) == {"poison": "dead"}
    mend(book)
    assert replay(book, "--dead")["replayed"] == 1
    assert states(book) == {"poison": "retrying"}
    book.start()
    assert eventually(lambda: tally(book) == {"poison": 1})


@pytest.mark.parametrize("arguments, words", [
    (("list", "--tenant", "nobody"), "nobody"),
    (("list", "--module", "nothing"), "nothing"),
    (("list", "--state", "lost"), "delivered, pending, retrying, dead"),
    (("list", "--limit", "0"), "1 to 1000"),
    (("list", "--after", "here"), "here"),
    (("show", "1", "--tenant", "authors"), "`1` is no id"),
    (("show", "0190b2f4-6c1e-7a53-9d0a-3f5b8c2e4d71", "--tenant", "authors"), "no event"),
    (("replay", "--dead", "--tenant", "authors", "--module", "guestbook", "--subscriber", "x"), "no subscriber `x`"),
    (("replay", "--since", "1h", "--tenant", "authors", "--module", "guestbook"), "--subscriber"),
    (("replay", "--since", "soon", "--tenant", "authors", "--module", "guestbook", "--subscriber", "tally"), "soon"),
    (("replay", "--tenant", "authors", "--module", "guestbook"), "--dead"),
])
def test_mistakes_are_named(host, arguments, words):
    done = host.cli("events", *arguments, "--data", str(host.data), check=False)
    assert done.returncode != 0 and words in done.stderr, done.stderr
