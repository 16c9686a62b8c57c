"""The interface for Rust: one file of `#[repr(C)]` types that an author of a module in Rust includes. Its constant
assertions make rustc lay everything out as the golden does; the code needs nothing newer than Rust 1.63.
"""
from codec import wrap
from golden import NOTICE, number

PATH = "Rust/gantry.rs"
OFFSETS = "Baselines/offsets.rs"
NAMES = {"uint8_t": "u8", "int8_t": "i8", "uint16_t": "u16", "int16_t": "i16", "uint32_t": "u32", "int32_t": "i32",
         "uint64_t": "u64", "int64_t": "i64", "double": "f64", "char": "u8", "void": "c_void"}
KEYWORDS = {"type", "match", "move", "ref", "fn", "use", "in", "loop", "as", "impl", "box", "final"}

HEAD = '''//! The interface between Gantry and its modules, for modules in Rust.
//! {notice}
//!
//! What a declaration means stands in the header of C from which it was made, and in `Documentation/ABI.md`.
//! Include the file at the root of the crate: `#[path = "…/PluginAPI/Rust/gantry.rs"] mod gantry;`. Build a `cdylib`
//! with `panic = "abort"`, or catch unwinding in every function that the host calls. Export `gantry_entry_v1`, the only
//! name that such a library then exports, and write the note with `gantry_note!(gantry::GANTRY_RUNTIME_NONE)`.
//! An old rustc, such as 1.63, needs `-C link-arg=-Wl,--no-gc-sections` too: its linker would drop the note.

#![allow(non_camel_case_types, dead_code)]

use core::ffi::c_void;
'''

NOTE = '''
/// Writes the note by which the host knows the library, before it loads it. Once for each library.
#[macro_export]
macro_rules! gantry_note {
    ($runtime:expr) => {
        #[used]
        #[link_section = ".note.gantry"]
        static GANTRY_NOTE: $crate::gantry::gantry_note_v1 = $crate::gantry::note($runtime);
    };
}

/// The note of a library of the runtime class; for `gantry_note!`.
pub const fn note(runtime: i32) -> gantry_note_v1 {
    const COMPILER: &[u8] = b"rustc";
    let mut toolchain = [0; 160];
    let mut index = 0;
    while index < COMPILER.len() {
        toolchain[index] = COMPILER[index];
        index += 1;
    }
    gantry_note_v1 {
        name_size: 7,
        descriptor_size: 176,
        r#type: GANTRY_NOTE_TYPE as u32,
        name: *b"Gantry\\0\\0",
        layout: 1,
        interface_minimum: GANTRY_INTERFACE_MINIMUM as u32,
        interface_maximum: GANTRY_INTERFACE_MAXIMUM as u32,
        runtime: runtime as u32,
        toolchain,
    }
}

impl gantry_str_v1 {
    /// Borrows the bytes. Whoever receives it may use them as long as `bytes` lives.
    pub const fn new(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), size: bytes.len() as u64 }
    }

    /// The bytes; none where address and size cannot belong together.
    ///
    /// # Safety
    /// The text must be one that the host handed out and that is still valid.
    pub unsafe fn bytes(&self) -> &[u8] {
        if self.data.is_null() || self.size > 1 << 40 {
            &[]
        } else {
            core::slice::from_raw_parts(self.data, self.size as usize)
        }
    }
}
'''


def identifier(name):
    """A name that is no keyword of Rust."""
    return f"r#{name}" if name in KEYWORDS else name


def rust_type(kind, callbacks):
    """A type of C in Rust."""
    text = NAMES.get(kind.base, kind.base)
    if kind.base in callbacks:
        text = f"Option<{kind.base}>"
    for level in range(kind.stars):
        text = ("*const " if kind.const and level == 0 else "*mut ") + text
    return f"[{text}; {kind.length}]" if kind.length else text


def signature(function, callbacks):
    """A function type."""
    parameters = ", ".join(f"{identifier(parameter.name)}: {rust_type(parameter.type, callbacks)}"
                           for parameter in function.parameters)
    result = "" if function.returns == "void" else f" -> {NAMES[function.returns]}"
    return f"unsafe extern \"C\" fn({parameters}){result}"


def documented(comment, indent):
    """A comment as documentation."""
    return [" " * indent + ("/// " + line).rstrip() for line in comment.split("\n")] if comment else []


def struct(item, callbacks):
    """A struct; a table's functions are never NULL, so they are no options."""
    lines = [*documented(item.comment, 0), "#[repr(C)]", "#[derive(Clone, Copy)]", f"pub struct {item.name} {{"]
    for field in item.fields:
        lines += documented(field.comment, 4)
        kind = signature(field.function, callbacks) if field.function else rust_type(field.type, callbacks)
        lines.append(wrap(f"pub {identifier(field.name)}: {kind},", 4, 8))
    return [*lines, "}", ""]


def assertions(model):
    """Sizes and alignments as constant assertions: a compiler that disagrees refuses the file."""
    lines = ["const _: () = {"]
    for item in model.structs.values():
        lines.append(f"    assert!(core::mem::size_of::<{item.name}>() == {item.size});")
        lines.append(f"    assert!(core::mem::align_of::<{item.name}>() == {item.alignment});")
    return [*lines, "};"]


def offsets(model):
    """A program that compares every offset as it runs: constant pointer arithmetic came with Rust 1.65 only."""
    lines = [f"//! Every offset of the interface as rustc sees it. {NOTICE}", "", '#[path = "../Rust/gantry.rs"]',
             "mod gantry;", "", "use gantry::*;", "", "macro_rules! offset {",
             "    ($kind:ty, $field:ident, $expected:expr) => {",
             "        let place = std::mem::MaybeUninit::<$kind>::uninit();",
             "        // No field is read; only its address is taken.",
             "        let field = unsafe { std::ptr::addr_of!((*place.as_ptr()).$field) } as usize;",
             "        assert_eq!(field - place.as_ptr() as usize, $expected,",
             "                   concat!(stringify!($kind), \".\", stringify!($field)));", "    };", "}", "",
             "fn main() {"]
    for item in model.structs.values():
        lines += [f"    offset!({item.name}, {identifier(field.name)}, {field.offset});" for field in item.fields]
    return "\n".join([*lines, "}"]) + "\n"


def files(model):
    """The file by its path below `PluginAPI`."""
    lines = [HEAD.format(notice=NOTICE)]
    for _, name, parameters, value in model.constants:
        if parameters:
            continue
        if value.startswith('"'):
            lines.append(f"pub const {name}: &[u8] = b{value};")
        elif number(value) is not None:
            lines.append(f"pub const {name}: i32 = {number(value)};")
    for enumeration in model.enumerations.values():
        lines += ["", f"// {enumeration.name}"]
        for name, value, comment in enumeration.members:
            lines += documented(comment, 0)
            lines.append(f"pub const {name}: i32 = {value};")
    lines.append("")
    for name, callback in model.callbacks.items():
        lines += documented(callback.function.comment, 0)
        lines += [wrap(f"pub type {name} = {signature(callback.function, model.callbacks)};", 0, 4), ""]
    for item in model.structs.values():
        lines += struct(item, model.callbacks)
    lines += ["// Constant text and what consists of it is shared by all threads.",
              "unsafe impl Sync for gantry_str_v1 {}", "unsafe impl Sync for gantry_description_v1 {}",
              NOTE.strip("\n"), "", *assertions(model)]
    return {PATH: "\n".join(lines) + "\n", OFFSETS: offsets(model)}
