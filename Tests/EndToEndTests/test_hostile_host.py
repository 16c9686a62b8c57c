"""A host that means harm enters modules of every kit: it answers anything, and calls back with anything, too often and
too late. The kit must neither crash nor hang, nor touch what it does not own.

`GANTRY_HOSTILE_SEEDS` names how many seeds are tried for each module (`make hostile` tries many),
`GANTRY_HOSTILE_FIRST` the first. `GANTRY_HOSTILE_SANITIZED` names a folder with modules built for AddressSanitizer.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from conftest import PRODUCTS, ROOT

SOURCE = ROOT / "Tests" / "Fuzz" / "HostileHost"
KIT = ROOT / "PluginAPI"
SANITIZED = os.environ.get("GANTRY_HOSTILE_SANITIZED")
LIBRARIES = pathlib.Path(SANITIZED) if SANITIZED else PRODUCTS
# The Swift toolchain: its clang has the sanitizer that its compiler builds for.
TOOLCHAIN = pathlib.Path(shutil.which("swift") or "/usr/bin/swift").resolve().parent
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
    compiler = ["cc"]
    if SANITIZED:
        compiler = [TOOLCHAIN / "clang", "-fsanitize=address", "-rdynamic", "-fuse-ld=lld"]
    # The sanitizer looks for the functions behind exceptions once, before a module brings them.
    libraries = ["-ldl", "-Wl,--no-as-needed", "-lstdc++"] if SANITIZED else ["-ldl"]
    build(*compiler, "-std=gnu11", *STRICT, "-pthread", f"-I{SOURCE}", "-o", folder / "hostile-host",
          SOURCE / "host.c", folder / "tables.c", *libraries)
    return folder / "hostile-host"


def attack(host, library):
    environment = {"LD_LIBRARY_PATH": str(TOOLCHAIN.parent / "lib" / "swift" / "linux"), "SWIFT_BACKTRACE": "enable=no",
                   "ASAN_OPTIONS": "detect_leaks=0"}
    outcome = subprocess.run(
        [host, library, str(FIRST), str(SEEDS), str(PATIENCE)], capture_output=True, text=True, errors="replace",
        env={**os.environ, **environment})
    assert outcome.returncode == 0, f"{library.name}: {outcome.stdout[-1000:]}{outcome.stderr[-2000:]}"


# Of handlers that await, the order of threads decides what is met: `make hostile` looks for that, no daily test.
AWAITING = ["relay", "patient", "switchboard"] if "GANTRY_HOSTILE_SEEDS" in os.environ else []


@pytest.mark.parametrize("name", ["guestbook", *AWAITING])
def test_the_swift_kit_survives(host, name):
    attack(host, LIBRARIES / f"lib{name}.so")


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
