"""What an attacker needs: a client that sends any bytes, a victim with records everywhere, and lists of tricks."""

import base64
import hashlib
import json
import re
import socket
import sqlite3
import uuid

import yaml

from conftest import DEPLOYMENT, eventually
from contracts import modules

VICTIM, ATTACKER, WRITER = "alpha", "beta", "gamma"
HOST_NAMES = {tenant: f"{tenant}.localhost" for tenant in (VICTIM, ATTACKER, WRITER)}
# Operations whose records another one or background work makes first, that need two identifiers of one record, or whose
# answers this suite changes itself by the credentials that it uses. What one tenant can do to another by them is tried
# in test_tenant_walls.py, test_models.py, test_language.py and test_directory.py.
APART = {"startFineTune", "getFineTuneJob", "getModel", "getAnomalyDetail", "getSessionExplanation", "listApiKeys",
         "getStationInference", "getStationShadeOverview"}
# Headers that differ from answer to answer, and tell nothing.
VARYING = {"date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"}


class Reply:
    """One response, taken from a stream of bytes."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.fields = [(name.lower(), value) for name, value in (line.split(": ", 1) for line in lines[1:])]
        self.headers = dict(self.fields)
        self.body = body

    @property
    def reason(self):
        return json.loads(self.body)["error"]["details"].get("reason")

    def told(self, value):
        """Everything that could tell one answer from another, apart from the value that the request named."""
        body = self.body
        for name in {value, json.dumps(value)[1:-1]} - {""}:
            body = body.replace(name.encode(), b"(value)")
        fields = "\n".join(f"{name}: {text}" for name, text in self.fields if name not in VARYING)
        return f"{self.status}\n{fields}\n".encode("latin-1") + body


class Wire:
    """A connection to the host that is opened anew whenever it was closed."""

    def __init__(self, port):
        self.port = port
        self.socket = None
        self.received = b""
        self.count = 0

    def send(self, data):
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=20)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.received = b""
        self.socket.sendall(data)

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def receive(self, has_body=True):
        """The next response; None when the connection ends instead."""
        while b"\r\n\r\n" not in self.received:
            if not self._more():
                return None
        head, self.received = self.received.split(b"\r\n\r\n", 1)
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        length = int(length[1]) if length and has_body and b" 204 " not in head[:13] else 0
        while len(self.received) < length:
            assert self._more(), "the connection ended within a body"
        body, self.received = self.received[:length], self.received[length:]
        reply = Reply(head, body)
        if reply.headers.get("connection") == "close":
            self.close()
        return reply

    def _more(self):
        try:
            piece = self.socket.recv(1 << 16)
        except ConnectionError:
            piece = b""
        self.received += piece
        if not piece:
            self.close()
        return bool(piece)

    def call(self, method, target, headers=(), body=None):
        """One request with its answer; `headers` are pairs, sent as they are."""
        fields = list(headers)
        if not any(name.lower() == "host" for name, _ in fields):
            fields.insert(0, ("Host", "127.0.0.1"))
        if body is not None:
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
            fields += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        data = f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("utf-8") + (body or b"")
        self.count += 1
        for last in (False, True):
            try:
                self.send(data)
                reply = self.receive(has_body=method != "HEAD")
            except ConnectionError:
                reply = None
            if reply or last:
                assert reply, f"no answer to {method} {target[:200]}"
                return reply
            self.close()


def deployment():
    """Every module that the tests' deployment enables somewhere, for three tenants, with limits out of reach."""
    enabled = {name for tenant in yaml.safe_load(DEPLOYMENT.format(bundles="x"))["tenants"]
               for name in tenant.get("modules", {})}
    contracts = [contract for contract in modules() if contract.module in enabled]
    limits = {contract.module: {"limits": {name: "10000000/minute" for name in contract.manifest.get("limits", {})}}
              for contract in contracts}
    tenants = [{"id": tenant, "hosts": [name], "modules": limits} for tenant, name in HOST_NAMES.items()]
    return contracts, tenants


def tried(contracts):
    """The operations that this suite attacks."""
    return [operation for contract in contracts for operation in contract.operations if operation.id not in APART]


