"""Changes that must never happen to a released interface, made to the headers' text, so that the judges can be judged.

A mutation leaves a mark: the line that the golden must then hold, or the one that it must have lost.
"""
import dataclasses
import re

STRUCT = re.compile(r"typedef struct (\w+) \{\n(.*?)\} \1;", re.S)
# A member that is a number, text or a struct, but none of a function's arguments.
FIELD = re.compile(r"^    (?:const )?(\w+)(?: \*| )(\w+)(?:\[\d+\])?;[^\n]*\n", re.M)
NUMBER = re.compile(r"^    (u?int(?:8|16|32|64)_t) (\w+);", re.M)
FUNCTION = re.compile(r"^(?:    /\*(?:(?!\*/).)*\*/\n)?    int32_t \(\*(\w+)\)\((?:(?!;).)*;\n", re.M | re.S)
POINTER = re.compile(r"\(\*(\w+)\)\(")
ENUM = re.compile(r"enum (\w+) \{\n(.*?)\n\};", re.S)
ENUMERATOR = re.compile(r"^    (GANTRY_\w+) = (-?\d+)", re.M)
CALLBACK = re.compile(r"typedef int32_t \(\*(\w+_fn_v\d+)\)\((void \*context(?:, )?)")
CONSTANT = re.compile(r'^#define (GANTRY_\w+_ID) "([\w.]+)"', re.M)


@dataclasses.dataclass
class Mark:
    """What a mutation of `owner` must change: a line that appears below its heading, or disappears from there."""
    name: str
    owner: str
    appears: str = ""
    disappears: str = ""

    def shows(self, text, original):
        """Whether the mutated golden shows it; what disappears was there before, or nothing is proven."""
        # `struct NAME …`, `enum NAME`, `constant NAME …` or `callback int32_t NAME(…`.
        owners = ((part.partition("\n")[0].split("(")[0].split(), part) for part in sections(text))
        section = next((part for words, part in owners if self.owner in words), "")
        if self.appears:
            return self.appears in section
        struct = original.structs.get(self.owner)
        present = {field.name for field in struct.fields} if struct else ()
        return self.disappears in present and f"  {self.disappears} offset" not in section


def sections(text):
    """The golden cut at its headings."""
    return re.split(r"\n(?=\S)", text)


def concerns(marks, table):
    """Whether one of the marks is in the table itself."""
    return any(mark.owner == table.struct.name for mark in marks)


def _inserted(text, struct):
    yield struct.start(2), struct.start(2), "    uint64_t inserted;\n", Mark(
        f"{struct.group(1)}: a field inserted", struct.group(1), "  inserted offset 0 ")


def _appended(text, struct):
    yield struct.end(2), struct.end(2), "    uint64_t appended;\n", Mark(
        f"{struct.group(1)}: a field appended", struct.group(1), "  appended offset ")


def _retyped(text, struct):
    field = NUMBER.search(text, struct.start(2), struct.end(2))
    if field:
        other = "double" if field.group(1) == "int64_t" else "int64_t"
        yield field.start(1), field.end(1), other, Mark(
            f"{struct.group(1)}.{field.group(2)}: retyped", struct.group(1), f": {other} {field.group(2)}")


def _dropped(text, struct):
    members = list(FIELD.finditer(text, struct.start(2), struct.end(2)))
    members = members or list(FUNCTION.finditer(text, struct.start(2), struct.end(2)))
    # A member may be counted by a name, but nothing in the golden depends on that.
    if len(members) > 1:
        last = members[-1]
        name = last.group(last.lastindex)
        yield last.start(), last.end(), "", Mark(f"{struct.group(1)}.{name}: dropped", struct.group(1), "", name)


