"""Modules that fail or hang, damaged files, stops in awkward moments: each concerns its own tenant and ends in time."""

import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import pytest
from conftest import BUILD, GANTRY, IN_PROCESS, ROOT, eventually

# What the C example does for a tenant of this name: it hangs, or fails, or ends in its own time.
TROUBLE = """
#include <unistd.h>
static int of(const gantry_call_v1 *call, const char *name) {
    return call->tenant.size == strlen(name) && memcmp(call->tenant.data, name, call->tenant.size) == 0;
}
static void hang(void) { for (;;) pause(); }
static int32_t trouble_start(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    if (of(call, "hangs-in-start")) hang();
    return nothing_to_do(instance, call, error);
}
static int32_t trouble_stop(void *instance, const gantry_call_v1 *call, gantry_error_v1 *error) {
    if (of(call, "hangs-in-stop")) hang();
    return nothing_to_do(instance, call, error);
}
static const gantry_lifecycle_v1 lifecycle = {describe, create, trouble_start, nothing_to_do, trouble_stop, destroy};
"""


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """The bundles, with a tally that makes trouble for tenants with telling names."""
    folder = tmp_path_factory.mktemp("trouble")
    shutil.copytree(BUILD / "bundles", folder / "bundles")
    source = (ROOT / "Examples" / "tally-c" / "tally.c").read_text()
    source = re.sub(r"static const gantry_lifecycle_v1 lifecycle = .*;\n", lambda _: TROUBLE, source)
    source = source.replace("    const void *database = NULL,", """\
    if (call->tenant.size == 15 && memcmp(call->tenant.data, "hangs-in-create", 15) == 0) for (;;) pause();
    if (configuration.size > 2) return GANTRY_E_INVALID;
    const void *database = NULL,""").replace("#include <stdio.h>", "#include <stdio.h>\n#include <unistd.h>")
    source = source.replace("    case 0: return list_tally", """\
    case 0:
        if (call->tenant.size == 16 && memcmp(call->tenant.data, "hangs-in-request", 16) == 0) for (;;) pause();
        return list_tally""")
    (folder / "tally.c").write_text(source)
    subprocess.run(
        ["cc", "-std=c11", "-O1", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{ROOT}/PluginAPI/C/include",
         f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-D_GNU_SOURCE",
         "-o", folder / "bundles" / "tally" / "libtally.so", folder / "tally.c"], check=True)
    return folder / "bundles"


def deployment(bundles, *tenants, module="tally"):
    lines = [f"  - id: {tenant}\n    modules: {{{module}: {{}}}}" for tenant in tenants]
    return f"bundles: [{bundles}]\nlog: {{level: info, requests: none}}\ntenants:\n" + "\n".join(lines) + "\n"


def version_of(host, tenant, module_path="/v1/tally/version"):
    return host.call("GET", module_path, headers={"X-Tenant-Id": tenant})


@IN_PROCESS
def test_a_module_that_hangs_while_it_starts_is_left_behind(own_host, bundles):
    own_host.deployment.write_text(deployment(bundles, "hangs-in-create", "hangs-in-start", "fine"))
    own_host.start()
    assert version_of(own_host, "fine").status == 200
    for tenant in ("hangs-in-create", "hangs-in-start"):
        assert version_of(own_host, tenant).status == 503
        shown = own_host.administration("tenant", "show", tenant)["modules"][0]
        assert shown["state"] == "failed" and "did not return" in shown["message"]
    begun = time.monotonic()
    assert own_host.stop() == 0
    assert time.monotonic() - begun < 15


def test_a_module_that_hangs_in_a_request_or_in_stop_does_not_keep_the_host(own_host, bundles):
    own_host.deployment.write_text(
        deployment(bundles, "hangs-in-request", "hangs-in-stop").replace("tenants:", "drain: 1\ntenants:"))
    own_host.start()
    assert version_of(own_host, "hangs-in-stop").status == 200
    with socket.create_connection(("127.0.0.1", own_host.port)) as client:
        client.sendall(b"GET /v1/tally HTTP/1.1\r\nhost: h\r\nx-tenant-id: hangs-in-request\r\n\r\n")
        time.sleep(0.2)  # The request must be inside; nothing outside tells when.
        begun = time.monotonic()
        own_host.process.send_signal(signal.SIGTERM)
        assert own_host.process.wait(25) == 0
        assert time.monotonic() - begun < 20
    assert "did not stop cleanly" in own_host.log.read_text()