class World:
    """A host on which the victim and the attacker have records of every kind that the contracts let a client make."""

    def __init__(self, host, contracts):
        self.host = host
        self.contracts = contracts
        self.operations = tried(contracts)
        self.wire = Wire(host.port)
        self.keys = {tenant: host.key(tenant) for tenant in HOST_NAMES}
        self.tokens = {tenant: {role: host.token(tenant, user=f"usr_{tenant}", role=role)
                                for role in ("user", "admin", "superadmin")} for tenant in HOST_NAMES}
        self.marks = {tenant: f"{tenant}-{uuid.uuid4().hex[:10]}" for tenant in HOST_NAMES}
        self.values = {}
        for tenant in HOST_NAMES:
            self.seed(tenant)
            self.values[tenant] = self.harvest(tenant)

    def call(self, operation, credential, values=(), headers=(), body=None, query=""):
        fields = ([("Authorization", f"Bearer {credential}")] if credential else []) + list(headers)
        return self.wire.call(operation.method, operation.target(values) + query, fields, body)

    def owner(self, tenant):
        return self.tokens[tenant]["superadmin"]

    def seed(self, tenant):
        """Runs every operation that makes something from nothing, with each of its examples."""
        made = 0
        for operation in self.operations:
            if operation.method in ("POST", "PUT") and not operation.path_names and operation.body_schema:
                for number, example in enumerate(operation.examples):
                    body = operation.marked(example, f"{self.marks[tenant]}-{operation.id}-{number}")
                    reply = self.call(operation, self.owner(tenant), body=body)
                    assert reply.status < 300, (operation, body, reply.body)
                    made += 1
        assert made, "the contracts let nobody make anything"
        eventually(lambda: self.is_idle(tenant), 60)

    def is_idle(self, tenant):
        """Whether no job and no event of the tenant waits to be dealt with."""
        for file in self.databases(tenant):
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
                names = {row[0] for row in database.execute("SELECT name FROM sqlite_schema")}
                if "gantry_job" in names and database.execute("SELECT 1 FROM gantry_job WHERE state < 2").fetchone():
                    return False
                if "gantry_outbox" in names and database.execute(
                        "SELECT 1 FROM gantry_subscriber WHERE sequence < (SELECT MAX(sequence) FROM gantry_outbox)"
                ).fetchone():
                    return False
        return True

    def databases(self, tenant):
        return sorted((self.host.data / "tenants" / tenant).rglob("*.db"))

    def lists(self, tenant):
        for operation in self.operations:
            if operation.method == "GET" and not operation.path_names:
                yield operation, self.call(operation, self.owner(tenant))

    def everything(self, tenant):
        return b"".join(reply.body for _, reply in self.lists(tenant))

    def harvest(self, tenant):
        """The path values of each operation that has some, taken from what the tenant's own answers say."""
        named = {}
        for operation, reply in self.lists(tenant):
            collect(json.loads(reply.body), named, operation.path)
        for reply in self.made(tenant):
            collect(reply, named, "")
        found = {}
        for operation in self.operations:
            if operation.path_names:
                parent = operation.path.split("/{")[0]
                # What is no identifier is nobody's.
                columns = [sorted(name.endswith("id") and named.get(plain(name)) or named.get((parent, "id"))
                                  or named["id"])[:2] for name in operation.path_names]
                found[operation.id] = list(zip(*columns))
        return found

    def made(self, tenant):
        """Answers of creating operations, whose ids may stand in no list."""
        for operation in self.operations:
            if operation.method == "POST" and not operation.path_names and operation.body_schema:
                body = operation.marked(operation.examples[0], f"{self.marks[tenant]}-again-{operation.id}")
                reply = self.call(operation, self.owner(tenant), body=body)
                if reply.status < 300:
                    yield json.loads(reply.body)

    def known(self):
        """Values of the victim that nobody could meet by chance."""
        return sorted({value for found in self.values[VICTIM].values() for value in found[0] if len(value) >= 8})

    def state(self, tenant):
        """Everything that the tenant can read, and every row that is kept for it."""
        pages = {operation.path: reply.body for operation, reply in self.lists(tenant)}
        for operation in self.operations:
            if operation.method == "GET" and operation.path_names:
                for values in self.values.get(tenant, {}).get(operation.id, []):
                    reply = self.call(operation, self.owner(tenant), values)
                    pages[operation.target(values)] = reply.body
        return pages, self.rows(tenant)

    def rows(self, tenant):
        """A digest of each table of each of the tenant's databases; of the host's queues, how far they have counted."""
        digests = {}
        for file in self.databases(tenant):
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
                names = [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
                for name in names:
                    if name.startswith("gantry_"):
                        continue
                    rows = sorted(map(repr, database.execute(f'SELECT * FROM "{name}"')))
                    digests[file.parent.name, name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return digests

    def is_clean(self, reply, *sent):
        """Whether an answer shows nothing of the victim beyond what the request itself has sent."""
        body = reply.body + repr(reply.fields).encode()
        for value in sorted(sent, key=len, reverse=True):
            for form in (value, json.dumps(value)[1:-1]):
                body = body.replace(form.encode("utf-8", "surrogatepass"), b"") if form else body
        return self.marks[VICTIM].encode() not in body


def plain(name):
    """A name whichever way its words are joined."""
    return name.replace("_", "").lower()


def collect(value, named, path):
    """Files every text or number of a document under its name, and ids also under where they were found."""
    if isinstance(value, list):
        for child in value:
            collect(child, named, path)
    elif isinstance(value, dict):
        for name, child in value.items():
            if isinstance(child, (dict, list)):
                collect(child, named, path)
            elif isinstance(child, (str, int)) and not isinstance(child, bool) and str(child):
                named.setdefault(plain(name), set()).add(str(child))
                if name == "id":
                    named.setdefault((path, "id"), set()).add(str(child))
                if name == "id" and "statusName" in value:
                    named.setdefault("issueid", set()).add(str(child))
                if plain(name).endswith("id"):
                    named.setdefault("id", set()).add(str(child))


def twin(value):
    """A value of the same form and length that nobody has."""
    def turn(character):
        if character.isdigit():
            return str((int(character) + 5) % 10)
        if character.lower() in "abcdef":
            return "bcdefa"["abcdef".index(character.lower())]
        return "zyxwvutsrqponmlkjihg"["ghijklmnopqrstuvwxyz".index(character)] if character.islower() else character
    return "".join(turn(character) for character in value)


def forged(token, **claims):
    """The token with other claims, and the signature that it had."""
    head, payload, signature = token.split(".")
    content = json.loads(base64.urlsafe_b64decode(payload + "=="))
    content.update(claims)
    return f"{head}.{encoded(content)}.{signature}"


def unsigned(token, algorithm, **claims):
    """A token that names another algorithm and has no signature, or an empty one."""
    content = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    content.update(claims)
    return f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{encoded(content)}."


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def variants(value):
    """Other ways to write an identifier, which some layer might take for the same."""
    every = "".join(f"%{byte:02x}" for byte in value.encode())
    return {
        "encoded": every, "double-encoded": every.replace("%", "%25"), "upper": value.upper(), "lower": value.lower(),
        "swapped": value.swapcase(), "nul": value + "%00", "nul-suffix": value + "%00.json", "nul-first": "%00" + value,
        "dot": "./" + value, "dots": "x/../" + value, "encoded-dots": "x/%2e%2e/" + value, "dot-last": value + "/.",
        "encoded-slash": "x%2f..%2f" + value, "backslash": "x%5c..%5c" + value, "tenant-dots": f"../{VICTIM}/{value}",
        "tenant-slash": f"{VICTIM}%2f{value}", "tenant-colon": f"{VICTIM}:{value}", "overlong": value + "a" * 5000,
        "repeated": value * 50, "space": value + "%20", "plus": value + "+", "tab": "%09" + value, "lf": value + "%0a",
        "slash": value + "/", "double-slash": "/" + value, "semicolon": value + ";a=b", "comma": f"{value},{value}",
        "extension": value + ".json", "overlong-utf8": value[:1] + "%c0%ae" + value[1:], "broken-escape": value + "%",
        "broken-hex": value + "%zz", "surrogate": value + "%ed%a0%80", "invalid-utf8": value + "%ff",
        "fullwidth": quoted("".join(chr(ord(c) + 0xFEE0) for c in value if c.isalnum())),
        "cyrillic": quoted(value.replace("a", "\u0430").replace("e", "\u0435").replace("o", "\u043e")),
        "zero-width": quoted(value + "\u200b"), "marked-right-to-left": quoted("\u202e" + value),
        "combining": quoted(value + "\u0301"), "byte-order-mark": quoted("\ufeff" + value), "star": "*",
        "percent": "%25",
        "underscore": "_" * len(value), "question": quoted("?" * len(value)), "brackets": quoted("[a-z]*"),
    }


def quoted(text):
    return "".join(f"%{byte:02x}" for byte in text.encode())


INJECTIONS = [
    "' OR '1'='1", "' OR 1=1 --", '" OR ""="', "') OR ('1'='1", "'; DROP TABLE sessions; --", "1; SELECT 1",
    "' UNION SELECT * FROM sqlite_schema --", "x' AND (SELECT randomblob(1000000000)) --", "%", "_", "*", "?1", "$1",
    "'||(SELECT sql FROM sqlite_schema)||'", "\\' OR 1=1 --", "`", "0x27", "char(39)", "'/**/OR/**/1=1#",
    "'; ATTACH DATABASE '/tmp/x' AS x; --", "'; PRAGMA writable_schema=1; --", "\u02bc OR 1=1", "' COLLATE NOCASE --",
]
