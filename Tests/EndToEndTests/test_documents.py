"""The merged document of each tenant, and the pages that present it, through a browser that may reach no other host."""

import json
import shutil
import tempfile

import openapi_spec_validator
import pytest
import yaml

from conftest import BUILD, ROOT, Host

CHROMIUM = "/usr/bin/chromium"

DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: everything
environment: production
browsers: {{origins: ['https://app.example']}}
event-loops: 1
tenants:
  - id: everything
    modules: {{anomaly: {{}}, guestbook: {{mount: /books}}, tally: {{}}}}
  - id: same
    hosts: [same.localhost]
    modules: {{anomaly: {{}}, guestbook: {{mount: /books}}, tally: {{}}}}
  - id: authors
    hosts: [authors.localhost]
    modules: {{guestbook: {{}}}}
  - id: nothing
"""


@pytest.fixture(scope="module")
def host():
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    running = Host(folder, DEPLOYMENT.format(bundles=BUILD / "bundles")).start()
    yield running
    running.stop()
    shutil.rmtree(folder)


def document(host, **headers):
    answer = host.call("GET", "/openapi.json", headers=headers)
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    return answer.json


def operations(document):
    return {operation["operationId"]: (path, method, operation)
            for path, item in document["paths"].items() for method, operation in item.items()}


@pytest.mark.parametrize("tenant", ["everything", "authors", "nothing"])
def test_the_document_is_valid(host, tenant):
    merged = document(host, **{"X-Tenant-Id": tenant})
    openapi_spec_validator.validate(merged)
    assert merged["openapi"].startswith("3.1.")


def test_each_tenant_has_its_own_modules_and_equal_ones_share(host):
    everything = operations(document(host))
    authors = operations(document(host, Host="authors.localhost"))
    nothing = operations(document(host, **{"X-Tenant-Id": "nothing"}))
    assert {name.split("_")[0] for name in everything} == {"platform", "anomaly", "guestbook", "tally"}
    assert {name.split("_")[0] for name in authors} == {"platform", "guestbook"}
    assert {name.split("_")[0] for name in nothing} == {"platform"}
    plain = host.call("GET", "/openapi.json", headers={"X-Tenant-Id": "authors"}).body.decode()
    for foreign in ("anomaly", "tally", "everything", "charging"):
        assert foreign not in plain.lower()
    tags = [host.call("GET", "/openapi.json", headers=headers).headers["etag"]
            for headers in ({}, {"Host": "same.localhost"})]
    assert tags[0] == tags[1]
    # What the default tenant lends to those who name none is not shown to another tenant's key.
    answer = host.call("GET", "/openapi.json", key=host.key("authors"))
    assert {name.split("_")[0] for name in operations(answer.json)} == {"platform", "guestbook"}


def test_a_module_that_is_disabled_disappears(host):
    host.cli("module", "disable", "guestbook", "--tenant", "same", "--data", str(host.data))
    try:
        merged = host.call("GET", "/openapi.json", headers={"Host": "same.localhost"})
        assert b"guestbook" not in merged.body
    finally:
        host.cli("module", "enable", "guestbook", "--tenant", "same", "--data", str(host.data))


def test_what_modules_say_keeps_its_meaning(host):
    """Every operation that is served stands there with all that the module's own document says of it."""
    merged = document(host)
    own = json.loads((BUILD / "bundles/anomaly/contract.json").read_text())
    served = {(route["method"].lower(), route["path"]) for route in
              yaml.safe_load((ROOT / "manifests/anomaly/module.yaml").read_text())["routes"]}

    def resolved(value, root, depth=0):
        """With references written out, so that names no longer matter."""
        if isinstance(value, list):
            return [resolved(element, root, depth) for element in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if isinstance(reference, str) and depth < 6:
            target = root
            for token in reference[2:].split("/"):
                target = target[token.replace("~1", "/").replace("~0", "~")]
            return resolved(target, root, depth + 1)
        # A discriminator's mapping consists of names.
        return {name: resolved(member, root, depth) for name, member in value.items()
                if not name.startswith("x-") and name not in ("$ref", "mapping")}

    count = 0
    for path, item in own["paths"].items():
        for method, operation in item.items():
            if (method, path) not in served:
                continue
            count += 1
            found = merged["paths"][path][method]
            assert found["operationId"] == "anomaly_" + operation["operationId"]
            for part in ("summary", "description", "requestBody"):
                assert resolved(operation.get(part), own) == resolved(found.get(part), merged)
            inherited = item.get("parameters", [])
            assert resolved(inherited + operation.get("parameters", []), own) == resolved(
                found.get("parameters", []), merged)
            for status, response in operation["responses"].items():
                before, after = resolved(response, own), resolved(found["responses"][status], merged)
                assert before.get("content") == after.get("content")
                assert {name.lower() for name in before.get("headers", {})} <= {
                    name.lower() for name in after["headers"]}
            assert {"401", "403", "404", "405", "413", "415", "422", "429", "500", "503"} <= set(found["responses"])
            names = {name for need in operation.get("security", own.get("security", [])) for name in need}
            assert {name for need in found["security"] for name in need} == {"anomaly_" + name for name in names}
    assert count == len(served)


def test_host_routes_and_mounts(host):
    merged = document(host)
    assert merged["paths"]["/api/v1/public/health"]["get"]["operationId"] == "platform_getHealth"
    assert merged["paths"]["/api/v2/public/health"]["get"]["operationId"] == "platform_getHealth_v2"
    guestbook = [path for path, _, _ in operations(merged).values() if path.startswith("/books")]
    assert guestbook
    for path, method, operation in operations(merged).values():
        answer = host.call(method.upper(), path.replace("{", "").replace("}", ""))
        assert not (answer.status == 404 and answer.json["error"]["details"].get("resource") == "Route"), path


def test_the_pages_files_are_kept_for_long(host):
    page = host.call("GET", "/docs")
    assert page.status == 200 and page.headers["content-security-policy"] == "default-src 'self'"
    assert page.headers["cache-control"] == "no-cache"
    script = page.body.decode().split('script src="')[1].split('"')[0]
    plain = host.call("GET", script)
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    small = host.call("GET", script, headers={"Accept-Encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip" and len(small.body) < len(plain.body) / 2
    again = host.call("GET", script, headers={"If-None-Match": small.headers["etag"]})
    assert again.status == 304 and again.body == b""
    assert host.call("GET", script + "x").status == 404
    assert host.call("GET", "/docs/assets/../../../etc/passwd").status == 404
    assert b"<script>" not in page.body and b" style=" not in page.body


def test_a_browser_shows_the_document_without_any_other_host(host):
    from playwright.sync_api import sync_playwright

    own = f"http://127.0.0.1:{host.port}/"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for path, mark in [("docs?tenant=everything", ".opblock-tag-section"), ("redoc", "[role=menuitem]")]:
            page = browser.new_page()
            requested, complaints = [], []
            page.on("request", lambda request: requested.append(request.url))
            page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(own + path)
            page.wait_for_selector(mark)
            page.wait_for_load_state("networkidle")
            text = page.inner_text("body")
            assert "sessions" in text and "Guestbook" in text
            assert complaints == []
            assert requested and all(url.startswith(own) for url in requested)
            page.close()
        browser.close()
