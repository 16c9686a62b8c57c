"""The C interface as a model: what every other part of the generator works from.

`read(headers)` lets clang read the annotated headers and turns its syntax tree into tables, functions, structs,
enumerations, callbacks and constants. Names of parameters and their annotations stand in no syntax tree (function
pointers have none), so they are cut out of the source at the places that the tree names, and compared with its types.
"""
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = HERE.parent / "C" / "include"

# Sizes of what may stand in a struct, in bytes; alignment is the same.
SCALARS = {"uint8_t": 1, "int8_t": 1, "uint16_t": 2, "int16_t": 2, "uint32_t": 4, "int32_t": 4, "uint64_t": 8,
           "int64_t": 8, "double": 8, "char": 1}
POINTER_SIZE = 8

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
DEFINE = re.compile(r"^#[ \t]*define[ \t]+(GANTRY_\w+)(\([^)]*\))?[ \t]*(.*)$", re.M)
ANNOTATION = re.compile(r"\b(GANTRY_[A-Z]+)(?:\((\w+)\))?")


class InterfaceError(Exception):
    """The headers cannot be read, or clang and the text disagree about them."""


@dataclasses.dataclass(frozen=True)
class Type:
    """A C type: `const` qualifies what the first star leads to; `length` is that of an array field."""
    base: str
    const: bool = False
    stars: int = 0
    length: int = 0

    def __str__(self):
        text = ("const " if self.const else "") + self.base
        return text + (" " + "*" * self.stars if self.stars else "")

    def declare(self, name):
        """A declaration of the name with this type."""
        array = f"[{self.length}]" if self.length else ""
        return f"{self}{'' if self.stars else ' '}{name}{array}"


@dataclasses.dataclass
class Parameter:
    """A parameter of a function; `annotations` are those behind its name, without `GANTRY_`."""
    name: str
    type: Type
    annotations: dict


@dataclasses.dataclass
class Function:
    """A function of a table, a callback, or the entry."""
    name: str
    returns: str
    parameters: list
    annotations: dict
    comment: str

    @property
    def thread(self):
        """The thread class, None when the header states none."""
        return self.annotations.get("THREAD")

    def declaration(self, name=None):
        """The function as a C declarator."""
        parameters = ", ".join(p.type.declare(p.name) for p in self.parameters) or "void"
        return f"{self.returns} {name or self.name}({parameters})"


@dataclasses.dataclass
class Field:
    """A member of a struct; `function` is set for function pointers."""
    name: str
    type: Type
    comment: str
    function: Function = None
    offset: int = 0
    size: int = 0
    bitfield: bool = False


@dataclasses.dataclass
class Struct:
    """A struct; one with only functions in it is a table, unless it is one of the two that hold `query`."""
    name: str
    header: str
    comment: str
    fields: list
    size: int = 0
    alignment: int = 1

    @property
    def is_table(self):
        """Whether it holds functions and nothing else."""
        return bool(self.fields) and all(field.function for field in self.fields)


@dataclasses.dataclass
class Enumeration:
    """An enumeration; members are (name, value, comment)."""
    name: str
    header: str
    comment: str
    members: list


@dataclasses.dataclass
class Callback:
    """A function type."""
    name: str
    header: str
    function: Function


@dataclasses.dataclass
class Table:
    """A table with its id; `implementer` is `host` or `module`."""
    struct: Struct
    id: str
    revision: int
    implementer: str

    @property
    def name(self):
        """The struct's name without prefix and version, as in `database`."""
        return re.fullmatch(r"gantry_(\w+)_v\d+", self.struct.name).group(1)

    @property
    def functions(self):
        """The functions in their order."""
        return [field.function for field in self.struct.fields]


@dataclasses.dataclass
class Interface:
    """Everything that the headers declare, in their order."""
    headers: list      # their names
    intros: dict       # name -> comment at the top
    structs: dict
    enumerations: dict
    callbacks: dict
    functions: dict    # exported and inline functions
    constants: list    # (header, name, parameters, value)
    tables: list


def clang():
    """A clang: $CLANG, the Swift toolchain's, or the one on the path."""
    swift = shutil.which("swift")
    beside = str(pathlib.Path(swift).resolve().parent / "clang") if swift else None
    for candidate in (os.environ.get("CLANG"), beside, shutil.which("clang")):
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    raise InterfaceError("no clang: neither $CLANG, nor beside swift, nor on the path")


def tidy(text):
    """Text with single spaces, and none inside brackets."""
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"\(\s+|\s+\)", lambda match: match.group().strip(), text)


def uncommented(text):
    """Text without its comments."""
    return COMMENT.sub(" ", text)


def plain(comment):
    """What a comment says, without its marks; paragraphs and indented lines stay."""
    comment = comment.encode("latin-1").decode("utf-8")
    if comment.startswith("//"):
        return comment[2:].strip()
    lines = comment[2:-2].split("\n")
    lines = [re.sub(r"^\s*\* ?", "", line) if number else line.lstrip("*") for number, line in enumerate(lines)]
    return "\n".join(line.rstrip() for line in lines).strip()


