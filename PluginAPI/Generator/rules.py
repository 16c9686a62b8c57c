"""The rules of Documentation/ABI.md that can be read off the headers; `problems(model)` names every breach."""
import re

from codec import count_name
from interface import SCALARS

THREADS = {"any", "host", "blocking", "transaction"}
MOST_FUNCTIONS = 16
NAME = re.compile(r"gantry_[a-z0-9_]+_v[1-9]\d*")
WORD = re.compile(r"[a-z][a-z0-9_]*")


def problems(model):
    """All breaches, each with its place."""
    found = []
    for struct in model.structs.values():
        found += _struct(model, struct)
    for enumeration in model.enumerations.values():
        found += _enumeration(enumeration)
    for table in model.tables:
        found += _table(model, table)
    for name, callback in model.callbacks.items():
        found += _callback(model, name, callback)
    ids = [(table.id, table.revision) for table in model.tables]
    found += [f"{name}/{revision}: two tables" for name, revision in set(ids) if ids.count((name, revision)) > 1]
    headers = {table.struct.header for table in model.tables} | {"base.h", "document.h", "gantry.h", "note.h"}
    found += [f"{name}: has no table, so its place is elsewhere" for name in model.headers if name not in headers]
    return found


def _struct(model, struct):
    """Versioned tag, fixed widths, no hidden padding."""
    if not NAME.fullmatch(struct.name):
        yield f"struct {struct.name}: the tag is not gantry_…_v1"
    place = 0
    for field in struct.fields:
        where, kind = f"{struct.name}.{field.name}", field.type
        if not WORD.fullmatch(field.name):
            yield f"{where}: the name is not in lower case"
        if field.bitfield:
            yield f"{where}: a bit field"
        if field.offset != place:
            yield f"{where}: {field.offset - place} bytes of padding before it; name them `reserved`"
        place = field.offset + field.size
        if field.function:
            continue
        yield from _type(model, where, kind)
        if kind.base == "char" and struct.name != "gantry_note_v1":
            yield f"{where}: text is gantry_str_v1"
        if kind.stars and kind.const and kind.base not in ("uint8_t", "void"):
            if count_name(field.name, {other.name for other in struct.fields}) is None and field.comment == "" and \
                    kind.base in SCALARS:
                yield f"{where}: a list without a count"
    if place != struct.size:
        yield f"{struct.name}: {struct.size - place} bytes of padding at the end; name them `reserved`"


def _type(model, where, kind):
    """Fixed width, or something that the interface declares."""
    known = kind.base in SCALARS or kind.base in model.structs or kind.base in model.callbacks
    if kind.base.startswith("enum ") or kind.base in model.enumerations:
        yield f"{where}: an enumeration as a type has no fixed width; use int32_t or uint32_t"
    elif kind.base == "void":
        if not kind.stars:
            yield f"{where}: void"
    elif not known:
        yield f"{where}: `{kind.base}` has no fixed width"


def _enumeration(enumeration):
    """Versioned tag, explicit values, none twice."""
    if not NAME.fullmatch(enumeration.name):
        yield f"enum {enumeration.name}: the tag is not gantry_…_v1"
    values = [value for _, value, _ in enumeration.members]
    for name, value, _ in enumeration.members:
        if value is None:
            yield f"{enumeration.name}.{name}: no explicit value"
        elif values.count(value) > 1:
            yield f"{enumeration.name}.{name}: another one has the value {value}"
        if not name.startswith("GANTRY_"):
            yield f"{enumeration.name}.{name}: the name does not begin with GANTRY_"


def _function(model, where, function):
    """What holds for functions of tables and for callbacks alike."""
    if function.returns != "int32_t":
        yield f"{where}: answers `{function.returns}` instead of an int32_t status"
    names = [parameter.name for parameter in function.parameters]
    for index, parameter in enumerate(function.parameters):
        place, kind = f"{where}({parameter.name})", parameter.type
        yield from _type(model, place, kind)
        following = names[index + 1] if index + 1 < len(names) else ""
        if kind.base in model.callbacks and kind.stars == 0 and not \
                (following.endswith("context") and function.parameters[index + 1].type.base == "void"):
            yield f"{place}: no `void *context` follows the callback"
        yield from _pointer(model, place, parameter, names)


def _pointer(model, place, parameter, names):
    """Results are named out_; what is only read is const; lists have counts."""
    kind, name = parameter.type, parameter.name
    is_record = kind.base == "gantry_error_v1" and name == "error"
    is_object = kind.base == "void" and kind.stars == 1 and (name in ("instance", "module") or name.endswith("context"))
    writes = kind.stars == 2 or (kind.stars == 1 and not kind.const) or \
        (kind.base in model.callbacks and kind.stars == 1)
    if writes and not is_record and not is_object and not name.startswith("out_"):
        yield f"{place}: a result is named out_…"
    if name.startswith("out_") and not writes:
        yield f"{place}: named like a result, but nothing can be written to it"
    if kind.stars == 1 and kind.const and kind.base in SCALARS and count_name(name, names) is None:
        yield f"{place}: a list without a count"


def _table(model, table):
    """Size, comments, thread classes and the first argument of a table's functions."""
    if len(table.functions) > MOST_FUNCTIONS:
        yield f"{table.id}: {len(table.functions)} functions, at most {MOST_FUNCTIONS}"
    for function in table.functions:
        where = f"{table.id}.{function.name}"
        yield from _function(model, where, function)
        if not function.comment:
            yield f"{where}: no comment before it"
        if function.thread is None:
            yield f"{where}: no GANTRY_THREAD"
        elif function.thread not in THREADS:
            yield f"{where}: unknown thread class `{function.thread}`"
        elif (function.thread == "host") != (table.implementer == "module"):
            yield f"{where}: the class `host` is for what the module implements, and only that"
        first = function.parameters[0] if function.parameters else None
        wanted = ("call",) if table.implementer == "host" else ("instance", "module")
        if first is None or first.name not in wanted:
            yield f"{where}: the first argument is not `{'` or `'.join(wanted)}`"
        errors = [index for index, parameter in enumerate(function.parameters) if parameter.name == "error"]
        if errors and errors[0] != len(function.parameters) - 1:
            yield f"{where}: `error` is the last argument"


def _callback(model, name, callback):
    """A callback's name and its context."""
    if not re.fullmatch(r"gantry_[a-z0-9_]+_fn_v[1-9]\d*", name):
        yield f"{name}: the name is not gantry_…_fn_v1"
    function = callback.function
    # A service's type is known when it is found; this one is never called.
    if name == "gantry_service_fn_v1":
        return
    yield from _function(model, name, function)
    # The entry is found by name.
    if name == "gantry_entry_fn_v1":
        return
    first = function.parameters[0] if function.parameters else None
    if first is None or first.name != "context" or str(first.type) != "void *":
        yield f"{name}: the first argument is not `void *context`"
    if not function.comment:
        yield f"{name}: no comment before it"
