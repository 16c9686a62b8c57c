#!/usr/bin/env python3
"""Writes tables of a host that means harm: each function answers anything, and calls back with anything.

    generate.py OUTPUT.c

Everything follows from the headers, so a new function is there without a word here. What a host can do to a module by
writing to its memory, or by lying about the size of memory that is its own, no module can tell, and is left out: a
span is either as long as it says, or longer than any memory is.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "HostileModule"))
from generate import SCALARS, Writer  # noqa: E402
import interface  # noqa: E402  the generator's own model, on the path by then

# Functions whose callbacks outlive the call; those of all others are lent to it.
KEEPING = {("gantry.database", "submit"), ("gantry.executor", "submit"), ("gantry.executor", "submit_blocking"),
           ("gantry.executor", "submit_after"), ("gantry.http_client", "submit"), ("gantry.http_client", "stream"),
           ("gantry.stream", "watch"), ("gantry.websocket", "accept")}


class HostWriter(Writer):
    """Collects the C source of the tables."""

    def __init__(self, model):
        super().__init__(model)
        # A tape that lies about its text is as good as memory that does; these are whole, or there is nothing.
        self.fillers["gantry_document_v1"] = (
            "static void fill_gantry_document_v1(hostile *h, gantry_document_v1 *out) { hostile_document(h, out); }\n")

    def count_value(self, place, count):
        return f"hostile_count(h, {place} != NULL, sizeof out->{count})"

    def callback(self, name):
        """A function that calls one of the module's, with arguments of its own."""
        if name in self.callbacks:
            return
        function = self.model.callbacks[name].function
        lines, arguments = [], []
        names = {parameter.name for parameter in function.parameters}
        for parameter in function.parameters:
            kind = parameter.type
            if kind.base == "void":
                arguments.append("context")
            elif kind.stars == 1:
                lines.append(f"    {kind.base} *{parameter.name} = {self.list_of(kind.base)}(h);")
                arguments.append(parameter.name)
            elif kind.base == "gantry_str_v1":
                arguments.append("hostile_text(h)")
            elif parameter.name.endswith("_count"):
                place = self.counted(parameter.name, names)
                arguments.append(f"hostile_count(h, {place} != NULL, sizeof(uint64_t))")
            else:
                arguments.append(f"({kind.base})hostile_event(h)")
        lines.append(f"    (void)((({name})function)({', '.join(arguments)}));")
        self.callbacks[name] = (f"static void call_{name}(hostile *h, hostile_function function, void *context) {{\n"
                                "    (void)h;\n" + "\n".join(lines) + "\n}\n")

    @staticmethod
    def counted(count, names):
        """The list that a parameter counts."""
        stem = count[:-len("_count")]
        return next(name for name in (stem + "s", stem, stem[:-1] + "ies") if name in names)

    def fill_result(self, parameter, names):
        """Lines that put something where a result belongs."""
        kind, name = parameter.type, parameter.name
        if kind.base == "gantry_error_v1" and kind.stars == 1:
            return [f"    hostile_record(h, {name});"]
        if kind.const or kind.stars != 1 or kind.base == "void" or kind.base in self.model.callbacks:
            return []
        if kind.base == "uint8_t" and name != "out_cancelled":
            room = next((size for size in ("capacity", "size") if size in names), None)
            return [f"    hostile_write(h, {name}, {room});"] if room else []
        if name == "out_nanoseconds":
            # Deadlines are told by this clock: one that is wrong means another deadline, not a fault of anybody's.
            return [f"    if ({name} != NULL) *{name} = hostile_clock();"]
        if kind.base in SCALARS:
            return [f"    if ({name} != NULL && hostile_next(h) % 8) *{name} = ({kind.base}){SCALARS[kind.base]}(h);"]
        if kind.base in self.model.structs:
            self.filler(kind.base)
            return [f"    if ({name} != NULL && hostile_next(h) % 8) fill_{kind.base}(h, {name});"]
        return []

    def function(self, table, field):
        """One function of a table."""
        function = field.function
        names = {parameter.name for parameter in function.parameters}
        lines, unused, called = [], [], None
        for parameter in function.parameters:
            kind = parameter.type
            unused.append(f"(void){parameter.name};")
            if kind.base in self.model.callbacks and kind.stars == 0 and self.model.callbacks[kind.base]:
                called = parameter
            elif kind.base == "void" and called is not None:
                self.callback(called.type.base)
                how = "hostile_keep" if (table.id, function.name) in KEEPING else "hostile_lend"
                lines.append(f"    {how}(h, call_{called.type.base}, (hostile_function){called.name}, "
                             f"{parameter.name});")
                called = None
            else:
                lines += self.fill_result(parameter, names)
        parameters = ", ".join(p.type.declare(p.name) for p in function.parameters)
        return (f"static int32_t {table.name}_{function.name}({parameters}) {{\n    {' '.join(unused)}\n"
                "    hostile *h = hostile_here();\n" + "\n".join(lines) +
                f"\n    return hostile_answer(h);\n}}\n")

    def declarations(self):
        """What lists and structs need of each other."""
        for name in self.fillers:
            base = name.removeprefix("list_")
            yield (f"static void fill_{base}(hostile *h, {base} *out);" if base == name else
                   f"static {base} *{name}(hostile *h);")

    def source(self):
        """The whole host."""
        bodies, rows = [], []
        for table in self.model.tables:
            if table.implementer != "host":
                continue
            bodies += [self.function(table, field) for field in table.struct.fields]
            members = ", ".join(f"{table.name}_{field.function.name}" for field in table.struct.fields)
            bodies.append(f"static const {table.struct.name} table_{table.name} = {{{members}}};\n")
            rows.append(f'    {{"{table.id}", &table_{table.name}}},')
        for base in ("gantry_request_v1", "gantry_event_v1", "gantry_job_v1", "gantry_finding_v1", "gantry_value_v1",
                     "gantry_call_v1"):
            self.filler(base)
        shared = [f"void hostile_fill_{base}(hostile *h, {base} *out) {{ fill_{base}(h, out); }}\n"
                  for base in ("gantry_request_v1", "gantry_event_v1", "gantry_job_v1", "gantry_finding_v1",
                               "gantry_value_v1", "gantry_call_v1")]
        table = "\n".join(rows)
        return "\n".join(['#include "host.h"\n', "typedef struct hostile hostile;\n", *self.declarations(), "",
                          *self.fillers.values(),
                          *self.callbacks.values(), *bodies, *shared,
                          f"const hostile_table hostile_tables[] = {{\n{table}\n}};\n"
                          "const uint32_t hostile_table_count = sizeof hostile_tables / sizeof hostile_tables[0];\n"])


def main():
    """Writes the source."""
    pathlib.Path(sys.argv[1]).write_text(HostWriter(interface.read()).source(), encoding="utf-8")


if __name__ == "__main__":
    main()