def parse_type(text, length=0):
    """A type from C text such as `const gantry_str_v1 *`."""
    words = text.replace("*", " * ").split()
    stars = words.count("*")
    names = [word for word in words if word not in ("*", "const", "struct", "enum")]
    if len(names) != 1:
        names = [" ".join(names)]
    return Type(names[0], "const" in words, stars, length)


def parse_parameter(text):
    """A parameter from `const gantry_field_v1 *fields GANTRY_BORROWED`."""
    annotations = {name[len("GANTRY_"):]: value or "" for name, value in ANNOTATION.findall(text)}
    declared = ANNOTATION.sub("", text).strip()
    match = re.fullmatch(r"(.*?[\s*])(\w+)", declared, re.S)
    if not match:
        raise InterfaceError(f"a parameter without a name: {tidy(text)}")
    return Parameter(match.group(2), parse_type(match.group(1)), annotations)


def parse_function(name, declarator, trailing, comment, expected):
    """A function from its text, compared with the type that clang gives it."""
    flat = tidy(uncommented(declarator))
    match = re.match(r"(?:.*?\s)?(\w+) \(\*\w+\)\((.*)\)$", flat) or re.match(r".*?(\w+) \w+\((.*)\)$", flat)
    if not match:
        raise InterfaceError(f"{name}: no function pointer: {flat}")
    inside = match.group(2).strip()
    texts = [] if inside in ("", "void") else inside.split(",")
    parameters = [parse_parameter(text) for text in texts]
    annotations = {key[len("GANTRY_"):]: value or "" for key, value in ANNOTATION.findall(uncommented(trailing))}
    function = Function(name, match.group(1), parameters, annotations, comment)
    types = re.sub(r"\s*\*\s*", " *", re.sub(r"\* ?\*", "**", ", ".join(str(p.type) for p in parameters)))
    inner = re.fullmatch(r"(\w+) ?(?:\(\*\))?\((.*)\)", expected)
    seen = None if inner is None else re.sub(r"\s*\*\s*", " *", inner.group(2).replace("* *", "**"))
    if seen is None or inner.group(1) != function.returns or (seen if seen != "void" else "") != types:
        raise InterfaceError(f"{name}: clang reads `{expected}`, the text says `{function.returns} ({types})`")
    return function