def test_a_damaged_database_concerns_its_tenant_alone(own_host, bundles):
    own_host.deployment.write_text(deployment(bundles, "garbage", "fine", "no-outbox", module="guestbook"))
    own_host.start()
    own_host.stop()
    databases = {tenant: own_host.data / "tenants" / tenant / "guestbook" / "module.db"
                 for tenant in ("garbage", "no-outbox")}
    databases["garbage"].write_bytes(b"this is no database " * 500)
    with sqlite3.connect(databases["no-outbox"]) as database:
        database.execute("DELETE FROM gantry_schema")
        database.execute("DROP TABLE gantry_outbox")
        database.execute("CREATE TABLE gantry_outbox (other TEXT)")
    database.close()
    own_host.start()

    def hello(tenant):
        return own_host.call("GET", "/v1/hello/x", key=own_host.key(tenant)).status

    assert {tenant: hello(tenant) for tenant in ("fine", *databases)} == {"fine": 200, "garbage": 503, "no-outbox": 503}
    states = {row["tenant"]: row["state"] for row in own_host.administration("migrate", "status")["items"]}
    assert states["fine"] == "current" and states["garbage"] == "unreadable"
    # Disabling is how an operator takes a failed module out of service: its routes are gone then.
    own_host.administration("module", "disable", "guestbook", "--tenant", "garbage")
    assert hello("garbage") == 404


def test_enabling_works_or_changes_nothing(own_host, bundles):
    own_host.deployment.write_text(deployment(bundles, "fine") + "  - id: bare\n")
    own_host.start()
    for tenant, status in (("fine", 200), ("bare", 404)):
        refused = own_host.cli("module", "enable", "tally", "--tenant", tenant, "--configuration", '{"a": 1}',
                               "--data", str(own_host.data), check=False)
        assert refused.returncode != 0 and "create" in refused.stderr
        assert version_of(own_host, tenant).status == status
    own_host.stop()
    own_host.start()
    assert version_of(own_host, "fine").status == 200
    assert own_host.administration("tenant", "show", "bare")["modules"] == []


def test_a_command_outlives_a_restart_and_an_edit_of_the_file_outranks_it(own_host, bundles):
    own_host.deployment.write_text(deployment(bundles, "fine", "other"))
    own_host.start()
    own_host.administration("module", "disable", "tally", "--tenant", "fine")
    own_host.stop()
    own_host.start()
    assert version_of(own_host, "fine").status == 404 and version_of(own_host, "other").status == 200
    assert "it stays so" in own_host.log.read_text()
    own_host.stop()
    own_host.deployment.write_text(
        deployment(bundles, "fine").replace("{tally: {}}", "{tally: {mount: /t}}") + "  - id: other\n")
    own_host.start()
    assert version_of(own_host, "fine", "/t/v1/tally/version").status == 200
    assert version_of(own_host, "other").status == 404, "what the file takes back is disabled"


@pytest.mark.parametrize("signals, code", [([signal.SIGTERM], 0), ([signal.SIGINT, signal.SIGINT], 130)])
def test_a_start_that_hangs_can_be_broken_off(own_host, bundles, signals, code):
    own_host.deployment.write_text(deployment(bundles, "hangs-in-create"))
    with open(own_host.log, "wb") as log:
        own_host.process = subprocess.Popen(
            [GANTRY, "serve", "--deployment", own_host.deployment, "--data", own_host.data, "--listen", "127.0.0.1:0"],
            stderr=log, stdin=subprocess.DEVNULL)
    eventually(lambda: (own_host.data / "tenants" / "hangs-in-create" / "tally" / "module.db").exists())
    for number in signals:
        own_host.process.send_signal(number)
        time.sleep(0.1)  # Two signals of one kind that wait together would be one.
    assert own_host.process.wait(20) == code


