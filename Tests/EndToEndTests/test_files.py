"""Files: uploads and downloads at signed addresses that the host serves, the walls around them, and a kill."""

import hashlib
import hmac
import http.client
import itertools
import secrets
import shutil
import signal
import tempfile
import time
import urllib.parse

import pytest

import contracts
from conftest import BUILD, Answer, Host

SECRET = "only this test's host signs with this secret"
ANNOUNCE, CONFIRM, FILES = "/api/v1/app/files/upload-url", "/api/v1/app/files/confirm", "/api/v1/app/files"
DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: harbor
log: {{level: info, requests: failures}}
event-loops: 2
limits: {{default: 1000000/minute}}
blobs: {{total-bytes: 20000000}}
tenants:
  - {{id: harbor, modules: {{files: {{}}}}}}
  - {{id: linden, modules: {{files: {{}}}}}}
"""
numbers = itertools.count()


@pytest.fixture(scope="module")
def served():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=BUILD / "bundles")).start({"FILES_SIGNING_SECRET": SECRET})
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture
def ada(served):
    """Somebody new."""
    return served.token("harbor", f"usr_{next(numbers)}")


def announce(host, token, content=b"hello", name="floor-plan.pdf", kind="application/pdf"):
    answer = host.call("POST", ANNOUNCE, {"filename": name, "content_type": kind, "size": len(content)}, key=token)
    assert answer.status == 200, answer.body
    return answer.json


def target(address):
    """Path and query of an address."""
    parts = urllib.parse.urlsplit(address)
    return f"{parts.path}?{parts.query}"


def put(host, address, content=b"hello", kind="application/pdf", **headers):
    return host.call("PUT", target(address), content, headers={"Content-Type": kind, **headers})


def confirm(host, token, file):
    return host.call("POST", CONFIRM, {"file_id": file}, key=token)


def upload(host, token, content=b"hello", **more):
    """A confirmed file: its id."""
    ticket = announce(host, token, content, **more)
    assert put(host, ticket["upload_url"], content, more.get("kind", "application/pdf")).status == 204
    answer = confirm(host, token, ticket["file_id"])
    assert answer.status == 200, answer.body
    return ticket["file_id"]


def address(host, token, file):
    answer = host.call("GET", f"{FILES}/{file}/download-url", key=token)
    assert answer.status == 200, answer.body
    return answer.json["download_url"]


def query(method, file, expires, size=None, tenant="harbor", secret=SECRET):
    """The query of an address, signed as the contract says."""
    text = "\n".join(str(part) for part in (method, tenant, file, expires, size) if part is not None)
    return f"?expires={expires}&signature={hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()}"


def test_a_file_is_announced_sent_confirmed_fetched_and_removed(served, ada):
    ticket = announce(served, ada, name="Pläne 1.pdf")
    file = ticket["file_id"]
    assert ticket["expires_in"] == 3600 and ticket["key"].endswith(f"/{file[5:]}/Pl_ne_1.pdf")
    assert ticket["upload_url"].startswith(f"http://127.0.0.1:{served.port}/api/v1/public/files/blob/harbor/{file}?")
    early = confirm(served, ada, file)
    assert (early.status, early.reason) == (409, "object_missing")
    assert put(served, ticket["upload_url"], b"hell").status == 204
    short = confirm(served, ada, file).json["error"]["details"]
    assert (short["reason"], short["expected_size"], short["actual_size"]) == ("size_mismatch", 5, 4)
    assert confirm(served, ada, file).reason == "object_missing"
    # Until it is confirmed, what is sent again counts.
    for content in (b"other", b"hello"):
        assert put(served, ticket["upload_url"], content, "Application/PDF; x=y").status == 204
    confirmed = confirm(served, ada, file)
    assert confirmed.status == 200 and confirmed.json["status"] == "uploaded"
    assert confirm(served, ada, file).json == confirmed.json
    assert served.call("GET", FILES, key=ada).json == {
        "items": [confirmed.json], "total": 1, "skip": 0, "limit": 20}
    download = served.call("GET", target(address(served, ada, file)))
    assert download.body == b"hello" and download.headers["content-length"] == "5"
    assert download.headers["content-type"] == "application/pdf"
    assert download.headers["x-content-type-options"] == "nosniff" and download.headers["accept-ranges"] == "bytes"
    disposition = download.headers["content-disposition"]
    assert disposition.startswith("attachment;") and "filename*=UTF-8''Pl%C3%A4ne%201.pdf" in disposition
    old = address(served, ada, file)
    assert served.call("DELETE", f"{FILES}/{file}", key=ada).status == 204
    assert served.call("GET", target(old)).status == 404
    for method, path in (("DELETE", f"{FILES}/{file}"), ("GET", f"{FILES}/{file}/download-url")):
        gone = served.call(method, path, key=ada)
        assert gone.status == 404 and gone.json["error"]["details"] == {
            "reason": "not_found", "resource": "File", "id": file}
    assert served.call("GET", FILES, key=ada).json["total"] == 0


def test_the_second_version_adds_and_wraps(served, ada):
    content = b"x" * 52114
    ticket = served.call(
        "POST", "/api/v2/app/files/upload-url",
        {"filename": "a.png", "content_type": "image/png", "size": len(content)}, key=ada).json["data"]
    assert put(served, ticket["upload_url"], content, "image/png").status == 204
    file = served.call("POST", "/api/v2/app/files/confirm", {"file_id": ticket["file_id"]}, key=ada).json
    assert file["meta"]["version"] == "v2"
    assert file["data"]["size_human"] == "50.9 KiB" and file["data"]["is_image"] is True
    found = target(address(served, ada, ticket["file_id"])).replace("/api/v1/", "/api/v2/")
    assert served.call("GET", found).body == content


def test_ranges_and_conditions(served, ada):
    content = bytes(range(256)) * 4
    where = target(address(served, ada, upload(served, ada, content)))

    def ask(method="GET", **headers):
        return served.call(method, where, headers={name.replace("_", "-"): value for name, value in headers.items()})

    whole = ask()
    tag, size = whole.headers["etag"], len(content)
    for header, start, end in (("bytes=0-0", 0, 1), ("bytes=1000-", 1000, size), ("bytes=-10", size - 10, size),
                               ("bytes=5-99999999999999999999", 5, size), ("bytes=-5000", 0, size)):
        part = ask(Range=header)
        assert part.status == 206 and part.body == content[start:end], header
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    for header in ("bytes=0-1,5-6", "lines=1-2", "bytes=b-a", "bytes=9-3", "bytes", "bytes=-", "bytes=" + "1" * 4000):
        assert (ask(Range=header).status, len(ask(Range=header).body)) == (200, size), header
    for header in (f"bytes={size}-", "bytes=99999999999999999999-", "bytes=-0"):
        behind = ask(Range=header)
        assert behind.status == 416 and behind.headers["content-range"] == f"bytes */{size}"
        assert behind.json["error"]["code"] == "BAD_REQUEST" and behind.json["error"]["details"]["size"] == size
    assert ask(Range="bytes=0-1", If_Range=tag).status == 206
    assert ask(Range="bytes=0-1", If_Range='"another"').status == 200
    assert ask(If_None_Match=tag).status == 304 and ask(If_Match='"another"').status == 412
    head = ask("HEAD")
    assert head.status == 200 and head.body == b"" and head.headers["content-length"] == str(size)
    assert ask("HEAD", Range="bytes=0-9").headers["content-length"] == "10"


def test_addresses_that_were_not_handed_out_do_nothing(served, ada):
    ticket = announce(served, ada)
    file, where = ticket["file_id"], target(ticket["upload_url"])
    path, said = where.split("?")
    said = dict(urllib.parse.parse_qsl(said))
    later = int(said["expires"]) + 60
    past = int(time.time()) - 60
    forged = [
        (f"{path}?expires={later}&signature={said['signature']}", 401),
        (f"{path}?expires={said['expires']}&signature={secrets.token_hex(32)}", 401),
        (path + query("PUT", file, past, 5), 401),
        # Of a download, of another tenant, of another size, under another secret.
        (path + query("GET", file, later), 401),
        (path + query("PUT", file, later, 5, tenant="linden"), 401),
        (path + query("PUT", file, later, 6), 401),
        (path + query("PUT", file, later, 5, secret="another"), 401),
        # The file is another tenant's, or nobody's.
        (where.replace("/harbor/", "/linden/"), 404),
        (where.replace(file, "file_0000000000"), 404),
        (where.replace(file, "..%2f..%2fhost.db"), 404),
        (f"{path}?expires={said['expires']}", 422), (f"{path}?expires=x&signature={said['signature']}", 422),
        (f"{path}?expires={said['expires']}&signature={said['signature'].upper()}", 422),
    ]
    for form, status in forged:
        answer = served.call("PUT", form, b"evil!", headers={"Content-Type": "application/pdf"})
        assert answer.status == status, (form, answer.body)
    assert confirm(served, ada, file).reason == "object_missing"
    # The right one, made by hand as the contract says, works.
    right = path + query("PUT", file, later, 5)
    assert put(served, right).status == 204
    assert confirm(served, ada, file).status == 200
    # An address for sending fetches nothing, and the confirmed file takes nothing more.
    assert served.call("GET", right).status == 401
    replay = put(served, right, b"evil!")
    assert (replay.status, replay.reason) == (409, "already_uploaded")
    found = target(address(served, ada, file))
    assert served.call("GET", found.replace("/harbor/", "/linden/")).status == 401
    assert served.call("GET", found).body == b"hello"


def test_more_bytes_than_announced_and_other_types_are_refused(served, ada):
    ticket = announce(served, ada)
    where = target(ticket["upload_url"])
    told = put(served, ticket["upload_url"], b"hello!")
    assert told.status == 413 and told.json["error"]["details"]["max_bytes"] == 5
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    connection.request("PUT", where, iter([b"hel", b"lo!", b"x" * 100_000]), {"Content-Type": "application/pdf"},
                       encode_chunked=True)
    untold = Answer(connection.getresponse())
    connection.close()
    assert untold.status == 413, untold.body
    for kind in ("text/html", "application/pd", ""):
        assert put(served, ticket["upload_url"], kind=kind).status == 400, kind
    assert confirm(served, ada, ticket["file_id"]).reason == "object_missing"


def test_names_and_sizes_that_cannot_be(served, ada):
    def order(**more):
        body = {"filename": "a", "content_type": "a/b", "size": 1, **more}
        return served.call("POST", ANNOUNCE, body, key=ada)

    for name in ("", ".", "..", "a/b", "../../etc/passwd", "a\\b", "a\nb", "a\x00b", "x" * 256):
        answer = order(filename=name)
        assert answer.status == 422 and answer.json["error"]["details"]["field"] == "filename", (name, answer.body)
    for size in (0, -1, 104857601, 2 ** 40):
        answer = order(size=size)
        assert answer.status == 422 and answer.json["error"]["details"]["field"] == "size", (size, answer.body)
    assert order(size=104857601).json["error"]["details"]["max_bytes"] == 104857600
    assert order(content_type="text/html; charset=x").status == 422
    # What is left of the quota decides as well, and by the way no name leads out of the file's place.
    assert order(size=30_000_000).status == 503
    assert ".." not in order(filename="..a..%2f").json["key"].split("/")


def test_nobody_reaches_anothers_files(served, ada):
    open_file, file = announce(served, ada)["file_id"], upload(served, ada)
    others = [served.token("harbor", "usr_eve", "superadmin"), served.token("linden", "usr_eve", "superadmin")]
    for other in others:
        for wanted in (open_file, file, "file_0000000000"):
            assert confirm(served, other, wanted).status == 404
            assert served.call("GET", f"{FILES}/{wanted}/download-url", key=other).status == 404
            assert served.call("DELETE", f"{FILES}/{wanted}", key=other).status == 404
        assert served.call("GET", FILES, key=other).json["total"] == 0
    foreign = {"X-Tenant-Id": "linden"}
    for method, path, body in (("POST", ANNOUNCE, {"filename": "a", "content_type": "a/b", "size": 1}),
                               ("POST", CONFIRM, {"file_id": file}), ("GET", FILES, None),
                               ("GET", f"{FILES}/{file}/download-url", None), ("DELETE", f"{FILES}/{file}", None)):
        assert served.call(method, path, body, key=ada, headers=foreign).status == 403
        assert served.call(method, path, body).status == 401
    assert served.call("GET", FILES, key=ada).json["total"] == 1


def test_files_survive_a_kill_and_have_no_address_without_a_key(own_host):
    host = own_host
    host.deployment.write_text(DEPLOYMENT.format(bundles=BUILD / "bundles"))
    host.start({"FILES_SIGNING_SECRET": SECRET})
    ada = host.token("harbor", "usr_ada")
    content = secrets.token_bytes(300_000)
    file, sent = upload(host, ada, content), announce(host, ada)
    assert put(host, sent["upload_url"]).status == 204
    removed = upload(host, ada)
    assert host.call("DELETE", f"{FILES}/{removed}", key=ada).status == 204
    host.stop(signal.SIGKILL)
    host.start({"FILES_SIGNING_SECRET": SECRET})
    assert host.call("GET", target(address(host, ada, file))).body == content
    assert confirm(host, ada, sent["file_id"]).status == 200
    assert host.call("GET", FILES, key=ada).json["total"] == 2
    old = target(address(host, ada, file))
    host.stop()
    host.start()
    for answer in (host.call("GET", f"{FILES}/{file}/download-url", key=ada), host.call("GET", old),
                   host.call("POST", ANNOUNCE, {"filename": "a", "content_type": "a/b", "size": 1}, key=ada)):
        assert answer.status == 503 and answer.json["error"]["details"]["service"] == "storage", answer.body
    assert host.call("GET", FILES, key=ada).json["total"] == 2


def test_answers_are_what_the_contract_says(served, ada):
    documents = contracts.modules()
    file = upload(served, ada)
    for method, path, body in (
            ("POST", ANNOUNCE, {"filename": "a", "content_type": "a/b", "size": 1}), ("POST", ANNOUNCE, {}),
            ("POST", CONFIRM, {"file_id": file}), ("POST", CONFIRM, {"file_id": "file_0000000000"}),
            ("GET", FILES, None), ("GET", f"{FILES}?limit=0", None), ("GET", f"{FILES}/{file}/download-url", None),
            ("GET", f"{FILES}/nothing/download-url", None), ("DELETE", f"{FILES}/{file}", None),
            ("DELETE", f"{FILES}/{file}", None)):
        contracts.check(documents, method, path, served.call(method, path, body, key=ada))
