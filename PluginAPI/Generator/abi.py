#!/usr/bin/env python3
"""Judges the C interface, after proving that no change of it would go unseen.

    abi.py --check     mutates the headers and must see each mutation refused, then judges the headers themselves
    abi.py --write     writes libabigail's description anew; the change is then seen in review

Two judges: the golden of golden.py, which sees every struct, function, enumerator and constant, and libabigail, which
reads the debug information of a compiled library and shares no code with the generator. Then every compiler at hand
must agree with the golden's numbers. Needs gcc, g++, clang, rustc, abidw and abidiff (Debian: abigail-tools).
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import golden
import interface
import mutations
import rules

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = interface.HEADERS
BASELINES = HERE.parent / "Baselines"
BASELINE = BASELINES / "interface.abi"
# With these flags an inserted or appended field, a changed argument of a function pointer and a renumbered enumerator
# all answer with bit 8; without them some answer 0.
COMPILE = ["gcc", "-std=c11", "-g", "-Og", "-fno-eliminate-unused-debug-types", "-shared", "-fPIC"]
STRICT = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
INCOMPATIBLE = 8


def describe(headers, output):
    """Writes libabigail's description of everything that the headers declare."""
    with tempfile.TemporaryDirectory() as folder:
        probe = pathlib.Path(folder, "probe.c")
        # No table stands as a parameter: behind a plain pointer, changes of its fields would look harmless.
        probe.write_text("#include <gantry/gantry.h>\nint gantry_probe(void) { return 0; }\n", encoding="utf-8")
        library = pathlib.Path(folder, "probe.so")
        subprocess.run([*COMPILE, f"-I{headers}", "-o", library, probe], check=True)
        subprocess.run(["abidw", "--load-all-types", "--no-corpus-path", "--no-comp-dir-path",
                        "--out-file", output, library], check=True)
    # Paths of the machine that wrote it say nothing about the interface.
    text = re.sub(r" filepath='[^']*/(gantry/[\w.]+)'", r" filepath='\1'", output.read_text(encoding="utf-8"))
    text = re.sub(r" path='[^']*'", " path='probe.c'", text)
    # Nor does the line, which any comment moves.
    text = re.sub(r" line='\d+' column='\d+'", "", text)
    output.write_text(text, encoding="utf-8")


def compare(old, new):
    """What abidiff answers, and what it says."""
    done = subprocess.run(["abidiff", "--harmless", "--non-reachable-types", old, new], capture_output=True, text=True,
                          check=False)
    # Bits 4 and 8 say what changed; anything else is a failure of the tool and no judgement.
    if done.returncode not in (0, 4, 8, 12):
        sys.exit(f"abidiff failed with {done.returncode}: {done.stderr}")
    return done.returncode, done.stdout


def copy_of(headers, changed, folder):
    """A copy of the headers with changed texts in it."""
    copy = pathlib.Path(folder, "include")
    shutil.copytree(headers, copy)
    for name, text in changed.items():
        (copy / "gantry" / name).write_text(text, encoding="utf-8")
    return copy


def missed_by_golden(texts, original):
    """Mutations that the golden does not show; all of one kind are made at once, each must show its own mark."""
    missed, count = [], 0
    # As if everything were released: then each change of a table must be refused by its hash as well.
    released = golden.tables(original, "").replace(" draft ", " released ")
    if list(golden.frozen_breaches(original, released)):
        missed.append("an unchanged table is refused (hash)")
    for kind, changed, marks in mutations.by_kind(texts):
        with tempfile.TemporaryDirectory() as folder:
            model = interface.read(copy_of(HEADERS, changed, folder))
            text = golden.layout(model)
            refused = " ".join(golden.frozen_breaches(model, released))
        for mark in marks:
            count += 1
            if not mark.shows(text, original):
                missed.append(f"{kind}: {mark.name} (golden)")
        missed += [f"{kind}: {table.id} could be changed after its release" for table in original.tables
                   if mutations.concerns(marks, table) and f"{table.id} revision" not in refused]
    return count, missed


def missed_by_abidiff(texts, original):
    """Mutations that libabigail does not refuse; one of each kind for each header, each by itself."""
    def judge(mutation):
        header, name, text = mutation
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder, "mutant.abi")
            describe(copy_of(HEADERS, {header: text}, folder), output)
            refused = compare(original, output)[0] & INCOMPATIBLE
        return None if refused else f"{header}: {name} (abidiff)"

    listed = list(mutations.one_by_one(texts))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(judge, listed))
    return len(listed), [answer for answer in answers if answer]


def missed_rules(texts):
    """Breaches of the rules that nobody notices."""
    missed, listed = [], list(mutations.breaches(texts))
    for name, changed, words in listed:
        with tempfile.TemporaryDirectory() as folder:
            try:
                faults = rules.problems(interface.read(copy_of(HEADERS, changed, folder)))
            except interface.InterfaceError as error:
                faults = [str(error)]
        if not any(words in fault for fault in faults):
            missed.append(f"{name}: no rule says `{words}`, but {faults}")
    return len(listed), missed


def prove(current):
    """Refuses to judge unless every mutation is refused."""
    model = interface.read()
    texts = {name: (HEADERS / "gantry" / name).read_text(encoding="utf-8") for name in model.headers}
    counts, missed = zip(missed_by_golden(texts, model), missed_by_abidiff(texts, current), missed_rules(texts))
    missed = [one for part in missed for one in part]
    if missed:
        sys.exit("These changes would go unseen, so nothing is judged:\n  " + "\n  ".join(missed))
    print(f"Mutations refused: {counts[0]} by the golden, {counts[1]} by libabigail. "
          f"{counts[2]} breaches of rules named.")


def agree():
    """Every compiler lays the interface out as the golden says; a missing one is said."""
    header, include = BASELINES / "layout.h", f"-I{HEADERS}"
    clang = interface.clang()
    matrix = [["gcc", "-std=c11", "-xc"], ["gcc", "-std=c17", "-xc"], ["g++", "-std=c++20", "-xc++"],
              [clang, "-std=c11", "-xc"], [clang, "-std=c17", "-xc"], [clang, "-std=c++20", "-xc++"]]
    for command in matrix:
        subprocess.run([*command, *STRICT, include, header], check=True)
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "offsets")
        # Debian's rustc comes without a linker's driver of its own; cc is there anyway.
        subprocess.run(["rustc", "--edition", "2021", "-o", program, BASELINES / "offsets.rs"], check=True)
        subprocess.run([program], check=True)
    print(f"{len(matrix) + 1} compilers and language versions agree with the golden.")


def main():
    """Checks or writes; see the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true")
    action.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.write:
        describe(HEADERS, BASELINE)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        current = pathlib.Path(folder, "current.abi")
        describe(HEADERS, current)
        prove(current)
        status, report = compare(BASELINE, current)
    agree()
    if status == 0:
        print("The interface is that of its baseline.")
        return 0
    print(report)
    kind = "An incompatible" if status & INCOMPATIBLE else "A compatible"
    print(f"{kind} change of the interface. If it is meant: PluginAPI/Generator/abi.py --write")
    return 1


if __name__ == "__main__":
    sys.exit(main())
