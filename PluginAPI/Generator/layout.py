#!/usr/bin/env python3
"""Writes down every size, alignment, offset, enumerator and constant of the C interface, or compares them.

    layout.py --check     exits with 1 and a difference when the headers are not those of the baseline
    layout.py --write     writes the baseline anew; the change is then seen in review

The headers are read for names and types; a compiler tells the numbers. Only the standard library is needed.
"""
import argparse
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = HERE.parent / "C" / "include"
GOLDEN = HERE.parent / "Baselines" / "layout.golden"
TITLE = "# The C interface in numbers. Written by PluginAPI/Generator/layout.py --write; never edit it by hand.\n"

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
MACRO = re.compile(r"^#[ \t]*define[ \t]+([A-Za-z_]\w*)(\([^)]*\))?[ \t]*(.*)$", re.M)
ENUM = re.compile(r"\benum\s+(\w+)\s*\{([^}]*)\}\s*;")
STRUCT = re.compile(r"\btypedef\s+struct\s+(\w+)\s*\{([^}]*)\}\s*(\w+)\s*;")
CALLBACK = re.compile(r"\btypedef\s+([^;{}]*?\(\s*\*\s*(\w+)\s*\)[^;{}]*);")
FUNCTION = re.compile(r"[^{}]*\bgantry_\w+_v\d+\s*\([^{}]*$", re.S)


def tidy(text):
    """The text with single spaces, and none inside brackets or behind a star."""
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"\(\s+|\s+\)|\*\s+", lambda match: match.group().replace(" ", ""), text)


def field_name(declaration):
    """The name that a field's declaration gives."""
    pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)", declaration)
    if pointer:
        return pointer.group(1)
    return re.search(r"(\w+)\s*(?:\[[^\]]*\])?\s*(?:GANTRY_\w+(?:\(\w+\))?\s*)*$", declaration).group(1)


def enumerators(body):
    """The names of an enumeration's members."""
    return [part.split("=")[0].strip() for part in body.split(",") if part.strip()]


def quoted(text):
    """The text as a C string literal that printf shows unchanged."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def statements(name, text):
    """C statements that print one header's part of the baseline."""
    yield f"puts({quoted('')}); puts({quoted('header ' + name)});"
    for macro, parameters, value in MACRO.findall(text):
        if value.strip() and parameters:
            yield f"puts({quoted(f'macro {macro}{tidy(parameters)}')});"
        elif value.strip().startswith('"'):
            yield f'printf("constant {macro} \\"%s\\"\\n", {macro});'
        elif re.fullmatch(r"[-+~()\w\s<>|&*]*\d[-+~()\w\s<>|&*]*", value.strip()):
            yield f'printf("constant {macro} %lld\\n", (long long)({macro}));'
    body = MACRO.sub("", text)
    for enumeration, members in ENUM.findall(body):
        yield f'printf("enum {enumeration} size %zu\\n", sizeof(enum {enumeration}));'
        for member in enumerators(members):
            yield f'printf("  {member} %lld\\n", (long long){member});'
    for _, fields, struct in STRUCT.findall(body):
        yield f'printf("struct {struct} size %zu alignment %zu\\n", sizeof({struct}), _Alignof({struct}));'
        for declaration in filter(None, map(tidy, fields.split(";"))):
            field = field_name(declaration)
            place = f"offsetof({struct}, {field}), sizeof((({struct} *)0)->{field})"
            yield f'printf("  {field} offset %zu size %zu: " {quoted(declaration)} "\\n", {place});'
    for declaration, _ in CALLBACK.findall(body):
        yield f"puts({quoted('callback ' + tidy(declaration)).replace('%%', '%')});"
    flat = STRUCT.sub("", ENUM.sub("", CALLBACK.sub("", re.sub(r"^#.*$", "", body, flags=re.M))))
    for statement in flat.split(";"):
        declaration = re.split(r"[{}]", statement)[-1]
        if FUNCTION.fullmatch(declaration):
            yield f"puts({quoted('function ' + tidy(declaration)).replace('%%', '%')});"



def measure(headers, compiler):
    """The baseline of the headers in the folder, as the compiler sees them."""
    lines = ["#include <gantry/gantry.h>", "#include <stdio.h>", "int main(void) {"]
    for path in sorted((headers / "gantry").glob("*.h")):
        text = COMMENT.sub(" ", path.read_text(encoding="utf-8")).replace("\\\n", " ")
        lines += statements(path.name, text)
    lines += ["return 0;", "}", ""]
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "layout.c"), os.path.join(folder, "layout")
        pathlib.Path(source).write_text("\n".join(lines), encoding="utf-8")
        subprocess.run([compiler, "-std=c11", f"-I{headers}", "-o", program, source], check=True)
        return TITLE + subprocess.run([program], check=True, capture_output=True, text=True).stdout


def main():
    """Checks or writes; see the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true")
    action.add_argument("--write", action="store_true")
    parser.add_argument("--headers", type=pathlib.Path, default=HEADERS, help="folder that holds gantry/*.h")
    parser.add_argument("--golden", type=pathlib.Path, default=GOLDEN, help="the baseline's file")
    parser.add_argument("--compiler", default=os.environ.get("CC", "cc"))
    options = parser.parse_args()
    measured = measure(options.headers, options.compiler)
    if options.write:
        options.golden.parent.mkdir(parents=True, exist_ok=True)
        options.golden.write_text(measured, encoding="utf-8")
        return 0
    golden = options.golden.read_text(encoding="utf-8") if options.golden.exists() else ""
    if measured == golden:
        return 0
    sys.stdout.writelines(difflib.unified_diff(
        golden.splitlines(True), measured.splitlines(True), "baseline", "headers"))
    print("The interface differs from its baseline. If that is meant: PluginAPI/Generator/layout.py --write")
    return 1


if __name__ == "__main__":
    sys.exit(main())
