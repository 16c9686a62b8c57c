"""What the bundles' contracts say: operations that are served, samples of their bodies, schemas of their answers."""

import copy
import functools
import json
import re

import jsonschema
import referencing
import referencing.jsonschema
import yaml

from conftest import BUILD

# Modules whose answers always have every property that a schema names, as their documents promise.
ALWAYS_COMPLETE = {"anomaly"}
METHODS = ("get", "put", "post", "patch", "delete")


class Contract:
    """The document of one module, and the operations that its manifest serves."""

    def __init__(self, folder):
        self.document = json.loads((folder / "contract.json").read_text())
        self.manifest = yaml.safe_load((folder / "module.yaml").read_text())
        self.module = self.manifest["id"]
        answers = completed(self.document) if self.module in ALWAYS_COMPLETE else self.document
        self.registry = referencing.Registry().with_resources(
            (name, referencing.Resource(document, referencing.jsonschema.DRAFT202012))
            for name, document in (("urn:contract", self.document), ("urn:answers", answers)))
        self.validators = {}
        served = {route["operation"]: route for route in self.manifest["routes"]}
        self.operations = [
            Operation(self, path, method, item, served[item[method]["operationId"]])
            for path, item in self.document["paths"].items() for method in METHODS
            if method in item and item[method]["operationId"] in served]
        assert len(self.operations) == len(served), "the manifest serves what the contract does not know"

    def resolve(self, value):
        """The value, or what it refers to."""
        while "$ref" in value:
            target = self.document
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            value = target
        return value

    def errors(self, pointer, value, document="urn:contract"):
        """What is wrong with a value by the schema at the pointer; empty when nothing is."""
        reference = f"{document}#{pointer}"
        if reference not in self.validators:
            self.validators[reference] = jsonschema.Draft202012Validator({"$ref": reference}, registry=self.registry)
        return [f"{error.json_path}: {error.message}"[:300] for error in self.validators[reference].iter_errors(value)]


class Operation:
    """One operation that is served."""

    def __init__(self, contract, path, method, item, route):
        definition = item[method]
        self.contract = contract
        self.module = contract.module
        self.id = definition["operationId"]
        self.method = method.upper()
        self.path = path
        self.is_public = route["role"] == "public"
        self.definition = definition
        self.pointer = f"/paths/{escape(path)}/{method}"
        parameters = [contract.resolve(one) for one in item.get("parameters", []) + definition.get("parameters", [])]
        self.query = [one for one in parameters if one["in"] == "query"]
        self.path_names = re.findall(r"\{(\w+)\}", path)
        self.pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "$")
        body = contract.resolve(definition.get("requestBody", {})).get("content", {}).get("application/json")
        self.body_schema = body and body["schema"]
        self.body_pointer = self.pointer + "/requestBody/content/application~1json/schema"
        self.examples = [contract.resolve(one)["value"] for one in (body or {}).get("examples", {}).values()]
        if body and not self.examples:
            self.examples = [body["example"] if "example" in body else self.sample(self.body_schema)]

    def __repr__(self):
        return f"{self.module}.{self.id}"

    def target(self, values):
        """The path with the values in the place of its templates."""
        path = self.path
        for name, value in zip(self.path_names, values):
            path = path.replace("{" + name + "}", value)
        return path

    def sample(self, schema):
        """A small value that a schema without examples admits."""
        schema = self.contract.resolve(schema)
        for one in ("const", "default", "example"):
            if one in schema:
                return schema[one]
        if "enum" in schema or "examples" in schema:
            return (schema.get("examples") or schema["enum"])[0]
        for combined in ("anyOf", "oneOf", "allOf"):
            if combined in schema:
                return self.sample(schema[combined][0])
        kind = schema.get("type", "object")
        kind = kind if isinstance(kind, str) else kind[0]
        if kind == "object":
            return {name: self.sample(schema["properties"][name]) for name in schema.get("required", [])}
        if kind == "array":
            return [self.sample(schema["items"]) for _ in range(schema.get("minItems", 0))]
        if kind == "string":
            return "sample".ljust(schema.get("minLength", 0), "e")[:schema.get("maxLength", 80)]
        return {"boolean": True, "null": None}.get(kind, schema.get("minimum", 1))

    def marked(self, example, mark):
        """A copy of the example in which every string that may be anything is `mark` with a number."""
        document = copy.deepcopy(example)
        numbers = iter(range(1000))
        for parent, name in leaves(document):
            before = parent[name]
            if looks_bound(before):
                continue
            # Equal texts stay equal, so that references within the example still lead somewhere.
            parent[name] = f"{mark}-{next(numbers)}"
            if self.contract.errors(self.body_pointer, document):
                parent[name] = before
        return document

    def faults(self, status, content_type, body):
        """What is wrong with an answer of this operation by the contract; empty when nothing is."""
        responses = self.definition["responses"]
        declared = next((one for one in (str(status), f"{status // 100}XX", "default") if one in responses), None)
        if declared is None:
            # Answers that the host gives by itself are appended to every module's document when it is served.
            return [] if status >= 400 else [f"the status {status} is not declared"]
        pointer = f"{self.pointer}/responses/{declared}"
        response = responses[declared]
        if "$ref" in response:
            pointer = response["$ref"].removeprefix("#")
            response = self.contract.resolve(response)
        content = response.get("content", {})
        if not content:
            return [] if not body else ["a body where none is declared"]
        essence = (content_type or "").split(";")[0]
        if essence not in content:
            return [f"the content type {content_type} is not declared"]
        if essence != "application/json":
            return []
        return self.contract.errors(f"{pointer}/content/application~1json/schema", json.loads(body), "urn:answers")


def completed(value):
    """A copy in which each object that is not open requires all of its properties."""
    if isinstance(value, list):
        return [completed(one) for one in value]
    if not isinstance(value, dict):
        return value
    copied = {name: completed(one) for name, one in value.items()}
    if isinstance(value.get("properties"), dict) and not value.get("additionalProperties"):
        copied["required"] = list(value["properties"])
    return copied


def escape(text):
    return text.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def leaves(value):
    """Every string in a document, as its parent and its place there."""
    places = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for name, child in list(places):
        if isinstance(child, str):
            yield value, name
        else:
            yield from leaves(child)


def looks_bound(text):
    """Whether a string is a timestamp or an address, whose form means something."""
    return re.match(r"\d{4}-\d\d-\d\dT", text) is not None or "://" in text


@functools.cache
def modules():
    """The contracts of all bundles that were built."""
    folders = sorted((BUILD / "bundles").iterdir())
    return [Contract(folder) for folder in folders if (folder / "contract.json").exists()]


def operation_of(contracts, method, path):
    """The operation that answers a request, literals before templates; None where no module does."""
    path = path.split("?")[0]
    method = "GET" if method == "HEAD" else method
    found = [one for contract in contracts for one in contract.operations
             if one.method == method and one.pattern.match(path)]
    return min(found, key=lambda one: len(one.path_names)) if found else None


def check(contracts, method, path, answer):
    """Fails when an answer is not what the contract of its operation says."""
    operation = operation_of(contracts, method, path)
    if operation and method != "HEAD":
        faults = operation.faults(answer.status, answer.headers.get("content-type"), answer.body)
        assert not faults, (method, path, answer.status, faults)
