"""Signed bundles in the real host: what is good is served, each attack is refused with its reason where an operator
looks, and the other modules go on."""

import datetime
import re
import shutil
import subprocess

from conftest import GANTRY
from signing import AUTHORING, commands, place, releases, shell  # noqa: F401


def test_signed_bundles_are_served_and_said_to_be_signed(place):
    place.host.start()
    assert place.version() == "1.1.0" and place.serves_others()
    shown = place.shown()
    assert "required: signed by O = Example, CN = Releases" in shown and place.publisher.key() in shown
    status, _ = place.plan()
    assert status in (0, 2)
    doctor = place.host.cli("doctor", "--deployment", str(place.host.deployment), "--data", str(place.host.data))
    assert "trust: only bundles that O = Example, CN = Example Bundles vouches for" in doctor.stdout
    assert "A bundle" not in place.logged()


def append(path, data=b"\n"):
    with open(path, "ab") as file:
        file.write(data)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def repack(place):
    """The good signature of another bundle, with its list and without."""
    shutil.copy(place.bundles / "guestbook" / "bundle.p7s", place.tally)


def repack_whole(place):
    repack(place)
    shutil.copy(place.bundles / "guestbook" / "bundle.digests", place.tally)


def relist(place):
    """What a forger does who can change the files but has no key: a list that is right, under the old signature."""
    append(place.tally / "openapi.yaml", b"# more\n")
    signature = (place.tally / "bundle.p7s").read_bytes()
    place.stranger.sign(place.tally)
    (place.tally / "bundle.p7s").write_bytes(signature)


def by_certificate(**properties):
    """A signature by the trusted authority's, but not a good one."""
    def attack(place):
        place.publisher.certify("other", **properties)
        place.publisher.sign(place.tally, by="other")
    return attack


def revoke(place):
    place.publisher.certify("revoked")
    place.publisher.sign(place.tally, by="revoked")
    place.publisher.revoke("revoked")


def sign_weakly(place):
    subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-md", "sha1", "-in", place.tally / "bundle.digests", "-signer",
         place.publisher.folder / "signer.pem", "-inkey", place.publisher.folder / "signer.key", "-outform", "DER",
         "-out", place.tally / "bundle.p7s"], check=True)


ATTACKS = {
    "an expired certificate": (by_certificate(end="20210101000000Z"), "CN = Releases has expired"),
    "a certificate of the future": (by_certificate(start="20980101000000Z"), "CN = Releases is not valid yet"),
    "a certificate for servers": (by_certificate(use="serverAuth"), "is not for signing code"),
    "a revoked certificate": (revoke, "CN = Releases was revoked by its authority"),
    "a weak digest": (sign_weakly, "The signature is made over the digest sha1"),
    "a changed manifest": (lambda p: append(p.tally / "module.yaml", b"# more\n"), "`module.yaml` does not hold"),
    "a changed library": (lambda p: flip(p.tally / "libtally.so"), "`libtally.so` does not hold what was signed"),
    "a changed migration": (lambda p: append(next((p.tally / "migrations").iterdir())), "`migrations/0001_"),
    "a changed contract": (lambda p: flip(p.tally / "contract.json"), "`contract.json` does not hold"),
    "a file more": (lambda p: append(p.tally / "more.so"), "`more.so` is in the bundle but not among the files"),
    "a file less": (lambda p: (p.tally / "contract.json").unlink(), "`contract.json` was signed and is missing"),
    "another list": (relist, "is of other content"),
    "a signature of another bundle": (repack, "is of other content"),
    "the list and signature of another bundle": (repack_whole, "The bundle was changed after it was signed"),
    "no signature": (lambda p: (p.tally / "bundle.p7s").unlink(), "The bundle is not signed: it has no bundle.p7s"),
    "a cut signature": (
        lambda p: (p.tally / "bundle.p7s").write_bytes((p.tally / "bundle.p7s").read_bytes()[:300]), "is cut off"),
    "a stranger's signature": (lambda p: p.stranger.sign(p.tally), "is not trusted"),
}


class Attacked:
    """One of many attacked bundles in a place."""

    def __init__(self, place, number):
        self.publisher, self.stranger, self.bundles = place.publisher, place.stranger, place.bundles
        self.tally = place.bundles / f"attack-{number}"
        shutil.copytree(place.releases["1.1.0"], self.tally)




