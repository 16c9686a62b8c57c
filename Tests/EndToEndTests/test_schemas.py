"""The published JSON Schemas accept every manifest and deployment file of the repository, and name what is wrong."""

import json
import subprocess

import pytest

from conftest import GANTRY, ROOT

yaml = pytest.importorskip("yaml")
jsonschema = pytest.importorskip("jsonschema")

SCHEMAS = ROOT / "manifests" / "schema"
MANIFESTS = sorted([*ROOT.glob("manifests/*/module.yaml"), *ROOT.glob("Examples/*/bundle/module.yaml")])
DEPLOYMENTS = sorted([*ROOT.glob("manifests/deployments/*.yaml"), ROOT / "Benchmarks" / "deployment.yaml"])


def load(text):
    """The document as JSON has it: the names of members are texts."""
    def names(value):
        if isinstance(value, dict):
            return {str(name): names(member) for name, member in value.items()}
        return [names(element) for element in value] if isinstance(value, list) else value
    return names(yaml.safe_load(text))


def validator(name):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def places(name, document):
    """Where the document breaks the schema, as dotted paths."""
    return {".".join(map(str, error.absolute_path)) for error in validator(name).iter_errors(document)}


def host_refuses_manifest(folder, text):
    """Whether the host's own reader finds a fault in the manifest, by the file and line that it names."""
    (folder / "module.yaml").write_text(text)
    done = subprocess.run([GANTRY, "bundle", "inspect", folder], capture_output=True, text=True, timeout=30)
    return "module.yaml:" in done.stderr


def host_refuses_deployment(folder, text):
    """Whether the host's own reader finds a fault in the deployment file."""
    file = folder / "deployment.yaml"
    file.write_text(text)
    done = subprocess.run([GANTRY, "doctor", "--deployment", file, "--data", folder / "data", "--json"],
                          capture_output=True, text=True, timeout=30)
    return any(found["subject"] == "deployment" and not found["good"] for found in json.loads(done.stdout)["findings"])


def test_there_are_files_to_look_at():
    assert len(MANIFESTS) >= 3 and len(DEPLOYMENTS) >= 2


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_manifests_are_accepted(file):
    assert places("module", load(file.read_text())) == set()