class _Reader:
    """Turns the syntax tree of one translation unit into a model."""

    def __init__(self, headers):
        self.folder = pathlib.Path(headers) / "gantry"
        names = sorted(path.name for path in self.folder.glob("*.h"))
        # One character for each byte, since the tree counts bytes; `plain` makes text of it again.
        self.texts = {name: (self.folder / name).read_text(encoding="latin-1") for name in names}
        self.model = Interface(names, {}, {}, {}, {}, {}, [], [])
        self.file = None

    def read(self):
        """The model."""
        # Every header stands alone, so their order does not matter; gantry.h names them all.
        source = "".join(f"#include <gantry/{name}>\n" for name in self.texts)
        done = subprocess.run(
            [clang(), "-Xclang", "-ast-dump=json", "-fsyntax-only", "-DGANTRY_ANNOTATE", "-std=c11",
             f"-I{self.folder.parent}", "-x", "c", "-"],
            input=source, capture_output=True, text=True, check=False)
        if done.returncode:
            raise InterfaceError(f"clang cannot read the headers:\n{done.stderr}")
        tree = json.loads(done.stdout)
        self._name_files(tree)
        self._constants()
        for node in tree["inner"]:
            self._declaration(node)
        for struct in self.model.structs.values():
            lay_out(struct, self.model)
        self._tables()
        return self.model

    def _name_files(self, node):
        """Clang names a file only where it changes; gives each place its file."""
        if isinstance(node, list):
            for part in node:
                self._name_files(part)
        elif isinstance(node, dict):
            self.file = node.get("file", self.file)
            if "offset" in node:
                node["file"] = self.file
            for key, part in node.items():
                if key != "includedFrom" and isinstance(part, (dict, list)):
                    self._name_files(part)

    @staticmethod
    def _place(location):
        return location.get("expansionLoc", location)

    def _header(self, node):
        """The header that declares the node; None for everything else."""
        path = pathlib.Path(self._place(node["range"]["begin"]).get("file") or "")
        return path.name if path.parent.name == "gantry" and path.name in self.texts else None

    def _span(self, node):
        begin, end = self._place(node["range"]["begin"]), self._place(node["range"]["end"])
        return begin["offset"], end["offset"] + end["tokLen"]

    def _comment(self, header, node):
        """The comment before a declaration, or behind it on the same line."""
        text, (start, end) = self.texts[header], self._span(node)
        before = re.sub(r"(typedef|extern)\s+$", "", text[:start]).rstrip()
        if before.endswith("*/"):
            candidate = before[before.rindex("/*"):]
            line = before[:len(before) - len(candidate)].rsplit("\n", 1)[-1]
            if not line.strip():
                return plain(candidate)
        behind = re.match(r"[^\n/;,]*[;,]?[ \t]*(/\*.*?\*/)", text[end:], re.S)
        return plain(behind.group(1)) if behind else ""

    def _constants(self):
        for name, text in self.texts.items():
            first = re.match(r"\s*(/\*.*?\*/)", text, re.S)
            self.model.intros[name] = plain(first.group(1)) if first else ""
            body = COMMENT.sub(" ", text).replace("\\\n", " ")
            for macro, parameters, value in DEFINE.findall(body):
                if value.strip() and macro not in ("GANTRY_THREAD", "GANTRY_BORROWED", "GANTRY_OWNED"):
                    self.model.constants.append((name, macro, parameters, tidy(value)))

    def _declaration(self, node):
        header = self._header(node)
        if header is None:
            return
        kind, name = node["kind"], node.get("name", "")
        if kind == "RecordDecl" and node.get("completeDefinition"):
            self.model.structs[name] = self._struct(header, node)
        elif kind == "EnumDecl":
            self.model.enumerations[name] = self._enumeration(header, node)
        elif kind == "TypedefDecl" and "(*)" in node["type"]["qualType"]:
            start, end = self._span(node)
            comment = self._comment(header, node)
            function = parse_function(name, self.texts[header][start:end], "", comment, node["type"]["qualType"])
            self.model.callbacks[name] = Callback(name, header, function)
        elif kind == "FunctionDecl":
            text = re.match(r"[^;{]*", self.texts[header][self._span(node)[0]:]).group()
            text = re.sub(r"__attribute__\(\(.*?\)\)\)", "", uncommented(text))
            declarator = text[:text.index(")") + 1]
            # An inline helper that answers text serves its own side only.
            if "*" not in declarator.split("(")[0]:
                self.model.functions[name] = parse_function(
                    name, declarator, text[len(declarator):], self._comment(header, node), node["type"]["qualType"])

    def _struct(self, header, node):
        fields = [self._field(header, part) for part in node["inner"] if part["kind"] == "FieldDecl"]
        name = node.get("name", "")
        comment = self._comment(header, node)
        return Struct(name, header, comment, fields)

    def _field(self, header, node):
        text, (start, end) = self.texts[header], self._span(node)
        name, written = node["name"], node["type"]["qualType"]
        comment = self._comment(header, node)
        if "(*)" in written:
            trailing = re.match(r"[^;]*", text[end:]).group()
            function = parse_function(name, text[start:end], trailing, comment, written)
            seen = sum(part["kind"] == "AnnotateAttr" for part in node.get("inner", []))
            if seen != len(function.annotations):
                raise InterfaceError(f"{name}: clang reads {seen} annotations, the text has {function.annotations}")
            return Field(name, Type("function", stars=1), comment, function)
        array = re.fullmatch(r"(.*)\[(\d+)\]", written)
        kind = parse_type(array.group(1), int(array.group(2))) if array else parse_type(written)
        return Field(name, kind, comment, bitfield=node.get("isBitfield", False))

    def _enumeration(self, header, node):
        members = []
        for part in node["inner"]:
            if part["kind"] == "EnumConstantDecl":
                value = next((p["value"] for p in part.get("inner", []) if "value" in p), None)
                members.append((part["name"], None if value is None else int(value), self._comment(header, part)))
        return Enumeration(node.get("name", ""), header, self._comment(header, node), members)

    def _tables(self):
        ids = {name: value.strip('"') for _, name, _, value in self.model.constants if name.endswith("_ID")}
        for struct in self.model.structs.values():
            if not struct.is_table:
                continue
            match = re.fullmatch(r"gantry_(\w+?)(?:_table)?_v(\d+)", struct.name)
            table = ids.get(f"GANTRY_{match.group(1).upper()}_ID") if match else None
            if table is None:
                raise InterfaceError(f"{struct.name}: no constant GANTRY_…_ID gives its id")
            implementer = "module" if table.startswith("gantry.module.") else "host"
            self.model.tables.append(Table(struct, table, int(match.group(2)), implementer))


def lay_out(struct, model):
    """Computes offsets and size as every C compiler of a 64-bit platform does; the goldens make compilers agree."""
    place, alignment = 0, 1
    for field in struct.fields:
        kind = field.type
        if kind.stars or field.function or kind.base in model.callbacks:
            size = align = POINTER_SIZE
        elif kind.base in SCALARS:
            size = align = SCALARS[kind.base]
        elif kind.base in model.structs:
            inner = model.structs[kind.base]
            if not inner.size:
                lay_out(inner, model)
            size, align = inner.size, inner.alignment
        else:
            raise InterfaceError(f"{struct.name}.{field.name}: `{kind.base}` has no fixed layout")
        field.offset = -(-place // align) * align
        field.size = size * (kind.length or 1)
        place, alignment = field.offset + field.size, max(alignment, align)
    struct.alignment, struct.size = alignment, -(-place // alignment) * alignment


def read(headers=HEADERS):
    """Reads the headers in the folder; throws InterfaceError."""
    return _Reader(headers).read()
