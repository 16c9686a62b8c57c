"""Publishers who sign bundles, and hosts whose file asks for their signatures."""

import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import BUILD, GANTRY, ROOT

OPERATING = (ROOT / "Documentation" / "OPERATING.md").read_text()
AUTHORING = (ROOT / "Documentation" / "AUTHORING.md").read_text()

DEPLOYMENT = """\
bundles: [bundles]
trust: {{store: authority.pem{more}}}
tenants:
  - {{id: north, modules: {{tally: {{}}}}}}
  - {{id: south, modules: {{guestbook: {{}}}}}}
"""


def commands(text, first):
    """The indented block of a document that begins with a line like this."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("    ") and first in line)
    end = next(number for number in range(start, len(lines)) if not lines[number].startswith("    "))
    return "\n".join(line[4:] for line in lines[start:end])


def shell(folder, text):
    """Runs commands as somebody would who copies them, with gantry on the path."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], cwd=folder, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PATH": f"{GANTRY.parent}:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Publisher:
    """An authority and a signer in a folder, made by what the operator's guide says."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        shell(self.folder, commands(OPERATING, "openssl req -x509"))

    def sign(self, bundle, *options, by="signer"):
        return subprocess.run(
            [GANTRY, "bundle", "sign", bundle, "--key", self.folder / "signer.key", "--certificate",
             self.folder / f"{by}.pem", *options], capture_output=True, text=True, timeout=60, check=True).stdout

    def certify(self, name, use="codeSigning", start="20200101000000Z", end="20990101000000Z"):
        """Another certificate for the signer's key."""
        (self.folder / "ca.cnf").write_text(
            f"[ca]\ndatabase={self.folder}/index\nserial={self.folder}/serial\ncrlnumber={self.folder}/crlnumber\n"
            f"new_certs_dir={self.folder}\ndefault_md=sha256\npolicy=any\nunique_subject=no\ndefault_crl_days=30\n"
            "[any]\norganizationName=optional\ncommonName=supplied\n"
            f"[use]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage={use}\n")
        for file, text in (("index", ""), ("serial", "77"), ("crlnumber", "01")):
            if not (self.folder / file).exists():
                (self.folder / file).write_text(text)
        self.authorize("-in", "signer.csr", "-extensions", "use", "-startdate", start, "-enddate", end, "-notext",
                       "-out", f"{name}.pem")

    def revoke(self, name):
        """A list of the authority in which the certificate stands."""
        self.authorize("-revoke", f"{name}.pem")
        self.authorize("-gencrl", "-out", "revoked.crl")
        return self.folder / "revoked.crl"

    def authorize(self, *options):
        subprocess.run(
            ["openssl", "ca", "-batch", "-config", "ca.cnf", "-name", "ca", "-cert", "authority.pem", "-keyfile",
             "authority.key", *options], cwd=self.folder, capture_output=True, check=True)

    def key(self):
        command = ("openssl x509 -in signer.pem -noout -pubkey | openssl pkey -pubin -outform DER "
                   "| openssl dgst -sha256 -r")
        return shell(self.folder, command)[:64]


def tally(version, folder):
    """The tally as its author builds another version of it."""
    source = (ROOT / "Examples" / "tally-c" / "tally.c").read_text()
    manifest = folder / f"tally-{version}"
    shutil.copytree(ROOT / "Examples" / "tally-c" / "bundle", manifest)
    text = (manifest / "module.yaml").read_text()
    (manifest / "module.yaml").write_text(text.replace("version: 1.0.0", f"version: {version}"))
    (folder / "tally.c").write_text(source.replace("1.0.0", version))
    library = folder / "libtally.so"
    subprocess.run(
        ["cc", "-std=c11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{ROOT}/PluginAPI/C/include",
         f"-Wl,--version-script={ROOT}/PluginAPI/C/gantry.map", "-o", library, folder / "tally.c"], check=True)
    output = folder / f"built-{version}"
    subprocess.run(
        [GANTRY, "bundle", "build", "--manifest", manifest, "--library", library, "--output", output], check=True,
        capture_output=True)
    return output / "tally"


@pytest.fixture(scope="session")
def releases(tmp_path_factory):
    """Publishers, and signed bundles to copy from: the guestbook, and the tally in two versions."""
    folder = tmp_path_factory.mktemp("releases")
    publisher, stranger = Publisher(folder / "publisher"), Publisher(folder / "stranger")
    bundles = {"guestbook": folder / "guestbook", "1.1.0": tally("1.1.0", folder), "1.0.0": tally("1.0.0", folder)}
    shutil.copytree(BUILD / "bundles" / "guestbook", bundles["guestbook"])
    for bundle in bundles.values():
        publisher.sign(bundle)
    return publisher, stranger, bundles


class Place:
    """A host whose file asks for the publisher's signatures."""

    def __init__(self, host, releases):
        self.host = host
        self.publisher, self.stranger, self.releases = releases
        self.bundles = host.folder / "bundles"
        self.tally = self.bundles / "tally"
        shutil.copy(self.publisher.folder / "authority.pem", host.folder)
        shutil.copytree(self.releases["guestbook"], self.bundles / "guestbook")
        self.put("1.1.0")
        self.trust()

    def put(self, version):
        shutil.rmtree(self.tally, ignore_errors=True)
        shutil.copytree(self.releases[version], self.tally)

    def trust(self, more=""):
        self.host.deployment.write_text(DEPLOYMENT.format(more=more))

    def version(self):
        answer = self.host.call("GET", "/v1/tally/version", headers={"X-Tenant-Id": "north"})
        return answer.json["version"] if answer.status == 200 else answer.status

    def serves_others(self):
        return self.host.call("GET", "/v1/entries", key=self.host.key("south")).status == 200

    def plan(self):
        done = self.host.cli("plan", str(self.host.deployment), "--data", str(self.host.data), check=False)
        return done.returncode, done.stdout + done.stderr

    def shown(self):
        done = self.host.cli("module", "show", "tally", "--data", str(self.host.data), check=False)
        return done.stdout + done.stderr

    def trusted(self, *arguments):
        """What `gantry trust` answers."""
        return self.host.cli("trust", *arguments, "--data", str(self.host.data)).stdout

    def acts(self, tenant=None):
        """The last act of each kind in a chain."""
        chain = ["--tenant", tenant] if tenant else []
        return {entry["action"]: entry for entry in self.host.administration("audit", "list", *chain)["items"]}

    def logged(self):
        return "\n".join(
            line["message"] for line in self.host.log_lines() if line["level"] in ("error", "warning"))


@pytest.fixture
def place(own_host, releases):
    return Place(own_host, releases)
