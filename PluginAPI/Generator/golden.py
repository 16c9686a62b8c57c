"""The interface in numbers: one committed text of every size, offset, enumerator, constant and declaration, and sources
in C, Swift and Rust that make compilers say the same. The numbers are computed once, here; compilers only agree or not.
"""
import hashlib

from codec import wrap

NOTICE = "Written by PluginAPI/Generator/generate.py --write; never edit it by hand."
LAYOUT = "Baselines/layout.golden"
TABLES = "Baselines/tables.golden"
ASSERTS = "Baselines/layout.h"
SWIFT = "../Tests/ABITests/LayoutExpectations.swift"


def number(value):
    """The value of an integer constant; None for any other macro."""
    try:
        return int(value.strip("()").rstrip("uUlL"), 0)
    except ValueError:
        return None


def annotated(function):
    """A function's declaration with its annotations."""
    parts = []
    for parameter in function.parameters:
        notes = "".join(f" {key}({value})" if value else f" {key}" for key, value in parameter.annotations.items())
        parts.append(parameter.type.declare(parameter.name) + notes)
    notes = "".join(f" {key}({value})" for key, value in function.annotations.items())
    return f"{function.returns} {function.name}({', '.join(parts)}){notes}"


def struct_lines(struct):
    """A struct with its members."""
    yield f"struct {struct.name} size {struct.size} alignment {struct.alignment}"
    for field in struct.fields:
        declaration = annotated(field.function) if field.function else field.type.declare(field.name)
        yield f"  {field.name} offset {field.offset} size {field.size}: {declaration}"


def enumeration_lines(enumeration):
    """An enumeration with its members."""
    yield f"enum {enumeration.name}"
    for name, value, _ in enumeration.members:
        yield f"  {name} {value}"


def layout(model):
    """The whole golden."""
    lines = [f"# The C interface in numbers. {NOTICE}"]
    for header in model.headers:
        lines += ["", f"header {header}"]
        for where, name, parameters, value in model.constants:
            if where == header:
                lines.append(f"macro {name}{parameters}: {value}" if parameters else f"constant {name} {value}")
        for enumeration in model.enumerations.values():
            if enumeration.header == header:
                lines += enumeration_lines(enumeration)
        for struct in model.structs.values():
            if struct.header == header:
                lines += struct_lines(struct)
        for callback in model.callbacks.values():
            if callback.header == header:
                lines.append(f"callback {annotated(callback.function)}")
        if header == "base.h":
            lines += [f"function {annotated(function)}" for function in model.functions.values()]
    return "\n".join(lines) + "\n"


def closure(model, table):
    """Everything that a table's meaning depends on, as lines without comments, places and order of headers."""
    seen, lines, headers = set(), [], {table.struct.header}

    def visit(name):
        if name in seen:
            return
        seen.add(name)
        if name in model.callbacks:
            headers.add(model.callbacks[name].header)
            lines.append(f"callback {annotated(model.callbacks[name].function)}")
            names = [parameter.type.base for parameter in model.callbacks[name].function.parameters]
        elif name in model.structs:
            struct = model.structs[name]
            headers.add(struct.header)
            lines.extend(struct_lines(struct))
            names = [field.type.base for field in struct.fields]
            names += [parameter.type.base for field in struct.fields if field.function
                      for parameter in field.function.parameters]
        else:
            return
        for other in names:
            visit(other)

    visit(table.struct.name)
    for enumeration in model.enumerations.values():
        if enumeration.header in headers:
            lines.extend(enumeration_lines(enumeration))
    lines.extend(f"constant {name} {value}" for header, name, parameters, value in model.constants
                 if header in headers and not parameters)
    return lines


def digest(model, table):
    """The hash by which a released table is frozen."""
    return hashlib.sha256("\n".join(sorted(closure(model, table))).encode()).hexdigest()


def states(text):
    """State and hash of each table from the committed list."""
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def tables(model, before):
    """The list of tables with their state and hash; `before` is the committed one, which knows what is released."""
    known = states(before)
    lines = ["# Each table with its revision, its state and the hash of everything that it consists of.",
             "# A released one never changes again: a new layout is a new table, of revision 2.", f"# {NOTICE}"]
    for table in sorted(model.tables, key=lambda table: table.id):
        state = known.get((table.id, str(table.revision)), ("draft", ""))[0]
        lines.append(f"{table.id} {table.revision} {state} {digest(model, table)}")
    return "\n".join(lines) + "\n"


