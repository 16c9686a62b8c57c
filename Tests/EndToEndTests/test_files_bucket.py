"""Files in a bucket: addresses of the bucket's own, used by a plain client against moto's server on loopback."""

import http.client
import secrets
import shutil
import tempfile
import urllib.parse

import boto3
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

from conftest import BUILD, Answer, Host, eventually

KEY, WORD = "AKIDEXAMPLE", "the bucket's own secret"
ANNOUNCE, CONFIRM, FILES = "/api/v1/app/files/upload-url", "/api/v1/app/files/confirm", "/api/v1/app/files"
DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: harbor
log: {{level: info, requests: failures}}
event-loops: 2
limits: {{default: 1000000/minute}}
blobs: {{driver: s3, s3: {{endpoint: '{endpoint}', bucket: storage, prefix: all/, access-key-id: {key}, retries: 1}}}}
tenants:
  - {{id: harbor, modules: {{files: {{}}}}}}
  - {{id: linden, modules: {{files: {{}}}}}}
"""


class Storage:
    """A host, and the bucket in which it keeps blobs."""

    def __init__(self, folder):
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        self.bucket = boto3.resource(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id=KEY,
            aws_secret_access_key=WORD).Bucket("storage")
        self.bucket.create()
        deployment = DEPLOYMENT.format(bundles=BUILD / "bundles", endpoint=self.endpoint, key=KEY)
        self.host = Host(folder, deployment)
        self.host.start({"S3_SECRET_ACCESS_KEY": WORD})

    def names(self):
        return sorted(item.key for item in self.bucket.objects.all())

    def announce(self, token, content, name="floor plan.pdf", kind="application/pdf"):
        answer = self.host.call(
            "POST", ANNOUNCE, {"filename": name, "content_type": kind, "size": len(content)}, key=token)
        assert answer.status == 200, answer.body
        return answer.json

    def confirm(self, token, file):
        return self.host.call("POST", CONFIRM, {"file_id": file}, key=token)

    def close(self):
        self.host.stop()
        self.server.stop()


def send(method, url, content=None, **headers):
    """A request to an address, as any client would make it."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, f"{parts.path}?{parts.query}", content, named)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def signature(method, url, **headers):
    """What the AWS client library signs the address with."""
    bare, _, told = url.partition("&X-Amz-Signature=")
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(bare).query))
    auth = S3SigV4QueryAuth(Credentials(KEY, WORD), "s3", "us-east-1")
    request = AWSRequest(method, bare, {name.replace("_", "-"): value for name, value in headers.items()})
    request.context["timestamp"] = query["X-Amz-Date"]
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return auth.signature(text, request), told, query


@pytest.fixture(scope="module")
def storage():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    made = Storage(folder)
    yield made
    made.close()
    shutil.rmtree(folder)


def test_a_file_goes_to_the_bucket_and_comes_from_there(storage):
    ada = storage.host.token("harbor", "usr_ada")
    content = secrets.token_bytes(70_000)
    ticket = storage.announce(ada, content, name="Pläne 1.pdf")
    file, sent = ticket["file_id"], ticket["upload_url"]
    assert urllib.parse.urlsplit(sent).path == f"/storage/all/harbor/files/{ticket['key']}"
    ours, told, query = signature("PUT", sent, content_type="application/pdf", content_length=str(len(content)))
    assert ours == told and query["X-Amz-SignedHeaders"] == "content-length;content-type;host"
    # Of another size or type it is another signature: the bucket takes neither.
    for headers in ({"content_type": "text/html", "content_length": "70000"},
                    {"content_type": "application/pdf", "content_length": "70001"}):
        assert signature("PUT", sent, **headers)[0] != told
    assert storage.confirm(ada, file).reason == "object_missing"
    assert send("PUT", sent, b"short", Content_Type="application/pdf").status == 200
    short = storage.confirm(ada, file).json["error"]["details"]
    assert (short["reason"], short["actual_size"]) == ("size_mismatch", 5)
    assert storage.confirm(ada, file).reason == "object_missing"
    assert send("PUT", sent, content, Content_Type="application/pdf").status == 200
    assert storage.confirm(ada, file).status == 200
    # A replay of the address changes nothing of what was confirmed.
    assert send("PUT", sent, secrets.token_bytes(70_000), Content_Type="application/pdf").status == 200
    url = storage.host.call("GET", f"{FILES}/{file}/download-url", key=ada).json["download_url"]
    assert signature("GET", url)[0] == signature("GET", url)[1]
    found = send("GET", url)
    assert found.body == content and found.headers["content-type"] == "application/pdf"
    assert "filename*=UTF-8''Pl%C3%A4ne%201.pdf" in found.headers["content-disposition"]
    assert send("GET", url, Range="bytes=5-9").body == content[5:10]
    assert storage.host.call("DELETE", f"{FILES}/{file}", key=ada).status == 204
    eventually(lambda: not storage.names())
    # Some servers do not tell who has no right to list that an object is missing.
    assert send("GET", url).status in (403, 404)


def test_tenants_have_places_of_their_own_and_the_host_serves_no_addresses(storage):
    ada, eve = storage.host.token("harbor", "usr_ada"), storage.host.token("linden", "usr_ada")
    tickets = [storage.announce(token, b"hello") for token in (ada, eve)]
    for ticket in tickets:
        assert send("PUT", ticket["upload_url"], b"hello", Content_Type="application/pdf").status == 200
    assert {name.split("/")[1] for name in storage.names()} == {"harbor", "linden"}
    for token, ticket in ((ada, tickets[1]), (eve, tickets[0])):
        assert storage.confirm(token, ticket["file_id"]).status == 404
    for token, ticket in zip((ada, eve), tickets):
        assert storage.confirm(token, ticket["file_id"]).status == 200
        path = f"/api/v1/public/files/blob/harbor/{ticket['file_id']}?expires=9999999999&signature={'0' * 64}"
        assert storage.host.call("GET", path).status == 404
        assert storage.host.call("PUT", path, b"hello", headers={"Content-Type": "application/pdf"}).status == 404
        assert storage.host.call("DELETE", f"{FILES}/{ticket['file_id']}", key=token).status == 204
    eventually(lambda: not storage.names())


def test_a_bucket_that_does_not_answer_is_the_contract_s_502(own_host):
    own_host.deployment.write_text(
        DEPLOYMENT.format(bundles=BUILD / "bundles", endpoint="http://127.0.0.1:9", key=KEY))
    own_host.start({"S3_SECRET_ACCESS_KEY": WORD})
    ada = own_host.token("harbor", "usr_ada")
    ticket = own_host.call(
        "POST", ANNOUNCE, {"filename": "a", "content_type": "a/b", "size": 1}, key=ada)
    assert ticket.status == 200
    answer = own_host.call("POST", CONFIRM, {"file_id": ticket.json["file_id"]}, key=ada)
    assert answer.status == 502 and answer.json["error"]["code"] == "EXTERNAL_SERVICE_ERROR"
    assert answer.json["error"]["details"]["service"] == "storage"