def test_each_attack_is_refused_with_its_reason_and_the_others_go_on(place):
    shutil.rmtree(place.tally)
    folders = {}
    for number, (name, (attack, _)) in enumerate(ATTACKS.items()):
        attacked = Attacked(place, number)
        attack(attacked)
        folders[name] = attacked.tally
    place.trust(f", crls: ['{place.publisher.folder / 'revoked.crl'}']")
    place.host.start()
    assert place.version() in (404, 503) and place.serves_others()
    status, text = place.plan()
    assert status == 1
    told = {line["bundle"]: line["message"] for line in place.host.log_lines() if "bundle" in line}
    entries = {entry["target"]: entry for entry in place.host.administration("audit", "list")["items"]
               if entry["action"] == "bundle.refuse"}
    for name, (_, reason) in ATTACKS.items():
        folder = next(one for one in told if one.endswith(f"/{folders[name].name}"))
        assert reason in told[folder], (name, told[folder])
        assert reason in entries[folder]["details"]["reason"] and entries[folder]["outcome"] == "refused"
        assert reason in text, name


def test_a_key_that_the_file_revokes_is_refused_for_all_bundles(place):
    place.trust(f", revoked-keys: [{place.publisher.key()}]")
    place.host.start()
    assert place.version() in (404, 503) and not place.serves_others()
    reason = "is among the revoked keys"
    status, text = place.plan()
    assert status == 1 and reason in place.logged() and reason in text and reason in place.shown()
    assert place.publisher.key() in place.trusted("list")


def test_a_publisher_who_may_not_sign_this_module_is_refused_for_it_alone(place):
    place.trust(", publishers: {tally: [Somebody]}")
    place.host.start()
    assert place.version() in (404, 503) and place.serves_others()
    reason = "is none of the publishers of this module (Somebody)"
    status, text = place.plan()
    assert status == 1 and reason in place.logged() and reason in text and reason in place.shown()


def test_files_exchanged_under_a_running_host_are_found_at_the_next_look(place):
    place.host.start()
    assert place.version() == "1.1.0"
    flip(place.tally / "libtally.so")
    status, text = place.plan()
    assert status == 1 and "`libtally.so` does not hold what was signed" in text
    # What runs are the bytes that were verified.
    assert place.version() == "1.1.0"
    enabled = place.host.cli("module", "enable", "tally", "--tenant", "south", "--data", str(place.host.data))
    assert enabled.returncode == 0
    assert place.host.call("GET", "/v1/tally/version", headers={"X-Tenant-Id": "south"}).json["version"] == "1.1.0"


def test_what_was_used_before_is_not_replaced_by_something_older(place):
    place.host.start()
    assert place.version() == "1.1.0"
    place.host.stop()
    place.put("1.0.0")
    place.host.start()
    assert place.version() in (404, 503) and place.serves_others()
    reason = "`tally` 1.0.0 is a downgrade: 1.1.0 was used before"
    assert reason in place.logged() and reason in place.plan()[1] and reason in place.shown()
    place.host.cli("module", "allow-downgrade", "tally", "--to", "1.0.0", "--data", str(place.host.data))
    assert "1.0.0" in place.shown()
    place.put("1.1.0")
    place.host.stop()
    place.host.start()
    assert place.version() == "1.1.0"


def test_another_build_of_the_same_version_needs_another_number(place):
    place.host.start()
    assert place.version() == "1.1.0"
    place.host.stop()
    append(place.tally / "openapi.yaml", b"# more\n")
    place.publisher.sign(place.tally)
    place.host.start()
    reason = "Another build of `tally` 1.1.0 was used before"
    assert place.version() in (404, 503) and reason in place.logged() and reason in place.plan()[1]
    place.host.cli("module", "allow-downgrade", "tally", "--to", "1.1.0", "--data", str(place.host.data))
    place.host.stop()
    place.host.start()
    assert place.version() == "1.1.0"


def test_a_doubtful_bundle_is_used_and_told_of_where_the_policy_is_to_warn(place):
    place.trust(", policy: warn")
    (place.tally / "bundle.p7s").unlink()
    place.host.start()
    assert place.version() == "1.1.0" and place.serves_others()
    assert "The bundle is not signed" in place.logged() and "The bundle is not signed" in place.plan()[1]
    assert "warn: " in place.shown() and "The bundle is not signed" in place.shown()


def test_a_policy_that_becomes_stricter_takes_effect_with_apply(place):
    place.trust(", policy: off")
    (place.tally / "bundle.p7s").unlink()
    place.host.start()
    assert place.version() == "1.1.0" and "A bundle" not in place.logged()
    assert any("Signatures of bundles are not looked at" in line["message"] for line in place.host.log_lines())
    place.trust()
    status, text = place.plan()
    assert status == 1 and "The bundle is not signed" in text
    doctor = place.host.cli(
        "doctor", "--deployment", str(place.host.deployment), "--data", str(place.host.data), check=False)
    assert doctor.returncode == 1 and "The bundle is not signed" in doctor.stdout
    place.publisher.sign(place.tally)
    status, text = place.plan()
    assert status == 2 and "holds signatures of bundles to the file: policy required" in text
    place.host.cli("apply", str(place.host.deployment), "--data", str(place.host.data))
    assert "required: signed by O = Example, CN = Releases" in place.shown()
    # A command on the folder alone holds to it as well.
    place.host.stop()
    (place.tally / "bundle.p7s").unlink()
    assert "The bundle is not signed" in place.shown()


