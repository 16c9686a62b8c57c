#!/usr/bin/env python3
"""Writes a module in C that means harm: seeded calls of every function of the host with whatever comes to hand.

    generate.py OUTPUT.c

Everything follows from the headers, so a new function is attacked without a word here. What a module can do to itself
(writing to its own memory, lying about the length of memory that it owns) is no attack on the host and is left out.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "PluginAPI" / "Generator"))
import interface  # noqa: E402  the generator's own model

SCALARS = {"uint8_t": "hostile_number", "uint16_t": "hostile_number", "uint32_t": "hostile_number",
           "int32_t": "hostile_number", "uint64_t": "hostile_number", "int64_t": "hostile_number",
           "double": "hostile_real"}
# Waits for the client, which the attack would only spend its time with.
LEFT_OUT = {("gantry.stream", "wait")}


class Writer:
    """Collects the C source."""

    def __init__(self, model):
        self.model = model
        self.fillers = {}
        self.callbacks = {}
        self.calls = []

    def count_of(self, name, names):
        """The parameter or member that counts a list, by its name."""
        stems = [name, name[:-1], name[:-3] + "y" if name.endswith("ies") else name]
        return next((f"{stem}_count" for stem in stems if f"{stem}_count" in names), None)

    def count_value(self, place, _count):
        """An expression for the number of elements of a list."""
        return f"hostile_count(h, {place} != NULL)"

    def filler(self, base):
        """A function that fills a struct with anything."""
        if base in self.fillers:
            return
        self.fillers[base] = ""
        names = {field.name for field in self.model.structs[base].fields}
        lines = [f"static void fill_{base}(hostile *h, {base} *out) {{", "    memset(out, 0, sizeof *out);"]
        for field in self.model.structs[base].fields:
            kind, place = field.type, f"out->{field.name}"
            if field.function or kind.length:
                continue
            if kind.stars == 0 and kind.base in SCALARS:
                if not field.name.endswith("_count"):
                    lines.append(f"    {place} = ({kind.base}){SCALARS[kind.base]}(h);")
            elif kind.stars == 0 and kind.base == "gantry_str_v1":
                lines.append(f"    {place} = hostile_text(h);")
            elif kind.stars == 0 and kind.base in self.model.structs:
                self.filler(kind.base)
                lines.append(f"    fill_{kind.base}(h, &{place});")
            elif kind.stars == 1 and kind.base in self.model.structs:
                count = self.count_of(field.name, names)
                lines += [f"    {place} = {self.list_of(kind.base)}(h);"]
                if count:
                    lines.append(f"    out->{count} = {self.count_value(place, count)};")
        lines += ["}", ""]
        self.fillers[base] = "\n".join(lines)

    def list_of(self, base):
        """A function that gives a list of structs, or nothing."""
        if base == "gantry_str_v1":
            return "hostile_texts"
        self.filler(base)
        name = f"list_{base}"
        if name not in self.fillers:
            self.fillers[name] = (
                f"static {base} *{name}(hostile *h) {{\n    if (hostile_next(h) % 5 == 0) return NULL;\n"
                f"    {base} *list = hostile_memory(h, HOSTILE_LIST * sizeof *list);\n"
                f"    if (hostile_depth(h, 1)) for (int i = 0; i < HOSTILE_LIST; i++) fill_{base}(h, &list[i]);\n"
                "    hostile_depth(h, -1);\n    return list;\n}\n")
        return name

    def callback(self, name):
        """A function of the module that the host is given."""
        if name not in self.callbacks:
            function = self.model.callbacks[name].function
            parameters = ", ".join(p.type.declare(p.name) for p in function.parameters)
            unused = " ".join(f"(void){p.name};" for p in function.parameters[1:])
            numbers = [p.name for p in function.parameters if p.type.base == "uint64_t" and not p.type.stars]
            keep = "".join(f" hostile_keep(h, {number});" for number in numbers)
            self.callbacks[name] = (
                f"static int32_t call_{name}({parameters}) {{\n    {unused}\n"
                "    hostile *h = hostile_entered(context);\n"
                f"   {keep}\n    return hostile_back(h);\n}}\n")
        return f"(hostile_next(h) % 8 ? call_{name} : NULL)"

    def argument(self, parameter, names):
        """An expression for one argument."""
        kind, name = parameter.type, parameter.name
        if kind.base == "gantry_call_v1" and kind.const:
            return "hostile_call(h)"
        if kind.base == "void" and kind.stars == 1:
            return "h"
        if kind.base in self.model.callbacks and kind.stars == 0:
            return self.callback(kind.base)
        if name == "capacity" or (name == "size" and "out_bytes" in names):
            return "hostile_capacity(h)"
        if kind.base == "uint8_t" and kind.stars == 1:
            return "hostile_room(h)"
        if kind.base == "gantry_error_v1" and kind.stars == 1:
            return "hostile_error(h)"
        if kind.stars == 0 and kind.base == "gantry_str_v1":
            return "hostile_text(h)"
        if kind.stars == 0 and name.endswith("_count"):
            return "hostile_count(h, 1)"
        if kind.stars == 0 and kind.base in SCALARS:
            return f"({kind.base}){SCALARS[kind.base]}(h)"
        if kind.stars == 1 and kind.base in self.model.structs:
            return f"{self.list_of(kind.base)}(h)"
        # Results: into room for any of them.
        return f"({kind.declare('').strip()})hostile_result(h)"

    def table(self, table):
        """A function for each function of a table."""
        for position, field in enumerate(table.struct.fields):
            function = field.function
            if (table.id, function.name) in LEFT_OUT:
                continue
            names = {parameter.name for parameter in function.parameters}
            arguments = ", ".join(self.argument(parameter, names) for parameter in function.parameters)
            call = f"attack_{table.name}_{function.name}"
            self.calls.append((call, table.id, (
                f"static int32_t {call}(hostile *h, const void *found) {{\n"
                f"    const {table.struct.name} *table = found;\n"
                f"    return table->{function.name}({arguments});\n}}\n")))

    def source(self):
        """The whole module."""
        for table in self.model.tables:
            if table.implementer == "host":
                self.table(table)
        parts = ['#include "hostile.h"\n', "typedef struct hostile hostile;\n",
                 *self.fillers.values(), *self.callbacks.values(), *(text for _, _, text in self.calls)]
        rows = "\n".join(f'    {{"{identity}", {call}}},' for call, identity, _ in self.calls)
        parts.append(f"const hostile_attack hostile_attacks[] = {{\n{rows}\n}};\n"
                     "const uint32_t hostile_attack_count = sizeof hostile_attacks / sizeof hostile_attacks[0];\n")
        return "\n".join(parts)


def main():
    """Writes the source."""
    pathlib.Path(sys.argv[1]).write_text(Writer(interface.read()).source(), encoding="utf-8")


if __name__ == "__main__":
    main()
