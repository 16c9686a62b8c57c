"""A probe of the proxy in C, generated: a host and a module that write down all they are given and answer, and a driver
that calls every function of every table with made-up values. The log of a run through the proxy must be that of a run
without it. `files(model)` gives the texts by their paths below `PluginAPI`.
"""
import hints
from codec import Codecs, count_name, short, wrap
from golden import NOTICE
from interface import SCALARS
from proxy import SKIPPED_CALLBACKS

FOLDER = "../Tests/Support/ProxyProbe"
SKIPPED = hints.BY_HAND
# Callbacks that are called several times: the parameter that says which call is the last, its value in one that is not,
# and the arguments of the last one.
SEVERAL_CALLS = {
    "gantry_wake_fn_v1": ("events", "GANTRY_STREAM_WRITABLE", "GANTRY_STREAM_CLOSED"),
    "gantry_socket_fn_v1": ("event", "GANTRY_SOCKET_BINARY", "GANTRY_SOCKET_CLOSED, 1000, probe_text()"),
}


def block(lines, indent=4):
    """Lines of C, each broken where it is too long."""
    return "".join(wrap(line.lstrip(), indent + len(line) - len(line.lstrip())) + "\n" for line in lines)


class Probe:
    """Generates the probe of one model."""

    def __init__(self, model):
        self.model = model
        self.codecs = Codecs(model)

    def note_value(self, name, base, value):
        """A statement that writes down a value; `value` is an expression for it, of a struct for its address."""
        if base == "double":
            return f'probe_note_real("{name}", {value});'
        if base in SCALARS:
            return f'probe_note("{name}", (uint64_t)(int64_t){value});'
        if base == "gantry_str_v1":
            return f'probe_note_text("{name}", *({value}));'
        return f'probe_note_{short(base)}({value});'

    def fields(self, struct):
        """The members of a struct as (field, count or None), without those that count."""
        names = {field.name for field in struct.fields}
        counts = {count_name(field.name, names) for field in struct.fields if field.type.stars}
        return [(field, count_name(field.name, names) if field.type.stars else None)
                for field in struct.fields if field.name not in counts]

    def note_struct(self, name):
        """Writes down a struct."""
        lines = []
        for field, count in self.fields(self.model.structs[name]):
            value, base = f"value->{field.name}", field.type.base
            condition = hints.CONDITIONS.get(f"{name}.{field.name}")
            if count:
                lines += [f'probe_note("{count}", value->{count});',
                          f"for (uint64_t index = 0; {value} != NULL && index < value->{count}; index++)",
                          "    " + self.note_value(field.name, base, f"{value} + index")]
            elif field.type.stars:
                lines += [f"if ({value} == NULL) probe_note(\"no {field.name}\", 0);",
                          f"else {self.note_value(field.name, base, value)}"]
            elif field.type.length:
                lines.append(f'probe_note_text("{field.name}", (gantry_str_v1){{{value}, sizeof {value}}});')
            else:
                address = value if base in SCALARS else f"&{value}"
                note = self.note_value(field.name, base, address)
                lines.append(f"if ({condition}) {note}" if condition else note)
        return f"static inline void probe_note_{short(name)}(const {name} *value) {{\n" + block(lines) + "}\n"

    def make_value(self, base, target):
        """A statement that makes up a value in `target`."""
        if base == "gantry_str_v1":
            return f"{target} = probe_text();"
        if base in SCALARS:
            return f"{target} = ({base})probe_number();"
        return f"probe_make_{short(base)}(&{target});"

    def make_struct(self, name):
        """Makes up a struct; lists have two elements."""
        lines = ["memset(value, 0, sizeof *value);"]
        for field, count in self.fields(self.model.structs[name]):
            base = field.type.base
            if field.type.stars:
                number = 2 if count else 1
                lines += [f"{base} *{field.name} = probe_memory({number} * sizeof *{field.name});",
                          *(self.make_value(base, f"{field.name}[{index}]") for index in range(number)),
                          f"value->{field.name} = {field.name};"] + ([f"value->{count} = 2;"] if count else [])
            elif field.type.length:
                lines.append(f"memset(value->{field.name}, (int)probe_number(), sizeof value->{field.name});")
            elif f"{name}.{field.name}" in hints.CONDITIONS:
                lines += [f"value->type = value->type % 5 + 5 * (value->type % 5 < 0);",
                          # What has no meaning may point anywhere.
                          f"value->{field.name} = (gantry_str_v1){{(const uint8_t *)8, 8}};",
                          f"if ({hints.CONDITIONS[f'{name}.{field.name}']}) value->{field.name} = probe_text();"]
            else:
                lines.append(self.make_value(base, f"value->{field.name}"))
        return f"static inline void probe_make_{short(name)}({name} *value) {{\n" + block(lines) + "}\n"

    def groups(self, function):
        """Parameters as (parameter, companion): a list with its count, a callback with its context, bytes with room."""
        result, parameters, index = [], function.parameters, 0
        names = [parameter.name for parameter in parameters]
        while index < len(parameters):
            parameter = parameters[index]
            following = parameters[index + 1] if index + 1 < len(parameters) else None
            kind = parameter.type
            paired = kind.base in self.model.callbacks or \
                (kind.stars == 1 and kind.const and count_name(parameter.name, names)) or \
                (kind.base == "uint8_t" and kind.stars and following and following.name in ("capacity", "size"))
            result.append((parameter, following if paired else None))
            index += 2 if paired else 1
        return result

    def note_argument(self, parameter, companion):
        """Statements by which a fake writes down an argument."""
        name, kind, base = parameter.name, parameter.type, parameter.type.base
        if base == "void":
            return [f'probe_note("{name}", {name} != NULL);']
        if base in self.model.callbacks or name.startswith("out_") or base == "gantry_error_v1" and not kind.const:
            return [f'probe_note("{name}", {name} != NULL);'] + \
                ([f'probe_note("{companion.name}", {companion.name});']
                 if companion and base not in self.model.callbacks else [])
        if companion:
            return [f'probe_note("{companion.name}", {companion.name});',
                    f"for (uint64_t index = 0; {name} != NULL && index < {companion.name}; index++)",
                    "    " + self.note_value(name, base, f"{name} + index")]
        if kind.stars:
            return [f'if ({name} == NULL) probe_note("no {name}", 0);', f"else {self.note_value(name, base, name)}"]
        return [self.note_value(name, base, f"&{name}" if base == "gantry_str_v1" else name)]

    def made(self, parameter, companion, suffix=""):
        """Statements that make up an argument, and the arguments; NULL where `probe_is_sparse` says so."""
        name, kind, base = parameter.name + suffix, parameter.type, parameter.type.base
        if companion:
            return ([f"{base} {name}[2];", *(self.make_value(base, f"{name}[{index}]") for index in range(2))],
                    [f"probe_is_sparse() ? NULL : {name}", "probe_is_sparse() ? 0 : 2"])
        if kind.stars:
            return ([f"{base} {name};", f"probe_make_{short(base)}(&{name});"],
                    [f"probe_is_sparse() ? NULL : &{name}"])
        return [f"{base} {name};", self.make_value(base, name)], [name]

    def call_back(self, name, context):
        """Statements by which a fake calls a callback, and writes down what it answers."""
        function = self.model.callbacks[name].function
        lines, arguments = [], ["%s"]
        for parameter, companion in self.groups(function)[1:]:
            made, given = self.made(parameter, companion, "_given")
            if name in hints.LAST_CALLS and parameter.name == SEVERAL_CALLS[name][0]:
                made, given = [], [SEVERAL_CALLS[name][1]]
            lines += made
            arguments += given
        return lines, f"%s({', '.join(arguments)})" % ("%s", context)

    def fake(self, table, function):
        """A function of a fake: notes what it is given, uses callbacks and outputs, answers what the mode says."""
        key = f"{table.id}.{function.name}"
        lasting = hints.LASTING.get(key)
        lines = [f'probe_begin("{key}");']
        outputs = []
        for parameter, companion in self.groups(function):
            name, base = parameter.name, parameter.type.base
            lines += self.note_argument(parameter, companion)
            if base in self.model.callbacks:
                made, call = self.call_back(base, companion.name)
                lines += [f"if ({name} != NULL) {{", *("    " + line for line in made),
                          f'    probe_note("{name} answers", (uint64_t)(int64_t){call % name});', "}"]
                if base in hints.LAST_CALLS:
                    lines.append(f"if ({name} != NULL) {name}({companion.name}, {SEVERAL_CALLS[base][2]});")
            elif name.startswith("out_"):
                outputs += self.fill(parameter, companion, key)
            elif base == "gantry_error_v1" and not parameter.type.const:
                outputs.append(f'probe_fail({name}, "{function.name} fails");')
        lines += outputs
        lines.append(f"return probe_answer({lasting[0] if lasting else 'GANTRY_OK'});")
        return wrap(f"static {function.declaration(f'fake_{table.name}_{function.name}')} {{") + "\n" + block(lines) \
            + "}\n"

    def fill(self, parameter, companion, key):
        """Statements that fill an output."""
        name, base = parameter.name, parameter.type.base
        fixed = hints.FIXED_BYTES.get(f"{key}.{name}")
        if fixed or companion:
            # Seven bytes are what `out_size` then tells.
            size = fixed or (companion.name if companion.name == "size" else "7")
            return [f"if ({name} != NULL && probe_succeeds()) memset({name}, (int)probe_number(), {size});"]
        if name == "out_size":
            return [f"if ({name} != NULL && probe_succeeds()) *{name} = 7;"]
        return [f"if ({name} != NULL && probe_succeeds()) {self.make_value(base, f'*{name}')}"]

    def drive(self, table, function):
        """A function of the driver: calls one function of the table and writes down what comes back."""
        key = f"{table.id}.{function.name}"
        before, after, arguments = [], [], []
        for parameter, companion in self.groups(function):
            name, kind, base = parameter.name, parameter.type, parameter.type.base
            if base == "void":
                arguments.append("object")
            elif base in self.model.callbacks:
                before.append(f"static const uint32_t {companion.name}_number = {len(key) + len(arguments)};")
                arguments += [f"probe_is_sparse() ? NULL : driver_{short(base)}",
                              f"(void *)(uintptr_t)&{companion.name}_number"]
            elif base == "gantry_error_v1":
                before += [f"uint8_t {name}_room[64] = {{0}};",
                           f"gantry_error_v1 {name} = {{0, sizeof {name}_room, 0, 0, {name}_room}};"]
                arguments.append(f"probe_is_sparse() ? NULL : &{name}")
                after += [f'probe_note("code", (uint64_t)(int64_t){name}.code);',
                          f'probe_note_text("{name}", (gantry_str_v1){{{name}_room, {name}.message_size}});']
            elif name.startswith("out_") and (companion or f"{key}.{name}" in hints.FIXED_BYTES):
                before.append(f"uint8_t {name}[64] = {{0}};")
                arguments += [f"probe_is_sparse() ? NULL : {name}"] + (["9"] if companion else [])
                after.append(f'probe_note_text("{name}", (gantry_str_v1){{{name}, sizeof {name}}});')
            elif name.startswith("out_"):
                before.append(f"{base} {name} = {{0}};")
                arguments.append(f"probe_is_sparse() ? NULL : &{name}")
                after.append(self.note_value(name, base, name if base in SCALARS else f"&{name}"))
            elif base == "gantry_call_v1":
                arguments.append(name)
            else:
                made, given = self.made(parameter, companion)
                before += made
                arguments += given
        head = f"static void drive_{table.name}_{function.name}(const {table.struct.name} *table, void *object, " \
               "const gantry_call_v1 *call) {"
        first = "(void)object;" if table.implementer == "host" else "(void)call;"
        lines = [first, *before, f"int32_t answered = table->{function.name}({', '.join(arguments)});",
                 'probe_note("answers", (uint64_t)(int64_t)answered);', *after]
        return wrap(head) + "\n" + block(lines) + "}\n"

    def callback(self, name):
        """The driver's own callback: notes what it is given."""
        function = self.model.callbacks[name].function
        lines = [f'probe_begin("{name}");', 'probe_note("context", *(const uint32_t *)context);']
        for parameter, companion in self.groups(function)[1:]:
            lines += self.note_argument(parameter, companion)
        lines.append("return probe_answer(GANTRY_OK);")
        return wrap(f"static inline {function.declaration(f'driver_{short(name)}')} {{") + "\n" + block(lines) + "}\n"

    def table_file(self, table):
        """Fakes and driver of one table."""
        functions = [function for function in table.functions if f"{table.id}.{function.name}" not in SKIPPED]
        parts = [part for function in functions for part in (self.fake(table, function), self.drive(table, function))]
        members = ", ".join(f".{function.name} = fake_{table.name}_{function.name}" for function in functions)
        by_hand = [f".{function.name} = probe_{function.name}" for function in table.functions
                   if f"{table.id}.{function.name}" in hints.BY_HAND]
        members = ", ".join([members, *by_hand] if by_hand else [members])
        calls = [f"drive_{table.name}_{function.name}(functions, object, call);" for function in functions]
        return (f"/* {table.id}.\n * {NOTICE} */\n" '#include "../probe.h"\n#include "values.h"\n\n'
                + "\n".join(parts) + "\n"
                + wrap(f"const {table.struct.name} probe_{table.name}_fake = {{{members}}};", 0, 4) + "\n\n"
                + f"void probe_drive_{table.name}(const void *table, void *object, const gantry_call_v1 *call) {{\n"
                + block([f"const {table.struct.name} *functions = table;", *calls]) + "}\n")

    def files(self):
        """All files of the probe."""
        tables = [table for table in self.model.tables
                  if any(f"{table.id}.{function.name}" not in SKIPPED for function in table.functions)]
        names = [name for name in self.codecs.carried()]
        callbacks = [name for name in self.model.callbacks if name not in SKIPPED_CALLBACKS]
        values = (f"/* Values made up and written down.\n * {NOTICE} */\n#ifndef PROBE_VALUES_H\n"
                  "#define PROBE_VALUES_H\n\n" '#include "../probe.h"\n\n#include <string.h>\n\n'
                  + "\n".join([*(self.note_struct(name) + "\n" + self.make_struct(name) for name in names),
                               *(self.callback(name) for name in callbacks)]) + "\n#endif\n")
        result = {f"{FOLDER}/generated/values.h": values}
        rows, heads = [], []
        for table in tables:
            result[f"{FOLDER}/generated/{table.name}.c"] = self.table_file(table)
            heads += [f"extern const {table.struct.name} probe_{table.name}_fake;",
                      f"void probe_drive_{table.name}(const void *table, void *object, const gantry_call_v1 *call);"]
            rows.append(f'{{"{table.id}", {table.revision}, {int(table.implementer == "host")}, '
                        f"&probe_{table.name}_fake, probe_drive_{table.name}}},")
        result[f"{FOLDER}/generated/tables.c"] = (
            f"/* Every table with its fake and its driver.\n * {NOTICE} */\n"
            '#include "../probe.h"\n#include "values.h"\n\n'
            + block(heads, 0) + "\nconst probe_table probe_tables[] = {\n" + block(rows) + "};\n"
            + f"const uint32_t probe_table_count = {len(tables)};\n\n"
            + "void probe_make_request(gantry_request_v1 *request) { probe_make_request_v1(request); }\n")
        return result


def files(model):
    """The probe's files."""
    return Probe(model).files()