def test_tenants_are_moved_to_signed_builds_alone_and_back_only_when_told_to(place):
    place.put("1.0.0")
    place.host.start()
    newer = place.bundles / "tally-newer"
    shutil.copytree(place.releases["1.1.0"], newer)
    good = (newer / "libtally.so").read_bytes()
    flip(newer / "libtally.so")

    def upgrade(to, *options):
        return place.host.cli("module", "upgrade", "tally", "--to", to, "--watch", "100ms", *options, "--data",
                              str(place.host.data), check=False)

    refused = upgrade("1.1.0")
    assert refused.returncode == 1 and "`libtally.so` does not hold what was signed" in refused.stderr
    assert place.version() == "1.0.0"
    (newer / "libtally.so").write_bytes(good)
    moved = upgrade("1.1.0")
    assert moved.returncode == 0, moved.stdout + moved.stderr
    assert place.version() == "1.1.0"
    refused = upgrade("1.0.0")
    assert refused.returncode == 1 and "`tally` 1.0.0 is a downgrade: 1.1.0 was used before" in refused.stderr
    assert place.version() == "1.1.0"
    back = upgrade("1.0.0", "--allow-downgrade")
    assert back.returncode == 0, back.stdout + back.stderr
    assert place.version() == "1.0.0"


def test_the_end_of_a_signature_is_told_of_before_it_comes(place):
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=10, hours=1)
    place.publisher.certify("soon", end=soon.strftime("%Y%m%d%H%M%SZ"))
    place.publisher.sign(place.tally, by="soon")
    place.host.start()
    assert place.version() == "1.1.0"
    reason = "Its signature ends in 10 days"
    assert reason in place.logged() and reason in place.plan()[1]


def test_a_store_that_cannot_be_read_refuses_everything(place):
    (place.host.folder / "authority.pem").write_text("nothing")
    place.host.start()
    assert place.version() in (404, 503) and not place.serves_others()
    assert "holds no certificate that can be read" in place.logged()


def test_the_guides_commands_sign_and_verify_with_and_without_gantry(releases, tmp_path):
    publisher, stranger, bundles = releases
    for name in ("authority.pem", "signer.pem", "signer.key"):
        shutil.copy(publisher.folder / name, tmp_path)
    shutil.copytree(bundles["1.1.0"], tmp_path / "bundles" / "tally")
    bundle = tmp_path / "bundles" / "tally"
    (bundle / "bundle.p7s").unlink()
    assert "signed by O = Example, CN = Releases" in shell(tmp_path, commands(AUTHORING, "gantry bundle sign"))
    ours = (bundle / "bundle.p7s").read_bytes()
    shell(tmp_path, commands(AUTHORING, "openssl cms -sign"))
    assert (bundle / "bundle.p7s").read_bytes() != ours
    verify = ["bundle", "verify", bundle, "--trust"]
    good = subprocess.run([GANTRY, *verify, tmp_path / "authority.pem"], capture_output=True, text=True, timeout=60)
    assert good.returncode == 0 and publisher.key() in good.stdout, good.stderr
    (bundle / "bundle.p7s").write_bytes(ours)
    assert "successful" in shell(tmp_path, commands(AUTHORING, "openssl cms -verify") + " 2>&1")
    # Two signers: either authority is enough.
    stranger.sign(bundle, "--add")
    for publisher_of in (publisher, stranger):
        store = publisher_of.folder / "authority.pem"
        done = subprocess.run([GANTRY, *verify, store], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [GANTRY, *verify, publisher.folder / "authority.pem", "--revoked-key", publisher.key()], capture_output=True,
        text=True, timeout=60)
    assert done.returncode == 1 and "revoked keys" in done.stderr


def test_inspect_tells_what_a_bundle_says_of_itself_and_trusts_nobody(releases, tmp_path):
    _, stranger, bundles = releases
    bundle = tmp_path / "tally"
    shutil.copytree(bundles["1.1.0"], bundle)

    def inspect():
        return subprocess.run(
            [GANTRY, "bundle", "inspect", bundle], capture_output=True, text=True, timeout=60, check=True).stdout

    text = inspect()
    assert "asks for: database, events" in text and "says it is signed by O = Example, CN = Releases" in text
    assert re.search(r"P-256 key [0-9a-f]{64}, valid from \S+Z until \S+Z", text)
    assert re.search(r"^[0-9a-f]{64} \d+ libtally\.so$", text, re.MULTILINE)
    stranger.sign(bundle)
    assert stranger.key() in inspect()
    append(bundle / "openapi.yaml", b"# more\n")
    assert "the files are not those that were listed" in inspect()
    (bundle / "bundle.p7s").unlink()
    assert "\nnot signed\n" in inspect()
