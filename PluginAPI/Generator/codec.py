"""C code that writes and reads the values of the interface: one `Piece` for each parameter, and codecs for structs."""
import dataclasses

import hints
from interface import SCALARS, InterfaceError

READERS = {"uint64_t": "proxy_get({})", "int64_t": "(int64_t)proxy_get({})", "uint32_t": "proxy_get_u32({})",
           "int32_t": "proxy_get_i32({})", "uint16_t": "proxy_get_u16({})", "uint8_t": "proxy_get_u8({})",
           "double": "proxy_get_real({})"}
SIGNED = {"int64_t", "int32_t"}
# Carried in ways of their own.
SPECIAL = {"gantry_str_v1", "gantry_call_v1", "gantry_error_v1", "gantry_host_v1", "gantry_module_v1", "gantry_note_v1"}
COLUMNS = 120


@dataclasses.dataclass
class Piece:
    """What one parameter costs on each side: lines of C. Both sides run them in the same order."""
    put: list = dataclasses.field(default_factory=list)       # caller: into the request
    declare: list = dataclasses.field(default_factory=list)   # service: variables
    get: list = dataclasses.field(default_factory=list)       # service: from the request
    arguments: list = dataclasses.field(default_factory=list)  # service: what the real function receives
    answer: list = dataclasses.field(default_factory=list)    # service: into the response
    take: list = dataclasses.field(default_factory=list)      # caller: from the response
    accept: list = dataclasses.field(default_factory=list)    # caller: to its own pointers, when all was read


def short(name):
    """A struct's or callback's name without prefix."""
    return name.removeprefix("gantry_")


def put_number(frame, kind, value):
    """A statement that writes a number."""
    if kind == "double":
        return f"proxy_put_real({frame}, {value});"
    return f"proxy_put({frame}, {'(uint64_t)(int64_t)' if kind in SIGNED else ''}{value});"


def get_number(cursor, kind):
    """An expression that reads a number."""
    return READERS[kind].format(cursor)


def wrap(text, indent=0, continuation=None):
    """A statement broken at commas and spaces so that it fits; further lines stand under the first bracket."""
    lines, prefix = [], " " * indent
    if continuation is None:
        bracket, brace = text.find("("), text.find("{")
        is_call = 0 <= bracket < 60 and not 0 <= brace < bracket
        continuation = indent + (bracket + 1 if is_call else 4)
    while len(prefix + text) > COLUMNS:
        cut = text.rfind(", ", 0, COLUMNS - len(prefix)) + 1
        if cut <= 0:
            cut = text.rfind(" ", 0, COLUMNS - len(prefix))
        if cut <= 0:
            raise InterfaceError(f"a line of generated code cannot be broken: {text}")
        lines.append(prefix + text[:cut].rstrip())
        text, prefix = text[cut:].lstrip(), " " * continuation
    return "\n".join([*lines, prefix + text])


def is_flat(struct):
    """Whether a struct's bytes mean the same on both sides."""
    return all(field.type.base in SCALARS and not field.type.stars for field in struct.fields)


def count_name(name, names):
    """The name that counts a list: `headers` has `header_count`, `query` has `query_count`; None when there is none."""
    singulars = [name, name.removesuffix("s"), name.removesuffix("es"), name.removesuffix("ies") + "y"]
    return next((f"{one}_count" for one in singulars if f"{one}_count" in names), None)


