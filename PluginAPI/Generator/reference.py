"""The reference of the interface as Markdown, generated from the headers' comments. Rules and reasons stand in
`Documentation/ABI.md`, which is written by hand.
"""
import re

import hints

PATH = "../Documentation/Reference.md"
THREADS = {"any": "any thread", "host": "called by the host", "blocking": "any thread that may wait",
           "transaction": "the thread of the transaction's body"}


def flowing(comment):
    """A comment as paragraphs; an indented line stands as it is."""
    paragraphs, current = [], []
    for line in comment.split("\n"):
        if line.startswith("  "):
            if current:
                paragraphs.append(" ".join(current))
                current = []
            paragraphs.append("    " + line)
        elif not line.strip():
            paragraphs.append(" ".join(current))
            current = []
        else:
            current.append(line.strip())
    paragraphs.append(" ".join(current))
    text = "\n\n".join(part for part in paragraphs if part)
    return re.sub(r"(?<=\n)(    [^\n]*)\n\n(?=    )", r"\1\n", text)


def cell(text):
    """Text that may stand in a table."""
    return " ".join(text.split()).replace("|", "\\|")


def declaration(function, indent="    "):
    """A function as an indented block, one argument a line where there are many."""
    flat = function.declaration()
    if len(flat) <= 100:
        return f"{indent}{flat}"
    parts = [parameter.type.declare(parameter.name) for parameter in function.parameters]
    head = f"{function.returns} {function.name}("
    return indent + head + (",\n" + indent + " " * len(head)).join(parts) + ")"


def facts(table, function):
    """Threads and ownership of a function in words."""
    owned = [parameter.name for parameter in function.parameters if "OWNED" in parameter.annotations]
    lasting = hints.LASTING.get(f"{table.id}.{function.name}")
    lines = [f"Threads: {THREADS[function.thread]} (`{function.thread}`)."]
    if lasting:
        lines.append(f"Callbacks: kept after `{lasting[0]}` until the last call of `{lasting[1]}`.")
    if owned:
        lines.append("Handed out: " + ", ".join(f"`{name}`" for name in owned) + ".")
    return " ".join(lines)


def table_section(table):
    """A table with its functions."""
    lines = [f"### {table.id}", "", f"Revision {table.revision}, implemented by the {table.implementer}: "
             f"`{table.struct.name}` in `gantry/{table.struct.header}`.", ""]
    for function in table.functions:
        lines += [f"#### {table.id} {function.name}", "", declaration(function), "", flowing(function.comment), "",
                  facts(table, function), ""]
    return lines


def layout_section(struct):
    """A struct's members."""
    lines = [f"#### {struct.name}", "", f"{struct.size} bytes, `gantry/{struct.header}`. "
             + flowing(struct.comment), "", "| offset | member | meaning |", "| ---: | --- | --- |"]
    for field in struct.fields:
        written = field.function.declaration(f"(*{field.name})") if field.function else field.type.declare(field.name)
        lines.append(f"| {field.offset} | `{cell(written)}` | {cell(field.comment)} |")
    return [*lines, ""]


def page(model):
    """The whole reference."""
    lines = ["# Reference of the C interface", "", "Written by `PluginAPI/Generator/generate.py --write` from the "
             "comments of the headers in `PluginAPI/C/include/gantry`; never edit it by hand. Rules and reasons stand "
             "in [ABI.md](ABI.md).", "",
             "What a function receives is borrowed until it returns, unless its text says otherwise. Every "
             "function answers a status; which ones beside `GANTRY_OK`, its text says, and `GANTRY_E_INVALID` and "
             "`GANTRY_E_STALE` can always come.", ""]
    for header in model.headers:
        tables = [table for table in model.tables if table.struct.header == header]
        if not tables:
            continue
        intro = re.sub(r"^gantry/\w+\.h: ", "", model.intros[header])
        lines += [f"## gantry/{header}", "", flowing(intro[:1].upper() + intro[1:]), ""]
        for table in tables:
            lines += table_section(table)
    lines += ["## Callbacks", ""]
    for name, callback in model.callbacks.items():
        lines += [f"#### {name}", "", declaration(callback.function), "", flowing(callback.function.comment), ""]
    lines += ["## Layouts", ""]
    for struct in model.structs.values():
        if not struct.is_table:
            lines += layout_section(struct)
    lines += ["## Enumerations", ""]
    for enumeration in model.enumerations.values():
        lines += [f"#### {enumeration.name}", "", flowing(enumeration.comment) or f"In `gantry/{enumeration.header}`.",
                  "", "| name | value | meaning |", "| --- | ---: | --- |"]
        lines += [f"| `{name}` | {value} | {cell(comment)} |" for name, value, comment in enumeration.members] + [""]
    return "\n".join(lines).rstrip("\n") + "\n"