@pytest.mark.parametrize("file", DEPLOYMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_deployments_are_accepted(file):
    assert places("deployment", load(file.read_text())) == set()


GOOD = """
id: notes
version: 1.0.0
interface: {minimum: 1, maximum: 1}
library: libnotes.so
contract: openapi.yaml
entry: concurrent
concurrency: 64
capabilities: [database, events, jobs]
migrations: migrations
body: 4096
routes:
  - {operation: list, method: GET, path: /notes, execution: inline, role: public}
  - {operation: add, method: POST, path: /notes, execution: blocking, role: user, keys: false,
     limit: writes, check: true}
events: {publishes: [note.added], retention: 7d, subscribes: [
  {event: user.left, handler: forget, from: accounts, retry: {attempts: 3, initial: 5s, maximum: 1h}}]}
jobs: [{name: digest, retry: {attempts: 3}}]
schedules:
  - {name: nightly, job: digest, cron: '0 3 * * *', payload: {days: 7}, jitter: 5m, missed: skip}
  - {name: often, job: digest, every: 15m}
limits: {default: 5/second, writes: {rate: 10/minute, by: tenant}}
errors: {body: '{"oops":$message}', codes: {404: GONE}, roles: {user: member}}
validation: {unknown-members: refuse, control-characters: refuse, trim: [name], depth: 8, codes: {type: bad_type}}
"""


def test_every_setting_of_a_manifest_is_known(tmp_path):
    assert places("module", load(GOOD)) == set()
    assert not host_refuses_manifest(tmp_path, GOOD)


@pytest.mark.parametrize("old, new, place", [
    ("id: notes", "id: Notes", "id"),
    ("id: notes", "id: notes--app", "id"),
    ("version: 1.0.0", "versoin: 1.0.0", ""),
    ("minimum: 1,", "minimum: 0,", "interface.minimum"),
    ("library: libnotes.so", "library: ../libnotes.so", "library"),
    ("entry: concurrent", "entry: parallel", "entry"),
    ("concurrency: 64", "concurrency: 0", "concurrency"),
    ("entry: concurrent", "entry: serial", "routes.0.execution"),
    ("capabilities: [database, events, jobs]", "capabilities: [events, jobs]", "capabilities"),
    ("capabilities: [database, events, jobs]", "capabilities: [database, jobs]", "capabilities"),
    ("capabilities: [database, events, jobs]", "capabilities: [database, events]", "capabilities"),
    ("body: 4096", "body: 1073741825", "body"),
    ("method: GET", "method: HEAD", "routes.0.method"),
    ("path: /notes, execution: inline", "path: notes, execution: inline", "routes.0.path"),
    ("execution: inline", "execution: later", "routes.0.execution"),
    ("role: user", "role: owner", "routes.1.role"),
    ("check: true", "check: perhaps", "routes.1.check"),
    ("handler: forget", "handel: forget", "events.subscribes.0"),
    ("retention: 7d", "retention: 7 days", "events.retention"),
    ("attempts: 3, initial", "attempts: 0, initial", "events.subscribes.0.retry.attempts"),
    ("{attempts: 3}", "{tries: 3}", "jobs.0.retry"),
    ("name: nightly", "name: Nightly", "schedules.0.name"),
    ("cron: '0 3 * * *'", "cron: '0 3 * *'", "schedules.0.cron"),
    ("payload: {days: 7}", "payload: [7]", "schedules.0.payload"),
    ("missed: skip", "missed: all", "schedules.0.missed"),
    ("every: 15m", "every: 15 minutes", "schedules.1.every"),
    ("every: 15m", "every: 15m, cron: '* * * * *'", "schedules.1"),
    ("default: 5/second", "default: 0/second", "limits.default"),
    ("by: tenant", "by: address", "limits.writes"),
    ("404: GONE", "302: FOUND", "errors.codes"),
    ("user: member", "guest: member", "errors.roles"),
    ("unknown-members: refuse", "unknown-members: drop", "validation.unknown-members"),
    ("depth: 8", "depth: 0", "validation.depth"),
])
def test_a_fault_of_a_manifest_is_found_by_schema_and_host(tmp_path, old, new, place):
    assert old in GOOD
    broken = GOOD.replace(old, new, 1)
    assert place in places("module", load(broken))
    assert host_refuses_manifest(tmp_path, broken)


WITH_WEBHOOKS = GOOD.replace("events, jobs]", "events, jobs, webhooks]") + """
webhooks: {events: [note.added], limit: 5, trial: note.try, disabled: note.off}
"""


def test_every_setting_of_webhooks_is_known(tmp_path):
    whole = WITH_WEBHOOKS.replace("by: tenant", "by: path")
    assert places("module", load(whole)) == set()
    assert not host_refuses_manifest(tmp_path, whole)


@pytest.mark.parametrize("old, new, place", [
    ("events, jobs, webhooks]", "events, jobs]", "capabilities"),
    ("webhooks: {events", "webhoks: {events", ""),
    ("webhooks: {events: [note.added], limit", "webhooks: {limit", "webhooks"),
    ("{events: [note.added], l", "{events: [], l", "webhooks.events"),
    ("{events: [note.added], l", "{events: [note.added, note.added], l", "webhooks.events"),
    ("limit: 5", "limit: 0", "webhooks.limit"),
    ("trial: note.try", "trial: a b", "webhooks.trial"),
    ("trial: note.try", "tiral: note.try", "webhooks"),
])
def test_a_fault_of_webhooks_is_found_by_schema_and_host(tmp_path, old, new, place):
    assert old in WITH_WEBHOOKS
    broken = WITH_WEBHOOKS.replace(old, new, 1)
    assert place in places("module", load(broken))
    assert host_refuses_manifest(tmp_path, broken)


@pytest.mark.parametrize("events", ["note.lost", "note.added, note.try"])
def test_what_cannot_be_subscribed_to_is_found_by_the_host(tmp_path, events):
    assert host_refuses_manifest(tmp_path, WITH_WEBHOOKS.replace("{events: [note.added]", f"{{events: [{events}]", 1))


DEPLOYMENT = """
listen: 127.0.0.1:8000
bundles: [bundles]
default-tenant: empty
log: {level: info, requests: all}
event-loops: 2
drain: 5
instances: {warm: 10, idle: 600}
limits: {default: 60/minute}
environment: production
browsers: {origins: ['https://app.example', 'http://localhost:3000'], pages: pages}
versions: {v1: {deprecated: true, sunset: '2026-12-31T23:59:59Z', notice: Move to v2.}}
answers: {compress: true, entity-tags: false}
webhooks: {retries: [50ms, 5m], timeout: 10s}
trust:
  policy: warn
  store: authority.pem
  crls: [authority.crl]
  revoked-keys: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]
  publishers: {tally: [Releases]}
tenants:
  - id: authors
    name: Authors
    hosts: [authors.localhost]
    modules:
      guestbook: {configuration: {greeting: hello}, limits: {default: 3/minute}, mount: /book}
      tally:
"""


def test_every_setting_of_a_deployment_is_known(tmp_path):
    assert places("deployment", load(DEPLOYMENT)) == set()
    assert not host_refuses_deployment(tmp_path, DEPLOYMENT)


@pytest.mark.parametrize("old, new, place", [
    ("bundles: [bundles]", "bundles: bundles", "bundles"),
    ("default-tenant: empty", "default-tenant: a b", "default-tenant"),
    ("level: info", "level: loud", "log.level"),
    ("requests: all", "requests: some", "log.requests"),
    ("event-loops: 2", "event-loops: -1", "event-loops"),
    ("drain: 5", "drain: 90000", "drain"),
    ("warm: 10", "warm: many", "instances.warm"),
    ("idle: 600", "idel: 600", "instances"),
    ("default: 60/minute", "default: 60/fortnight", "limits.default"),
    ("environment: production", "environment: prod", "environment"),
    ("https://app.example", "app.example", "browsers.origins.0"),
    ("https://app.example", "https://app.example/page", "browsers.origins.0"),
    ("deprecated: true", "deprecated: soon", "versions.v1.deprecated"),
    ("23:59:59Z", "23:59:59", "versions.v1.sunset"),
    ("notice: Move to v2.", "notice: \"a\\nb\"", "versions.v1.notice"),
    ("compress: true", "compress: gzip", "answers.compress"),
    ("[50ms, 5m]", "[]", "webhooks.retries"),
    ("[50ms, 5m]", "[1s, 1s, 1s, 1s, 1s, 1s]", "webhooks.retries"),
    ("[50ms, 5m]", "[soon]", "webhooks.retries.0"),
    ("timeout: 10s", "timeout: 10", "webhooks.timeout"),
    ("policy: warn", "policy: maybe", "trust.policy"),
    ("  store: authority.pem\n", "", "trust"),
    ("crls: [", "crl: [", "trust"),
    ("revoked-keys: [aaaa", "revoked-keys: [aaa", "trust.revoked-keys.0"),
    ("publishers: {tally: [Releases]}", "publishers: {Tally: [Releases]}", "trust.publishers"),
    ("tally: [Releases]", "tally: []", "trust.publishers.tally"),
    ("name: Authors", "nmae: Authors", "tenants.0"),
    ("guestbook: {", "Guestbook: {", "tenants.0.modules"),
    ("configuration: {greeting: hello}", "configuration: [hello]", "tenants.0.modules.guestbook.configuration"),
    ("mount: /book", "mount: /book/", "tenants.0.modules.guestbook.mount"),
    ("mount: /book", "mount: /", "tenants.0.modules.guestbook.mount"),
])
def test_a_fault_of_a_deployment_is_found_by_schema_and_host(tmp_path, old, new, place):
    assert old in DEPLOYMENT
    broken = DEPLOYMENT.replace(old, new, 1)
    assert place in places("deployment", load(broken))
    assert host_refuses_deployment(tmp_path, broken)