def test_commands_on_an_unused_folder_wait_for_each_other(own_host, bundles):
    own_host.deployment.write_text(deployment(bundles, "fine"))
    own_host.start()
    own_host.stop()
    commands = [subprocess.Popen([GANTRY, "key", "create", "--tenant", "fine", "--data", own_host.data],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(12)]
    assert [(command.communicate(timeout=30)[1], command.returncode) for command in commands] == [(b"", 0)] * 12
    assert len(own_host.administration("key", "list", "--tenant", "fine")["items"]) == 12


def test_a_mistyped_data_folder_is_named_and_not_made(own_host, tmp_path):
    done = own_host.cli("tenant", "list", "--data", str(tmp_path / "typo"), check=False)
    assert done.returncode != 0 and "typo" in done.stderr and "--data" in done.stderr
    assert not (tmp_path / "typo").exists()


def test_bundles_are_found_from_any_folder(own_host, bundles, tmp_path):
    """The deployment file names them as seen from itself, and `serve` may be given a relative path to it."""
    (own_host.folder / "bundles").symlink_to(bundles)
    own_host.deployment.write_text(deployment("bundles", "fine"))
    own_host.deployment = own_host.deployment.relative_to(own_host.folder)
    here = pathlib.Path.cwd()
    try:
        os.chdir(own_host.folder)
        own_host.start()
        own_host.stop()
    finally:
        os.chdir(here)
    done = subprocess.run([GANTRY, "module", "list", "--data", own_host.data], cwd=tmp_path, capture_output=True,
                          text=True, check=True)
    assert "guestbook" in done.stdout


def test_tables_show_what_is_empty_and_no_control_characters(own_host, bundles):
    own_host.deployment.write_text(deployment(bundles, "fine") + '  - {id: bare, name: "\\e[31mred"}\n')
    own_host.start()
    rows = own_host.cli("tenant", "list", "--data", str(own_host.data)).stdout
    assert "\x1b" not in rows and "red" in rows
    bare = [line.split() for line in rows.splitlines() if line.startswith("bare")][0]
    assert "-" in bare


def test_a_long_path_of_the_data_folder_has_its_socket_too(own_host, bundles):
    own_host.data = own_host.folder / ("long" * 30) / "data"
    own_host.deployment.write_text(deployment(bundles, "fine"))
    own_host.start()
    assert own_host.administration("tenant", "show", "fine")["modules"][0]["state"] == "started"
    assert (own_host.data / "admin.sock").is_socket()


def test_an_address_in_use_is_named_with_its_remedy(own_host, bundles):
    own_host.deployment.write_text(deployment(bundles, "fine"))
    own_host.start()
    second = own_host.cli("serve", "--deployment", str(own_host.deployment), "--data", str(own_host.folder / "second"),
                          "--listen", f"127.0.0.1:{own_host.port}", check=False)
    assert second.returncode != 0
    assert all(words in second.stderr for words in (f"127.0.0.1:{own_host.port}", "Address already in use", "--listen"))


def test_no_tenants_and_an_address_of_ipv6(own_host):
    own_host.deployment.write_text(f"bundles: [{BUILD}/bundles]\n")
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        port = probe.getsockname()[1]
    with open(own_host.log, "wb") as log:
        own_host.process = subprocess.Popen(
            [GANTRY, "serve", "--deployment", own_host.deployment, "--data", own_host.data,
             "--listen", f"[::1]:{port}"],
            stderr=log, stdin=subprocess.DEVNULL)

    def answer():
        try:
            with socket.create_connection(("::1", port)) as client:
                client.sendall(b"GET /v1/nothing HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
                return client.recv(4096)
        except OSError:
            return None

    assert b" 404 " in eventually(answer).split(b"\r\n")[0]
    assert own_host.stop() == 0
