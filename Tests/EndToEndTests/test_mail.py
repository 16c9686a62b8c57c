"""Mail through the contact module: TLS, templates, repetitions, refusals, limits, and what does not get into a head."""

import pathlib
import shutil
import signal
import tempfile

import pytest

from conftest import BUILD, Host, eventually
from mail_catcher import Catcher, free_port
from webhook_receiver import certificates

CONTACT = "/api/v1/public/contact"
DEPLOYMENT = """\
bundles: [{bundles}]
default-tenant: harbor
log: {{level: info, requests: failures}}
event-loops: 1
limits: {{default: 1000000/minute, contact: 1000000/minute}}
outbound: {{certificates: {folder}/ca.pem}}
mail: {{rate: {rate}}}
tenants:
  - {{id: harbor, modules: {{contact: {{}}}}}}
  - id: linden
    modules: {{contact: {{configuration: {{ADMIN_EMAIL: desk@linden.example}}}}}}
"""


class Post:
    """A host whose mail goes to a catcher."""

    def __init__(self, rate="1000/hour"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gantry-test-"))
        certificates(self.folder)
        self.host = Host(self.folder, DEPLOYMENT.format(bundles=BUILD / "bundles", folder=self.folder, rate=rate))
        self.catcher = None

    def catch(self, **options):
        self.catcher = Catcher(self.folder, **options)
        return self.catcher

    def start(self, url=None, **more):
        url = url or (self.catcher.url if self.catcher else "")
        self.host.start({"SMTP_URL": url, "MAIL_FROM": "Harbor <post@harbor.example>",
                         "ADMIN_EMAIL": "desk@harbor.example", **more})
        return self

    def submit(self, email="ines@studio.example", tenant="harbor", **more):
        answer = self.host.call("POST", CONTACT, {
            "name": "Ines Caldeira", "email": email, "message": "We would like a quote.\nThanks!", **more},
            headers={"X-Tenant-Id": tenant})
        assert answer.status == 200, answer.body
        return answer.json["reference_id"]

    def jobs(self, state=None):
        rows = self.host.administration("jobs", "list")["items"]
        return [row for row in rows if row["job"] == "gantry.mail" and state in (None, row["state"])]

    def lines(self, text):
        return [line for line in self.host.log_lines() if text in line["message"]]

    def close(self):
        self.host.stop(signal.SIGKILL)
        if self.catcher:
            self.catcher.close()
        shutil.rmtree(self.folder)


@pytest.fixture
def post():
    made = Post()
    yield made
    made.close()


def test_mail_goes_out_over_starttls_with_what_the_template_says(post):
    catcher = post.catch()
    post.start()
    reference = post.submit(subject="Žofie's quote", company="Studio")
    note, = eventually(lambda: catcher.to("desk@harbor.example"))
    assert note.encrypted and note.envelope == ("post@harbor.example", ["desk@harbor.example"])
    assert note["From"] == "Harbor <post@harbor.example>" and note["Reply-To"] == "ines@studio.example"
    assert note["Subject"] == f"[{reference}] Žofie's quote"
    text = note.get_content().replace("\r\n", "\n")
    assert "We would like a quote.\nThanks!" in text and "Company:   Studio" in text and reference in text
    confirmation, = eventually(lambda: catcher.to("ines@studio.example"))
    assert reference in confirmation["Subject"] and "quote" not in confirmation.get_content()
    assert note["Message-ID"] != confirmation["Message-ID"] and note["Message-ID"].endswith("@harbor.example>")
    eventually(lambda: post.jobs() == [])
    # Another tenant's submissions go to its own administrator, and nothing of this one's to it.
    post.submit("lin@studio.example", tenant="linden")
    eventually(lambda: catcher.to("desk@linden.example") and catcher.to("lin@studio.example"))
    assert len(catcher.to("desk@harbor.example")) == 1 and len(catcher.mails) == 4


def test_implicit_tls_and_passwords_that_are_not_said_in_the_clear(post):
    catcher = post.catch(implicit=True, authenticates=True)
    post.start(catcher.url.replace("://", "://post:right@"))
    post.submit()
    eventually(lambda: len(catcher.mails) == 2)
    assert all(mail.encrypted for mail in catcher.mails) and set(catcher.passwords) == {(b"right", True)}
    post.host.stop()
    plain = Catcher(authenticates=True)
    try:
        post.start(plain.url.replace("://", "://post:right@"))
        post.submit()
        eventually(lambda: post.lines("was not taken and is tried again"))
        assert plain.passwords == [] and plain.attempts == []
    finally:
        plain.close()


def test_a_server_with_another_certificate_gets_nothing(post):
    catcher = post.catch()
    certificates(post.folder)
    post.start()
    post.submit()
    eventually(lambda: post.lines("was not taken and is tried again"))
    assert catcher.attempts == [] and len(post.jobs("waiting") + post.jobs("running")) == 2


def test_what_is_refused_for_now_comes_again_as_the_same_mail(post):
    catcher = post.catch()
    post.start(ADMIN_EMAIL="")
    catcher.answers = ["451 later", "250 OK"]
    post.submit()
    mail, = eventually(lambda: catcher.mails, seconds=40)
    first, second = catcher.attempts
    assert first["Message-ID"] == second["Message-ID"] and first.as_bytes() == second.as_bytes()
    eventually(lambda: post.jobs() == [])


def test_what_is_refused_for_good_is_given_up_and_seen(post):
    catcher = post.catch()
    catcher.refused["gone@studio.example"] = "550 no such user"
    post.start(ADMIN_EMAIL="")
    post.submit("gone@studio.example")
    row, = eventually(lambda: post.jobs("failed"))
    assert "550" in str(row) and catcher.attempts == []
    catcher.refused.clear()
    post.host.administration("jobs", "retry", row["id"], "--tenant", "harbor")
    eventually(lambda: catcher.to("gone@studio.example"))


def test_without_a_server_mail_is_dropped_with_a_line(post):
    post.start()
    post.submit()
    eventually(lambda: len(post.lines("The mail is dropped")) == 2)
    assert post.jobs() == [] and "ines@" not in str(post.lines("The mail is dropped"))


def test_nobody_writes_headers_or_recipients_through_the_form(post):
    catcher = post.catch()
    post.start()
    evil = "Hello\r\nBcc: eve@evil.example\r\nX-Evil: 1\r\n\r\nBody"
    post.submit(subject=evil, company="a\r\n.\r\nMAIL FROM:<eve@evil.example>", name="Eve\nBcc: x@evil.example")
    eventually(lambda: len(catcher.mails) == 2)
    for mail in catcher.mails:
        assert mail["Bcc"] is None and mail["X-Evil"] is None and len(mail.envelope[1]) == 1
        assert mail.envelope[1][0] in ("desk@harbor.example", "ines@studio.example")
    for address in (
            "ines@studio.example\r\nBcc: eve@evil.example", "a@b.example,eve@evil.example", "<eve@evil.example>"):
        answer = post.host.call("POST", CONTACT, {
            "name": "Eve", "email": address, "message": "Please call me back."})
        assert answer.status == 422 and answer.json["error"]["details"]["field"] == "email", address


def test_a_kill_loses_no_mail_of_an_acknowledged_submission(post):
    port = free_port()
    post.start(f"smtp://127.0.0.1:{port}", ADMIN_EMAIL="")
    references = [post.submit(f"p{number}@studio.example") for number in range(5)]
    post.host.stop(signal.SIGKILL)
    catcher = post.catch(port=port)
    post.start(ADMIN_EMAIL="")
    eventually(lambda: len({mail["Message-ID"] for mail in catcher.mails}) == 5, seconds=60)
    subjects = " ".join(mail["Subject"] for mail in catcher.mails)
    assert all(reference in subjects for reference in references)


def test_a_tenant_sends_no_more_than_it_may_and_the_rest_waits():
    post = Post(rate="2/day")
    try:
        catcher = post.catch()
        post.start(ADMIN_EMAIL="")
        for number in range(4):
            post.submit(f"p{number}@studio.example")
        post.submit("lin@studio.example", tenant="linden")
        eventually(lambda: len(catcher.mails) == 4 and len(post.jobs("waiting")) == 2)
        assert len(catcher.to("lin@studio.example")) == len(catcher.to("desk@linden.example")) == 1
    finally:
        post.close()


def test_mail_that_was_denied_is_not_sent_and_changes_no_answer(post):
    catcher = post.catch()
    post.start(ADMIN_EMAIL="")
    post.host.administration("capability", "revoke", "contact", "mail", "--tenant", "harbor")
    post.submit()
    eventually(lambda: post.lines("A mail about a submission is not sent"))
    assert post.jobs() == [] and catcher.attempts == []
    post.submit("lin@studio.example", tenant="linden")
    eventually(lambda: catcher.to("lin@studio.example"))
    post.host.administration("capability", "grant", "contact", "mail", "--tenant", "harbor")
    post.submit("again@studio.example")
    eventually(lambda: catcher.to("again@studio.example"))
    assert catcher.to("ines@studio.example") == []
