#!/usr/bin/env python3
"""Freezes a revision of the interface, and holds the headers against every revision that was frozen.

    freeze.py --freeze REVISION [--draft ID …]   marks all tables but those drafts as released, and keeps the goldens
    freeze.py --check                            proves that it sees every change, and then judges the headers

A frozen header never changes: no layout, enumerator, constant, function, annotation, and nothing is added to it. What
is new gets a header of its own with tags of its own. Comments may change, and the newest revision that the headers
speak may grow. `Baselines/<revision>/` holds what was frozen: the goldens, libabigail's description, and one hash for
each header, of its syntax tree without comments.
"""
import argparse
import hashlib
import pathlib
import shutil
import sys
import tempfile

import abi
import golden
import interface
import mutations

BASELINES = pathlib.Path(__file__).resolve().parent.parent / "Baselines"
HASHES = "headers.sha256"
COPIED = ["layout.golden", "tables.golden", "interface.abi"]
# The one number that a new revision changes; the oldest revision may not.
GROWING = "constant GANTRY_INTERFACE_MAXIMUM "


def hashes(model):
    """The hash of each header: its declarations as the golden has them, which knows no comments."""
    text = golden.layout(model)
    found = {}
    for part in text.split("\nheader ")[1:]:
        name, _, lines = part.partition("\n")
        kept = "\n".join(line for line in lines.splitlines() if not line.startswith(GROWING))
        found[name.strip()] = hashlib.sha256(kept.strip().encode()).hexdigest()
    return found


def drafts(model, kept):
    """The headers that declare a table that stays a draft."""
    return {table.struct.header for table in model.tables if table.id in kept}


def breaches(model, frozen):
    """What is wrong with the headers, held against the hashes of a frozen revision."""
    present = hashes(model)
    for header, known in sorted(frozen.items()):
        if header not in present:
            yield f"{header} is gone"
        elif present[header] != known:
            yield f"{header} was changed"


def maximum(model):
    """The newest revision that the headers speak."""
    return next(int(value) for _, name, _, value in model.constants if name == "GANTRY_INTERFACE_MAXIMUM")


def read(folder):
    """The hashes of a frozen revision, and the newest revision that its headers spoke."""
    rows = [line.split("  ") for line in (folder / HASHES).read_text(encoding="utf-8").splitlines()]
    layout = (folder / "layout.golden").read_text(encoding="utf-8")
    number = next(line for line in layout.splitlines() if line.startswith(GROWING))
    return {name: known for known, name in rows}, int(number.removeprefix(GROWING))


def freeze(model, revision, kept):
    """Keeps what the headers say now as `revision`."""
    folder = BASELINES / revision
    if folder.exists():
        sys.exit(f"{folder} is there already; what was frozen never changes.")
    unknown = set(kept) - {table.id for table in model.tables}
    if unknown:
        sys.exit(f"There is no table {', '.join(sorted(unknown))}.")
    table_file = BASELINES / "tables.golden"
    lines = []
    for line in table_file.read_text(encoding="utf-8").splitlines():
        words = line.split(" ")
        if not line.startswith("#") and words[0] not in kept:
            line = line.replace(" draft ", " released ")
        lines.append(line)
    table_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    left_out = drafts(model, kept)
    folder.mkdir()
    for name in COPIED:
        shutil.copy(BASELINES / name, folder / name)
    rows = [f"{known}  {header}\n" for header, known in sorted(hashes(model).items()) if header not in left_out]
    (folder / HASHES).write_text("".join(rows), encoding="utf-8")
    rest = ", ".join(sorted(left_out)) or "nothing"
    print(f"{len(rows)} headers are frozen as {revision}. What stays a draft: {rest}.")


def prove(model):
    """Refuses to judge unless every change of a header is seen, and a change of comments alone is not."""
    texts = {name: (interface.HEADERS / "gantry" / name).read_text(encoding="utf-8") for name in model.headers}
    frozen = hashes(model)
    missed, count = [], 0
    for kind, changed, _ in mutations.by_kind(texts):
        with tempfile.TemporaryDirectory() as folder:
            mutant = interface.read(abi.copy_of(interface.HEADERS, changed, folder))
        said = set(breaches(mutant, frozen))
        count += len(changed)
        missed += [f"{kind}: {header} (freeze)" for header in changed if f"{header} was changed" not in said]
    harmless = {name: text.replace("/*", "/* Another comment. ", 1) for name, text in texts.items()}
    with tempfile.TemporaryDirectory() as folder:
        missed += [f"a comment: {one}" for one in breaches(
            interface.read(abi.copy_of(interface.HEADERS, harmless, folder)), frozen)]
    if missed:
        sys.exit("The freeze would not hold, so nothing is judged:\n  " + "\n  ".join(missed))
    print(f"{count} changes of headers refused, changes of comments allowed.")


def check(model):
    """Holds the headers against every frozen revision; gives whether they differ from one."""
    prove(model)
    revisions = sorted(path.parent for path in BASELINES.glob(f"*/{HASHES}"))
    different = False
    for folder in revisions:
        frozen, newest = read(folder)
        said = list(breaches(model, frozen))
        if maximum(model) < newest:
            said.append(f"GANTRY_INTERFACE_MAXIMUM is lower than {newest}")
        for one in said:
            print(f"{one}, and it is frozen since {folder.name}. What is new gets a header of its own.")
        different = different or bool(said)
    if not different:
        print(f"Frozen revisions kept: {', '.join(folder.name for folder in revisions) or 'none is there yet'}.")
    return different


def main():
    """Freezes or checks; see the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true")
    action.add_argument("--freeze", metavar="REVISION")
    parser.add_argument("--draft", action="append", default=[], metavar="ID")
    options = parser.parse_args()
    model = interface.read()
    if options.freeze:
        freeze(model, options.freeze, options.draft)
        return 0
    return 1 if check(model) else 0


if __name__ == "__main__":
    sys.exit(main())
