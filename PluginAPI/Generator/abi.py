#!/usr/bin/env python3
"""Holds the C interface against its frozen description with libabigail, after proving that a change would be seen.

    abi.py --check     mutates every header and must see each mutation refused, then judges the headers themselves
    abi.py --write     writes the description anew; the change is then seen in review

Needs gcc, abidw and abidiff (Debian: abigail-tools). The flags are those with which an inserted or appended field, a
changed argument of a function pointer and a renumbered enumerator all answer with bit 8; without them some answer 0.
Numbers and macros, which debug information does not hold, are layout.py's.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = HERE.parent / "C" / "include"
BASELINE = HERE.parent / "Baselines" / "interface.abi"
COMPILE = ["gcc", "-std=c11", "-g", "-Og", "-fno-eliminate-unused-debug-types", "-shared", "-fPIC"]
INCOMPATIBLE = 8

STRUCT = re.compile(r"typedef struct (\w+) \{(.*?)\} \1;", re.S)
# A field of a plain type, such as `uint32_t kind;`, but none of a function pointer's arguments.
FIELD = re.compile(r"^    (u?int(?:8|16|32|64)_t) (\w+);", re.M)
ENUMERATOR = re.compile(r"^(    GANTRY_\w+ = )(-?\d+)", re.M)
POINTER = re.compile(r"\(\*(\w+)\)\(")


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
    output.write_text(text, encoding="utf-8")


def compare(old, new):
    """What abidiff answers, and what it says."""
    done = subprocess.run(["abidiff", "--harmless", "--non-reachable-types", old, new], capture_output=True, text=True,
                          check=False)
    # Bits 4 and 8 say what changed; anything else is a failure of the tool and no judgement.
    if done.returncode not in (0, 4, 8, 12):
        sys.exit(f"abidiff failed with {done.returncode}: {done.stderr}")
    return done.returncode, done.stdout


def mutations(text):
    """Changed versions of a header, each with a name: what must never happen to a released layout."""
    for struct in STRUCT.finditer(text):
        name, start, end = struct.group(1), struct.start(2), struct.end(2)
        yield f"{name}: a field inserted", f"{text[:start]}\n    uint64_t inserted;{text[start:]}"
        yield f"{name}: a field appended", f"{text[:end]}    uint64_t appended;\n{text[end:]}"
        field = FIELD.search(text, start, end)
        if field:
            other = "double" if field.group(1) == "int64_t" else "int64_t"
            yield f"{name}.{field.group(2)}: retyped", f"{text[:field.start(1)]}{other}{text[field.end(1):]}"
        for pointer in POINTER.finditer(text, start, end):
            place = pointer.end()
            yield f"{name}.{pointer.group(1)}: an argument added", f"{text[:place]}uint16_t added, {text[place:]}"
    for number in ENUMERATOR.finditer(text):
        place = number.start(2), number.end(2)
        yield (f"{number.group(1).strip(' =')}: renumbered",
               f"{text[:place[0]]}{int(number.group(2)) + 1000}{text[place[1]:]}")


def prove(original):
    """Refuses to judge unless every mutation of every header is refused; gives how many there were."""
    count, missed = 0, []
    for path in sorted((HEADERS / "gantry").glob("*.h")):
        text = path.read_text(encoding="utf-8")
        for name, mutant in mutations(text):
            count += 1
            with tempfile.TemporaryDirectory() as folder:
                headers = pathlib.Path(folder, "include")
                shutil.copytree(HEADERS, headers)
                (headers / "gantry" / path.name).write_text(mutant, encoding="utf-8")
                output = pathlib.Path(folder, "mutant.abi")
                describe(headers, output)
                if not compare(original, output)[0] & INCOMPATIBLE:
                    missed.append(f"{path.name}: {name}")
    if missed:
        sys.exit("These changes would go unseen, so nothing is judged:\n  " + "\n  ".join(missed))
    return count


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
        count = prove(current)
        status, report = compare(BASELINE, current)
    print(f"{count} mutations refused")
    if status == 0:
        print("The interface is that of its baseline.")
        return 0
    print(report)
    kind = "An incompatible" if status & INCOMPATIBLE else "A compatible"
    print(f"{kind} change of the interface. If it is meant: PluginAPI/Generator/abi.py --write")
    return 1


if __name__ == "__main__":
    sys.exit(main())
