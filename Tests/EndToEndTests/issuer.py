"""An issuer of tokens as it stands elsewhere: keys of its own, published over HTTP or HTTPS, tokens by PyJWT."""

import http.server
import json
import ssl
import subprocess
import threading
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

MAKERS = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


def certificate(folder):
    """A certificate for this machine that signs itself, with its key."""
    paths = folder / "issuer.pem", folder / "issuer-key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", paths[0], "-keyout",
         paths[1]], check=True, capture_output=True)
    return paths


class Issuer:
    """`start` and `stop` may follow each other; the port stays the same. Nobody is answered while `gate` is clear."""

    def __init__(self, name="https://id.example.org/", files=None):
        self.name = name
        self.files = files
        self.keys = {}
        self.port = 0
        self.requests = 0
        self.gate = threading.Event()
        self.gate.set()
        self.headers = {}
        self.body = None
        self.server = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        return f"{'https' if self.files else 'http'}://127.0.0.1:{self.port}/jwks.json"

    def start(self):
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.requests += 1
                issuer.gate.wait(30)
                body = issuer.body or json.dumps(issuer.published()).encode()
                self.send_response(200)
                for name, value in {"Content-Length": str(len(body)), **issuer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_port
        if self.files:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.files)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def rotate(self, *kinds, keep=()):
        """Publishes fresh keys, named by algorithm and number, besides those to keep."""
        kept = {name: self.keys[name] for name in keep}
        number = self.number = getattr(self, "number", 0) + 1
        self.keys = kept | {f"{kind}-{number}": (kind, MAKERS[kind]()) for kind in kinds}
        return [name for name in self.keys if name not in kept]

    def published(self):
        """The JWK set."""
        keys = []
        for name, (kind, key) in self.keys.items():
            algorithm = get_default_algorithms()[kind]
            keys.append({**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": name, "alg": kind, "use": "sig"})
            keys[-1].pop("key_ops", None)
        return {"keys": keys}

    def claims(self, **more):
        now = int(time.time())
        claims = {"sub": "usr_7", "iss": self.name, "aud": "gantry", "iat": now, "exp": now + 600, **more}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, name, key=None, kid=None, **claims):
        kind, own = self.keys[name] if key is None else key
        pem = own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return jwt.encode(self.claims(**claims), pem, kind, headers={"kid": kid or name})
