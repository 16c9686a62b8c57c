"""Starting, stopping, being killed, and what modules do for each other."""

import json
import signal
import threading
import time

from conftest import eventually, reading


def sign(host, author, message="hello"):
    answer = host.call("POST", "/v1/entries", {"author": author, "message": message}, key=host.key("authors"))
    assert answer.status == 201, answer.body
    return answer.json


def tally(host):
    return {row["author"]: row["entries"]
            for row in host.call("GET", "/v1/tally", key=host.key("authors")).json["authors"]}


def test_an_event_of_the_swift_module_reaches_the_c_module_once(host):
    for _ in range(3):
        sign(host, "ada")
    sign(host, "grace")
    assert eventually(lambda: tally(host) == {"ada": 3, "grace": 1})


def test_acknowledged_is_durable_through_kill_9(own_host):
    own_host.start()
    done, stop = [], threading.Event()

    def write(worker):
        number = 0
        while not stop.is_set():
            author = f"w{worker}-{number}"
            try:
                if own_host.call("POST", "/v1/entries", {"author": author, "message": "x"},
                                 key=own_host.key("authors")).status == 201:
                    done.append(author)
            except OSError:
                return
            number += 1

    own_host.key("authors")
    writers = [threading.Thread(target=write, args=(index,)) for index in range(8)]
    for writer in writers:
        writer.start()
    eventually(lambda: len(done) > 100)
    own_host.stop(signal.SIGKILL)
    stop.set()
    for writer in writers:
        writer.join()
    own_host.start()
    # Every acknowledged entry is there, and its event arrived exactly once in the other module's table.
    counts = eventually(lambda: (lambda seen: seen if set(done) <= set(seen) else None)(tally(own_host)))
    assert all(counts[author] == 1 for author in done)


def test_sigterm_drains_and_a_second_start_keeps_everything(own_host):
    own_host.start()
    sign(own_host, "kept")
    begun = time.monotonic()
    assert own_host.stop() == 0
    assert time.monotonic() - begun < 10
    own_host.start()
    assert "kept" in {entry["author"] for entry in
                      own_host.call("GET", "/v1/entries", key=own_host.key("authors")).json["entries"]}


def test_a_second_process_on_the_folder_is_refused_and_harms_nothing(own_host):
    own_host.start()
    second = own_host.cli("serve", "--deployment", str(own_host.deployment), "--data", str(own_host.data),
                          "--listen", "127.0.0.1:0", check=False)
    assert second.returncode != 0 and "Another process uses the data folder" in second.stderr
    assert own_host.call("GET", "/api/ping").status == 200


def test_enabling_and_disabling_a_module_on_a_running_host(own_host):
    own_host.start()
    key = own_host.key("empty")
    assert own_host.call("GET", "/v1/hello/x", key=key).status == 404
    own_host.administration("module", "enable", "guestbook", "--tenant", "empty")
    assert own_host.call("GET", "/v1/hello/x", key=key).json == {"message": "Hello, x!"}
    own_host.call("POST", "/v1/entries", {"author": "a", "message": "stays"}, key=key)
    own_host.administration("module", "disable", "guestbook", "--tenant", "empty")
    assert own_host.call("GET", "/v1/hello/x", key=key).status == 404
    own_host.administration("module", "enable", "guestbook", "--tenant", "empty")
    assert [entry["message"] for entry in own_host.call("GET", "/v1/entries", key=key).json["entries"]] == ["stays"]


def test_an_altered_migration_is_named_and_other_tenants_go_on(own_host, tmp_path):
    import shutil
    from conftest import BUILD, DEPLOYMENT
    bundles = tmp_path / "bundles"
    shutil.copytree(BUILD / "bundles", bundles)
    own_host.deployment.write_text(DEPLOYMENT.format(bundles=bundles))
    own_host.start()
    own_host.stop()
    for script in (bundles / "guestbook" / "migrations").iterdir():
        script.write_text(script.read_text() + "\n-- altered\n")
    own_host.start()
    answer = own_host.call("GET", "/v1/hello/x", key=own_host.key("authors"))
    assert answer.status == 503 and answer.json["error"]["details"]["service"] == "guestbook"
    assert own_host.call("GET", "/v1/sessions", key=own_host.key("harbor")).status == 200
    health = own_host.call("GET", "/api/health")
    assert health.status == 503 and health.json["checks"]["schema_version"]["status"] == "unhealthy"
    row = [row for row in own_host.administration("migrate", "status", "--tenant", "authors")["items"]
           if row["module"] == "guestbook"][0]
    assert row["state"] == "altered"
    assert "checksum" in own_host.log.read_text()


def test_a_queued_batch_survives_kill_9_and_runs_each_session_once(own_host):
    own_host.start()
    key = own_host.key("harbor")
    sessions = [{"sessionId": f"K-{index}", "chargingStationId": "KILL", "status": "completed",
                 "meterValues": [reading(minute, 100 + minute / 10) for minute in range(0, 60, 2)]}
                for index in range(200)]
    accepted = own_host.call("POST", "/v1/sessions/batch", {"sessions": sessions}, key=key)
    assert accepted.status == 200, accepted.body
    own_host.stop(signal.SIGKILL)
    own_host.start()
    path = f"/v1/sessions/batch/{accepted.json['batchId']}"

    def finished():
        batch = own_host.call("GET", path, key=key).json
        return batch if batch["status"] == "completed" else None

    batch = eventually(finished, 60)
    assert (batch["processedSessions"], batch["failedSessions"]) == (200, 0)
    assert own_host.call("GET", "/v1/sessions", key=key).json["pagination"]["totalCount"] == 200


def test_the_log_is_json_with_the_contracts_fields(host):
    sign(host, "logger")
    lines = [json.loads(line) for line in host.log.read_text().splitlines()]
    assert all({"timestamp", "level", "message"} <= set(line) for line in lines)
