"""The command line, on a running host and on a folder that none uses."""

import json
import re
import shutil

from conftest import BUILD, DEPLOYMENT


def test_the_same_commands_work_with_and_without_a_running_host(own_host):
    own_host.start()
    own_host.administration("tenant", "create", "made-live", "--name", "Made live")
    own_host.stop()
    own_host.administration("tenant", "create", "made-offline")
    ids = {row["id"] for row in own_host.administration("tenant", "list")["items"]}
    assert {"made-live", "made-offline", "harbor", "empty"} <= ids
    key = own_host.administration("key", "create", "--tenant", "made-offline")["key"]
    own_host.administration("module", "enable", "guestbook", "--tenant", "made-offline")
    own_host.start()
    assert own_host.call("GET", "/v1/hello/x", key=key).status == 200, "what was made at run time is left alone"


def test_lists_and_details(host):
    modules = {row["id"]: row for row in host.administration("module", "list")["items"]}
    assert {"anomaly", "guestbook", "tally"} <= set(modules)
    shown = host.administration("module", "show", "guestbook")
    assert {"tenant": "authors", "state": "started"}.items() <= {
        **[row for row in shown["tenants"] if row["tenant"] == "authors"][0]}.items()
    routes = host.administration("routes", "--tenant", "authors")["items"]
    assert {"GET /v1/hello/{name}", "GET /v1/tally"} <= {f"{row['method']} {row['path']}" for row in routes}
    status = host.administration("migrate", "status")["items"]
    assert {row["state"] for row in status} == {"current"}
    keys = host.administration("key", "list", "--tenant", "harbor")
    assert "key" not in json.dumps([list(row) for row in keys["items"]]).replace("key_", "")


def test_tables_for_people(host):
    text = host.cli("tenant", "list", "--data", str(host.data)).stdout
    assert text.splitlines()[0].split()[0] == "ID" and "authors" in text


def test_mistakes_are_named(host):
    for arguments, words in [
        (("tenant", "show", "nobody"), "nobody"),
        (("tenant", "create", "bad id"), "letters"),
        (("module", "enable", "no-such", "--tenant", "harbor"), "no-such"),
        (("module", "enable", "guestbook", "--tenant", "nobody"), "nobody"),
        (("key", "revoke", "0", "--tenant", "harbor"), "key"),
        (("token", "issue", "--tenant", "harbor", "--user", "u", "--role", "king"), "king"),
    ]:
        done = host.cli(*arguments, "--data", str(host.data), check=False)
        assert done.returncode != 0 and words in done.stderr, (arguments, done.stderr)


def test_a_route_conflict_names_both_modules_and_a_mount_settles_it(own_host, tmp_path):
    bundles = tmp_path / "bundles"
    shutil.copytree(BUILD / "bundles", bundles)
    for file in ("module.yaml", "openapi.yaml", "contract.json"):
        path = bundles / "tally" / file
        path.write_text(re.sub(r"/v1/tally(?![\w/])", "/v1/entries", path.read_text()))
    own_host.deployment.write_text(DEPLOYMENT.format(bundles=bundles).replace("      tally: {}\n", ""))
    own_host.start()
    enable = ("module", "enable", "tally", "--tenant", "authors", "--data", str(own_host.data))
    refused = own_host.cli(*enable, check=False)
    assert refused.returncode != 0
    assert all(word in refused.stderr for word in ("tally", "guestbook", "GET /v1/entries", "mount"))
    key = own_host.key("authors")
    assert own_host.call("GET", "/v1/entries", key=key).json["entries"] == [], "the tenant keeps the table it had"
    own_host.cli(*enable, "--mount", "/counts")
    assert "authors" in own_host.call("GET", "/counts/v1/entries", key=key).json


def test_a_mount_must_be_a_path(host):
    done = host.cli("module", "enable", "guestbook", "--tenant", "empty", "--mount", "no-slash",
                    "--data", str(host.data), check=False)
    assert done.returncode != 0 and "mount" in done.stderr


def test_a_broken_deployment_file_is_refused_with_its_line(own_host):
    own_host.deployment.write_text("tenants:\n  - id: a\n    modulez: {}\n")
    done = own_host.cli("serve", "--deployment", str(own_host.deployment), "--data", str(own_host.data), check=False)
    assert done.returncode != 0 and "deployment.yaml:3" in done.stderr and "modulez" in done.stderr


def test_doctor_finds_the_machine_well_and_a_missing_bundle_not(host, tmp_path):
    assert host.cli("doctor", "--deployment", str(host.deployment)).returncode == 0
    broken = tmp_path / "deployment.yaml"
    broken.write_text("bundles: [nowhere]\ntenants: [{id: a, modules: {anomaly: {}}}]\n")
    done = host.cli("doctor", "--deployment", str(broken), check=False)
    assert done.returncode != 0 and "anomaly" in done.stdout
