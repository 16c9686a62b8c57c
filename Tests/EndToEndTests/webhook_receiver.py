"""A receiver of webhooks as their owners run one: https, with a certificate of a private authority."""

import collections
import datetime
import http.server
import ipaddress
import ssl
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Delivery = collections.namedtuple("Delivery", "path headers body at")


def certificates(folder):
    """Writes `ca.pem` and `server.pem` (key and certificate for 127.0.0.1 and localhost)."""
    now = datetime.datetime.now(datetime.timezone.utc)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gantry's tests")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])

    def signed(subject, public_key, *extensions):
        builder = x509.CertificateBuilder(
            issuer_name=authority, subject_name=subject, public_key=public_key,
            serial_number=x509.random_serial_number(), not_valid_before=now - datetime.timedelta(hours=1),
            not_valid_after=now + datetime.timedelta(days=1))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    (folder / "ca.pem").write_bytes(
        signed(authority, authority_key.public_key(), x509.BasicConstraints(ca=True, path_length=None)))
    (folder / "server.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed(name, key.public_key(), names))


class Receiver:
    """Keeps what arrives; each path answers as told, at first 204."""

    def __init__(self, folder, port=0):
        self.deliveries = []
        self.answers = {}
        self.reached = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.deliveries.append(Delivery(self.path, dict(self.headers), body, time.time()))
                receiver.reached.set()
                answers = receiver.answers.get(self.path, [])
                # The last answer stands for all that follow.
                answer = (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else 204
                status, headers, delay = answer if isinstance(answer, tuple) else (answer, {}, 0)
                time.sleep(delay)
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem")
        # The handshake belongs to the connection's own thread: one that hangs must not hold up the others.
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path, host="127.0.0.1"):
        return f"https://{host}:{self.port}{path}"

    def at(self, path):
        return [delivery for delivery in self.deliveries if delivery.path == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