def _reordered(text, struct):
    members = list(FIELD.finditer(text, struct.start(2), struct.end(2)))
    members = members or list(FUNCTION.finditer(text, struct.start(2), struct.end(2)))
    for first, second in zip(members, members[1:]):
        if text[first.end():second.start()].strip() or "function" in first.group():
            continue
        name = second.group(second.lastindex)
        at = "0" if first.start() == struct.start(2) else ""
        yield (first.start(), second.end(), second.group() + text[first.end():second.start()] + first.group(),
               Mark(f"{struct.group(1)}: {name} put before {first.group(first.lastindex)}", struct.group(1),
                    f"  {name} offset {at}"))
        return


def _argument(text, struct):
    for pointer in POINTER.finditer(text, struct.start(2), struct.end(2)):
        place = pointer.end()
        added = "uint16_t added" if text[place:place + 5] == "void)" else "uint16_t added, "
        yield place, place + 4 * (text[place:place + 5] == "void)"), added, Mark(
            f"{struct.group(1)}.{pointer.group(1)}: an argument added", struct.group(1),
            f" {pointer.group(1)}(uint16_t added")


def _thread(text, struct):
    for function in FUNCTION.finditer(text, struct.start(2), struct.end(2)):
        found = re.compile(r"GANTRY_THREAD\((\w+)\);").search(text, function.start(), function.end())
        if found:
            yield found.start(1), found.end(1), "loose", Mark(
                f"{struct.group(1)}.{function.group(1)}: another thread class", struct.group(1), "THREAD(loose)")


STRUCTURAL = {"insert": _inserted, "append": _appended, "retype": _retyped, "drop": _dropped, "reorder": _reordered,
              "argument": _argument}


def _enumerators(text):
    for number in ENUMERATOR.finditer(text):
        owner = next(enum.group(1) for enum in ENUM.finditer(text) if enum.start() < number.start() < enum.end())
        value = int(number.group(2)) + 1000
        yield number.start(2), number.end(2), str(value), Mark(
            f"{number.group(1)}: renumbered", owner, f"  {number.group(1)} {value}")


def _appended_enumerators(text):
    for enum in ENUM.finditer(text):
        last = list(ENUMERATOR.finditer(text, enum.start(), enum.end()))[-1]
        yield last.end(), last.end(), f", GANTRY_APPENDED_{enum.group(1).upper()} = 77", Mark(
            f"{enum.group(1)}: an enumerator appended", enum.group(1), f"  GANTRY_APPENDED_{enum.group(1).upper()} 77")


def _callbacks(text):
    for callback in CALLBACK.finditer(text):
        added = "void *context, uint16_t added" + (", " if callback.group(2).endswith(", ") else "")
        yield callback.start(2), callback.end(2), added, Mark(
            f"{callback.group(1)}: an argument added", callback.group(1), "(void *context, uint16_t added")


def _constants(text):
    for constant in CONSTANT.finditer(text):
        yield constant.start(2), constant.end(2), constant.group(2) + ".other", Mark(
            f"{constant.group(1)}: another id", constant.group(1), f'"{constant.group(2)}.other"')


def _edits(kind, text):
    """All edits of one kind in one header, in the order of the text."""
    whole = {"renumber": _enumerators, "enumerator": _appended_enumerators, "callback": _callbacks, "id": _constants}
    if kind in whole:
        yield from whole[kind](text)
    else:
        make = STRUCTURAL.get(kind, _thread)
        for struct in STRUCT.finditer(text):
            yield from make(text, struct)


KINDS = [*STRUCTURAL, "thread", "renumber", "enumerator", "callback", "id"]
# What debug information does not hold: annotations and constants.
INVISIBLE = {"thread", "id"}


def by_kind(texts):
    """For each kind the headers with all its mutations at once, and their marks."""
    for kind in KINDS:
        changed, marks = {}, []
        for name, text in texts.items():
            edits = list(_edits(kind, text))
            for start, end, new, mark in sorted(edits, key=lambda edit: -edit[0]):
                text = text[:start] + new + text[end:]
                marks.append(mark)
            if edits:
                changed[name] = text
        yield kind, changed, marks