class Codecs:
    """Generates `proxy_put_X` and `proxy_get_X` for the structs that calls carry."""

    def __init__(self, model):
        self.model = model
        self.used_hints = set()

    def hint(self, table, key, default=None):
        """A hint, remembered as used."""
        if key in table:
            self.used_hints.add(key)
        return table[key] if key in table else default

    def carried(self):
        """Names of all structs that parameters lead to, each behind those that it holds."""
        names, functions = [], [callback.function for callback in self.model.callbacks.values()]
        functions += [function for table in self.model.tables for function in table.functions]

        def visit(name):
            struct = self.model.structs.get(name)
            if struct is None or name in SPECIAL or name in names or struct.is_table:
                return
            for field in struct.fields:
                visit(field.type.base)
            names.append(name)

        for function in functions:
            for parameter in function.parameters:
                visit(parameter.type.base)
        return names

    def words(self, name):
        """The least number of words that a value takes."""
        if name == "gantry_str_v1":
            return 2
        struct = self.model.structs[name]
        if is_flat(struct):
            return -(-struct.size // 8)
        total, fields = 0, {field.name for field in struct.fields}
        counts = {count_name(field.name, fields) for field in struct.fields if field.type.stars}
        for field in struct.fields:
            kind = field.type
            if field.name in counts:
                continue
            if kind.stars:
                total += 2 if count_name(field.name, fields) else 1
            elif kind.length:
                total += -(-field.size // 8)
            else:
                total += 1 if kind.base in SCALARS else self.words(kind.base)
        return total

    def put_value(self, frame, name, value):
        """A statement that writes the struct that `value` points to."""
        if name == "gantry_str_v1":
            return f"proxy_put_text({frame}, *({value}), PROXY_BYTES);"
        return f"proxy_put_{short(name)}({frame}, {value});"

    def get_value(self, cursor, name, value):
        """A statement that reads into the struct that `value` points to."""
        if name == "gantry_str_v1":
            return f"*({value}) = proxy_get_text({cursor});"
        return f"proxy_get_{short(name)}({cursor}, {value});"

    def put_list(self, frame, name, elements, count, limit):
        """Statements that write a list."""
        struct = self.model.structs[name]
        condition = f"proxy_put_count({frame}, {elements}, {count}, {limit})"
        if is_flat(struct):
            return [f"if ({condition}) proxy_put_bytes({frame}, {elements}, {count} * sizeof *{elements});"]
        return [f"if ({condition})",
                f"    for (uint64_t index = 0; index < {count}; index++)",
                f"        {self.put_value(frame, name, f'{elements} + index')}"]

    def get_list(self, cursor, name, elements, count, memory):
        """Statements that read a list into `elements`; `memory` is a variable for it that is declared here."""
        struct = self.model.structs[name]
        condition = f"proxy_get_count({cursor}, &{count}, {self.words(name)})"
        if is_flat(struct):
            words = f"{count} * sizeof *{elements}"
            return [f"if (proxy_get_count({cursor}, &{count}, 1)) {elements} = proxy_get_bytes({cursor}, {words});"]
        return [f"if ({condition}) {{",
                f"    {name} *{memory} = proxy_allocate({cursor}, {count}, sizeof *{memory});",
                f"    for (uint64_t index = 0; {memory} != NULL && index < {count}; index++)",
                f"        {self.get_value(cursor, name, f'{memory} + index')}",
                f"    {elements} = {memory};", "}"]

    def _field(self, struct, field, names):
        """Statements that write and that read one member; (None, None) for one that counts a list."""
        name, kind = field.name, field.type
        key = f"{struct.name}.{name}"
        counts = {count_name(other.name, names): other for other in struct.fields if other.type.stars}
        if name in counts:
            return None, None
        if kind.stars:
            count = count_name(name, names)
            if count:
                limit = self.hint(hints.LIMITS, key, "PROXY_BYTES" if is_flat(self.model.structs[kind.base])
                                  else "PROXY_ELEMENTS")
                width = next(other.type.base for other in struct.fields if other.name == count)
                read = self.get_list("cursor", kind.base, f"value->{name}", "count", name)
                check = [f"if (count > UINT32_MAX) cursor->broken = 1;"] if width == "uint32_t" else []
                cast = f"({width})" if width != "uint64_t" else ""
                return (self.put_list("frame", kind.base, f"value->{name}", f"value->{count}", limit),
                        ["count = 0;", *read, *check, f"value->{count} = {cast}count;"])
            return ([f"proxy_put(frame, value->{name} != NULL);",
                     f"if (value->{name} != NULL) {self.put_value('frame', kind.base, f'value->{name}')}"],
                    ["if (proxy_get_u8(cursor)) {",
                     f"    {kind.base} *{name} = proxy_allocate(cursor, 1, sizeof *{name});",
                     f"    if ({name} != NULL) {self.get_value('cursor', kind.base, name)}",
                     f"    value->{name} = {name};", "}"])
        if kind.length:
            return ([f"proxy_put_bytes(frame, value->{name}, sizeof value->{name});"],
                    [f"const void *{name} = proxy_get_bytes(cursor, sizeof value->{name});",
                     f"if ({name} != NULL) memcpy(value->{name}, {name}, sizeof value->{name});"])
        if kind.base in SCALARS:
            return ([put_number("frame", kind.base, f"value->{name}")],
                    [f"value->{name} = {get_number('cursor', kind.base)};"])
        if kind.base == "gantry_str_v1":
            condition = self.hint(hints.CONDITIONS, key)
            write = f"proxy_put_text(frame, value->{name}, PROXY_BYTES);"
            if condition:
                write = (f"proxy_put_text(frame, {condition} ? value->{name} : (gantry_str_v1){{NULL, 0}},"
                         " PROXY_BYTES);")
            return [write], [f"value->{name} = proxy_get_text(cursor);"]
        return ([self.put_value("frame", kind.base, f"&value->{name}")],
                [self.get_value("cursor", kind.base, f"&value->{name}")])

    def struct(self, name):
        """The two functions of a struct."""
        struct = self.model.structs[name]
        put_head = f"void proxy_put_{short(name)}(gantry_proxy_frame *frame, const {name} *value)"
        get_head = f"void proxy_get_{short(name)}(proxy_cursor *cursor, {name} *value)"
        if is_flat(struct):
            puts = ["proxy_put_bytes(frame, value, sizeof *value);"]
            gets = ["const void *bytes = proxy_get_bytes(cursor, sizeof *value);",
                    "if (bytes != NULL) memcpy(value, bytes, sizeof *value);"]
        else:
            names = {field.name for field in struct.fields}
            pairs = [self._field(struct, field, names) for field in struct.fields]
            puts = [line for put, _ in pairs if put for line in put]
            gets = [line for _, get in pairs if get for line in get]
            if any(line == "count = 0;" for line in gets):
                gets.insert(0, "uint64_t count;")
        body = [f"{head} {{\n" + "\n".join(wrap(line.lstrip(), 4 + len(line) - len(line.lstrip())) for line in lines)
                + "\n}\n" for head, lines in ((put_head, puts), (get_head, gets))]
        return [put_head + ";", get_head + ";"], body