def frozen_breaches(model, before):
    """Released tables that are gone or differ."""
    present = {(table.id, str(table.revision)): digest(model, table) for table in model.tables}
    for key, (state, known) in states(before).items():
        if state == "released" and present.get(key) != known:
            yield f"{key[0]} revision {key[1]} is released and " + ("was changed" if key in present else "is gone")


def asserts(model):
    """A C header that compiles as C and C++ only where the compiler lays everything out like the golden."""
    lines = [f"/* Every number of the interface as an assertion, for C and C++.\n * {NOTICE} */",
             "#include <gantry/gantry.h>", "", "#if defined(__cplusplus)",
             "#define GANTRY_ASSERT(...) static_assert(__VA_ARGS__, \"\")", "#else",
             "#define GANTRY_ASSERT(...) _Static_assert(__VA_ARGS__, \"\")", "#define alignof _Alignof", "#endif", ""]
    for struct in model.structs.values():
        lines.append(f"GANTRY_ASSERT(sizeof({struct.name}) == {struct.size} && alignof({struct.name}) == "
                     f"{struct.alignment});")
        for field in struct.fields:
            lines.append(f"GANTRY_ASSERT(offsetof({struct.name}, {field.name}) == {field.offset});")
            lines.append(f"GANTRY_ASSERT(sizeof((({struct.name} *)0)->{field.name}) == {field.size});")
    for enumeration in model.enumerations.values():
        lines += [f"GANTRY_ASSERT({name} == {value});" for name, value, _ in enumeration.members]
    for _, name, parameters, value in model.constants:
        if not parameters and value.startswith('"'):
            lines.append(f"GANTRY_ASSERT(sizeof({name}) == sizeof({value}));")
        elif not parameters and number(value) is not None:
            lines.append(f"GANTRY_ASSERT({name} == {number(value)});")
    lines += ["", "#undef GANTRY_ASSERT", "#if !defined(__cplusplus)", "#undef alignof", "#endif"]
    return "\n".join(lines) + "\n"


SWIFT_HEAD = """// swift-format-ignore-file
// Every number of the interface, as Swift imports it.
// {notice}
import CGantry

/// A layout as Swift sees it beside the golden's numbers.
struct LayoutExpectation: Sendable {{
    var name: String
    var size: Int, alignment: Int, expectedSize: Int, expectedAlignment: Int
    /// Offset as Swift sees it, offset of the golden, in the order of the members.
    var offsets: [(Int?, Int)]
}}

private func expect<Layout>(
    _: Layout.Type, _ size: Int, _ alignment: Int, _ fields: [(PartialKeyPath<Layout>, Int)]
) -> LayoutExpectation {{
    LayoutExpectation(
        name: "\\(Layout.self)", size: MemoryLayout<Layout>.size, alignment: MemoryLayout<Layout>.alignment,
        expectedSize: size, expectedAlignment: alignment,
        offsets: fields.map {{ (MemoryLayout<Layout>.offset(of: $0.0), $0.1) }})
}}

/// All structs of the interface: size, alignment, offset of each member.
let layoutExpectations: [LayoutExpectation] = ["""


def swift(model):
    """The same as data for a Swift test, which holds it against what the importer made of the headers."""
    lines = [SWIFT_HEAD.format(notice=NOTICE)]
    for struct in model.structs.values():
        fields = ", ".join(f"(\\.{swift_name(field.name)}, {field.offset})" for field in struct.fields)
        lines.append(wrap(f"expect({struct.name}.self, {struct.size}, {struct.alignment}, [{fields}]),", 4, 8))
    lines += ["]", "", "/// All enumerators and numeric constants with the golden's values.",
              "let constantExpectations: [(String, Int, Int)] = ["]
    for enumeration in model.enumerations.values():
        lines += [f'    ("{name}", Int({name}.rawValue), {value}),' for name, value, _ in enumeration.members]
    texts = []
    for _, name, parameters, value in model.constants:
        if not parameters and number(value) is not None:
            lines.append(f'    ("{name}", Int({name}), {number(value)}),')
        elif not parameters and value.startswith('"'):
            texts.append(f'    ("{name}", {name}, {value}),')
    lines += ["]", "", "/// All texts with the golden's values.",
              "let textExpectations: [(String, String, String)] = [", *texts, "]"]
    return "\n".join(lines) + "\n"


def swift_name(name):
    """A member's name as Swift writes it."""
    return f"`{name}`" if name in ("func", "in", "is", "as", "init", "default", "repeat", "self") else name


def files(model, before):
    """The golden's files by their paths below `PluginAPI`."""
    return {LAYOUT: layout(model), TABLES: tables(model, before), ASSERTS: asserts(model), SWIFT: swift(model)}