def one_by_one(texts):
    """One mutation of each kind for each header: its name and the header's text."""
    for kind in KINDS:
        if kind in INVISIBLE:
            continue
        for name, text in texts.items():
            for start, end, new, mark in _edits(kind, text):
                yield name, mark.name, text[:start] + new + text[end:]
                break


# Breaches of the rules: header, what is there, what it becomes, and what must be said of it.
BREACHES = [
    ("base.h", "    uint64_t span_id;", "    uint64_t span_id;\n    uint32_t gap;", "bytes of padding at the end"),
    ("base.h", "    uint32_t reserved;\n    uint8_t *message;", "    uint8_t *message;", "bytes of padding before it"),
    ("base.h", "    uint64_t span_id;", "    long span_id;", "has no fixed layout"),
    ("base.h", "    uint64_t span_id;", "    _Bool span_id;", "has no fixed layout"),
    ("base.h", "    uint64_t span_id;", "    uint64_t span_id : 7;", "a bit field"),
    ("base.h", "    uint64_t span_id;", "    enum gantry_status_v1 span_id;", "has no fixed layout"),
    ("base.h", "    uint64_t span_id;", "    uint64_t spanID;", "not in lower case"),
    ("base.h", "gantry_field_v1", "gantry_field", "the tag is not gantry_"),
    ("base.h", "GANTRY_PENDING = 1,", "GANTRY_PENDING,", "no explicit value"),
    ("system.h", "GANTRY_LOG_INFO = 1", "GANTRY_LOG_INFO = 0", "another one has the value"),
    ("system.h", " GANTRY_THREAD(any);\n} gantry_call_table_v1", ";\n} gantry_call_table_v1", "no GANTRY_THREAD"),
    ("system.h", "GANTRY_THREAD(any);\n} gantry_call_table_v1", "GANTRY_THREAD(some);\n} gantry_call_table_v1",
     "unknown thread class"),
    ("system.h", "GANTRY_THREAD(any);\n} gantry_call_table_v1", "GANTRY_THREAD(host);\n} gantry_call_table_v1",
     "is for what the module implements"),
    ("system.h", "    int32_t (*is_cancelled)", "    uint8_t (*is_cancelled)", "instead of an int32_t status"),
    ("system.h", "uint8_t *out_cancelled", "uint8_t *cancelled", "a result is named out_"),
    ("system.h", "uint8_t *out_cancelled", "const uint8_t *out_cancelled", "nothing can be written to it"),
    ("system.h", "(*is_cancelled)(const gantry_call_v1 *call, ", "(*is_cancelled)(", "the first argument is not"),
    ("system.h", "uint8_t *out_cancelled", "uint8_t *out_cancelled, ...", "without a name"),
    ("database.h", "gantry_row_fn_v1 on_row, void *context,", "gantry_row_fn_v1 on_row,", "follows the callback"),
    ("database.h", "(*gantry_row_fn_v1)(void *context, ", "(*gantry_row_fn_v1)(", "the first argument is not `void *"),
    ("jobs.h", "uint64_t transaction, gantry_str_v1 name", "const uint64_t *numbers, gantry_str_v1 name",
     "a list without a count"),
    ("jobs.h", '#define GANTRY_JOBS_ID "gantry.jobs"', "", "gives its id"),
    ("cache.h", "/* GANTRY_END when there was none. */", "", "no comment before it"),
]


def breaches(texts):
    """Each breach with the changed header and the words that must be said of it."""
    for header, old, new, words in BREACHES:
        if old not in texts[header]:
            raise ValueError(f"{header} does not hold `{old}` any more, so this breach cannot be made")
        changed = {name: text.replace(old, new) for name, text in texts.items()} if old == "gantry_field_v1" else \
            {header: texts[header].replace(old, new, 1)}
        yield f"{header}: {new.strip() or 'without ' + old}", changed, words
    text = texts["metrics.h"]
    function = FUNCTION.search(text).group()
    many = "".join(function.replace("(*add)", f"(*add{index})") for index in range(16))
    yield "metrics.h: 19 functions", {"metrics.h": text.replace(function, function + many)}, "functions, at most 16"
