"""What runs of a bundle that is revoked is ended, and comes back when that is taken back."""

import shutil
import signal

from conftest import eventually
from signing import place, releases  # noqa: F401


def test_what_a_revoked_key_has_signed_is_ended_and_comes_back(place):
    place.host.start()
    assert place.version() == "1.1.0" and place.serves_others()
    told = place.trusted("revoke", place.publisher.key(), "--reason", "lost on a train")
    assert "tally of north" in told and "guestbook of south" in told
    answer = place.host.call("GET", "/v1/tally/version", headers={"X-Tenant-Id": "north"})
    assert answer.status == 503 and "module_unavailable" in answer.body.decode(), answer.body
    assert not place.serves_others()
    assert "is among the revoked keys" in place.shown()
    acts = place.acts("north")
    assert acts["module.withdraw"]["target"] == "tally" and "revoked" in acts["module.withdraw"]["details"]["reason"]
    assert acts["module.withdraw"]["details"]["version"] == "1.1.0"
    # Each tenant's chain tells of its own modules alone.
    assert place.acts("south")["module.withdraw"]["target"] == "guestbook"
    assert place.acts()["trust.revoke"]["details"]["reason"] == "lost on a train"
    assert place.acts()["bundle.accept"]["details"]["signer"] == "O = Example, CN = Releases"
    # It outlives a restart, and is the operator's to take back.
    place.host.stop()
    place.host.start()
    assert place.version() in (404, 503) and not place.serves_others()
    assert "lost on a train" in place.trusted("list")
    place.trusted("restore", place.publisher.key())
    place.host.stop()
    place.host.start()
    assert place.version() == "1.1.0" and place.serves_others()


def test_one_build_is_revoked_while_others_of_the_signer_go_on(place):
    place.host.start()
    assert place.version() == "1.1.0"
    digest = place.host.administration("module", "show", "tally")["digest"]
    assert "tally of north" in place.trusted("revoke", digest)
    assert place.version() == 503 and place.serves_others()
    assert "The operator has revoked this build of `tally` 1.1.0" in place.shown()
    place.trusted("restore", digest)
    eventually(lambda: place.version() == "1.1.0")
    assert {"module.withdraw", "module.readmit"} <= set(place.acts("north"))
    refused = place.host.cli("trust", "restore", digest, "--data", str(place.host.data), check=False)
    assert refused.returncode == 1 and "was not revoked" in refused.stderr
    refused = place.host.cli("trust", "revoke", "tally", "--data", str(place.host.data), check=False)
    assert refused.returncode == 1 and "64 hexadecimal digits" in refused.stderr


def test_a_signer_who_is_trusted_no_more_is_ended_on_a_running_host(place):
    place.host.start()
    assert place.version() == "1.1.0"
    store = place.host.folder / "authority.pem"
    shutil.copy(place.stranger.folder / "authority.pem", store)
    # The store is read again whenever an instance is started.
    done = place.host.cli(
        "module", "enable", "tally", "--tenant", "south", "--data", str(place.host.data), check=False)
    assert done.returncode == 1 and "is not trusted" in done.stderr
    # And, once it has changed and stayed so for a moment, held against what runs.
    eventually(lambda: place.version() == 503, 30)
    # A store that nobody can read ends nothing and starts nothing.
    shutil.copy(place.publisher.folder / "authority.pem", store)
    eventually(lambda: place.version() == "1.1.0", 30)
    store.write_text("nothing")
    place.host.process.send_signal(signal.SIGHUP)
    done = place.host.cli(
        "module", "enable", "tally", "--tenant", "south", "--data", str(place.host.data), check=False)
    assert done.returncode == 1 and "holds no certificate that can be read" in done.stderr
    assert place.version() == "1.1.0", "what runs goes on"
