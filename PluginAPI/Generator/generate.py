#!/usr/bin/env python3
"""Writes everything that follows from the C interface, or compares it with what is committed.

    generate.py --check              exits with 1 and a difference when a committed file is not what the headers say
    generate.py --write              writes them anew; the change is then seen in review
    generate.py --release ID REV     freezes a table: from then on a change of it is refused
    generate.py --rules              only judges the headers by the rules; nothing is compared

Everything is read from the headers by clang (see interface.py). Only the standard library is needed.
"""
import argparse
import difflib
import pathlib
import sys

import golden
import interface
import probe
import proxy
import reference
import rules
import rust

ROOT = pathlib.Path(__file__).resolve().parent.parent


def text_of(path):
    """A committed file; empty when there is none."""
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else ""


def outputs(model):
    """All generated texts by their paths below `PluginAPI`."""
    return {**golden.files(model, text_of(golden.TABLES)), **rust.files(model), **proxy.files(model),
            **probe.files(model), reference.PATH: reference.page(model)}


def stale(texts):
    """Generated files that nothing generates any more."""
    folders = [proxy.PROXY, f"{probe.FOLDER}/generated"]
    present = {f"{folder}/{path.name}" for folder in folders for path in (ROOT / folder).glob("*")}
    return sorted(present - set(texts))


def write(texts):
    """Writes what differs and removes what is stale."""
    for path, text in texts.items():
        if text_of(path) != text:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8")
    for path in stale(texts):
        (ROOT / path).unlink()


def check(texts):
    """Shows every difference; gives whether there is one."""
    different = False
    for path, text in texts.items():
        committed = text_of(path)
        if committed != text:
            different = True
            sys.stdout.writelines(difflib.unified_diff(committed.splitlines(True), text.splitlines(True),
                                                       f"committed {path}", f"headers {path}"))
    for path in stale(texts):
        different = True
        print(f"{path}: nothing generates it any more")
    if different:
        print("The interface differs from what is committed. If that is meant: PluginAPI/Generator/generate.py --write")
    return different


def release(model, name, revision):
    """Marks a table as released in the list of tables."""
    before = text_of(golden.TABLES)
    if (name, revision) not in golden.states(before):
        sys.exit(f"There is no table {name} of revision {revision}.")
    (ROOT / golden.TABLES).write_text(before.replace(f"{name} {revision} draft ", f"{name} {revision} released "),
                                      encoding="utf-8")


def main():
    """Checks or writes; see the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group(required=True)
    for name in ("check", "write", "rules"):
        action.add_argument(f"--{name}", action="store_true")
    action.add_argument("--release", nargs=2, metavar=("ID", "REVISION"))
    parser.add_argument("--headers", type=pathlib.Path, default=interface.HEADERS, help="folder that holds gantry/*.h")
    options = parser.parse_args()
    try:
        model = interface.read(options.headers)
        faults = rules.problems(model) + list(golden.frozen_breaches(model, text_of(golden.TABLES)))
        if faults:
            print("\n".join(faults))
            sys.exit("The headers break the rules of the interface; nothing is compared or written.")
        if options.rules:
            return 0
        if options.release:
            release(model, *options.release)
            return 0
        texts = outputs(model)
    except interface.InterfaceError as error:
        sys.exit(str(error))
    if options.write:
        write(texts)
        return 0
    return 1 if check(texts) else 0


if __name__ == "__main__":
    sys.exit(main())
