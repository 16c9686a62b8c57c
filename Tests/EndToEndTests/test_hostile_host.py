"""A host that means harm enters modules of every kit: it answers anything, and calls back with anything, too often and
too late. The kit must neither crash nor hang, nor touch what it does not own.

`GANTRY_HOSTILE_SEEDS` names how many seeds are tried for each module (`make hostile` tries many),
`GANTRY_HOSTILE_FIRST` the first. `GANTRY_HOSTILE_SANITIZED` names a folder with modules built for AddressSanitizer.
"""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import BUILD, CONFIGURATION, ROOT

SOURCE = ROOT / "Tests" / "Fuzz" / "HostileHost"
KIT = ROOT / "PluginAPI"
FIRST = int(os.environ.get("GANTRY_HOSTILE_FIRST", "1"))
SEEDS = int(os.environ.get("GANTRY_HOSTILE_SEEDS", "24"))
# Of one seed, in seconds: far more than any takes, but for those that do not end.
PATIENCE = 120
STRICT = ["-O1", "-g", "-Wall", "-Wextra", "-Werror", f"-I{KIT}/C/include"]
MODULE = ["-fPIC", "-shared", "-fvisibility=hidden", f"-Wl,--version-script={KIT}/C/gantry.map"]

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="cc is not installed")


def build(*command):
    subprocess.run([str(part) for part in command], check=True)


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """The program that plays the host."""
    folder = tmp_path_factory.mktemp("hostile-host")
    build(sys.executable, SOURCE / "generate.py", folder / "tables.c")
    # Its tables are written by a generator that knows nothing of unused parameters.
    build("cc", "-std=gnu11", *STRICT, "-pthread", f"-I{SOURCE}", "-o", folder / "hostile-host", SOURCE / "host.c",
          folder / "tables.c", "-ldl")
    return folder / "hostile-host"


def attack(host, library, first=FIRST, seeds=SEEDS):
    libraries = os.environ.get("GANTRY_SWIFT_LIBRARIES") or os.path.join(
        os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("swift") or "/usr/bin/swift"))),
        "lib", "swift", "linux")
    outcome = subprocess.run(
        [host, library, str(first), str(seeds), str(PATIENCE)], capture_output=True, text=True, errors="replace",
        env={**os.environ, "LD_LIBRARY_PATH": libraries, "SWIFT_BACKTRACE": "enable=no"})
    assert outcome.returncode == 0, f"{library.name}: {outcome.stdout[-1000:]}{outcome.stderr[-2000:]}"


@pytest.mark.parametrize("name", ["relay", "patient", "switchboard", "guestbook"])
def test_the_swift_kit_survives(host, name):
    attack(host, BUILD / CONFIGURATION / f"lib{name}.so")


def test_the_c_kit_survives(host, tmp_path):
    build("cc", "-std=c11", *STRICT, *MODULE, f"-I{KIT}/CKit", "-o", tmp_path / "module.so",
          KIT / "Templates" / "c" / "my_module.c")
    attack(host, tmp_path / "module.so")


@pytest.mark.skipif(shutil.which("c++") is None, reason="c++ is not installed")
def test_the_cpp_kit_survives(host, tmp_path):
    build("c++", "-std=c++17", *STRICT, *MODULE, f"-I{KIT}/Cpp", "-o", tmp_path / "module.so",
          KIT / "Templates" / "cpp" / "my_module.cpp")
    attack(host, tmp_path / "module.so")


@pytest.mark.skipif(shutil.which("rustc") is None, reason="rustc is not installed")
def test_the_rust_kit_survives(host, tmp_path):
    rust = ["rustc", "--edition", "2021", "-O"]
    build(*rust, "--crate-type", "rlib", "--crate-name", "gantry", "-o", tmp_path / "libgantry.rlib",
          KIT / "Rust" / "kit" / "lib.rs")
    build(*rust, "--crate-type", "cdylib", "--crate-name", "my_module", "--extern",
          f"gantry={tmp_path}/libgantry.rlib", "-C", "link-arg=-Wl,--no-gc-sections", "-o", tmp_path / "module.so",
          KIT / "Templates" / "rust" / "src" / "lib.rs")
    attack(host, tmp_path / "module.so")
