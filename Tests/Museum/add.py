#!/usr/bin/env python3
"""Builds the museum's exhibits from the interface as it is, and puts them under a revision for ever.

    add.py REVISION [--into FOLDER]     FOLDER is Tests/Museum unless given; the revision must not be there yet

Each exhibit is a bundle with its library (stripped, at most 200 kB), its source, and the headers that it was built
from. CI loads all of them, whatever the interface has become since. Needs gcc, g++ and rustc.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys

MUSEUM = pathlib.Path(__file__).resolve().parent
ROOT = MUSEUM.parents[1]
SOURCES = MUSEUM / "Exhibits"
HEADERS = ROOT / "PluginAPI" / "C" / "include"
SCRIPT = f"-Wl,--version-script={ROOT / 'PluginAPI' / 'C' / 'gantry.map'}"
LARGEST = 200_000
SHARED = ["-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden", "-s", SCRIPT]
RUST = ["rustc", "--edition", "2021", "--crate-type", "cdylib", "-C", "panic=abort", "-C", "opt-level=z", "-C", "lto",
        "-C", "strip=symbols", "-C", "link-arg=-Wl,--no-gc-sections", "-C", "link-arg=-lc", "-D", "warnings"]


def commands(headers, rust, output):
    """What builds the exhibit of each language."""
    include = f"-I{headers}"
    return {
        "c": ("exhibit.c", ["gcc", "-std=c11", include, *SHARED, "-o", output, SOURCES / "exhibit.c"]),
        "cpp": ("exhibit.cpp", ["g++", "-std=c++17", include, *SHARED, "-o", output, SOURCES / "exhibit.cpp"]),
        "rust": ("exhibit.rs", [*RUST, "-o", output, rust / "exhibit.rs"]),
    }


def build(revision):
    """Builds all exhibits into the folder of a revision."""
    headers = revision / "include"
    shutil.copytree(HEADERS / "gantry", headers / "gantry")
    rust = revision / "rust"
    rust.mkdir()
    shutil.copy(ROOT / "PluginAPI" / "Rust" / "gantry.rs", rust)
    shutil.copy(SOURCES / "exhibit.rs", rust)
    for language, (source, command) in commands(headers, rust, revision / "libexhibit.so").items():
        folder = revision / language
        folder.mkdir(exist_ok=True)
        subprocess.run(command, check=True)
        library = folder / "libexhibit.so"
        shutil.move(revision / "libexhibit.so", library)
        size = library.stat().st_size
        if size > LARGEST:
            sys.exit(f"{library} has {size} bytes, more than {LARGEST}")
        if not (folder / source).exists():
            shutil.copy(SOURCES / source, folder)
        for file in (SOURCES / "bundle").rglob("*"):
            if file.is_file():
                target = folder / file.relative_to(SOURCES / "bundle")
                target.parent.mkdir(exist_ok=True)
                target.write_text(file.read_text(encoding="utf-8").replace("LANGUAGE", language), encoding="utf-8")
        print(f"{library}: {size} bytes")


def main():
    """Adds a revision; see the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revision")
    parser.add_argument("--into", type=pathlib.Path, default=MUSEUM)
    options = parser.parse_args()
    revision = options.into / options.revision
    if revision.exists():
        sys.exit(f"{revision} is there already; what is in the museum never changes.")
    revision.mkdir(parents=True)
    try:
        build(revision)
    except BaseException:
        shutil.rmtree(revision)
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
