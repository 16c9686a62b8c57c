"""The contract check from outside: what schemas and modules find in one answer, answers that break the contract in the
environment `test`, parameters in every form, the failures that the anomaly contract shows, contracts with faults."""

import http.client
import json
import shutil
import subprocess
import tempfile

import pytest
import yaml

from conftest import BUILD, GANTRY, ROOT, Answer, Host, eventually

SOURCE = ROOT / "Tests/EndToEndTests/modules/checks"
STRICT = """\
validation:
  unknown-members: refuse
  trim: [note]
  codes: {type: wrong_kind, minimum: too_small, maximum: too_big, additionalProperties: unknown_field}
errors: {body: '{"fault":$message,"more":$details}'}
"""
DEPLOYMENT = """\
bundles: [{folder}/bundles, {bundles}]
default-tenant: plain
environment: {environment}
event-loops: 1
limits: {{default: 100000/minute}}
tenants:
  - {{id: plain, modules: {{checks: {{}}, anomaly: {{limits: {{default: 1000/minute}}}}}}}}
  - {{id: hasty, modules: {{anomaly: {{limits: {{default: 5/minute}}}}}}}}
  - {{id: strict, hosts: [strict.localhost], modules: {{strict: {{}}}}}}
"""


def build(folder, module, manifest):
    """The module of this folder under an id of its own."""
    library = f"{folder}/lib{module}.so"
    subprocess.run(
        ["cc", "-std=c11", "-D_GNU_SOURCE", f'-DMODULE_ID="{module}"', "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC",
         "-shared", "-fvisibility=hidden", "-I", ROOT / "PluginAPI/C/include",
         f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o", library, SOURCE / "checks.c"], check=True)
    source = f"{folder}/{module}"
    shutil.copytree(SOURCE / "bundle", source)
    with open(f"{source}/module.yaml", "w", encoding="utf-8") as file:
        file.write(manifest)
    subprocess.run([GANTRY, "bundle", "build", "--manifest", source, "--library", library, "--output",
                    folder + "/bundles"], check=True, capture_output=True)


def started(environment):
    folder = tempfile.mkdtemp(prefix="gantry-test-")
    manifest = (SOURCE / "bundle/module.yaml").read_text()
    build(folder, "checks", manifest)
    build(folder, "strict", manifest.replace("checks", "strict") + STRICT)
    return Host(folder, DEPLOYMENT.format(
        folder=folder, bundles=BUILD / "bundles", environment=environment)).start({"ENVIRONMENT": environment})


@pytest.fixture(scope="module")
def host():
    running = started("test")
    yield running
    running.stop()
    shutil.rmtree(running.folder)


def weigh(host, query="", body=None, name="abc", tenant=None, **headers):
    headers = {"X-Weight": "1", **({"Host": f"{tenant}.localhost"} if tenant else {}), **headers}
    body = {"id": "abcd", "list": []} if body is None else body
    return host.call("POST", f"/v1/weights/{name}{query}", body, headers=headers)


def errors(answer):
    details = answer.json["more"] if "more" in answer.json else answer.json["error"]["details"]
    return [f"{one['field']} {one['code']}" for one in details["errors"]]


FAULTY = {"zip": 1, "to": 5, "list": [{"unit": "x"}, {"unit": "bad", "size": 0}], "id": " a "}


def test_findings_of_contract_and_module_stand_in_the_order_of_the_request(host):
    answer = weigh(host, "?to=0&from=-1&ids=1&ids=x", FAULTY, **{"X-Weight": "10"})
    assert answer.status == 422
    assert errors(answer) == [
        "to out_of_range", "from minimum", "ids.1 type", "X-Weight maximum", "to type", "list.1.unit unit_mismatch",
        "list.1.size minimum", "id min_length"]
    assert answer.json["error"]["message"] == "8 fields are not valid."
    assert answer.json["error"]["details"]["field"] == "to"
    [own] = [one for one in answer.json["error"]["details"]["errors"] if one["code"] == "unit_mismatch"]
    assert own["message"] == "Follows 6 findings, the first in 1.", "the module was shown what was found before"


def test_another_policy_gives_other_findings_codes_and_shape(host):
    answer = weigh(host, "?to=0&from=-1&ids=1&ids=x", FAULTY, tenant="strict", **{"X-Weight": "10"})
    assert answer.status == 422 and set(answer.json) == {"fault", "more"}
    assert errors(answer) == [
        "to out_of_range", "from too_small", "ids.1 wrong_kind", "X-Weight too_big", "zip unknown_field",
        "to wrong_kind", "list.1.unit unit_mismatch", "list.1.size too_small"]


def test_what_is_missing_follows_the_members_also_beside_findings_of_the_module(host):
    answer = weigh(host, body={"list": [{"size": 1}, {"unit": "bad"}]})
    assert errors(answer) == ["list.0.unit required", "list.1.unit unit_mismatch", "id required"]


def test_one_finding_is_told_as_a_sentence(host):
    answer = weigh(host, "?from=-1")
    assert answer.json["error"]["message"] == "from must be at least 0."
    assert answer.json["error"]["details"]["errors"][0]["message"] == "Must be at least 0."
    own = weigh(host, "?to=0")
    assert own.json["error"]["message"] == "Must be later than from."


def test_text_is_trimmed_by_policy_and_never_where_it_is_verbatim(host):
    padded = {"id": "  abcd  ", "list": []}
    assert weigh(host, body=padded).status == 200
    assert errors(weigh(host, body=padded, tenant="strict")) == ["id max_length"]
    noted = {"id": "abcd", "list": [], "note": " abc "}
    for tenant in (None, "strict"):
        assert errors(weigh(host, body=noted, tenant=tenant)) == ["note max_length"]


def test_a_path_that_breaks_its_schema_is_not_found_unless_fields_are_wrong_too(host):
    assert weigh(host, name="ABC").reason == "not_found"
    assert weigh(host, name="abcdefghi").status == 404
    assert weigh(host, "?from=-1", name="ABC").status == 422


@pytest.mark.parametrize("query, expected", [
    ("?text=a+b", []), ("?text=a%2Bb%20c", []), ("?text=a+b+c+d", ["text max_length"]),
    ("?text=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9", []), ("?text=far-too-long&text=ok", []),
    ("?text=ok&text=far-too-long", ["text max_length"]), ("?te%78t=far-too-long", ["text max_length"]),
    ("?ids=1&ids=2&ids=3", []), ("?ids=1&ids=2&ids=3&ids=4", ["ids max_items"]), ("?ids=1,2", ["ids.0 type"]),
    ("?tags=aa,bb", []), ("?tags=aa,bb,aa", ["tags unique_items"]), ("?tags=aa,b", ["tags.1 min_length"]),
    ("?tags=aa&tags=bb", []), ("?from=1e1", []), ("?from=1.5", ["from type"]), ("?from=1e400", ["from type"]),
    ("?from=%31", []), ("?from=+1", ["from type"]), ("?from=", ["from type"]), ("?unknown=1", []),
])
def test_query_parameters_are_read_as_their_style_says(host, query, expected):
    answer = weigh(host, query)
    assert (errors(answer) if answer.status == 422 else []) == expected
    assert answer.status == (422 if expected else 200), answer.body


@pytest.mark.parametrize("headers, expected", [
    ({"X-Weight": "9"}, []), ({"X-Weight": "ten"}, ["X-Weight type"]), ({"x-weight": "10"}, ["X-Weight maximum"]),
    ({"Cookie": "a=b; mode=light"}, []), ({"Cookie": "mode=odd"}, ["mode enum"]), ({"Cookie": "model=odd"}, []),
])
def test_headers_and_cookies_are_checked(host, headers, expected):
    headers = {**({} if any(name.lower() == "x-weight" for name in headers) else {"X-Weight": "1"}), **headers}
    answer = host.call("POST", "/v1/weights/abc", {"id": "abcd", "list": []}, headers=headers)
    assert (errors(answer) if answer.status == 422 else []) == expected
    assert answer.status == (422 if expected else 200), answer.body


def test_a_header_that_is_required_is_missed(host):
    assert errors(host.call("POST", "/v1/weights/abc", {"id": "abcd", "list": []})) == ["X-Weight required"]


@pytest.mark.parametrize("kind, status", [
    ("good", 200), ("nothing", 204), ("conflict", 409), ("absent", 404), ("stream", 200)])
def test_answers_as_the_contract_says_pass(host, kind, status):
    assert host.call("GET", f"/v1/answers/{kind}").status == status


@pytest.mark.parametrize("kind, status, pointer", [
    ("status", 202, "#"), ("type", 200, "Content-Type"), ("body", 200, "#/id"), ("member", 200, "#/b"),
    ("syntax", 200, "#"), ("missing-header", 200, "X-Total"), ("wrong-header", 200, "X-Total"),
    ("something", 204, "#"), ("gone", 410, "#"), ("style", 200, "Content-Type")])
def test_an_answer_that_breaks_the_contract_is_a_500_that_says_so(host, kind, status, pointer):
    answer = host.call("GET", f"/v1/answers/{kind}")
    assert (answer.status, answer.reason) == (500, "response_violates_contract")
    details = answer.json["error"]["details"]
    assert (details["operation"], details["status"]) == ("answer", status)
    assert details["violations"][0]["pointer"] == pointer
    line = eventually(lambda: next((line for line in host.log_lines() if line["level"] == "error" and line.get(
        "request_id") == answer.headers["x-request-id"]), None))
    assert (line["operation"], line["status"], line["pointer"]) == ("answer", str(status), pointer)
    assert line["fault"] == details["violations"][0]["message"]


def test_outside_the_environment_test_answers_go_out_as_they_are():
    host = started("development")
    try:
        assert host.call("GET", "/v1/answers/body").json == {"id": [1]}
        assert host.call("GET", "/v1/answers/status").status == 202
        assert host.call("GET", "/v1/answers/gone").status == 410
    finally:
        host.stop()
        shutil.rmtree(host.folder)


def announced(host, key, byte_count):
    """The answer to a session of so many bytes, of which none is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)
    connection.putrequest("POST", "/v1/sessions")
    for name, value in (("Authorization", f"Bearer {key}"), ("Content-Type", "application/json"),
                        ("Content-Length", str(byte_count))):
        connection.putheader(name, value)
    connection.endheaders()
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def test_the_failures_that_the_anomaly_contract_shows_are_the_hosts_to_the_byte(host):
    with open(ROOT / "manifests/anomaly/openapi.yaml", encoding="utf-8") as file:
        responses = yaml.safe_load(file)["components"]["responses"]
    shown = {name: list(response["content"]["application/json"]["examples"].values())[0]["value"]
             for name, response in responses.items()}
    key, plain = host.key("plain"), {"Content-Type": "application/json"}
    readings = [{"timestamp": f"2026-06-14T05:0{minute}:00Z", "value": 1} for minute in range(3)]
    bad = {"timestamp": "2026-06-14 05:05", "value": 1, "measurand": "SoC", "unit": "V"}
    session = {"sessionId": "S-1", "chargingStationId": "ST-1"}
    assert host.call("POST", "/v1/sessions", session, key=key).status == 200
    given = {
        "BadRequest": host.call("POST", "/v1/sessions", b'{"sessionId":', key=key, headers=plain),
        "PayloadTooLarge": announced(host, key, (10 << 20) + 1),
        "Unauthorized": host.call("GET", "/v1/sessions"),
        "NotFound": host.call("GET", "/v1/sessions/none", key=key),
        "Conflict": host.call("POST", "/v1/sessions", session, key=key),
        "UnprocessableContent": host.call("POST", "/v1/sessions", {**session, "meterValues": [*readings, bad]},
                                          key=key),
        "TooManyRequests": [host.call("GET", "/v1/sessions", key=host.key("hasty")) for _ in range(6)][-1],
    }
    # No operation that is served needs the role of an administrator.
    assert set(shown) - set(given) == {"Forbidden"}
    for name, answer in given.items():
        assert answer.body == json.dumps(shown[name], separators=(",", ":")).encode(), name


FAULTS = [
    ("unevaluatedProperties: false", "unevaluatedProperties", "not supported"),
    ("format: iban", "format", "not known"),
    ("pattern: '(?=a)'", "pattern", "look-around"),
    ("pattern: '^[ab]*a[ab]{300}$'", "pattern", "too intricate"),
    ("$ref: '#/components/schemas/Nobody'", "$ref", "leads nowhere"),
    ("$schema: http://json-schema.org/draft-07/schema#", "$schema", "dialect"),
    ("multipleOf: 0", "multipleOf", "above 0"),
]


@pytest.mark.parametrize("line, keyword, message", FAULTS)
def test_a_contract_that_would_not_be_checked_is_refused_by_file_line_and_name(tmp_path, line, keyword, message):
    source = tmp_path / "source"
    shutil.copytree(SOURCE / "bundle", source)
    contract = source / "openapi.yaml"
    text = contract.read_text().replace("                  id: {type: string}\n", f"""\
                  id:
                    type: string
                    {line}
""")
    contract.write_text(text)
    number = text.splitlines().index(f"                    {line}") + 1
    pointer = ("#/paths/~1v1~1answers~1{kind}/get/responses/200/content/application~1json/schema/properties/id/"
               + keyword)
    lint = subprocess.run([GANTRY, "bundle", "lint", contract], capture_output=True, text=True, timeout=30)
    assert lint.returncode == 1 and f"{contract}:{number}: {pointer}: " in lint.stdout and message in lint.stdout
    found = subprocess.run([GANTRY, "bundle", "lint", "--json", contract], capture_output=True, text=True, timeout=30)
    [finding] = json.loads(found.stdout)["findings"]
    assert (finding["line"], finding["pointer"], finding["rule"]) == (number, pointer, "contract")
    # A bundle with it is refused by the same words, wherever it is met.
    bundle = tmp_path / "bundles" / "checks"
    shutil.copytree(source, bundle)
    shutil.copy(BUILD / "tally" / "libtally.so", bundle / "libchecks.so")
    deployment = tmp_path / "deployment.yaml"
    deployment.write_text(f"bundles: [{bundle.parent}]\ntenants: [{{id: a, modules: {{checks: {{}}}}}}]\n")
    for command in (["bundle", "inspect", bundle], ["plan", deployment, "--data", tmp_path / "data"]):
        done = subprocess.run([GANTRY, *command], capture_output=True, text=True, timeout=30)
        assert f"openapi.yaml:{number}: {pointer}: " in done.stdout + done.stderr, command


def test_features_of_openapi_that_are_not_supported_are_refused_by_name(tmp_path):
    good = (SOURCE / "bundle/openapi.yaml").read_text()
    for old, new, word in [
        ("openapi: 3.1.0", "openapi: 3.0.3", "3.1"),
        ("openapi: 3.1.0", "openapi: 3.1.0\njsonSchemaDialect: http://json-schema.org/draft-07/schema#", "dialect"),
        ("explode: false", "style: deepObject", "deepObject"),
        ("name: text, in: query, schema: {type: string", "name: text, in: query, schema: {type: object", "object"),
        ("schema: {enum: [light, heavy]}", "content: {application/json: {schema: {}}}", "content"),
        ("name: text, in: query,", "name: text, in: query, allowEmptyValue: true,", "allowEmptyValue"),
        ("operationId: weigh", "operationId: answer", "twice"),
        ("{name: name, in: path", "{name: nobody, in: path", "nobody"),
    ]:
        assert old in good
        contract = tmp_path / "openapi.yaml"
        contract.write_text(good.replace(old, new, 1))
        done = subprocess.run([GANTRY, "bundle", "lint", contract], capture_output=True, text=True, timeout=30)
        assert done.returncode == 1 and word in done.stdout, (new, done.stdout, done.stderr)
    contract.write_text(good)
    assert subprocess.run([GANTRY, "bundle", "lint", contract], capture_output=True, timeout=30).returncode == 0
