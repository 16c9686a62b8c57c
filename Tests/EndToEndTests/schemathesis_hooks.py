"""Hooks of Schemathesis: fresh ids for records that a valid request makes, a count of what was answered, and the one
rule of the host that a schema cannot say: text is trimmed before it is checked."""

import atexit
import collections
import json
import os
import zlib

import jsonschema
import referencing
import referencing.jsonschema
import schemathesis

answers = collections.Counter()
made = 0
with open(os.environ["GANTRY_DOCUMENT"], encoding="utf-8") as file:
    registry = referencing.Registry().with_resource("urn:document", referencing.Resource(
        json.load(file), referencing.jsonschema.DRAFT202012))
# For each operation that has one: the schema of its body, and whose text is trimmed (`*` for all).
with open(os.environ["GANTRY_BODIES"], encoding="utf-8") as file:
    bodies = json.load(file)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Most creating requests name a record that is not there yet; the rest go on to meet those that are."""
    global made
    meta = case.meta
    if meta is None or meta.generation.mode.is_negative or case.operation.label != "POST /v1/sessions":
        return
    if isinstance(case.body, dict) and isinstance(case.body.get("sessionId"), str):
        made += 1
        if zlib.crc32(str(made).encode()) % 4:
            case.body = {**case.body, "sessionId": f"fresh-{made}"}


@schemathesis.hook
def after_call(context, case, response):
    # Other methods are tried on the same path; they say nothing about the operation.
    if response.request.method == case.operation.method.upper():
        answers[case.operation.label, response.status_code] += 1


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether a failure stays one: a body that is valid without the white space around its texts may be accepted."""
    if type(failure).__name__ != "AcceptedNegativeData" or case.operation.label not in bodies:
        return True
    body = bodies[case.operation.label]
    validator = jsonschema.Draft202012Validator({"$ref": "urn:document#" + body["pointer"]}, registry=registry)
    return not validator.is_valid(trimmed(case.body, body["trimmed"], "*" in body["trimmed"]))


def trimmed(value, names, trims):
    if isinstance(value, str):
        return value.strip() if trims else value
    if isinstance(value, list):
        return [trimmed(one, names, trims) for one in value]
    if isinstance(value, dict):
        return {name: trimmed(one, names, "*" in names or name in names) for name, one in value.items()}
    return value


@atexit.register
def write():
    by_operation = {}
    for (label, status), count in sorted(answers.items()):
        by_operation.setdefault(label, {})[str(status)] = count
    with open(os.environ["GANTRY_ANSWERS"], "w", encoding="utf-8") as file:
        json.dump(by_operation, file)
