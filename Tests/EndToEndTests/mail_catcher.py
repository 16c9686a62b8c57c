"""A mail server that keeps what it is given: aiosmtpd with STARTTLS, TLS from the start, or none."""

import email
import email.policy
import socket
import ssl

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Catcher:
    """`answers` are replies to mails, one after the other; then each is taken. `refused` gets a reply to RCPT."""

    def __init__(self, folder=None, implicit=False, port=0, authenticates=False):
        self.implicit = implicit
        self.mails, self.answers, self.refused, self.passwords, self.attempts = [], [], {}, [], []
        context = None
        if folder is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder / "server.pem")
        options = {}
        if context and not implicit:
            options |= {"tls_context": context, "require_starttls": True}
        if authenticates:
            options |= {"authenticator": self.authenticate, "auth_required": True, "auth_require_tls": False}
        self.controller = Controller(
            self, hostname="127.0.0.1", port=port or free_port(), ssl_context=context if implicit else None, **options)
        self.controller.start()
        self.port = self.controller.port
        self.url = f"{'smtps' if implicit else 'smtp'}://127.0.0.1:{self.port}"

    def authenticate(self, server, session, envelope, mechanism, data):
        self.passwords.append((data.password, self.implicit or session.ssl is not None))
        return AuthResult(success=data.password == b"right")

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail.envelope = (envelope.mail_from, envelope.rcpt_tos)
        mail.encrypted = self.implicit or session.ssl is not None
        self.attempts.append(mail)
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("2"):
            self.mails.append(mail)
        return answer

    def to(self, address):
        return [mail for mail in self.mails if mail["To"] == address]

    def close(self):
        self.controller.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
